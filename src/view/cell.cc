#include "view/cell.h"

#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <arrow/scalar.h>
#include <arrow/util/float16.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/json_text.h"
#include "base/utf8.h"
#include "view/text_start.h"
#include "view/time_text.h"

namespace hubmill {
namespace {

using arrow::Type;

// Text behind this is not looked at to tell whether it is UTF-8: a cell of 100 MB costs no more
// than one of 64 KiB.
constexpr size_t kCheckedBytes = 64 << 10;
// JSON of an object that looks like a form is written up to here, to tell its size.
constexpr size_t kCountedJsonBytes = 1 << 20;

/// Writes values until `stop` bytes stand in *out.
class Writer {
 public:
  /// `whole`: plain JSON, nothing cut; else the forms of a cell.
  Writer(std::string* out, size_t stop, bool whole) : out_(out), stop_(stop), whole_(whole) {}

  bool stopped() const { return stopped_; }
  void Value(const arrow::Array& array, int64_t row, int depth);

 private:
  bool Full() {
    stopped_ = stopped_ || out_->size() > stop_;
    return stopped_;
  }

  void Text(std::string_view text);
  void Binary(std::string_view bytes);
  void Number(std::string_view digits) {
    if (whole_) {
      out_->append(digits);
    } else {
      Form("$number", digits);
    }
  }
  void Form(const char* key, std::string_view text) {
    out_->append("{\"").append(key).append("\":");
    AppendJsonString(text, out_);
    out_->push_back('}');
  }
  void FormBytes(const char* key, std::string_view text, size_t bytes) {
    Form(key, text);
    out_->pop_back();
    out_->append(",\"bytes\":");
    AppendJsonInt(int64_t(bytes), out_);
    out_->push_back('}');
  }
  void Plain(std::string_view text) {
    out_->push_back('"');
    out_->append(text);  // Digits and signs: nothing to escape.
    out_->push_back('"');
  }

  void Signed(int64_t value) {
    if (whole_ || (value >= -kCellIntegerMax && value <= kCellIntegerMax)) {
      AppendJsonInt(value, out_);
    } else {
      Number(std::to_string(value));
    }
  }
  void Unsigned(uint64_t value) {
    if (value <= uint64_t(kCellIntegerMax)) {
      AppendJsonInt(int64_t(value), out_);
    } else {
      Number(std::to_string(value));
    }
  }
  template <typename Float>
  void Real(Float value) {
    if (!std::isfinite(value)) {
      if (whole_) {
        out_->append("null");
      } else {
        Form("$number", std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
      }
      return;
    }
    if constexpr (sizeof(Float) == 8) {
      if (AppendJsonDouble(value, out_)) return;
    }
    char digits[40];
    const auto end = std::to_chars(digits, digits + sizeof(digits), value).ptr;
    out_->append(digits, size_t(end - digits));
  }

  bool Primitive(const arrow::Array& array, int64_t row);
  bool Bytes(const arrow::Array& array, int64_t row);  // Texts, binary, decimals.
  bool Time(const arrow::Array& array, int64_t row);
  void Struct(const arrow::StructArray& array, int64_t row, int depth);
  void FormLike(const arrow::StructArray& array, int64_t row);
  void Items(const arrow::Array& values, int64_t begin, int64_t length, int depth);
  void MapItems(const arrow::MapArray& array, int64_t row, int depth);
  bool Nested(const arrow::Array& array, int64_t row, int depth);

  std::string* out_;
  const size_t stop_;
  const bool whole_;
  bool stopped_ = false;
};

void Writer::Text(std::string_view text) {
  if (whole_) {
    if (text.size() > stop_ - std::min(stop_, out_->size())) {
      stopped_ = true;
    } else if (IsValidUtf8(text)) {
      AppendJsonString(text, out_);
    } else {
      size_t used = 0;
      AppendJsonString(Repaired(text, text.size(), &used), out_);
    }
    return;
  }
  const std::string_view looked = WholeChars(text, kCheckedBytes);
  if (!IsValidUtf8(looked)) {
    size_t used = 0;
    const std::string shown = Repaired(text, kCellTextChars, &used);
    FormBytes("$invalid", shown, text.size());
    return;
  }
  const size_t bytes = BytesOfChars(looked, kCellTextChars);
  if (bytes == text.size()) {
    AppendJsonString(text, out_);
  } else {
    FormBytes("$cut", text.substr(0, bytes), text.size());
  }
}

void Writer::Binary(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  if (whole_ && bytes.size() > stop_ / 2) {
    stopped_ = true;
    return;
  }
  std::string hex;
  for (const char c : bytes.substr(0, whole_ ? bytes.npos : kCellBinaryBytes)) {
    hex.push_back(kDigits[uint8_t(c) >> 4]);
    hex.push_back(kDigits[uint8_t(c) & 15]);
  }
  if (whole_) {
    Plain(hex);
  } else {
    FormBytes("$binary", hex, bytes.size());
  }
}

template <typename ArrayType>
auto At(const arrow::Array& array, int64_t row) {
  return static_cast<const ArrayType&>(array).GetView(row);
}

bool Writer::Primitive(const arrow::Array& array, int64_t row) {
  switch (array.type_id()) {
    case Type::BOOL:
      out_->append(At<arrow::BooleanArray>(array, row) ? "true" : "false");
      return true;
    case Type::INT8:
      Signed(At<arrow::Int8Array>(array, row));
      return true;
    case Type::INT16:
      Signed(At<arrow::Int16Array>(array, row));
      return true;
    case Type::INT32:
      Signed(At<arrow::Int32Array>(array, row));
      return true;
    case Type::INT64:
      Signed(At<arrow::Int64Array>(array, row));
      return true;
    case Type::UINT8:
      Unsigned(At<arrow::UInt8Array>(array, row));
      return true;
    case Type::UINT16:
      Unsigned(At<arrow::UInt16Array>(array, row));
      return true;
    case Type::UINT32:
      Unsigned(At<arrow::UInt32Array>(array, row));
      return true;
    case Type::UINT64:
      Unsigned(At<arrow::UInt64Array>(array, row));
      return true;
    case Type::HALF_FLOAT:
      Real(arrow::util::Float16::FromBits(At<arrow::HalfFloatArray>(array, row)).ToFloat());
      return true;
    case Type::FLOAT:
      Real(At<arrow::FloatArray>(array, row));
      return true;
    case Type::DOUBLE:
      Real(At<arrow::DoubleArray>(array, row));
      return true;
    default:
      return false;
  }
}

bool Writer::Bytes(const arrow::Array& array, int64_t row) {
  switch (array.type_id()) {
    case Type::STRING:
      Text(At<arrow::StringArray>(array, row));
      return true;
    case Type::LARGE_STRING:
      Text(At<arrow::LargeStringArray>(array, row));
      return true;
    case Type::STRING_VIEW:
      Text(At<arrow::StringViewArray>(array, row));
      return true;
    case Type::BINARY:
      Binary(At<arrow::BinaryArray>(array, row));
      return true;
    case Type::LARGE_BINARY:
      Binary(At<arrow::LargeBinaryArray>(array, row));
      return true;
    case Type::BINARY_VIEW:
      Binary(At<arrow::BinaryViewArray>(array, row));
      return true;
    case Type::FIXED_SIZE_BINARY:
      Binary(At<arrow::FixedSizeBinaryArray>(array, row));
      return true;
    case Type::DECIMAL32:
      Number(static_cast<const arrow::Decimal32Array&>(array).FormatValue(row));
      return true;
    case Type::DECIMAL64:
      Number(static_cast<const arrow::Decimal64Array&>(array).FormatValue(row));
      return true;
    case Type::DECIMAL128:
      Number(static_cast<const arrow::Decimal128Array&>(array).FormatValue(row));
      return true;
    case Type::DECIMAL256:
      Number(static_cast<const arrow::Decimal256Array&>(array).FormatValue(row));
      return true;
    default:
      return false;
  }
}

bool Writer::Time(const arrow::Array& array, int64_t row) {
  const arrow::DataType& type = *array.type();
  switch (array.type_id()) {
    case Type::DATE32:
      Plain(DateText(At<arrow::Date32Array>(array, row)));
      return true;
    case Type::DATE64:
      Plain(TimestampText(At<arrow::Date64Array>(array, row), arrow::TimeUnit::MILLI, false, true));
      return true;
    case Type::TIMESTAMP: {
      const auto& stamp = static_cast<const arrow::TimestampType&>(type);
      Plain(TimestampText(At<arrow::TimestampArray>(array, row), stamp.unit(),
                          !stamp.timezone().empty(), false));
      return true;
    }
    case Type::TIME32:
      Plain(TimeOfDayText(At<arrow::Time32Array>(array, row),
                          static_cast<const arrow::Time32Type&>(type).unit()));
      return true;
    case Type::TIME64:
      Plain(TimeOfDayText(At<arrow::Time64Array>(array, row),
                          static_cast<const arrow::Time64Type&>(type).unit()));
      return true;
    case Type::DURATION:
      Plain(DurationText(At<arrow::DurationArray>(array, row),
                         static_cast<const arrow::DurationType&>(type).unit()));
      return true;
    default:
      return false;
  }
}

/// Whether an object of this type could be taken for one of the forms.
bool LooksLikeForm(const arrow::DataType& type) {
  return std::any_of(type.fields().begin(), type.fields().end(),
                     [](const auto& field) { return field->name().starts_with('$'); });
}

/// Writes the object as JSON text.
void Writer::FormLike(const arrow::StructArray& array, int64_t row) {
  std::string json;
  Writer writer(&json, kCountedJsonBytes, /*whole=*/true);
  writer.Struct(array, row, 0);
  const bool whole = !writer.stopped();
  FormBytes("$deep", std::string_view(json).substr(0, BytesOfChars(json, kCellNestedChars)),
            whole ? json.size() : size_t(ValueBytes(array, row, 1)));
}

void Writer::Struct(const arrow::StructArray& array, int64_t row, int depth) {
  if (!whole_ && LooksLikeForm(*array.type())) return FormLike(array, row);
  out_->push_back('{');
  for (int i = 0; i < array.num_fields() && !Full(); ++i) {
    if (i > 0) out_->push_back(',');
    const std::string& name = array.type()->field(i)->name();
    AppendJsonString(name, out_, {.ascii_only = !IsValidUtf8(name)});
    out_->push_back(':');
    // field() would make a slice a call; the child starts where the parent does.
    const auto& child = array.field(i);
    Value(*child, row, depth + 1);
  }
  out_->push_back('}');
}

void Writer::Items(const arrow::Array& values, int64_t begin, int64_t length, int depth) {
  out_->push_back('[');
  for (int64_t i = 0; i < length && !Full(); ++i) {
    if (i > 0) out_->push_back(',');
    Value(values, begin + i, depth + 1);
  }
  out_->push_back(']');
}

void Writer::MapItems(const arrow::MapArray& array, int64_t row, int depth) {
  out_->push_back('[');
  const int64_t begin = array.value_offset(row);
  for (int64_t i = 0; i < array.value_length(row) && !Full(); ++i) {
    out_->append(i > 0 ? ",{\"key\":" : "{\"key\":");
    Value(*array.keys(), begin + i, depth + 1);
    out_->append(",\"value\":");
    Value(*array.items(), begin + i, depth + 1);
    out_->push_back('}');
  }
  out_->push_back(']');
}

template <typename ListType>
const ListType& As(const arrow::Array& array) {
  return static_cast<const ListType&>(array);
}

bool Writer::Nested(const arrow::Array& array, int64_t row, int depth) {
  const auto items = [&](const auto& list) {
    Items(*list.values(), list.value_offset(row), list.value_length(row), depth);
    return true;
  };
  switch (array.type_id()) {
    case Type::STRUCT:
      Struct(As<arrow::StructArray>(array), row, depth);
      return true;
    case Type::LIST:
      return items(As<arrow::ListArray>(array));
    case Type::LARGE_LIST:
      return items(As<arrow::LargeListArray>(array));
    case Type::LIST_VIEW:
      return items(As<arrow::ListViewArray>(array));
    case Type::LARGE_LIST_VIEW:
      return items(As<arrow::LargeListViewArray>(array));
    case Type::FIXED_SIZE_LIST:
      return items(As<arrow::FixedSizeListArray>(array));
    case Type::MAP:
      MapItems(As<arrow::MapArray>(array), row, depth);
      return true;
    default:
      return false;
  }
}

void Writer::Value(const arrow::Array& array, int64_t row, int depth) {
  if (Full()) return;
  if (array.type_id() == Type::EXTENSION) {
    return Value(*As<arrow::ExtensionArray>(array).storage(), row, depth);
  }
  if (array.type_id() == Type::NA || array.IsNull(row)) {
    out_->append("null");
    return;
  }
  if (array.type_id() == Type::DICTIONARY) {
    const auto& dictionary = As<arrow::DictionaryArray>(array);
    return Value(*dictionary.dictionary(), dictionary.GetValueIndex(row), depth);
  }
  if (depth > kCellDepthMax) {
    out_->append(whole_ ? "null" : "{\"$deep\":\"\",\"bytes\":0}");
    return;
  }
  if (Primitive(array, row) || Bytes(array, row) || Time(array, row)) return;
  if (Nested(array, row, depth)) return;
  const auto scalar = array.GetScalar(row);  // Intervals, unions and what Arrow may get.
  Text(scalar.ok() ? (*scalar)->ToString() : scalar.status().message());
}

bool IsNested(const arrow::Array& array) {
  if (array.type_id() == Type::EXTENSION) {
    return IsNested(*As<arrow::ExtensionArray>(array).storage());
  }
  return arrow::is_nested(array.type_id());
}

/// The text of a string cell; null for other types.
bool TextOf(const arrow::Array& array, int64_t row, std::string_view* text) {
  switch (array.type_id()) {
    case Type::STRING:
      *text = At<arrow::StringArray>(array, row);
      return true;
    case Type::LARGE_STRING:
      *text = At<arrow::LargeStringArray>(array, row);
      return true;
    case Type::STRING_VIEW:
      *text = At<arrow::StringViewArray>(array, row);
      return true;
    case Type::EXTENSION:
      return TextOf(*As<arrow::ExtensionArray>(array).storage(), row, text);
    case Type::DICTIONARY: {
      const auto& dictionary = As<arrow::DictionaryArray>(array);
      return TextOf(*dictionary.dictionary(), dictionary.GetValueIndex(row), text);
    }
    default:
      return false;
  }
}

}  // namespace

void AppendCell(const arrow::Array& column, int64_t row, std::string* out) {
  const size_t begin = out->size();
  if (!IsNested(column)) {
    Writer(out, SIZE_MAX, /*whole=*/false).Value(column, row, 0);
    return;
  }
  Writer writer(out, begin + kCellNestedChars * 4, /*whole=*/false);
  writer.Value(column, row, 0);
  const std::string_view written = std::string_view(*out).substr(begin);
  if (written.starts_with("{\"$")) return;  // A form already.
  const size_t shown = BytesOfChars(written, kCellNestedChars);
  if (!writer.stopped() && shown == written.size()) return;
  const std::string text(written.substr(0, shown));
  out->resize(begin);
  out->append("{\"$deep\":");
  AppendJsonString(text, out);
  out->append(",\"bytes\":");
  AppendJsonInt(ValueBytes(column, row, 1), out);
  out->push_back('}');
}

void AppendCells(const arrow::RecordBatch& batch, int64_t row, std::string* out) {
  out->push_back('[');
  for (int i = 0; i < batch.num_columns(); ++i) {
    if (i > 0) out->push_back(',');
    AppendCell(*batch.column(i), row, out);
  }
  out->push_back(']');
}

bool AppendWholeJson(const arrow::Array& column, int64_t row, size_t bytes_max, std::string* out) {
  const size_t begin = out->size();
  const size_t stop = bytes_max > SIZE_MAX - begin ? SIZE_MAX : begin + bytes_max;
  Writer writer(out, stop, /*whole=*/true);
  writer.Value(column, row, 0);
  return !writer.stopped() && out->size() <= stop;
}

WholeCell WholeCellOf(const arrow::Array& column, int64_t row, size_t bytes_max) {
  WholeCell cell;
  std::string_view text;
  if (column.IsNull(row) || column.type_id() == Type::NA) {
    cell.is_null = true;
    cell.body = "null";
  } else if (TextOf(column, row, &text)) {
    cell.is_text = true;
    cell.cut = text.size() > bytes_max;
    text = WholeChars(text, bytes_max);
    size_t used = 0;
    cell.body = IsValidUtf8(text) ? std::string(text) : Repaired(text, text.size(), &used);
  } else if (!AppendWholeJson(column, row, bytes_max, &cell.body)) {
    cell.cut = true;
    cell.body = "null";
  }
  return cell;
}

}  // namespace hubmill
