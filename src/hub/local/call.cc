#include "hub/local/call.h"

#include <openssl/crypto.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <nlohmann/json.hpp>

#include "base/json_depth.h"

namespace hubmill::local_hub {

using nlohmann::json;

Response Json(int status, const json& value) {
  return Response(status, kJsonType, value.dump(-1, ' ', false, json::error_handler_t::replace));
}

Response Problem(int status, const char* code, const std::string& message) {
  Response response = Json(status, {{"error", message}});
  if (*code != '\0') response.Set("X-Error-Code", code);
  // Headers hold Latin-1 only; a path in the message may be anything.
  std::string line;
  for (const char c : message) line.push_back(c >= 0x20 && c < 0x7f ? c : '?');
  response.Set("X-Error-Message", line);
  return response;
}

Response ProblemOf(const Status& status) {
  if (KindOf(status) == FailureKind::kDataRefused) {
    const bool too_large = status.message().find("body too large") != std::string::npos;
    Response response = Problem(too_large ? 413 : 400, "", status.message());
    response.close = too_large;
    return response;
  }
  for (const int full : {ENOSPC, EDQUOT}) {
    if (status.message().find(std::strerror(full)) != std::string::npos) {
      return Problem(507, "", status.message() + "; remedy: make room on the Hub's disk");
    }
  }
  return Problem(500, "", status.message());
}

Result<json> JsonBody(const Request& request) {
  ARROW_ASSIGN_OR_RAISE(const std::string text, request.body->ReadAll(kJsonBytesMax));
  if (!IsShallowJson(text)) return DataRefused("the request body is nested too deeply");
  json value = text.empty() ? json::object() : json::parse(text, nullptr, false);
  if (!value.is_object()) return DataRefused("the request body is not a JSON object");
  return value;
}

bool MayWrite(const Caller& caller, const std::string& owner) {
  const Account* account = caller.account;
  return account != nullptr && account->can_write && (account->is_admin || account->name == owner);
}

RepoAccess FindRepo(const Call& call, const RepoId& id, Need need) {
  const std::shared_ptr<HubRepo> repo = call.hub.catalog->Find(id);
  const Account* account = call.caller.account;
  const std::string owner = repo ? repo->id().owner : id.owner;
  const bool own = account != nullptr && (account->is_admin || account->name == owner);
  if (!repo || (repo->is_private() && !own)) {
    return {nullptr, Problem(account == nullptr ? 401 : 404, "RepoNotFound",
                             "Repository not found: " + id.Full())};
  }
  if (need == Need::kWrite && !MayWrite(call.caller, owner)) {
    if (account == nullptr) {
      return {nullptr, Problem(401, "RepoNotFound", "Writing needs a token")};
    }
    return {nullptr, Problem(403, "", "This token has no write access to " + id.Full())};
  }
  if (need == Need::kFiles && !own) {
    const json meta = repo->meta();
    const auto gated = meta.find("gated");
    if (gated != meta.end() && gated->is_string()) {
      return {nullptr, Problem(account == nullptr ? 401 : 403, "GatedRepo",
                               "Access to " + id.Full() + " is restricted: ask its owner")};
    }
  }
  return {repo, std::nullopt};
}

std::string FormatTime(int64_t time_s) {
  const auto time = static_cast<std::time_t>(time_s);
  std::tm parts = {};
  gmtime_r(&time, &parts);
  char text[40];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S.000Z", &parts);
  return text;
}
int64_t NowSeconds() { return std::time(nullptr); }
std::string Now() { return FormatTime(NowSeconds()); }

std::string Sign(const HubState& hub, const std::string& text, int64_t expires_s) {
  return HmacHex(hub.secret, text + "|" + std::to_string(expires_s));
}

bool IsSigned(const HubState& hub, const std::string& text, int64_t expires_s,
              std::string_view signature) {
  const std::string right = Sign(hub, text, expires_s);
  return expires_s > NowSeconds() && signature.size() == right.size() &&
         CRYPTO_memcmp(signature.data(), right.data(), right.size()) == 0;
}

}  // namespace hubmill::local_hub
