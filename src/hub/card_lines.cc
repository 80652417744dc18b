#include "hub/card_lines.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "net/redact.h"

namespace hubmill {
namespace {

bool IsBlankOrComment(const std::string& line) {
  const size_t at = line.find_first_not_of(" \t\r\n");
  return at == std::string::npos || line[at] == '#';
}

// Whether only spaces and list dashes stand before `column`.
bool OnlyDashesBefore(const std::string& line, size_t column) {
  return line.size() > column && line.find_first_not_of(" -") >= column;
}

}  // namespace

Status CannotEditCard(const char* why) {
  return DataRefused("the front matter of README.md cannot be edited line by line: why=", why,
                     "; remedy: write `configs` and `dataset_info` in block style, one key a line");
}

CardLines::CardLines(std::string_view text) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines_.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

size_t CardLines::TrimEnd(size_t first, size_t end) const {
  while (end > first + 1 && IsBlankOrComment(lines_[end - 1])) --end;
  return end;
}

Result<std::vector<MapEntry>> CardLines::Entries(const YAML::Node& map, size_t end) const {
  std::vector<MapEntry> entries;
  std::set<std::string> keys;
  for (const auto& pair : map) {
    const YAML::Mark mark = pair.first.Mark();
    if (!pair.first.IsScalar() || mark.is_null()) return CannotEditCard("a key is no text");
    MapEntry entry{.key = pair.first.Scalar(),
                   .value = pair.second,
                   .lines = {static_cast<size_t>(mark.line), 0},
                   .column = static_cast<size_t>(mark.column)};
    if (entry.lines.first >= end || !OnlyDashesBefore(lines_[entry.lines.first], entry.column)) {
      return CannotEditCard("a key does not begin its line");
    }
    if (!keys.insert(entry.key).second) {
      return DataRefused(
          "a key stands twice in the front matter of README.md: key=", OneLine(entry.key, 80),
          " line=", entry.lines.first + 2, "; remedy: remove one of the two");
    }
    entries.push_back(std::move(entry));
  }
  if (entries.empty()) return CannotEditCard("a mapping is empty");
  for (size_t i = 0; i < entries.size(); ++i) {
    const size_t next = i + 1 < entries.size() ? entries[i + 1].lines.first : end;
    if (next <= entries[i].lines.first || entries[i].column != entries[0].column) {
      return CannotEditCard("keys are not one below the other");
    }
    entries[i].lines.end = TrimEnd(entries[i].lines.first, next);
  }
  return entries;
}

Result<std::vector<ListItem>> CardLines::Items(const YAML::Node& list, size_t end) const {
  std::vector<ListItem> items;
  for (const YAML::Node& value : list) {
    const YAML::Mark mark = value.Mark();
    ListItem item{.value = value, .lines = {static_cast<size_t>(std::max(mark.line, 0)), 0}};
    if (mark.is_null() || item.lines.first >= end) return CannotEditCard("an item has no place");
    const std::string& line = lines_[item.lines.first];
    item.column = line.find_first_not_of(' ');
    const auto column = static_cast<size_t>(mark.column);
    const bool dashed = item.column < column && line[item.column] == '-' &&
                        line.find_first_not_of(' ', item.column + 1) == column;
    if (!dashed) return CannotEditCard("an item does not follow its dash");
    items.push_back(std::move(item));
  }
  for (size_t i = 0; i < items.size(); ++i) {
    const size_t next = i + 1 < items.size() ? items[i + 1].lines.first : end;
    if (next <= items[i].lines.first || items[i].column != items[0].column) {
      return CannotEditCard("items are not one below the other");
    }
    items[i].lines.end = TrimEnd(items[i].lines.first, next);
  }
  return items;
}

void CardLines::Replace(LineRange range, std::string text) {
  edits_.push_back({range, std::move(text)});
}

// Where an edit comes.  What is inserted at one place ends the blocks that end there, so the deeper
// comes first, and an item before a key of the same column.
std::tuple<size_t, bool, int64_t, bool> CardLines::PlaceOf(const Edit& edit) {
  const size_t indent = std::min(edit.text.find_first_not_of(' '), edit.text.size());
  const bool dashed = edit.text.compare(indent, 1, "-") == 0;
  return {edit.range.first, edit.range.end > edit.range.first, -static_cast<int64_t>(indent),
          !dashed};
}

std::string CardLines::Apply(const std::string& line_end) const {
  std::vector<const Edit*> order;
  for (const Edit& edit : edits_) order.push_back(&edit);
  std::stable_sort(order.begin(), order.end(),
                   [](const Edit* a, const Edit* b) { return PlaceOf(*a) < PlaceOf(*b); });
  std::string out;
  size_t at = 0;
  for (const Edit* edit : order) {
    for (; at < edit->range.first; ++at) out += lines_[at];
    if (!edit->text.empty() && !out.empty() && out.back() != '\n') out += line_end;
    for (const char c : edit->text) {
      if (c == '\n') {
        out += line_end;
      } else {
        out += c;
      }
    }
    at = std::max(at, edit->range.end);
  }
  for (; at < lines_.size(); ++at) out += lines_[at];
  return out;
}

}  // namespace hubmill
