#include "security/configs/config_objects.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "security/configs/hcl.h"
#include "security/configs/manifest.h"

namespace hubmill {
namespace {

using Json = nlohmann::json;

constexpr size_t kLabelsMax = 2;  // Of a block of Terraform.

/// Null where it is not there.
Json Member(const Json& object, const char* name) {
  return object.is_object() && object.contains(name) ? object.at(name) : Json();
}

std::string Shown(const Json& identity) {
  return identity.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// The containers anywhere in an object: of a pod, of a template of one, of a template within a
/// template.
void AddContainers(const Json& value, const Json& owner, std::vector<std::string>* out) {
  if (value.is_array()) {
    for (const Json& item : value) AddContainers(item, owner, out);
  }
  if (!value.is_object()) return;
  for (const auto& [key, member] : value.items()) {
    AddContainers(member, owner, out);
    if (!member.is_array() || (key != "containers" && key != "initContainers")) continue;
    for (const Json& container : member) {
      Json identity = owner;
      identity.push_back(key);
      identity.push_back(Member(container, "name"));
      out->push_back(Shown(identity));
    }
  }
}

void AddObject(const Json& object, std::vector<std::string>* out) {
  const Json items = Member(object, "items");
  const Json kind = Member(object, "kind");
  if (items.is_array() && kind.is_string() &&
      kind.get_ref<const std::string&>().ends_with("List")) {
    for (const Json& item : items) AddObject(item, out);
  }
  const Json metadata = Member(object, "metadata");
  Json name = Member(metadata, "name");
  if (name.is_null()) name = Member(metadata, "generateName");
  const Json identity = {Member(object, "apiVersion"), kind, Member(metadata, "namespace"), name};
  out->push_back(Shown(identity));
  if (!items.is_array()) AddContainers(object, identity, out);
}

/// Blocks lie below their type and labels, as lists.
void AddBlocks(const Json& value, const Json& identity, std::vector<std::string>* out) {
  if (value.is_array()) {
    for (size_t i = 0; i < value.size(); ++i) out->push_back(Shown(identity));
  } else if (value.is_object() && identity.size() <= kLabelsMax) {
    for (const auto& [label, member] : value.items()) {
      Json below = identity;
      below.push_back(label);
      AddBlocks(member, below, out);
    }
  }
}

}  // namespace

std::vector<std::string> ObjectsOf(ConfigLang lang, std::string_view text) {
  std::vector<std::string> out;
  if (lang == ConfigLang::kTf) {
    HclFile file;
    if (ParseHcl(text, &file)) return out;
    AddBlocks(Json::parse(file.json, nullptr, /*allow_exceptions=*/false), Json::array(), &out);
  } else {
    const auto bytes = static_cast<int64_t>(text.size());
    for (const ManifestDocument& document : ReadManifest(text, {.bytes_max = bytes}).documents) {
      AddObject(Json::parse(document.json, nullptr, /*allow_exceptions=*/false), &out);
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

int64_t CountSuppressions(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  int64_t count = 0;
  for (const std::string_view mark :
       {"kube-linter.io/", "nosem", "checkov:skip", "checkov.io/skip", "bridgecrew:skip"}) {
    for (size_t at = lowered.find(mark); at != std::string::npos;
         at = lowered.find(mark, at + mark.size())) {
      ++count;
    }
  }
  return count;
}

}  // namespace hubmill
