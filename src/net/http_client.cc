#include "net/http_client.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <mutex>
#include <random>

#include "core/late_answer.h"
#include "net/http_transfer.h"
#include "net/redact.h"
#include "net/url.h"

namespace hubmill {
namespace {

constexpr size_t kIdleHandlesMax = 64;
constexpr size_t kUrlBytesMax = 64 << 10;
constexpr int kConnectAttemptsMax = 4;  // Where nobody listens, a wrong address is likely.

bool IsRedirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool HasControlByte(const std::string& text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; });
}

const char* WhyOf(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return "the host name is unknown";
    case CURLE_COULDNT_CONNECT:
      return "nobody listens there";
    case CURLE_OPERATION_TIMEDOUT:
      return "the server is silent";
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
      return "the connection was cut";
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return "the certificate is not trusted";
    default:
      return curl_easy_strerror(code);
  }
}

}  // namespace

std::string HttpResponse::Header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

// Idle libcurl handles; each keeps its connections.  Last in, first out, so few stay warm.
class HttpClient::Pool {
 public:
  ~Pool() {
    for (CURL* handle : idle_) curl_easy_cleanup(handle);
  }
  CURL* Take() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        CURL* handle = idle_.back();
        idle_.pop_back();
        return handle;
      }
    }
    return curl_easy_init();
  }
  void Return(CURL* handle) {
    curl_easy_reset(handle);
    {
      const std::lock_guard lock(mutex_);
      if (idle_.size() < kIdleHandlesMax) {
        idle_.push_back(handle);
        return;
      }
    }
    curl_easy_cleanup(handle);
  }

 private:
  std::mutex mutex_;
  std::vector<CURL*> idle_;
};

// What survives from one attempt to the next.
struct HttpClient::Attempt {
  using Clock = std::chrono::steady_clock;
  std::optional<Clock::time_point> end;  // None: no bound.

  int64_t have = 0;        // Of the download.
  int64_t sent_bytes = 0;  // Of the body, in the last attempt.
  bool transient = false;  // The failure just met may pass.
  bool reached = false;    // The server may have seen the request.
  bool listened = true;    // Somebody took the connection, the last time.

  std::optional<int64_t> LeftMs() const {
    if (!end) return std::nullopt;
    return std::chrono::duration_cast<std::chrono::milliseconds>(*end - Clock::now()).count();
  }
};

HttpClient::HttpClient(HttpOptions options)
    : options_(std::move(options)), pool_(std::make_unique<Pool>()) {
  if (options_.clock == nullptr) options_.clock = &SystemPauseClock();
  seed_ = options_.retry.seed != 0 ? options_.retry.seed : std::random_device{}();
}

HttpClient::~HttpClient() = default;

const HttpOptions& HttpClient::options() const { return options_; }

Result<std::unique_ptr<HttpClient>> HttpClient::Make(HttpOptions options) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (ready != CURLE_OK)
    return RunFailed("libcurl cannot start: error=", curl_easy_strerror(ready));
  return std::unique_ptr<HttpClient>(new HttpClient(std::move(options)));
}

Result<HttpResponse> HttpClient::SendOnce(const HttpRequest& request, const std::string& url,
                                          Attempt* attempt) {
  HttpResponse response;
  response.url = url;
  attempt->transient = false;
  attempt->listened = true;
  FileHandle in(request.body_file.empty() ? -1
                                          : open(request.body_file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!request.body_file.empty() && in.fd() < 0) {
    return RunFailed("cannot read a file to send: file=", OneLine(request.body_file),
                     " error=", std::strerror(errno));
  }
  FileHandle out(request.download_file.empty()
                     ? -1
                     : open(request.download_file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
  if (!request.download_file.empty() && (out.fd() < 0 || ftruncate(out.fd(), attempt->have) != 0)) {
    return RunFailed("cannot write a download: file=", OneLine(request.download_file),
                     " error=", std::strerror(errno));
  }
  CURL* handle = pool_->Take();
  if (handle == nullptr) return RunFailed("libcurl gives no handle");
  HttpTransfer transfer{.request = &request,
                        .response = &response,
                        .handle = handle,
                        .read_fd = in.fd(),
                        .write_fd = out.fd(),
                        .have = attempt->have,
                        .left_ms = attempt->LeftMs()};
  curl_slist* header_list = nullptr;
  transfer.Prepare(options_, url, OriginOf(url) == OriginOf(request.url), &header_list);
  CURLcode code = curl_easy_perform(handle);
  if (code == CURLE_OK && !transfer.head_ended) code = CURLE_PARTIAL_FILE;
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  curl_slist_free_all(header_list);
  pool_->Return(handle);
  attempt->have = transfer.have;
  attempt->sent_bytes = transfer.read_at;
  response.status = static_cast<int>(status);
  response.resent = transfer.sends > 1;
  if (code == CURLE_OK) {
    // A body of no bytes calls no callback; a stale download must not survive it.
    if (out.fd() >= 0 && status == 200 && response.file_bytes == 0) {
      attempt->have = 0;
      if (ftruncate(out.fd(), 0) != 0) return RunFailed("cannot write a download");
    }
    return response;
  }
  attempt->listened = code != CURLE_COULDNT_CONNECT && code != CURLE_COULDNT_RESOLVE_HOST;
  attempt->reached = attempt->reached || attempt->listened;
  if (request.cancel != nullptr && request.cancel->load()) return RunFailed("interrupted");
  if (!transfer.failure.ok()) {
    attempt->transient = !transfer.failure_is_final;
    return transfer.failure;
  }
  attempt->transient = IsTransientError(code);
  std::string message =
      Concat("cannot reach the server: why=", WhyOf(code), " method=", request.method,
             " url=", OneLine(url, 200, options_.secrets),
             "; remedy: check the network and the endpoint, then run this again");
  if (code == CURLE_OPERATION_TIMEDOUT) return LateAnswer(std::move(message));
  return Failure(FailureKind::kService, std::move(message));
}

Result<HttpResponse> HttpClient::SendFollowing(const HttpRequest& request, Attempt* attempt) {
  std::string url = request.url;
  HttpHeaders first;
  for (int hop = 0;; ++hop) {
    ARROW_ASSIGN_OR_RAISE(HttpResponse response, SendOnce(request, url, attempt));
    if (hop == 0) first = response.headers;
    response.first_headers = first;
    const std::string location = response.Header("location");
    const bool reads = request.method == "GET" || request.method == "HEAD";
    const bool keeps_method = response.status == 307 || response.status == 308;
    if (!IsRedirect(response.status) || location.empty() || (!reads && !keeps_method)) {
      return response;
    }
    ARROW_ASSIGN_OR_RAISE(std::string target, ResolveUrl(url, location));
    const bool elsewhere = OriginOf(target) != OriginOf(request.url);
    if (elsewhere && (!request.follow_other_origins || !reads)) return response;
    if (url.compare(0, 5, "https") == 0 && target.compare(0, 6, "https:") != 0) {
      return Failure(FailureKind::kService,
                     "a redirect leads from https to http, which is refused");
    }
    if (hop + 1 > kRedirectsMax || target.size() > kUrlBytesMax) {
      return Failure(FailureKind::kService, Concat("too many redirects: max=", kRedirectsMax));
    }
    url = std::move(target);
  }
}

Result<HttpResponse> HttpClient::Send(const HttpRequest& request) {
  if (OriginOf(request.url).empty() || HasControlByte(request.url)) {
    return WrongUsage("not an http(s) URL: url=", OneLine(request.url, 200, options_.secrets));
  }
  if (HasControlByte(request.bearer) ||
      std::any_of(request.headers.begin(), request.headers.end(), HasControlByte)) {
    return WrongUsage("a token or header holds a control character; remedy: check HF_TOKEN");
  }
  const int attempts_max =
      request.attempts_max > 0 ? request.attempts_max : options_.retry.attempts_max;
  const auto cancelled = [&] { return request.cancel != nullptr && request.cancel->load(); };
  Attempt attempt{.have = request.download_have};
  if (options_.answer_ms_max > 0) {
    attempt.end = Attempt::Clock::now() + std::chrono::milliseconds(options_.answer_ms_max);
  }
  bool resent = false;
  int failures = 0;
  for (int sent = 1;; ++sent) {
    if (cancelled()) return RunFailed("interrupted");
    const int64_t had = attempt.have;
    Result<HttpResponse> answer = SendFollowing(request, &attempt);
    int64_t server_wait_ms = -1;
    if (answer.ok()) {
      answer->resent = answer->resent || resent;
      answer->file_bytes = attempt.have;
      const Status valid =
          answer->ok() && request.validate ? request.validate(*answer) : Status::OK();
      if (valid.ok() && !IsTransientStatus(answer->status)) return answer;
      server_wait_ms = ServerWaitMs(answer->status, answer->Header("retry-after"),
                                    answer->Header("ratelimit"), options_.clock->UnixMillis());
      attempt.reached = true;
      if (!valid.ok()) answer = valid;
    } else if (!attempt.transient) {
      return answer;
    }
    resent = resent || attempt.reached;
    // A download that got further may go on for long; one that stands still may not.
    failures = attempt.have > had && sent < kDownloadAttemptsMax ? 1 : failures + 1;
    const int most = attempt.listened ? attempts_max : std::min(attempts_max, kConnectAttemptsMax);
    if (failures >= most || server_wait_ms > options_.retry.server_wait_ms_max) return answer;
    const int64_t wait = std::max(RetryDelayMs(options_.retry, failures, seed_), server_wait_ms);
    if (wait >= attempt.LeftMs().value_or(INT64_MAX)) return answer;
    if (request.bytes_done != nullptr) request.bytes_done->fetch_sub(attempt.sent_bytes);
    if (!options_.clock->Pause(wait, cancelled)) return RunFailed("interrupted");
  }
}

}  // namespace hubmill
