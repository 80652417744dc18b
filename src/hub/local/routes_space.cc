// Spaces do not run here: their state, secrets and variables are only kept, so that programs that
// manage Spaces can be tested (spec hub.md, 1.8).
#include <nlohmann/json.hpp>

#include "hub/local/routes.h"

namespace hubmill::local_hub {
namespace {

using nlohmann::json;

constexpr size_t kValuesMax = 1'000;

std::string TextOf(const json& value, const char* name) {
  const auto found = value.find(name);
  return found != value.end() && found->is_string() ? found->get<std::string>() : "";
}

Result<Response> Runtime(HubRepo* repo) {
  json runtime = repo->meta().value("runtime", json::object());
  ARROW_ASSIGN_OR_RAISE(const HubRepo::Lease git, repo->Git());
  runtime["sha"] = git->Resolve("main").value_or("");
  return Json(200, runtime);
}

Result<Response> Values(const Call& call, HubRepo* repo, const std::string& kind) {
  if (call.request.method == "GET") {
    json values = repo->meta().value(kind, json::object());
    if (kind == "secrets") {
      for (auto& [key, value] : values.items()) value.erase("value");
    }
    return Json(200, values);
  }
  ARROW_ASSIGN_OR_RAISE(const json body, JsonBody(call.request));
  const std::string key = TextOf(body, "key");
  if (key.empty()) return Problem(400, "", "no key");
  const bool described = !TextOf(body, "description").empty();
  const json before = repo->meta().value(kind, json::object());
  if (before.size() >= kValuesMax && !before.contains(key) && call.request.method != "DELETE") {
    return Problem(400, "", "too many " + kind + ": at most 1,000");
  }
  ARROW_RETURN_NOT_OK(repo->Update([&](json* meta) {
    json& values = (*meta)[kind];
    if (call.request.method == "DELETE") {
      values.erase(key);
    } else {
      values[key] = {{"key", key},
                     {"value", TextOf(body, "value")},
                     {"description", described ? json(TextOf(body, "description")) : json(nullptr)},
                     {"updatedAt", Now()}};
    }
  }));
  json values = repo->meta().value(kind, json::object());
  if (kind == "secrets") {
    for (auto& [name, value] : values.items()) value.erase("value");
  }
  return Json(200, values);
}

Result<Response> ChangeState(const Call& call, HubRepo* repo, const std::string& verb) {
  ARROW_ASSIGN_OR_RAISE(const json body, JsonBody(call.request));
  if (verb == "pause" && repo->meta().value("sdk", "") == "static") {
    return Problem(400, "", "A static Space cannot be paused");
  }
  ARROW_RETURN_NOT_OK(repo->Update([&](json* meta) {
    json& runtime = (*meta)["runtime"];
    if (verb == "pause") {
      runtime["stage"] = "PAUSED";
      runtime["hardware"]["current"] = nullptr;
    } else if (verb == "restart") {
      runtime["stage"] = call.request.Flag("factory") ? "BUILDING" : "RUNNING";
      runtime["hardware"]["current"] = runtime["hardware"]["requested"];
    } else if (verb == "hardware") {
      const std::string flavor = TextOf(body, "flavor");
      runtime["hardware"]["requested"] = runtime["hardware"]["current"] = flavor;
      if (body.value("sleepTimeSeconds", json()).is_number())
        runtime["gcTimeout"] = body["sleepTimeSeconds"];
    } else if (body.value("seconds", json()).is_number()) {
      runtime["gcTimeout"] = body["seconds"];
    }
  }));
  return Runtime(repo);
}

}  // namespace

std::optional<Result<Response>> SpaceVerb(const Call& call, const RepoId& id,
                                          const std::string& verb) {
  const std::string& method = call.request.method;
  const bool values = verb == "secrets" || verb == "variables";
  const bool change = method == "POST" && (verb == "pause" || verb == "restart" ||
                                           verb == "hardware" || verb == "sleeptime");
  const bool show = method == "GET" && verb == "runtime";
  if (!values && !change && !show) return std::nullopt;
  RepoAccess access = FindRepo(call, id, show ? Need::kRead : Need::kWrite);
  if (access.problem) return std::move(*access.problem);
  if (show) return Runtime(access.repo.get());
  return values ? Values(call, access.repo.get(), verb)
                : ChangeState(call, access.repo.get(), verb);
}

}  // namespace hubmill::local_hub
