#include "security/flows/flow_value.h"

#include <arrow/array/array_primitive.h>
#include <arrow/compute/cast.h>

#include <array>
#include <charconv>
#include <cmath>

#include "base/json_text.h"

namespace hubmill {
namespace {

using Kind = FlowValue::Kind;

/// The kind of cell a type holds; kNull for a column of nulls, nothing where it is no cell.
std::optional<Kind> KindOf(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::NA:
      return Kind::kNull;
    case arrow::Type::BOOL:
      return Kind::kBool;
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
      return Kind::kText;
    case arrow::Type::DICTIONARY: {
      const auto kind = KindOf(*static_cast<const arrow::DictionaryType&>(type).value_type());
      return kind == Kind::kText ? kind : std::nullopt;
    }
    default:
      if (arrow::is_integer(type.id())) return Kind::kInteger;
      if (arrow::is_floating(type.id())) return Kind::kNumber;
      return std::nullopt;
  }
}

std::string_view Trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Digits, and a point and digits behind them, of at most 15 digits in all: whole numbers and
/// powers of ten that a double holds, so that their quotient is the nearest double.  False for all
/// else.
bool ReadShortDecimal(std::string_view text, double* out) {
  constexpr std::array<double, 16> kPowers = {1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                              1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  if (text.size() > kPowers.size()) return false;
  int64_t digits = 0;
  size_t at = 0;
  const auto read_digits = [&] {
    const size_t from = at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
      digits = digits * 10 + (text[at] - '0');
    }
    return at - from;
  };
  const size_t whole = read_digits();
  if (whole == 0) return false;
  if (at == text.size()) {
    *out = double(digits);
    return whole < kPowers.size();
  }
  if (text[at++] != '.') return false;
  const size_t fraction = read_digits();
  if (fraction == 0 || at != text.size()) return false;
  *out = double(digits) / kPowers[fraction];
  return true;
}

std::optional<double> NumberOfText(std::string_view text) {
  double decimal;
  if (ReadShortDecimal(text, &decimal)) return decimal;
  text = Trimmed(text);
  // Most texts that are no number begin like none (`tcp`), and parsing them to find out costs more.
  if (text.empty() || (text[0] > '9' || (text[0] < '0' && text[0] != '-' && text[0] != '.'))) {
    return std::nullopt;
  }
  const char* const end = text.data() + text.size();
  int64_t whole = 0;
  const bool hex = text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
  const auto read = std::from_chars(text.data() + (hex ? 2 : 0), end, whole, hex ? 16 : 10);
  if (read.ec == std::errc() && read.ptr == end) return double(whole);
  double number = 0;
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end || !std::isfinite(number)) return std::nullopt;
  return number;
}

}  // namespace

bool IsFalsy(const FlowValue& value) {
  switch (value.kind) {
    case Kind::kInteger:
    case Kind::kBool:
      return value.integer == 0;
    case Kind::kNumber:
      return value.number == 0;
    case Kind::kText:
      return value.text.empty();
    default:
      return true;
  }
}

void AppendPythonText(const FlowValue& value, std::string* out) {
  switch (value.kind) {
    case Kind::kInteger:
      AppendJsonInt(value.integer, out);
      break;
    case Kind::kBool:
      *out += value.integer != 0 ? "True" : "False";
      break;
    case Kind::kNumber:
      if (!AppendJsonDouble(value.number, out)) {
        *out += std::isnan(value.number) ? "nan" : value.number > 0 ? "inf" : "-inf";
      }
      break;
    case Kind::kText:
      *out += value.text;
      break;
    case Kind::kNull:
      break;
  }
}

std::optional<double> NumberOf(const FlowValue& value) {
  switch (value.kind) {
    case Kind::kInteger:
    case Kind::kBool:
      return double(value.integer);
    case Kind::kNumber:
      return std::isfinite(value.number) ? std::optional(value.number) : std::nullopt;
    case Kind::kText:
      return NumberOfText(value.text);
    default:
      return std::nullopt;
  }
}

std::optional<int64_t> WholeOf(const FlowValue& value, int64_t max) {
  if (value.kind == Kind::kNull) return std::nullopt;
  const std::optional<double> number = NumberOf(value);
  if (!number || *number < 0 || *number > double(max) || *number != std::floor(*number)) {
    return std::nullopt;
  }
  return int64_t(*number);
}

std::string_view WordOf(const FlowValue& value, std::string* buffer) {
  if (value.kind == Kind::kNull) return {};
  if (value.kind != Kind::kText) {
    buffer->clear();
    AppendPythonText(value, buffer);
    return *buffer;
  }
  const std::string_view text = Trimmed(value.text);
  return text == "-" || text == "(empty)" || text == "?" ? std::string_view() : text;
}

Status FlowColumn::CheckType(const arrow::Field& field) {
  if (KindOf(*field.type())) return Status::OK();
  return DataRefused("a column of flows has a type that no cell of a flow has: column=",
                     field.name().substr(0, 100), " type=", field.type()->ToString(),
                     "; remedy: store it as text or number");
}

Result<std::vector<FlowColumn>> FlowColumn::MakeAll(const arrow::RecordBatch& rows,
                                                    const std::vector<int>& indices) {
  std::vector<FlowColumn> columns;
  for (const int index : indices) {
    ARROW_ASSIGN_OR_RAISE(auto column,
                          Make(rows.schema()->field(index)->name(), rows.column(index)));
    columns.push_back(std::move(column));
  }
  return columns;
}

Result<FlowColumn> FlowColumn::Make(const std::string& name, std::shared_ptr<arrow::Array> array) {
  FlowColumn column;
  column.kind_ = *KindOf(*array->type());
  std::shared_ptr<arrow::DataType> wanted = array->type();
  if (column.kind_ == Kind::kInteger) wanted = arrow::int64();
  if (column.kind_ == Kind::kNumber) wanted = arrow::float64();
  if (column.kind_ == Kind::kText && !IsText(*wanted)) wanted = arrow::large_utf8();
  if (!wanted->Equals(array->type())) {
    ARROW_RETURN_NOT_OK(UseComputeKernels());
    auto cast = arrow::compute::Cast(*array, wanted);
    if (!cast.ok()) {
      return DataRefused("a column holds values that are too large or no UTF-8: column=",
                         name.substr(0, 100), "; remedy: store it as 64-bit integers or as text");
    }
    array = *std::move(cast);
  }
  column.array_ = std::move(array);
  column.has_nulls_ = column.array_->null_count() > 0;
  if (column.kind_ == Kind::kText) column.text_.emplace(*column.array_);
  return column;
}

void FlowColumn::ReadNumber(int64_t row, FlowValue* value) const {
  if (kind_ == Kind::kInteger) {
    value->integer = static_cast<const arrow::Int64Array&>(*array_).Value(row);
  } else if (kind_ == Kind::kNumber) {
    value->number = static_cast<const arrow::DoubleArray&>(*array_).Value(row);
  } else {
    value->integer = static_cast<const arrow::BooleanArray&>(*array_).Value(row) ? 1 : 0;
  }
}

}  // namespace hubmill
