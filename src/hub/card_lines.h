// Line-precise editing of block-style YAML: where the entries of a mapping and the items of a list
// stand, and edits of whole lines.  Internal to hub/.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/failure.h"

namespace hubmill {

/// Lines [first, end); blank and comment lines at the end belong to what follows.
struct LineRange {
  size_t first = 0;
  size_t end = 0;
};

struct MapEntry {
  std::string key;
  YAML::Node value;
  LineRange lines;
  size_t column = 0;  // Of the key.
};

struct ListItem {
  YAML::Node value;
  LineRange lines;
  size_t column = 0;  // Of the dash.
};

/// YAML text as lines, and edits that wait until Apply().
class CardLines {
 public:
  /// Each line keeps its end.
  explicit CardLines(std::string_view text);

  size_t size() const { return lines_.size(); }
  const std::string& line(size_t i) const { return lines_[i]; }

  /// The entries of the block mapping `map`, whose last line is before `end`.  An error where it is
  /// written in a way that lines cannot tell (flow style, two keys on a line, a key twice).
  Result<std::vector<MapEntry>> Entries(const YAML::Node& map, size_t end) const;
  /// The items of the block list `list`.
  Result<std::vector<ListItem>> Items(const YAML::Node& list, size_t end) const;

  /// Replaces the lines of `range` by `text`; an empty range inserts before it.  Edits may not
  /// overlap; of several at one place the deeper-indented come first, else the order given stays.
  void Replace(LineRange range, std::string text);

  /// The text with all edits made, `\n` in new text written as `line_end`.
  std::string Apply(const std::string& line_end) const;

 private:
  struct Edit {
    LineRange range;
    std::string text;
  };
  static std::tuple<size_t, bool, int64_t, bool> PlaceOf(const Edit& edit);
  size_t TrimEnd(size_t first, size_t end) const;
  std::vector<std::string> lines_;
  std::vector<Edit> edits_;
};

/// Written in a way that cannot be edited safely.
Status CannotEditCard(const char* why);

}  // namespace hubmill
