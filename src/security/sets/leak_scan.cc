#include "security/sets/leak_scan.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/base64.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "security/sets/canary.h"
#include "text/pii.h"
#include "text/words.h"

namespace hubmill {
namespace {

using Json = nlohmann::json;

constexpr size_t kHashDigits = 16;
constexpr size_t kBase64Min = 128;              // Shorter runs carry no row.
constexpr uint64_t kBase = 0x9E3779B97F4A7C15;  // Odd: a word's place always counts.

bool IsHexDigit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

bool IsBase64(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' ||
         c == '/' || c == '=' || c == '-' || c == '_';
}

/// Runs of base64 within a line, of either alphabet: what stands before one, `key=`, `path/` or
/// `row-`, ends or lengthens a run of one of the two alone.
template <typename Decode>
void LookAtRuns(std::string_view line, const Decode& decode) {
  for (const std::string_view others : {"-_=", "+/="}) {
    size_t begin = 0;
    for (size_t i = 0; i <= line.size(); ++i) {
      if (i < line.size() && IsBase64(line[i]) && others.find(line[i]) == others.npos) continue;
      if (i - begin >= kBase64Min) decode(line.substr(begin, i - begin));
      begin = i + 1;
    }
  }
}

/// The hash of the window that ends before `end`.
uint64_t WindowHash(const std::vector<uint32_t>& words, size_t begin, size_t end) {
  uint64_t hash = 0;
  for (size_t i = begin; i < end; ++i) hash = hash * kBase + words[i] + 1;
  return hash;
}

/// `text` as a parser of JSON takes it: without a mark at its start, and broken bytes as blanks.
std::string Sanitized(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::string out(text);
  if (IsValidUtf8(text)) return out;
  for (char& c : out) {
    if (static_cast<unsigned char>(c) >= 0x80) c = ' ';
  }
  return out;
}

/// The first byte that is no blank, past a mark; 0 where there is none.
char FirstOf(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const size_t at = text.find_first_not_of(" \t\r\n");
  return at == text.npos ? '\0' : text[at];
}

}  // namespace

bool PrivateRows::AddLine(std::string_view line) {
  const Json json = Json::parse(Sanitized(line), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("question") || !json["question"].is_string())
    return false;
  std::vector<uint32_t> words;
  HashWords(json["question"].get_ref<const std::string&>(), &words);
  if (words.empty()) return false;
  const size_t size = std::min(words.size(), kWindowWords);
  const size_t begin = (words.size() - size) / 2;
  windows_[size].insert(WindowHash(words, begin, begin + size));
  const auto meta = json.find("meta");
  if (meta != json.end() && meta->is_object() && meta->contains("hash") &&
      (*meta)["hash"].is_string()) {
    const auto& hash = (*meta)["hash"].get_ref<const std::string&>();
    if (hash.size() == kHashDigits) hashes_.insert(Xxh3Hash64(hash));
  }
  ++rows_;
  return true;
}

bool PrivateRows::HasQuestion(const std::vector<uint32_t>& words) const {
  for (const auto& [size, hashes] : windows_) {
    if (words.size() < size || (size < kWindowWordsMin && words.size() != size)) continue;
    uint64_t oldest = 1;
    for (size_t i = 0; i < size; ++i) oldest *= kBase;
    uint64_t hash = WindowHash(words, 0, size);
    for (size_t end = size;; ++end) {
      if (hashes.contains(hash)) return true;
      if (end == words.size()) break;
      hash = hash * kBase + words[end] + 1 - oldest * (words[end - size] + uint64_t{1});
    }
  }
  return false;
}

bool PrivateRows::HasHash(std::string_view text) const {
  return hashes_.contains(Xxh3Hash64(text));
}

const char* NameOf(Leak leak) {
  switch (leak) {
    case Leak::kQuestion:
      return "a row of a private set";
    case Leak::kHash:
      return "the hash of a row of a private set";
    case Leak::kCanary:
      return "the canary of a private set";
    case Leak::kSecret:
      return "a text that reads like a credential";
  }
  return "";
}

void LeakScan::Look(std::string_view text, int depth) {
  LookAtPlain(text);
  if (depth >= kLeakDepthMax) return;
  const char first = FirstOf(text);
  if (first == '{' || first == '[' || first == '"') LookAtJson(text, depth);
  LookAtBase64(text, depth);
}

void LeakScan::LookAtPlain(std::string_view text) {
  ++texts_;
  words_.clear();
  if (rows_->size() > 0) HashWords(text, &words_);
  if (rows_->HasQuestion(words_)) ++found_[Leak::kQuestion];
  if (rows_->size() > 0 && HoldsHash(text)) ++found_[Leak::kHash];
  if (text.find(kCanaryPrefix) != text.npos) ++found_[Leak::kCanary];
  std::vector<PiiHit> hits;
  ScanPii(text, PiiKindsOf(PiiKind::kSecret), &hits);
  if (!hits.empty()) ++found_[Leak::kSecret];
}

/// A run of exactly 16 hexadecimal digits that is the hash of a private row.
bool LeakScan::HoldsHash(std::string_view text) const {
  size_t begin = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && IsHexDigit(text[i])) continue;
    if (i - begin == kHashDigits && rows_->HasHash(text.substr(begin, kHashDigits))) return true;
    begin = i + 1;
  }
  return false;
}

/// Every text in the JSON, however deep, names of members too.
void LeakScan::LookAtJson(std::string_view text, int depth) {
  const Json json = Json::parse(Sanitized(text), nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return;
  std::vector<const Json*> open = {&json};
  while (!open.empty()) {
    const Json& value = *open.back();
    open.pop_back();
    if (value.is_string()) Look(value.get_ref<const std::string&>(), depth + 1);
    if (value.is_object()) {
      eval_rows_ |= IsEvalSchema([&value](const char* name) { return value.contains(name); });
      for (const auto& item : value.items()) {
        Look(item.key(), kLeakDepthMax);
        open.push_back(&item.value());
      }
    }
    if (value.is_array()) {
      for (const Json& item : value) open.push_back(&item);
    }
  }
}

/// Runs of it, also those that were cut into lines of one length, as mail and `base64` do.
void LeakScan::LookAtBase64(std::string_view text, int depth) {
  // Padding is not needed; up to three characters before the text may look like a part of it.
  const auto decode = [this, depth](std::string_view text_run) {
    std::string run(text_run);
    for (char& c : run) c = c == '-' ? '+' : c == '_' ? '/' : c;
    while (!run.empty() && run.back() == '=') run.pop_back();
    for (size_t skipped = 0; skipped < 4 && run.size() >= kBase64Min + skipped; ++skipped) {
      std::string rest = run.substr(skipped);
      if (rest.size() % 4 == 1) rest.pop_back();
      rest.append((4 - rest.size() % 4) % 4, '=');
      const auto bytes = DecodeBase64(rest);
      if (!bytes || !IsValidUtf8(*bytes)) continue;
      Look(*bytes, depth + 1);
      return true;
    }
    return false;
  };
  std::vector<std::string_view> block;  // Lines that are nothing else, of one width but the last.
  const auto decode_block = [&] {
    std::string joined;
    for (const std::string_view line : block) joined += line;
    if (!decode(joined)) {
      for (const std::string_view line : block) {  // Each one a text, or with something before it.
        if (block.size() == 1 || !decode(line)) LookAtRuns(line, decode);
      }
    }
    block.clear();
  };
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = text.substr(begin, end - begin);
    begin = end + 1;
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
    const size_t padding = line.size() - std::min(line.size(), line.find_last_not_of('=') + 1);
    const std::string_view digits = line.substr(0, line.size() - padding);
    const bool whole = !digits.empty() && digits.find('=') == digits.npos &&
                       std::all_of(digits.begin(), digits.end(), IsBase64);
    if (!whole || (!block.empty() && line.size() > block[0].size())) decode_block();
    if (!whole) {
      LookAtRuns(line, decode);
      continue;
    }
    block.push_back(line);
    if (padding > 0 || line.size() < block[0].size()) decode_block();
  }
  decode_block();
}

}  // namespace hubmill
