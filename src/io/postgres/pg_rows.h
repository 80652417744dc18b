// Rows in PostgreSQL's binary copy format, as record batches.
//
// A row is a 16-bit count of fields, then for each field a 32-bit length (-1: null) and the bytes
// of the type's send function, all big-endian ("COPY", section "Binary Format" of PostgreSQL's
// manual).
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.h"
#include "core/source.h"
#include "io/postgres/pg_types.h"

namespace hubmill {

struct PgRowsOptions {
  int32_t file = 0;
  int32_t split = 0;
  int64_t batch_rows_max = 8192;
};

/// Decodes whole rows, without the stream's header and trailer.  A row with a value that its Arrow
/// type cannot hold (an infinite date, a NaN in a decimal, an array of two dimensions, text that is
/// not UTF-8) is a bad row; bytes that are no rows at all are kRunFailed.  Thread-safe.
Result<Decoded> DecodePgRows(std::string_view bytes, const std::vector<PgColumn>& columns,
                             const std::shared_ptr<arrow::Schema>& schema,
                             const PgRowsOptions& options);

}  // namespace hubmill
