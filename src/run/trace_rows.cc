#include "run/trace_rows.h"

#include <arrow/array/array_binary.h>
#include <arrow/array/array_primitive.h>
#include <arrow/io/interfaces.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/statistics.h>
#include <parquet/types.h>

#include <algorithm>
#include <exception>
#include <mutex>

#include "core/parallel.h"

namespace hubmill {
namespace {

Status Broken(const InputFile& file, const std::string& why) {
  if (IsServiceFailure(why)) return ServiceFailure("read a file", file.name, why);
  return DataRefused("a Parquet file is broken: file=", file.name, " why=", why,
                     "; remedy: copy or download it again");
}

/// Opens `file` and calls `use`; Arrow's failures and exceptions name it.
template <typename Use>
auto WithReader(const InputFile& file, std::shared_ptr<parquet::FileMetaData> metadata,
                const Use& use) -> decltype(use(*std::declval<parquet::arrow::FileReader*>())) {
  try {
    ARROW_ASSIGN_OR_RAISE(auto opened, OpenRandomAccess(file));
    parquet::arrow::FileReaderBuilder builder;
    Status status =
        builder.Open(std::move(opened), parquet::default_reader_properties(), std::move(metadata));
    std::unique_ptr<parquet::arrow::FileReader> reader;
    if (status.ok()) status = builder.Build(&reader);
    if (!status.ok()) return Broken(file, status.message());
    auto out = use(*reader);
    if (!out.ok() && out.status().detail() == nullptr) return Broken(file, out.status().message());
    return out;
  } catch (const std::exception& error) {
    return Broken(file, error.what());
  }
}

/// The leaf of a text column, or -1.
int TextLeaf(const parquet::arrow::FileReader& reader, const std::string& column) {
  for (const auto& field : reader.manifest().schema_fields) {
    const auto type = field.field->type()->id();
    if (field.field->name() == column &&
        (type == arrow::Type::STRING || type == arrow::Type::LARGE_STRING)) {
      return field.column_index;
    }
  }
  return -1;
}

bool MayHold(const parquet::FileMetaData& metadata, int group, int leaf, const std::string& id) {
  const auto chunk = metadata.RowGroup(group)->ColumnChunk(leaf);
  const auto statistics =
      std::dynamic_pointer_cast<parquet::ByteArrayStatistics>(chunk->statistics());
  if (statistics == nullptr || !statistics->HasMinMax()) return true;
  return parquet::ByteArrayToString(statistics->min()) <= id &&
         id <= parquet::ByteArrayToString(statistics->max());
}

template <typename ArrayType>
void Collect(const arrow::Array& untyped, std::string_view id, size_t file, int64_t base,
             std::vector<FileRow>* out) {
  const auto& array = static_cast<const ArrayType&>(untyped);
  for (int64_t i = 0; i < array.length(); ++i) {
    if (array.IsValid(i) && array.GetView(i) == id) out->push_back({file, base + i});
  }
}

}  // namespace

Result<std::shared_ptr<arrow::RecordBatch>> ReadParquetRow(const InputFile& file, int64_t row) {
  return WithReader(
      file, nullptr,
      [&](parquet::arrow::FileReader& reader) -> Result<std::shared_ptr<arrow::RecordBatch>> {
        const auto metadata = reader.parquet_reader()->metadata();
        int64_t left = row;
        for (int group = 0; group < metadata->num_row_groups(); ++group) {
          const int64_t rows = metadata->RowGroup(group)->num_rows();
          if (left >= rows) {
            left -= rows;
            continue;
          }
          ARROW_ASSIGN_OR_RAISE(auto batches, reader.GetRecordBatchReader({group}));
          while (true) {
            ARROW_ASSIGN_OR_RAISE(auto batch, batches->Next());
            if (batch == nullptr) break;
            if (left < batch->num_rows()) return batch->Slice(left, 1);
            left -= batch->num_rows();
          }
        }
        return Status::Invalid("it has fewer rows than its manifest says: row=", row + 1);
      });
}

Result<std::vector<FileRow>> ScanForId(const std::vector<InputFile>& files,
                                       const std::string& column, const std::string& id,
                                       int threads) {
  struct Piece {
    size_t file;
    int group;
    int leaf;
    int64_t base;
    std::shared_ptr<parquet::FileMetaData> metadata;
  };
  std::vector<std::vector<Piece>> by_file(files.size());
  ARROW_RETURN_NOT_OK(ForEachParallel(files.size(), threads, [&](size_t i) -> Status {
    return WithReader(files[i], nullptr,
                      [&](parquet::arrow::FileReader& reader) -> Result<int> {
                        const auto metadata = reader.parquet_reader()->metadata();
                        const int leaf = TextLeaf(reader, column);
                        int64_t base = 0;
                        for (int group = 0; leaf >= 0 && group < metadata->num_row_groups();
                             base += metadata->RowGroup(group++)->num_rows()) {
                          if (!MayHold(*metadata, group, leaf, id)) continue;
                          by_file[i].push_back({i, group, leaf, base, metadata});
                        }
                        return 0;
                      })
        .status();
  }));
  std::vector<Piece> pieces;
  for (auto& each : by_file) pieces.insert(pieces.end(), each.begin(), each.end());
  std::mutex mutex;
  std::vector<FileRow> found;
  ARROW_RETURN_NOT_OK(ForEachParallel(pieces.size(), threads, [&](size_t i) -> Status {
    const Piece& piece = pieces[i];
    std::vector<FileRow> here;
    ARROW_RETURN_NOT_OK(
        WithReader(files[piece.file], piece.metadata,
                   [&](parquet::arrow::FileReader& reader) -> Result<int> {
                     ARROW_ASSIGN_OR_RAISE(
                         auto batches, reader.GetRecordBatchReader({piece.group}, {piece.leaf}));
                     int64_t base = piece.base;
                     while (true) {
                       ARROW_ASSIGN_OR_RAISE(const auto batch, batches->Next());
                       if (batch == nullptr) return 0;
                       const arrow::Array& ids = *batch->column(0);
                       if (ids.type_id() == arrow::Type::STRING) {
                         Collect<arrow::StringArray>(ids, id, piece.file, base, &here);
                       } else {
                         Collect<arrow::LargeStringArray>(ids, id, piece.file, base, &here);
                       }
                       base += batch->num_rows();
                     }
                   })
            .status());
    const std::lock_guard lock(mutex);
    found.insert(found.end(), here.begin(), here.end());
    return Status::OK();
  }));
  std::sort(found.begin(), found.end());
  return found;
}

Result<std::optional<SourceRow>> FindInLineage(const InputFile& lineage, const std::string& split,
                                               int64_t row) {
  return WithReader(
      lineage, nullptr,
      [&](parquet::arrow::FileReader& reader) -> Result<std::optional<SourceRow>> {
        const auto metadata = reader.parquet_reader()->metadata();
        if (metadata->num_columns() != 5) return Status::Invalid("it is no lineage");
        // Runs are in order, so the row's lies in the last group that begins at or before it; with
        // several splits, perhaps in one before.
        for (int group = metadata->num_row_groups() - 1; group >= 0; --group) {
          const auto statistics = std::dynamic_pointer_cast<parquet::Int64Statistics>(
              metadata->RowGroup(group)->ColumnChunk(1)->statistics());
          if (statistics != nullptr && statistics->HasMinMax() && statistics->min() > row) continue;
          ARROW_ASSIGN_OR_RAISE(auto batches, reader.GetRecordBatchReader({group}));
          while (true) {
            ARROW_ASSIGN_OR_RAISE(const auto batch, batches->Next());
            if (batch == nullptr) break;
            const auto* splits = dynamic_cast<const arrow::StringArray*>(batch->column(0).get());
            const auto* rows = dynamic_cast<const arrow::Int64Array*>(batch->column(1).get());
            const auto* inputs = dynamic_cast<const arrow::Int32Array*>(batch->column(2).get());
            const auto* from = dynamic_cast<const arrow::Int64Array*>(batch->column(3).get());
            const auto* counts = dynamic_cast<const arrow::Int64Array*>(batch->column(4).get());
            if (splits == nullptr || rows == nullptr || inputs == nullptr || from == nullptr ||
                counts == nullptr) {
              return Status::Invalid("it is no lineage");
            }
            for (int64_t i = 0; i < batch->num_rows(); ++i) {
              const int64_t into = row - rows->Value(i);
              if (into >= 0 && into < counts->Value(i) && splits->GetView(i) == split) {
                return SourceRow{.file = inputs->Value(i), .row = from->Value(i) + into};
              }
            }
          }
        }
        return std::optional<SourceRow>();
      });
}

}  // namespace hubmill
