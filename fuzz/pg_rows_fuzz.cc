// Arbitrary bytes as rows of a PostgreSQL server: never a crash, and columns that are sound.
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <string_view>
#include <vector>

#include "base/check.h"
#include "io/postgres/pg_rows.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using hubmill::PgKind;
  if (size < 3) return 0;
  std::vector<hubmill::PgColumn> columns;
  for (size_t i = 0; i < 3; ++i) {  // The first bytes choose the types.
    const auto kind = PgKind(data[i] % (int(PgKind::kTimestampUtc) + 1));
    columns.push_back(
        {"c" + std::to_string(i),
         {.kind = kind, .precision = 12, .scale = 3, .array = (data[i] & 0x80) != 0}});
  }
  arrow::FieldVector fields;
  for (const auto& column : columns) {
    fields.push_back(arrow::field(column.name, hubmill::ArrowTypeOf(column.type)));
  }
  const std::string_view rows(reinterpret_cast<const char*>(data) + 3, size - 3);
  auto decoded = hubmill::DecodePgRows(rows, columns, arrow::schema(fields), {.batch_rows_max = 2});
  if (!decoded.ok()) return 0;
  int64_t good = 0;
  for (const auto& batch : decoded->batches) {
    HUBMILL_CHECK(batch.rows->ValidateFull().ok(), "columns are sound");
    good += batch.rows->num_rows();
  }
  HUBMILL_CHECK(good + int64_t(decoded->bad_rows.size()) == decoded->row_numbers, "no row is lost");
  return 0;
}
