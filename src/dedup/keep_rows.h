// The last pass: rows that were found to be duplicates are dropped, each under its reason.
#pragma once

#include <string>
#include <vector>

#include "core/stage.h"
#include "dedup/row_places.h"

namespace hubmill {

struct DropMarks {
  const char* reason = "";  // Static.
  RowMarks rows;
};

class KeepRows final : public Transform {
 public:
  /// `marks`, which must outlive this, name no row twice.
  explicit KeepRows(const std::vector<DropMarks>& marks) : marks_(marks) {}

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    return input;
  }
  Result<Applied> Apply(const Batch& input) const override;

 private:
  const std::vector<DropMarks>& marks_;
};

}  // namespace hubmill
