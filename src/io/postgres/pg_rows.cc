#include "io/postgres/pg_rows.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "io/postgres/pg_values.h"

namespace hubmill {
namespace {

/// The values of a column, row after row, in the bytes of the rows; null where the view's data is.
using Cells = std::vector<std::string_view>;

Status Malformed() {
  return RunFailed("the database's answer is malformed; remedy: run again, and check the network");
}

Result<std::vector<Cells>> CellsOf(std::string_view bytes, size_t columns) {
  std::vector<Cells> cells(columns);
  size_t at = 0;
  while (at < bytes.size()) {
    if (bytes.size() - at < 2 || ReadBigEndian<uint16_t>(bytes.data() + at) != columns) {
      return Malformed();
    }
    at += 2;
    for (Cells& column : cells) {
      if (bytes.size() - at < 4) return Malformed();
      const auto length = ReadBigEndian<int32_t>(bytes.data() + at);
      at += 4;
      if (length < 0) {
        column.emplace_back();
        continue;
      }
      if (size_t(length) > bytes.size() - at) return Malformed();
      column.emplace_back(bytes.data() + at, size_t(length));
      at += size_t(length);
    }
  }
  return cells;
}

/// Why a row is bad: the first column that is.
struct WrongValue {
  size_t row = 0;
  size_t column = 0;
  const char* why = "";
};

/// The columns; values that cannot be held go to `wrong`, after which the columns are of no use.
Result<arrow::ArrayVector> DecodeColumns(const std::vector<PgColumn>& columns,
                                         const std::vector<Cells>& cells,
                                         std::vector<WrongValue>* wrong) {
  arrow::ArrayVector arrays(columns.size());
  for (size_t i = 0; i < columns.size(); ++i) {
    std::unique_ptr<PgReader> reader = MakePgReader(columns[i].type);
    std::vector<PgWrong> wrong_here;
    ARROW_RETURN_NOT_OK(reader->builder()->Reserve(int64_t(cells[i].size())));
    ARROW_RETURN_NOT_OK(reader->AppendAll(cells[i], &wrong_here));
    for (const PgWrong& value : wrong_here) {
      if (value.why == kPgMalformed) return Malformed();
      wrong->push_back({.row = value.index, .column = i, .why = value.why});
    }
    ARROW_RETURN_NOT_OK(reader->builder()->Finish(&arrays[i]));
  }
  return arrays;
}

std::vector<BadRow> BadRowsOf(std::vector<WrongValue> wrong, const std::vector<PgColumn>& columns) {
  std::stable_sort(wrong.begin(), wrong.end(),
                   [](const WrongValue& a, const WrongValue& b) { return a.row < b.row; });
  std::vector<BadRow> bad;
  for (const WrongValue& value : wrong) {
    if (!bad.empty() && bad.back().row == int64_t(value.row) + 1) continue;
    bad.push_back(
        {.row = int64_t(value.row) + 1,
         .reason = "unreadable_value",
         .why = Concat("column=", columns[value.column].name, " why=", value.why,
                       "; remedy: leave such rows out in the query, or make it text there "
                       "(column::text)")});
  }
  return bad;
}

/// Takes the rows `bad` out of `values`, one a row.
template <typename Values>
void Erase(const std::vector<BadRow>& bad, Values* values) {
  size_t row = 0;
  auto next = bad.begin();
  std::erase_if(*values, [&](const auto&) {
    if (next == bad.end() || next->row != int64_t(++row)) return false;
    ++next;
    return true;
  });
}

}  // namespace

Result<Decoded> DecodePgRows(std::string_view bytes, const std::vector<PgColumn>& columns,
                             const std::shared_ptr<arrow::Schema>& schema,
                             const PgRowsOptions& options) {
  ARROW_ASSIGN_OR_RAISE(std::vector<Cells> cells, CellsOf(bytes, columns.size()));
  Decoded out;
  out.row_numbers = int64_t(cells[0].size());
  std::vector<int64_t> kept(cells[0].size());
  std::iota(kept.begin(), kept.end(), 1);
  std::vector<WrongValue> wrong;
  ARROW_ASSIGN_OR_RAISE(auto arrays, DecodeColumns(columns, cells, &wrong));
  if (!wrong.empty()) {
    out.bad_rows = BadRowsOf(std::move(wrong), columns);
    for (Cells& column : cells) Erase(out.bad_rows, &column);
    Erase(out.bad_rows, &kept);
    wrong.clear();
    ARROW_ASSIGN_OR_RAISE(arrays, DecodeColumns(columns, cells, &wrong));
  }
  Origins origins;
  for (const int64_t row : kept) {
    origins.Append({.file = options.file, .split = options.split, .row = row, .count = 1});
  }
  const auto all = arrow::RecordBatch::Make(schema, int64_t(kept.size()), std::move(arrays));
  for (int64_t start = 0; start < all->num_rows(); start += options.batch_rows_max) {
    const int64_t count = std::min(options.batch_rows_max, all->num_rows() - start);
    out.batches.push_back({all->Slice(start, count), origins.Slice(start, count)});
  }
  return out;
}

}  // namespace hubmill
