// A value as JSON for pages and terminals (docs/pages.md has the forms), and how columns are shown.
//
// Written as text straight from the Arrow buffers.  What is written is bounded whatever the value
// is: a text by kCellTextChars, a list or object by kCellNestedChars, at most kCellDepthMax levels.
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

inline constexpr size_t kCellTextChars = 2'000;    // Code points; the rest is {"$cut"}.
inline constexpr size_t kCellNestedChars = 4'000;  // Of JSON; the rest is {"$deep"}.
inline constexpr size_t kCellBinaryBytes = 64;
inline constexpr int kCellDepthMax = 64;
inline constexpr size_t kWholeCellBytesMax = 16 << 20;
inline constexpr int64_t kCellIntegerMax = int64_t{1} << 53;  // Beyond ±: {"$number"}.

/// Appends the value at `row` as a cell of docs/pages.md: bounded, valid JSON, valid UTF-8.
/// Dates and times are ISO 8601 text ("2026-11-22", "2026-11-22T10:00:00.000001Z": Z where the
/// column has a time zone), durations text ("90s"), decimals {"$number"}, dictionaries their
/// values, maps lists of {"key", "value"}.  REQUIRES: a validated array, 0 <= row < length.
void AppendCell(const arrow::Array& column, int64_t row, std::string* out);

/// Appends `[cell, cell, …]`, one of each column.
void AppendCells(const arrow::RecordBatch& batch, int64_t row, std::string* out);

/// One whole value.
struct WholeCell {
  bool is_text = false;  // `body` is the text itself (wrong bytes as U+FFFD), else JSON.
  bool is_null = false;  // `body` is "null".
  bool cut = false;      // It is longer than bytes_max: `body` is its beginning.
  std::string body;      // JSON is not cut: too long a value is null with `cut`.
};
WholeCell WholeCellOf(const arrow::Array& column, int64_t row,
                      size_t bytes_max = kWholeCellBytesMax);

/// Appends the whole value as plain JSON: nothing cut, binary as hex text, NaN as null, integers
/// and decimals as numbers of all their digits, wrong UTF-8 as U+FFFD.  False, and *out may hold a
/// part, where it would be longer than bytes_max.
bool AppendWholeJson(const arrow::Array& column, int64_t row, size_t bytes_max, std::string* out);

/// Bytes that rows [begin, begin + count) take, texts and numbers together; told by the offsets, so
/// in a time that depends on the type alone.  Of views and dictionaries, a guess.
int64_t ValueBytes(const arrow::Array& array, int64_t begin, int64_t count);

/// How a column is best shown.
enum class CellShape : uint8_t {
  kText,
  kNumber,
  kClass,
  kBool,
  kTime,
  kNested,
  kBinary,
  kMessages,
  kHarmony
};
/// "text", "number", "class", …
std::string_view ShapeName(CellShape shape);

/// By the type and, for Harmony text, up to 16 values of `sample`, which may be null.
CellShape ShapeOf(const arrow::Field& field, const arrow::Array* sample, bool is_class = false);

struct ColumnView {
  std::string name;
  std::string type;     // As Arrow prints it, at most 500 characters.
  std::string feature;  // JSON as `datasets` has it: of the metadata "huggingface" where it names
                        // the column, else made from the type; "null" where there is none.
  std::vector<std::string> class_names;  // Of a ClassLabel.
  CellShape shape = CellShape::kText;
};

/// The columns of `schema`, which has the file's metadata; shapes by `sample`, which may be null
/// and else has these columns in this order.
std::vector<ColumnView> DescribeColumns(const arrow::Schema& schema,
                                        const arrow::RecordBatch* sample);

/// Appends {"name", "type", "feature", "shape"}.
void AppendColumnJson(const ColumnView& column, std::string* out);

}  // namespace hubmill
