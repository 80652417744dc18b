// The classes of a column, for stages that treat each class on its own: stratified split, balance,
// stratified sample.  4 bytes a row and the different values; nothing else of the rows is kept.
#pragma once

#include <arrow/type.h>

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/batch.h"
#include "core/failure.h"

namespace hubmill {

inline constexpr size_t kClassesMax = 100'000;  // More is a column of values, not of classes.

class ClassColumn {
 public:
  explicit ClassColumn(std::string name) : name_(std::move(name)) {}

  /// Texts, integers and bools only.
  Status Bind(const arrow::Schema& schema);

  /// Null, and more than kClassesMax classes, are refused.
  Status Observe(const Batch& input);

  /// The class of each row; ids follow the ascending order of the values.  Called once, at the end.
  std::vector<int32_t> Finish();

  /// Where a class was seen first, for messages, which must not hold its value: the row's number in
  /// its file.  REQUIRES: Finish() was called; id < class_count().
  int64_t FirstRowOf(int32_t id) const { return first_rows_[size_t(id)]; }
  /// A class as a message may name it: as the recipe lists it (encode_label), else by its first
  /// row.
  std::string NameOf(int32_t id) const;
  int32_t class_count() const { return int32_t(first_rows_.size()); }
  const std::string& name() const { return name_; }

 private:
  Result<int32_t> IdOf(const std::string& sort_key, const Origins& origins, int64_t row);

  std::string name_;
  int index_ = -1;
  std::vector<std::string> listed_;  // Names of the ids 0, 1, …; empty where nothing lists them.
  std::unordered_map<std::string, int32_t> id_of_;        // By sort key, in order of appearance.
  std::vector<std::pair<std::string, int64_t>> classes_;  // Sort key and first row, by that id.
  std::vector<int64_t> first_rows_;
  std::vector<std::string> names_;  // As `listed_`, by final id.
  std::vector<int32_t> rows_;
};

/// The rows of each class, in input order.
std::vector<std::vector<int64_t>> RowsByClass(const std::vector<int32_t>& classes, int32_t count);

}  // namespace hubmill
