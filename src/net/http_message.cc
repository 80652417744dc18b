#include "net/http_message.h"

#include <strings.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

namespace hubmill::http {
namespace {

constexpr size_t kTargetBytesMax = 32 << 10;
constexpr size_t kSegmentsMax = 2048;

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool ParseCount(std::string_view text, int64_t* out) {
  if (text.empty() || text.front() < '0' || text.front() > '9') return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  return error == std::errc() && end == text.data() + text.size();
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool IsTokenCharacter(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

std::optional<HeadProblem> ParseTarget(std::string_view target, Request* request) {
  if (target.size() > kTargetBytesMax) return HeadProblem{414, "target too long"};
  for (const std::string_view scheme : {"http://", "https://"}) {  // A proxy's absolute form.
    if (!target.starts_with(scheme)) continue;
    const size_t slash = target.find('/', scheme.size());
    target = slash == std::string_view::npos ? "/" : target.substr(slash);
  }
  if (!target.starts_with('/')) return HeadProblem{400, "target without a path"};
  request->target = target;
  target = target.substr(0, target.find('#'));
  const size_t mark = target.find('?');
  if (mark != std::string_view::npos) request->query = ParseQuery(target.substr(mark + 1));
  std::string_view path = target.substr(1, mark == std::string_view::npos ? mark : mark - 1);
  while (!path.empty()) {
    const size_t slash = path.find('/');
    std::optional<std::string> segment = PercentDecode(path.substr(0, slash), false);
    if (!segment) return HeadProblem{400, "broken percent escape in the path"};
    if (request->segments.size() == kSegmentsMax) return HeadProblem{414, "path too deep"};
    request->segments.push_back(std::move(*segment));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
    if (path.empty()) request->segments.emplace_back();
  }
  return std::nullopt;
}

std::optional<HeadProblem> ParseHeaderLine(std::string_view line, Request* request) {
  const size_t colon = line.find(':');
  if (colon == 0 || colon == std::string_view::npos) return HeadProblem{400, "broken header line"};
  const std::string_view name = line.substr(0, colon);
  if (!std::all_of(name.begin(), name.end(), IsTokenCharacter)) {
    return HeadProblem{400, "broken header name"};
  }
  const std::string_view value = Trim(line.substr(colon + 1));
  if (value.find('\0') != std::string_view::npos || value.find('\r') != std::string_view::npos) {
    return HeadProblem{400, "control character in a header"};
  }
  if (request->headers.size() == kHeadersMax) return HeadProblem{431, "too many headers"};
  if (EqualsIgnoringCase(name, "content-length")) {
    int64_t length = 0;
    if (!ParseCount(value, &length)) return HeadProblem{400, "broken Content-Length"};
    if (request->content_length >= 0 && request->content_length != length) {
      return HeadProblem{400, "two different Content-Length"};
    }
    request->content_length = length;
  } else if (EqualsIgnoringCase(name, "transfer-encoding")) {
    if (!EqualsIgnoringCase(value, "chunked")) return HeadProblem{501, "transfer encoding"};
    request->chunked = true;
  } else if (EqualsIgnoringCase(name, "expect")) {
    request->expects_continue = EqualsIgnoringCase(value, "100-continue");
  } else if (EqualsIgnoringCase(name, "connection")) {
    if (EqualsIgnoringCase(value, "close")) request->keep_alive = false;
    if (EqualsIgnoringCase(value, "keep-alive")) request->keep_alive = true;
  }
  request->headers.emplace_back(name, value);
  return std::nullopt;
}

}  // namespace

const std::string* FindPair(const Pairs& pairs, std::string_view name) {
  for (const auto& [key, value] : pairs) {
    if (EqualsIgnoringCase(key, name)) return &value;
  }
  return nullptr;
}

Result<std::string> BodyReader::ReadAll(size_t bytes_max) {
  std::string all;
  char buffer[16 << 10];
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const size_t count, Read(buffer, sizeof buffer));
    if (count == 0) return all;
    if (all.size() + count > bytes_max) {
      return DataRefused("request body too large: bytes_max=", bytes_max);
    }
    all.append(buffer, count);
  }
}

std::string_view Request::Query(std::string_view name) const {
  const std::string* value = FindPair(query, name);
  return value ? std::string_view(*value) : std::string_view();
}
std::string_view Request::Header(std::string_view name) const {
  const std::string* value = FindPair(headers, name);
  return value ? std::string_view(*value) : std::string_view();
}
bool Request::Flag(std::string_view name) const {
  const std::string_view value = Query(name);
  return EqualsIgnoringCase(value, "true") || value == "1";
}

FileBody::~FileBody() {
  if (fd_ >= 0) close(fd_);
}

Response::Response(int status_in, std::string content_type, std::string body_in)
    : status(status_in), body(std::move(body_in)) {
  Set("Content-Type", std::move(content_type));
}
Response& Response::operator=(Response&& other) noexcept {
  status = other.status;
  headers = std::move(other.headers);
  body = std::move(other.body);
  file.reset();
  if (other.file) file.emplace(std::move(*other.file));
  stream = std::move(other.stream);
  cut_after_bytes = other.cut_after_bytes;
  cut_head = other.cut_head;
  close = other.close;
  return *this;
}
void Response::Set(std::string name, std::string value) {
  headers.emplace_back(std::move(name), std::move(value));
}

std::optional<HeadProblem> ParseRequestHead(std::string_view head, Request* request) {
  size_t end = head.find("\r\n");
  const std::string_view line = head.substr(0, end);
  const size_t first = line.find(' ');
  const size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last || first == 0) {
    return HeadProblem{400, "broken request line"};
  }
  const std::string_view version = line.substr(last + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return HeadProblem{505, "HTTP version"};
  request->keep_alive = version == "HTTP/1.1";
  request->method = line.substr(0, first);
  if (!std::all_of(request->method.begin(), request->method.end(), IsTokenCharacter)) {
    return HeadProblem{400, "broken method"};
  }
  if (auto problem = ParseTarget(line.substr(first + 1, last - first - 1), request)) return problem;
  while (end != std::string_view::npos) {
    head.remove_prefix(end + 2);
    if (head.empty()) break;
    end = head.find("\r\n");
    if (auto problem = ParseHeaderLine(head.substr(0, end), request)) return problem;
  }
  if (request->chunked && request->content_length >= 0) {
    return HeadProblem{400, "both Content-Length and chunked"};
  }
  return std::nullopt;
}

std::optional<std::string> PercentDecode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '+' && plus_is_space) c = ' ';
    if (c == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = HexDigit(text[i + 1]), low = HexDigit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (c == '\0') return std::nullopt;
    out.push_back(c);
  }
  return out;
}

std::string PercentEncode(std::string_view text, bool keep_slash) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '_' || c == '.' || c == '~' || (c == '/' && keep_slash);
    if (plain) {
      out.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

Pairs ParseQuery(std::string_view text) {
  Pairs pairs;
  while (!text.empty()) {
    const std::string_view piece = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), piece.size() + 1));
    if (piece.empty()) continue;
    const size_t equals = piece.find('=');
    auto name = PercentDecode(piece.substr(0, equals), true);
    auto value = PercentDecode(
        equals == std::string_view::npos ? std::string_view() : piece.substr(equals + 1), true);
    if (name && value) pairs.emplace_back(std::move(*name), std::move(*value));
  }
  return pairs;
}

RangeKind ParseRange(std::string_view header, int64_t size, ByteRange* range) {
  constexpr std::string_view kUnit = "bytes=";
  if (!header.starts_with(kUnit)) return RangeKind::kWhole;
  header.remove_prefix(kUnit.size());
  const size_t dash = header.find('-');
  if (dash == std::string_view::npos || header.find(',') != std::string_view::npos) {
    return RangeKind::kWhole;
  }
  const std::string_view from = Trim(header.substr(0, dash)), to = Trim(header.substr(dash + 1));
  int64_t first = 0, last = 0;
  if (from.empty()) {
    if (!ParseCount(to, &last)) return RangeKind::kWhole;
    if (last == 0 || size == 0) return RangeKind::kUnsatisfiable;
    *range = {std::max<int64_t>(0, size - last), size - 1};
    return RangeKind::kPart;
  }
  if (!ParseCount(from, &first) || (!to.empty() && !ParseCount(to, &last))) {
    return RangeKind::kWhole;
  }
  if (!to.empty() && last < first) return RangeKind::kWhole;
  if (first >= size) return RangeKind::kUnsatisfiable;
  *range = {first, to.empty() ? size - 1 : std::min(last, size - 1)};
  return RangeKind::kPart;
}

std::string_view ReasonPhrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 202:
      return "Accepted";
    case 206:
      return "Partial Content";
    case 302:
      return "Found";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Payload Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    case 507:
      return "Insufficient Storage";
    default:
      return "Status";
  }
}

}  // namespace hubmill::http
