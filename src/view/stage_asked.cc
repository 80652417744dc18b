#include "view/stage_asked.h"

#include <nlohmann/json.hpp>

#include "core/failure.h"
#include "net/redact.h"

namespace hubmill {
namespace {

using Json = nlohmann::ordered_json;

/// Null where there is none.
const Json& MemberOf(const Json& value, const char* key) {
  static const Json kNone;
  const auto found = value.is_object() ? value.find(key) : value.end();
  return found != value.end() ? *found : kNone;
}

std::string TextOf(const Json& value) { return value.is_string() ? value.get<std::string>() : ""; }

bool IsEmpty(const Json& value) {
  return value.is_null() || (value.is_structured() && value.empty()) ||
         (value.is_string() && value.get_ref<const std::string&>().empty());
}

/// Appends as YAML would have it on one line.  What is longer than the bound is not gone on with.
void AppendValue(const Json& value, std::string* out) {
  if (out->size() > kAskedBytesMax) return;
  if (value.is_string()) {
    *out += value.get_ref<const std::string&>();
  } else if (value.is_structured()) {
    *out += value.is_array() ? "[" : "{";
    bool first = true;
    for (const auto& [key, item] : value.items()) {
      if (out->size() > kAskedBytesMax) return;
      if (!first) *out += ", ";
      first = false;
      if (value.is_object()) *out += key + ": ";
      AppendValue(item, out);
    }
    *out += value.is_array() ? "]" : "}";
  } else {
    *out += value.dump();
  }
}

/// `options`: a map, or the value of a stage that has but one option.
std::string AskedOf(const std::string& stage, const Json& options) {
  std::string asked;
  if (!options.is_object()) {
    if (!IsEmpty(options)) AppendValue(options, &asked);
  } else {
    if (const Json& where = MemberOf(options, "where"); !IsEmpty(where)) AppendValue(where, &asked);
    for (const auto& [name, value] : options.items()) {
      if (name == "where" || name == "reason" || IsEmpty(value)) continue;
      if (asked.size() > kAskedBytesMax) break;
      asked += Concat(asked.empty() ? "" : ", ", name, "=");
      // A list of one is written as its item, as recipes do.
      AppendValue(value.is_array() && value.size() == 1 ? value[0] : value, &asked);
    }
  }
  return asked.empty() ? "" : OneLine(stage + ": " + asked, kAskedBytesMax);
}

}  // namespace

std::map<std::pair<std::string, std::string>, std::string> AskedOfStages(const Json& manifest) {
  std::map<std::pair<std::string, std::string>, std::string> all;
  for (const Json& dataset : MemberOf(manifest, "datasets")) {
    const std::string name = TextOf(MemberOf(dataset, "name"));
    const Json& options = MemberOf(dataset, "options");
    if (TextOf(MemberOf(options, "on_bad_row")) == "reject") {  // Else it drops no row.
      all[{name, "source"}] = "source: on_bad_row=reject";
    }
    for (const Json& reported : MemberOf(dataset, "stages")) {
      // Those of `hubmill dedup`, which is no recipe: its options are the run's parameters.
      const std::string stage = TextOf(MemberOf(reported, "name"));
      if (stage != "dedup" && stage != "overlap") continue;
      const std::string asked = AskedOf(stage, MemberOf(manifest, "parameters"));
      if (!asked.empty()) all[{name, stage}] = asked;
    }
    std::map<std::string, int> uses;
    for (const Json& block : MemberOf(options, "stages")) {
      if (!block.is_object() || block.size() != 1) continue;
      const std::string stage = block.begin().key();
      const int count = ++uses[stage];
      const std::string asked = AskedOf(stage, block.begin().value());
      const std::string reported = count == 1 ? stage : Concat(stage, "#", count);
      if (!asked.empty()) all[{name, reported}] = asked;
    }
  }
  return all;
}

}  // namespace hubmill
