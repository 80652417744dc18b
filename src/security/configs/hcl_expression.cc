// Expressions.  Which operator binds more tightly changes neither what is accepted nor the source
// that is shown, so operands and operators simply alternate.
#include <algorithm>

#include "base/json_text.h"
#include "security/configs/hcl_parser.h"

namespace hubmill {
namespace {

bool IsBinary(HclToken token) {
  return token == HclToken::kOperator || token == HclToken::kStar || token == HclToken::kMinus;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

size_t SkipDigits(std::string_view text, size_t at) {
  while (at < text.size() && IsDigit(text[at])) ++at;
  return at;
}

/// 12, 1.5, 1e9, 1.5E-3, and nothing else.
bool IsNumber(std::string_view text) {
  size_t at = SkipDigits(text, 0);
  if (at < text.size() && text[at] == '.') {
    const size_t end = SkipDigits(text, at + 1);
    if (end == at + 1) return false;
    at = end;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    at += at + 1 < text.size() && (text[at + 1] == '+' || text[at + 1] == '-') ? 2 : 1;
    at = SkipDigits(text, at);
  }
  return at == text.size();
}

}  // namespace

void HclParser::AppendCode(const HclForm& form) {
  std::string code = "${";
  code += SourceOf(form);
  code += '}';
  AppendJsonString(code, &out_);
}

bool HclParser::Code(HclForm* form) {
  ++mute_;
  const bool read = Expression(form);
  --mute_;
  return read;
}

bool HclParser::Expression(HclForm* form) {
  const Level level(this);
  if (TooDeep()) return false;
  const size_t start = out_.size();
  if (!Operand(form)) return false;
  HclForm other;
  while (IsBinary(lexer_.Peek().token)) {
    lexer_.Read();
    ++mute_;
    const bool read = Operand(&other);
    --mute_;
    if (!read) return false;
    *form = {.kind = HclForm::Kind::kCode, .begin = form->begin, .end = other.end};
  }
  if (NextIs(HclToken::kQuestion)) {
    lexer_.Read();
    if (!Code(&other) || !Expect(HclToken::kColon, ": of a condition") || !Code(&other)) {
      return false;
    }
    *form = {.kind = HclForm::Kind::kCode, .begin = form->begin, .end = other.end};
  }
  if (mute_ == 0 && form->kind != HclForm::Kind::kValue && form->kind != HclForm::Kind::kNumber) {
    out_.resize(start);
    AppendCode(*form);
  }
  return true;
}

bool HclParser::Operand(HclForm* form) { return Term(form) && Traversals(form); }

bool HclParser::Term(HclForm* form) {
  const HclLexeme first = lexer_.Peek();
  form->begin = first.begin;
  switch (first.token) {
    case HclToken::kOpenParen:
      return Parentheses(form);
    case HclToken::kNumber:
      return NumberLiteral(form);
    case HclToken::kIdentifier:
      return Name(form);
    case HclToken::kQuote:
      return Quoted(form);
    case HclToken::kHeredoc:
      return Heredoc(form);
    case HclToken::kMinus:
    case HclToken::kBang:
      return Unary(form);
    case HclToken::kOpenBracket:
      return List(form);
    case HclToken::kOpenBrace:
      return Map(form);
    default:
      return FailAt(first, "an expression");
  }
}

bool HclParser::Unary(HclForm* form) {
  const Level level(this);
  if (TooDeep()) return false;
  const HclLexeme sign = lexer_.Read();
  const size_t start = out_.size();
  HclForm operand;
  if (!Operand(&operand)) return false;
  const bool number = operand.kind == HclForm::Kind::kNumber && sign.token == HclToken::kMinus;
  *form = {.kind = number ? HclForm::Kind::kValue : HclForm::Kind::kCode,
           .begin = sign.begin,
           .end = operand.end};
  if (mute_ > 0) return true;
  if (number) {
    out_.insert(start, 1, '-');
  } else if (const std::string_view value = std::string_view(out_).substr(start);
             sign.token == HclToken::kBang && (value == "true" || value == "false")) {
    const bool negated = value == "false";
    out_.resize(start);
    out_ += negated ? "true" : "false";
    form->kind = HclForm::Kind::kValue;
  }
  return true;
}

bool HclParser::NumberLiteral(HclForm* form) {
  const HclLexeme lexeme = lexer_.Read();
  std::string_view digits = lexer_.TextOf(lexeme);
  if (!IsNumber(digits)) return FailAt(lexeme, "a number");
  while (digits.size() > 1 && digits[0] == '0' && IsDigit(digits[1])) digits.remove_prefix(1);
  if (mute_ == 0) out_ += digits;
  form->kind = HclForm::Kind::kNumber;
  form->end = lexeme.end;
  return true;
}

bool HclParser::Name(HclForm* form) {
  const HclLexeme name = lexer_.Read();
  form->end = name.end;
  if (NextIs(HclToken::kOpenParen) || NextIs(HclToken::kDoubleColon)) return Call(form);
  const std::string_view word = lexer_.TextOf(name);
  const bool literal = word == "true" || word == "false" || word == "null";
  form->kind = literal ? HclForm::Kind::kValue : HclForm::Kind::kPath;
  if (literal && mute_ == 0) out_ += word;
  return true;
}

bool HclParser::Call(HclForm* form) {
  while (NextIs(HclToken::kDoubleColon)) {
    lexer_.Read();
    if (!Expect(HclToken::kIdentifier, "a function's name")) return false;
  }
  if (!Expect(HclToken::kOpenParen, "an opening parenthesis")) return false;
  const bool newlines = lexer_.newlines();
  lexer_.SetNewlines(false);
  while (!NextIs(HclToken::kCloseParen)) {
    HclForm argument;
    if (!Code(&argument)) return false;
    if (NextIs(HclToken::kEllipsis)) {
      lexer_.Read();
      break;
    }
    if (!NextIs(HclToken::kComma)) break;
    lexer_.Read();
  }
  const HclLexeme close = lexer_.Peek();
  if (!Expect(HclToken::kCloseParen, "a comma or a closing parenthesis")) return false;
  lexer_.SetNewlines(newlines);
  form->kind = HclForm::Kind::kCode;
  form->end = close.end;
  return true;
}

bool HclParser::Parentheses(HclForm* form) {
  lexer_.Read();
  const bool newlines = lexer_.newlines();
  lexer_.SetNewlines(false);
  HclForm inner;
  if (!Code(&inner)) return false;
  const HclLexeme close = lexer_.Peek();
  if (!Expect(HclToken::kCloseParen, "a closing parenthesis")) return false;
  lexer_.SetNewlines(newlines);
  form->kind = HclForm::Kind::kCode;
  form->end = close.end;
  return true;
}

bool HclParser::Traversals(HclForm* form) {
  for (;;) {
    const HclToken next = lexer_.Peek().token;
    if (next == HclToken::kDot) {
      if (!AttributeStep(form)) return false;
    } else if (next == HclToken::kOpenBracket) {
      if (!IndexStep(form)) return false;
    } else {
      return true;
    }
  }
}

bool HclParser::AttributeStep(HclForm* form) {
  lexer_.Read();  // The dot.
  const HclLexeme step = lexer_.Read();
  form->end = step.end;
  if (step.token == HclToken::kIdentifier) {
    if (form->kind != HclForm::Kind::kPath) form->kind = HclForm::Kind::kCode;
    return true;
  }
  form->kind = HclForm::Kind::kCode;
  if (step.token == HclToken::kStar) return AttributeSplat(form);
  const bool index = step.token == HclToken::kNumber && IsNumber(lexer_.TextOf(step)) &&
                     lexer_.TextOf(step).find('.') == std::string_view::npos;
  return index || FailAt(step, "an attribute's name");
}

bool HclParser::AttributeSplat(HclForm* form) {
  while (NextIs(HclToken::kDot)) {
    lexer_.Read();
    const HclLexeme step = lexer_.Read();
    const bool index = step.token == HclToken::kNumber && IsNumber(lexer_.TextOf(step)) &&
                       lexer_.TextOf(step).find('.') == std::string_view::npos;
    if (step.token != HclToken::kIdentifier && !index) return FailAt(step, "an attribute's name");
    form->end = step.end;
  }
  return true;
}

bool HclParser::IndexStep(HclForm* form) {
  lexer_.Read();  // The bracket.
  form->kind = HclForm::Kind::kCode;
  if (NextIs(HclToken::kStar)) {
    lexer_.Read();
    form->end = lexer_.Peek().end;
    return Expect(HclToken::kCloseBracket, "a closing bracket");
  }
  const bool newlines = lexer_.newlines();
  lexer_.SetNewlines(false);
  HclForm key;
  if (!Code(&key)) return false;
  form->end = lexer_.Peek().end;
  if (!Expect(HclToken::kCloseBracket, "a closing bracket")) return false;
  lexer_.SetNewlines(newlines);
  return true;
}

bool HclParser::List(HclForm* form) {
  lexer_.Read();
  const bool newlines = lexer_.newlines();
  lexer_.SetNewlines(false);
  if (NextIsWord("for")) {
    if (!For(HclToken::kCloseBracket, form)) return false;
    lexer_.SetNewlines(newlines);
    return true;
  }
  if (mute_ == 0) out_ += '[';
  for (bool first = true; !NextIs(HclToken::kCloseBracket); first = false) {
    if (mute_ == 0 && !first) out_ += ',';
    HclForm item;
    if (!Expression(&item)) return false;
    if (!NextIs(HclToken::kComma)) break;
    lexer_.Read();
  }
  if (mute_ == 0) out_ += ']';
  form->kind = HclForm::Kind::kValue;
  form->end = lexer_.Peek().end;
  if (!Expect(HclToken::kCloseBracket, "a comma or a closing bracket")) return false;
  lexer_.SetNewlines(newlines);
  return true;
}

bool HclParser::Map(HclForm* form) {
  lexer_.Read();
  const bool newlines = lexer_.newlines();
  lexer_.SetNewlines(false);
  if (NextIsWord("for")) {
    if (!For(HclToken::kCloseBrace, form)) return false;
    lexer_.SetNewlines(newlines);
    return true;
  }
  lexer_.SetNewlines(true);
  JsonMembers members;
  for (;;) {
    if (NextIs(HclToken::kNewline)) {
      lexer_.Read();
      continue;
    }
    if (NextIs(HclToken::kCloseBrace)) break;
    if (!MapItem(&members)) return false;
    if (NextIs(HclToken::kCloseBrace)) break;
    const HclLexeme after = lexer_.Read();
    if (after.token != HclToken::kComma && after.token != HclToken::kNewline) {
      return FailAt(after, "a comma, a newline or a closing brace");
    }
  }
  form->kind = HclForm::Kind::kValue;
  form->end = lexer_.Read().end;
  lexer_.SetNewlines(newlines);
  if (mute_ == 0) members.Append("", &out_);
  return true;
}

bool HclParser::MapItem(JsonMembers* members) {
  const size_t start = out_.size();
  HclForm key;
  if (!Expression(&key)) return false;
  const HclLexeme sign = lexer_.Read();
  if (sign.token != HclToken::kEqual && sign.token != HclToken::kColon) {
    return FailAt(sign, "= or : behind a key");
  }
  const std::string name = mute_ > 0 ? "" : KeyOf(key, std::string_view(out_).substr(start));
  out_.resize(start);
  HclForm value;
  if (!Expression(&value)) return false;
  if (mute_ == 0) members->Set(name, out_.substr(start));
  out_.resize(start);
  return true;
}

bool HclParser::For(HclToken close, HclForm* form) {
  lexer_.Read();  // The word `for`.
  HclForm part;
  if (!ForNames(nullptr) || !Code(&part)) return false;
  if (!Expect(HclToken::kColon, ": behind what is gone through") || !Code(&part)) return false;
  const bool map = close == HclToken::kCloseBrace;
  if (map != NextIs(HclToken::kFatArrow)) {
    return FailAt(lexer_.Peek(), map ? "=> behind a key" : "a value without a key");
  }
  if (map) {
    lexer_.Read();
    if (!Code(&part)) return false;
    if (NextIs(HclToken::kEllipsis)) lexer_.Read();
  }
  if (NextIsWord("if")) {
    lexer_.Read();
    if (!Code(&part)) return false;
  }
  form->kind = HclForm::Kind::kCode;
  form->end = lexer_.Peek().end;
  return Expect(close, "the end of the for expression");
}

bool HclParser::ForNames(std::string* names) {
  HclLexeme name = lexer_.Read();
  if (name.token != HclToken::kIdentifier) return FailAt(name, "a name behind for");
  if (names != nullptr) *names = lexer_.TextOf(name);
  if (NextIs(HclToken::kComma)) {
    lexer_.Read();
    name = lexer_.Read();
    if (name.token != HclToken::kIdentifier) return FailAt(name, "a second name behind for");
    if (names != nullptr) (*names += ", ") += lexer_.TextOf(name);
  }
  if (!NextIsWord("in")) return FailAt(lexer_.Peek(), "in");
  lexer_.Read();
  return true;
}

}  // namespace hubmill
