// CleanTextV2: one pass, plain code.  What each kind of byte starts is decided in CleanTextV2();
// the scanners above it return how many bytes they take, 0 where it is ordinary text after all.
#include <algorithm>
#include <cstdint>
#include <iterator>

#include "base/ascii.h"
#include "base/utf8.h"
#include "text/clean.h"

namespace hubmill {
namespace {

constexpr size_t kTagBytesMax = 4096;
constexpr size_t kEntityBytesMax = 12;

bool IsLetter(char c) { return AsciiLower(c) >= 'a' && AsciiLower(c) <= 'z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool StartsWithNoCase(std::string_view text, std::string_view lower) {
  if (text.size() < lower.size()) return false;
  for (size_t i = 0; i < lower.size(); ++i) {
    if (AsciiLower(text[i]) != lower[i]) return false;
  }
  return true;
}

/// Bytes of the URL that `text` starts with.
size_t UrlBytes(std::string_view text) {
  size_t body = 0;
  for (const std::string_view prefix : {"http://", "https://", "www."}) {
    if (StartsWithNoCase(text, prefix)) body = prefix.size();
  }
  if (body == 0) return 0;
  size_t end = body;
  while (end < text.size() && text[end] != '<' && text[end] != '>' && text[end] != '"' &&
         PythonSpaceBytes(text.data() + end, text.size() - end) == 0) {
    ++end;
  }
  return end == body ? 0 : end;
}

bool IsBlockTag(std::string_view name) {
  static constexpr std::string_view kNames[] = {
      "address", "article", "aside",   "blockquote", "br",   "dd",  "div", "dl",
      "dt",      "footer",  "form",    "h1",         "h2",   "h3",  "h4",  "h5",
      "h6",      "header",  "hr",      "li",         "main", "nav", "ol",  "option",
      "p",       "pre",     "section", "table",      "td",   "th",  "tr",  "ul"};
  return std::any_of(std::begin(kNames), std::end(kNames), [name](std::string_view block) {
    return name.size() == block.size() && StartsWithNoCase(name, block);
  });
}

struct Tag {
  size_t bytes = 0;
  bool block = false;
};

/// The tag or comment that `text` starts with.  REQUIRES: text[0] == '<'.
Tag ParseTag(std::string_view text) {
  if (text.starts_with("<!--")) {
    const size_t end = text.find("-->", 4);
    if (end == std::string_view::npos) return {};
    return {.bytes = end + 3};
  }
  size_t name = 1;
  if (name < text.size() && (text[name] == '/' || text[name] == '!' || text[name] == '?')) ++name;
  if (name >= text.size() || !IsLetter(text[name])) return {};
  size_t i = name;
  while (i < text.size() && (IsLetter(text[i]) || IsDigit(text[i]) || text[i] == '-')) ++i;
  const bool block = IsBlockTag(text.substr(name, i - name));
  const size_t end = std::min(text.size(), kTagBytesMax);
  char quote = 0;
  for (; i < end; ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '>') {
      return {.bytes = i + 1, .block = block};
    } else if ((c == '"' || c == '\'') && text[i - 1] == '=') {
      quote = c;
    } else if (c == '<') {
      return {};
    }
  }
  return {};
}

struct Entity {
  size_t bytes = 0;
  char32_t code_point = 0;
};

Entity ParseNumericEntity(std::string_view text) {
  const bool hex = text.size() > 2 && AsciiLower(text[2]) == 'x';
  char32_t value = 0;
  size_t i = hex ? 3 : 2;
  const size_t first = i;
  for (; i < text.size() && i < kEntityBytesMax && text[i] != ';'; ++i) {
    const char c = AsciiLower(text[i]);
    const bool hex_letter = hex && c >= 'a' && c <= 'f';
    if (!IsDigit(c) && !hex_letter) return {};
    value = value * (hex ? 16 : 10) + static_cast<char32_t>(hex_letter ? c - 'a' + 10 : c - '0');
    if (value > 0x10FFFF) return {};
  }
  const bool scalar = value != 0 && (value < 0xD800 || value > 0xDFFF);
  if (i == first || i >= text.size() || text[i] != ';' || !scalar) return {};
  return {.bytes = i + 1, .code_point = value};
}

/// The entity that `text` starts with.  REQUIRES: text[0] == '&'.
Entity ParseEntity(std::string_view text) {
  if (text.size() > 1 && text[1] == '#') return ParseNumericEntity(text);
  static constexpr struct {
    std::string_view name;
    char32_t code_point;
  } kNames[] = {{"amp", '&'},      {"lt", '<'},       {"gt", '>'},       {"quot", '"'},
                {"apos", '\''},    {"nbsp", 0xA0},    {"shy", 0xAD},     {"copy", 0xA9},
                {"reg", 0xAE},     {"deg", 0xB0},     {"middot", 0xB7},  {"laquo", 0xAB},
                {"raquo", 0xBB},   {"times", 0xD7},   {"euro", 0x20AC},  {"pound", 0xA3},
                {"ndash", 0x2013}, {"mdash", 0x2014}, {"lsquo", 0x2018}, {"rsquo", 0x2019},
                {"ldquo", 0x201C}, {"rdquo", 0x201D}, {"bull", 0x2022},  {"hellip", 0x2026},
                {"trade", 0x2122}, {"ensp", 0x2002},  {"emsp", 0x2003},  {"thinsp", 0x2009},
                {"zwnj", 0x200C},  {"zwj", 0x200D},   {"eacute", 0xE9},  {"egrave", 0xE8},
                {"agrave", 0xE0},  {"ccedil", 0xE7},  {"auml", 0xE4},    {"ouml", 0xF6},
                {"uuml", 0xFC},    {"szlig", 0xDF},   {"ntilde", 0xF1},  {"larr", 0x2190},
                {"rarr", 0x2192}};
  const size_t end = text.substr(0, kEntityBytesMax).find(';');
  if (end == std::string_view::npos) return {};
  for (const auto& entity : kNames) {
    if (text.substr(1, end - 1) == entity.name) {
      return {.bytes = end + 1, .code_point = entity.code_point};
    }
  }
  return {};
}

/// Collapses white space, trims and drops what is invisible.
class Writer {
 public:
  explicit Writer(std::string* out) : out_(out) {}

  void Space() { space_ = true; }

  /// Visible ASCII.  REQUIRES: not empty.
  void PutAscii(std::string_view bytes) {
    if (space_ && !out_->empty()) out_->push_back(' ');
    space_ = false;
    out_->append(bytes);
  }

  void Put(char32_t c, std::string_view bytes) {
    if (IsPythonSpace(c)) return Space();
    if (c == 0xAD || c == 0x200B || c == 0x2060 || c == 0xFEFF) return;
    const bool joiner = c == 0x200C || c == 0x200D;
    const bool after_ascii = space_ || out_->empty() || (out_->back() & 0x80) == 0;
    if (joiner && after_ascii) return;
    if (space_ && !out_->empty()) out_->push_back(' ');
    space_ = false;
    out_->append(bytes);
  }

 private:
  std::string* out_;
  bool space_ = false;
};

bool IsWordByte(char c) { return IsLetter(c) || IsDigit(c) || c == '_' || (c & 0x80) != 0; }

/// The end of the run of visible ASCII from i on that starts neither tag, entity nor URL.
size_t PlainEnd(std::string_view text, size_t i) {
  for (; i < text.size(); ++i) {
    const char c = text[i];
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte >= 0x80 || c == '<' || c == '&') break;
    const bool may_be_url = AsciiLower(c) == 'h' || AsciiLower(c) == 'w';
    if (may_be_url && (i == 0 || !IsWordByte(text[i - 1]))) break;
  }
  return i;
}

}  // namespace

void CleanTextV2(std::string_view in, std::string* out) {
  out->clear();
  out->reserve(in.size());
  Writer writer(out);
  size_t no_comment_end =
      in.size();  // "<!--" at or after this has no "-->": keeps the time linear.
  for (size_t i = 0; i < in.size();) {
    const size_t plain_end = PlainEnd(in, i);
    if (plain_end != i) {
      writer.PutAscii(in.substr(i, plain_end - i));
      i = plain_end;
      continue;
    }
    const std::string_view rest = in.substr(i);
    const char c = in[i];
    if (c == ' ' || c == '\n') {
      writer.Space();
      ++i;
      continue;
    }
    if (c == '<') {
      const bool comment = rest.starts_with("<!--");
      const Tag tag = comment && i >= no_comment_end ? Tag{} : ParseTag(rest);
      if (comment && tag.bytes == 0) no_comment_end = std::min(no_comment_end, i);
      if (tag.block) writer.Space();
      i += tag.bytes;
      if (tag.bytes != 0) continue;
    } else if (c == '&') {
      const Entity entity = ParseEntity(rest);
      if (entity.bytes != 0) {
        std::string bytes;
        AppendUtf8(entity.code_point, &bytes);
        writer.Put(entity.code_point, bytes);
        i += entity.bytes;
        continue;
      }
    } else if ((AsciiLower(c) == 'h' || AsciiLower(c) == 'w') &&
               (i == 0 || !IsWordByte(in[i - 1]))) {
      const size_t url = UrlBytes(rest);
      i += url;
      if (url != 0) continue;
    }
    const Utf8Char decoded = DecodeUtf8(in, i);
    writer.Put(decoded.valid ? decoded.code_point : U'?', in.substr(i, decoded.size_bytes));
    i += decoded.size_bytes;
  }
}

}  // namespace hubmill
