// Templates: quoted strings and heredocs, with ${} and %{} within.
//
// White space goes as in the reference implementation: `~` takes it from the one piece of literal
// text beside it, and a piece ends where a line does (heredoc) or at a lone $ or %.
#include <algorithm>

#include "base/json_text.h"
#include "base/json_value.h"
#include "base/utf8.h"
#include "security/configs/hcl_parser.h"

namespace hubmill {
namespace {

using Kind = HclPart::Kind;

bool IsHex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// Stands for itself within quotes.
bool IsPlain(char c) {
  return c != '"' && c != '\\' && c != '$' && c != '%' && c != '\n' && c != '\r';
}

size_t LeadingSpaceBytes(std::string_view text) {
  size_t at = 0;
  while (const size_t size = PythonSpaceBytes(text.data() + at, text.size() - at)) at += size;
  return at;
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\n' ||
                           text.back() == '\r' || text.back() == '\v' || text.back() == '\f')) {
    text.remove_suffix(1);
  }
  return text;
}

void TrimLast(std::vector<HclPart>* parts) {
  if (!parts->empty() && parts->back().kind == Kind::kText) {
    std::string& text = parts->back().text;
    text.resize(Trimmed(text).size());
  }
}

void AddText(std::string text, bool* trim_next, std::vector<HclPart>* parts) {
  if (std::exchange(*trim_next, false)) text.erase(0, LeadingSpaceBytes(text));
  parts->push_back({.kind = Kind::kText, .text = std::move(text)});
}

bool EndsLine(const std::string& text) { return !text.empty() && text.back() == '\n'; }

/// <<-: takes as many blanks from each line as the line with the fewest has.
void Outdent(std::vector<HclPart>* parts) {
  size_t fewest = std::string::npos;
  std::vector<HclPart*> starts;
  bool line_start = true;
  for (HclPart& part : *parts) {
    if (line_start) {
      const size_t blanks = part.kind == Kind::kText ? LeadingSpaceBytes(part.text) : 0;
      const bool blank_line =
          part.kind == Kind::kText && blanks == part.text.size() && EndsLine(part.text);
      if (!blank_line) {
        fewest = std::min(fewest, blanks);
        if (part.kind == Kind::kText) starts.push_back(&part);
      }
    }
    line_start = part.kind == Kind::kText && EndsLine(part.text);
  }
  for (HclPart* part : starts) part->text.erase(0, std::min(fewest, part->text.size()));
}

/// What would read as a marker is escaped again.
std::string WithoutMarkers(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((text[i] == '$' || text[i] == '%') && text.substr(i + 1, 1) == "{") out += text[i];
    out += text[i];
  }
  return out;
}

}  // namespace

bool HclParser::Quoted(HclForm* form) {
  lexer_.Read();
  // Most strings are plain.
  const size_t begin = lexer_.Position();
  size_t stop = begin;
  while (stop < text_.size() && IsPlain(text_[stop])) ++stop;
  if (stop < text_.size() && text_[stop] == '"') {
    if (mute_ == 0) AppendJsonString(text_.substr(begin, stop - begin), &out_);
    lexer_.MoveTo(stop + 1);
    form->kind = HclForm::Kind::kValue;
  } else {
    std::vector<HclPart> parts;
    if (!QuotedParts(&parts)) return false;
    AppendTemplate(parts, form);
  }
  form->end = lexer_.Position();
  return true;
}

bool HclParser::QuotedParts(std::vector<HclPart>* parts) {
  const size_t begin = lexer_.Position();
  bool trim_next = false;
  for (size_t at = begin;;) {
    if (at >= text_.size()) return Fail(begin, "a closing quote");
    if (text_[at] == '"') {
      lexer_.MoveTo(at + 1);
      return CheckDirectives(*parts, begin);
    }
    const bool marker = text_[at] == '$' || text_[at] == '%';
    if (marker && text_.substr(at + 1, 1) == "{") {
      lexer_.MoveTo(at);
      if (!Sequence(parts, &trim_next)) return false;
      at = lexer_.Position();
      continue;
    }
    std::string text;
    if (!QuotedText(&at, &text)) return false;
    AddText(std::move(text), &trim_next, parts);
  }
}

/// One piece: an escaped marker, a lone $ or %, or a run without either.
bool HclParser::QuotedText(size_t* at, std::string* out) {
  if (const char c = text_[*at]; c == '$' || c == '%') {
    *out += c;
    if (text_.substr(*at + 1, 2) == std::string{c, '{'}) {
      *out += '{';
      *at += 2;
    }
    ++*at;
    return true;
  }
  for (; *at < text_.size(); ++*at) {
    const char c = text_[*at];
    if (c == '"' || c == '$' || c == '%') return true;
    if (c == '\n' || c == '\r') return Fail(*at, "a closing quote on the same line");
    if (c != '\\') {
      *out += c;
    } else if (!Escape(at, out)) {
      return false;
    }
  }
  return true;
}

bool HclParser::Escape(size_t* at, std::string* out) {
  const size_t begin = *at;
  const char c = begin + 1 < text_.size() ? text_[begin + 1] : '\0';
  ++*at;  // On the last character; the caller steps on.
  switch (c) {
    case 'n':
      *out += '\n';
      return true;
    case 'r':
      *out += '\r';
      return true;
    case 't':
      *out += '\t';
      return true;
    case '"':
      *out += '"';
      return true;
    case '\\':
      *out += '\\';
      return true;
    case 'u':
    case 'U':
      break;
    default:
      return Fail(begin, "one of \\n \\r \\t \\\" \\\\ \\u \\U");
  }
  const size_t digits = c == 'u' ? 4 : 8;
  char32_t code_point = 0;
  for (size_t i = 0; i < digits; ++i) {
    const char digit = ++*at < text_.size() ? text_[*at] : '\0';
    if (!IsHex(digit)) return Fail(begin, c == 'u' ? "four hexadecimal digits" : "eight of them");
    code_point = code_point * 16 +
                 static_cast<char32_t>(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
  }
  if (code_point > 0x10FFFF || (code_point >= 0xD800 && code_point <= 0xDFFF)) {
    return Fail(begin, "a Unicode character");
  }
  AppendUtf8(code_point, out);
  return true;
}

bool HclParser::Heredoc(HclForm* form) {
  const HclLexeme open = lexer_.Read();
  std::string_view word = Trimmed(lexer_.TextOf(open).substr(2));
  const bool outdent = word[0] == '-';
  if (outdent) word.remove_prefix(1);
  std::vector<HclPart> parts;
  if (!HeredocParts(word, &parts, &form->end)) return false;
  if (outdent) Outdent(&parts);
  AppendTemplate(parts, form);
  return true;
}

/// Up to the line that holds nothing but `word`; its newline stays to be read.
bool HclParser::HeredocParts(std::string_view word, std::vector<HclPart>* parts, size_t* end) {
  const size_t begin = lexer_.Position();
  bool trim_next = false;
  bool line_start = true;
  for (size_t at = begin; at < text_.size();) {
    const char c = text_[at];
    const bool marker = c == '$' || c == '%';
    if (marker && text_.substr(at + 1, 1) == "{") {
      lexer_.MoveTo(at);
      if (!Sequence(parts, &trim_next)) return false;
      at = lexer_.Position();
      line_start = false;
      continue;
    }
    std::string text;
    if (marker) {
      if (!QuotedText(&at, &text)) return false;
      line_start = false;
    } else {
      const size_t stop = std::min(text_.find_first_of("$%\n", at), text_.size());
      const bool line_end = stop < text_.size() && text_[stop] == '\n';
      const std::string_view line = text_.substr(at, stop - at);
      if (line.find('\r') < line.size() - (line_end && !line.empty() && line.back() == '\r')) {
        return Fail(at, "lines that end in LF or CRLF");
      }
      const size_t blanks = LeadingSpaceBytes(line);
      if (line_start && line_end && Trimmed(line.substr(blanks)) == word) {
        *end = at + Trimmed(line).size();
        lexer_.MoveTo(*end);
        return CheckDirectives(*parts, begin);
      }
      text = text_.substr(at, stop - at + (line_end ? 1 : 0));
      line_start = line_end;
      at = stop + (line_end ? 1 : 0);
    }
    AddText(std::move(text), &trim_next, parts);
  }
  return Fail(begin, "a line with the closing word, and a newline behind it");
}

/// ${...} or %{...}.
bool HclParser::Sequence(std::vector<HclPart>* parts, bool* trim_next) {
  const Level level(this);
  if (TooDeep()) return false;
  size_t at = lexer_.Position();
  const bool directive = text_[at] == '%';
  at += 2;
  if (text_.substr(at, 1) == "~") {
    ++at;
    TrimLast(parts);
  }
  *trim_next = false;
  lexer_.MoveTo(at);
  const bool newlines = lexer_.newlines();
  lexer_.SetNewlines(false);
  HclPart part;
  if (directive) {
    part.kind = Kind::kDirective;
    if (!Directive(&part)) return false;
  } else {
    part.kind = Kind::kValue;
    const size_t start = out_.size();
    if (!Expression(&part.form)) return false;
    part.text = out_.substr(start);
    out_.resize(start);
  }
  parts->push_back(std::move(part));
  const bool closed = CloseSequence(trim_next);
  lexer_.SetNewlines(newlines);
  return closed;
}

bool HclParser::CloseSequence(bool* trim_next) {
  const HclLexeme close = lexer_.Read();
  *trim_next = close.token == HclToken::kTildeBrace;
  return close.token == HclToken::kCloseBrace || close.token == HclToken::kTildeBrace ||
         FailAt(close, "a closing brace of ${ or %{ (a literal one is written $${ or %%{)");
}

bool HclParser::Directive(HclPart* part) {
  const HclLexeme word = lexer_.Read();
  const std::string_view name = lexer_.TextOf(word);
  if (word.token != HclToken::kIdentifier) return FailAt(word, "if, else, endif, for or endfor");
  HclForm code;
  std::string names;
  if (name == "if") {
    if (!Code(&code)) return false;
    part->text = "%{if " + std::string(SourceOf(code)) + "}";
  } else if (name == "for") {
    if (!ForNames(&names) || !Code(&code)) return false;
    part->text = "%{for " + names + " in " + std::string(SourceOf(code)) + "}";
  } else if (name == "else" || name == "endif" || name == "endfor") {
    part->text = "%{" + std::string(name) + "}";
  } else {
    return FailAt(word, "if, else, endif, for or endfor");
  }
  return true;
}

bool HclParser::CheckDirectives(const std::vector<HclPart>& parts, size_t at) {
  std::string open;  // i: if, e: its else, f: for.
  for (const HclPart& part : parts) {
    if (part.kind != Kind::kDirective) continue;
    const char top = open.empty() ? ' ' : open.back();
    if (part.text.rfind("%{if ", 0) == 0) {
      open += 'i';
    } else if (part.text.rfind("%{for ", 0) == 0) {
      open += 'f';
    } else if (part.text == "%{else}") {
      if (top != 'i') return Fail(at, "each %{ else } within an if");
      open.back() = 'e';
    } else if (part.text == "%{endif}") {
      if (top != 'i' && top != 'e') return Fail(at, "each %{ endif } behind its if");
      open.pop_back();
    } else {
      if (top != 'f') return Fail(at, "each %{ endfor } behind its for");
      open.pop_back();
    }
  }
  return open.empty() || Fail(at, open.back() == 'f' ? "%{ endfor }" : "%{ endif }");
}

/// A template of nothing but one ${} is that value itself.
void HclParser::AppendTemplate(const std::vector<HclPart>& parts, HclForm* form) {
  form->kind = HclForm::Kind::kValue;
  if (mute_ > 0) return;
  if (parts.size() == 1 && parts[0].kind == Kind::kValue) {
    out_ += parts[0].text;
  } else {
    AppendTemplateText(parts);
  }
}

void HclParser::AppendTemplateText(const std::vector<HclPart>& parts) {
  out_ += '"';
  std::string literal;  // Pieces are melded, so that an escaped marker is seen whole.
  const auto flush = [this, &literal] {
    std::string quoted;
    AppendJsonString(WithoutMarkers(literal), &quoted);
    out_.append(quoted, 1, quoted.size() - 2);
    literal.clear();
  };
  for (const HclPart& part : parts) {
    if (part.kind == Kind::kText) {
      literal += part.text;
      continue;
    }
    flush();
    std::string json = part.text;
    if (part.kind == Kind::kDirective) {
      json.clear();
      AppendJsonString(part.text, &json);
    } else if (json[0] == '[' || json[0] == '{') {
      json.clear();
      AppendJsonString("${" + std::string(SourceOf(part.form)) + "}", &json);
    }
    const bool quoted = json[0] == '"';
    out_.append(json, quoted ? 1 : 0, quoted ? json.size() - 2 : std::string::npos);
  }
  flush();
  out_ += '"';
}

std::string HclParser::KeyOf(const HclForm& form, std::string_view json) const {
  if (form.kind == HclForm::Kind::kPath) return std::string(SourceOf(form));
  if (json[0] == '[' || json[0] == '{') return "${" + std::string(SourceOf(form)) + "}";
  if (json[0] != '"') return std::string(json);
  JsonValue value;
  return ParseJsonValue(json, &value) ? std::string(json) : value.text;
}

}  // namespace hubmill
