// How large values are, told by their offsets alone.
#include <arrow/array.h>
#include <arrow/extension_type.h>

#include <algorithm>

#include "view/cell.h"

namespace hubmill {
namespace {

using arrow::Type;

template <typename ListType>
const ListType& As(const arrow::Array& array) {
  return static_cast<const ListType&>(array);
}

}  // namespace

int64_t ValueBytes(const arrow::Array& array, int64_t begin, int64_t count) {
  const auto child = [](const auto& list, int64_t from, int64_t rows) {
    const int64_t first = list.value_offset(from);
    return ValueBytes(*list.values(), first, list.value_offset(from + rows) - first);
  };
  const auto text = [&](const auto& values) {
    return int64_t(values.value_offset(begin + count)) - int64_t(values.value_offset(begin));
  };
  if (count <= 0) return 0;
  switch (array.type_id()) {
    case Type::STRING:
    case Type::BINARY:
      return text(As<arrow::BinaryArray>(array));
    case Type::LARGE_STRING:
    case Type::LARGE_BINARY:
      return text(As<arrow::LargeBinaryArray>(array));
    case Type::LIST:
    case Type::MAP:
      return child(As<arrow::ListArray>(array), begin, count);
    case Type::LARGE_LIST:
      return child(As<arrow::LargeListArray>(array), begin, count);
    case Type::FIXED_SIZE_LIST:
      return child(As<arrow::FixedSizeListArray>(array), begin, count);
    case Type::EXTENSION:
      return ValueBytes(*As<arrow::ExtensionArray>(array).storage(), begin, count);
    case Type::STRUCT: {
      int64_t bytes = 0;
      for (const auto& field : As<arrow::StructArray>(array).fields()) {
        bytes += ValueBytes(*field, begin, count);
      }
      return bytes;
    }
    default:
      return count * std::max(arrow::is_fixed_width(array.type_id())
                                  ? int64_t(array.type()->bit_width()) / 8
                                  : int64_t(16),
                              int64_t(1));
  }
}

}  // namespace hubmill
