#include "security/tools/checkov_objects.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "security/configs/manifest.h"

namespace hubmill {
namespace {

using Json = nlohmann::json;

// The kinds for which checkov 3.3.30 has a check that always says something, of whatever API group.
constexpr std::string_view kJudgedKinds[] = {
    "ClusterRole",
    "ClusterRoleBinding",
    "ConfigMap",
    "CronJob",
    "DaemonSet",
    "Deployment",
    "Ingress",
    "Job",
    "Pod",
    "PodSecurityPolicy",
    "ReplicaSet",
    "ReplicationController",
    "Role",
    "RoleBinding",
    "Secret",
    "Service",
    "ServiceAccount",
    "StatefulSet",
};

const Json& At(const Json& value, const char* key) {
  static const auto* null = new Json();
  const auto found = value.is_object() ? value.find(key) : value.end();
  return value.is_object() && found != value.end() ? *found : *null;
}

/// By kind: the namespace and name of each object, as JSON; what has no name is one of them.
using Objects = std::map<std::string, std::set<std::pair<std::string, std::string>>, std::less<>>;

void AddObject(const Json& object, Objects* objects) {
  const Json& kind = At(object, "kind");
  if (!kind.is_string() || !At(object, "apiVersion").is_string()) return;
  const Json& metadata = At(object, "metadata");
  const Json& space = At(metadata, "namespace");
  (*objects)[kind.get<std::string>()].emplace(space.is_null() ? "\"default\"" : space.dump(),
                                              At(metadata, "name").dump());
}

Objects ObjectsOf(std::string_view manifest) {
  Objects objects;
  const ManifestOptions any_size{.bytes_max = static_cast<int64_t>(manifest.size())};
  for (const ManifestDocument& document : ReadManifest(manifest, any_size).documents) {
    const Json object = Json::parse(document.json, nullptr, /*allow_exceptions=*/false);
    if (document.kind != "List") {
      AddObject(object, &objects);
      continue;
    }
    for (const Json& item : At(object, "items")) AddObject(item, &objects);
  }
  return objects;
}

}  // namespace

std::string PassedOverKind(std::string_view manifest, const JudgedObjects& judged) {
  const Objects objects = ObjectsOf(manifest);
  for (const std::string_view kind : kJudgedKinds) {
    const auto stand = objects.find(kind);
    if (stand == objects.end()) continue;
    const auto found = judged.find(kind);
    const size_t count = found == judged.end() ? 0 : found->second.size();
    if (count < stand->second.size()) return std::string(kind);
  }
  return "";
}

}  // namespace hubmill
