// One pass a column, adding into one array of sums; a list adds its items through prefix sums.
#include "io/row_bytes.h"

#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>

#include <span>

namespace hubmill {
namespace {

constexpr int64_t kLengthBytes = 4;  // What a length, or a dictionary's index, counts as.

void Add(const arrow::Array& array, std::span<int64_t> sums);

template <typename ArrayType>
void AddText(const arrow::Array& untyped, std::span<int64_t> sums) {
  const auto& array = static_cast<const ArrayType&>(untyped);
  const auto* offsets = array.raw_value_offsets();
  const bool has_nulls = array.null_count() != 0;
  for (size_t i = 0; i < sums.size(); ++i) {
    sums[i] += kLengthBytes;
    if (!has_nulls || array.IsValid(int64_t(i))) sums[i] += offsets[i + 1] - offsets[i];
  }
}

template <typename ArrayType>
void AddTextView(const arrow::Array& untyped, std::span<int64_t> sums) {
  const auto& array = static_cast<const ArrayType&>(untyped);
  for (size_t i = 0; i < sums.size(); ++i) {
    sums[i] += kLengthBytes;
    if (array.IsValid(int64_t(i))) sums[i] += int64_t(array.GetView(int64_t(i)).size());
  }
}

template <typename ArrayType>
void AddList(const arrow::Array& untyped, std::span<int64_t> sums) {
  const auto& array = static_cast<const ArrayType&>(untyped);
  const std::vector<int64_t> items = ValueBytes(*array.values());
  for (size_t i = 0; i < sums.size(); ++i) {
    sums[i] += kLengthBytes;
    if (array.IsNull(int64_t(i))) continue;
    const int64_t begin = int64_t(array.value_offset(int64_t(i)));
    const int64_t end = begin + int64_t(array.value_length(int64_t(i)));
    for (int64_t k = begin; k < end; ++k) sums[i] += items[size_t(k)];
  }
}

void AddStruct(const arrow::Array& untyped, std::span<int64_t> sums) {
  const auto& array = static_cast<const arrow::StructArray&>(untyped);
  std::vector<int64_t> items(sums.size(), 0);
  for (int i = 0; i < array.num_fields(); ++i) Add(*array.field(i), items);
  for (size_t i = 0; i < sums.size(); ++i) {
    sums[i] += array.IsNull(int64_t(i)) ? 1 : items[i];
  }
}

void AddDictionary(const arrow::Array& untyped, std::span<int64_t> sums) {
  const auto& array = static_cast<const arrow::DictionaryArray&>(untyped);
  const std::vector<int64_t> values = ValueBytes(*array.dictionary());
  for (size_t i = 0; i < sums.size(); ++i) {
    sums[i] +=
        array.IsNull(int64_t(i)) ? kLengthBytes : values[size_t(array.GetValueIndex(int64_t(i)))];
  }
}

void AddFixed(const arrow::DataType& type, std::span<int64_t> sums) {
  const int bits = arrow::is_fixed_width(type.id()) ? type.bit_width() : 8;
  for (int64_t& sum : sums) sum += (bits + 7) / 8;
}

void Add(const arrow::Array& array, std::span<int64_t> sums) {
  switch (array.type_id()) {
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return AddText<arrow::BinaryArray>(array, sums);
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
      return AddText<arrow::LargeBinaryArray>(array, sums);
    case arrow::Type::STRING_VIEW:
    case arrow::Type::BINARY_VIEW:
      return AddTextView<arrow::BinaryViewArray>(array, sums);
    case arrow::Type::LIST:
    case arrow::Type::MAP:
      return AddList<arrow::ListArray>(array, sums);
    case arrow::Type::LARGE_LIST:
      return AddList<arrow::LargeListArray>(array, sums);
    case arrow::Type::FIXED_SIZE_LIST:
      return AddList<arrow::FixedSizeListArray>(array, sums);
    case arrow::Type::STRUCT:
      return AddStruct(array, sums);
    case arrow::Type::DICTIONARY:
      return AddDictionary(array, sums);
    case arrow::Type::EXTENSION:
      return Add(*static_cast<const arrow::ExtensionArray&>(array).storage(), sums);
    default:
      return AddFixed(*array.type(), sums);
  }
}

}  // namespace

std::vector<int64_t> ValueBytes(const arrow::Array& array) {
  std::vector<int64_t> sums(size_t(array.length()), 0);
  Add(array, sums);
  return sums;
}

std::vector<int64_t> RowBytes(const arrow::RecordBatch& rows) {
  std::vector<int64_t> sums(size_t(rows.num_rows()), 0);
  for (int i = 0; i < rows.num_columns(); ++i) Add(*rows.column(i), sums);
  return sums;
}

}  // namespace hubmill
