// A RowTable over Parquet files.  Internal to view/.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "view/parquet_file.h"
#include "view/row_table.h"

namespace hubmill {

class ParquetTable final : public RowTable {
 public:
  static Result<std::shared_ptr<RowTable>> Open(std::vector<InputFile> files,
                                                RowTableOptions options);

  int64_t rows() const override { return file_starts_.back(); }
  Result<int64_t> CountRows(const std::atomic<bool>*) override { return rows(); }
  Result<std::shared_ptr<arrow::RecordBatch>> Read(int64_t offset, int64_t length,
                                                   const std::vector<std::string>& columns,
                                                   const std::atomic<bool>* cancel) override;
  Status Scan(const std::vector<std::string>& columns, RowSpan span, const Visit& visit) override;
  std::vector<int64_t> Starts() const override;
  std::vector<int64_t> FileStarts() const override { return file_starts_; }

 private:
  using RowTable::RowTable;

  /// Columns as a caller chose them, in one file.
  struct Chosen {
    std::shared_ptr<arrow::Schema> schema;
    std::vector<std::vector<int>> fields;  // By file: those that it has.
  };

  Status Bind();
  Status JoinSchemas();
  Result<Chosen> ChooseIn(const std::vector<std::string>& columns) const;
  /// `batch` of a file under the table's schema: nulls for what it lacks.
  static Result<std::shared_ptr<arrow::RecordBatch>> Complete(
      const std::shared_ptr<arrow::RecordBatch>& batch,
      const std::shared_ptr<arrow::Schema>& schema);

  std::vector<std::unique_ptr<ParquetFile>> opened_;
  std::vector<int64_t> file_starts_;
};

}  // namespace hubmill
