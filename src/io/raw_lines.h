// Lines as they stand, for stages that read the records themselves.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "io/json_decode.h"

namespace hubmill {

/// Text to take lines from.
struct RawText {
  std::string_view text;
  std::shared_ptr<arrow::Buffer> memory;  // Holds `text`; then lines are views into it, which is
                                          // kept as long as they are.  Null: lines are copied.
};

/// The column's type: string_view or string.
std::shared_ptr<arrow::DataType> RawLineType(bool views);

/// Lines that are not blank, without their line break, as the one text column of `schema`; the
/// first `rows_max` of them.  A line that is no UTF-8 is a bad row.
Result<Decoded> DecodeRawLines(const RawText& from, const std::shared_ptr<arrow::Schema>& schema,
                               const JsonDecodeOptions& options, int64_t rows_max);

/// Adds the text column `name` to `decoded`, which DecodeJsonLines() made of the text: each row's
/// line as it stands, without its line break.
Status AddRawLines(const RawText& from, const std::string& name, Decoded* decoded);

/// How many lines are not blank.
int64_t CountRawLines(std::string_view text);

}  // namespace hubmill
