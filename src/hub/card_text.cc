// One change at a time: read the front matter, find the lines that the change is about, replace
// these, read the result, and believe it only when it says what it should and nothing else moved.
#include "hub/card_text.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>

#include "hub/card_features.h"
#include "hub/card_lines.h"
#include "hub/front_matter.h"
#include "net/redact.h"

namespace hubmill {
namespace {

YAML::Node MemberOf(const YAML::Node& map, const char* key) {
  return map.IsMap() ? map[key] : YAML::Node(YAML::NodeType::Undefined);
}

std::string ConfigNameOf(CardReader& reader, const YAML::Node& item) {
  const std::string name = item.IsMap() ? reader.Text(item["config_name"]) : "";
  return name.empty() ? "default" : name;
}

CardConfig& ConfigOf(Card* card, const std::string& name) {
  for (CardConfig& config : card->configs) {
    if (config.name == name) return config;
  }
  card->configs.push_back({.name = name});
  return card->configs.back();
}

CardSplit& SplitOf(CardConfig* config, const std::string& name) {
  for (CardSplit& split : config->splits) {
    if (split.name == name) return split;
  }
  config->splits.push_back({.name = name});
  return config->splits.back();
}

void ReadInfo(CardReader& reader, const YAML::Node& item, Card* card) {
  if (!item.IsMap()) return;
  CardConfig& config = ConfigOf(card, ConfigNameOf(reader, item));
  config.features = reader.Features(item["features"]);
  for (const CardSplit& split : reader.Splits(item["splits"])) {
    CardSplit& known = SplitOf(&config, split.name);
    known.bytes = split.bytes;
    known.rows = split.rows;
  }
  config.download_bytes = reader.Int(item["download_size"], -1);
}

Card ReadCard(const YAML::Node& root) {
  Card card;
  CardReader reader;
  if (const YAML::Node configs = MemberOf(root, "configs"); configs.IsDefined()) {
    for (const YAML::Node& item : configs) {
      if (!item.IsMap()) continue;
      CardConfig& config = ConfigOf(&card, ConfigNameOf(reader, item));
      config.listed = true;
      config.is_default = reader.Text(item["default"]) == "true";
      config.data_dir = reader.Text(item["data_dir"]);
      for (const CardSplit& split : reader.DataFiles(item["data_files"])) {
        SplitOf(&config, split.name).paths = split.paths;
      }
    }
  }
  if (const YAML::Node info = MemberOf(root, "dataset_info"); info.IsDefined()) {
    if (info.IsMap()) ReadInfo(reader, info, &card);
    if (info.IsSequence()) {
      for (const YAML::Node& item : info) ReadInfo(reader, item, &card);
    }
  }
  return card;
}

/// Readers refuse a data set with two, whichever config they are asked for.
Status CheckDefaults(const Card& card) {
  std::vector<std::string> names;
  for (const CardConfig& config : card.configs) {
    if (config.is_default) names.push_back(OneLine(config.name, 80));
  }
  if (names.size() < 2) return Status::OK();
  return DataRefused("only one config of README.md may say `default: true`: config=", names[0],
                     " config=", names[1], "; remedy: remove it from one of them");
}

std::string Spaces(size_t count) { return std::string(count, ' '); }

// `config` sets what one config says; a null one removes `name`.
class CardChange {
 public:
  CardChange(CardLines* lines, const std::string& name, const CardConfig* config, bool anew)
      : lines_(*lines), name_(name), config_(config), anew_(anew) {}

  Status Make(const YAML::Node& root);

 private:
  Status EditKey(const std::vector<MapEntry>& root, const char* key, bool info);
  Status EditList(const MapEntry& entry, bool info);
  Status EditLoneInfo(const MapEntry& entry);
  Status EditItem(const ListItem& item, bool info);
  Status EditDataFiles(const std::vector<MapEntry>& entries, size_t end);
  Status EditInfo(const std::vector<MapEntry>& entries, size_t end);
  Status EditSplits(const MapEntry* entry, bool info, std::vector<CardSplit>* merged, bool* whole);
  void SetKey(const std::vector<MapEntry>& entries, size_t end, const std::string& key,
              const std::string& text);
  std::string RenderItem(bool info, size_t indent) const;
  std::string RenderList(const std::vector<CardSplit>& splits, bool info, size_t indent) const;

  CardLines& lines_;
  CardReader reader_;
  const std::string& name_;
  const CardConfig* config_;
  bool anew_;  // Nothing of the old config stays.
};

const MapEntry* EntryOf(const std::vector<MapEntry>& entries, std::string_view key) {
  for (const MapEntry& entry : entries) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

std::string CardChange::RenderList(const std::vector<CardSplit>& splits, bool info,
                                   size_t indent) const {
  std::string out = info ? "splits:\n" : "data_files:\n";
  for (const CardSplit& split : splits) {
    out += info ? RenderSplit(split, indent) : RenderDataFiles(split, indent);
  }
  return out;
}

std::string CardChange::RenderItem(bool info, size_t indent) const {
  const std::string inner = Spaces(indent + 2);
  std::string out = Spaces(indent) + "- config_name: " + YamlScalar(name_) + "\n";
  if (!info) {
    if (config_->is_default) out += inner + "default: true\n";
    return out + inner + RenderList(config_->splits, false, indent + 2);
  }
  if (!config_->features.empty()) {
    out += inner + "features:\n" + RenderFeatures(config_->features, indent + 2);
  }
  if (config_->info == CardInfo::kFeatures) return out;
  out += inner + RenderList(config_->splits, true, indent + 2);
  int64_t bytes = 0;
  for (const CardSplit& split : config_->splits) bytes += split.bytes;
  if (config_->download_bytes >= 0) {
    out += Concat(inner, "download_size: ", config_->download_bytes, "\n");
  }
  return out + Concat(inner, "dataset_size: ", bytes, "\n");
}

void CardChange::SetKey(const std::vector<MapEntry>& entries, size_t end, const std::string& key,
                        const std::string& text) {
  const size_t column = entries.at(0).column;
  const MapEntry* entry = EntryOf(entries, key);
  if (entry == nullptr) {
    lines_.Replace({end, end}, Spaces(column) + text);
  } else {  // What stands before the key, a dash maybe, stays.
    lines_.Replace(entry->lines, lines_.line(entry->lines.first).substr(0, column) + text);
  }
}

// Edits the splits of a list of mappings item by item.  `whole` becomes true where the list is
// written otherwise, so that the caller sets all of it to `merged`.
Status CardChange::EditSplits(const MapEntry* entry, bool info, std::vector<CardSplit>* merged,
                              bool* whole) {
  *whole = true;
  if (entry == nullptr) {
    *merged = config_->splits;
    return Status::OK();
  }
  const YAML::Node& list = entry->value;
  std::vector<CardSplit> old = info ? reader_.Splits(list) : reader_.DataFiles(list);
  const auto same = [info](const CardSplit& a, const CardSplit& b) {
    return info ? a.bytes == b.bytes && a.rows == b.rows : a.paths == b.paths;
  };
  const bool block = list.IsSequence() && list.size() > 0 && old.size() == list.size() &&
                     list.Style() != YAML::EmitterStyle::Flow && list[0].IsMap();
  std::vector<ListItem> items;
  if (block) {
    ARROW_ASSIGN_OR_RAISE(items, lines_.Items(list, entry->lines.end));
  }
  *whole = !block;
  bool changed = false;
  *merged = old;
  for (const CardSplit& split : config_->splits) {
    const auto found = std::find_if(merged->begin(), merged->end(), [&](const CardSplit& known) {
      return known.name == split.name;
    });
    const auto index = static_cast<size_t>(found - merged->begin());
    if (found != merged->end() && same(*found, split)) continue;
    changed = true;
    if (found != merged->end()) {
      *found = split;
    } else {
      merged->push_back(split);
    }
    if (!block) continue;
    const size_t last = items.back().lines.end;
    const LineRange range = index < items.size() ? items[index].lines : LineRange{last, last};
    const size_t indent = items[0].column;
    lines_.Replace(range, info ? RenderSplit(split, indent) : RenderDataFiles(split, indent));
  }
  *whole = *whole && changed;
  return Status::OK();
}

Status CardChange::EditDataFiles(const std::vector<MapEntry>& entries, size_t end) {
  std::vector<CardSplit> merged;
  bool whole = false;
  ARROW_RETURN_NOT_OK(EditSplits(EntryOf(entries, "data_files"), false, &merged, &whole));
  if (whole) SetKey(entries, end, "data_files", RenderList(merged, false, entries[0].column));
  if (config_->is_default && EntryOf(entries, "default") == nullptr) {
    SetKey(entries, end, "default", "default: true\n");
  }
  return Status::OK();
}

Status CardChange::EditInfo(const std::vector<MapEntry>& entries, size_t end) {
  const size_t column = entries.at(0).column;
  const MapEntry* features = EntryOf(entries, "features");
  const bool same_features =
      config_->features.empty() ||
      (features != nullptr && reader_.Features(features->value) == config_->features);
  if (!same_features) {
    SetKey(entries, end, "features", "features:\n" + RenderFeatures(config_->features, column));
  }
  if (config_->info == CardInfo::kFeatures) return Status::OK();
  std::vector<CardSplit> merged;
  bool whole = false;
  ARROW_RETURN_NOT_OK(EditSplits(EntryOf(entries, "splits"), true, &merged, &whole));
  if (whole) SetKey(entries, end, "splits", RenderList(merged, true, column));
  int64_t bytes = 0;
  for (const CardSplit& split : merged) bytes += split.bytes;
  const auto set_size = [&](const char* key, int64_t size) {
    const MapEntry* entry = EntryOf(entries, key);
    if (entry != nullptr && reader_.Int(entry->value, -1) == size) return;
    SetKey(entries, end, key, Concat(key, ": ", size, "\n"));
  };
  if (config_->download_bytes >= 0) set_size("download_size", config_->download_bytes);
  set_size("dataset_size", bytes);
  return Status::OK();
}

Status CardChange::EditItem(const ListItem& item, bool info) {
  if (config_ == nullptr) {
    lines_.Replace(item.lines, "");
    return Status::OK();
  }
  if (anew_) {
    lines_.Replace(item.lines, RenderItem(info, item.column));
    return Status::OK();
  }
  if (item.value.Style() == YAML::EmitterStyle::Flow) return CannotEditCard("an item is {...}");
  ARROW_ASSIGN_OR_RAISE(const auto entries, lines_.Entries(item.value, item.lines.end));
  return info ? EditInfo(entries, item.lines.end) : EditDataFiles(entries, item.lines.end);
}

Status CardChange::EditList(const MapEntry& entry, bool info) {
  ARROW_ASSIGN_OR_RAISE(const auto items, lines_.Items(entry.value, entry.lines.end));
  for (const ListItem& item : items) {
    if (!item.value.IsMap() || ConfigNameOf(reader_, item.value) != name_) continue;
    if (config_ == nullptr && items.size() == 1) {
      lines_.Replace(entry.lines, "");
      return Status::OK();
    }
    return EditItem(item, info);
  }
  if (config_ == nullptr) return Status::OK();
  const size_t end = items.back().lines.end;
  lines_.Replace({end, end}, RenderItem(info, items[0].column));
  return Status::OK();
}

// dataset_info as one mapping: of the config it names, or of "default".
Status CardChange::EditLoneInfo(const MapEntry& entry) {
  if (entry.value.Style() == YAML::EmitterStyle::Flow)
    return CannotEditCard("dataset_info is {...}");
  ARROW_ASSIGN_OR_RAISE(const auto entries, lines_.Entries(entry.value, entry.lines.end));
  if (ConfigNameOf(reader_, entry.value) == name_) {
    if (config_ == nullptr || anew_) {
      lines_.Replace(entry.lines,
                     config_ == nullptr ? "" : "dataset_info:\n" + RenderItem(true, 0));
      return Status::OK();
    }
    return EditInfo(entries, entry.lines.end);
  }
  if (config_ == nullptr) return Status::OK();
  // A second config: the mapping becomes the first item of a list, by a dash before its first line.
  const size_t column = entries.at(0).column;
  const size_t first = entries.at(0).lines.first;
  if (column < 2 || first == entry.lines.first)
    return CannotEditCard("dataset_info is not indented");
  if (EntryOf(entries, "config_name") != nullptr) {
    lines_.Replace({first, first + 1},
                   Spaces(column - 2) + "- " + lines_.line(first).substr(column));
  } else {
    lines_.Replace({first, first}, Spaces(column - 2) + "- config_name: default\n");
  }
  lines_.Replace({entry.lines.end, entry.lines.end}, RenderItem(true, column - 2));
  return Status::OK();
}

Status CardChange::EditKey(const std::vector<MapEntry>& root, const char* key, bool info) {
  const MapEntry* entry = EntryOf(root, key);
  if (entry == nullptr) {
    if (config_ == nullptr) return Status::OK();
    lines_.Replace({lines_.size(), lines_.size()}, Concat(key, ":\n", RenderItem(info, 0)));
    return Status::OK();
  }
  const YAML::Node& value = entry->value;
  if (value.IsNull() || (value.IsSequence() && value.size() == 0)) {
    const std::string text = config_ == nullptr ? "" : Concat(key, ":\n", RenderItem(info, 0));
    lines_.Replace(entry->lines, text);
    return Status::OK();
  }
  if (info && value.IsMap()) return EditLoneInfo(*entry);
  if (!value.IsSequence() || value.Style() == YAML::EmitterStyle::Flow) {
    return CannotEditCard("`configs` or `dataset_info` is no list in block style");
  }
  return EditList(*entry, info);
}

Status CardChange::Make(const YAML::Node& root) {
  std::vector<MapEntry> entries;
  if (root.IsMap()) {
    if (root.Style() == YAML::EmitterStyle::Flow) return CannotEditCard("it is {...}");
    ARROW_ASSIGN_OR_RAISE(entries, lines_.Entries(root, lines_.size()));
    if (entries.empty() || entries[0].column != 0) return CannotEditCard("its keys are indented");
  }
  if (config_ == nullptr || config_->info != CardInfo::kNone) {
    ARROW_RETURN_NOT_OK(EditKey(entries, "dataset_info", true));
  }
  return EditKey(entries, "configs", false);
}

// Whether `after` is `before` with the change made and nothing else moved.
bool IsAsMeant(const Card& before, const Card& after, const std::string& name,
               const CardConfig* config) {
  for (const CardConfig& old : before.configs) {
    if (old.name == name) continue;
    const CardConfig* now = after.Find(old.name);
    if (now == nullptr || now->splits != old.splits || now->features != old.features) return false;
  }
  const CardConfig* now = after.Find(name);
  if (config == nullptr) return now == nullptr;
  if (now == nullptr || (!config->features.empty() && now->features != config->features)) {
    return false;
  }
  for (const CardSplit& split : config->splits) {
    const auto found = std::find(now->splits.begin(), now->splits.end(), split);
    if (found == now->splits.end()) return false;
  }
  return true;
}

Result<std::string> ChangeCard(const std::string& readme, const std::string& name,
                               const CardConfig* config, bool anew) {
  const FrontMatter front = FindFrontMatter(readme);
  ARROW_ASSIGN_OR_RAISE(const YAML::Node root, LoadFrontMatter(readme, front));
  CardLines lines(std::string_view(readme).substr(front.begin, front.end - front.begin));
  ARROW_RETURN_NOT_OK(CardChange(&lines, name, config, anew).Make(root));
  const std::string yaml = lines.Apply(front.line_end);
  std::string changed = readme.substr(0, front.begin);
  if (!front.found && yaml.empty()) return readme;
  if (!front.found) changed += "---\n";
  changed += yaml;
  if (!front.found) changed += "---\n";
  changed += readme.substr(front.end);
  const FrontMatter anew_front = FindFrontMatter(changed);
  ARROW_ASSIGN_OR_RAISE(const YAML::Node result, LoadFrontMatter(changed, anew_front));
  if (!IsAsMeant(ReadCard(root), ReadCard(result), name, config)) {
    return CannotEditCard("the result would say something else");
  }
  return changed;
}

}  // namespace

const CardConfig* Card::Find(std::string_view name) const {
  for (const CardConfig& config : configs) {
    if (config.name == name) return &config;
  }
  return nullptr;
}

std::string_view CardBodyOf(std::string_view readme) {
  const FrontMatter front = FindFrontMatter(readme);
  if (!front.found) return readme;
  return readme.substr(std::min(readme.find('\n', front.end), readme.size() - 1) + 1);
}

Result<Card> ParseCard(std::string_view readme) {
  try {
    ARROW_ASSIGN_OR_RAISE(const YAML::Node root, LoadFrontMatter(readme, FindFrontMatter(readme)));
    Card card = ReadCard(root);
    ARROW_RETURN_NOT_OK(CheckDefaults(card));
    return card;
  } catch (const YAML::Exception& error) {
    return BrokenYaml(error);
  }
}

Result<std::string> MergeCard(std::string_view readme, const std::vector<CardConfig>& updates,
                              const std::vector<std::string>& drops) {
  const std::set<std::string> dropped(drops.begin(), drops.end());
  std::set<std::string> updated;
  std::string text(readme);
  try {
    for (const CardConfig& config : updates) {
      updated.insert(config.name);
      ARROW_ASSIGN_OR_RAISE(text,
                            ChangeCard(text, config.name, &config, dropped.count(config.name) > 0));
    }
    for (const std::string& name : dropped) {
      if (updated.count(name) > 0) continue;
      ARROW_ASSIGN_OR_RAISE(text, ChangeCard(text, name, nullptr, false));
    }
    ARROW_ASSIGN_OR_RAISE(const YAML::Node root, LoadFrontMatter(text, FindFrontMatter(text)));
    ARROW_RETURN_NOT_OK(CheckDefaults(ReadCard(root)));
  } catch (const YAML::Exception& error) {
    return BrokenYaml(error);
  }
  return text;
}

}  // namespace hubmill
