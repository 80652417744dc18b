// Rows of text have no places of their own: a part (about 1 MiB) must be decoded to know how many
// it has.  So parts are numbered as the source cuts them, which depends on the bytes alone, and the
// number of rows of each is noted when it is first decoded.  Going back opens the source again and
// passes over parts without decoding them.
#include "view/line_table.h"

#include <arrow/array/array_base.h>
#include <arrow/util/byte_size.h>

#include <algorithm>
#include <utility>

#include "core/registry.h"
#include "io/csv_source.h"
#include "io/jsonl_source.h"
#include "io/zeek_source.h"

namespace hubmill {
namespace {

constexpr size_t kMixedColumnsMax = 64;
constexpr int64_t kPartBatchRows = 1024;

/// The column that a refusal of the inference names; empty: it names none.
std::string MixedColumn(const std::string& why) {
  const std::string key = " column=";
  const size_t at = why.find(key);
  if (at == why.npos) return "";
  const size_t begin = at + key.size();
  return why.substr(begin, why.find_first_of(" .[;", begin) - begin);
}

bool IsSet(const std::atomic<bool>* cancel) { return cancel != nullptr && cancel->load(); }

/// Rows [skip, skip + count) of the columns of `schema`.
std::shared_ptr<arrow::RecordBatch> Project(const arrow::RecordBatch& batch, int64_t skip,
                                            int64_t count,
                                            const std::shared_ptr<arrow::Schema>& schema) {
  arrow::ArrayVector columns;
  for (const auto& field : schema->fields()) {
    columns.push_back(batch.GetColumnByName(field->name())->Slice(skip, count));
  }
  return arrow::RecordBatch::Make(schema, count, std::move(columns));
}

}  // namespace

Result<std::shared_ptr<RowTable>> LineTable::Open(std::vector<InputFile> files, std::string format,
                                                  RowTableOptions options) {
  std::shared_ptr<LineTable> table(new LineTable(std::move(files), std::move(format), options));
  ARROW_RETURN_NOT_OK(table->Bind());
  return table;
}

Result<std::unique_ptr<Source>> LineTable::OpenSource() const {
  InputFiles inputs{.files = files_, .splits = {"train"}};
  for (InputFile& file : inputs.files) file.split = 0;
  const SourceContext context{.batch_rows_max = std::min(options_.batch_rows_max, kPartBatchRows)};
  if (format_ == "jsonl") {
    JsonlOptions jsonl;
    jsonl.extra_fields = "drop";
    jsonl.json = json_columns_;
    return OpenJsonl(std::move(inputs), jsonl, context);
  }
  if (format_ == "zeek") return OpenZeek(std::move(inputs), {}, context);
  CsvOptions csv;
  csv.encoding = "auto";
  csv.repeated_headers = "number";
  if (files_[0].path.find(".tsv") != std::string::npos) csv.delimiter = "\\t";
  return OpenCsv(std::move(inputs), csv, context);
}

Status LineTable::Bind() {
  ARROW_RETURN_NOT_OK(NoteFiles());
  empty_ = std::all_of(files_.begin(), files_.end(),
                       [](const InputFile& file) { return file.size_bytes == 0; });
  if (empty_) {
    schema_ = arrow::schema(arrow::FieldVector());
    all_known_ = true;
    return Status::OK();
  }
  while (true) {
    auto source = OpenSource();
    if (source.ok()) {
      schema_ = (*source)->schema();
      idle_.push_back({.source = std::move(*source)});
      return Status::OK();
    }
    // Values of several types are shown as they stand.
    const std::string mixed = MixedColumn(source.status().message());
    const bool known =
        std::find(json_columns_.begin(), json_columns_.end(), mixed) != json_columns_.end();
    if (format_ != "jsonl" || KindOf(source.status()) != FailureKind::kDataRefused ||
        mixed.empty() || known || json_columns_.size() >= kMixedColumnsMax) {
      return source.status();
    }
    json_columns_.push_back(mixed);
  }
}

int64_t LineTable::rows() const {
  const std::lock_guard lock(mutex_);
  return all_known_ ? starts_.back() : -1;
}

int64_t LineTable::bad_rows() const {
  const std::lock_guard lock(mutex_);
  return bad_rows_;
}

std::string LineTable::first_bad_row() const {
  const std::lock_guard lock(mutex_);
  return first_bad_row_;
}

std::vector<int64_t> LineTable::FileStarts() const {
  const std::lock_guard lock(mutex_);
  std::vector<int64_t> out;
  for (size_t part = 0; part < part_files_.size(); ++part) {
    while (out.size() <= size_t(part_files_[part])) out.push_back(starts_[part]);
  }
  if (all_known_) {
    while (out.size() <= files_.size()) out.push_back(starts_.back());
  }
  return out;
}

Status LineTable::MoveTo(size_t part, const std::atomic<bool>* cancel, Cursor* cursor) const {
  if (cursor->source == nullptr || cursor->next > part) {
    ARROW_ASSIGN_OR_RAISE(cursor->source, OpenSource());
    cursor->next = 0;
  }
  for (; cursor->next < part; ++cursor->next) {
    if (IsSet(cancel)) return RunFailed("cancelled");
    ARROW_ASSIGN_OR_RAISE(const auto morsel, cursor->source->Next());
    if (morsel == nullptr) {
      return DataRefused("a file changed while it was read: file=", files_[0].name,
                         "; remedy: open it again");
    }
  }
  return Status::OK();
}

void LineTable::Note(size_t part, int32_t file, int64_t part_rows, const Decoded& decoded) {
  const std::lock_guard lock(mutex_);
  if (part != part_files_.size()) return;
  if (!part_files_.empty() && part_files_.back() != file) numbers_used_ = 0;
  if (first_bad_row_.empty() && !decoded.bad_rows.empty()) {
    const BadRow& bad = decoded.bad_rows.front();
    first_bad_row_ =
        Concat(files_[size_t(file)].name, " row ", numbers_used_ + bad.row, ": ", bad.why);
  }
  numbers_used_ += decoded.row_numbers;
  part_files_.push_back(file);
  starts_.push_back(starts_.back() + part_rows);
  bad_rows_ += int64_t(decoded.bad_rows.size());
}

Result<std::shared_ptr<const LineTable::Part>> LineTable::ReadPart(Cursor* cursor) {
  ARROW_ASSIGN_OR_RAISE(const auto morsel, cursor->source->Next());
  if (morsel == nullptr) {
    const std::lock_guard lock(mutex_);
    if (cursor->next == part_files_.size()) all_known_ = true;
    return nullptr;
  }
  ARROW_ASSIGN_OR_RAISE(Decoded decoded, morsel->Decode());
  auto part = std::make_shared<Part>();
  int64_t part_rows = 0;
  for (Batch& batch : decoded.batches) {
    part_rows += batch.rows->num_rows();
    part->push_back(std::move(batch.rows));
  }
  Note(cursor->next, morsel->file, part_rows, decoded);
  ++cursor->next;
  return part;
}

size_t LineTable::FindPart(int64_t row) const {
  const std::lock_guard lock(mutex_);
  // Parts may be empty: the last that starts at or before the row, or the first unknown one.
  const auto behind = std::upper_bound(starts_.begin(), starts_.end(), row);
  return size_t(behind - starts_.begin()) - 1;
}

void LineTable::Keep(size_t part, std::shared_ptr<const Part> rows) {
  int64_t bytes = 0;
  for (const auto& batch : *rows) bytes += arrow::util::TotalBufferSize(*batch);
  const std::lock_guard lock(mutex_);
  if (!kept_.emplace(part, std::move(rows)).second) return;
  kept_order_.push_back(part);
  kept_bytes_ += bytes;
  while (kept_bytes_ > kPartsKeptBytes && kept_order_.size() > 1) {
    for (const auto& batch : *kept_[kept_order_.front()]) {
      kept_bytes_ -= arrow::util::TotalBufferSize(*batch);
    }
    kept_.erase(kept_order_.front());
    kept_order_.pop_front();
  }
}

LineTable::Cursor LineTable::TakeCursor(size_t part) {
  const std::lock_guard lock(mutex_);
  auto best = idle_.end();
  for (auto at = idle_.begin(); at != idle_.end(); ++at) {
    if (at->next <= part && (best == idle_.end() || at->next > best->next)) best = at;
  }
  if (best == idle_.end()) return {};
  Cursor cursor = std::move(*best);
  idle_.erase(best);
  return cursor;
}

void LineTable::ReturnCursor(Cursor cursor) {
  if (cursor.source == nullptr) return;
  const std::lock_guard lock(mutex_);
  if (idle_.size() >= kIdleCursorsMax) idle_.erase(idle_.begin());
  idle_.push_back(std::move(cursor));
}

Result<std::shared_ptr<const LineTable::Part>> LineTable::TakePart(size_t part,
                                                                   const std::atomic<bool>* cancel,
                                                                   Cursor* cursor) {
  {
    const std::lock_guard lock(mutex_);
    const auto kept = kept_.find(part);
    if (kept != kept_.end()) return kept->second;
  }
  if (cursor->source == nullptr || cursor->next > part) {
    ReturnCursor(std::exchange(*cursor, TakeCursor(part)));
  }
  ARROW_RETURN_NOT_OK(MoveTo(part, cancel, cursor));
  ARROW_ASSIGN_OR_RAISE(auto batches, ReadPart(cursor));
  if (batches != nullptr) Keep(part, batches);
  return batches;
}

Result<std::shared_ptr<arrow::RecordBatch>> LineTable::Read(int64_t offset, int64_t length,
                                                            const std::vector<std::string>& columns,
                                                            const std::atomic<bool>* cancel) {
  ARROW_ASSIGN_OR_RAISE(const auto schema, ChooseColumns(columns));
  arrow::RecordBatchVector taken;
  int64_t bytes = 0;
  const int64_t end = length < INT64_MAX - offset ? offset + length : INT64_MAX;
  Cursor cursor;  // Dropped where reading fails.
  for (size_t i = 0; i < files_.size(); ++i) ARROW_RETURN_NOT_OK(CheckFile(i));
  for (int64_t row = offset; row < end && bytes < options_.read_bytes_max;) {
    if (IsSet(cancel)) return RunFailed("cancelled");
    if (rows() >= 0 && row >= rows()) break;
    const size_t part = FindPart(row);
    ARROW_ASSIGN_OR_RAISE(const auto batches, TakePart(part, cancel, &cursor));
    if (batches == nullptr) break;
    int64_t at;
    {
      const std::lock_guard lock(mutex_);
      at = starts_[part];
    }
    for (const auto& batch : *batches) {
      const int64_t skip = std::clamp<int64_t>(row - at, 0, batch->num_rows());
      const int64_t until = std::clamp<int64_t>(end - at, 0, batch->num_rows());
      at += batch->num_rows();
      if (skip >= until) continue;
      auto slice = Project(*batch, skip, until - skip, schema);
      ARROW_ASSIGN_OR_RAISE(const int64_t own, arrow::util::ReferencedBufferSize(*slice));
      if (bytes + own > options_.read_bytes_max) {
        const auto fit = int64_t(double(slice->num_rows()) *
                                 double(options_.read_bytes_max - bytes) / double(own));
        slice = slice->Slice(0, taken.empty() ? std::max<int64_t>(fit, 1) : fit);
        bytes = options_.read_bytes_max;
        if (slice->num_rows() > 0) taken.push_back(std::move(slice));
        break;
      }
      bytes += own;
      row += slice->num_rows();
      taken.push_back(std::move(slice));
    }
  }
  ReturnCursor(std::move(cursor));
  if (taken.empty()) return arrow::RecordBatch::MakeEmpty(schema);
  return arrow::ConcatenateRecordBatches(taken);
}

Status LineTable::Scan(const std::vector<std::string>& columns, RowSpan span, const Visit& visit) {
  ARROW_ASSIGN_OR_RAISE(const auto schema, ChooseColumns(columns));
  if (empty_) return Status::OK();
  const int64_t first_row = std::max<int64_t>(span.first_row, 0);
  Cursor cursor;
  const size_t start = FindPart(first_row);
  ARROW_RETURN_NOT_OK(MoveTo(start, nullptr, &cursor));
  int64_t at;
  {
    const std::lock_guard lock(mutex_);
    at = starts_[start];
  }
  while (at < span.end_row) {
    ARROW_ASSIGN_OR_RAISE(const auto part, ReadPart(&cursor));
    if (part == nullptr) break;
    for (const auto& batch : *part) {
      const int64_t skip = std::clamp<int64_t>(first_row - at, 0, batch->num_rows());
      const int64_t until = std::clamp<int64_t>(span.end_row - at, 0, batch->num_rows());
      const int64_t begin = at + skip;
      at += batch->num_rows();
      if (skip >= until) continue;
      ARROW_ASSIGN_OR_RAISE(const bool more,
                            visit(Project(*batch, skip, until - skip, schema), begin));
      if (!more) return Status::OK();
    }
  }
  return Status::OK();
}

Result<int64_t> LineTable::CountRows(const std::atomic<bool>* cancel) {
  const int64_t known = rows();
  if (known >= 0) return known;
  int64_t first = 0;
  {
    const std::lock_guard lock(mutex_);
    first = starts_.back();
  }
  Cursor cursor;
  ARROW_RETURN_NOT_OK(MoveTo(FindPart(first), cancel, &cursor));
  while (true) {
    if (IsSet(cancel)) return RunFailed("cancelled");
    ARROW_ASSIGN_OR_RAISE(const auto part, ReadPart(&cursor));
    if (part == nullptr) break;
  }
  return rows();
}

}  // namespace hubmill
