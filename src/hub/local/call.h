// What every route gets, and how it answers: the table of spec hub.md, 1.1.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "hub/local/accounts.h"
#include "hub/local/answer_cache.h"
#include "hub/local/http.h"
#include "hub/local/object_store.h"
#include "hub/local/repo_catalog.h"

namespace hubmill::local_hub {

constexpr size_t kJsonBytesMax = 16 << 20;  // Of a request body, commits excepted.

/// The parts of a running Hub that routes share.  All are thread-safe.
struct HubState {
  std::string root;
  std::string secret;    // Signs tokens and upload addresses.
  std::string store_id;  // In the CAS URL (spec hub.md, 0.3).
  int64_t multipart_bytes = 0;
  size_t page_entries_max = 0;
  Accounts accounts;
  ObjectStore objects;
  std::unique_ptr<RepoCatalog> catalog;
  AnswerCache answers = AnswerCache();
};

struct Call {
  HubState& hub;
  const Request& request;
  Caller caller;
  std::string origin;  // "http://127.0.0.1:8080", from the request's Host.
};

constexpr char kJsonType[] = "application/json; charset=utf-8";
Response Json(int status, const nlohmann::json& value);
/// An error answer; `code` (X-Error-Code) may be empty.
Response Problem(int status, const char* code, const std::string& message);
/// The answer for a failed Status: 400 for refused data, 413 where it was too large, 507 for a full
/// disk, else 500.
Response ProblemOf(const Status& status);

/// The request's JSON object.
Result<nlohmann::json> JsonBody(const Request& request);

enum class Need {
  kRead,   // Know that it exists and list it.
  kFiles,  // Read file contents: gates apply.
  kWrite,
};
struct RepoAccess {
  std::shared_ptr<HubRepo> repo;
  std::optional<Response> problem;  // Set exactly where repo is not.
};
RepoAccess FindRepo(const Call& call, const RepoId& id, Need need);
bool MayWrite(const Caller& caller, const std::string& owner);

/// "2026-11-21T05:00:00.000Z"
std::string FormatTime(int64_t time_s);
std::string Now();

/// A signature over `text` that lasts until `expires_s`.
std::string Sign(const HubState& hub, const std::string& text, int64_t expires_s);
bool IsSigned(const HubState& hub, const std::string& text, int64_t expires_s,
              std::string_view signature);
int64_t NowSeconds();

}  // namespace hubmill::local_hub
