#include "net/url.h"

#include <algorithm>
#include <cctype>

#include "base/ascii.h"

namespace hubmill {
namespace {

bool StartsWith(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

}  // namespace

std::string EncodeUrl(std::string_view text, bool keep_slashes) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte < 0x80 && (std::isalnum(byte) != 0 || c == '-' || c == '.' ||
                                       c == '_' || c == '~' || (keep_slashes && c == '/'));
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

std::string OriginOf(std::string_view url) {
  const size_t colon = url.find("://");
  if (colon == std::string_view::npos) return {};
  std::string scheme(url.substr(0, colon));
  std::transform(scheme.begin(), scheme.end(), scheme.begin(), AsciiLower);
  if (scheme != "http" && scheme != "https") return {};
  std::string host(url.substr(colon + 3));
  host.resize(std::min(host.find_first_of("/?#"), host.size()));
  if (host.empty() || host.find_first_of("@ \t\r\n\\") != std::string::npos) return {};
  std::transform(host.begin(), host.end(), host.begin(), AsciiLower);
  const std::string port = scheme == "http" ? ":80" : ":443";
  if (host.size() > port.size() &&
      host.compare(host.size() - port.size(), port.size(), port) == 0) {
    host.resize(host.size() - port.size());
  }
  return scheme + "://" + host;
}

Result<std::string> ResolveUrl(std::string_view base, std::string_view location) {
  std::string target;
  const size_t authority = base.find("://");
  const size_t slash =
      authority == std::string_view::npos ? authority : base.find('/', authority + 3);
  const std::string_view origin = base.substr(0, slash);
  if (location.find("://") != std::string_view::npos && !StartsWith(location, "/")) {
    target = std::string(location);
  } else if (StartsWith(location, "//")) {
    target = std::string(base.substr(0, base.find(':') + 1)) + std::string(location);
  } else if (StartsWith(location, "/")) {
    target = std::string(origin) + std::string(location);
  } else {
    std::string_view path = base.substr(0, std::min(base.find_first_of("?#"), base.size()));
    const size_t last = path.rfind('/');
    const bool bare = slash == std::string_view::npos || last < slash;
    target = (bare ? std::string(origin) + "/" : std::string(path.substr(0, last + 1))) +
             std::string(location);
  }
  const bool clean = std::none_of(target.begin(), target.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == 0x7F;
  });
  if (OriginOf(target).empty() || !clean) {
    return Failure(FailureKind::kService, "a redirect leads to something that is no http(s) URL");
  }
  return target;
}

std::string NextLink(std::string_view link_header) {
  for (size_t open = link_header.find('<'); open != std::string_view::npos;
       open = link_header.find('<', open + 1)) {
    const size_t close = link_header.find('>', open);
    if (close == std::string_view::npos) return {};
    const std::string_view rest = link_header.substr(close);
    const std::string_view parameters = rest.substr(0, std::min(rest.find('<'), rest.size()));
    if (parameters.find("rel=\"next\"") != std::string_view::npos ||
        parameters.find("rel=next") != std::string_view::npos) {
      return std::string(link_header.substr(open + 1, close - open - 1));
    }
    open = close;
  }
  return {};
}

}  // namespace hubmill
