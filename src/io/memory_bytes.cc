// One pass a column over its pieces; sizes come from offsets, so no value is looked at.
#include "io/memory_bytes.h"

#include <arrow/array.h>
#include <arrow/compute/cast.h>
#include <arrow/type_traits.h>

namespace hubmill {
namespace {

using Arrays = std::vector<std::shared_ptr<arrow::Array>>;

constexpr int64_t kViewBytes = 16;

int64_t BytesOfBits(int64_t bits) { return (bits + 7) / 8; }

Result<int64_t> BytesOf(const Arrays& pieces);

template <typename ArrayType>
int64_t BytesOfText(const Arrays& pieces, int64_t rows) {
  int64_t bytes = rows * int64_t(sizeof(typename ArrayType::offset_type));
  for (const auto& piece : pieces) {
    bytes += int64_t(static_cast<const ArrayType&>(*piece).total_values_length());
  }
  return bytes;
}

int64_t BytesOfViews(const Arrays& pieces, int64_t rows) {
  int64_t bytes = rows * kViewBytes;
  for (const auto& piece : pieces) {
    const auto& views = static_cast<const arrow::BinaryViewArray&>(*piece);
    for (int64_t i = 0; i < views.length(); ++i) {
      if (views.IsValid(i)) bytes += int64_t(views.GetView(i).size());
    }
  }
  return bytes;
}

/// A list's items; `offset_bytes` is 0 where the lists have a fixed length.
template <typename ArrayType>
Result<int64_t> BytesOfLists(const Arrays& pieces, int64_t rows, int64_t offset_bytes) {
  Arrays items;
  for (const auto& piece : pieces) {
    const auto& list = static_cast<const ArrayType&>(*piece);
    if (list.length() == 0) {  // May have no offsets at all.
      items.push_back(list.values()->Slice(0, 0));
      continue;
    }
    const int64_t begin = int64_t(list.value_offset(0));
    const int64_t end = int64_t(list.value_offset(list.length()));
    items.push_back(list.values()->Slice(begin, end - begin));
  }
  ARROW_ASSIGN_OR_RAISE(const int64_t bytes, BytesOf(items));
  return bytes + rows * offset_bytes;
}

Result<int64_t> BytesOfFields(const Arrays& pieces) {
  int64_t bytes = 0;
  for (int field = 0; field < pieces.front()->type()->num_fields(); ++field) {
    Arrays values;
    for (const auto& piece : pieces) {
      values.push_back(static_cast<const arrow::StructArray&>(*piece).field(field));
    }
    ARROW_ASSIGN_OR_RAISE(const int64_t field_bytes, BytesOf(values));
    bytes += field_bytes;
  }
  return bytes;
}

/// A dictionary counts as its values, which is what a reader gets.
Result<int64_t> BytesOfDictionary(const Arrays& pieces) {
  Arrays dense;
  for (const auto& piece : pieces) {
    const auto& type = static_cast<const arrow::DictionaryType&>(*piece->type());
    ARROW_ASSIGN_OR_RAISE(auto values, arrow::compute::Cast(*piece, type.value_type()));
    dense.push_back(std::move(values));
  }
  return BytesOf(dense);
}

Result<int64_t> BytesOfValues(const Arrays& pieces, int64_t rows) {
  const arrow::DataType& type = *pieces.front()->type();
  switch (type.id()) {
    case arrow::Type::NA:
      return 0;
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return BytesOfText<arrow::BinaryArray>(pieces, rows);
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
      return BytesOfText<arrow::LargeBinaryArray>(pieces, rows);
    case arrow::Type::STRING_VIEW:
    case arrow::Type::BINARY_VIEW:
      return BytesOfViews(pieces, rows);
    case arrow::Type::LIST:
    case arrow::Type::MAP:
      return BytesOfLists<arrow::ListArray>(pieces, rows, 4);
    case arrow::Type::LARGE_LIST:
      return BytesOfLists<arrow::LargeListArray>(pieces, rows, 8);
    case arrow::Type::FIXED_SIZE_LIST:
      return BytesOfLists<arrow::FixedSizeListArray>(pieces, rows, 0);
    case arrow::Type::STRUCT:
      return BytesOfFields(pieces);
    default:
      return arrow::is_fixed_width(type.id()) ? BytesOfBits(rows * type.bit_width()) : 0;
  }
}

Result<int64_t> BytesOf(const Arrays& pieces) {
  switch (pieces.front()->type_id()) {
    case arrow::Type::DICTIONARY:
      return BytesOfDictionary(pieces);
    case arrow::Type::EXTENSION: {
      Arrays storage;
      for (const auto& piece : pieces) {
        storage.push_back(static_cast<const arrow::ExtensionArray&>(*piece).storage());
      }
      return BytesOf(storage);
    }
    default:
      break;
  }
  int64_t rows = 0;
  int64_t nulls = 0;
  for (const auto& piece : pieces) {
    rows += piece->length();
    nulls += piece->null_count();
  }
  ARROW_ASSIGN_OR_RAISE(const int64_t bytes, BytesOfValues(pieces, rows));
  const bool bits = nulls > 0 && pieces.front()->type_id() != arrow::Type::NA;
  return bytes + (bits ? BytesOfBits(rows) : 0);
}

}  // namespace

Result<int64_t> MemoryBytes(const std::vector<std::shared_ptr<arrow::RecordBatch>>& parts) {
  if (parts.empty()) return 0;
  int64_t bytes = 0;
  for (int column = 0; column < parts.front()->num_columns(); ++column) {
    Arrays pieces;
    for (const auto& part : parts) pieces.push_back(part->column(column));
    ARROW_ASSIGN_OR_RAISE(const int64_t column_bytes, BytesOf(pieces));
    bytes += column_bytes;
  }
  return bytes;
}

}  // namespace hubmill
