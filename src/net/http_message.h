// One HTTP/1.1 request and its answer, as the routes of our servers see them.
//
// The target stays raw until it was split at its slashes: a revision such as `refs/pr/1` travels as
// the one segment `refs%2Fpr%2F1` (spec hub.md, 1.0), so that decoding before splitting would route
// branches with a slash to the wrong place.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/failure.h"

namespace hubmill::http {

constexpr size_t kHeadBytesMax = 64 << 10;  // Request line and headers together; 431 above.
constexpr size_t kHeadersMax = 128;

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// The value of the first pair so named (ASCII case is ignored), or nullptr.
const std::string* FindPair(const Pairs& pairs, std::string_view name);

/// A request body, read at most once from front to back.
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  /// Reads up to `size` bytes; 0 at the end.  Fails where the peer stops early.
  virtual Result<size_t> Read(char* out, size_t size) = 0;
  /// The whole rest; refused above `bytes_max`.
  Result<std::string> ReadAll(size_t bytes_max);
  /// True once Read() failed because the request did not arrive in time.
  virtual bool timed_out() const { return false; }
};

struct Request {
  std::string method;
  std::string target;                 // As sent.
  std::vector<std::string> segments;  // The path split at its slashes, then percent-decoded.
  Pairs query;
  Pairs headers;
  bool keep_alive = true;
  int64_t content_length = -1;  // -1: none given.
  bool chunked = false;
  bool expects_continue = false;
  BodyReader* body = nullptr;  // Set while a route runs.

  /// A query value, or "" where absent.
  std::string_view Query(std::string_view name) const;
  std::string_view Header(std::string_view name) const;
  /// "true", "True" and "1" are true.
  bool Flag(std::string_view name) const;
};

/// An open file, of which `size` bytes from `offset` are the answer's body.  Owns the descriptor.
class FileBody {
 public:
  FileBody(int fd, int64_t offset, int64_t size) : fd_(fd), offset_(offset), size_(size) {}
  FileBody(FileBody&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), offset_(other.offset_), size_(other.size_) {}
  FileBody& operator=(FileBody&&) = delete;
  ~FileBody();

  int fd() const { return fd_; }
  int64_t offset() const { return offset_; }
  int64_t size() const { return size_; }
  void Narrow(int64_t offset, int64_t size) { offset_ += offset, size_ = size; }

 private:
  int fd_;
  int64_t offset_;
  int64_t size_;
};

/// Sends a piece of a streamed body; false where the client went away.
using StreamSend = std::function<bool(std::string_view)>;

struct Response {
  int status = 200;
  Pairs headers;
  std::string body;
  std::optional<FileBody> file;  // Sent in place of `body` where present.
  // In place of both: called after the head was sent; the body ends with the connection.
  std::function<void(const StreamSend&)> stream;
  int64_t cut_after_bytes = -1;  // A fault: the connection breaks after so many bytes.
  bool cut_head = false;         // A fault: nothing is answered at all.
  bool close = false;

  Response() = default;
  Response(int status, std::string content_type, std::string body);
  Response(Response&&) = default;
  Response& operator=(Response&& other) noexcept;
  void Set(std::string name, std::string value);
};

/// Why a request head was refused.
struct HeadProblem {
  int status;
  const char* message;
};

/// Parses the request line and the headers, without the empty line that ends them.
std::optional<HeadProblem> ParseRequestHead(std::string_view head, Request* request);

/// `text` with %XX decoded; nullopt for a broken escape or a NUL.
std::optional<std::string> PercentDecode(std::string_view text, bool plus_is_space);
/// All but unreserved characters (and `/` where `keep_slash`) become %XX.
std::string PercentEncode(std::string_view text, bool keep_slash);
/// "a=1&b=2", decoded; pairs with a broken escape are left out.
Pairs ParseQuery(std::string_view text);

struct ByteRange {
  int64_t first;
  int64_t last;  // Inclusive.
};
enum class RangeKind { kWhole, kPart, kUnsatisfiable };
/// Reads a Range header of one range against a body of `size` bytes.  Several ranges and other
/// units mean the whole, as RFC 9110 section 14.2 allows.
RangeKind ParseRange(std::string_view header, int64_t size, ByteRange* range);

std::string_view ReasonPhrase(int status);

}  // namespace hubmill::http
