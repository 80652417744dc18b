// The language of filter: a condition over columns.
//
//   label >= 0 and not (lang in ('ne', 'en')) and length(text) < 2000 and meta.source is not null
//
// ParseExpression() needs no schema, so a recipe is checked without data; BindExpression() checks
// names and types and compiles to Arrow compute calls.  Grammar, precedence from loose to tight:
//
//   or:      and ("or" and)*                 and:  not ("and" not)*
//   not:     "not" not | compare
//   compare: sum [("=="|"="|"!="|"<>"|"<"|"<="|">"|">=") sum
//                 | ["not"] "in" "(" literal ("," literal)* ")" | "is" ["not"] "null"]
//   sum:     product (("+"|"-") product)*    product: sign (("*"|"/"|"%") sign)*
//   sign:    "-" sign | atom
//   atom:    "(" or ")" | literal | name ("." name)* | function "(" or ("," or)* ")"
//
// Names stand bare or in "double quotes", texts in 'single quotes'; a doubled quote is a quote.
#pragma once

#include <arrow/compute/expression.h>
#include <arrow/type.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.h"

namespace hubmill {

struct ExpressionNode;
using ExpressionPtr = std::unique_ptr<ExpressionNode>;

/// One node of the parsed expression.
struct ExpressionNode {
  enum class Kind { kInteger, kNumber, kText, kBool, kColumn, kCall };
  Kind kind = Kind::kCall;
  size_t at = 1;                        // 1-based byte position in the expression, for messages.
  std::string text;                     // kText: the text.  kCall: the operator or function.
  std::vector<std::string> path;        // kColumn: name, then struct fields.
  int64_t integer = 0;                  // kInteger, kBool
  double number = 0;                    // kNumber
  std::vector<ExpressionPtr> operands;  // kCall
};

inline constexpr size_t kExpressionBytesMax = 64 << 10;
inline constexpr int kExpressionDepthMax = 64;       // Of brackets, not and sign.
inline constexpr int kExpressionOperatorsMax = 500;  // A chain `a or b or …` is a tree this deep.

/// Parses; errors (kWrongUsage) name the position.
Result<ExpressionPtr> ParseExpression(std::string_view text);

/// Checks names and types against `schema` (kDataRefused, with the position and the nearest
/// column) and compiles.  The result is a bound condition of type bool.
Result<arrow::compute::Expression> BindExpression(const ExpressionNode& root,
                                                  const arrow::Schema& schema);

}  // namespace hubmill
