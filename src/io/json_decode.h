// Decodes lines of JSON straight into Arrow buffers, directed by the columns that are wanted.
//
// One pass over the bytes: no tree and no string is built on the way.  Fields are expected in the
// order of the columns, which is how files are written, so that the usual key costs one comparison;
// any other order costs a hash lookup.  A row that turns out bad is cut off the columns again.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/source.h"
#include "io/column_buffers.h"

namespace hubmill {

struct JsonDecodeOptions {
  int64_t batch_rows_max = 8192;
  int64_t line_bytes_max = 64 << 20;
  bool drop_extra_fields = false;
  int32_t file = 0;
  int32_t split = 0;
};

/// `text`: whole lines, with kBlockPadding readable zeros behind.  Bad rows are recorded, not
/// failures.  `plan` is a struct, `schema` its Arrow form.
Result<Decoded> DecodeJsonLines(std::string_view text, const ColumnPlan& plan,
                                const std::shared_ptr<arrow::Schema>& schema,
                                const JsonDecodeOptions& options);

/// The bad row of a line longer than the bound.
BadRow TooLongRow(int64_t row, int64_t line_bytes_max);

}  // namespace hubmill
