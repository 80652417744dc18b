// Arbitrary bytes as a Zeek log: never a crash, the same rows however the log is cut into lines'
// blocks, and sound columns.
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <string>

#include "base/check.h"
#include "io/csv_decode.h"
#include "io/line_blocks.h"
#include "io/zeek_header.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hubmill;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  ZeekHeader header;
  auto whole = PlainZeekRows(text, "fuzz", &header);
  ZeekHeader of_pieces;
  std::string pieces;
  bool refused = false;
  for (size_t at = 0; at < text.size() && !refused;) {
    const size_t newline = text.find('\n', at);
    const size_t end = newline == text.npos ? text.size() : newline + 1;
    auto piece = PlainZeekRows(text.substr(at, end - at), "fuzz", &of_pieces);
    refused = !piece.ok();
    if (!refused) pieces += *piece;
    at = end;
  }
  HUBMILL_CHECK(whole.ok() != refused, "cuts change no refusal");
  if (refused) return 0;
  HUBMILL_CHECK(*whole == pieces, "cuts change no row");
  const auto tree = ColumnsOfZeek(header, "fuzz");
  if (!tree.ok()) return 0;
  ColumnPlan plan(*tree);
  const auto schema = SchemaOf(*tree);
  CsvDecodeOptions options;
  options.dialect = {.delimiter = header.separator, .quote = '\0'};
  options.nulls = {header.unset, header.empty};
  options.header = false;
  const size_t rows = whole->size();
  whole->append(size_t(kBlockPadding), '\0');
  auto decoded = DecodeCsv(std::string_view(whole->data(), rows), false, plan, schema, options);
  HUBMILL_CHECK(decoded.ok(), "bad rows are no failure");
  for (const auto& batch : decoded->batches) {
    HUBMILL_CHECK(batch.rows->ValidateFull().ok(), "columns are sound");
  }
  return 0;
}
