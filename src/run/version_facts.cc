#include "run/version_facts.h"

#include <array>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

#include "core/options.h"
#include "hub/card_features.h"
#include "hub/front_matter.h"

namespace hubmill {
namespace {

using Json = nlohmann::ordered_json;

/// Of the Hub's data cards, by the number of rows below which they end.
constexpr std::array<std::pair<int64_t, const char*>, 9> kSizeCategories = {
    {{1'000, "n<1K"},
     {10'000, "1K<n<10K"},
     {100'000, "10K<n<100K"},
     {1'000'000, "100K<n<1M"},
     {10'000'000, "1M<n<10M"},
     {100'000'000, "10M<n<100M"},
     {1'000'000'000, "100M<n<1B"},
     {10'000'000'000, "1B<n<10B"},
     {INT64_MAX, "n>10B"}}};

const char* SizeCategory(int64_t rows) {
  size_t i = 0;
  while (rows >= kSizeCategories[i].first) ++i;
  return kSizeCategories[i].second;
}

Json SplitRows(const OutputContents& contents) {
  Json splits = Json::object();
  for (const CardConfig& config : contents.card.configs) {
    for (const CardSplit& split : config.splits) {
      splits[split.name] = splits.value(split.name, int64_t{0}) + split.rows;
    }
  }
  return splits;
}

Json Checksums(const OutputContents& contents) {
  Json sums = Json::object();
  for (const PublishFile& file : contents.files) {
    if (!file.path.starts_with(".hubmill/")) sums[file.path] = file.sha256;
  }
  return sums;
}

/// As one cell of a table of Markdown says it.
std::string InCell(const std::string& text) {
  std::string cell;
  for (const char c : text) {
    if (c == '|' || c == '\\') cell += '\\';
    cell += c == '\n' || c == '\r' ? ' ' : c;
  }
  return cell;
}

std::string LabelTable(const OutputContents& contents) {
  std::string table = "| Label | ID |\n|---|---|\n";
  for (const CardConfig& config : contents.card.configs) {
    for (const CardFeature& feature : config.features) {
      for (size_t id = 0; id < feature.labels.size(); ++id) {
        table += Concat("| ", InCell(feature.labels[id]), " | ", id, " |\n");
      }
    }
  }
  table.pop_back();  // The text goes on with a line end of its own.
  return table;
}

/// The fact of this name; null where there is none.
Json FactOf(std::string_view name, const VersionFacts& facts) {
  if (name == "repo") return facts.repo;
  if (name == "owner") return facts.repo.substr(0, facts.repo.find('/'));
  if (name == "tag") return facts.tag;
  if (name == "message") return facts.message;
  if (name == "time") return ExpandTime("%Y%m%d_%H%M%S", facts.unix_micros);
  if (name == "created_at") {
    char micros[16];
    std::snprintf(micros, sizeof micros, ".%06d+00:00", int(facts.unix_micros % 1'000'000));
    return ExpandTime("%Y-%m-%dT%H:%M:%S", facts.unix_micros) + micros;
  }
  if (name == "rows") return facts.contents->rows;
  if (name == "splits") return SplitRows(*facts.contents);
  if (name == "sha256") return Checksums(*facts.contents);
  if (name == "labels") return LabelTable(*facts.contents);
  if (name == "size_category") return SizeCategory(facts.contents->rows);
  if (name.starts_with("rows.")) {
    const Json splits = SplitRows(*facts.contents);
    const auto found = splits.find(std::string(name.substr(5)));
    if (found != splits.end()) return *found;
  }
  return nullptr;
}

Json MetadataOf(const Setting& setting, const VersionFacts& facts) {
  if (setting.kind == Setting::Kind::kMap) {
    Json out = Json::object();
    for (const auto& [key, value] : setting.entries) out[key] = MetadataOf(value, facts);
    return out;
  }
  if (setting.kind == Setting::Kind::kList) {
    Json out = Json::array();
    for (const Setting& item : setting.items) out.push_back(MetadataOf(item, facts));
    return out;
  }
  const std::string& text = setting.scalar;
  if (text.starts_with("${") && text.find('}') + 1 == text.size()) {
    Json fact = FactOf(std::string_view(text).substr(2, text.size() - 3), facts);
    if (!fact.is_null()) return fact;
  }
  Setting expanded = setting;
  expanded.scalar = ExpandFacts(text, facts);
  return Json::parse(ToJsonText(expanded));
}

Setting Expanded(Setting setting, const VersionFacts& facts) {
  for (Setting& item : setting.items) item = Expanded(std::move(item), facts);
  for (auto& entry : setting.entries) entry.second = Expanded(std::move(entry.second), facts);
  setting.scalar = ExpandFacts(setting.scalar, facts);
  return setting;
}

/// `readme` with the size category that is true of `rows`, where its front matter states one of the
/// Hub's.
std::string WithSizeCategory(std::string readme, int64_t rows) {
  const std::string key = "\nsize_categories:\n- ";
  const size_t end = readme.find("\n---");
  const size_t at = readme.find(key);
  if (at == readme.npos || at > end) return readme;
  const size_t begin = at + key.size();
  const size_t size = readme.find('\n', begin) - begin;
  const std::string stated = readme.substr(begin, size);
  for (const auto& [below, category] : kSizeCategories) {
    if (stated == category) return readme.replace(begin, size, SizeCategory(rows));
  }
  return readme;
}

/// Texts are quoted where YAML would read something else: they may come from the environment.
std::string FrontMatterText(const Setting& value) {
  const std::string plain = ToYamlText(value);
  if (value.kind != Setting::Kind::kScalar || value.secret) return plain;
  const auto read = ParseYaml("{k: " + plain + "}", "front matter");
  const bool itself = read.ok() && read->entries.size() == 1 &&
                      read->entries[0].second.kind == Setting::Kind::kScalar &&
                      read->entries[0].second.scalar == plain;
  return itself ? plain : YamlScalar(plain);
}

/// A key of the front matter as WithFrontMatter() wrote it, with the line end before and after it.
std::string KeyLine(const std::string& key, const Setting& value) {
  return Concat("\n", key, ": ", FrontMatterText(value), "\n");
}

}  // namespace

std::string ExpandTime(std::string_view pattern, int64_t unix_micros) {
  const auto seconds = std::time_t(unix_micros / 1'000'000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::string out;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char field[] = {'%', i + 1 < pattern.size() ? pattern[i + 1] : '\0', '\0'};
    if (pattern[i] != '%' || std::string_view("YmdHMS").find(field[1]) == std::string_view::npos) {
      out += pattern[i];
      continue;
    }
    char digits[16];
    out.append(digits, std::strftime(digits, sizeof digits, field, &utc));
    ++i;
  }
  return out;
}

std::string ExpandFacts(std::string_view text, const VersionFacts& facts) {
  std::string out;
  while (true) {
    const size_t open = text.find("${");
    const size_t close = open == text.npos ? text.npos : text.find('}', open);
    if (close == text.npos) return out.append(text);
    const Json fact = FactOf(text.substr(open + 2, close - open - 2), facts);
    out.append(text.substr(0, open));
    if (fact.is_null()) {
      out.append(text.substr(open, close + 1 - open));
    } else {
      out += fact.is_string() ? fact.get<std::string>() : fact.dump();
    }
    text.remove_prefix(close + 1);
  }
}

std::string RenderMetadata(const Setting& metadata, const VersionFacts& facts) {
  return MetadataOf(metadata, facts).dump(4, ' ', true, Json::error_handler_t::replace);
}

std::string WithFrontMatter(const std::string& readme, const Setting& more,
                            const VersionFacts& facts) {
  constexpr std::string_view kFence = "---\n";
  if (more.kind != Setting::Kind::kMap || !readme.starts_with(kFence)) return readme;
  std::string out(kFence);
  for (const auto& [key, value] : more.entries) {
    const Setting expanded = Expanded(value, facts);
    if (expanded.kind != Setting::Kind::kList) {
      out += Concat(key, ": ", FrontMatterText(expanded), "\n");
      continue;
    }
    out += key + ":\n";
    for (const Setting& item : expanded.items) out += Concat("- ", FrontMatterText(item), "\n");
  }
  return out + readme.substr(kFence.size());
}

std::string WithOurKeys(std::string readme, const Setting& more, const std::string& earlier,
                        const VersionFacts& facts) {
  if (more.kind != Setting::Kind::kMap) return readme;
  if (more.Find("size_categories") != nullptr) {
    readme = WithSizeCategory(std::move(readme), facts.contents->rows);
  }
  const Json metadata = Json::parse(earlier, nullptr, /*allow_exceptions=*/false);
  for (const auto& [key, value] : more.entries) {
    const bool told = metadata.is_object() && metadata.contains(key) && metadata[key].is_string();
    if (!told || value.kind != Setting::Kind::kScalar) continue;
    Setting before = value;
    before.scalar = metadata[key].get<std::string>();
    const std::string line = KeyLine(key, before);
    const size_t at = readme.find(line);
    if (at == readme.npos || at > readme.find("\n---")) continue;
    readme.replace(at, line.size(), KeyLine(key, Expanded(value, facts)));
  }
  return readme;
}

Result<std::string> WithSetKeys(const std::string& readme, const Setting& keys,
                                const VersionFacts& facts) {
  if (keys.kind != Setting::Kind::kMap || keys.entries.empty()) return readme;
  std::vector<std::pair<std::string, std::string>> texts;
  for (const auto& [key, value] : keys.entries) {
    texts.emplace_back(key, FrontMatterText(Expanded(value, facts)));
  }
  return SetCardKeys(readme, texts);
}

std::string TagInMetadata(const Setting& metadata, const std::string& json) {
  const Json earlier = Json::parse(json, nullptr, false);
  if (metadata.kind != Setting::Kind::kMap || !earlier.is_object()) return "";
  for (const auto& [key, value] : metadata.entries) {
    if (value.scalar != "${tag}") continue;
    const auto found = earlier.find(key);
    if (found != earlier.end() && found->is_string()) return found->get<std::string>();
  }
  return "";
}

}  // namespace hubmill
