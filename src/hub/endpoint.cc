#include "hub/endpoint.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "net/redact.h"
#include "net/url.h"

namespace hubmill {
namespace {

std::string Trimmed(std::string text) {
  const auto space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  text.erase(text.begin(), std::find_if_not(text.begin(), text.end(), space));
  text.erase(std::find_if_not(text.rbegin(), text.rend(), space).base(), text.end());
  return text;
}

Result<std::string> CheckedToken(const std::string& raw, const std::string& from) {
  const std::string token = Trimmed(raw);
  const bool good =
      token.size() <= kTokenBytesMax && std::all_of(token.begin(), token.end(), [](char c) {
        return c > ' ' && static_cast<unsigned char>(c) < 0x7F;
      });
  if (good) return token;
  return WrongUsage("this does not hold a token: from=", OneLine(from),
                    "; remedy: put the token alone there, on one line");
}

// The first token of a file; empty where there is no such file.
Result<std::string> TokenFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::string();
  std::string text;
  char c = 0;
  while (text.size() <= kTokenBytesMax + 2 && in.get(c)) text += c;
  return CheckedToken(text, path);
}

bool IsTrue(const std::optional<std::string>& value) {
  if (!value) return false;
  std::string text = *value;
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  });
  return text == "1" || text == "ON" || text == "YES" || text == "TRUE";
}

}  // namespace

EnvironmentLookup ProcessEnvironment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr || *value == 0) return std::nullopt;
    return std::string(value);
  };
}

Result<std::string> FindEndpoint(const std::string& option, const EnvironmentLookup& environment) {
  std::string endpoint = option;
  if (endpoint.empty()) endpoint = environment("HF_ENDPOINT").value_or(kPublicEndpoint);
  endpoint = Trimmed(endpoint);
  while (!endpoint.empty() && endpoint.back() == '/') endpoint.pop_back();
  if (OriginOf(endpoint).empty() || endpoint.find_first_of("?#") != std::string::npos) {
    return WrongUsage("not the URL of a Hub: hub=", OneLine(endpoint, 120),
                      "; remedy: give it as http://HOST:PORT or https://HOST");
  }
  return endpoint;
}

Result<std::string> FindToken(const EnvironmentLookup& environment) {
  if (IsTrue(environment("HF_HUB_DISABLE_IMPLICIT_TOKEN"))) return std::string();
  for (const char* name : {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}) {
    if (const auto value = environment(name)) {
      ARROW_ASSIGN_OR_RAISE(std::string token, CheckedToken(*value, name));
      if (!token.empty()) return token;
    }
  }
  if (const auto path = environment("HF_TOKEN_PATH")) return TokenFile(*path);
  if (const auto home = environment("HF_HOME")) return TokenFile(*home + "/token");
  if (const auto cache = environment("XDG_CACHE_HOME")) {
    return TokenFile(*cache + "/huggingface/token");
  }
  if (const auto home = environment("HOME")) return TokenFile(*home + "/.cache/huggingface/token");
  return std::string();
}

}  // namespace hubmill
