#include "core/registry.h"

namespace hubmill {

Setting ExpandShorthand(const Setting& setting, const std::string& shorthand) {
  const bool bare = setting.kind == Setting::Kind::kScalar || setting.kind == Setting::Kind::kList;
  if (shorthand.empty() || !bare) return setting;
  Setting out;
  out.kind = Setting::Kind::kMap;
  out.mark = setting.mark;
  out.entries.emplace_back(shorthand, setting);
  out.entry_marks.push_back(setting.mark);
  return out;
}

}  // namespace hubmill
