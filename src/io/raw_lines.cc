#include "io/raw_lines.h"

#include <arrow/array/builder_binary.h>
#include <arrow/record_batch.h>
#include <simdjson.h>

#include <cstring>
#include <optional>
#include <utility>

#include "base/check.h"
#include "core/bulk_pool.h"

namespace hubmill {
namespace {

/// One line after the other; blank ones count, but are not handed out.
class RawLines {
 public:
  explicit RawLines(std::string_view text) : text_(text) {}

  /// The next line that is not blank; nothing at the end.
  std::optional<std::string_view> Next() {
    while (!text_.empty()) {
      const void* found = std::memchr(text_.data(), '\n', text_.size());
      const size_t end =
          found == nullptr ? text_.size() : size_t(static_cast<const char*>(found) - text_.data());
      std::string_view line = text_.substr(0, end);
      text_.remove_prefix(found == nullptr ? end : end + 1);
      ++row_;
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (line.find_first_not_of(" \t\r") != line.npos) return line;
    }
    return std::nullopt;
  }

  int64_t row() const { return row_; }  // Of the line handed out last, from 1.

 private:
  std::string_view text_;
  int64_t row_ = 0;
};

}  // namespace

Result<Decoded> DecodeRawLines(std::string_view text, const std::shared_ptr<arrow::Schema>& schema,
                               const JsonDecodeOptions& options, int64_t rows_max) {
  Decoded out;
  arrow::StringBuilder builder(BulkPool());
  ARROW_RETURN_NOT_OK(builder.ReserveData(int64_t(text.size())));
  Origins origins;
  const auto flush = [&]() -> Status {
    if (origins.row_count() == 0) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(auto lines, builder.Finish());
    out.batches.push_back({arrow::RecordBatch::Make(schema, lines->length(), {lines}),
                           std::exchange(origins, Origins())});
    return Status::OK();
  };
  const bool utf8_checked = simdjson::validate_utf8(text.data(), text.size());
  RawLines lines(text);
  for (int64_t rows = 0; rows < rows_max; ++rows) {
    const std::optional<std::string_view> line = lines.Next();
    if (!line) break;
    if (int64_t(line->size()) > options.line_bytes_max) {
      out.bad_rows.push_back(TooLongRow(lines.row(), options.line_bytes_max));
      continue;
    }
    if (!utf8_checked && !simdjson::validate_utf8(line->data(), line->size())) {
      out.bad_rows.push_back({lines.row(), "invalid_utf8",
                              "a row is not valid UTF-8; remedy: convert the file to UTF-8"});
      continue;
    }
    ARROW_RETURN_NOT_OK(builder.Append(*line));
    origins.Append({.file = options.file, .split = options.split, .row = lines.row(), .count = 1});
    if (origins.row_count() >= options.batch_rows_max) ARROW_RETURN_NOT_OK(flush());
  }
  ARROW_RETURN_NOT_OK(flush());
  while (lines.Next()) {  // The rest uses up row numbers.
  }
  out.row_numbers = lines.row();
  return out;
}

Status AddRawLines(std::string_view text, const std::string& name, Decoded* decoded) {
  RawLines lines(text);
  const auto field = arrow::field(name, arrow::utf8());
  for (Batch& batch : decoded->batches) {
    arrow::StringBuilder builder(BulkPool());
    ARROW_RETURN_NOT_OK(builder.Reserve(batch.rows->num_rows()));
    for (const RowRun& run : batch.origins.runs()) {
      for (int64_t row = run.row; row < run.row + run.count; ++row) {
        std::optional<std::string_view> line = lines.Next();
        while (line && lines.row() < row) line = lines.Next();  // Bad rows in between.
        HUBMILL_CHECK(line && lines.row() == row, "every row has its line");
        ARROW_RETURN_NOT_OK(builder.Append(*line));
      }
    }
    ARROW_ASSIGN_OR_RAISE(auto column, builder.Finish());
    ARROW_ASSIGN_OR_RAISE(
        batch.rows, batch.rows->AddColumn(batch.rows->num_columns(), field, std::move(column)));
  }
  return Status::OK();
}

int64_t CountRawLines(std::string_view text) {
  RawLines lines(text);
  int64_t count = 0;
  while (lines.Next()) ++count;
  return count;
}

}  // namespace hubmill
