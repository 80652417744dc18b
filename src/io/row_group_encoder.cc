// What the encoder decides, column by column, from the rows of the group alone:
//   dictionary   where a sample repeats itself; building one for distinct values costs a hash a
//   value
//                and is thrown away when it overflows.
//   statistics   not for long text.  The smallest and largest of some thousand documents help no
//                reader to skip a page, are stored three times (page header, column index, footer)
//                and put whole texts, perhaps with personal data, where nobody looks for them.
// The parts are joined first: Arrow's writer looks at its limits once a chunk, so pages would
// otherwise depend on batch borders.  The copy costs about 2 % of zstd level 1.
#include "io/row_group_encoder.h"

#include <arrow/array.h>
#include <arrow/array/concatenate.h>
#include <arrow/compute/api_vector.h>
#include <arrow/compute/cast.h>
#include <arrow/io/memory.h>
#include <arrow/table.h>
#include <arrow/type_traits.h>
#include <arrow/util/compression.h>
#include <parquet/arrow/schema.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>
#include <parquet/schema.h>

#include <algorithm>
#include <functional>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "core/bulk_pool.h"
#include "io/hf_features.h"
#include "io/row_bytes.h"

namespace hubmill {
namespace {

constexpr int64_t kSampleValues = 4096;
constexpr int64_t kShortBytes = 64;  // Mean length up to which text may be a dictionary.
constexpr int64_t kDictionaryBytes = 1 << 20;
constexpr int64_t kPageBytes = 64 << 20;  // Not reached: content-defined chunks are smaller.

constexpr int64_t kEncodedBytes = 8 << 20;  // A start; grows by doubling.

using Arrays = std::vector<std::shared_ptr<arrow::Array>>;

/// A dictionary in the order of first appearance, without unused entries, whatever the input's was.
Result<std::shared_ptr<arrow::Array>> Redictionary(const std::shared_ptr<arrow::Array>& array) {
  const auto& type = static_cast<const arrow::DictionaryType&>(*array->type());
  ARROW_ASSIGN_OR_RAISE(auto dense, arrow::compute::Cast(*array, type.value_type()));
  ARROW_ASSIGN_OR_RAISE(auto encoded, arrow::compute::DictionaryEncode(dense));
  const auto fresh = encoded.array_as<arrow::DictionaryArray>();
  ARROW_ASSIGN_OR_RAISE(auto indices, arrow::compute::Cast(*fresh->indices(), type.index_type()));
  return arrow::DictionaryArray::FromArrays(array->type(), indices, fresh->dictionary());
}

Result<std::shared_ptr<arrow::Array>> JoinColumn(
    const std::vector<std::shared_ptr<arrow::RecordBatch>>& parts, int column) {
  std::shared_ptr<arrow::Array> joined = parts.front()->column(column);
  if (parts.size() > 1) {
    Arrays chunks;
    chunks.reserve(parts.size());
    for (const auto& part : parts) chunks.push_back(part->column(column));
    ARROW_ASSIGN_OR_RAISE(joined, arrow::Concatenate(chunks, BulkPool()));
  }
  if (joined->type_id() == arrow::Type::DICTIONARY) return Redictionary(joined);
  return joined;
}

/// The items that `array` itself refers to: a slice keeps all items of the whole.
template <typename ListType>
std::shared_ptr<arrow::Array> ItemsOf(const arrow::Array& untyped) {
  const auto& array = static_cast<const ListType&>(untyped);
  if (array.length() == 0) return array.values()->Slice(0, 0);
  const int64_t begin = int64_t(array.value_offset(0));
  const int64_t end = int64_t(array.value_offset(array.length()));
  return array.values()->Slice(begin, end - begin);
}

/// The leaf columns below `array`, in Parquet's order.
void CollectLeaves(const std::shared_ptr<arrow::Array>& array, Arrays* out) {
  switch (array->type_id()) {
    case arrow::Type::STRUCT: {
      const auto& type = static_cast<const arrow::StructArray&>(*array);
      for (int i = 0; i < type.num_fields(); ++i) CollectLeaves(type.field(i), out);
      return;
    }
    case arrow::Type::LIST:
    case arrow::Type::MAP:
      return CollectLeaves(ItemsOf<arrow::ListArray>(*array), out);
    case arrow::Type::LARGE_LIST:
      return CollectLeaves(ItemsOf<arrow::LargeListArray>(*array), out);
    case arrow::Type::FIXED_SIZE_LIST:
      return CollectLeaves(ItemsOf<arrow::FixedSizeListArray>(*array), out);
    case arrow::Type::EXTENSION:
      return CollectLeaves(static_cast<const arrow::ExtensionArray&>(*array).storage(), out);
    default:
      out->push_back(array);
  }
}

struct LeafRule {
  bool dictionary = false;
  bool statistics = true;
};

/// Looks at up to kSampleValues evenly spaced values.
LeafRule RuleOf(const arrow::Array& leaf, const std::function<std::string_view(int64_t)>& view) {
  LeafRule rule;
  std::unordered_set<std::string_view> distinct;
  const int64_t step = std::max<int64_t>(1, leaf.length() / kSampleValues);
  int64_t seen = 0;
  int64_t bytes = 0;
  for (int64_t i = 0; i < leaf.length(); i += step) {
    if (leaf.IsNull(i)) continue;
    const std::string_view value = view(i);
    ++seen;
    bytes += int64_t(value.size());
    if (bytes <= kSampleValues * kShortBytes) distinct.insert(value);
  }
  const bool is_short = bytes <= seen * kShortBytes;
  rule.statistics = is_short;
  rule.dictionary = is_short && seen > 0 && int64_t(distinct.size()) * 2 <= seen;
  return rule;
}

LeafRule RuleOf(const arrow::Array& leaf) {
  if (leaf.type_id() == arrow::Type::DICTIONARY) return {.dictionary = true, .statistics = true};
  if (leaf.type_id() == arrow::Type::STRING || leaf.type_id() == arrow::Type::BINARY) {
    const auto& text = static_cast<const arrow::BinaryArray&>(leaf);
    return RuleOf(leaf, [&text](int64_t i) { return text.GetView(i); });
  }
  if (leaf.type_id() == arrow::Type::LARGE_STRING || leaf.type_id() == arrow::Type::LARGE_BINARY) {
    const auto& text = static_cast<const arrow::LargeBinaryArray&>(leaf);
    return RuleOf(leaf, [&text](int64_t i) { return text.GetView(i); });
  }
  if (leaf.type_id() == arrow::Type::STRING_VIEW || leaf.type_id() == arrow::Type::BINARY_VIEW) {
    const auto& text = static_cast<const arrow::BinaryViewArray&>(leaf);
    return RuleOf(leaf, [&text](int64_t i) { return text.GetView(i); });
  }
  if (!arrow::is_fixed_width(leaf.type_id()) || leaf.type_id() == arrow::Type::BOOL) return {};
  const auto& data = *leaf.data();
  const int64_t width = leaf.type()->byte_width();
  if (data.buffers.size() < 2 || data.buffers[1] == nullptr || width <= 0) return {};
  const char* values = reinterpret_cast<const char*>(data.buffers[1]->data()) + data.offset * width;
  return RuleOf(leaf,
                [=](int64_t i) { return std::string_view(values + i * width, size_t(width)); });
}

std::shared_ptr<parquet::ArrowWriterProperties> ArrowProperties() {
  static const auto* properties = new std::shared_ptr<parquet::ArrowWriterProperties>(
      parquet::ArrowWriterProperties::Builder().store_schema()->build());
  return *properties;
}

Result<std::shared_ptr<parquet::WriterProperties>> PropertiesFor(const arrow::Table& table,
                                                                 const RowGroupOptions& options) {
  parquet::WriterProperties::Builder builder;
  builder.memory_pool(BulkPool());
  builder.enable_content_defined_chunking()
      ->enable_write_page_index()
      ->data_pagesize(kPageBytes)
      ->dictionary_pagesize_limit(kDictionaryBytes)
      ->disable_dictionary();
  if (options.compression == "zstd") {
    builder.compression(parquet::Compression::ZSTD)->compression_level(options.level);
  } else if (options.compression == "snappy") {
    builder.compression(parquet::Compression::SNAPPY);
  } else {
    builder.compression(parquet::Compression::UNCOMPRESSED);
  }
  std::shared_ptr<parquet::SchemaDescriptor> descriptor;
  ARROW_RETURN_NOT_OK(parquet::arrow::ToParquetSchema(table.schema().get(), *builder.build(),
                                                      *ArrowProperties(), &descriptor));
  Arrays leaves;
  for (const auto& column : table.columns()) {
    if (column->num_chunks() > 0) CollectLeaves(column->chunk(0), &leaves);
  }
  if (int(leaves.size()) == descriptor->num_columns()) {
    for (int i = 0; i < descriptor->num_columns(); ++i) {
      const auto path = descriptor->Column(i)->path();
      const LeafRule rule = RuleOf(*leaves[size_t(i)]);
      if (rule.dictionary) builder.enable_dictionary(path);
      if (!rule.statistics) builder.disable_statistics(path);
    }
  }
  return builder.build();
}

Status CheckType(const std::string& column, const arrow::DataType& type, bool top) {
  const bool nested_dictionary = type.id() == arrow::Type::DICTIONARY && !top;
  const bool unknown = type.id() == arrow::Type::SPARSE_UNION ||
                       type.id() == arrow::Type::DENSE_UNION ||
                       type.id() == arrow::Type::RUN_END_ENCODED;
  if (nested_dictionary || unknown ||
      (type.id() == arrow::Type::STRUCT && type.num_fields() == 0)) {
    return DataRefused("Parquet cannot hold this type: column=", column, " type=", type.ToString(),
                       "; remedy: convert or drop the column");
  }
  for (const auto& field : type.fields()) {
    ARROW_RETURN_NOT_OK(CheckType(column, *field->type(), false));
  }
  return Status::OK();
}

}  // namespace

Status CheckParquetSchema(const arrow::Schema& schema) {
  if (schema.num_fields() == 0) {
    return DataRefused("Parquet needs a column: columns=0; remedy: keep at least one column");
  }
  for (const auto& field : schema.fields()) {
    ARROW_RETURN_NOT_OK(CheckType(field->name(), *field->type(), true));
  }
  return Status::OK();
}

Result<ParquetPiece> EncodeRowGroup(const std::shared_ptr<arrow::Schema>& schema,
                                    std::vector<std::shared_ptr<arrow::RecordBatch>> parts,
                                    const RowGroupOptions& options) {
  int64_t rows = 0;
  for (const auto& part : parts) rows += part->num_rows();
  Arrays columns;
  for (int i = 0; rows > 0 && i < schema->num_fields(); ++i) {
    ARROW_ASSIGN_OR_RAISE(auto column, JoinColumn(parts, i));
    columns.push_back(std::move(column));
  }
  parts.clear();  // The rows are held once, not twice, while they are compressed.
  const std::shared_ptr<arrow::Schema> described = WithFeatures(schema);
  std::shared_ptr<arrow::Table> table;
  if (rows > 0) {
    table = arrow::Table::Make(described, columns, rows);
  } else {
    ARROW_ASSIGN_OR_RAISE(table, arrow::Table::MakeEmpty(described));
  }
  ARROW_ASSIGN_OR_RAISE(auto properties, PropertiesFor(*table, options));
  ARROW_ASSIGN_OR_RAISE(auto sink,
                        arrow::io::BufferOutputStream::Create(kEncodedBytes, BulkPool()));
  ARROW_ASSIGN_OR_RAISE(auto writer,
                        parquet::arrow::FileWriter::Open(*described, BulkPool(), sink, properties,
                                                         ArrowProperties()));
  if (rows > 0) ARROW_RETURN_NOT_OK(writer->WriteTable(*table, rows));
  ARROW_RETURN_NOT_OK(writer->Close());
  ARROW_ASSIGN_OR_RAISE(auto file, sink->Finish());
  const auto whole = std::static_pointer_cast<arrow::ResizableBuffer>(file);
  ARROW_RETURN_NOT_OK(whole->Resize(whole->size(), /*shrink_to_fit=*/true));
  return ParseParquetPiece(std::move(file));
}

}  // namespace hubmill
