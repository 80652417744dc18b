// The types' names are those of io/hf_features.h, so that card and Parquet files agree.
#include "run/card.h"

#include <arrow/util/key_value_metadata.h>

#include <cctype>
#include <nlohmann/json.hpp>

#include "io/hf_features.h"

namespace hubmill {
namespace {

using Json = nlohmann::ordered_json;

CardFeature FeatureOf(const std::string& name, const Json& json) {
  CardFeature feature{.name = name};
  if (json.is_array()) {  // A list as older versions of `datasets` wrote it.
    feature.kind = CardFeature::Kind::kList;
    feature.children.push_back(FeatureOf("", json.at(0)));
    return feature;
  }
  const auto type = json.find("_type");
  if (type == json.end() || !type->is_string()) {  // A field may be called _type, too.
    feature.kind = CardFeature::Kind::kStruct;
    for (const auto& [key, field] : json.items()) feature.children.push_back(FeatureOf(key, field));
  } else if (*type == "ClassLabel") {
    feature.kind = CardFeature::Kind::kClassLabel;
    feature.labels = json.at("names").get<std::vector<std::string>>();
  } else if (*type == "Value") {
    feature.dtype = json.at("dtype").get<std::string>();
  } else {
    feature.kind = CardFeature::Kind::kList;
    feature.children.push_back(FeatureOf("", json.at("feature")));
    feature.length = json.value("length", int64_t{-1});
  }
  return feature;
}

/// Of a shard's path; `usual` is how one starts where no pattern was asked for.
std::string PatternOf(const std::string& path, const std::string& usual) {
  if (path.starts_with(usual)) return usual + "*";
  const size_t dot = path.rfind('.');
  size_t digits = dot == path.npos ? path.size() : dot;
  while (digits > 0 && std::isdigit(static_cast<unsigned char>(path[digits - 1]))) --digits;
  return path.substr(0, digits) + "*" + (dot == path.npos ? "" : path.substr(dot));
}

CardConfig ConfigOf(const DatasetPlan& plan, const DatasetReport& report) {
  CardConfig config{.name = plan.name, .features = FeaturesOf(*plan.schema()), .download_bytes = 0};
  for (const std::string& name : plan.splits()) {
    CardSplit split{.name = name};
    bool written = false;
    for (const OutputFile& file : report.outputs) {
      if (file.split != name) continue;
      written = true;
      split.paths = {PatternOf(file.path, plan.data_dir + "/" + name + "-")};
      split.rows += file.rows;
      split.bytes += file.memory_bytes;
      config.download_bytes += file.size_bytes;
    }
    if (written) config.splits.push_back(std::move(split));
  }
  return config;
}

}  // namespace

std::vector<CardFeature> FeaturesOf(const arrow::Schema& schema) {
  const std::optional<std::string> rendered = RenderFeatures(schema);
  if (!rendered) return {};
  return FeatureOf("", Json::parse(*rendered).at("info").at("features")).children;
}

std::vector<CardFeature> FeaturesOfFile(const arrow::Schema& schema) {
  const auto metadata = schema.metadata();
  const int at = metadata == nullptr ? -1 : metadata->FindKey("huggingface");
  if (at >= 0) {
    try {
      return FeatureOf("", Json::parse(metadata->value(at)).at("info").at("features")).children;
    } catch (const Json::exception&) {
      // Other people's metadata; the columns themselves tell.
    }
  }
  return FeaturesOf(schema);
}

Result<std::string> RenderCard(const Recipe& recipe, const Plan& plan, const RunReport& report) {
  std::vector<CardConfig> configs;
  for (size_t i = 0; i < report.datasets.size(); ++i) {
    configs.push_back(ConfigOf(plan.datasets[i], report.datasets[i]));
  }
  std::string text = Concat("\n# ", recipe.name, "\n\n");
  if (!recipe.description.empty()) text += recipe.description + "\n\n";
  text += Concat("Made by hubmill from the recipe `", recipe.name,
                 "`; its `manifest.json` has inputs, options, counts and checksums, its\n"
                 "`lineage/` the source row of each row.\n");
  return MergeCard(text, configs);
}

}  // namespace hubmill
