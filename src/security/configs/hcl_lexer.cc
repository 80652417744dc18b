#include "security/configs/hcl_lexer.h"

#include <algorithm>

#include "base/utf8.h"
#include "text/words.h"

namespace hubmill {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

bool HclLexer::SkipBlanks(size_t* at) const {
  for (;; ++*at) {
    const char c = At(*at);
    if (c == ' ' || c == '\t') continue;
    if (!newlines_ && (c == '\n' || (c == '\r' && At(*at + 1) == '\n'))) continue;
    if (c == '#' || (c == '/' && At(*at + 1) == '/')) {
      const size_t end = text_.find('\n', *at);
      *at = (end == std::string_view::npos ? text_.size() : end) - 1;
    } else if (c == '/' && At(*at + 1) == '*') {
      const size_t end = text_.find("*/", *at + 2);
      if (end == std::string_view::npos) return false;
      *at = end + 1;
    } else {
      return true;
    }
  }
}

size_t HclLexer::NumberEnd(size_t at) const {
  size_t end = at + 1;  // Behind the last unit that may end a number: a dot may not.
  for (size_t i = end;;) {
    if (IsDigit(At(i))) {
      end = ++i;
    } else if (At(i) == '.') {
      ++i;
    } else if (At(i) == 'e' || At(i) == 'E') {
      const size_t digit = i + (At(i + 1) == '+' || At(i + 1) == '-' ? 2 : 1);
      if (!IsDigit(At(digit))) return end;
      end = i = digit + 1;
    } else {
      return end;
    }
  }
}

size_t HclLexer::IdentifierEnd(size_t at) const {
  const size_t begin = at;
  while (at < text_.size()) {
    const char c = text_[at];
    if (IsLetter(c) || c == '_' || (at > begin && (IsDigit(c) || c == '-'))) {
      ++at;
    } else if (static_cast<unsigned char>(c) >= 0x80) {
      const Utf8Char decoded = DecodeUtf8(text_, at);
      if (ClassOfCharacter(decoded.code_point) == WordClass::kSeparator) break;
      at += decoded.size_bytes;
    } else {
      break;
    }
  }
  return at;
}

size_t HclLexer::HeredocEnd(size_t at) const {
  const size_t word = at + (At(at + 2) == '-' ? 3 : 2);
  size_t end = IdentifierEnd(word);
  if (end == word) return 0;
  if (At(end) == '\r') ++end;
  return At(end) == '\n' ? end + 1 : 0;
}

void HclLexer::Lex() {
  peeked_ = true;
  size_t at = position_;
  if (!SkipBlanks(&at)) return Set(HclToken::kInvalid, at, 2);
  if (at >= text_.size()) return Set(HclToken::kEnd, text_.size(), 0);
  const char c = text_[at];
  if (c == '\n') return Set(HclToken::kNewline, at, 1);
  if (c == '\r' && At(at + 1) == '\n') return Set(HclToken::kNewline, at, 2);
  if (IsDigit(c)) return Set(HclToken::kNumber, at, NumberEnd(at) - at);
  if (const size_t end = IdentifierEnd(at); end > at) {
    return Set(HclToken::kIdentifier, at, end - at);
  }
  if (c == '<' && At(at + 1) == '<') {
    if (const size_t end = HeredocEnd(at); end > 0) return Set(HclToken::kHeredoc, at, end - at);
  }
  LexSymbol(at);
}

void HclLexer::LexSymbol(size_t at) {
  const char next = At(at + 1);
  switch (text_[at]) {
    case '"':
      return Set(HclToken::kQuote, at, 1);
    case '{':
      return Set(HclToken::kOpenBrace, at, 1);
    case '}':
      return Set(HclToken::kCloseBrace, at, 1);
    case '[':
      return Set(HclToken::kOpenBracket, at, 1);
    case ']':
      return Set(HclToken::kCloseBracket, at, 1);
    case '(':
      return Set(HclToken::kOpenParen, at, 1);
    case ')':
      return Set(HclToken::kCloseParen, at, 1);
    case ',':
      return Set(HclToken::kComma, at, 1);
    case '?':
      return Set(HclToken::kQuestion, at, 1);
    case '*':
      return Set(HclToken::kStar, at, 1);
    case '-':
      return Set(HclToken::kMinus, at, 1);
    case '+':
    case '/':
    case '%':
      return Set(HclToken::kOperator, at, 1);
    case ':':
      return next == ':' ? Set(HclToken::kDoubleColon, at, 2) : Set(HclToken::kColon, at, 1);
    case '.':
      if (next == '.' && At(at + 2) == '.') return Set(HclToken::kEllipsis, at, 3);
      return Set(HclToken::kDot, at, 1);
    case '=':
      if (next == '=') return Set(HclToken::kOperator, at, 2);
      return next == '>' ? Set(HclToken::kFatArrow, at, 2) : Set(HclToken::kEqual, at, 1);
    case '!':
      return next == '=' ? Set(HclToken::kOperator, at, 2) : Set(HclToken::kBang, at, 1);
    case '<':
    case '>':
      return Set(HclToken::kOperator, at, next == '=' ? 2 : 1);
    case '&':
    case '|':
      return next == text_[at] ? Set(HclToken::kOperator, at, 2) : Set(HclToken::kInvalid, at, 1);
    case '~':
      return next == '}' ? Set(HclToken::kTildeBrace, at, 2) : Set(HclToken::kInvalid, at, 1);
    default:
      return Set(HclToken::kInvalid, at, 1);
  }
}

}  // namespace hubmill
