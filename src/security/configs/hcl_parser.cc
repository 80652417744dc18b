// Structure: bodies, attributes and blocks.
#include "security/configs/hcl_parser.h"

#include <algorithm>

#include "base/utf8.h"

namespace hubmill {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

size_t FirstBadByte(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    const Utf8Char c = DecodeUtf8(text, at);
    if (!c.valid) break;
    at += c.size_bytes;
  }
  return at;
}

HclError ErrorAt(std::string_view text, size_t at, std::string_view expected) {
  at = std::min(at, text.size());
  const std::string_view before = text.substr(0, at);
  const size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0.
  return {.line = 1 + std::count(before.begin(), before.end(), '\n'),
          .column = 1 + static_cast<int64_t>(CountCodePoints(before.substr(line_start))),
          .expected = std::string(expected)};
}

}  // namespace

std::optional<HclError> ParseHcl(std::string_view text, HclFile* file) {
  *file = {};
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
    text.remove_prefix(kByteOrderMark.size());
  }
  if (!IsValidUtf8(text)) return ErrorAt(text, FirstBadByte(text), "UTF-8");
  return HclParser(text).Parse(file);
}

std::optional<HclError> HclParser::Parse(HclFile* file) {
  JsonMembers members;
  if (!Body(HclToken::kEnd, &members)) return error_;
  members.Append("", &file->json);
  file->blocks = blocks_;
  return std::nullopt;
}

bool HclParser::Fail(size_t at, std::string_view expected) {
  if (!error_) error_ = ErrorAt(text_, at, expected);
  return false;
}

bool HclParser::FailAt(const HclLexeme& lexeme, std::string_view expected) {
  return Fail(lexeme.begin, expected);
}

bool HclParser::TooDeep() {
  if (depth_ <= kHclDepthMax) return false;
  Fail(lexer_.Position(), "fewer levels of nesting");
  return true;
}

bool HclParser::Expect(HclToken token, std::string_view expected) {
  const HclLexeme lexeme = lexer_.Read();
  return lexeme.token == token || FailAt(lexeme, expected);
}

bool HclParser::NextIsWord(std::string_view word) {
  return NextIs(HclToken::kIdentifier) && lexer_.TextOf(lexer_.Peek()) == word;
}

// Blocks are read in the file's order, so counting goes on from the last one.
int64_t HclParser::LineOf(size_t at) {
  line_ += std::count(text_.begin() + static_cast<ptrdiff_t>(line_at_),
                      text_.begin() + static_cast<ptrdiff_t>(at), '\n');
  line_at_ = at;
  return line_;
}

bool HclParser::Body(HclToken end, JsonMembers* members) {
  const Level level(this);
  if (TooDeep()) return false;
  for (;;) {
    if (NextIs(end)) {
      lexer_.Read();
      return true;
    }
    if (NextIs(HclToken::kNewline)) {
      lexer_.Read();
      continue;
    }
    if (!BodyItem(members)) return false;
  }
}

bool HclParser::BodyItem(JsonMembers* members) {
  const HclLexeme name = lexer_.Read();
  if (name.token != HclToken::kIdentifier) {
    return FailAt(name,
                  name.token == HclToken::kEnd ? "a closing brace" : "an argument or a block");
  }
  if (NextIs(HclToken::kEqual)) {
    if (!Attribute(lexer_.TextOf(name), name.begin, members)) return false;
  } else if (!Block(name, members)) {
    return false;
  }
  const HclLexeme after = lexer_.Peek();
  if (after.token == HclToken::kEnd) return true;
  if (after.token != HclToken::kNewline) return FailAt(after, "a newline");
  lexer_.Read();
  return true;
}

bool HclParser::Attribute(std::string_view name, size_t at, JsonMembers* members) {
  lexer_.Read();  // The equals sign.
  HclForm form;
  const size_t start = out_.size();
  if (!Expression(&form)) return false;
  std::string json = out_.substr(start);
  out_.resize(start);
  if (name == kHclLineKey) return true;  // That name is ours.
  return members->Set(name, std::move(json)) || Fail(at, "each argument once");
}

bool HclParser::BlockLabels(std::vector<std::string>* labels) {
  for (;;) {
    const HclLexeme lexeme = lexer_.Peek();
    if (lexeme.token == HclToken::kOpenBrace) {
      lexer_.Read();
      return true;
    }
    std::string label;
    if (lexeme.token == HclToken::kIdentifier) {
      label = lexer_.TextOf(lexer_.Read());
    } else if (lexeme.token != HclToken::kQuote) {
      return FailAt(lexeme, labels->empty() ? "= or an opening brace" : "an opening brace");
    } else if (!Label(&label)) {
      return false;
    }
    labels->push_back(std::move(label));
  }
}

bool HclParser::Label(std::string* label) {
  lexer_.Read();  // The quote.
  std::vector<HclPart> parts;
  const size_t begin = lexer_.Position();
  if (!QuotedParts(&parts)) return false;
  for (const HclPart& part : parts) {
    if (part.kind != HclPart::Kind::kText) return Fail(begin, "a label without ${ or %{");
    *label += part.text;
  }
  return true;
}

bool HclParser::Block(const HclLexeme& type, JsonMembers* members) {
  const int64_t line = LineOf(type.begin);
  std::vector<std::string> labels;
  if (!BlockLabels(&labels)) return false;
  JsonMembers body;
  const bool open = NextIs(HclToken::kNewline) || NextIs(HclToken::kCloseBrace);
  if (!(open ? Body(HclToken::kCloseBrace, &body) : OneLineBody(&body))) return false;
  std::string json;
  body.Append("\"" + std::string(kHclLineKey) + "\":" + std::to_string(line), &json);
  if (depth_ == 1) ++blocks_;
  const std::string_view name = lexer_.TextOf(type);
  return members->AddBlock(name, labels, std::move(json)) ||
         FailAt(type, "blocks of one type with equally many labels");
}

bool HclParser::OneLineBody(JsonMembers* members) {
  const HclLexeme name = lexer_.Read();
  if (name.token != HclToken::kIdentifier) return FailAt(name, "an argument");
  if (!NextIs(HclToken::kEqual)) return FailAt(lexer_.Peek(), "= (a line has one argument)");
  return Attribute(lexer_.TextOf(name), name.begin, members) &&
         Expect(HclToken::kCloseBrace, "a closing brace on the same line");
}

}  // namespace hubmill
