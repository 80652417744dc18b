#include "hub/hub_address.h"

#include <algorithm>

#include "core/setting.h"
#include "net/redact.h"
#include "net/url.h"

namespace hubmill {
namespace {

constexpr std::string_view kScheme = "hub://";

Status BadAddress(std::string_view text, const std::string& why) {
  return WrongUsage("not an address of files on a Hub: address=", OneLine(text, 200), " why=", why,
                    "; remedy: write hub://OWNER/NAME@REVISION/PATH");
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// A percent sign that begins no byte is one.
std::string Decoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool coded = text[i] == '%' && i + 2 < text.size() && HexValue(text[i + 1]) >= 0 &&
                       HexValue(text[i + 2]) >= 0;
    out += coded ? static_cast<char>(HexValue(text[i + 1]) * 16 + HexValue(text[i + 2])) : text[i];
    if (coded) i += 2;
  }
  return out;
}

/// What `rest` begins with, up to one of `ends`, which stays.
std::string_view Take(std::string_view* rest, std::string_view ends) {
  const std::string_view taken = rest->substr(0, rest->find_first_of(ends));
  rest->remove_prefix(taken.size());
  return taken;
}

bool TakeChar(std::string_view* rest, char c) {
  if (rest->empty() || rest->front() != c) return false;
  rest->remove_prefix(1);
  return true;
}

/// [OWNER/]NAME with its prefix, as ParseRepoId() takes it.
std::string TakeRepo(std::string_view* rest) {
  std::string repo;
  for (const char* prefix : {"datasets/", "models/", "spaces/"}) {
    if (!rest->starts_with(prefix)) continue;
    repo = prefix;
    rest->remove_prefix(repo.size());
    break;
  }
  repo += Take(rest, "/@?");
  if (rest->size() > 1 && rest->front() == '/') {
    rest->remove_prefix(1);
    repo += "/";
    repo += Take(rest, "/@?");
  }
  return repo;
}

std::string TakeRevision(std::string_view* rest) {
  std::string revision(Take(rest, "/?"));
  const int parts_more = revision == "refs" ? 2 : 0;  // refs/pr/1
  for (int i = 0; i < parts_more && TakeChar(rest, '/'); ++i) {
    revision += "/";
    revision += Take(rest, "/?");
  }
  return Decoded(revision);
}

Status ReadQuery(std::string_view text, std::string_view query, HubAddress* address) {
  static const auto* known = new std::vector<std::string>{"config", "split"};
  while (!query.empty()) {
    std::string_view value = Take(&query, "&");
    TakeChar(&query, '&');
    const std::string key(Take(&value, "="));
    TakeChar(&value, '=');
    if (value.empty()) return BadAddress(text, "an option has no value: option=" + key);
    if (key == "config") {
      if (!address->config.empty()) return BadAddress(text, "two configs are named");
      address->config = Decoded(value);
    } else if (key == "split") {
      while (!value.empty()) {
        const std::string split = Decoded(Take(&value, ","));
        TakeChar(&value, ',');
        if (split.empty()) return BadAddress(text, "a split has no name");
        const auto& splits = address->splits;
        if (std::find(splits.begin(), splits.end(), split) == splits.end()) {
          address->splits.push_back(split);
        }
      }
    } else {
      const std::string near = NearestName(key, *known);
      return BadAddress(text, "no such option: option=" + key +
                                  (near.empty() ? "" : "; did you mean " + near + "?"));
    }
  }
  return Status::OK();
}

}  // namespace

bool IsHubAddress(std::string_view text) { return text.starts_with(kScheme); }

Result<HubAddress> ParseHubAddress(std::string_view text) {
  if (!IsHubAddress(text)) return BadAddress(text, "it does not begin with hub://");
  if (text.size() > kHubAddressBytesMax) return BadAddress(text, "it is too long");
  std::string_view rest = text.substr(kScheme.size());
  if (rest.substr(0, rest.find('/')).find(':') != rest.npos) {
    // Somebody's user:token@host; it is not repeated.
    return WrongUsage(
        "an address of files on a Hub names no host, user or token; remedy: write "
        "hub://OWNER/NAME, with the host in HF_ENDPOINT or --hub and the token in HF_TOKEN");
  }
  HubAddress address;
  ARROW_ASSIGN_OR_RAISE(address.repo, ParseRepoId(TakeRepo(&rest)));
  if (TakeChar(&rest, '@')) {
    address.revision = TakeRevision(&rest);
    ARROW_RETURN_NOT_OK(CheckRevision(address.revision));
  }
  address.root = std::string(text.substr(0, text.size() - rest.size()));
  const bool has_path = TakeChar(&rest, '/');
  if (!has_path && TakeChar(&rest, '?')) {
    ARROW_RETURN_NOT_OK(ReadQuery(text, rest, &address));
    return address;
  }
  while (rest.ends_with('/')) rest.remove_suffix(1);
  if (!rest.empty()) ARROW_RETURN_NOT_OK(CheckRepoPath(rest));
  address.path = std::string(rest);
  return address;
}

std::string PrintHubAddress(const HubAddress& address) {
  const RepoId& repo = address.repo;
  const char* prefix = repo.type == RepoType::kModel   ? "models/"
                       : repo.type == RepoType::kSpace ? "spaces/"
                                                       : "datasets/";
  std::string out = Concat(kScheme, prefix, repo.full(), "@", EncodeUrl(address.revision));
  if (!address.path.empty()) return out + "/" + address.path;
  char before = '?';
  if (!address.config.empty()) {
    out += before + ("config=" + EncodeUrl(address.config));
    before = '&';
  }
  for (const std::string& split : address.splits) {
    out += before + ("split=" + EncodeUrl(split));
    before = '&';
  }
  return out;
}

}  // namespace hubmill
