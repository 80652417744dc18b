// A recipe's YAML as a tree that remembers where each value stands, so that every error can name
// file:line:column.  Scalars stay text until an option reads them (a version such as 1.10 is not a
// number unless the option says so).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/failure.h"

namespace hubmill {

/// 1-based; 0 where the value does not stand in a file.
struct Mark {
  int line = 0;
  int column = 0;
};

struct Setting {
  enum class Kind { kNull, kScalar, kList, kMap };
  Kind kind = Kind::kNull;
  std::string scalar;          // kScalar: the text, parameters substituted.
  bool quoted = false;         // kScalar: written in quotes, so always a string.
  bool secret = false;         // kScalar: holds a secret parameter; shown as "***".
  std::vector<Setting> items;  // kList
  std::vector<std::pair<std::string, Setting>> entries;  // kMap, in the order written
  std::vector<Mark> entry_marks;                         // kMap: where each key stands
  Mark mark;

  // Out of line: a tree of itself is incomplete while clang looks at an implicit destructor.
  Setting();
  ~Setting();
  Setting(const Setting&);
  Setting(Setting&&) noexcept;
  Setting& operator=(const Setting&);
  Setting& operator=(Setting&&) noexcept;

  /// The value of `key`, or null.  REQUIRES: kind == kMap.
  const Setting* Find(std::string_view key) const;

  /// "FILE:LINE:COLUMN" for messages.
  std::string Where(const std::string& file) const;

  static Setting Scalar(std::string text);
  static Setting List(std::vector<Setting> items);
};

inline constexpr int64_t kRecipeBytesMax = 1 << 20;  // A recipe is a page or two, not a data file.
inline constexpr int kSettingDepthMax = 64;
inline constexpr int kSettingNodesMax = 100'000;  // Stops alias bombs.

/// Parses one YAML document.  `file` is used in messages only.  Duplicate keys, more than one
/// document and anything over the bounds above are errors of kind kWrongUsage.
Result<Setting> ParseYaml(std::string_view text, const std::string& file);

/// The name among `known` that is most likely meant by `name` (edit distance), or empty.
std::string NearestName(std::string_view name, const std::vector<std::string>& known);

}  // namespace hubmill
