#include "io/lineage.h"

#include <arrow/array/array_binary.h>
#include <arrow/array/array_primitive.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/io/file.h>
#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>

#include "io/file_output.h"

namespace hubmill {
namespace {

std::shared_ptr<arrow::Schema> LineageSchema() {
  return arrow::schema({arrow::field("split", arrow::utf8(), false),
                        arrow::field("row", arrow::int64(), false),
                        arrow::field("file", arrow::int32(), false),
                        arrow::field("source_row", arrow::int64(), false),
                        arrow::field("rows", arrow::int64(), false)});
}

class LineageFile : public LineageWriter {
 public:
  LineageFile(std::unique_ptr<parquet::arrow::FileWriter> writer,
              std::shared_ptr<arrow::io::OutputStream> file, std::vector<std::string> splits)
      : writer_(std::move(writer)),
        file_(std::move(file)),
        splits_(std::move(splits)),
        rows_(splits_.size(), 0),
        open_(splits_.size()) {}

  Status Append(const Origins& origins) override {
    for (const RowRun& run : origins.runs()) {
      RowRun& open = open_[size_t(run.split)];
      if (open.count > 0 && open.file == run.file && open.row + open.count == run.row) {
        open.count += run.count;
        continue;
      }
      ARROW_RETURN_NOT_OK(Put(size_t(run.split)));
      open = run;
    }
    return Status::OK();
  }

  Status Close() override {
    for (size_t split = 0; split < splits_.size(); ++split) ARROW_RETURN_NOT_OK(Put(split));
    ARROW_RETURN_NOT_OK(Flush());
    ARROW_RETURN_NOT_OK(writer_->Close());
    return file_->Close();
  }

 private:
  /// Moves the open run of `split` to the buffer.
  Status Put(size_t split) {
    RowRun& run = open_[split];
    if (run.count == 0) return Status::OK();
    ARROW_RETURN_NOT_OK(split_.Append(splits_[split]));
    ARROW_RETURN_NOT_OK(row_.Append(rows_[split]));
    ARROW_RETURN_NOT_OK(source_file_.Append(run.file));
    ARROW_RETURN_NOT_OK(source_row_.Append(run.row));
    ARROW_RETURN_NOT_OK(count_.Append(run.count));
    rows_[split] += run.count;
    run.count = 0;
    return size_t(row_.length()) < kRunsBufferedMax ? Status::OK() : Flush();
  }

  Status Flush() {
    const int64_t length = row_.length();
    if (length == 0) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(auto split, split_.Finish());
    ARROW_ASSIGN_OR_RAISE(auto row, row_.Finish());
    ARROW_ASSIGN_OR_RAISE(auto source_file, source_file_.Finish());
    ARROW_ASSIGN_OR_RAISE(auto source_row, source_row_.Finish());
    ARROW_ASSIGN_OR_RAISE(auto count, count_.Finish());
    ARROW_RETURN_NOT_OK(writer_->NewBufferedRowGroup());
    return writer_->WriteRecordBatch(*arrow::RecordBatch::Make(
        LineageSchema(), length, {split, row, source_file, source_row, count}));
  }

  std::unique_ptr<parquet::arrow::FileWriter> writer_;
  std::shared_ptr<arrow::io::OutputStream> file_;
  const std::vector<std::string> splits_;
  std::vector<int64_t> rows_;  // Rows put so far, by split.
  std::vector<RowRun> open_;   // The run that the next row may continue, by split.
  arrow::StringBuilder split_;
  arrow::Int64Builder row_;
  arrow::Int32Builder source_file_;
  arrow::Int64Builder source_row_;
  arrow::Int64Builder count_;
};

Status NoLineage(const std::string& path, std::string_view why) {
  return DataRefused("not a lineage file: file=", path, " why=", why,
                     "; remedy: run the recipe again");
}

Status VisitRuns(const arrow::RecordBatch& batch,
                 const std::function<Status(const std::string& split, const RowRun& run)>& visit) {
  const auto& split = static_cast<const arrow::StringArray&>(*batch.column(0));
  const auto& file = static_cast<const arrow::Int32Array&>(*batch.column(2));
  const auto& source_row = static_cast<const arrow::Int64Array&>(*batch.column(3));
  const auto& rows = static_cast<const arrow::Int64Array&>(*batch.column(4));
  for (int64_t i = 0; i < batch.num_rows(); ++i) {
    const RowRun run{.file = file.Value(i), .row = source_row.Value(i), .count = rows.Value(i)};
    ARROW_RETURN_NOT_OK(visit(split.GetString(i), run));
  }
  return Status::OK();
}

}  // namespace

Status ReadLineage(
    const std::string& path,
    const std::function<Status(const std::string& split, const RowRun& run)>& visit) {
  const auto opened = arrow::io::ReadableFile::Open(path);
  if (!opened.ok()) return NoLineage(path, opened.status().CodeAsString());
  auto reader = parquet::arrow::OpenFile(*opened, arrow::default_memory_pool());
  if (!reader.ok()) return NoLineage(path, "it is no Parquet file");
  (*reader)->set_batch_size(int64_t{kRunsBufferedMax});
  auto batches = (*reader)->GetRecordBatchReader();
  if (!batches.ok()) return NoLineage(path, batches.status().CodeAsString());
  if (!(*batches)->schema()->Equals(*LineageSchema(), /*check_metadata=*/false)) {
    return NoLineage(path, "its columns are others");
  }
  while (true) {
    const auto batch = (*batches)->Next();
    if (!batch.ok()) return NoLineage(path, batch.status().CodeAsString());
    if (*batch == nullptr) return Status::OK();
    ARROW_RETURN_NOT_OK(VisitRuns(**batch, visit));
  }
}

Result<std::unique_ptr<LineageWriter>> LineageWriter::Open(const std::string& path,
                                                           std::vector<std::string> splits) {
  ARROW_ASSIGN_OR_RAISE(auto file, OpenFileOutput(path));
  parquet::WriterProperties::Builder properties;
  properties.compression(parquet::Compression::ZSTD);
  for (const char* column : {"row", "source_row", "rows", "file"}) {
    properties.disable_dictionary(column)->encoding(column, parquet::Encoding::DELTA_BINARY_PACKED);
  }
  ARROW_ASSIGN_OR_RAISE(
      auto writer, parquet::arrow::FileWriter::Open(*LineageSchema(), arrow::default_memory_pool(),
                                                    file, properties.build()));
  return std::make_unique<LineageFile>(std::move(writer), std::move(file), std::move(splits));
}

}  // namespace hubmill
