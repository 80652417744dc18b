#include "view/parquet_file.h"

#include <arrow/array/util.h>
#include <arrow/io/interfaces.h>
#include <arrow/util/byte_size.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>
#include <parquet/properties.h>

#include <algorithm>

#include "view/array_check.h"
#include "view/leaf_join.h"
#include "view/page_read.h"
#include "view/parquet_guard.h"

namespace hubmill {
namespace {

constexpr int32_t kThriftStringBytesMax = 100 << 20;
constexpr int64_t kWholeChunksMax = 64 << 20;  // Column chunks up to this are read at once.
constexpr int64_t kStreamBytes = 1 << 20;      // Of larger ones, a column.
constexpr size_t kPlacesKeptMax = 4'000'000;   // About 96 MB a file.
constexpr int kRemoteReads = 8;

parquet::ReaderProperties ReaderOptions(bool streamed) {
  parquet::ReaderProperties properties = parquet::default_reader_properties();
  properties.set_page_checksum_verification(true);
  properties.set_thrift_string_size_limit(kThriftStringBytesMax);
  if (streamed) {
    properties.enable_buffered_stream();
    properties.set_buffer_size(kStreamBytes);
  }
  return properties;
}

Result<std::unique_ptr<parquet::arrow::FileReader>> OpenReader(
    const InputFile& input, std::shared_ptr<parquet::FileMetaData> metadata, int64_t batch_rows,
    bool streamed) {
  ARROW_ASSIGN_OR_RAISE(auto file, OpenRandomAccess(input));
  parquet::arrow::FileReaderBuilder builder;
  ARROW_RETURN_NOT_OK(builder.Open(std::move(file), ReaderOptions(streamed), std::move(metadata)));
  parquet::ArrowReaderProperties properties(/*use_threads=*/false);
  properties.set_batch_size(batch_rows);
  properties.set_pre_buffer(IsRemote(input) && !streamed);
  builder.properties(properties);
  std::unique_ptr<parquet::arrow::FileReader> reader;
  ARROW_RETURN_NOT_OK(builder.Build(&reader));
  return reader;
}

}  // namespace

Status ParquetFile::ReadFooter() {
  ARROW_ASSIGN_OR_RAISE(auto file, OpenRandomAccess(input_));
  ARROW_ASSIGN_OR_RAISE(file_bytes_, file->GetSize());
  auto reader = parquet::ParquetFileReader::Open(std::move(file), ReaderOptions(false));
  metadata_ = reader->metadata();
  manifest_ = std::make_unique<parquet::arrow::SchemaManifest>();
  const parquet::ArrowReaderProperties properties(/*use_threads=*/false);
  ARROW_RETURN_NOT_OK(parquet::arrow::SchemaManifest::Make(
      metadata_->schema(), metadata_->key_value_metadata(), properties, manifest_.get()));
  ARROW_RETURN_NOT_OK(parquet::arrow::FromParquetSchema(metadata_->schema(), properties,
                                                        metadata_->key_value_metadata(), &schema_));
  first_leaves_ = {0};
  for (const auto& field : manifest_->schema_fields) {
    first_leaves_.push_back(first_leaves_.back() + int(CountLeaves(field)));
  }
  if (first_leaves_.back() != metadata_->num_columns() ||
      manifest_->schema_fields.size() != size_t(schema_->num_fields())) {
    return Status::Invalid("the schema's leaves do not match its fields");
  }
  starts_ = {0};
  for (int i = 0; i < metadata_->num_row_groups(); ++i) {
    const int64_t rows = metadata_->RowGroup(i)->num_rows();
    if (rows < 0 || rows > INT64_MAX / 2 - starts_.back()) {
      return Status::Invalid("a row group has an impossible number of rows");
    }
    if (rows == 0) continue;
    groups_.push_back(i);
    starts_.push_back(starts_.back() + rows);
  }
  return Status::OK();
}

Result<std::unique_ptr<ParquetFile>> ParquetFile::Open(InputFile input,
                                                       ParquetFileOptions options) {
  std::unique_ptr<ParquetFile> file(new ParquetFile(std::move(input), options));
  ARROW_RETURN_NOT_OK(GuardParquet(file->input_.name, [&]() -> Result<int> {
                        ARROW_RETURN_NOT_OK(file->ReadFooter());
                        return 0;
                      }).status());
  return file;
}

std::vector<int> ParquetFile::LeavesOf(const std::vector<int>& fields) const {
  std::vector<int> leaves;
  for (const int field : fields) {
    for (int leaf = first_leaves_[size_t(field)]; leaf < first_leaves_[size_t(field) + 1]; ++leaf) {
      leaves.push_back(leaf);
    }
  }
  return leaves;
}

std::shared_ptr<arrow::Schema> ParquetFile::SchemaOf(const std::vector<int>& fields) const {
  arrow::FieldVector chosen;
  for (const int field : fields) chosen.push_back(schema_->field(field));
  return arrow::schema(std::move(chosen));
}

int64_t ParquetFile::RowBytes(size_t group, const std::vector<int>& fields) const {
  try {
    const auto facts = metadata_->RowGroup(groups_[group]);
    int64_t bytes = 0;
    for (const int leaf : LeavesOf(fields)) {
      const int64_t chunk = facts->ColumnChunk(leaf)->total_uncompressed_size();
      bytes += std::clamp<int64_t>(chunk, 0, int64_t{1} << 40);
    }
    return std::max<int64_t>(bytes / facts->num_rows(), 1);
  } catch (const std::exception&) {
    return 1;  // A broken footer is told of by who reads the rows.
  }
}

ChunkPlace ParquetFile::PlaceOf(size_t group, int leaf) const {
  const auto chunk = metadata_->RowGroup(groups_[group])->ColumnChunk(leaf);
  int64_t begin = chunk->data_page_offset();
  if (chunk->has_dictionary_page() && chunk->dictionary_page_offset() > 0) {
    begin = std::min(begin, chunk->dictionary_page_offset());
  }
  return {.begin = begin,
          .bytes = chunk->total_compressed_size(),
          .rows = starts_[group + 1] - starts_[group],
          .repeated = metadata_->schema()->Column(leaf)->max_repetition_level() > 0};
}

Result<std::shared_ptr<const ChunkPages>> ParquetFile::FindPagesOf(
    arrow::io::RandomAccessFile* file, size_t group, int leaf) const {
  const std::pair key(group, leaf);
  {
    const std::lock_guard lock(mutex_);
    const auto known = pages_.find(key);
    if (known != pages_.end()) return known->second;
  }
  const ChunkPlace place = PlaceOf(group, leaf);
  const auto chunk = metadata_->RowGroup(groups_[group])->ColumnChunk(leaf);
  std::optional<ChunkPages> found;
  const bool inside = place.begin >= 4 && place.bytes > 0 && place.begin < file_bytes_ &&
                      place.bytes <= file_bytes_ - place.begin &&
                      chunk->crypto_metadata() == nullptr;
  const auto index = chunk->GetOffsetIndexLocation();
  if (inside && index && index->offset > 0 && index->length > 0 &&
      index->length <= kOffsetIndexBytesMax) {
    ARROW_ASSIGN_OR_RAISE(const auto bytes, file->ReadAt(index->offset, index->length));
    found =
        PagesOfIndex({reinterpret_cast<const char*>(bytes->data()), size_t(bytes->size())}, place);
  }
  if (inside && !found && !IsRemote(input_)) {
    ARROW_ASSIGN_OR_RAISE(found, WalkPages(file, place));
  }
  auto pages = std::make_shared<const ChunkPages>(found ? std::move(*found) : ChunkPages());
  const std::lock_guard lock(mutex_);
  if (pages_count_ + pages->size() > kPlacesKeptMax) {
    pages_.clear();
    pages_count_ = 0;
  }
  if (pages_.emplace(key, pages).second) pages_count_ += pages->size();
  return pages;
}

Result<std::optional<PagedField>> ParquetFile::FindPagesOfField(arrow::io::RandomAccessFile* file,
                                                                size_t group, int number) const {
  PagedField field{.field = number, .first_leaf = first_leaves_[size_t(number)], .leaves = {}};
  for (const int leaf : LeavesOf({number})) {
    if (field.leaves.size() >= kJoinedLeavesMax) return std::nullopt;
    ARROW_ASSIGN_OR_RAISE(auto pages, FindPagesOf(file, group, leaf));
    if (pages->empty()) return std::nullopt;
    field.leaves.push_back({.place = PlaceOf(group, leaf), .pages = std::move(pages)});
  }
  return field;
}

bool ParquetFile::WorthPages(size_t group, int64_t rows, const std::vector<int>& fields) const {
  const int64_t all = starts_[group + 1] - starts_[group];
  return rows < all / 2 && RowBytes(group, fields) * all >= options_.decode_bytes_min;
}

Result<std::shared_ptr<arrow::RecordBatch>> ParquetFile::Decode(size_t group, int64_t first,
                                                                int64_t end,
                                                                const std::vector<int>& fields,
                                                                const TakeOptions& options) const {
  const std::vector<int> leaves = LeavesOf(fields);
  const auto facts = metadata_->RowGroup(groups_[group]);
  int64_t compressed = 0;
  for (const int leaf : leaves) compressed += facts->ColumnChunk(leaf)->total_compressed_size();
  ARROW_ASSIGN_OR_RAISE(const auto reader, OpenReader(input_, metadata_, options.batch_rows_max,
                                                      compressed > kWholeChunksMax));
  return TakeRows(reader.get(), groups_[group], leaves, first, end - first, options);
}

Result<std::shared_ptr<arrow::RecordBatch>> ParquetFile::Read(
    size_t group, int64_t first, int64_t end, const std::vector<int>& fields, int64_t bytes_max,
    const std::atomic<bool>* cancel) const {
  const auto schema = SchemaOf(fields);
  if (fields.empty()) {
    return arrow::RecordBatch::Make(schema, end - first, arrow::ArrayVector());
  }
  return GuardParquet(input_.name, [&]() -> Result<std::shared_ptr<arrow::RecordBatch>> {
    arrow::ArrayVector columns(fields.size());
    std::vector<int> decoded;  // Without pages.
    std::vector<size_t> decoded_at;
    std::vector<PagedField> paged;
    std::vector<size_t> paged_at;
    TakeOptions take{.batch_rows_max = options_.batch_rows_max,
                     .batch_bytes = options_.batch_bytes,
                     .bytes_max = bytes_max,
                     .cancel = cancel};
    int64_t count = end - first;
    int64_t taken = 0;  // Bytes.
    const bool worth = WorthPages(group, count, fields);
    std::shared_ptr<arrow::io::RandomAccessFile> file;
    if (worth) {
      ARROW_ASSIGN_OR_RAISE(file, OpenRandomAccess(input_));
    }
    for (size_t i = 0; i < fields.size(); ++i) {
      std::optional<PagedField> field;
      if (worth) {
        ARROW_ASSIGN_OR_RAISE(field, FindPagesOfField(file.get(), group, fields[i]));
      }
      if (field) {
        paged.push_back(std::move(*field));
        paged_at.push_back(i);
      } else {
        decoded.push_back(fields[i]);
        decoded_at.push_back(i);
      }
    }
    if (!paged.empty()) {
      auto arrays = ReadPaged(file.get(), group, first, end, paged, take);
      for (size_t i = 0; i < paged.size(); ++i) {
        if (arrays.ok()) {
          columns[paged_at[i]] = (*arrays)[i];
          count = (*arrays)[i]->length();
          taken += arrow::util::TotalBufferSize(*(*arrays)[i]);
        } else {
          decoded.push_back(paged[i].field);
          decoded_at.push_back(paged_at[i]);
        }
      }
    }
    if (!decoded.empty()) {
      take.bytes_max = BytesLeft(bytes_max, taken);
      ARROW_ASSIGN_OR_RAISE(const auto batch, Decode(group, first, first + count, decoded, take));
      count = batch->num_rows();
      for (size_t i = 0; i < decoded.size(); ++i) {
        const auto column = batch->GetColumnByName(schema_->field(decoded[i])->name());
        if (column == nullptr) return Status::Invalid("a column was not read");
        columns[decoded_at[i]] = column;
      }
    }
    for (auto& column : columns) {
      ARROW_ASSIGN_OR_RAISE(column, FirstRows(column, count));
    }
    auto out = arrow::RecordBatch::Make(schema, count, std::move(columns));
    ARROW_RETURN_NOT_OK(CheckBatch(*out));
    return out;
  });
}

Result<arrow::ArrayVector> ParquetFile::ReadPaged(arrow::io::RandomAccessFile* file, size_t group,
                                                  int64_t first, int64_t end,
                                                  const std::vector<PagedField>& fields,
                                                  const TakeOptions& options) const {
  PagedGroup paged{.file = file,
                   .footer = {},
                   .manifest = manifest_.get(),
                   .threads = IsRemote(input_) ? kRemoteReads : 1};
  try {
    const std::string footer = metadata_->Subset({groups_[group]})->SerializeToString();
    std::string_view rest = footer;
    ARROW_ASSIGN_OR_RAISE(paged.footer, ParseThrift(&rest));
    ARROW_ASSIGN_OR_RAISE(auto columns, ReadByPages(paged, first, end, fields, options));
    for (size_t i = 0; i < columns.size(); ++i) {
      if (!columns[i]->type()->Equals(*schema_->field(fields[i].field)->type())) {
        return Status::Invalid("a page file has another type");
      }
      ARROW_RETURN_NOT_OK(CheckArray(*columns[i]));
    }
    return columns;
  } catch (const std::exception& error) {
    return Status::Invalid(error.what());
  }
}

Result<bool> ParquetFile::Scan(size_t group, int64_t first, int64_t end,
                               const std::vector<int>& fields, const Visit& visit) const {
  const auto schema = SchemaOf(fields);
  if (fields.empty())
    return visit(arrow::RecordBatch::Make(schema, end - first, arrow::ArrayVector()));
  const std::vector<int> leaves = LeavesOf(fields);
  // What the visitor says is passed on as it is.
  Status visitor;
  auto more = GuardParquet(input_.name, [&]() -> Result<bool> {
    const auto facts = metadata_->RowGroup(groups_[group]);
    int64_t compressed = 0;
    for (const int leaf : leaves) compressed += facts->ColumnChunk(leaf)->total_compressed_size();
    const int64_t batch_rows = std::clamp<int64_t>(options_.batch_bytes / RowBytes(group, fields),
                                                   1, options_.batch_rows_max);
    ARROW_ASSIGN_OR_RAISE(auto reader,
                          OpenReader(input_, metadata_, batch_rows, compressed > kWholeChunksMax));
    ARROW_ASSIGN_OR_RAISE(auto batches, reader->GetRecordBatchReader({groups_[group]}, leaves));
    for (int64_t at = 0; at < end;) {
      ARROW_ASSIGN_OR_RAISE(auto batch, batches->Next());
      if (batch == nullptr) return Status::Invalid("the row group ends too early");
      const int64_t rows = batch->num_rows();
      const int64_t skip = std::max<int64_t>(first - at, 0);
      if (skip < rows) {
        auto part = batch->Slice(skip, std::min(rows, end - at) - skip);
        arrow::ArrayVector columns;
        for (const int field : fields) {
          columns.push_back(part->GetColumnByName(schema_->field(field)->name()));
          if (columns.back() == nullptr) return Status::Invalid("a column was not read");
        }
        part = arrow::RecordBatch::Make(schema, part->num_rows(), std::move(columns));
        ARROW_RETURN_NOT_OK(CheckBatch(*part));
        auto go_on = visit(std::move(part));
        if (!go_on.ok()) {
          visitor = go_on.status();
          return false;
        }
        if (!*go_on) return false;
      }
      at += rows;
    }
    return true;
  });
  ARROW_RETURN_NOT_OK(visitor);
  return more;
}

}  // namespace hubmill
