#include "core/split_name.h"

#include <algorithm>
#include <string>

namespace hubmill {
namespace {

bool IsWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool IsSplitName(std::string_view name) {
  if (name.size() > kSplitNameBytesMax) return false;
  bool after_word = false;
  for (char c : name) {
    if (!IsWord(c) && !(after_word && c == '.')) return false;
    after_word = IsWord(c);
  }
  return after_word;
}

}  // namespace

Status CheckSplitName(std::string_view name) {
  if (name == "all") {
    return WrongUsage("not a split name, as the datasets library means every split by it: name=all",
                      "; remedy: another name, for example train");
  }
  if (IsSplitName(name)) return Status::OK();
  std::string shown(name.substr(0, kSplitNameBytesMax));  // A stranger's card may have written it.
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return WrongUsage("not a split name: name=", shown,
                    "; remedy: use letters, digits, _ and single dots");
}

}  // namespace hubmill
