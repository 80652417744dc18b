#include "hub/local/path_rules.h"

#include <algorithm>

#include "base/ascii.h"

namespace hubmill::local_hub {
namespace {

constexpr size_t kRulesMax = 2'000;
constexpr int kMatchStepsMax = 200'000;  // Bounds what a hostile pattern can cost.

bool IsValidUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t more = lead < 0x80                   ? 0
                        : lead >= 0xC2 && lead < 0xE0 ? 1
                        : (lead & 0xF0) == 0xE0       ? 2
                        : lead >= 0xF0 && lead < 0xF5 ? 3
                                                      : 9;
    if (more == 9 || i + more >= text.size()) return false;
    for (size_t k = 1; k <= more; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return false;
    }
    i += more + 1;
  }
  return true;
}

// Matches `[...]` at the front of `pattern` against `c`; returns the bracket's length, 0 for none.
size_t MatchBracket(std::string_view pattern, char c, bool* matches) {
  size_t i = 1;
  const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) ++i;
  bool hit = false;
  for (const size_t first = i; i < pattern.size() && (pattern[i] != ']' || i == first); ++i) {
    char low = pattern[i], high = low;
    if (i + 2 < pattern.size() && pattern[i + 1] == '-' && pattern[i + 2] != ']') {
      high = pattern[i + 2];
      i += 2;
    }
    if (low <= c && c <= high) hit = true;
  }
  if (i >= pattern.size()) return 0;
  *matches = hit != negated;
  return i + 1;
}

// Wildmatch: `*` and `?` stop at slashes, `**` does not.
bool Match(std::string_view pattern, std::string_view text, int* steps) {
  while (!pattern.empty()) {
    if (++*steps > kMatchStepsMax) return false;
    if (pattern.front() == '*') {
      const bool deep = pattern.starts_with("**");
      if (pattern.starts_with("**/") && Match(pattern.substr(3), text, steps)) return true;
      const std::string_view rest = pattern.substr(deep ? 2 : 1);
      for (size_t i = 0;; ++i) {
        if (Match(rest, text.substr(i), steps)) return true;
        if (i >= text.size() || (!deep && text[i] == '/') || *steps > kMatchStepsMax) return false;
      }
    }
    if (text.empty()) return false;
    bool matches = pattern.front() == text.front() || (pattern.front() == '?' && text[0] != '/');
    size_t used = 1;
    if (pattern.front() == '[') {
      const size_t length = MatchBracket(pattern, text.front(), &matches);
      used = length == 0 ? 1 : length;
    } else if (pattern.front() == '\\' && pattern.size() > 1) {
      matches = pattern[1] == text.front();
      used = 2;
    }
    if (!matches) return false;
    pattern.remove_prefix(used);
    text.remove_prefix(1);
  }
  return text.empty();
}

bool RuleMatches(const IgnoreRule& rule, std::string_view path) {
  int steps = 0;
  if (rule.anchored) return Match(rule.pattern, path, &steps);
  return Match(rule.pattern, path.substr(path.rfind('/') + 1), &steps);
}

std::string_view NextLine(std::string_view* text) {
  std::string_view line = text->substr(0, text->find('\n'));
  text->remove_prefix(std::min(text->size(), line.size() + 1));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

IgnoreRule MakeRule(std::string_view pattern) {
  IgnoreRule rule;
  if (pattern.ends_with('/')) {
    rule.folders_only = true;
    pattern.remove_suffix(1);
  }
  rule.anchored = pattern.find('/') != std::string_view::npos;
  if (pattern.starts_with('/')) pattern.remove_prefix(1);
  rule.pattern = pattern;
  return rule;
}

}  // namespace

const char* PathProblem(std::string_view path) {
  if (path.empty()) return "a file needs a name";
  if (path.size() > kPathBytesMax) return "path too long (1,024 bytes at most)";
  if (path.front() == '/') return "path is absolute";
  if (!IsValidUtf8(path)) return "path is not UTF-8";
  for (const char c : path) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return "path with a control character";
    if (c == '\\') return "path with a backslash";
  }
  bool cache = false;
  while (true) {
    const size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (part.empty()) return "path with an empty part";
    if (part.size() > 255) return "a part of the path is too long (255 bytes at most)";
    if (part == "." || part == "..") return "path with a `.` or `..` part";
    const std::string lower = AsciiLowered(part);
    if (lower == ".git" || lower == "git~1") return "path inside .git";
    if (cache && lower == "huggingface") return "path inside .cache/huggingface";
    cache = lower == ".cache";
    if (slash == std::string_view::npos) return nullptr;
    path.remove_prefix(slash + 1);
  }
}

bool IsRepoWord(std::string_view word) {
  if (word.empty() || word.size() > 96 || word.front() == '.' || word.front() == '-' ||
      word.back() == '.' || word.back() == '-' || word.ends_with(".git") ||
      word.find("--") != std::string_view::npos || word.find("..") != std::string_view::npos) {
    return false;
  }
  return std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_' || c == '.';
  });
}

std::vector<IgnoreRule> ParseIgnore(std::string_view text) {
  std::vector<IgnoreRule> rules;
  while (!text.empty() && rules.size() < kRulesMax) {
    std::string_view line = NextLine(&text);
    while (line.ends_with(' ')) line.remove_suffix(1);
    if (line.empty() || line.front() == '#') continue;
    const bool negated = line.front() == '!';
    if (negated) line.remove_prefix(1);
    IgnoreRule rule = MakeRule(line);
    rule.negated = negated;
    if (!rule.pattern.empty()) rules.push_back(std::move(rule));
  }
  return rules;
}

bool IsIgnored(const std::vector<IgnoreRule>& rules, std::string_view path) {
  // A folder above that is ignored hides what lies in it, whatever later rules say.
  for (size_t slash = path.find('/');; slash = path.find('/', slash + 1)) {
    const bool is_folder = slash != std::string_view::npos;
    const std::string_view part = path.substr(0, slash);
    bool ignored = false;
    for (const IgnoreRule& rule : rules) {
      if (rule.folders_only && !is_folder) continue;
      if (RuleMatches(rule, part)) ignored = !rule.negated;
    }
    if (ignored || !is_folder) return ignored;
  }
}

std::vector<IgnoreRule> ParseLfsPatterns(std::string_view text) {
  std::vector<IgnoreRule> patterns;
  while (!text.empty() && patterns.size() < kRulesMax) {
    const std::string_view line = NextLine(&text);
    const size_t space = line.find_first_of(" \t");
    if (line.empty() || line.front() == '#' || space == std::string_view::npos) continue;
    if (line.find("filter=lfs", space) == std::string_view::npos) continue;
    patterns.push_back(MakeRule(line.substr(0, space)));
  }
  return patterns;
}

bool IsLfsPath(const std::vector<IgnoreRule>& patterns, std::string_view path) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [path](const IgnoreRule& rule) { return RuleMatches(rule, path); });
}

std::string DefaultGitAttributes() {
  constexpr std::string_view kPatterns[] = {
      "*.7z",       "*.arrow",  "*.avro",        "*.bin",
      "*.bz2",      "*.ckpt",   "*.ftz",         "*.gz",
      "*.h5",       "*.joblib", "*.lz4",         "*.mds",
      "*.mlmodel",  "*.model",  "*.msgpack",     "*.npy",
      "*.npz",      "*.onnx",   "*.ot",          "*.parquet",
      "*.pb",       "*.pickle", "*.pkl",         "*.pt",
      "*.pth",      "*.rar",    "*.safetensors", "saved_model/**/*",
      "*.tar.*",    "*.tar",    "*.tflite",      "*.tgz",
      "*.wasm",     "*.xz",     "*.zip",         "*.zst",
      "*tfevents*", "*.pcm",    "*.sam",         "*.raw",
      "*.aac",      "*.flac",   "*.mp3",         "*.ogg",
      "*.wav",      "*.bmp",    "*.gif",         "*.png",
      "*.tiff",     "*.jpg",    "*.jpeg",        "*.webp",
      "*.mp4",      "*.webm"};
  std::string text;
  for (const std::string_view pattern : kPatterns) {
    text += std::string(pattern) + " filter=lfs diff=lfs merge=lfs -text\n";
  }
  return text;
}

}  // namespace hubmill::local_hub
