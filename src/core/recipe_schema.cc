// The JSON Schema of recipes, made from the registry, so that an editor completes and checks them.
#include <nlohmann/json.hpp>

#include "core/recipe.h"

namespace hubmill {
namespace {

using Json = nlohmann::ordered_json;

/// A parameter reference may stand for any scalar.
Json OrReference(Json schema) {
  return {{"anyOf", Json::array({std::move(schema), {{"type", "string"}, {"pattern", "\\$\\{"}}})}};
}

Json TypeSchema(const OptionSpec& spec) {
  if (spec.type == "string") {
    Json text{{"type", Json::array({"string", "number", "boolean"})}};
    if (!spec.choices.empty()) text = {{"enum", spec.choices}};
    return OrReference(text);
  }
  if (spec.type == "list") {
    Json item{{"type", Json::array({"string", "number", "boolean"})}};
    if (!spec.choices.empty()) item = {{"enum", spec.choices}};
    return OrReference({{"anyOf", Json::array({item, {{"type", "array"}, {"items", item}}})}});
  }
  if (spec.type == "integer" || spec.type == "number") {
    Json number{{"type", spec.type}};
    if (spec.min) number["minimum"] = *spec.min;
    if (spec.max) number["maximum"] = *spec.max;
    return OrReference(number);
  }
  if (spec.type == "boolean") return OrReference({{"type", "boolean"}});
  if (spec.type == "map" || spec.type == "numbers") return {{"type", "object"}};
  return Json::object();
}

template <typename EntryType>
Json BlockSchema(const EntryType& entry) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const OptionSpec& spec : entry.options) {
    Json option = TypeSchema(spec);
    option["description"] = spec.help;
    properties[spec.name] = std::move(option);
    if (spec.required) required.push_back(spec.name);
  }
  Json options{{"type", Json::array({"object", "null"})},
               {"properties", properties},
               {"additionalProperties", false},
               {"description", entry.summary}};
  if (!required.empty()) {
    options["type"] = "object";
    options["required"] = required;
  }
  if (entry.shorthand.empty()) return options;
  Json bare{{"type", Json::array({"string", "number", "array"})}, {"description", entry.summary}};
  return {{"anyOf", Json::array({options, bare})}};
}

/// Of `publish:` and the like.
template <typename Part>
Json PartSchema() {
  Json properties = Json::object();
  for (const OptionSpec& spec : OptionTable<Part>().Specs()) {
    properties[spec.name] = TypeSchema(spec);
    properties[spec.name]["description"] = spec.help;
  }
  return {{"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
}

/// `name`, or a map with one of the names.
template <typename EntryType>
Json ChoiceSchema(const std::map<std::string, EntryType>& entries, bool any_text) {
  Json choices = Json::array();
  Json names = Json::array();
  for (const auto& [name, entry] : entries) {
    names.push_back(name);
    choices.push_back({{"type", "object"},
                       {"properties", {{name, BlockSchema(entry)}}},
                       {"required", Json::array({name})},
                       {"additionalProperties", false}});
  }
  if (any_text) {
    choices.push_back({{"type", Json::array({"string", "array"})}});
  } else {
    choices.push_back({{"enum", names}});
  }
  return {{"anyOf", choices}};
}

}  // namespace

std::string RecipeJsonSchema(const Registry& registry) {
  Json dataset{{"source", {{"$ref", "#/$defs/source"}}},
               {"on_bad_row", OrReference({{"enum", Json::array({"fail", "reject"})}})},
               {"stages", {{"type", "array"}, {"items", {{"$ref", "#/$defs/stage"}}}}},
               {"sink", {{"$ref", "#/$defs/sink"}}}};
  Json param{{"type", "object"},
             {"additionalProperties", false},
             {"properties",
              {{"default", Json::object()},
               {"env", {{"type", {"string", "array"}}, {"items", {{"type", "string"}}}}},
               {"secret", {{"type", "boolean"}}},
               {"required", {{"type", "boolean"}}},
               {"type", {{"enum", Json::array({"string", "integer", "number", "boolean"})}}},
               {"help", {{"type", "string"}}}}}};
  Json properties{{"recipe", {{"type", "string"}}}, {"description", {{"type", "string"}}}};
  properties["params"] = {
      {"type", "object"},
      {"additionalProperties",
       {{"anyOf",
         Json::array({param, {{"type", Json::array({"string", "number", "boolean"})}}})}}}};
  for (const auto& [name, schema] : dataset.items()) properties[name] = schema;
  properties["datasets"] = {{"type", "object"},
                            {"additionalProperties",
                             {{"type", "object"},
                              {"properties", dataset},
                              {"required", Json::array({"source"})},
                              {"additionalProperties", false}}}};
  properties["publish"] = PartSchema<PublishRecipe>();
  properties["track"] = PartSchema<TrackRecipe>();
  properties["watch"] = PartSchema<WatchRecipe>();
  properties["on_failure"] = PartSchema<FailureRecipe>();
  Json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
              {"title", "hubmill recipe"},
              {"type", "object"},
              {"properties", properties},
              {"required", Json::array({"recipe"})},
              {"additionalProperties", false},
              {"$defs",
               {{"source", ChoiceSchema(registry.sources, true)},
                {"stage", ChoiceSchema(registry.stages, false)},
                {"sink", ChoiceSchema(registry.sinks, false)}}}};
  return schema.dump(2);
}

}  // namespace hubmill
