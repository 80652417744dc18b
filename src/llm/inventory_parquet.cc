// Nulls of a column, from what the footer has: a required column has none; level histograms count
// those of a nested column too; statistics do for a flat one.  Writers leave both out for long
// texts, and then the column is read, with one leaf of it.
#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/size_statistics.h>
#include <parquet/statistics.h>

#include <exception>
#include <optional>

#include "llm/inventory.h"

namespace hubmill {
namespace {

constexpr int64_t kBatchRows = 8192;

int FirstLeaf(const parquet::arrow::SchemaField& field) {
  return field.children.empty() ? field.column_index : FirstLeaf(field.children[0]);
}

/// Nothing where the footer does not say.
std::optional<int64_t> NullsByFooter(const parquet::FileMetaData& metadata,
                                     const parquet::arrow::SchemaField& field) {
  if (!field.field->nullable()) return 0;
  const int leaf = FirstLeaf(field);
  if (leaf < 0) return std::nullopt;
  int64_t nulls = 0;
  for (int i = 0; i < metadata.num_row_groups(); ++i) {
    const auto chunk = metadata.RowGroup(i)->ColumnChunk(leaf);
    const auto sizes = chunk->size_statistics();
    const auto statistics = chunk->statistics();
    if (sizes != nullptr && !sizes->definition_level_histogram.empty()) {
      nulls += sizes->definition_level_histogram[0];
    } else if (field.children.empty() && statistics != nullptr && statistics->HasNullCount()) {
      nulls += statistics->null_count();
    } else {
      return std::nullopt;
    }
  }
  return nulls;
}

/// Values that say something: items of a list, a number above 0, a text.
int64_t Filled(const arrow::Array& array) {
  int64_t filled = 0;
  for (int64_t i = 0; i < array.length(); ++i) {
    if (array.IsNull(i)) continue;
    switch (array.type_id()) {
      case arrow::Type::LIST:
        filled += static_cast<const arrow::ListArray&>(array).value_length(i) > 0;
        break;
      case arrow::Type::LARGE_LIST:
        filled += static_cast<const arrow::LargeListArray&>(array).value_length(i) > 0;
        break;
      case arrow::Type::INT64:
        filled += static_cast<const arrow::Int64Array&>(array).Value(i) > 0;
        break;
      case arrow::Type::STRING: {
        const auto text = static_cast<const arrow::StringArray&>(array).GetView(i);
        filled += text.size() > 2 && text != "null";  // "", "[]", "{}"
        break;
      }
      default:
        ++filled;
    }
  }
  return filled;
}

struct ReadCounts {
  int64_t nulls = 0;
  int64_t filled = 0;
};

Result<ReadCounts> ReadColumn(parquet::arrow::FileReader& reader, int leaf) {
  std::vector<int> groups(size_t(reader.num_row_groups()));
  for (size_t i = 0; i < groups.size(); ++i) groups[i] = int(i);
  ARROW_ASSIGN_OR_RAISE(auto batches, reader.GetRecordBatchReader(groups, {leaf}));
  ReadCounts counts;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const auto batch, batches->Next());
    if (batch == nullptr) return counts;
    counts.nulls += batch->column(0)->null_count();
    counts.filled += Filled(*batch->column(0));
  }
}

Result<FileCounts> CountOpened(parquet::arrow::FileReader& reader) {
  const auto metadata = reader.parquet_reader()->metadata();
  FileCounts counts{.rows = metadata->num_rows()};
  for (const auto& field : reader.manifest().schema_fields) {
    const std::string& name = field.field->name();
    FieldCounts& column = counts.fields[name];
    column.present = counts.rows;
    const auto nulls = NullsByFooter(*metadata, field);
    const bool tools = name == "source_tools_count" || name == "tools";
    if (nulls) column.nulls = *nulls;
    if (!nulls || (tools && *nulls < counts.rows)) {
      ARROW_ASSIGN_OR_RAISE(const ReadCounts read, ReadColumn(reader, FirstLeaf(field)));
      column.nulls = read.nulls;
      if (tools) counts.rows_with_tools = read.filled;
    }
    if (column.filled() > 0) column.types[field.field->type()->ToString()] = column.filled();
  }
  return counts;
}

}  // namespace

Result<FileCounts> CountParquet(const InputFile& file) {
  const auto broken = [&file](const std::string& why) {
    if (IsServiceFailure(why)) return ServiceFailure("read a file", file.name, why);
    return DataRefused("a Parquet file is broken: file=", file.name, " why=", why,
                       "; remedy: copy or download it again");
  };
  try {
    ARROW_ASSIGN_OR_RAISE(auto opened, OpenRandomAccess(file));
    parquet::arrow::FileReaderBuilder builder;
    Status status = builder.Open(std::move(opened));
    if (!status.ok()) return broken(status.message());
    parquet::ArrowReaderProperties properties(/*use_threads=*/false);
    properties.set_batch_size(kBatchRows);
    builder.properties(properties);
    std::unique_ptr<parquet::arrow::FileReader> reader;
    status = builder.Build(&reader);
    if (!status.ok()) return broken(status.message());
    auto counts = CountOpened(*reader);
    if (!counts.ok()) return broken(counts.status().message());
    return counts;
  } catch (const std::exception& error) {
    return broken(error.what());
  }
}

}  // namespace hubmill
