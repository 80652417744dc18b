// A sink that writes down where the rows that pass through it came from.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "core/sink.h"
#include "io/lineage.h"

namespace hubmill {

/// `lineage` must outlive this; its Close() is left to the caller.
class LineageSink final : public Sink {
 public:
  LineageSink(std::unique_ptr<Sink> sink, LineageWriter& lineage)
      : sink_(std::move(sink)), lineage_(lineage) {}
  Result<std::vector<std::unique_ptr<Block>>> Cut(Batch batch) override {
    ARROW_RETURN_NOT_OK(lineage_.Append(batch.origins));
    return sink_->Cut(std::move(batch));
  }
  Result<std::vector<std::unique_ptr<Block>>> Finish() override { return sink_->Finish(); }
  Status Append(std::unique_ptr<Block> block) override { return sink_->Append(std::move(block)); }
  Result<std::vector<OutputFile>> Close() override { return sink_->Close(); }

 private:
  std::unique_ptr<Sink> sink_;
  LineageWriter& lineage_;
};

}  // namespace hubmill
