// The tokens of HCL outside of templates.
//
// The language has two lexical worlds: code, and templates (quoted or heredoc), which hold code in
// ${} again.  The parser knows in which it is, so tokens are made one at a time, where it asks, and
// templates are read by the parser from Position().  Whether newlines are tokens depends on the
// brackets around: the parser says so too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hubmill {

enum class HclToken : uint8_t {
  kEnd,
  kNewline,
  kIdentifier,
  kNumber,
  kQuote,    // The opening one; the template follows.
  kHeredoc,  // <<WORD or <<-WORD with its newline; the template follows.
  kOpenBrace,
  kCloseBrace,
  kTildeBrace,  // ~}
  kOpenBracket,
  kCloseBracket,
  kOpenParen,
  kCloseParen,
  kEqual,
  kColon,
  kDoubleColon,
  kComma,
  kDot,
  kEllipsis,
  kFatArrow,
  kQuestion,
  kStar,
  kMinus,
  kBang,
  kOperator,  // Those that only stand between two operands.
  kInvalid,   // Nothing of HCL.
};

struct HclLexeme {
  HclToken token = HclToken::kEnd;
  size_t begin = 0;
  size_t end = 0;
};

/// REQUIRES: valid UTF-8.  Not thread-safe.
class HclLexer {
 public:
  explicit HclLexer(std::string_view text) : text_(text) {}

  /// The next token; stays the next until Read().
  const HclLexeme& Peek() {
    if (!peeked_) Lex();
    return next_;
  }
  HclLexeme Read() {
    Peek();
    peeked_ = false;
    position_ = next_.end;
    return next_;
  }

  /// Just behind the last token read: where a template begins.
  size_t Position() const { return position_; }
  /// Goes on there, after a template.
  void MoveTo(size_t position) {
    position_ = position;
    peeked_ = false;
  }

  bool newlines() const { return newlines_; }
  /// Whether newlines are tokens from here on.
  void SetNewlines(bool newlines) {
    peeked_ = peeked_ && newlines_ == newlines;
    newlines_ = newlines;
  }

  std::string_view TextOf(const HclLexeme& lexeme) const {
    return text_.substr(lexeme.begin, lexeme.end - lexeme.begin);
  }

 private:
  void Lex();
  /// Past blanks and comments (and newlines, where these are no tokens); false where a comment does
  /// not end.
  bool SkipBlanks(size_t* at) const;
  size_t NumberEnd(size_t at) const;
  size_t IdentifierEnd(size_t at) const;
  size_t HeredocEnd(size_t at) const;
  void Set(HclToken token, size_t begin, size_t size) { next_ = {token, begin, begin + size}; }
  void LexSymbol(size_t at);
  char At(size_t at) const { return at < text_.size() ? text_[at] : '\0'; }

  std::string_view text_;
  size_t position_ = 0;
  bool newlines_ = true;
  bool peeked_ = false;
  HclLexeme next_;
};

}  // namespace hubmill
