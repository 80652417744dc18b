#include "view/parquet_table.h"

#include <arrow/array/array_base.h>
#include <arrow/array/util.h>
#include <arrow/util/byte_size.h>

#include <algorithm>
#include <map>

#include "core/parallel.h"
#include "view/cell.h"

namespace hubmill {
namespace {

constexpr int kRemoteFooters = 8;  // Read at a time.

/// The last of `starts` (ascending, its last the end) at or before `row`.
size_t PartOf(const std::vector<int64_t>& starts, int64_t row) {
  return size_t(std::upper_bound(starts.begin(), starts.end(), row) - starts.begin()) - 1;
}

/// The first rows of `batch` that take at most `bytes`.
int64_t RowsThatFit(const arrow::RecordBatch& batch, int64_t bytes) {
  int64_t low = 0;
  for (int64_t high = batch.num_rows(); low < high;) {
    const int64_t middle = high - (high - low) / 2;
    int64_t size = 0;
    for (const auto& column : batch.columns()) size += ValueBytes(*column, 0, middle);
    if (size <= bytes) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

}  // namespace

Result<std::shared_ptr<RowTable>> ParquetTable::Open(std::vector<InputFile> files,
                                                     RowTableOptions options) {
  std::shared_ptr<ParquetTable> table(new ParquetTable(std::move(files), options));
  ARROW_RETURN_NOT_OK(table->Bind());
  return table;
}

Status ParquetTable::Bind() {
  ARROW_RETURN_NOT_OK(NoteFiles());
  opened_.resize(files_.size());
  const bool remote = !files_.empty() && IsRemote(files_[0]);
  ARROW_RETURN_NOT_OK(
      ForEachParallel(files_.size(), remote ? kRemoteFooters : 1, [this](size_t i) -> Status {
        return ParquetFile::Open(files_[i], {.batch_rows_max = options_.batch_rows_max,
                                             .decode_bytes_min = options_.decode_bytes_min})
            .Value(&opened_[i]);
      }));
  file_starts_ = {0};
  for (const auto& file : opened_) file_starts_.push_back(file_starts_.back() + file->rows());
  return JoinSchemas();
}

Status ParquetTable::JoinSchemas() {
  arrow::FieldVector fields;
  std::map<std::string, size_t> known;
  std::shared_ptr<const arrow::KeyValueMetadata> metadata;
  for (size_t i = 0; i < opened_.size(); ++i) {
    const auto& schema = opened_[i]->schema();
    if (metadata == nullptr) metadata = schema->metadata();
    std::map<std::string, int> here;
    for (const auto& field : schema->fields()) {
      if (++here[field->name()] > 1) {
        return DataRefused("a column name occurs twice: file=", files_[i].name,
                           " column=", field->name(), "; remedy: rename it in the file");
      }
      const auto [at, fresh] = known.emplace(field->name(), fields.size());
      if (fresh) {
        fields.push_back(i == 0 ? field : field->WithNullable(true));
        continue;
      }
      auto& first = fields[at->second];
      if (first->type()->id() == arrow::Type::NA) first = field->WithNullable(true);
      if (first->type()->Equals(*field->type()) || field->type()->id() == arrow::Type::NA) continue;
      return DataRefused("a column has two types: column=", field->name(), " file=", files_[i].name,
                         " type=", field->type()->ToString(), " first_file=", files_[0].name,
                         " first_type=", first->type()->ToString(),
                         "; remedy: look at the files one by one");
    }
    for (auto& field : fields) {
      if (here.count(field->name()) == 0) field = field->WithNullable(true);
    }
  }
  schema_ = arrow::schema(std::move(fields), std::move(metadata));
  return Status::OK();
}

Result<ParquetTable::Chosen> ParquetTable::ChooseIn(const std::vector<std::string>& columns) const {
  Chosen chosen;
  ARROW_ASSIGN_OR_RAISE(chosen.schema, ChooseColumns(columns));
  for (const auto& file : opened_) {
    std::vector<int> fields;
    for (const auto& field : chosen.schema->fields()) {
      const int index = file->schema()->GetFieldIndex(field->name());
      if (index >= 0) fields.push_back(index);
    }
    chosen.fields.push_back(std::move(fields));
  }
  return chosen;
}

Result<std::shared_ptr<arrow::RecordBatch>> ParquetTable::Complete(
    const std::shared_ptr<arrow::RecordBatch>& batch,
    const std::shared_ptr<arrow::Schema>& schema) {
  arrow::ArrayVector columns;
  for (const auto& field : schema->fields()) {
    auto column = batch->GetColumnByName(field->name());
    if (column == nullptr || !column->type()->Equals(*field->type())) {
      ARROW_ASSIGN_OR_RAISE(column, arrow::MakeArrayOfNull(field->type(), batch->num_rows()));
    }
    columns.push_back(std::move(column));
  }
  return arrow::RecordBatch::Make(schema, batch->num_rows(), std::move(columns));
}

Result<std::shared_ptr<arrow::RecordBatch>> ParquetTable::Read(
    int64_t offset, int64_t length, const std::vector<std::string>& columns,
    const std::atomic<bool>* cancel) {
  ARROW_ASSIGN_OR_RAISE(const Chosen chosen, ChooseIn(columns));
  arrow::RecordBatchVector parts;
  int64_t left_bytes = options_.read_bytes_max;
  const int64_t end = length < rows() - offset ? offset + length : rows();
  for (int64_t row = offset; row < end && (parts.empty() || left_bytes > 0);) {
    const size_t at = PartOf(file_starts_, row);
    const ParquetFile& file = *opened_[at];
    ARROW_RETURN_NOT_OK(CheckFile(at));
    const int64_t in_file = row - file_starts_[at];
    const size_t group = PartOf(file.starts(), in_file);
    const int64_t first = in_file - file.starts()[group];
    const int64_t fit = std::max<int64_t>(left_bytes / file.RowBytes(group, chosen.fields[at]), 1);
    const int64_t wanted = std::min(end - row, file.starts()[group + 1] - in_file);
    const int64_t count = std::min(wanted, fit);
    ARROW_ASSIGN_OR_RAISE(
        auto batch, file.Read(group, first, first + count, chosen.fields[at], left_bytes, cancel));
    const int64_t bytes = arrow::util::TotalBufferSize(*batch);
    // The last rows may not fit: those before are known to, or there are none.
    if (bytes > left_bytes && (batch->num_rows() > 1 || !parts.empty())) {
      const int64_t fitting = RowsThatFit(*batch, left_bytes);
      batch = batch->Slice(0, parts.empty() ? std::max<int64_t>(fitting, 1) : fitting);
      left_bytes = 0;
    }
    left_bytes -= bytes;
    row += batch->num_rows();
    ARROW_ASSIGN_OR_RAISE(batch, Complete(batch, chosen.schema));
    parts.push_back(std::move(batch));
  }
  if (parts.empty()) return arrow::RecordBatch::MakeEmpty(chosen.schema);
  return JoinBatches(std::move(parts));
}

Status ParquetTable::Scan(const std::vector<std::string>& columns, RowSpan span,
                          const Visit& visit) {
  ARROW_ASSIGN_OR_RAISE(const Chosen chosen, ChooseIn(columns));
  const int64_t end = std::min(span.end_row, rows());
  for (int64_t row = std::max<int64_t>(span.first_row, 0); row < end;) {
    const size_t at = PartOf(file_starts_, row);
    const ParquetFile& file = *opened_[at];
    ARROW_RETURN_NOT_OK(CheckFile(at));
    const int64_t in_file = row - file_starts_[at];
    const size_t group = PartOf(file.starts(), in_file);
    const int64_t first = in_file - file.starts()[group];
    const int64_t last = std::min(end - file_starts_[at], file.starts()[group + 1]);
    ARROW_ASSIGN_OR_RAISE(
        const bool more,
        file.Scan(group, first, last - file.starts()[group], chosen.fields[at],
                  [&](const std::shared_ptr<arrow::RecordBatch>& part) -> Result<bool> {
                    ARROW_ASSIGN_OR_RAISE(const auto batch, Complete(part, chosen.schema));
                    const int64_t begin = row;
                    row += batch->num_rows();
                    return visit(batch, begin);
                  }));
    if (!more) return Status::OK();
  }
  return Status::OK();
}

std::vector<int64_t> ParquetTable::Starts() const {
  std::vector<int64_t> starts;
  for (size_t i = 0; i < opened_.size(); ++i) {
    const std::vector<int64_t>& groups = opened_[i]->starts();
    for (size_t group = 0; group + 1 < groups.size(); ++group) {
      starts.push_back(file_starts_[i] + groups[group]);
    }
  }
  if (starts.empty()) starts.push_back(0);
  return starts;
}

}  // namespace hubmill
