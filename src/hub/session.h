// One endpoint, one token, one HTTP client: how all parts of the Hub client ask.  Internal to hub/.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/executor.h"
#include "hub/client.h"
#include "hub/hub_error.h"

namespace hubmill {

using Json = nlohmann::json;

inline constexpr int64_t kCommitStallS = 600;  // The Hub thinks long about a large commit.

/// Thread-safe.
class HubSession {
 public:
  static Result<std::unique_ptr<HubSession>> Make(HubOptions options);

  const HubOptions& options() const { return options_; }
  const std::vector<std::string>& secrets() const { return http_->options().secrets; }
  HttpClient& http() { return *http_; }

  /// A request to `path` of the endpoint with the token; the caller adds what it needs.
  HttpRequest Request(const std::string& method, const std::string& path,
                      const Progress* progress = nullptr) const;
  /// The same with a JSON body.
  HttpRequest JsonRequest(const std::string& method, const std::string& path, const Json& body,
                          const Progress* progress = nullptr) const;

  /// Sends; any status is an answer.  Who does not answer in time is told with the question.
  Result<HttpResponse> Send(const HttpRequest& request, const HubQuestion& question);
  /// The same; a 2xx answer that is not JSON is asked for again, one too deep is a failure.
  Result<HttpResponse> Ask(HttpRequest request, const HubQuestion& question);
  /// Sends; a refusal is a HubFailure(), an answer is parsed.
  Result<Json> AskJson(HttpRequest request, const HubQuestion& question);
  /// Sends; a refusal is a HubFailure(), the answer's body is of no interest.
  Status AskDone(HttpRequest request, const HubQuestion& question);

  Status Refuse(const HttpResponse& response, HubQuestion question) const;

 private:
  /// " hub=… doing=… repo=…"
  std::string Asked(const HubQuestion& question) const;
  HubSession(HubOptions options, std::unique_ptr<HttpClient> http)
      : options_(std::move(options)), http_(std::move(http)) {}
  HubOptions options_;
  std::unique_ptr<HttpClient> http_;
};

/// JSON that a stranger wrote; discarded where it is none, or deeper than kJsonLevelsMax.
Json ParseJson(std::string_view text);

/// Members of a JSON object that a stranger wrote: the default where absent or of another type.
std::string TextOf(const Json& object, const char* key);
int64_t IntOf(const Json& object, const char* key, int64_t otherwise);
bool BoolOf(const Json& object, const char* key);

/// An entry of tree and paths-info answers; a failure where it is none or its path is unsafe.
Result<TreeEntry> ParseTreeEntry(const Json& entry);

/// JSON text; invalid UTF-8 is replaced.
std::string DumpJson(const Json& value);

/// Large files of one commit: asks the Hub which of them it lacks and sends those.  `sha256` is
/// set.
struct LargeFile {
  const CommitAdd* add = nullptr;
  std::string sha256;
  int64_t size_bytes = 0;
};
/// `bytes_uploaded` counts what was sent.  REQUIRES: at most kLfsBatchMax, no two of one checksum.
Status UploadLargeFiles(HubSession& session, const RepoId& repo, const std::string& branch,
                        const std::vector<LargeFile>& files, Progress* progress,
                        std::atomic<int64_t>* bytes_uploaded);
inline constexpr size_t kLfsBatchMax = 256;

}  // namespace hubmill
