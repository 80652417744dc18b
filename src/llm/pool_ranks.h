// Which rows a pool with `order_by` holds: known only when all rows were seen, so they are looked
// at once before the pools are written, without the columns that no condition names.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "core/sink.h"
#include "llm/pool_rules.h"

namespace hubmill {

/// By stream: numbers of rows of the input, counted from 0, ascending.  A stream without `order_by`
/// has none here.
using PoolChoices = std::vector<std::vector<int64_t>>;

/// A sink that only looks: at rows with the column kPoolMaskColumn at their end.
class PoolRanks final : public Sink {
 public:
  /// kDataRefused where a column of `order_by` is missing or holds no numbers.
  static Result<std::unique_ptr<PoolRanks>> Make(const std::vector<PoolStream>& streams,
                                                 const arrow::Schema& schema);

  Result<std::vector<std::unique_ptr<Block>>> Cut(Batch batch) override;
  Result<std::vector<std::unique_ptr<Block>>> Finish() override;
  Status Append(std::unique_ptr<Block> block) override;
  Result<std::vector<OutputFile>> Close() override;

  /// Called once, after the last row.  Memory until then: 16 bytes a row of the limits.
  PoolChoices Choose();

 private:
  struct Ranked {
    double key;  // The smaller the better.
    int64_t row;
    auto operator<=>(const Ranked&) const = default;
  };
  struct Order {
    int column = -1;  // -1: the stream is not ordered.
    bool largest = false;
    size_t limit = 0;
    std::vector<Ranked> best;  // A heap, the worst on top.
  };
  std::vector<Order> orders_;  // By stream.
  int64_t rows_ = 0;
};

}  // namespace hubmill
