#include "io/spill.h"

#include <arrow/array/array_primitive.h>
#include <arrow/array/builder_base.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/util.h>
#include <arrow/builder.h>
#include <arrow/io/file.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>

#include <algorithm>

#include "base/check.h"
#include "io/file_output.h"

namespace hubmill {
namespace {

constexpr int kOriginColumns = 3;  // File, split, row; after the rows' own columns.

std::string PathOf(const std::string& dir) { return dir + "/rows.arrow"; }

std::shared_ptr<arrow::Schema> SpillSchema(const arrow::Schema& rows) {
  arrow::FieldVector fields = rows.fields();
  fields.push_back(arrow::field("file", arrow::int32(), false));
  fields.push_back(arrow::field("split", arrow::int32(), false));
  fields.push_back(arrow::field("row", arrow::int64(), false));
  return arrow::schema(std::move(fields));
}

class SpillBlock : public Block {
 public:
  explicit SpillBlock(Batch batch) : batch_(std::move(batch)) {}
  Status Encode() override { return Status::OK(); }  // Nothing to compress.
  Batch batch_;
};

class SpillFile : public Sink {
 public:
  SpillFile(std::shared_ptr<arrow::Schema> schema, std::shared_ptr<arrow::io::OutputStream> file,
            std::shared_ptr<arrow::ipc::RecordBatchWriter> writer)
      : schema_(std::move(schema)), file_(std::move(file)), writer_(std::move(writer)) {}

  Result<std::vector<std::unique_ptr<Block>>> Cut(Batch batch) override {
    std::vector<std::unique_ptr<Block>> out;
    if (batch.rows->num_rows() > 0) out.push_back(std::make_unique<SpillBlock>(std::move(batch)));
    return out;
  }
  Result<std::vector<std::unique_ptr<Block>>> Finish() override {
    return std::vector<std::unique_ptr<Block>>();
  }

  Status Append(std::unique_ptr<Block> block) override {
    const Batch& batch = static_cast<SpillBlock&>(*block).batch_;
    arrow::Int32Builder files;
    arrow::Int32Builder splits;
    arrow::Int64Builder rows;
    for (const RowRun& run : batch.origins.runs()) {
      for (int64_t i = 0; i < run.count; ++i) {
        ARROW_RETURN_NOT_OK(files.Append(run.file));
        ARROW_RETURN_NOT_OK(splits.Append(run.split));
        ARROW_RETURN_NOT_OK(rows.Append(run.row + i));
      }
    }
    arrow::ArrayVector columns = batch.rows->columns();
    columns.resize(columns.size() + kOriginColumns);
    ARROW_RETURN_NOT_OK(files.Finish(&columns[columns.size() - 3]));
    ARROW_RETURN_NOT_OK(splits.Finish(&columns[columns.size() - 2]));
    ARROW_RETURN_NOT_OK(rows.Finish(&columns[columns.size() - 1]));
    return writer_->WriteRecordBatch(
        *arrow::RecordBatch::Make(schema_, batch.rows->num_rows(), std::move(columns)));
  }

  Result<std::vector<OutputFile>> Close() override {
    ARROW_RETURN_NOT_OK(writer_->Close());
    ARROW_RETURN_NOT_OK(file_->Close());
    return std::vector<OutputFile>();
  }

 private:
  std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<arrow::io::OutputStream> file_;
  std::shared_ptr<arrow::ipc::RecordBatchWriter> writer_;
};

/// The mapped file, shared by all morsels.
struct MappedRows {
  std::shared_ptr<arrow::Schema> schema;  // Without the origin columns, with the added ones.
  int spilled_columns = 0;                // Of `schema`, those in the file; the others are added.
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  std::vector<int64_t> starts;  // First row of each batch.
  Arrangement arrangement;
};

class SpillMorsel : public Morsel {
 public:
  SpillMorsel(std::shared_ptr<const MappedRows> rows, int64_t from, int64_t count)
      : rows_(std::move(rows)), from_(from), count_(count) {}

  Result<Decoded> Decode() override {
    arrow::ArrayVector columns;
    for (int c = 0; c < rows_->schema->num_fields(); ++c) {
      ARROW_ASSIGN_OR_RAISE(auto column, Gather(c));
      columns.push_back(std::move(column));
    }
    Decoded out;
    out.batches.push_back(
        {arrow::RecordBatch::Make(rows_->schema, count_, std::move(columns)), GatherOrigins()});
    return out;
  }

 private:
  /// Calls `visit(batch, first row in it, count)` for each run of consecutive rows.
  template <typename Visit>
  Status VisitRuns(Visit visit) const {
    const std::vector<int64_t>& order = rows_->arrangement.order;
    for (int64_t at = from_; at < from_ + count_;) {
      const int64_t row = order[size_t(at)];
      const size_t b = size_t(std::upper_bound(rows_->starts.begin(), rows_->starts.end(), row) -
                              rows_->starts.begin()) -
                       1;
      const int64_t last = rows_->starts[b] + rows_->batches[b]->num_rows();
      HUBMILL_CHECK(row >= 0 && row < last, "an arrangement names rows that were seen");
      int64_t count = 1;
      while (at + count < from_ + count_ && order[size_t(at + count)] == row + count &&
             row + count < last) {
        ++count;
      }
      ARROW_RETURN_NOT_OK(visit(*rows_->batches[b], row - rows_->starts[b], count));
      at += count;
    }
    return Status::OK();
  }

  Result<std::shared_ptr<arrow::Array>> Gather(int column) const {
    std::unique_ptr<arrow::ArrayBuilder> builder;
    ARROW_RETURN_NOT_OK(arrow::MakeBuilder(arrow::default_memory_pool(),
                                           rows_->schema->field(column)->type(), &builder));
    ARROW_RETURN_NOT_OK(builder->Reserve(count_));
    if (column >= rows_->spilled_columns) {
      const auto& added = *rows_->arrangement.added->column_data(column - rows_->spilled_columns);
      for (int64_t at = from_; at < from_ + count_; ++at) {
        ARROW_RETURN_NOT_OK(
            builder->AppendArraySlice(added, rows_->arrangement.order[size_t(at)], 1));
      }
      return builder->Finish();
    }
    ARROW_RETURN_NOT_OK(
        VisitRuns([&](const arrow::RecordBatch& batch, int64_t first, int64_t count) {
          return builder->AppendArraySlice(*batch.column_data(column), first, count);
        }));
    return builder->Finish();
  }

  Origins GatherOrigins() const {
    Origins out;
    const int first_column = rows_->spilled_columns;
    const std::vector<int32_t>& splits = rows_->arrangement.splits;
    int64_t at = from_;
    Status status = VisitRuns([&](const arrow::RecordBatch& batch, int64_t first, int64_t count) {
      const auto& file = static_cast<const arrow::Int32Array&>(*batch.column(first_column));
      const auto& split = static_cast<const arrow::Int32Array&>(*batch.column(first_column + 1));
      const auto& row = static_cast<const arrow::Int64Array&>(*batch.column(first_column + 2));
      for (int64_t i = first; i < first + count; ++i, ++at) {
        out.Append({.file = file.Value(i),
                    .split = splits.empty() ? split.Value(i) : splits[size_t(at)],
                    .row = row.Value(i),
                    .count = 1});
      }
      return Status::OK();
    });
    HUBMILL_CHECK(status.ok(), "gathering origins cannot fail");
    return out;
  }

  const std::shared_ptr<const MappedRows> rows_;
  const int64_t from_;
  const int64_t count_;
};

class ArrangedRows : public Source {
 public:
  ArrangedRows(std::shared_ptr<const MappedRows> rows, std::vector<SourceFile> files,
               std::vector<std::string> splits, int64_t batch_rows_max)
      : rows_(std::move(rows)),
        files_(std::move(files)),
        splits_(std::move(splits)),
        batch_rows_max_(batch_rows_max) {}

  const std::shared_ptr<arrow::Schema>& schema() const override { return rows_->schema; }
  const std::vector<SourceFile>& files() const override { return files_; }
  const std::vector<std::string>& splits() const override { return splits_; }
  Result<std::unique_ptr<Morsel>> Next() override {
    const int64_t left = int64_t(rows_->arrangement.order.size()) - next_;
    const int64_t count = std::min(left, batch_rows_max_);
    if (count == 0) return std::unique_ptr<Morsel>();
    auto morsel = std::make_unique<SpillMorsel>(rows_, next_, count);
    next_ += count;
    return std::unique_ptr<Morsel>(std::move(morsel));
  }

 private:
  const std::shared_ptr<const MappedRows> rows_;
  const std::vector<SourceFile> files_;
  const std::vector<std::string> splits_;
  const int64_t batch_rows_max_;
  int64_t next_ = 0;
};

}  // namespace

Result<std::unique_ptr<Sink>> SpillSink::Open(const std::string& dir,
                                              std::shared_ptr<arrow::Schema> schema) {
  std::shared_ptr<arrow::Schema> spilled = SpillSchema(*schema);
  ARROW_ASSIGN_OR_RAISE(auto file, OpenFileOutput(PathOf(dir)));
  ARROW_ASSIGN_OR_RAISE(auto writer, arrow::ipc::MakeFileWriter(file, spilled));
  return std::unique_ptr<Sink>(
      std::make_unique<SpillFile>(std::move(spilled), std::move(file), std::move(writer)));
}

Result<std::unique_ptr<Source>> SpillSource::Open(const std::string& dir, Arrangement arrangement,
                                                  std::vector<SourceFile> files,
                                                  std::vector<std::string> splits,
                                                  int64_t batch_rows_max) {
  HUBMILL_CHECK(arrangement.splits.empty() || arrangement.splits.size() == arrangement.order.size(),
                "one split for each arranged row");
  auto rows = std::make_shared<MappedRows>();
  ARROW_ASSIGN_OR_RAISE(auto file,
                        arrow::io::MemoryMappedFile::Open(PathOf(dir), arrow::io::FileMode::READ));
  ARROW_ASSIGN_OR_RAISE(auto reader, arrow::ipc::RecordBatchFileReader::Open(file));
  int64_t start = 0;
  for (int i = 0; i < reader->num_record_batches(); ++i) {
    ARROW_ASSIGN_OR_RAISE(auto batch, reader->ReadRecordBatch(i));
    rows->starts.push_back(start);
    start += batch->num_rows();
    rows->batches.push_back(std::move(batch));
  }
  arrow::FieldVector fields = reader->schema()->fields();
  fields.resize(fields.size() - kOriginColumns);
  rows->spilled_columns = int(fields.size());
  if (arrangement.added != nullptr) {
    HUBMILL_CHECK(arrangement.added->num_rows() == start, "added columns have a value a row seen");
    const arrow::FieldVector& added = arrangement.added->schema()->fields();
    fields.insert(fields.end(), added.begin(), added.end());
  }
  rows->schema = arrow::schema(std::move(fields));
  rows->arrangement = std::move(arrangement);
  return std::unique_ptr<Source>(std::make_unique<ArrangedRows>(std::move(rows), std::move(files),
                                                                std::move(splits), batch_rows_max));
}

}  // namespace hubmill
