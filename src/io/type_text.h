// Column types as a recipe writes them: `string`, `list<int64>`, `struct<a: string, b: date>`.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/failure.h"

namespace hubmill {

inline constexpr size_t kTypeTextBytesMax = 64 << 10;
inline constexpr int kTypeDepthMax = 64;        // Levels of list and struct.
inline constexpr size_t kTypeFieldsMax = 1000;  // Fields of one schema, all levels together.

/// A type that JSON and CSV columns can have.
struct TypeTree {
  enum class Kind : uint8_t {
    kNull,  // While a schema is inferred: nothing but nulls seen so far.
    kString,
    kInt32,
    kInt64,
    kFloat32,
    kFloat64,
    kBool,
    kTimestamp,  // Microseconds, UTC.
    kDate,       // Days.
    kJson,       // A string that holds the JSON text of any value.
    kList,
    kStruct,
  };
  Kind kind = Kind::kNull;
  bool exact = false;              // An inferred kFloat64: nobody asked to round whole numbers.
  std::vector<std::string> names;  // kStruct: of the children.
  std::vector<TypeTree> children;  // kStruct: the fields; kList: one, the item.
  bool operator==(const TypeTree&) const = default;
};

/// Parses a type; errors (kWrongUsage) quote the place in the text.
Result<TypeTree> ParseTypeText(std::string_view text);

/// A struct from `columns`, pairs of name and type text.
Result<TypeTree> ParseColumns(const std::vector<std::pair<std::string, std::string>>& columns);

/// What ParseTypeText() reads back.
std::string PrintType(const TypeTree& type);

/// The same for an Arrow type; for types without such a text, Arrow's own name.
std::string PrintType(const arrow::DataType& type);

/// kJson becomes utf8, kNull becomes utf8.
std::shared_ptr<arrow::DataType> ArrowTypeOf(const TypeTree& type);

/// REQUIRES: kStruct.
std::shared_ptr<arrow::Schema> SchemaOf(const TypeTree& type);

}  // namespace hubmill
