// Lexer and parser of filter's conditions: recursive descent, depth and size bounded, so that no
// input can exhaust the stack.  Types are the business of expression_bind.cc.
#include "stages/expression.h"

#include <charconv>
#include <optional>

#include "base/check.h"

namespace hubmill {
namespace {

struct Token {
  enum class Kind { kEnd, kWord, kQuotedName, kText, kInteger, kNumber, kSymbol };
  Kind kind = Kind::kEnd;
  std::string text;
  size_t at = 1;
};

bool IsWordStart(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
}
bool IsDigit(unsigned char c) { return c >= '0' && c <= '9'; }
bool IsWordPart(unsigned char c) { return IsWordStart(c) || IsDigit(c); }

Status WrongAt(size_t at, const std::string& what) {
  const bool has_remedy = what.find("; remedy: ") != what.npos;
  return WrongUsage("expression is wrong: at=", at, " ", what,
                    has_remedy ? "" : "; remedy: correct it there, see `hubmill stages filter`");
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<Token>> Run() {
    std::vector<Token> tokens;
    while (true) {
      while (at_ < text_.size() && IsBlank(text_[at_])) ++at_;
      Token token;
      token.at = at_ + 1;
      if (at_ < text_.size()) ARROW_RETURN_NOT_OK(ReadToken(&token));
      tokens.push_back(std::move(token));
      if (tokens.back().kind == Token::Kind::kEnd) return tokens;
    }
  }

 private:
  static bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

  Status ReadToken(Token* token) {
    const auto c = static_cast<unsigned char>(text_[at_]);
    if (IsWordStart(c)) {
      const size_t start = at_;
      while (at_ < text_.size() && IsWordPart(static_cast<unsigned char>(text_[at_]))) ++at_;
      token->kind = Token::Kind::kWord;
      token->text = text_.substr(start, at_ - start);
      return Status::OK();
    }
    if (IsDigit(c)) return ReadNumber(token);
    if (c == '\'' || c == '"') return ReadQuoted(char(c), token);
    for (std::string_view symbol : {"==", "!=", "<>", "<=", ">="}) {
      if (text_.substr(at_, 2) == symbol) return TakeSymbol(2, token);
    }
    if (std::string_view("=<>+-*/%(),.").find(char(c)) != std::string_view::npos) {
      return TakeSymbol(1, token);
    }
    return WrongAt(token->at,
                   "a character that means nothing here; remedy: put texts in 'single' "
                   "and column names in \"double\" quotes");
  }

  Status TakeSymbol(size_t bytes, Token* token) {
    token->kind = Token::Kind::kSymbol;
    token->text = text_.substr(at_, bytes);
    at_ += bytes;
    return Status::OK();
  }

  Status ReadNumber(Token* token) {
    const size_t start = at_;
    token->kind = Token::Kind::kInteger;
    SkipDigits();
    if (at_ + 1 < text_.size() && text_[at_] == '.' &&
        IsDigit(static_cast<unsigned char>(text_[at_ + 1]))) {
      token->kind = Token::Kind::kNumber;
      ++at_;
      SkipDigits();
    }
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      token->kind = Token::Kind::kNumber;
      ++at_;
      if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
      SkipDigits();
    }
    if (at_ < text_.size() && IsWordPart(static_cast<unsigned char>(text_[at_]))) {
      return WrongAt(token->at,
                     "not a number; remedy: put a column name that starts with a digit "
                     "in \"double\" quotes");
    }
    token->text = text_.substr(start, at_ - start);
    return Status::OK();
  }

  void SkipDigits() {
    while (at_ < text_.size() && IsDigit(static_cast<unsigned char>(text_[at_]))) ++at_;
  }

  Status ReadQuoted(char quote, Token* token) {
    token->kind = quote == '"' ? Token::Kind::kQuotedName : Token::Kind::kText;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] != quote) {
        token->text += text_[at_];
      } else if (text_.substr(at_ + 1, 1) == std::string_view(&quote, 1)) {
        token->text += quote;
        ++at_;
      } else {
        ++at_;
        return Status::OK();
      }
    }
    return WrongAt(token->at, "quote without an end; remedy: close it (a quote inside is doubled)");
  }

  std::string_view text_;
  size_t at_ = 0;
};

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  Result<ExpressionPtr> Run() {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr root, ParseOr());
    if (Now().kind != Token::Kind::kEnd) {
      return WrongAt(Now().at, "expected an operator or the end" + Found());
    }
    return root;
  }

 private:
  const Token& Now() const { return tokens_[index_]; }
  const Token& Then() const { return tokens_[std::min(index_ + 1, tokens_.size() - 1)]; }
  bool IsWord(const Token& token, std::string_view word) const {
    return token.kind == Token::Kind::kWord && token.text == word;
  }
  bool IsSymbol(std::string_view symbol) const {
    return Now().kind == Token::Kind::kSymbol && Now().text == symbol;
  }
  void Advance() {
    if (Now().kind != Token::Kind::kEnd) ++index_;
  }
  std::string Found() const {
    if (Now().kind == Token::Kind::kEnd) return ", found the end";
    return ", found " + Now().text.substr(0, 40);
  }
  Status Expect(std::string_view symbol) {
    if (!IsSymbol(symbol)) {
      return WrongAt(Now().at, "expected " + std::string(symbol) + Found());
    }
    Advance();
    return Status::OK();
  }

  Result<ExpressionPtr> MakeCall(std::string name, size_t at, ExpressionPtr left,
                                 ExpressionPtr right) {
    if (++operators_ > kExpressionOperatorsMax) {
      return WrongAt(at, Concat("too many operators: max=", kExpressionOperatorsMax,
                                "; remedy: use in (...) or several filter stages"));
    }
    auto node = std::make_unique<ExpressionNode>();
    node->text = std::move(name);
    node->at = at;
    node->operands.push_back(std::move(left));
    if (right != nullptr) node->operands.push_back(std::move(right));
    return node;
  }

  /// Guards the recursion; every way into a deeper level passes here.
  template <typename ParseFunction>
  Result<ExpressionPtr> Deeper(ParseFunction parse) {
    if (++depth_ > kExpressionDepthMax) {
      return WrongAt(Now().at, Concat("nested too deeply: max=", kExpressionDepthMax,
                                      "; remedy: use several filter stages"));
    }
    auto result = parse();
    --depth_;
    return result;
  }

  Result<ExpressionPtr> ParseOr() {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr left, ParseAnd());
    while (IsWord(Now(), "or")) {
      const size_t at = Now().at;
      Advance();
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr right, ParseAnd());
      ARROW_ASSIGN_OR_RAISE(left, MakeCall("or", at, std::move(left), std::move(right)));
    }
    return left;
  }

  Result<ExpressionPtr> ParseAnd() {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr left, ParseNot());
    while (IsWord(Now(), "and")) {
      const size_t at = Now().at;
      Advance();
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr right, ParseNot());
      ARROW_ASSIGN_OR_RAISE(left, MakeCall("and", at, std::move(left), std::move(right)));
    }
    return left;
  }

  Result<ExpressionPtr> ParseNot() {
    if (!IsWord(Now(), "not")) return ParseCompare();
    const size_t at = Now().at;
    Advance();
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr inner, Deeper([this] { return ParseNot(); }));
    return MakeCall("not", at, std::move(inner), nullptr);
  }

  Result<ExpressionPtr> ParseCompare() {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr left, ParseSum());
    const size_t at = Now().at;
    if (Now().kind == Token::Kind::kSymbol) {
      std::string name = Now().text == "=" ? "==" : Now().text == "<>" ? "!=" : Now().text;
      for (std::string_view known : {"==", "!=", "<", "<=", ">", ">="}) {
        if (name != known) continue;
        Advance();
        ARROW_ASSIGN_OR_RAISE(ExpressionPtr right, ParseSum());
        return MakeCall(std::move(name), at, std::move(left), std::move(right));
      }
      return left;
    }
    if (IsWord(Now(), "is")) {
      Advance();
      const bool negated = IsWord(Now(), "not");
      if (negated) Advance();
      if (!IsWord(Now(), "null")) return WrongAt(Now().at, "expected null after is" + Found());
      Advance();
      return MakeCall(negated ? "is not null" : "is null", at, std::move(left), nullptr);
    }
    const bool negated = IsWord(Now(), "not") && IsWord(Then(), "in");
    if (negated) Advance();
    if (!IsWord(Now(), "in")) return left;
    Advance();
    return ParseInList(std::move(left), at, negated);
  }

  Result<ExpressionPtr> ParseInList(ExpressionPtr left, size_t at, bool negated) {
    ARROW_RETURN_NOT_OK(Expect("("));
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr node, MakeCall("in", at, std::move(left), nullptr));
    while (true) {
      const size_t item_at = Now().at;
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr item, ParseSign());
      if (item->kind == ExpressionNode::Kind::kColumn ||
          item->kind == ExpressionNode::Kind::kCall) {
        return WrongAt(item_at, "in (...) takes literals only; remedy: compare with or");
      }
      node->operands.push_back(std::move(item));
      if (!IsSymbol(",")) break;
      Advance();
    }
    ARROW_RETURN_NOT_OK(Expect(")"));
    if (!negated) return node;
    return MakeCall("not", at, std::move(node), nullptr);
  }

  Result<ExpressionPtr> ParseSum() {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr left, ParseProduct());
    while (IsSymbol("+") || IsSymbol("-")) {
      const Token symbol = Now();
      Advance();
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr right, ParseProduct());
      ARROW_ASSIGN_OR_RAISE(left,
                            MakeCall(symbol.text, symbol.at, std::move(left), std::move(right)));
    }
    return left;
  }

  Result<ExpressionPtr> ParseProduct() {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr left, ParseSign());
    while (IsSymbol("*") || IsSymbol("/") || IsSymbol("%")) {
      const Token symbol = Now();
      Advance();
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr right, ParseSign());
      ARROW_ASSIGN_OR_RAISE(left,
                            MakeCall(symbol.text, symbol.at, std::move(left), std::move(right)));
    }
    return left;
  }

  Result<ExpressionPtr> ParseSign() {
    if (!IsSymbol("-")) return ParseAtom();
    const size_t at = Now().at;
    Advance();
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr inner, Deeper([this] { return ParseSign(); }));
    if (inner->kind == ExpressionNode::Kind::kInteger) {
      inner->integer = -inner->integer;  // Literals are never the least int64, so this is safe.
      return inner;
    }
    if (inner->kind == ExpressionNode::Kind::kNumber) {
      inner->number = -inner->number;
      return inner;
    }
    return MakeCall("negate", at, std::move(inner), nullptr);
  }

  Result<ExpressionPtr> ParseAtom() {
    auto node = std::make_unique<ExpressionNode>();
    const Token token = Now();
    node->at = token.at;
    switch (token.kind) {
      case Token::Kind::kInteger:
      case Token::Kind::kNumber:
        ARROW_RETURN_NOT_OK(ReadNumber(token, node.get()));
        Advance();
        return node;
      case Token::Kind::kText:
        node->kind = ExpressionNode::Kind::kText;
        node->text = token.text;
        Advance();
        return node;
      case Token::Kind::kWord:
        if (token.text == "true" || token.text == "false") {
          node->kind = ExpressionNode::Kind::kBool;
          node->integer = token.text == "true" ? 1 : 0;
          Advance();
          return node;
        }
        if (Then().kind == Token::Kind::kSymbol && Then().text == "(") return ParseCall();
        return ParseColumn();
      case Token::Kind::kQuotedName:
        return ParseColumn();
      case Token::Kind::kSymbol:
        if (token.text == "(") {
          Advance();
          ARROW_ASSIGN_OR_RAISE(ExpressionPtr inner, Deeper([this] { return ParseOr(); }));
          ARROW_RETURN_NOT_OK(Expect(")"));
          return inner;
        }
        break;
      case Token::Kind::kEnd:
        break;
    }
    return WrongAt(token.at, "expected a column, a value or (" + Found());
  }

  Status ReadNumber(const Token& token, ExpressionNode* node) {
    const char* end = token.text.data() + token.text.size();
    std::from_chars_result read{};
    if (token.kind == Token::Kind::kInteger) {
      node->kind = ExpressionNode::Kind::kInteger;
      read = std::from_chars(token.text.data(), end, node->integer);
    } else {
      node->kind = ExpressionNode::Kind::kNumber;
      read = std::from_chars(token.text.data(), end, node->number);
    }
    if (read.ec != std::errc() || read.ptr != end) {
      return WrongAt(token.at, "number cannot be read or is out of range");
    }
    return Status::OK();
  }

  Result<ExpressionPtr> ParseColumn() {
    auto node = std::make_unique<ExpressionNode>();
    node->kind = ExpressionNode::Kind::kColumn;
    node->at = Now().at;
    while (true) {
      const Token token = Now();
      if (token.kind != Token::Kind::kWord && token.kind != Token::Kind::kQuotedName) {
        return WrongAt(token.at, "expected a name after ." + Found());
      }
      if (token.kind == Token::Kind::kWord) {
        for (std::string_view reserved : {"and", "or", "not", "in", "is", "null"}) {
          if (token.text != reserved) continue;
          return WrongAt(token.at, "expected a column or a value, found " + token.text +
                                       "; remedy: put a column of that name in \"double\" quotes");
        }
      }
      node->path.push_back(token.text);
      if (int(node->path.size()) > kExpressionDepthMax) {
        return WrongAt(token.at, Concat("too many nested fields: max=", kExpressionDepthMax));
      }
      Advance();
      if (!IsSymbol(".")) return node;
      Advance();
    }
  }

  Result<ExpressionPtr> ParseCall() {
    const Token name = Now();
    Advance();
    ARROW_RETURN_NOT_OK(Expect("("));
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr first, Deeper([this] { return ParseOr(); }));
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr node,
                          MakeCall(name.text, name.at, std::move(first), nullptr));
    while (IsSymbol(",")) {
      Advance();
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr next, Deeper([this] { return ParseOr(); }));
      node->operands.push_back(std::move(next));
    }
    ARROW_RETURN_NOT_OK(Expect(")"));
    return node;
  }

  std::vector<Token> tokens_;
  size_t index_ = 0;
  int depth_ = 0;
  int operators_ = 0;
};

}  // namespace

Result<ExpressionPtr> ParseExpression(std::string_view text) {
  if (text.size() > kExpressionBytesMax) {
    return WrongUsage("expression is too long: bytes=", text.size(), " max=", kExpressionBytesMax,
                      "; remedy: use several filter stages");
  }
  ARROW_ASSIGN_OR_RAISE(std::vector<Token> tokens, Lexer(text).Run());
  return Parser(std::move(tokens)).Run();
}

}  // namespace hubmill
