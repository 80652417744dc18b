#include "hub/front_matter.h"

#include <algorithm>

#include "base/utf8.h"
#include "hub/card_lines.h"
#include "hub/card_text.h"
#include "net/redact.h"

namespace hubmill {

FrontMatter FindFrontMatter(std::string_view readme) {
  FrontMatter front;
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  size_t at = readme.substr(0, kMark.size()) == kMark ? kMark.size() : 0;
  const size_t start = at;
  at = std::min(readme.find_first_not_of(" \t\r\n", at), readme.size());
  front.begin = front.end = start;
  if (readme.substr(at, 3) != "---") return front;
  size_t line = at + 3;
  if (readme.substr(line, 2) == "\r\n") {
    front.line_end = "\r\n";
    line += 2;
  } else if (readme.substr(line, 1) == "\n") {
    line += 1;
  } else {
    return front;
  }
  const size_t begin = line;
  while (line < readme.size()) {
    const size_t next = std::min(readme.find('\n', line), readme.size() - 1) + 1;
    std::string_view text = readme.substr(line, next - line);
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
    if (text == "---") {
      front.found = true;
      front.begin = begin;
      front.end = line;
      return front;
    }
    line = next;
  }
  front.open = true;
  return front;
}

Status BrokenYaml(const YAML::Exception& error) {
  return DataRefused("the front matter of README.md is not valid YAML: line=", error.mark.line + 2,
                     " why=", OneLine(error.msg, 120),
                     "; remedy: correct it between the two --- lines");
}

Result<YAML::Node> LoadFrontMatter(std::string_view readme, const FrontMatter& front) {
  if (readme.size() > kCardBytesMax || front.end - front.begin > kFrontMatterBytesMax) {
    return DataRefused("README.md is too large: bytes=", readme.size(), " max=", kCardBytesMax);
  }
  if (!IsValidUtf8(readme)) {
    return DataRefused("README.md is not UTF-8; remedy: save it as UTF-8");
  }
  if (front.open) {
    return DataRefused(
        "the front matter of README.md does not end; remedy: close it by a line of three dashes");
  }
  if (!front.found) return YAML::Node(YAML::NodeType::Null);
  YAML::Node root = YAML::Load(std::string(readme.substr(front.begin, front.end - front.begin)));
  if (root.IsDefined() && !root.IsNull() && !root.IsMap()) {
    return DataRefused(
        "the front matter of README.md is no mapping; remedy: write `key: value` lines");
  }
  return root;
}

namespace {

Result<std::string> SetKeys(std::string_view readme,
                            const std::vector<std::pair<std::string, std::string>>& keys) {
  const FrontMatter front = FindFrontMatter(readme);
  ARROW_ASSIGN_OR_RAISE(const YAML::Node root, LoadFrontMatter(readme, front));
  CardLines lines(readme.substr(front.begin, front.end - front.begin));
  std::vector<MapEntry> entries;
  if (root.IsMap()) {
    if (root.Style() == YAML::EmitterStyle::Flow) return CannotEditCard("it is {...}");
    ARROW_ASSIGN_OR_RAISE(entries, lines.Entries(root, lines.size()));
    if (entries.empty() || entries[0].column != 0) return CannotEditCard("its keys are indented");
  }
  for (const auto& [key, text] : keys) {
    const auto old = std::find_if(entries.begin(), entries.end(),
                                  [&key = key](const MapEntry& entry) { return entry.key == key; });
    lines.Replace(old == entries.end() ? LineRange{} : old->lines, Concat(key, ": ", text, "\n"));
  }
  const std::string fence = front.found ? "" : "---" + front.line_end;
  const std::string changed = Concat(readme.substr(0, front.begin), fence,
                                     lines.Apply(front.line_end), fence, readme.substr(front.end));
  ARROW_ASSIGN_OR_RAISE(const YAML::Node after, LoadFrontMatter(changed, FindFrontMatter(changed)));
  for (const auto& [key, text] : keys) {
    if (YAML::Dump(after[key]) != YAML::Dump(YAML::Load(text))) {
      return CannotEditCard("the result would say something else");
    }
  }
  return changed;
}

}  // namespace

Result<std::string> SetCardKeys(std::string_view readme,
                                const std::vector<std::pair<std::string, std::string>>& keys) {
  try {
    return SetKeys(readme, keys);
  } catch (const YAML::Exception& error) {
    return BrokenYaml(error);
  }
}

}  // namespace hubmill
