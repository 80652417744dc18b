#include "net/http_transfer.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/ascii.h"

namespace hubmill {
namespace {

constexpr long kUploadBufferBytes = 512 << 10;
constexpr long kReceiveBufferBytes = 512 << 10;
constexpr size_t kHeaderBytesMax = 64 << 10;

HttpTransfer& Of(void* user) { return *static_cast<HttpTransfer*>(user); }

std::string Trimmed(std::string_view text) {
  const auto space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  while (!text.empty() && space(text.back())) text.remove_suffix(1);
  return std::string(text);
}

size_t OnHeader(char* data, size_t size, size_t count, void* user) {
  HttpTransfer& transfer = Of(user);
  const std::string_view line(data, size * count);
  if (line.substr(0, 5) == "HTTP/") {  // A new answer, after 100 Continue for instance.
    transfer.response->headers.clear();
    transfer.head_ended = false;
    return line.size();
  }
  if (line == "\r\n" || line == "\n") transfer.head_ended = true;
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || line.size() > kHeaderBytesMax) return line.size();
  if (transfer.response->headers.size() >= kHeadersMax) return line.size();
  transfer.response->headers[AsciiLowered(line.substr(0, colon))] = Trimmed(line.substr(colon + 1));
  return line.size();
}

// The first byte that a 206 holds, -1 where it does not say.
int64_t ContentRangeFirst(const HttpResponse& response) {
  const std::string range = response.Header("content-range");
  if (range.compare(0, 6, "bytes ") != 0) return -1;
  int64_t first = -1;
  std::from_chars(range.data() + 6, range.data() + range.size(), first);
  return first;
}

Status WriteAll(int fd, const char* data, size_t size, int64_t offset) {
  while (size > 0) {
    const ssize_t wrote = pwrite(fd, data, size, offset);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) {
      return RunFailed("cannot write a download: error=", std::strerror(errno),
                       "; remedy: free some disk space or choose another folder");
    }
    data += wrote;
    size -= static_cast<size_t>(wrote);
    offset += wrote;
  }
  return Status::OK();
}

// Where the first bytes of this answer belong, judged when they arrive.
Status PlaceDownload(HttpTransfer* transfer, long status) {
  const int64_t first = std::max<int64_t>(transfer->request->range_first, 0);
  if (status == 206) {
    if (ContentRangeFirst(*transfer->response) == first + transfer->have) return Status::OK();
    transfer->failure_is_final = false;
    return Failure(FailureKind::kService, "the server sent other bytes than were asked for");
  }
  if (transfer->request->range_first > 0 || transfer->request->range_last >= 0) {
    return Failure(FailureKind::kService,
                   "the server ignores ranges; remedy: download the whole file");
  }
  if (transfer->request->bytes_done != nullptr) {
    transfer->request->bytes_done->fetch_sub(transfer->have - transfer->request->download_have);
  }
  transfer->have = 0;  // The whole file from its start again.
  return Status::OK();
}

size_t OnDownload(HttpTransfer* transfer, const char* data, size_t bytes, long status) {
  if (transfer->response->file_bytes == 0) {
    transfer->failure = PlaceDownload(transfer, status);
    if (!transfer->failure.ok()) return 0;
  }
  transfer->failure = WriteAll(transfer->write_fd, data, bytes, transfer->have);
  if (!transfer->failure.ok()) return 0;
  transfer->have += static_cast<int64_t>(bytes);
  transfer->response->file_bytes += static_cast<int64_t>(bytes);
  if (transfer->request->bytes_done != nullptr) {
    transfer->request->bytes_done->fetch_add(static_cast<int64_t>(bytes));
  }
  return bytes;
}

size_t OnBody(char* data, size_t size, size_t count, void* user) {
  HttpTransfer& transfer = Of(user);
  const size_t bytes = size * count;
  long status = 0;
  curl_easy_getinfo(transfer.handle, CURLINFO_RESPONSE_CODE, &status);
  if (transfer.write_fd >= 0 && (status == 200 || status == 206)) {
    return OnDownload(&transfer, data, bytes, status);
  }
  std::string& body = transfer.response->body;
  if (status < 200 || status >= 300) {
    const size_t room =
        body.size() < size_t{kErrorBodyBytesMax} ? kErrorBodyBytesMax - body.size() : 0;
    body.append(data, std::min(bytes, room));
    return bytes;
  }
  if (static_cast<int64_t>(body.size() + bytes) > transfer.request->response_bytes_max) {
    transfer.failure =
        Failure(FailureKind::kService, Concat("an answer is larger than it may be: bytes_max=",
                                              transfer.request->response_bytes_max));
    return 0;
  }
  body.append(data, bytes);
  return bytes;
}

size_t OnRead(char* buffer, size_t size, size_t count, void* user) {
  HttpTransfer& transfer = Of(user);
  const int64_t left = transfer.request->body_bytes - transfer.read_at;
  const size_t wanted =
      std::min<size_t>(size * count, static_cast<size_t>(std::max<int64_t>(left, 0)));
  if (wanted == 0) return 0;
  ssize_t got = 0;
  do {
    got = pread(transfer.read_fd, buffer, wanted, transfer.request->body_offset + transfer.read_at);
  } while (got < 0 && errno == EINTR);
  if (got <= 0) {
    transfer.failure = RunFailed("a file shrank or could not be read while it was sent: file=",
                                 transfer.request->body_file);
    return CURL_READFUNC_ABORT;
  }
  transfer.read_at += got;
  if (transfer.request->bytes_done != nullptr) transfer.request->bytes_done->fetch_add(got);
  return static_cast<size_t>(got);
}

int OnSeek(void* user, curl_off_t offset, int origin) {
  if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
  HttpTransfer& transfer = Of(user);
  if (transfer.request->bytes_done != nullptr) {
    transfer.request->bytes_done->fetch_sub(transfer.read_at - offset);
  }
  transfer.read_at = offset;
  return CURL_SEEKFUNC_OK;
}

int OnProgress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto* cancel = Of(user).request->cancel;
  return cancel != nullptr && cancel->load() ? 1 : 0;
}

int OnSend(void* user, char*, char*, int, int) {
  ++Of(user).sends;
  return CURL_PREREQFUNC_OK;
}

void PrepareBody(HttpTransfer* transfer) {
  const HttpRequest& request = *transfer->request;
  CURL* handle = transfer->handle;
  if (request.method == "HEAD") {
    curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
    return;
  }
  if (!request.body_file.empty()) {
    curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(handle, CURLOPT_READFUNCTION, OnRead);
    curl_easy_setopt(handle, CURLOPT_READDATA, transfer);
    curl_easy_setopt(handle, CURLOPT_SEEKFUNCTION, OnSeek);
    curl_easy_setopt(handle, CURLOPT_SEEKDATA, transfer);
    curl_easy_setopt(handle, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.body_bytes));
    curl_easy_setopt(handle, CURLOPT_UPLOAD_BUFFERSIZE, kUploadBufferBytes);
  } else if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.c_str());
  }
  curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

}  // namespace

FileHandle::~FileHandle() {
  if (fd_ >= 0) close(fd_);
}

void HttpTransfer::PrepareTimes(const HttpOptions& options) const {
  int64_t connect_ms = options.connect_timeout_ms;
  int64_t stall_s = std::min(request->stall_s, options.stall_s_max);
  if (left_ms) {
    const int64_t left = std::max<int64_t>(*left_ms, 1);  // libcurl takes 0 as no bound.
    connect_ms = std::min(connect_ms, left);
    stall_s = std::min(stall_s, (left + 999) / 1000);
    if (!request->bulk) curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(left));
  }
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect_ms));
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, static_cast<long>(stall_s));
}

void HttpTransfer::Prepare(const HttpOptions& options, const std::string& url, bool send_bearer,
                           curl_slist** header_list) {
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_USERAGENT, options.user_agent.c_str());
  PrepareTimes(options);
  curl_easy_setopt(handle, CURLOPT_BUFFERSIZE, kReceiveBufferBytes);
  if (!options.ca_file.empty()) curl_easy_setopt(handle, CURLOPT_CAINFO, options.ca_file.c_str());
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, OnSend);
  curl_easy_setopt(handle, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, OnProgress);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, this);
  PrepareBody(this);

  for (const std::string& header : request->headers) {
    *header_list = curl_slist_append(*header_list, header.c_str());
  }
  *header_list = curl_slist_append(*header_list, "Accept-Encoding: identity");
  *header_list = curl_slist_append(*header_list, "Expect:");  // No wait for 100 Continue.
  if (send_bearer && !request->bearer.empty()) {
    *header_list =
        curl_slist_append(*header_list, ("Authorization: Bearer " + request->bearer).c_str());
  }
  const int64_t first = std::max<int64_t>(request->range_first, 0) + have;
  if (first > 0 || request->range_last >= 0) {
    const std::string last = request->range_last >= 0 ? std::to_string(request->range_last) : "";
    *header_list =
        curl_slist_append(*header_list, Concat("Range: bytes=", first, "-", last).c_str());
  }
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, *header_list);
}

bool IsTransientError(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:  // What a garbled status line reads as.
    case CURLE_BAD_CONTENT_ENCODING:
      return true;
    default:
      return false;
  }
}

}  // namespace hubmill
