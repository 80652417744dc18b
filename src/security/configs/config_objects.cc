#include "security/configs/config_objects.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

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

// [apiVersion, kind, namespace, name] of an object and, of its containers, more; of a block its
// type and labels.
using Identities = std::vector<Json>;
constexpr size_t kNamespace = 2;

/// The containers anywhere in an object: of a pod, of a template of one, of a template within a
/// template.
void AddContainers(const Json& value, const Json& owner, Identities* out) {
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
      out->push_back(identity);
    }
  }
}

void AddObject(const Json& object, Identities* out) {
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
  out->push_back(identity);
  if (!items.is_array()) AddContainers(object, identity, out);
}

/// Blocks lie below their type and labels, as lists.
void AddBlocks(const Json& value, const Json& identity, Identities* out) {
  if (value.is_array()) {
    for (size_t i = 0; i < value.size(); ++i) out->push_back(identity);
  } else if (value.is_object() && identity.size() <= kLabelsMax) {
    for (const auto& [label, member] : value.items()) {
      Json below = identity;
      below.push_back(label);
      AddBlocks(member, below, out);
    }
  }
}

Identities ObjectsOf(ConfigLang lang, std::string_view text) {
  Identities out;
  if (lang == ConfigLang::kTf) {
    HclFile file;
    if (ParseHcl(text, &file)) return out;
    AddBlocks(Json::parse(file.json, nullptr, /*allow_exceptions=*/false), Json::array(), &out);
    std::sort(out.begin(), out.end());
    return out;
  }
  const auto bytes = static_cast<int64_t>(text.size());
  for (const ManifestDocument& document : ReadManifest(text, {.bytes_max = bytes}).documents) {
    AddObject(Json::parse(document.json, nullptr, /*allow_exceptions=*/false), &out);
  }
  // Those that differ in the namespace alone side by side, one without it first.
  std::sort(out.begin(), out.end(), [](const Json& a, const Json& b) {
    Json left = a;
    Json right = b;
    left[kNamespace] = right[kNamespace] = nullptr;
    return left != right ? left < right : a[kNamespace] < b[kNamespace];
  });
  return out;
}

constexpr std::string_view kMarks[] = {"kube-linter.io/", "nosem", "checkov:skip",
                                       "checkov.io/skip", "bridgecrew:skip"};

bool IsMarked(std::string_view lowered) {
  return std::any_of(std::begin(kMarks), std::end(kMarks),
                     [&](std::string_view mark) { return lowered.find(mark) != lowered.npos; });
}

std::string Lowered(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lowered;
}

/// Marked members anywhere in a value, however the file escapes them.
void AddMarkedMembers(const Json& value, std::multiset<std::string>* out) {
  if (!value.is_structured()) return;
  for (const auto& [key, member] : value.items()) {
    if (value.is_object() && IsMarked(Lowered(key))) {
      out->insert(key + "=" + member.dump(-1, ' ', false, Json::error_handler_t::replace));
    }
    AddMarkedMembers(member, out);
  }
}

std::multiset<std::string> SilencesOf(ConfigLang lang, std::string_view text) {
  std::multiset<std::string> out;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    std::string line = Lowered(text.substr(at, end - at));
    at = end + 1;
    if (!IsMarked(line)) continue;
    const size_t first = line.find_first_not_of(" \t");
    out.insert(line.substr(first, line.find_last_not_of(" \t\r") + 1 - first));
  }
  if (lang == ConfigLang::kTf) return out;
  const auto bytes = static_cast<int64_t>(text.size());
  for (const ManifestDocument& document : ReadManifest(text, {.bytes_max = bytes}).documents) {
    AddMarkedMembers(Json::parse(document.json, nullptr, /*allow_exceptions=*/false), &out);
  }
  return out;
}

}  // namespace

bool KeepsObjects(ConfigLang lang, std::string_view before, std::string_view after) {
  const Identities old_objects = ObjectsOf(lang, before);
  const Identities objects = ObjectsOf(lang, after);
  return std::equal(old_objects.begin(), old_objects.end(), objects.begin(), objects.end(),
                    [&](const Json& was, Json is) {
                      if (lang == ConfigLang::kK8s && was[kNamespace].is_null()) {
                        is[kNamespace] = nullptr;
                      }
                      return was == is;
                    });
}

bool AddsSilence(ConfigLang lang, std::string_view before, std::string_view after) {
  const auto old_silences = SilencesOf(lang, before);
  const auto silences = SilencesOf(lang, after);
  return !std::includes(old_silences.begin(), old_silences.end(), silences.begin(), silences.end());
}

}  // namespace hubmill
