#include "security/tools/tool_cache.h"

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/hash.h"
#include "core/failure.h"
#include "security/tools/tool_adapter.h"

namespace hubmill {
namespace {

using Json = nlohmann::json;

constexpr char kFormat[] = "2";  // Counts up when what is kept, or taken for an answer, changes.
constexpr size_t kHashDigits = 64;

}  // namespace

std::string ToolCache::KeyOf(std::string_view text, ToolId id, std::string_view version,
                             std::string_view rules_hash, ConfigLang lang) {
  return Sha256Hex(Concat(kFormat, "\n", FactsOf(id).name, "\n", version.size(), ":", version, "\n",
                          rules_hash, "\n", NameOf(lang), "\n", text));
}

std::string ToolCache::PathOf(const std::string& key) const {
  return folder_ + "/" + key.substr(0, 2) + "/" + key;
}

std::optional<TextAnswer> ToolCache::Find(const std::string& key) const {
  if (folder_.empty()) return std::nullopt;
  std::ifstream file(PathOf(key), std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  const std::string all = bytes.str();
  if (all.size() <= kHashDigits || Sha256Hex(std::string_view(all).substr(kHashDigits)) !=
                                       std::string_view(all).substr(0, kHashDigits)) {
    return std::nullopt;
  }
  const Json kept = Json::parse(all.begin() + kHashDigits, all.end(), nullptr, false);
  TextAnswer answer;
  try {
    answer.failure = kept.at("failure").get<std::string>();
    for (const Json& one : kept.at("findings")) {
      answer.findings.push_back({.rule_id = one.at(0).get<std::string>(),
                                 .raw_severity = one.at(1).get<std::string>(),
                                 .msg = one.at(2).get<std::string>(),
                                 .object = one.at(3).get<std::string>(),
                                 .line = one.at(4).get<int64_t>()});
    }
  } catch (const Json::exception&) {
    return std::nullopt;
  }
  return answer;
}

void ToolCache::Keep(const std::string& key, const TextAnswer& answer) const {
  if (folder_.empty()) return;
  Json kept{{"failure", answer.failure}, {"findings", Json::array()}};
  for (const TextFinding& finding : answer.findings) {
    kept["findings"].push_back(Json::array(
        {finding.rule_id, finding.raw_severity, finding.msg, finding.object, finding.line}));
  }
  const std::string text = kept.dump();
  static std::atomic<int> number{0};
  const std::string scratch = Concat(PathOf(key), ".", getpid(), ".", number++);
  std::error_code error;
  if (WriteToolFile(scratch, Sha256Hex(text) + text).ok()) {
    std::filesystem::rename(scratch, PathOf(key), error);
  }
  if (error) std::filesystem::remove(scratch, error);
}

}  // namespace hubmill
