#include "server/api_call.h"

#include <fcntl.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "core/late_answer.h"
#include "server/json_body.h"

namespace hubmill::server {
namespace {

constexpr char kRetryAfterS[] = "5";

bool IsJson(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  constexpr std::string_view kWanted = "application/json";
  return type.size() == kWanted.size() &&
         strncasecmp(type.data(), kWanted.data(), type.size()) == 0;
}

/// The body; 408, 413 or 400 in `refusal`.
std::string ReadBody(const http::Request& request, std::optional<http::Response>* refusal) {
  std::string body;
  std::string buffer(16 << 10, '\0');
  for (;;) {
    const bool too_large =
        request.content_length > kBodyBytesMax || body.size() > static_cast<size_t>(kBodyBytesMax);
    if (too_large) {
      *refusal = Problem(413, Concat("the body is too large: bytes_max=", kBodyBytesMax));
      (*refusal)->close = true;
      return "";
    }
    const Result<size_t> count = request.body->Read(buffer.data(), buffer.size());
    if (!count.ok()) {
      *refusal = request.body->timed_out() ? Problem(408, "the request did not arrive in time")
                                           : Problem(400, "the body is broken");
      (*refusal)->close = true;
      return "";
    }
    if (*count == 0) return body;
    body.append(buffer, 0, *count);
  }
}

}  // namespace

std::string TextOf(const nlohmann::ordered_json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

http::Response Json(int status, const nlohmann::ordered_json& value) {
  return {status, kJsonType, TextOf(value)};
}

http::Response Problem(int status, std::string_view message) {
  return Json(status, {{"error", message}});
}

http::Response ProblemOf(const Status& status) {
  if (KindOf(status) == FailureKind::kWrongUsage) return Problem(400, status.message());
  if (KindOf(status) == FailureKind::kDataRefused) return Problem(422, status.message());
  if (IsLateAnswer(status)) return Problem(504, status.message());
  if (KindOf(status) == FailureKind::kService) return Problem(502, status.message());
  const std::string& message = status.message();
  for (const char* full : {"disk is full", "No space left", "disk I/O error"}) {
    if (message.find(full) != message.npos) {
      return Problem(507, "the disk of the server is full or failing; make room and try again");
    }
  }
  return Problem(500, message);
}

http::Response TooMany(std::string_view message) {
  http::Response response = Problem(429, message);
  response.Set("Retry-After", kRetryAfterS);
  return response;
}

Result<nlohmann::json> JsonBodyOf(const ApiCall& call, std::optional<http::Response>* refusal) {
  if (!IsJson(call.request.Header("content-type"))) {
    *refusal = Problem(415, "the body must be application/json");
    return nlohmann::json();
  }
  const std::string body = ReadBody(call.request, refusal);
  if (*refusal) return nlohmann::json();
  return ParseStrictObject(body);
}

Status CheckQuery(const ApiCall& call, std::initializer_list<std::string_view> names) {
  std::vector<std::string_view> left(names);
  for (const auto& [name, value] : call.request.query) {
    const auto found = std::find(left.begin(), left.end(), name);
    if (found == left.end()) {
      return WrongUsage("the query has a name that is unknown here, or twice");
    }
    left.erase(found);
  }
  return Status::OK();
}

std::optional<http::Response> FileAnswer(const std::string& path, const char* content_type,
                                         const http::Request& request) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return std::nullopt;
  struct stat facts = {};
  fstat(fd, &facts);
  http::Response response(200, content_type, "");
  response.file.emplace(fd, 0, static_cast<int64_t>(facts.st_size));
  if (!S_ISREG(facts.st_mode)) return std::nullopt;
  response.Set("Accept-Ranges", "bytes");
  http::ByteRange range{};
  const auto kind = http::ParseRange(request.Header("range"), facts.st_size, &range);
  if (kind == http::RangeKind::kUnsatisfiable) {
    http::Response refusal = Problem(416, "the range lies outside the file");
    refusal.Set("Content-Range", Concat("bytes */", facts.st_size));
    return refusal;
  }
  if (kind == http::RangeKind::kPart) {
    response.status = 206;
    response.file->Narrow(range.first, range.last - range.first + 1);
    response.Set("Content-Range",
                 Concat("bytes ", range.first, "-", range.last, "/", facts.st_size));
  }
  return response;
}

std::optional<int64_t> ParseNumber(std::string_view text) {
  int64_t number = 0;
  if (text.empty() || text.size() > 18 || text.front() == '-') return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Result<int64_t> NumberOf(const ApiCall& call, const char* name, int64_t otherwise, int64_t low,
                         int64_t high) {
  const std::string* text = http::FindPair(call.request.query, name);
  if (text == nullptr) return otherwise;
  const std::optional<int64_t> number = ParseNumber(*text);
  if (number && *number >= low && *number <= high) return *number;
  return WrongUsage("not a number from ", low, " to ", high, ": query=", name);
}

}  // namespace hubmill::server
