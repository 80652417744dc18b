// The HTTP API: who may ask, which route answers, and how (docs/serve.md).
//
// A program on this machine may start jobs without a token, a web page in a browser on it may not:
// the Host must be a name of this machine (against DNS rebinding), an Origin must be our own
// (against posts from other sites), and what has a body must be application/json.
#pragma once

#include <atomic>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "net/http_message.h"
#include "server/data_catalog.h"
#include "server/jobs.h"
#include "server/recipe_catalog.h"

namespace hubmill {

/// openapi.json, built into the binary.
const std::vector<std::pair<std::string, std::string>>& ApiFiles();

}  // namespace hubmill

namespace hubmill::server {

inline constexpr int64_t kBodyBytesMax = 64 << 10;
inline constexpr size_t kEndedAnswersMax = 200;  // Of 45 kB or less.
inline constexpr int kFollowersMax = 64;         // Of events, all jobs together.
inline constexpr int kScansMax = 8;              // Readers of whole splits at once.
inline constexpr int kReadsMax = 8;              // Readers of pages of rows at once.

/// The original's guard of its internal routes (spec signals.md, section 8).
struct InternalGuard {
  bool development = true;  // `internal=1` is enough; else `allowed` and `token` count.
  bool allowed = false;     // ALLOW_INTERNAL_TESTING
  std::string token;        // INTERNAL_TESTING_TOKEN

  /// From NODE_ENV, ALLOW_INTERNAL_TESTING and INTERNAL_TESTING_TOKEN.  Where neither of the first
  /// two is set, it is a development server, as on its author's machine.
  static InternalGuard FromEnvironment(std::optional<std::string> (*env)(const std::string&));
};

struct ApiOptions {
  std::string token;                             // Empty: none is needed.
  bool loopback = true;                          // Only names of this machine are right Hosts.
  bool allow_push = false;                       // Of recipes; exports have HF_EXPORT_ENABLED.
  std::string export_folder = "runs/hf_export";  // As bundle_dir tells it.
  InternalGuard internal;
  DataCatalogOptions data;
};

/// Answers about jobs that ended, which change no more, so that a client that keeps asking does not
/// have their logs read each time.  Thread-safe.
class EndedAnswers {
 public:
  std::optional<std::string> Find(const std::string& id) const {
    const std::shared_lock lock(mutex_);
    const auto found = answers_.find(id);
    return found == answers_.end() ? std::nullopt : std::optional<std::string>(found->second);
  }
  void Keep(const std::string& id, const std::string& answer) {
    const std::unique_lock lock(mutex_);
    if (answers_.size() >= kEndedAnswersMax) answers_.clear();
    answers_[id] = answer;
  }

 private:
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, std::string> answers_;
};

/// Thread-safe.
class Api {
 public:
  /// `jobs` and `recipes` outlive it.
  Api(Jobs* jobs, const RecipeCatalog* recipes, ApiOptions options)
      : jobs_(*jobs),
        recipes_(*recipes),
        options_(std::move(options)),
        data_(jobs, options_.data) {}

  /// Never throws; each refusal is {"error": "..."}.
  http::Response Answer(const http::Request& request);

  Jobs& jobs() { return jobs_; }
  const RecipeCatalog& recipes() const { return recipes_; }
  const ApiOptions& options() const { return options_; }
  DataCatalog& data() { return data_; }
  std::atomic<int>& followers() { return followers_; }
  std::atomic<int>& scans() { return scans_; }
  std::atomic<int>& reads() { return reads_; }
  EndedAnswers& ended_exports() { return ended_exports_; }

 private:
  /// 400 or 403 where another place than this server's pages or a program asks.
  std::optional<http::Response> RefusalOfPlace(const http::Request& request) const;
  /// 401 where a token is needed.
  std::optional<http::Response> RefusalOfClient(const http::Request& request) const;
  http::Response Routed(const http::Request& request);

  Jobs& jobs_;
  const RecipeCatalog& recipes_;
  const ApiOptions options_;
  DataCatalog data_;
  std::atomic<int> followers_ = 0;
  std::atomic<int> scans_ = 0;
  std::atomic<int> reads_ = 0;
  EndedAnswers ended_exports_;
};

/// True for texts of the same bytes; takes as long for any other text of that length.
bool SameSecret(std::string_view a, std::string_view b);

}  // namespace hubmill::server
