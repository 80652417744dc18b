#include "signals/bundle_info.h"

#include <arrow/api.h>
#include <time.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

namespace hubmill {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr size_t kGitFileBytesMax = 16 << 20;

/// The index that JavaScript sees in a key, which it puts before all other keys; nothing where the
/// key is none.
std::optional<uint32_t> IndexOf(const std::string& key) {
  if (key.empty() || key.size() > 10 || (key[0] == '0' && key.size() > 1)) return std::nullopt;
  uint64_t index = 0;
  for (const char c : key) {
    if (c < '0' || c > '9') return std::nullopt;
    index = index * 10 + uint64_t(c - '0');
  }
  return index < UINT32_MAX ? std::optional<uint32_t>(uint32_t(index)) : std::nullopt;
}

using Named = std::vector<std::pair<std::string, int64_t>>;

Json CountsOf(Named counts) {
  std::stable_sort(counts.begin(), counts.end(), [](const auto& a, const auto& b) {
    const auto first = IndexOf(a.first), second = IndexOf(b.first);
    if (!first || !second) return first.has_value() && !second.has_value();
    return *first < *second;
  });
  Json out = Json::object();
  for (const auto& [name, rows] : counts) out[name] = rows;
  return out;
}

Named Sum(const std::vector<SignalsCell>& cells, std::string SignalsCell::*member) {
  Named counts;
  for (const SignalsCell& cell : cells) {
    const auto found = std::find_if(counts.begin(), counts.end(),
                                    [&](const auto& count) { return count.first == cell.*member; });
    if (found == counts.end()) {
      counts.emplace_back(cell.*member, cell.rows);
    } else {
      found->second += cell.rows;
    }
  }
  return counts;
}

std::string ReadLine(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string line;
  std::getline(in, line);
  return line.size() > 4096 ? "" : line;
}

bool IsCommit(const std::string& text) {
  return text.size() == 40 && text.find_first_not_of("0123456789abcdef") == text.npos;
}

std::string PackedRef(const fs::path& file, const std::string& ref) {
  std::error_code error;
  if (fs::file_size(file, error) > kGitFileBytesMax || error) return "";
  std::ifstream in(file, std::ios::binary);
  for (std::string line; std::getline(in, line);) {
    if (line.size() > 41 && line.substr(41) == ref) return line.substr(0, 40);
  }
  return "";
}

std::shared_ptr<arrow::DataType> TypeOf(const SignalsSchema& schema,
                                        const SignalsFeature& feature) {
  if (feature.type == FeatureType::kEnum) return arrow::utf8();
  return feature.whole() && schema.enforce ? arrow::int64() : arrow::float64();
}

}  // namespace

std::string RenderBundleInfo(const SignalsSchema& schema, const BundleInfo& info) {
  std::vector<std::string> sorted = schema.Keys();
  std::sort(sorted.begin(), sorted.end());
  Json out{{"generated_at", info.generated_at},
           {"schema_version", schema.version},
           {"schema_hash", SchemaHash(schema.version, schema.Keys())},
           {"feature_keys", sorted},
           {"total_rows", info.rows},
           {"by_source", CountsOf(Sum(info.cells, &SignalsCell::source))},
           {"by_industry", CountsOf(Sum(info.cells, &SignalsCell::industry))}};
  if (!info.splits.empty()) {
    Named splits;
    for (const SignalsSplit& split : info.splits) {
      splits.emplace_back(info.slugs ? split.slug : split.name, split.rows);
    }
    out["splits"] = CountsOf(std::move(splits));
  }
  if (!info.git_sha.empty()) out["git_sha"] = info.git_sha;
  return out.dump(2) + "\n";
}

std::string GitHead(const std::string& folder) {
  std::error_code error;
  fs::path at = fs::weakly_canonical(fs::absolute(folder, error), error);
  for (;; at = at.parent_path()) {
    if (fs::exists(at / ".git", error)) break;
    if (at == at.root_path() || at.empty()) return "";
  }
  fs::path git = at / ".git";
  if (fs::is_regular_file(git, error)) {  // A work tree or a submodule names its folder.
    const std::string line = ReadLine(git);
    if (!line.starts_with("gitdir: ")) return "";
    git = at / line.substr(8);
  }
  const std::string head = ReadLine(git / "HEAD");
  if (IsCommit(head)) return head;
  if (!head.starts_with("ref: refs/") || head.find("..") != head.npos) return "";
  const std::string ref = head.substr(5);
  const std::string common = ReadLine(git / "commondir");
  const fs::path shared = common.empty() ? git : git / common;
  std::string commit = ReadLine(shared / ref);
  if (!IsCommit(commit)) commit = PackedRef(shared / "packed-refs", ref);
  return IsCommit(commit) ? commit : "";
}

std::shared_ptr<arrow::Schema> ColumnsOf(const SignalsSchema& schema) {
  arrow::FieldVector features;
  for (const SignalsFeature& feature : schema.features) {
    features.push_back(arrow::field(feature.key, TypeOf(schema, feature)));
  }
  const auto text = [](const char* name) { return arrow::field(name, arrow::utf8()); };
  const auto flag = [](const char* name) { return arrow::field(name, arrow::boolean()); };
  const auto keys = schema.pressure_list ? arrow::list(arrow::utf8()) : arrow::utf8();
  arrow::FieldVector columns = {text("example_id"),   text("created_at"),     text("source"),
                                text("industry_key"), text("schema_version"), text("schema_hash")};
  if (schema.Find("window_rule") >= 0) columns.push_back(text("window_rule"));
  columns.push_back(arrow::field("features", arrow::struct_(features)));
  columns.push_back(arrow::field(
      "targets", arrow::struct_({arrow::field("pressure_keys", keys), text("boundary_class")})));
  columns.push_back(arrow::field(
      "labels",
      arrow::struct_({arrow::field("reviewer_score", arrow::int64()), text("client_feedback"),
                      flag("mapping_was_wrong"), flag("outcome_next_step_chosen")})));
  return arrow::schema(columns);
}

}  // namespace hubmill
