// One cell of a table of network flows, whatever type its column has.
//
// The same fact comes as an integer, a double or a text, by publisher and file format (port
// 80, 80.0 or "80"); the rules for it stand once, here and in flow_compat.h.
#pragma once

#include <arrow/array/array_base.h>
#include <arrow/type.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/failure.h"
#include "stages/columns.h"

namespace hubmill {

struct FlowValue {
  enum class Kind : uint8_t { kNull, kInteger, kNumber, kBool, kText };
  Kind kind = Kind::kNull;
  int64_t integer = 0;    // kInteger; 0 or 1 of kBool.
  double number = 0;      // kNumber
  std::string_view text;  // kText
};

/// Python's falsehood: null, 0, 0.0, False, "".  NaN is true.
bool IsFalsy(const FlowValue& value);

/// str(value) of Python; nothing for null.
void AppendPythonText(const FlowValue& value, std::string* out);

/// A finite number: of a text, decimal or 0x…, blanks around it allowed; nothing for `-`,
/// `(empty)`, NaN, Infinity and all else.
std::optional<double> NumberOf(const FlowValue& value);

/// The same where it is a whole number in [0, max].
std::optional<int64_t> WholeOf(const FlowValue& value, int64_t max);

/// A text without blanks around it, numbers as Python writes them; empty for null, `-`, `(empty)`
/// and `?`.  Points into `value` or `buffer`.
std::string_view WordOf(const FlowValue& value, std::string* buffer);

/// Reads one column of a batch.  Thread-safe once made.
class FlowColumn {
 public:
  /// kDataRefused where a flow's cell cannot have the type (lists, structs, times).
  static Status CheckType(const arrow::Field& field);
  /// REQUIRES: CheckType() accepted the column.
  static Result<FlowColumn> Make(const std::string& name, std::shared_ptr<arrow::Array> array);
  /// The columns of `rows` at these indices, in their order.
  static Result<std::vector<FlowColumn>> MakeAll(const arrow::RecordBatch& rows,
                                                 const std::vector<int>& indices);

  FlowValue At(int64_t row) const {
    FlowValue value;
    if (kind_ == FlowValue::Kind::kNull || (has_nulls_ && array_->IsNull(row))) return value;
    value.kind = kind_;
    if (kind_ == FlowValue::Kind::kText) {
      value.text = (*text_)[row];
    } else {
      ReadNumber(row, &value);
    }
    return value;
  }

 private:
  void ReadNumber(int64_t row, FlowValue* value) const;

  std::shared_ptr<arrow::Array> array_;
  FlowValue::Kind kind_ = FlowValue::Kind::kNull;
  bool has_nulls_ = true;
  std::optional<TextView> text_;
};

}  // namespace hubmill
