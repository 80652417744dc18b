// Every way in which a Hub says no, turned into a message that says what to do.
//
// The Hub's headers decide (X-Error-Code), then its status; the body is only quoted.  A private
// repository and a missing one answer alike on purpose, so the message names both readings.
#pragma once

#include <string>
#include <vector>

#include "core/failure.h"
#include "net/http_client.h"

namespace hubmill {

enum class HubRefusal {
  kOther = 0,
  kBadToken,      // Unknown or expired.
  kNoToken,       // 401 without one.
  kRepoNotFound,  // Or private, and not ours.
  kRevisionNotFound,
  kEntryNotFound,
  kGated,
  kForbidden,      // The token lacks the right.
  kExists,         // 409
  kMoved,          // 412: the parent is no longer the head.
  kTooLarge,       // 413
  kRateLimited,    // 429, after all attempts.
  kServerFailing,  // 5xx, after all attempts.
};

/// REQUIRES: !response.ok().
HubRefusal RefusalOf(const HttpResponse& response, bool has_token);

/// What was asked for, for the message; empty parts are left out.
struct HubQuestion {
  std::string what;  // "create a repository"
  std::string repo;
  std::string revision;
  std::string path;
  bool has_token = false;
};

/// " doing=… repo=…", redacted.
std::string PrintQuestion(const HubQuestion& question, const std::vector<std::string>& secrets);

/// A failure of kind kService: fixed words, the question's parts, the server's own words, a remedy.
/// Redacted.  REQUIRES: !response.ok().
Status HubFailure(const HttpResponse& response, const HubQuestion& question,
                  const std::vector<std::string>& secrets);

/// The failure of a commit whose parent is no longer the head (412).
Status StaleParentFailure(const std::string& repo, const std::string& branch,
                          const std::string& parent);

/// Whether `status` is StaleParentFailure(): nothing was committed; read the repository again.
bool IsStaleParent(const Status& status);

}  // namespace hubmill
