#include "stages/row_key.h"

#include <arrow/array.h>

#include <cmath>

#include "stages/columns.h"

namespace hubmill {
namespace {

constexpr char kNullByte = 0;
constexpr char kValueByte = 1;
constexpr RowKey kNullTextKey = {0x6e756c6c6e756c6cULL, 0x6b65796b65796b65ULL};  // Any constant.

void AppendCount(uint64_t count, std::string* out) {
  out->append(reinterpret_cast<const char*>(&count), sizeof count);
}

void AppendText(std::string_view text, std::string* out) {
  AppendCount(text.size(), out);
  out->append(text);
}

void AppendFloat(double value, std::string* out) {
  if (std::isnan(value)) value = std::nan("");
  if (value == 0) value = 0;  // -0.0 compares equal to 0.0.
  out->append(reinterpret_cast<const char*>(&value), sizeof value);
}

void AppendItems(const arrow::Array& items, int64_t begin, int64_t end, std::string* out) {
  AppendCount(uint64_t(end - begin), out);
  for (int64_t i = begin; i < end; ++i) AppendValueBytes(items, i, out);
}

template <typename ListArray>
void AppendList(const arrow::Array& array, int64_t row, std::string* out) {
  const auto& list = static_cast<const ListArray&>(array);
  const int64_t begin = list.value_offset(row);
  AppendItems(*list.values(), begin, begin + list.value_length(row), out);
}

template <typename BinaryArray>
void AppendBinary(const arrow::Array& array, int64_t row, std::string* out) {
  AppendText(static_cast<const BinaryArray&>(array).GetView(row), out);
}

void AppendFixedWidth(const arrow::Array& array, int64_t row, std::string* out) {
  const auto& type = static_cast<const arrow::FixedWidthType&>(*array.type());
  const int64_t bytes = type.bit_width() / 8;
  const uint8_t* data = array.data()->buffers[1]->data();
  out->append(reinterpret_cast<const char*>(data) + (array.offset() + row) * bytes, size_t(bytes));
}

}  // namespace

Status CheckKeyType(const std::string& column, const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::DICTIONARY:
      return CheckKeyType(column, *static_cast<const arrow::DictionaryType&>(type).value_type());
    case arrow::Type::STRUCT:
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
    case arrow::Type::FIXED_SIZE_LIST:
    case arrow::Type::MAP:
      for (const auto& field : type.fields()) {
        ARROW_RETURN_NOT_OK(CheckKeyType(column, *field->type()));
      }
      return Status::OK();
    case arrow::Type::NA:
    case arrow::Type::BOOL:
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::STRING_VIEW:
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::BINARY_VIEW:
    case arrow::Type::FIXED_SIZE_BINARY:
      return Status::OK();
    default:
      if (arrow::is_primitive(type.id()) || arrow::is_decimal(type.id()) ||
          arrow::is_temporal(type.id())) {
        return Status::OK();
      }
      return DataRefused("values of this type cannot be compared: column=", column,
                         " type=", type.ToString(), "; remedy: name other columns");
  }
}

void AppendValueBytes(const arrow::Array& array, int64_t row, std::string* out) {
  if (array.IsNull(row)) {
    out->push_back(kNullByte);
    return;
  }
  out->push_back(kValueByte);
  switch (array.type_id()) {
    case arrow::Type::BOOL:
      out->push_back(static_cast<const arrow::BooleanArray&>(array).Value(row) ? 1 : 0);
      return;
    case arrow::Type::FLOAT:
      return AppendFloat(static_cast<const arrow::FloatArray&>(array).Value(row), out);
    case arrow::Type::DOUBLE:
      return AppendFloat(static_cast<const arrow::DoubleArray&>(array).Value(row), out);
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return AppendBinary<arrow::BinaryArray>(array, row, out);
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
      return AppendBinary<arrow::LargeBinaryArray>(array, row, out);
    case arrow::Type::STRING_VIEW:
    case arrow::Type::BINARY_VIEW:
      return AppendBinary<arrow::BinaryViewArray>(array, row, out);
    case arrow::Type::LIST:
    case arrow::Type::MAP:
      return AppendList<arrow::ListArray>(array, row, out);
    case arrow::Type::LARGE_LIST:
      return AppendList<arrow::LargeListArray>(array, row, out);
    case arrow::Type::FIXED_SIZE_LIST:
      return AppendList<arrow::FixedSizeListArray>(array, row, out);
    case arrow::Type::STRUCT: {
      const auto& parent = static_cast<const arrow::StructArray&>(array);
      for (int i = 0; i < parent.num_fields(); ++i) AppendValueBytes(*parent.field(i), row, out);
      return;
    }
    case arrow::Type::DICTIONARY: {
      const auto& coded = static_cast<const arrow::DictionaryArray&>(array);
      return AppendValueBytes(*coded.dictionary(), coded.GetValueIndex(row), out);
    }
    default:
      return AppendFixedWidth(array, row, out);
  }
}

void ComputeRowKeys(const arrow::RecordBatch& rows, const std::vector<int>& columns,
                    std::vector<RowKey>* keys) {
  const int64_t count = rows.num_rows();
  keys->resize(size_t(count));
  if (columns.size() == 1 && IsText(*rows.schema()->field(columns[0])->type())) {
    const auto array = rows.column(columns[0]);
    const TextView text(*array);
    for (int64_t row = 0; row < count; ++row) {
      (*keys)[size_t(row)] = text.IsNull(row) ? kNullTextKey : KeyOfBytes(text[row]);
    }
    return;
  }
  arrow::ArrayVector arrays;
  for (int column : columns) arrays.push_back(rows.column(column));
  std::string bytes;
  for (int64_t row = 0; row < count; ++row) {
    bytes.clear();
    for (const auto& array : arrays) AppendValueBytes(*array, row, &bytes);
    (*keys)[size_t(row)] = KeyOfBytes(bytes);
  }
}

}  // namespace hubmill
