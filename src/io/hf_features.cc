// The rules of datasets.features.generate_from_arrow_type and of json.dumps (", " and ": ").
#include "io/hf_features.h"

#include <arrow/util/key_value_metadata.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "base/json_depth.h"
#include "base/json_text.h"

namespace hubmill {
namespace {

constexpr char kFeaturesKey[] = "huggingface";
constexpr JsonTextOptions kAscii{.ascii_only = true};

/// The dtype name, empty where there is none.
std::string DtypeOf(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::HALF_FLOAT:
      return "float16";
    case arrow::Type::FLOAT:
      return "float32";
    case arrow::Type::DOUBLE:
      return "float64";
    case arrow::Type::DATE32:
      return "date32";
    case arrow::Type::DATE64:
      return "date64";
    case arrow::Type::MAP:
    case arrow::Type::SPARSE_UNION:
    case arrow::Type::DENSE_UNION:
    case arrow::Type::RUN_END_ENCODED:
    case arrow::Type::EXTENSION:
      return "";
    default:
      return type.ToString();
  }
}

bool AppendClassLabel(const arrow::Field& field, std::string* out) {
  if (field.metadata() == nullptr) return false;
  const auto text = field.metadata()->Get(kClassNamesKey);
  if (!text.ok() || !IsShallowJson(*text)) return false;
  const auto names = nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!names.is_array()) return false;
  *out += "{\"names\": [";
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) *out += ", ";
    AppendJsonString(names[i].is_string() ? names[i].get<std::string>() : names[i].dump(), out,
                     kAscii);
  }
  *out += "], \"_type\": \"ClassLabel\"}";
  return true;
}

bool AppendFeature(const arrow::Field& field, std::string* out);

bool AppendFeatures(const arrow::FieldVector& fields, std::string* out) {
  *out += "{";
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) *out += ", ";
    AppendJsonString(fields[i]->name(), out, kAscii);
    *out += ": ";
    if (!AppendFeature(*fields[i], out)) return false;
  }
  *out += "}";
  return true;
}

bool AppendFeature(const arrow::Field& field, std::string* out) {
  if (AppendClassLabel(field, out)) return true;
  const arrow::DataType& type = *field.type();
  switch (type.id()) {
    case arrow::Type::STRUCT:
      return AppendFeatures(type.fields(), out);
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
    case arrow::Type::FIXED_SIZE_LIST:
      *out += "{\"feature\": ";
      if (!AppendFeature(*type.field(0), out)) return false;
      if (type.id() == arrow::Type::FIXED_SIZE_LIST) {
        *out += ", \"length\": ";
        *out += std::to_string(static_cast<const arrow::FixedSizeListType&>(type).list_size());
      }
      *out += type.id() == arrow::Type::LARGE_LIST ? ", \"_type\": \"LargeList\"}"
                                                   : ", \"_type\": \"List\"}";
      return true;
    default:
      break;
  }
  const std::string dtype =
      type.id() == arrow::Type::DICTIONARY
          ? DtypeOf(*static_cast<const arrow::DictionaryType&>(type).value_type())
          : DtypeOf(type);
  if (dtype.empty()) return false;
  *out += "{\"dtype\": ";
  AppendJsonString(dtype, out, kAscii);
  *out += ", \"_type\": \"Value\"}";
  return true;
}

}  // namespace

std::optional<std::string> RenderFeatures(const arrow::Schema& schema) {
  std::string out = "{\"info\": {\"features\": ";
  if (!AppendFeatures(schema.fields(), &out)) return std::nullopt;
  out += "}}";
  return out;
}

std::shared_ptr<arrow::Schema> WithFeatures(const std::shared_ptr<arrow::Schema>& schema) {
  std::optional<std::string> features = RenderFeatures(*schema);
  if (!features) return schema;
  auto metadata = schema->metadata() == nullptr ? std::make_shared<arrow::KeyValueMetadata>()
                                                : schema->metadata()->Copy();
  const arrow::Status set = metadata->Set(kFeaturesKey, *features);
  return set.ok() ? schema->WithMetadata(std::move(metadata)) : schema;
}

}  // namespace hubmill
