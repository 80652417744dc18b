// The groups of a text column: rows with equal texts.  For splits that keep a group on one side, or
// count the groups that are not.  20 bytes a row.
#pragma once

#include <arrow/type.h>

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "core/batch.h"
#include "core/failure.h"

namespace hubmill {

class GroupColumn {
 public:
  /// Text columns only.
  Status Bind(const arrow::Schema& schema, const std::string& name);
  bool bound() const { return index_ >= 0; }

  void Observe(const Batch& input);

  /// The rows of each group, in row order; groups in the order of their first rows.  A row without
  /// a text is a group of its own.
  std::vector<std::vector<int64_t>> Groups() const;

  /// How many groups have rows in more than one part.  `part_of_row` has a part for every row.
  int64_t CountParted(std::span<const int32_t> part_of_row) const;

 private:
  struct KeyHash {
    size_t operator()(const Hash128& key) const { return size_t(key.low); }
  };
  int index_ = -1;
  std::unordered_map<Hash128, int32_t, KeyHash> group_of_key_;
  std::vector<int32_t> group_of_row_;
  int32_t groups_ = 0;
};

}  // namespace hubmill
