// The one HTTP client of hubmill, over libcurl.
//
// It knows nothing of the Hub; it knows what every caller needs: time limits on silence instead of
// on length (a large file may take an hour, a silent server may not take two minutes), requests
// sent again after a cut connection or a transient status, redirects by hand (a token never leaves
// its origin, https never becomes http), bodies streamed from files, answers streamed to files and
// resumed where they broke off, every answer bounded, every message redacted.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/failure.h"
#include "net/retry.h"

namespace hubmill {

inline constexpr int64_t kResponseBytesMax = 64 << 20;   // Of an answer kept in memory.
inline constexpr int64_t kErrorBodyBytesMax = 64 << 10;  // Of an error's body; the rest is dropped.
inline constexpr int kRedirectsMax = 5;
inline constexpr int kHeadersMax = 256;
inline constexpr int kDownloadAttemptsMax = 1'000;  // Resumed downloads that each got further.

using HttpHeaders = std::map<std::string, std::string>;  // Names in lower case.

struct HttpResponse {
  int status = 0;
  HttpHeaders headers;
  HttpHeaders first_headers;  // Of the first hop: the redirect's, where one was followed.
  std::string body;           // Empty where it went to a file.
  int64_t file_bytes = 0;     // Written to `download_file`, over all attempts.
  std::string url;            // That answered; holds no token of ours, maybe somebody's signature.
  bool resent = false;        // An earlier attempt may have reached the server.

  bool ok() const { return status >= 200 && status < 300; }
  /// Of the last hop, or empty.  `name` in lower case.
  std::string Header(const std::string& name) const;
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::string> headers;  // "Name: value"
  std::string bearer;                // Sent to the origin of `url` only.
  std::string body;                  // Or:
  std::string body_file;             // Streamed from here.
  int64_t body_offset = 0;           // Of `body_file`.
  int64_t body_bytes = 0;            // Of `body_file`.

  int64_t response_bytes_max = kResponseBytesMax;
  std::string download_file;  // The body of a 200 or 206 goes here; made where absent.
  int64_t download_have = 0;  // Its first bytes that are right already; the rest is cut off.
  int64_t range_first = -1;   // First and last byte wanted; -1: from the start, to the end.
  int64_t range_last = -1;

  bool follow_other_origins = true;  // Else a redirect that leads elsewhere is the answer.
  int64_t stall_s = 60;              // Silence, or less than one byte a second, for this long.
  bool bulk = false;                 // Bytes of a file, which may take long while they move.
  int attempts_max = 0;              // 0: what RetryOptions says.
  /// Looks at a 2xx answer; a failure counts as a broken answer, which is asked for again.
  std::function<Status(const HttpResponse&)> validate;
  std::atomic<int64_t>* bytes_done = nullptr;  // Counts body bytes as they move, if not null.
  const std::atomic<bool>* cancel = nullptr;
};

struct HttpOptions {
  std::string user_agent = "hubmill";
  int64_t connect_timeout_ms = 15'000;
  RetryOptions retry;
  int64_t stall_s_max = INT64_MAX;  // Of any request's stall_s.
  // Of a whole request, with its redirects, repetitions and pauses; 0: no bound.  A `bulk` one is
  // not cut while bytes move, but is not begun again after that time.
  int64_t answer_ms_max = 0;
  std::vector<std::string> secrets;  // Never shown, whatever message they would stand in.
  PauseClock* clock = nullptr;       // Null: the real one.
  std::string ca_file;               // Empty: the system's certificates.
};

/// Thread-safe; connections are kept and reused.
class HttpClient {
 public:
  static Result<std::unique_ptr<HttpClient>> Make(HttpOptions options);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Sends `request`, again where that may help.  Any HTTP status is an answer, not a failure; a
  /// failure (kService) is a server that could not be reached, did not answer as HTTP says, or not
  /// in time (IsLateAnswer()).
  Result<HttpResponse> Send(const HttpRequest& request);

  const HttpOptions& options() const;

 private:
  class Pool;
  struct Attempt;
  explicit HttpClient(HttpOptions options);
  Result<HttpResponse> SendFollowing(const HttpRequest& request, Attempt* attempt);
  Result<HttpResponse> SendOnce(const HttpRequest& request, const std::string& url,
                                Attempt* attempt);

  HttpOptions options_;
  uint64_t seed_ = 0;
  std::unique_ptr<Pool> pool_;
};

}  // namespace hubmill
