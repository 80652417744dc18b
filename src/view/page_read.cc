// Columns whose pages hold the same rows share a small file: of 2,000 columns most do.  A nested
// column whose leaves do not is read leaf by leaf and joined (leaf_join.h).
#include "view/page_read.h"

#include <arrow/array/concatenate.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/writer.h>
#include <arrow/type_traits.h>
#include <arrow/util/base64.h>
#include <arrow/util/byte_size.h>
#include <parquet/arrow/reader.h>
#include <parquet/properties.h>

#include <algorithm>

#include "core/parallel.h"
#include "view/leaf_join.h"

namespace hubmill {
namespace {

constexpr int16_t kSchema = 2, kRowGroups = 4, kColumns = 1, kMetaData = 3, kNumChildren = 5;

constexpr int64_t kBatchGrowth = 4;

/// Whether values lie in buffers of the array itself.
bool IsFlat(const arrow::DataType& type) {
  return arrow::is_primitive(type.id()) || arrow::is_base_binary_like(type.id());
}

/// Elements of the schema's tree: where each field's subtree begins, and where the last ends.
Result<std::vector<size_t>> FieldStarts(const std::vector<ThriftValue>& elements) {
  std::vector<size_t> starts;
  size_t at = 1;
  while (at < elements.size()) {
    starts.push_back(at);
    for (int64_t open = 1; open > 0; --open, ++at) {
      if (at >= elements.size()) return Status::Invalid("the schema is not a tree");
      const ThriftValue* children = elements[at].Find(kNumChildren);
      if (children != nullptr) open += children->number;
    }
  }
  starts.push_back(elements.size());
  return starts;
}

/// What one small file holds: these fields, of which these leaves have their pages.
struct Piece {
  PageSpan span;
  std::vector<const PagedField*> fields;
  int only_leaf = -1;  // Of the one field; -1: all leaves.
};

class Reader {
 public:
  Reader(const PagedGroup& group, int64_t first, int64_t end, const TakeOptions& options)
      : group_(group), first_(first), end_(end), count_(end - first), options_(options) {}

  Status Bind() {
    const ThriftValue* schema = group_.footer.Find(kSchema);
    const ThriftValue* groups = group_.footer.Find(kRowGroups);
    if (schema == nullptr || groups == nullptr || groups->items.size() != 1) return NotAsKnown();
    const ThriftValue* columns = groups->items[0].Find(kColumns);
    if (columns == nullptr) return NotAsKnown();
    elements_ = &schema->items;
    columns_ = &columns->items;
    ARROW_ASSIGN_OR_RAISE(starts_, FieldStarts(*elements_));
    const size_t fields = group_.manifest->schema_fields.size();
    return starts_.size() == fields + 1 ? Status::OK() : NotAsKnown();
  }

  PageSpan SpanOf(const PagedChunk& chunk) const {
    return FindPages(*chunk.pages, chunk.place, first_, end_);
  }

  /// The rows that all columns read so far have.
  int64_t count() const { return count_; }

  /// The columns of the piece, in its fields' order; pruned to `only_leaf`.  At most count() rows,
  /// which become those that there were bytes left for.
  Result<arrow::ArrayVector> Read(const Piece& piece) {
    ARROW_ASSIGN_OR_RAISE(const auto file, MakeFile(piece));
    parquet::ReaderProperties properties = parquet::default_reader_properties();
    properties.set_page_checksum_verification(true);
    parquet::arrow::FileReaderBuilder builder;
    ARROW_RETURN_NOT_OK(builder.Open(std::make_shared<arrow::io::BufferReader>(file), properties));
    parquet::ArrowReaderProperties arrow_properties(/*use_threads=*/false);
    builder.properties(arrow_properties);
    std::unique_ptr<parquet::arrow::FileReader> reader;
    ARROW_RETURN_NOT_OK(builder.Build(&reader));
    std::vector<int> leaves;
    if (piece.only_leaf >= 0) {
      leaves.push_back(piece.only_leaf);
    } else {
      for (int i = 0; i < reader->parquet_reader()->metadata()->num_columns(); ++i) {
        leaves.push_back(i);
      }
    }
    TakeOptions take = options_;
    take.bytes_max = BytesLeft(options_.bytes_max, taken_);
    ARROW_ASSIGN_OR_RAISE(const auto batch, TakeRows(reader.get(), /*group=*/0, leaves,
                                                     first_ - piece.span.first_row, count_, take));
    count_ = batch->num_rows();
    taken_ += arrow::util::TotalBufferSize(*batch);
    if (size_t(batch->num_columns()) != piece.fields.size()) return NotAsKnown();
    return batch->columns();
  }

 private:
  static Status NotAsKnown() { return Status::Invalid("the footer is not as it was read"); }

  Result<std::shared_ptr<arrow::Buffer>> MakeFile(const Piece& piece) const {
    std::vector<ThriftValue> schema = {elements_->front()};
    ThriftValue* children = schema[0].Find(kNumChildren);
    if (children == nullptr) return NotAsKnown();
    children->number = int64_t(piece.fields.size());
    arrow::FieldVector fields;
    std::vector<PageColumn> columns;
    std::vector<const PagedChunk*> chunks;  // Null where it is not read.
    for (const PagedField* paged : piece.fields) {
      const auto field = size_t(paged->field);
      for (size_t i = starts_[field]; i < starts_[field + 1]; ++i) {
        schema.push_back((*elements_)[i]);
      }
      fields.push_back(group_.manifest->schema_fields[field].field);
      for (size_t i = 0; i < paged->leaves.size(); ++i) {
        const size_t leaf = size_t(paged->first_leaf) + i;
        const ThriftValue* meta =
            leaf < columns_->size() ? (*columns_)[leaf].Find(kMetaData) : nullptr;
        if (meta == nullptr || meta->type != ThriftType::kStruct) return NotAsKnown();
        columns.push_back({.meta = meta, .bytes = {}});
        const bool read = piece.only_leaf < 0 || int(i) == piece.only_leaf;
        chunks.push_back(read ? &paged->leaves[i] : nullptr);
      }
    }
    ARROW_RETURN_NOT_OK(ForEachParallel(chunks.size(), group_.threads, [&](size_t i) -> Status {
      if (chunks[i] == nullptr) return Status::OK();
      const PagedChunk& chunk = *chunks[i];
      return ReadPages(group_.file, chunk.place, *chunk.pages, SpanOf(chunk))
          .Value(&columns[i].bytes);
    }));
    ARROW_ASSIGN_OR_RAISE(const auto message,
                          arrow::ipc::SerializeSchema(*arrow::schema(std::move(fields))));
    return MakePageFile(std::move(schema),
                        arrow::util::base64_encode({reinterpret_cast<const char*>(message->data()),
                                                    size_t(message->size())}),
                        columns, piece.span.end_row - piece.span.first_row);
  }

  const PagedGroup& group_;
  const int64_t first_;
  const int64_t end_;
  int64_t count_;
  const TakeOptions options_;
  int64_t taken_ = 0;  // Bytes, of all columns so far.
  const std::vector<ThriftValue>* elements_ = nullptr;
  const std::vector<ThriftValue>* columns_ = nullptr;
  std::vector<size_t> starts_;
};

int64_t BytesOf(const PagedField& field, const PageSpan& span) {
  int64_t bytes = 0;
  for (const PagedChunk& leaf : field.leaves) {
    for (size_t i = span.first; i < std::min(span.end, leaf.pages->size()); ++i) {
      bytes += (*leaf.pages)[i].bytes;
    }
    bytes += leaf.pages->front().offset - leaf.place.begin;
  }
  return bytes;
}

}  // namespace

Result<std::shared_ptr<arrow::Array>> FirstRows(const std::shared_ptr<arrow::Array>& array,
                                                int64_t count) {
  return array->length() == count ? array : arrow::Concatenate({array->Slice(0, count)});
}

Result<std::shared_ptr<arrow::RecordBatch>> JoinBatches(arrow::RecordBatchVector batches) {
  if (batches.size() == 1) return std::move(batches[0]);
  const auto schema = batches[0]->schema();
  int64_t rows = 0;
  std::vector<arrow::ArrayVector> parts(size_t(schema->num_fields()));
  for (auto& batch : batches) {
    rows += batch->num_rows();
    for (size_t i = 0; i < parts.size(); ++i) parts[i].push_back(batch->column(int(i)));
    batch.reset();
  }
  arrow::ArrayVector columns;
  for (arrow::ArrayVector& part : parts) {
    ARROW_ASSIGN_OR_RAISE(auto column, arrow::Concatenate(part));
    columns.push_back(std::move(column));
    part.clear();
  }
  return arrow::RecordBatch::Make(schema, rows, std::move(columns));
}

Result<std::shared_ptr<arrow::RecordBatch>> TakeRows(parquet::arrow::FileReader* reader, int group,
                                                     const std::vector<int>& leaves, int64_t skip,
                                                     int64_t count, const TakeOptions& options) {
  ARROW_ASSIGN_OR_RAISE(auto batches, reader->GetRecordBatchReader({group}, leaves));
  arrow::RecordBatchVector taken;
  int64_t rows = 0;
  int64_t bytes = 0;
  int64_t wanted = 1;
  while (rows < count && (rows == 0 || bytes < options.bytes_max)) {
    if (options.cancel != nullptr && options.cancel->load()) return RunFailed("cancelled");
    // The reader looks at its batch size before each batch (Arrow's reader.cc), so that a few rows
    // tell how many of the next ones to decode.
    reader->set_batch_size(std::min(wanted, skip > 0 ? skip : count - rows));
    ARROW_ASSIGN_OR_RAISE(auto batch, batches->Next());
    if (batch == nullptr || batch->num_rows() == 0) {
      return Status::Invalid("the row group ends too early");
    }
    const int64_t read = batch->num_rows();
    const int64_t read_bytes = std::max<int64_t>(arrow::util::TotalBufferSize(*batch), 1);
    const int64_t fit = std::max<int64_t>(options.batch_bytes / (read_bytes / read + 1), 1);
    wanted = std::min({read * kBatchGrowth, fit, options.batch_rows_max});
    if (skip >= read) {
      skip -= read;
      if (skip == 0) wanted = 1;  // Those before need not be like these.
      continue;
    }
    ARROW_RETURN_NOT_OK(batch->Validate());
    batch = batch->Slice(skip, count - rows);
    const bool whole = batch->num_rows() == read;
    skip = 0;
    arrow::ArrayVector columns;
    for (auto column : batch->columns()) {
      // A slice would keep what it was cut from; children of a list may be one at all times.
      if (!whole || column->offset() != 0 || !IsFlat(*column->type())) {
        ARROW_ASSIGN_OR_RAISE(column, arrow::Concatenate({column}));
      }
      columns.push_back(std::move(column));
    }
    batch = arrow::RecordBatch::Make(batch->schema(), batch->num_rows(), std::move(columns));
    rows += batch->num_rows();
    bytes += arrow::util::TotalBufferSize(*batch);
    taken.push_back(std::move(batch));
  }
  return JoinBatches(std::move(taken));
}

Result<arrow::ArrayVector> ReadByPages(const PagedGroup& group, int64_t first, int64_t end,
                                       const std::vector<PagedField>& fields,
                                       const TakeOptions& options) {
  Reader reader(group, first, end, options);
  ARROW_RETURN_NOT_OK(reader.Bind());
  arrow::ArrayVector out(fields.size());
  // Fields by the rows that their pages hold; `sizes` is of the last piece under that key.
  std::map<std::pair<int64_t, int64_t>, std::vector<Piece>> shared;
  std::map<std::pair<int64_t, int64_t>, int64_t> sizes;
  std::vector<size_t> joined;
  for (size_t i = 0; i < fields.size(); ++i) {
    const PageSpan span = reader.SpanOf(fields[i].leaves[0]);
    const bool same =
        std::all_of(fields[i].leaves.begin(), fields[i].leaves.end(), [&](const PagedChunk& leaf) {
          const PageSpan other = reader.SpanOf(leaf);
          return other.first_row == span.first_row && other.end_row == span.end_row;
        });
    if (!same) {
      joined.push_back(i);
      continue;
    }
    const std::pair key(span.first_row, span.end_row);
    const int64_t bytes = BytesOf(fields[i], span);
    if (shared[key].empty() || sizes[key] + bytes > kPageFileBytesMax) {
      shared[key].push_back({.span = span, .fields = {}});
      sizes[key] = 0;
    }
    sizes[key] += bytes;
    shared[key].back().fields.push_back(&fields[i]);
  }
  for (const auto& [key, pieces] : shared) {
    for (const Piece& piece : pieces) {
      ARROW_ASSIGN_OR_RAISE(const auto columns, reader.Read(piece));
      for (size_t i = 0; i < columns.size(); ++i) {
        out[size_t(piece.fields[i] - fields.data())] = columns[i];
      }
    }
  }
  for (const size_t i : joined) {
    arrow::ArrayVector leaves;
    for (size_t leaf = 0; leaf < fields[i].leaves.size(); ++leaf) {
      const Piece piece{.span = reader.SpanOf(fields[i].leaves[leaf]),
                        .fields = {&fields[i]},
                        .only_leaf = int(leaf)};
      ARROW_ASSIGN_OR_RAISE(auto columns, reader.Read(piece));
      leaves.push_back(std::move(columns[0]));
    }
    for (auto& leaf : leaves) {
      ARROW_ASSIGN_OR_RAISE(leaf, FirstRows(leaf, reader.count()));
    }
    const auto& field = group.manifest->schema_fields[size_t(fields[i].field)];
    ARROW_ASSIGN_OR_RAISE(out[i], JoinLeaves(field, leaves));
  }
  for (auto& array : out) {
    ARROW_ASSIGN_OR_RAISE(array, FirstRows(array, reader.count()));
  }
  return out;
}

}  // namespace hubmill
