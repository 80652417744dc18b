// One exchange of one request with one server: what libcurl's callbacks read and write.  Internal
// to net/; use HttpClient.
#pragma once

#include <curl/curl.h>

#include <optional>

#include "net/http_client.h"

namespace hubmill {

/// A file that is closed at the end of its scope.
class FileHandle {
 public:
  explicit FileHandle(int fd = -1) : fd_(fd) {}
  ~FileHandle();
  FileHandle(const FileHandle&) = delete;
  FileHandle& operator=(const FileHandle&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

/// The state of a transfer.  Lives until curl_easy_perform() returned.
struct HttpTransfer {
  const HttpRequest* request = nullptr;
  HttpResponse* response = nullptr;
  CURL* handle = nullptr;
  int read_fd = -1;         // The body, where it is a file.
  int sends = 0;            // More than one: libcurl sent again, a kept connection was dead.
  int64_t read_at = 0;      // Bytes of it sent.
  bool head_ended = false;  // libcurl takes a head that was cut off for a whole one.
  int write_fd = -1;        // The download.
  int64_t have = 0;         // Bytes of the download that are there.
  Status failure;           // Of ours (disk, bounds), which stops the transfer.
  bool failure_is_final = true;
  std::optional<int64_t> left_ms;  // Of HttpOptions::answer_ms_max, where there is a bound.

  /// Sets every option of `handle` for this transfer.  `header_list` takes the headers; the caller
  /// frees it after the transfer.
  void Prepare(const HttpOptions& options, const std::string& url, bool send_bearer,
               curl_slist** header_list);

 private:
  void PrepareTimes(const HttpOptions& options) const;
};

/// Whether sending again may help after this error of libcurl.
bool IsTransientError(CURLcode code);

}  // namespace hubmill
