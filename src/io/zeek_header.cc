#include "io/zeek_header.h"

#include <algorithm>
#include <charconv>
#include <set>

namespace hubmill {
namespace {

std::vector<std::string> SplitBy(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  for (size_t at = 0;;) {
    const size_t end = text.find(separator, at);
    parts.emplace_back(text.substr(at, end - at));
    if (end == text.npos) return parts;
    at = end + separator.size();
  }
}

/// Of a `#fields` or `#types` line, the loose tail taken apart.
std::vector<std::string> Columns(std::string_view line, char separator, bool* loose) {
  std::vector<std::string> names = SplitBy(line, std::string_view(&separator, 1));
  std::vector<std::string> tail = SplitBy(names.back(), kZeekLooseSeparator);
  if (tail.size() > 1) *loose = true;
  names.pop_back();
  names.insert(names.end(), tail.begin(), tail.end());
  return names;
}

/// "\x09", or the character itself.
Status ReadSeparator(std::string_view text, const std::string& file, char* separator) {
  int code = -1;
  if (text.size() == 1) code = uint8_t(text[0]);
  if (text.size() == 4 && text.starts_with("\\x")) {
    const auto read = std::from_chars(text.data() + 2, text.data() + 4, code, 16);
    if (read.ptr != text.data() + 4) code = -1;
  }
  const bool good = code > 0 && code < 0x80 && code != '\n' && code != '\r' && code != ' ' &&
                    code != '+' && code != '-' && code != '.' && !isalnum(code);
  if (!good) {
    return DataRefused("the #separator of a Zeek log must be one ASCII character, and no letter, ",
                       "digit, sign or blank: file=", file, "; remedy: write the log with tabs");
  }
  *separator = char(code);
  return Status::OK();
}

TypeTree::Kind KindOfZeek(std::string_view type) {
  if (type == "time" || type == "interval" || type == "double") return TypeTree::Kind::kFloat64;
  if (type == "count" || type == "int" || type == "port") return TypeTree::Kind::kInt64;
  return TypeTree::Kind::kString;
}

}  // namespace

Status ReadZeekLine(std::string_view line, const std::string& file, ZeekHeader* header) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  const auto value_of = [&](std::string_view name, char separator) -> std::string_view {
    const bool match =
        line.size() > name.size() && line.starts_with(name) && line[name.size()] == separator;
    return match ? line.substr(name.size() + 1) : std::string_view();
  };
  if (const auto text = value_of("#separator", ' '); text.data() != nullptr) {
    return ReadSeparator(text, file, &header->separator);
  }
  const char separator = header->separator;
  if (const auto text = value_of("#unset_field", separator); text.data() != nullptr) {
    header->unset = text;
  } else if (const auto empty = value_of("#empty_field", separator); empty.data() != nullptr) {
    header->empty = empty;
  } else if (const auto types = value_of("#types", separator); types.data() != nullptr) {
    bool ignored = false;
    header->types = Columns(types, separator, &ignored);
  } else if (const auto fields = value_of("#fields", separator); fields.data() != nullptr) {
    bool loose = false;
    std::vector<std::string> names = Columns(fields, separator, &loose);
    if (!header->fields.empty() && (names != header->fields || loose != header->loose)) {
      return DataRefused("a #fields line differs from the first one: file=", file,
                         "; remedy: give logs of one shape");
    }
    header->fields = std::move(names);
    header->loose = loose;
  }
  return Status::OK();
}

Result<TypeTree> ColumnsOfZeek(const ZeekHeader& header, const std::string& file) {
  if (header.fields.empty()) {
    return DataRefused("no #fields line before the first row: file=", file,
                       "; remedy: give a Zeek log with its header (not one that was cut)");
  }
  if (!header.types.empty() && header.types.size() != header.fields.size()) {
    return DataRefused("#types and #fields name different numbers of columns: file=", file,
                       " fields=", header.fields.size(), " types=", header.types.size(),
                       "; remedy: get the log whole");
  }
  TypeTree tree{.kind = TypeTree::Kind::kStruct, .names = header.fields};
  std::set<std::string> seen;
  for (size_t i = 0; i < header.fields.size(); ++i) {
    if (!seen.insert(header.fields[i]).second) {
      return DataRefused("#fields names a column twice: file=", file,
                         " column=", header.fields[i].substr(0, 100),
                         "; remedy: get the log whole");
    }
    tree.children.push_back(
        {.kind = header.types.empty() ? TypeTree::Kind::kString : KindOfZeek(header.types[i])});
  }
  return tree;
}

Result<std::string> PlainZeekRows(std::string_view text, const std::string& file,
                                  ZeekHeader* header) {
  std::string rows;
  rows.reserve(text.size() + 64);
  while (!text.empty()) {
    const size_t newline = text.find('\n');
    const std::string_view line = text.substr(0, newline);
    text.remove_prefix(newline == text.npos ? text.size() : newline + 1);
    if (line.starts_with('#')) {
      ARROW_RETURN_NOT_OK(ReadZeekLine(line, file, header));
      continue;
    }
    const size_t last = header->loose ? line.rfind(header->separator) : line.npos;
    const size_t tail = last == line.npos ? line.size() : last + 1;
    rows += line.substr(0, tail);
    for (size_t at = tail; at < line.size();) {
      if (line.substr(at).starts_with(kZeekLooseSeparator)) {
        rows += header->separator;
        at += kZeekLooseSeparator.size();
      } else {
        rows += line[at++];
      }
    }
    rows += '\n';
  }
  return rows;
}

}  // namespace hubmill
