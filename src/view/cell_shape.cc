// How columns are shown: ColumnView and its JSON.
#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <arrow/util/key_value_metadata.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json_depth.h"
#include "base/json_text.h"
#include "base/utf8.h"
#include "io/hf_features.h"
#include "view/cell.h"

namespace hubmill {
namespace {

using arrow::Type;
using Json = nlohmann::ordered_json;

constexpr int64_t kSampleValues = 16;
constexpr size_t kSampleBytes = 64 << 10;  // Of one value.
constexpr size_t kTypeTextBytes = 500;

const arrow::DataType& Storage(const arrow::DataType& type) {
  if (type.id() == Type::EXTENSION) {
    return Storage(*static_cast<const arrow::ExtensionType&>(type).storage_type());
  }
  if (type.id() == Type::DICTIONARY) {
    return Storage(*static_cast<const arrow::DictionaryType&>(type).value_type());
  }
  return type;
}

bool IsMessageList(const arrow::DataType& type) {
  const bool list = type.id() == Type::LIST || type.id() == Type::LARGE_LIST ||
                    type.id() == Type::LIST_VIEW || type.id() == Type::FIXED_SIZE_LIST;
  if (!list) return false;
  const arrow::DataType& item = Storage(*type.field(0)->type());
  if (item.id() != Type::STRUCT) return false;
  const auto& object = static_cast<const arrow::StructType&>(item);
  return object.GetFieldByName("role") != nullptr && object.GetFieldByName("content") != nullptr;
}

bool LooksLikeHarmony(std::string_view text) {
  text = text.substr(0, kSampleBytes);
  return text.find("<|message|>") != text.npos &&
         (text.find("<|start|>") != text.npos || text.find("<|channel|>") != text.npos);
}

template <typename ArrayType>
bool HoldsHarmony(const arrow::Array& untyped) {
  const auto& array = static_cast<const ArrayType&>(untyped);
  int64_t seen = 0;
  int64_t harmony = 0;
  for (int64_t i = 0; i < array.length() && seen < kSampleValues; ++i) {
    if (array.IsNull(i) || array.GetView(i).empty()) continue;
    ++seen;
    harmony += LooksLikeHarmony(array.GetView(i)) ? 1 : 0;
  }
  return seen > 0 && harmony * 2 > seen;
}

bool HoldsHarmony(const arrow::Array* sample) {
  if (sample == nullptr) return false;
  switch (sample->type_id()) {
    case Type::STRING:
      return HoldsHarmony<arrow::StringArray>(*sample);
    case Type::LARGE_STRING:
      return HoldsHarmony<arrow::LargeStringArray>(*sample);
    case Type::STRING_VIEW:
      return HoldsHarmony<arrow::StringViewArray>(*sample);
    default:
      return false;
  }
}

/// The features of a schema's metadata; null where there are none.
Json FeaturesOf(const arrow::Schema& schema) {
  if (schema.metadata() == nullptr) return nullptr;
  const auto text = schema.metadata()->Get("huggingface");
  if (!text.ok() || !IsShallowJson(*text)) return nullptr;
  const Json root = Json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!root.is_object() || !root.contains("info") || !root["info"].is_object() ||
      !root["info"].contains("features") || !root["info"]["features"].is_object()) {
    return nullptr;
  }
  return root["info"]["features"];
}

bool IsClassLabel(const Json& feature) {
  return feature.is_object() && feature.value("_type", Json()) == "ClassLabel";
}

Json FeatureOf(const std::shared_ptr<arrow::Field>& field, const Json& features) {
  const bool named = field->HasMetadata() && field->metadata()->Contains(kClassNamesKey);
  if (features.is_object() && features.contains(field->name()) &&
      (!named || IsClassLabel(features[field->name()]))) {
    return features[field->name()];
  }
  const auto made = RenderFeatures(*arrow::schema({field}));
  if (!made) return nullptr;
  const Json root = Json::parse(*made, nullptr, /*allow_exceptions=*/false);
  const bool there = root.is_object() && root["info"]["features"].contains(field->name());
  return there ? root["info"]["features"][field->name()] : Json(nullptr);
}

std::vector<std::string> ClassNamesOf(const Json& feature) {
  std::vector<std::string> names;
  if (!IsClassLabel(feature)) return names;
  const auto list = feature.find("names");
  if (list == feature.end() || !list->is_array()) return names;
  for (const Json& name : *list) {
    names.push_back(name.is_string() ? name.get<std::string>() : name.dump());
  }
  return names;
}

}  // namespace

std::string_view ShapeName(CellShape shape) {
  switch (shape) {
    case CellShape::kText:
      return "text";
    case CellShape::kNumber:
      return "number";
    case CellShape::kClass:
      return "class";
    case CellShape::kBool:
      return "bool";
    case CellShape::kTime:
      return "time";
    case CellShape::kNested:
      return "nested";
    case CellShape::kBinary:
      return "binary";
    case CellShape::kMessages:
      return "messages";
    case CellShape::kHarmony:
      return "harmony";
  }
  return "text";
}

CellShape ShapeOf(const arrow::Field& field, const arrow::Array* sample, bool is_class) {
  const arrow::DataType& type = Storage(*field.type());
  const Type::type id = type.id();
  if (id == Type::BOOL) return CellShape::kBool;
  if (arrow::is_integer(id) && is_class) return CellShape::kClass;
  if (arrow::is_numeric(id) || arrow::is_decimal(id)) return CellShape::kNumber;
  if (arrow::is_temporal(id)) return CellShape::kTime;
  if (id == Type::BINARY || id == Type::LARGE_BINARY || id == Type::BINARY_VIEW ||
      id == Type::FIXED_SIZE_BINARY) {
    return CellShape::kBinary;
  }
  if (IsMessageList(type)) return CellShape::kMessages;
  if (arrow::is_nested(id)) return CellShape::kNested;
  return HoldsHarmony(sample) ? CellShape::kHarmony : CellShape::kText;
}

std::vector<ColumnView> DescribeColumns(const arrow::Schema& schema,
                                        const arrow::RecordBatch* sample) {
  const Json features = FeaturesOf(schema);
  std::vector<ColumnView> columns;
  for (int i = 0; i < schema.num_fields(); ++i) {
    const auto& field = schema.field(i);
    const Json feature = FeatureOf(field, features);
    ColumnView column;
    column.name = field->name();
    column.type = field->type()->ToString();
    if (column.type.size() > kTypeTextBytes) {
      column.type.resize(kTypeTextBytes);
      while (!IsValidUtf8(column.type)) column.type.pop_back();
      column.type += "…";
    }
    column.feature = feature.dump(-1, ' ', false, Json::error_handler_t::replace);
    column.class_names = ClassNamesOf(feature);
    column.shape = ShapeOf(*field, sample == nullptr ? nullptr : sample->column(i).get(),
                           !column.class_names.empty());
    columns.push_back(std::move(column));
  }
  return columns;
}

void AppendColumnJson(const ColumnView& column, std::string* out) {
  const auto text = [out](std::string_view value) {
    AppendJsonString(value, out, {.ascii_only = !IsValidUtf8(value)});
  };
  out->append("{\"name\":");
  text(column.name);
  out->append(",\"type\":");
  text(column.type);
  out->append(",\"feature\":").append(column.feature).append(",\"shape\":\"");
  out->append(ShapeName(column.shape)).append("\"}");
}

}  // namespace hubmill
