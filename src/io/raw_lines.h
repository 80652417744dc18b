// Lines as they stand, for stages that read the records themselves.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "io/json_decode.h"

namespace hubmill {

/// Lines that are not blank, without their line break, as the one text column of `schema`; the
/// first `rows_max` of them.  A line that is no UTF-8 is a bad row.
Result<Decoded> DecodeRawLines(std::string_view text, const std::shared_ptr<arrow::Schema>& schema,
                               const JsonDecodeOptions& options, int64_t rows_max);

/// Adds the text column `name` to `decoded`, which DecodeJsonLines() made of `text`: each row's
/// line as it stands, without its line break.
Status AddRawLines(std::string_view text, const std::string& name, Decoded* decoded);

/// How many lines are not blank.
int64_t CountRawLines(std::string_view text);

}  // namespace hubmill
