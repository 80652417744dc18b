// The parser behind hcl.h: one pass over the text that writes JSON as it goes.
//
// No tree is built.  An expression's JSON is written when it is read, and taken back where it turns
// out to be code (an operator follows, a traversal, a call): code is shown as its source anyway.
// Inside code nothing is written at all (`mute_`), so that nesting costs no more than reading.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "security/configs/hcl.h"
#include "security/configs/hcl_lexer.h"
#include "security/configs/json_members.h"

namespace hubmill {

/// What an expression turned out to be, and where it stands.
struct HclForm {
  enum class Kind : uint8_t { kValue, kNumber, kPath, kCode };
  Kind kind = Kind::kCode;  // kValue: its JSON is itself; kPath: a name with attributes.
  size_t begin = 0;
  size_t end = 0;
};

/// A piece of a template: literal text, or what stands between ${ and }, as JSON.
struct HclPart {
  enum class Kind : uint8_t { kText, kValue, kDirective };
  Kind kind = Kind::kText;
  std::string text;  // Decoded (kText), JSON (kValue), the marker (kDirective).
  HclForm form;      // Of a kValue.
};

/// Used once.  Functions that return bool return false after Fail().
class HclParser {
 public:
  explicit HclParser(std::string_view text) : text_(text), lexer_(text) {}

  std::optional<HclError> Parse(HclFile* file);

 private:
  /// One step down; false, and failed, where it is too deep.
  class Level {
   public:
    explicit Level(HclParser* parser) : parser_(parser) { ++parser_->depth_; }
    ~Level() { --parser_->depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    HclParser* parser_;
  };
  friend class Level;
  bool TooDeep();

  bool Fail(size_t at, std::string_view expected);
  bool FailAt(const HclLexeme& lexeme, std::string_view expected);
  bool Expect(HclToken token, std::string_view expected);
  bool NextIs(HclToken token) { return lexer_.Peek().token == token; }
  bool NextIsWord(std::string_view word);

  // hcl_parser.cc: structure.
  bool Body(HclToken end, JsonMembers* members);
  bool BodyItem(JsonMembers* members);
  bool Attribute(std::string_view name, size_t at, JsonMembers* members);
  bool Block(const HclLexeme& type, JsonMembers* members);
  bool BlockLabels(std::vector<std::string>* labels);
  bool OneLineBody(JsonMembers* members);
  bool Label(std::string* label);
  int64_t LineOf(size_t at);

  // hcl_expression.cc
  bool Expression(HclForm* form);
  bool Operand(HclForm* form);
  bool Term(HclForm* form);
  bool Unary(HclForm* form);
  bool NumberLiteral(HclForm* form);
  bool Name(HclForm* form);
  bool Call(HclForm* form);
  bool Parentheses(HclForm* form);
  bool Traversals(HclForm* form);
  bool AttributeStep(HclForm* form);
  bool AttributeSplat(HclForm* form);
  bool IndexStep(HclForm* form);
  bool List(HclForm* form);
  bool Map(HclForm* form);
  bool MapItem(JsonMembers* members);
  bool For(HclToken close, HclForm* form);
  bool ForNames(std::string* names);
  /// An expression whose JSON nobody wants.
  bool Code(HclForm* form);
  void AppendCode(const HclForm& form);
  std::string KeyOf(const HclForm& form, std::string_view json) const;

  // hcl_template.cc
  bool Quoted(HclForm* form);
  bool Heredoc(HclForm* form);
  bool QuotedParts(std::vector<HclPart>* parts);
  bool QuotedText(size_t* at, std::string* out);
  bool Escape(size_t* at, std::string* out);
  bool HeredocParts(std::string_view word, std::vector<HclPart>* parts, size_t* end);
  bool Sequence(std::vector<HclPart>* parts, bool* trim_next);
  bool Directive(HclPart* part);
  bool CloseSequence(bool* trim_next);
  bool CheckDirectives(const std::vector<HclPart>& parts, size_t at);
  void AppendTemplate(const std::vector<HclPart>& parts, HclForm* form);
  void AppendTemplateText(const std::vector<HclPart>& parts);
  std::string_view SourceOf(const HclForm& form) const {
    return text_.substr(form.begin, form.end - form.begin);
  }

  std::string_view text_;
  HclLexer lexer_;
  std::string out_;  // JSON of what is being read.
  int mute_ = 0;     // Within code, where no JSON is wanted.
  int depth_ = 0;
  int64_t blocks_ = 0;
  size_t line_at_ = 0;  // LineOf() counts on from here.
  int64_t line_ = 1;
  std::optional<HclError> error_;
};

}  // namespace hubmill
