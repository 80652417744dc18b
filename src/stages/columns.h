// Finding columns by name and reading text columns in place: what most stages start with.
#pragma once

#include <arrow/array/array_base.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.h"

namespace hubmill {

/// Index of the only column called `name`; else kDataRefused with the nearest column.
Result<int> ColumnIndex(const arrow::Schema& schema, const std::string& name);

/// The same for several, in the order given.
Result<std::vector<int>> ColumnIndices(const arrow::Schema& schema,
                                       const std::vector<std::string>& names);

/// True for string and large_string.
bool IsText(const arrow::DataType& type);

/// Like ColumnIndex(), and refuses a column that is not text.
Result<int> TextColumnIndex(const arrow::Schema& schema, const std::string& name);

/// The same for a column of any layout that PlainText() reads: string_view and dictionaries too.
Result<int> AnyTextColumnIndex(const arrow::Schema& schema, const std::string& name);

/// `column` itself where IsText(), else its values as large_string.  REQUIRES: the type of a column
/// that AnyTextColumnIndex() found.
Result<std::shared_ptr<arrow::Array>> PlainText(const std::shared_ptr<arrow::Array>& column);

/// Refuses an empty list and a name that is given twice (kWrongUsage).
Status CheckNameList(const std::vector<std::string>& names, const char* option);

/// A type as recipes write it: `int64`, `list<string>`, `struct<a: date>`.
Result<std::shared_ptr<arrow::DataType>> ParseColumnType(const std::string& text);

/// Registers Arrow's compute kernels, once a process.  Cheap afterwards; thread-safe.
Status UseComputeKernels();

/// The values of a string or large_string array, read in place.  The array must outlive it.
class TextView {
 public:
  /// REQUIRES: IsText(*array.type()).
  explicit TextView(const arrow::Array& array);

  int64_t size() const { return array_->length(); }
  bool IsNull(int64_t row) const { return array_->IsNull(row); }

  /// The bytes of a row; some view, usually empty, where the row is null.
  std::string_view operator[](int64_t row) const {
    if (offsets32_ != nullptr) {
      return {data_ + offsets32_[row], size_t(offsets32_[row + 1] - offsets32_[row])};
    }
    return {data_ + offsets64_[row], size_t(offsets64_[row + 1] - offsets64_[row])};
  }

 private:
  const arrow::Array* array_;
  const int32_t* offsets32_ = nullptr;  // Exactly one of the two; adjusted for the array's offset.
  const int64_t* offsets64_ = nullptr;
  const char* data_ = nullptr;
};

}  // namespace hubmill
