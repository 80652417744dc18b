// The classes of a column, for stages that treat each class on its own: stratified split, balance,
// stratified sample.  4 bytes a row and the different values; nothing else of the rows is kept.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/failure.h"

namespace hubmill {

inline constexpr size_t kClassesMax = 100'000;  // More is a column of values, not of classes.

class ClassColumn {
 public:
  explicit ClassColumn(std::string name) : name_(std::move(name)) {}

  /// Texts, integers and bools only.
  Status Bind(const arrow::Schema& schema);

  /// Null, and more than kClassesMax classes, are refused.
  Status Observe(const arrow::RecordBatch& rows, int64_t first_row);

  /// The class of each row; ids follow the ascending order of the values.  Called once, at the end.
  std::vector<int32_t> Finish();

  /// How a class is called, for messages.  REQUIRES: Finish() was called; id < class_count().
  const std::string& NameOf(int32_t id) const { return names_[size_t(id)]; }
  int32_t class_count() const { return int32_t(names_.size()); }
  const std::string& name() const { return name_; }

 private:
  Result<int32_t> IdOf(const std::string& sort_key, const std::string& shown);

  std::string name_;
  int index_ = -1;
  std::unordered_map<std::string, int32_t> id_of_;  // By sort key, in order of appearance.
  std::vector<std::pair<std::string, std::string>> classes_;  // Sort key and name, by that id.
  std::vector<std::string> names_;
  std::vector<int32_t> rows_;
};

/// The rows of each class, in input order.
std::vector<std::vector<int64_t>> RowsByClass(const std::vector<int32_t>& classes, int32_t count);

}  // namespace hubmill
