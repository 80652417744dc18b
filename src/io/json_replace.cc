#include "io/json_replace.h"

#include "base/json_text.h"
#include "io/json_scan.h"
#include "io/line_blocks.h"

namespace hubmill {
namespace {

Status NoSuchText(std::string_view field) {
  return RunFailed("a line does not hold the text that was read of it: field=", field,
                   "; remedy: run again when nothing writes to the input");
}

}  // namespace

Result<std::string> WithJsonText(std::string_view line, std::string_view field,
                                 std::string_view text) {
  std::string padded;
  padded.reserve(line.size() + size_t(kBlockPadding));
  padded.append(line).append(size_t(kBlockPadding), '\0');
  const char* p = SkipJsonSpace(padded.data());
  if (*p++ != '{') return NoSuchText(field);
  std::string key;
  while (true) {
    p = SkipJsonSpace(p);
    if (*p++ != '"') return NoSuchText(field);
    key.clear();
    p = ReadJsonString(p, &key);
    if (p == nullptr) return NoSuchText(field);
    p = SkipJsonSpace(p);
    if (*p++ != ':') return NoSuchText(field);
    p = SkipJsonSpace(p);
    if (key == field) break;
    if (SkipJsonValue(&p) != JsonError::kNone) return NoSuchText(field);
    p = SkipJsonSpace(p);
    if (*p++ != ',') return NoSuchText(field);
  }
  if (*p != '"') return NoSuchText(field);
  const char* end = SkipJsonString(p + 1);
  if (end == nullptr) return NoSuchText(field);
  std::string out;
  out.reserve(line.size());
  out.append(line.substr(0, size_t(p - padded.data())));
  AppendJsonString(text, &out);
  return out.append(line.substr(size_t(end - padded.data())));
}

}  // namespace hubmill
