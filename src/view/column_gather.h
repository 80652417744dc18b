// What is gathered of one column while all its rows pass by, in any order, on any thread: counts of
// its values (or of text and list lengths), counts of its texts while these may be labels, nulls.
//
// All of it is integers and counts, so the outcome is the same however rows came in batches and
// threads.
#pragma once

#include <arrow/array/array_base.h>
#include <arrow/type.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "core/failure.h"
#include "view/value_counts.h"

namespace hubmill {

enum class ValueKind : uint8_t {
  kInt,       // Keys are KeyOfInt().
  kUnsigned,  // uint64; keys are the values.
  kFloat,     // Keys are KeyOfDouble(); half floats and decimals too.
  kBool,      // 0 and 1.
  kClass,     // Integers that a ClassLabel names.
  kText,      // Lengths in characters.
  kList,      // Lengths in items; lists of fixed size and maps too.
  kTime,      // Timestamps and dates in units of their own, KeyOfInt().
  kOther,     // Only nulls are counted: structs, bytes, durations, times of day, …
};

ValueKind KindOfValues(const arrow::DataType& type, bool is_class);

inline constexpr int64_t kUnknownClass = INT64_MAX;  // kClass: every number without a name.
inline constexpr size_t kLabelsMax = 1000;          // As the dataset viewer: MAX_NUM_STRING_LABELS.
inline constexpr size_t kLabelBytesMax = 16 << 20;  // Of the different texts of one column.

/// Counts of all columns of a table share 32 Mi entries (0.5 to 1 GiB): the different values of one
/// that are counted by themselves.
size_t DistinctMaxOf(size_t columns);

/// Values of a batch as keys; what has no place among them is only counted.
struct BatchKeys {
  std::vector<uint64_t> keys;
  int64_t nulls = 0;
  int64_t nans = 0;
  int64_t infinite = 0;
};
/// REQUIRES: kind is KindOfValues() of the array's type, and not kOther.
Status ReadKeys(const arrow::Array& values, ValueKind kind, BatchKeys* out);

class ColumnGather {
 public:
  ColumnGather(const arrow::Field& field, std::vector<std::string> class_names,
               size_t distinct_max);

  /// Thread-safe.  REQUIRES: of the field's type.
  Status Add(const arrow::Array& values);

  const std::string& name() const { return name_; }
  ValueKind kind() const { return kind_; }
  const std::shared_ptr<arrow::DataType>& type() const { return type_; }
  const std::vector<std::string>& class_names() const { return class_names_; }

  // Once all rows were added:
  int64_t rows() const { return rows_; }
  int64_t nulls() const { return nulls_ + nans_; }  // NaN is null, as in the dataset viewer.
  int64_t infinite() const { return infinite_; }
  const ValueCounts& counts() const { return counts_; }
  uint64_t min_key() const { return min_key_; }  // REQUIRES: counts().total() > 0.
  uint64_t max_key() const { return max_key_; }

  /// Each text with its count; nothing where there are more than kLabelsMax, or kLabelBytesMax.
  const std::map<std::string, int64_t, std::less<>>& labels() const { return labels_; }
  bool has_labels() const { return kind_ == ValueKind::kText && !too_many_labels_; }

 private:
  void AddLabels(const arrow::Array& texts);

  const std::string name_;
  const std::shared_ptr<arrow::DataType> type_;
  const ValueKind kind_;
  const std::vector<std::string> class_names_;

  std::mutex mutex_;  // Of all below.
  int64_t rows_ = 0;
  int64_t nulls_ = 0;
  int64_t nans_ = 0;
  int64_t infinite_ = 0;
  uint64_t min_key_ = UINT64_MAX;
  uint64_t max_key_ = 0;
  ValueCounts counts_;
  std::map<std::string, int64_t, std::less<>> labels_;
  size_t label_bytes_ = 0;
  std::atomic<bool> too_many_labels_{false};
};

}  // namespace hubmill
