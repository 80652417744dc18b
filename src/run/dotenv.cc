// The line format is the part of it that all readers of `.env` agree on; nothing is expanded, so a
// password with a dollar sign stays what it is.
#include "run/dotenv.h"

#include <cctype>
#include <filesystem>
#include <fstream>

namespace hubmill {
namespace {

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) {
    text.remove_suffix(1);
  }
  return text;
}

bool IsName(std::string_view name) {
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0])) != 0) return false;
  for (const char c : name) {
    if (c != '_' && std::isalnum(static_cast<unsigned char>(c)) == 0) return false;
  }
  return true;
}

// The value after `=`; false where a quote is not closed or something follows it.
bool ReadQuoted(std::string_view text, std::string* value) {
  const char quote = text[0];
  size_t at = 1;
  for (; at < text.size() && text[at] != quote; ++at) {
    if (quote == '"' && text[at] == '\\' && at + 1 < text.size()) {
      ++at;
      value->push_back(text[at] == 'n' ? '\n' : text[at]);
    } else {
      value->push_back(text[at]);
    }
  }
  if (at >= text.size()) return false;
  const std::string_view rest = Trimmed(text.substr(at + 1));
  return rest.empty() || rest[0] == '#';
}

bool ReadLine(std::string_view line, std::string* name, std::string* value) {
  if (line.substr(0, 7) == "export ") line = Trimmed(line.substr(7));
  const size_t equals = line.find('=');
  if (equals == std::string_view::npos) return false;
  *name = Trimmed(line.substr(0, equals));
  if (!IsName(*name)) return false;
  const std::string_view rest = Trimmed(line.substr(equals + 1));
  value->clear();
  if (!rest.empty() && (rest[0] == '"' || rest[0] == '\'')) return ReadQuoted(rest, value);
  *value = Trimmed(rest.substr(0, rest.find(" #")));
  return true;
}

}  // namespace

Result<DotenvPairs> ParseDotenv(std::string_view text, const std::string& file) {
  DotenvPairs pairs;
  int line_number = 0;
  while (!text.empty()) {
    ++line_number;
    const size_t end = text.find('\n');
    const std::string_view line = Trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line[0] == '#') continue;
    std::string name, value;
    if (!ReadLine(line, &name, &value) || value.find('\0') != std::string::npos) {
      return WrongUsage("not a NAME=VALUE line: file=", file, " line=", line_number,
                        "; remedy: write NAME=VALUE, quotes closed, or # for a comment");
    }
    std::erase_if(pairs, [&](const auto& pair) { return pair.first == name; });
    pairs.emplace_back(std::move(name), std::move(value));
  }
  return pairs;
}

Result<DotenvPairs> FindDotenv(const std::string& folder) {
  std::error_code error;
  std::filesystem::path at = std::filesystem::absolute(folder, error).lexically_normal();
  for (int depth = 0; depth < kDotenvFoldersMax && !error; ++depth) {
    const std::filesystem::path file = at / ".env";
    if (std::filesystem::is_regular_file(file, error)) {
      std::ifstream in(file, std::ios::binary);
      std::string text(kDotenvBytesMax + 1, '\0');
      in.read(text.data(), static_cast<std::streamsize>(text.size()));
      if (in.bad() || !in.eof()) {
        return WrongUsage("cannot read the settings file: file=", file.string(),
                          " bytes_max=", kDotenvBytesMax, "; remedy: check its size and rights");
      }
      text.resize(static_cast<size_t>(in.gcount()));
      return ParseDotenv(text, file.string());
    }
    error.clear();
    if (!at.has_parent_path() || at.parent_path() == at) break;
    at = at.parent_path();
  }
  return DotenvPairs{};
}

}  // namespace hubmill
