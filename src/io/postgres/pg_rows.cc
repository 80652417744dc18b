#include "io/postgres/pg_rows.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <span>
#include <utility>

#include "io/postgres/pg_values.h"

namespace hubmill {
namespace {

/// Where a field lies in the bytes; length -1 where it is null.
struct Cell {
  uint32_t offset = 0;
  int32_t length = -1;
};

Status Malformed() {
  return RunFailed("the database's answer is malformed; remedy: run again, and check the network");
}

/// Rows of cells, row after row.
Result<std::vector<Cell>> CellsOf(std::string_view bytes, size_t columns) {
  std::vector<Cell> cells;
  size_t at = 0;
  while (at < bytes.size()) {
    if (bytes.size() - at < 2 || ReadBigEndian<uint16_t>(bytes.data() + at) != columns) {
      return Malformed();
    }
    at += 2;
    for (size_t i = 0; i < columns; ++i) {
      if (bytes.size() - at < 4) return Malformed();
      const auto length = ReadBigEndian<int32_t>(bytes.data() + at);
      at += 4;
      if (length > 0 && size_t(length) > bytes.size() - at) return Malformed();
      cells.push_back({.offset = uint32_t(at), .length = std::max(length, -1)});
      at += size_t(std::max(length, 0));
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

/// One column of the rows `kept`; values that cannot be held go to `wrong`, after which the array
/// is of no use.
Result<std::shared_ptr<arrow::Array>> DecodeColumn(std::string_view bytes, const PgType& type,
                                                   std::span<const Cell> cells, size_t columns,
                                                   size_t column, std::span<const size_t> kept,
                                                   std::vector<WrongValue>* wrong) {
  std::unique_ptr<PgReader> reader = MakePgReader(type);
  int64_t value_bytes = 0;
  for (const size_t row : kept) {
    value_bytes += std::max(cells[row * columns + column].length, 0);
  }
  ARROW_RETURN_NOT_OK(reader->Reserve(int64_t(kept.size()), value_bytes));
  for (const size_t row : kept) {
    const Cell& cell = cells[row * columns + column];
    if (cell.length < 0) {
      ARROW_RETURN_NOT_OK(reader->builder()->AppendNull());
      continue;
    }
    const char* why = nullptr;
    ARROW_RETURN_NOT_OK(reader->Append(bytes.substr(cell.offset, size_t(cell.length)), &why));
    if (why == kPgMalformed) return Malformed();
    if (why != nullptr) wrong->push_back({.row = row, .column = column, .why = why});
  }
  std::shared_ptr<arrow::Array> array;
  ARROW_RETURN_NOT_OK(reader->builder()->Finish(&array));
  return array;
}

/// All columns of the rows `kept`, or what is wrong in them.
Result<arrow::ArrayVector> DecodeColumns(std::string_view bytes,
                                         const std::vector<PgColumn>& columns,
                                         std::span<const Cell> cells, std::span<const size_t> kept,
                                         std::vector<WrongValue>* wrong) {
  arrow::ArrayVector arrays;
  for (size_t i = 0; i < columns.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(
        auto array, DecodeColumn(bytes, columns[i].type, cells, columns.size(), i, kept, wrong));
    arrays.push_back(std::move(array));
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

}  // namespace

Result<Decoded> DecodePgRows(std::string_view bytes, const std::vector<PgColumn>& columns,
                             const std::shared_ptr<arrow::Schema>& schema,
                             const PgRowsOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<Cell> cells, CellsOf(bytes, columns.size()));
  Decoded out;
  out.row_numbers = int64_t(cells.size() / columns.size());
  std::vector<size_t> kept(size_t(out.row_numbers));
  for (size_t i = 0; i < kept.size(); ++i) kept[i] = i;
  std::vector<WrongValue> wrong;
  ARROW_ASSIGN_OR_RAISE(auto arrays, DecodeColumns(bytes, columns, cells, kept, &wrong));
  if (!wrong.empty()) {
    out.bad_rows = BadRowsOf(std::move(wrong), columns);
    auto bad = out.bad_rows.begin();
    std::erase_if(kept, [&](size_t row) {
      if (bad == out.bad_rows.end() || bad->row != int64_t(row) + 1) return false;
      ++bad;
      return true;
    });
    wrong.clear();
    ARROW_ASSIGN_OR_RAISE(arrays, DecodeColumns(bytes, columns, cells, kept, &wrong));
  }
  Origins origins;
  for (const size_t row : kept) {
    origins.Append(
        {.file = options.file, .split = options.split, .row = int64_t(row) + 1, .count = 1});
  }
  const auto all = arrow::RecordBatch::Make(schema, int64_t(kept.size()), std::move(arrays));
  for (int64_t start = 0; start < all->num_rows(); start += options.batch_rows_max) {
    const int64_t count = std::min(options.batch_rows_max, all->num_rows() - start);
    out.batches.push_back({all->Slice(start, count), origins.Slice(start, count)});
  }
  return out;
}

}  // namespace hubmill
