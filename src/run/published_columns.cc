#include "run/published_columns.h"

#include <arrow/io/memory.h>
#include <parquet/arrow/schema.h>
#include <parquet/file_reader.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "io/csv_parse.h"
#include "run/card.h"

namespace hubmill {
namespace {

using Json = nlohmann::ordered_json;
using Columns = std::vector<CardFeature>;

constexpr int64_t kTailBytes = 64 << 10;
constexpr int64_t kFooterBytesMax = 16 << 20;
constexpr int64_t kHeadBytesMax = 4 << 20;

/// The width of an offset is no difference to a reader.
void Narrow(Columns* columns) {
  for (CardFeature& column : *columns) {
    if (column.dtype == "large_string") column.dtype = "string";
    if (column.dtype == "large_binary") column.dtype = "binary";
    Narrow(&column.children);
  }
}

/// A footer behind the format's first bytes opens as a file without pages.
Result<Columns> ColumnsOfFooter(const std::string& tail) {
  try {
    const auto file = parquet::ParquetFileReader::Open(
        std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString("PAR1" + tail)));
    const auto metadata = file->metadata();
    std::shared_ptr<arrow::Schema> schema;
    ARROW_RETURN_NOT_OK(parquet::arrow::FromParquetSchema(metadata->schema(),
                                                          parquet::ArrowReaderProperties(),
                                                          metadata->key_value_metadata(), &schema));
    Columns columns = FeaturesOfFile(*schema);
    Narrow(&columns);
    return columns;
  } catch (const parquet::ParquetException& error) {
    return DataRefused("not a Parquet file: why=", error.what());
  }
}

Result<Columns> ColumnsOfParquet(HubClient& hub, const RepoId& repo, const FileFacts& facts,
                                 const std::string& path) {
  const auto tail = [&](int64_t bytes) {
    const int64_t count = std::min(bytes, facts.size_bytes);
    return hub.ReadRange(repo, facts, path, facts.size_bytes - count, count);
  };
  if (facts.size_bytes < 12) return DataRefused("not a Parquet file: it is too short");
  ARROW_ASSIGN_OR_RAISE(std::string bytes, tail(kTailBytes));
  uint32_t footer_bytes = 0;
  std::memcpy(&footer_bytes, bytes.data() + bytes.size() - 8, sizeof(footer_bytes));
  if (footer_bytes > kFooterBytesMax) return DataRefused("the Parquet footer is too large");
  const int64_t wanted = int64_t{footer_bytes} + 8;
  if (wanted > static_cast<int64_t>(bytes.size())) {
    ARROW_ASSIGN_OR_RAISE(bytes, tail(wanted));
  }
  return ColumnsOfFooter(bytes);
}

CardFeature FeatureOfValue(const std::string& name, const Json& value) {
  using Kind = CardFeature::Kind;
  if (value.is_boolean()) return {.name = name, .dtype = "bool"};
  if (value.is_number_integer()) return {.name = name, .dtype = "int64"};
  if (value.is_number()) return {.name = name, .dtype = "float64"};
  if (value.is_object()) return {.name = name, .kind = Kind::kStruct};
  if (!value.is_array()) return {.name = name, .dtype = "string"};
  return {.name = name, .kind = Kind::kList, .children = {{.dtype = "?"}}};
}

/// Whether `value` may stand in a column of type `type`.
bool MayBe(const Json& value, const CardFeature& type) {
  using Kind = CardFeature::Kind;
  if (value.is_null()) return true;
  if (type.kind == Kind::kList) return value.is_array();
  if (type.kind == Kind::kStruct) return value.is_object();
  if (type.kind == Kind::kClassLabel) return value.is_string() || value.is_number_integer();
  if (value.is_structured()) return false;
  if (type.dtype == "bool") return value.is_boolean();
  const bool number =
      type.dtype.find("int") != std::string::npos || type.dtype.starts_with("float");
  return number ? value.is_number() : value.is_string();
}

Columns ColumnsOfLine(const Json& row, const Columns& fresh) {
  Columns columns;
  for (const auto& field : row.items()) {
    const auto known = std::find_if(fresh.begin(), fresh.end(), [&](const CardFeature& feature) {
      return feature.name == field.key();
    });
    columns.push_back(known != fresh.end() && MayBe(field.value(), *known)
                          ? *known
                          : FeatureOfValue(field.key(), field.value()));
  }
  for (const CardFeature& feature : fresh) {  // Other rows may have it.
    if (!row.contains(feature.name)) columns.push_back(feature);
  }
  return columns;
}

/// The names alone: a type that a text could well be of is not compared.
std::optional<Columns> ColumnsOfHeader(std::string_view head, char delimiter,
                                       const Columns& fresh) {
  if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
  CsvParser parser(head, {.delimiter = delimiter});
  std::vector<CsvField> fields;
  while (fields.empty() && !parser.at_end()) {
    if (parser.Next(&fields) != CsvError::kNone) return std::nullopt;
  }
  Columns columns;
  for (const CsvField& field : fields) {
    const auto known = std::find_if(fresh.begin(), fresh.end(), [&](const CardFeature& feature) {
      return feature.name == field.text;
    });
    const bool plain = known != fresh.end() && known->kind != CardFeature::Kind::kList &&
                       known->kind != CardFeature::Kind::kStruct;
    columns.push_back(plain ? *known
                            : CardFeature{.name = std::string(field.text), .dtype = "string"});
  }
  if (columns.empty()) return std::nullopt;
  return columns;
}

/// The file's start, to the end of its first line where that is not too long.
std::string_view FirstLine(std::string_view head) { return head.substr(0, head.find('\n')); }

bool EndsIn(const std::string& path, std::string_view suffix) { return path.ends_with(suffix); }

}  // namespace

Result<std::optional<Columns>> ReadColumns(HubClient& hub, const RepoId& repo,
                                           const std::string& commit, const TreeEntry& file,
                                           const Columns& fresh) {
  const bool parquet = EndsIn(file.path, ".parquet");
  const bool lines = EndsIn(file.path, ".jsonl") || EndsIn(file.path, ".ndjson");
  const bool tabs = EndsIn(file.path, ".tsv");
  const bool csv = tabs || EndsIn(file.path, ".csv");
  if ((!parquet && !lines && !csv) || file.size_bytes == 0) return std::nullopt;
  ARROW_ASSIGN_OR_RAISE(const FileFacts facts, hub.Facts(repo, commit, file.path));
  if (parquet) {
    const Result<Columns> columns = ColumnsOfParquet(hub, repo, facts, file.path);
    if (!columns.ok() && KindOf(columns.status()) == FailureKind::kDataRefused) return std::nullopt;
    ARROW_RETURN_NOT_OK(columns.status());
    return std::optional<Columns>(*columns);
  }
  ARROW_ASSIGN_OR_RAISE(
      const std::string head,
      hub.ReadRange(repo, facts, file.path, 0, std::min(kHeadBytesMax, facts.size_bytes)));
  if (csv) return ColumnsOfHeader(head, tabs ? '\t' : ',', fresh);
  const Json row = Json::parse(FirstLine(head), nullptr, /*allow_exceptions=*/false);
  if (!row.is_object()) return std::nullopt;
  return std::optional<Columns>(ColumnsOfLine(row, fresh));
}

}  // namespace hubmill
