#include "io/raw_lines.h"

#include <arrow/array/builder_binary.h>
#include <arrow/array/util.h>
#include <arrow/buffer_builder.h>
#include <arrow/record_batch.h>
#include <arrow/util/binary_view_util.h>
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

/// A column of lines: copies, or 16 bytes a line that say where it stands.
class LineColumn {
 public:
  explicit LineColumn(const RawText& from) : memory_(from.memory) {}

  Status Reserve(int64_t lines, int64_t bytes) {
    if (memory_ != nullptr) return views_.Reserve(lines);
    ARROW_RETURN_NOT_OK(copies_.Reserve(lines));
    return copies_.ReserveData(bytes);
  }

  Status Append(std::string_view line) {
    if (memory_ == nullptr) return copies_.Append(line);
    const int64_t at = line.data() - reinterpret_cast<const char*>(memory_->data());
    if (at > INT32_MAX) {
      return DataRefused("a block of lines is larger than 2 GiB; remedy: a smaller `line_mb_max`");
    }
    return views_.Append(
        arrow::util::ToBinaryView(line.data(), int32_t(line.size()), 0, int32_t(at)));
  }

  Result<std::shared_ptr<arrow::Array>> Finish() {
    if (memory_ == nullptr) return copies_.Finish();
    const int64_t lines = views_.length();
    ARROW_ASSIGN_OR_RAISE(auto views, views_.Finish());
    return arrow::MakeArray(
        arrow::ArrayData::Make(RawLineType(true), lines, {nullptr, std::move(views), memory_}, 0));
  }

 private:
  std::shared_ptr<arrow::Buffer> memory_;
  arrow::StringBuilder copies_{BulkPool()};
  arrow::TypedBufferBuilder<arrow::BinaryViewType::c_type> views_{BulkPool()};
};

}  // namespace

std::shared_ptr<arrow::DataType> RawLineType(bool views) {
  return views ? arrow::utf8_view() : arrow::utf8();
}

Result<Decoded> DecodeRawLines(const RawText& from, const std::shared_ptr<arrow::Schema>& schema,
                               const JsonDecodeOptions& options, int64_t rows_max) {
  const std::string_view text = from.text;
  Decoded out;
  LineColumn builder(from);
  ARROW_RETURN_NOT_OK(builder.Reserve(0, int64_t(text.size())));
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

Status AddRawLines(const RawText& from, const std::string& name, Decoded* decoded) {
  RawLines lines(from.text);
  const auto field = arrow::field(name, RawLineType(from.memory != nullptr));
  for (Batch& batch : decoded->batches) {
    LineColumn builder(from);
    ARROW_RETURN_NOT_OK(builder.Reserve(batch.rows->num_rows(), 0));
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
