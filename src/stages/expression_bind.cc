// Types and compilation of filter's conditions.
//
// Arrow would insert casts by itself, but exact ones, which fail on large integers and then show
// the value.  So every number is brought to int64 or float64 here, and Arrow sees equal types only.
#include <arrow/array/builder_base.h>
#include <arrow/compute/api_scalar.h>
#include <arrow/compute/cast.h>
#include <arrow/scalar.h>
#include <re2/re2.h>

#include "base/check.h"
#include "core/setting.h"
#include "stages/columns.h"
#include "stages/expression.h"

namespace hubmill {
namespace {

namespace cp = arrow::compute;

constexpr int64_t kPatternMemoryMax = 8 << 20;  // RE2 refuses patterns whose program is larger.

enum class Kind { kBool, kInteger, kFloat, kText, kTime, kList, kOther };

struct Typed {
  cp::Expression expression;
  std::shared_ptr<arrow::DataType> type;
  Kind kind = Kind::kOther;
  const ExpressionNode* node = nullptr;
};

Kind KindOfType(const arrow::DataType& type) {
  if (type.id() == arrow::Type::BOOL) return Kind::kBool;
  if (arrow::is_integer(type.id())) return Kind::kInteger;
  if (arrow::is_floating(type.id()) || arrow::is_decimal(type.id())) return Kind::kFloat;
  if (IsText(type)) return Kind::kText;
  if (type.id() != arrow::Type::DURATION && arrow::is_temporal(type.id())) return Kind::kTime;
  if (type.id() == arrow::Type::LIST || type.id() == arrow::Type::LARGE_LIST) return Kind::kList;
  return Kind::kOther;
}

const char* NameOf(Kind kind) {
  switch (kind) {
    case Kind::kBool:
      return "a condition";
    case Kind::kInteger:
    case Kind::kFloat:
      return "a number";
    case Kind::kText:
      return "text";
    case Kind::kTime:
      return "a time";
    case Kind::kList:
      return "a list";
    case Kind::kOther:
      break;
  }
  return "a value of another type";
}

Status RefusedAt(size_t at, const std::string& what) {
  HUBMILL_CHECK(what.find("; remedy: ") != what.npos, "a refusal names its remedy");
  return DataRefused("expression does not fit the columns: at=", at, " ", what);
}

Typed MakeTyped(cp::Expression expression, std::shared_ptr<arrow::DataType> type,
                const ExpressionNode& node) {
  const Kind kind = KindOfType(*type);
  return {std::move(expression), std::move(type), kind, &node};
}

cp::Expression CastTo(cp::Expression from, std::shared_ptr<arrow::DataType> type, bool exact) {
  return cp::call("cast", {std::move(from)},
                  exact ? cp::CastOptions::Safe(type) : cp::CastOptions::Unsafe(type));
}

Status Need(const Typed& value, std::initializer_list<Kind> kinds, const char* wanted) {
  for (Kind kind : kinds) {
    if (value.kind == kind) return Status::OK();
  }
  return RefusedAt(value.node->at, Concat("needs ", wanted, ", found ", NameOf(value.kind),
                                          " of type ", value.type->ToString(),
                                          "; remedy: cast the column before, or name another"));
}

/// The literal text of `node` as a time of `type`; a missing zone means UTC.
Result<std::shared_ptr<arrow::Scalar>> ParseTime(const ExpressionNode& node,
                                                 const std::shared_ptr<arrow::DataType>& type) {
  for (const char* zone : {"", "Z"}) {
    auto parsed = arrow::Scalar::Parse(type, node.text + zone);
    if (parsed.ok()) return parsed;
  }
  return RefusedAt(node.at, Concat("text is not a time of type ", type->ToString(),
                                   "; remedy: write it as 2025-01-31 or 2025-01-31 12:00:00"));
}

class Binder {
 public:
  explicit Binder(const arrow::Schema& schema) : schema_(schema) {}

  Result<Typed> Bind(const ExpressionNode& node) {
    switch (node.kind) {
      case ExpressionNode::Kind::kInteger:
        return MakeTyped(cp::literal(node.integer), arrow::int64(), node);
      case ExpressionNode::Kind::kNumber:
        return MakeTyped(cp::literal(node.number), arrow::float64(), node);
      case ExpressionNode::Kind::kText:
        return MakeTyped(cp::literal(node.text), arrow::utf8(), node);
      case ExpressionNode::Kind::kBool:
        return MakeTyped(cp::literal(node.integer != 0), arrow::boolean(), node);
      case ExpressionNode::Kind::kColumn:
        return BindColumn(node);
      case ExpressionNode::Kind::kCall:
        break;
    }
    return BindCall(node);
  }

 private:
  Result<Typed> BindColumn(const ExpressionNode& node) {
    std::vector<std::string> path = node.path;
    if (path.size() > 1 && schema_.GetAllFieldIndices(path[0]).empty()) {
      std::string joined = path[0];
      for (size_t i = 1; i < path.size(); ++i) joined += "." + path[i];
      if (!schema_.GetAllFieldIndices(joined).empty()) path = {joined};
    }
    auto index = ColumnIndex(schema_, path[0]);
    if (!index.ok()) return WithContext(index.status(), Concat("expression at=", node.at, ": "));
    std::vector<int> indices = {*index};
    std::shared_ptr<arrow::DataType> type = schema_.field(*index)->type();
    for (size_t i = 1; i < path.size(); ++i) {
      if (type->id() != arrow::Type::STRUCT) {
        return RefusedAt(
            node.at, Concat("column has no fields: name=", path[i - 1], " type=", type->ToString(),
                            "; remedy: name a column of type struct"));
      }
      const auto inner = ColumnIndex(*arrow::schema(type->fields()), path[i]);
      if (!inner.ok()) return WithContext(inner.status(), Concat("expression at=", node.at, ": "));
      indices.push_back(*inner);
      type = type->field(*inner)->type();
    }
    cp::Expression value = cp::field_ref(arrow::FieldRef(indices[0]));
    if (indices.size() > 1) {
      value =
          cp::call("struct_field", {std::move(value)},
                   cp::StructFieldOptions(std::vector<int>(indices.begin() + 1, indices.end())));
    }
    return Normalize(std::move(value), std::move(type), node);
  }

  /// Integers as int64, other numbers as float64, kinds of text as string.
  static Typed Normalize(cp::Expression value, std::shared_ptr<arrow::DataType> type,
                         const ExpressionNode& node) {
    if (type->id() == arrow::Type::DICTIONARY) {
      type = static_cast<const arrow::DictionaryType&>(*type).value_type();
      value = CastTo(std::move(value), type, true);
    }
    if (arrow::is_integer(type->id()) && type->id() != arrow::Type::INT64) {
      return MakeTyped(CastTo(std::move(value), arrow::int64(), true), arrow::int64(), node);
    }
    if (KindOfType(*type) == Kind::kFloat && type->id() != arrow::Type::DOUBLE) {
      return MakeTyped(CastTo(std::move(value), arrow::float64(), false), arrow::float64(), node);
    }
    if (type->id() == arrow::Type::STRING_VIEW) {
      return MakeTyped(CastTo(std::move(value), arrow::utf8(), true), arrow::utf8(), node);
    }
    return MakeTyped(std::move(value), std::move(type), node);
  }

  Result<Typed> BindCall(const ExpressionNode& node) {
    const std::string& name = node.text;
    if (name == "and" || name == "or" || name == "not") return BindLogic(node);
    if (name == "in") return BindIn(node);
    if (name == "is null" || name == "is not null") {
      ARROW_ASSIGN_OR_RAISE(Typed value, Bind(*node.operands[0]));
      return MakeTyped(
          cp::call(name == "is null" ? "is_null" : "is_valid", {std::move(value.expression)}),
          arrow::boolean(), node);
    }
    for (const auto& [symbol, function] : kComparisons) {
      if (name == symbol) return BindCompare(node, function);
    }
    if (name == "negate") {
      ARROW_ASSIGN_OR_RAISE(Typed value, BindNumber(*node.operands[0]));
      return MakeTyped(cp::call("negate_checked", {std::move(value.expression)}), value.type, node);
    }
    if (std::string_view("+-*/%").find(name) != std::string_view::npos) return BindArithmetic(node);
    return BindFunction(node);
  }

  Result<Typed> BindLogic(const ExpressionNode& node) {
    std::vector<cp::Expression> operands;
    for (const ExpressionPtr& operand : node.operands) {
      ARROW_ASSIGN_OR_RAISE(Typed value, Bind(*operand));
      ARROW_RETURN_NOT_OK(Need(value, {Kind::kBool}, "a condition"));
      operands.push_back(std::move(value.expression));
    }
    const char* function = node.text == "and"  ? "and_kleene"
                           : node.text == "or" ? "or_kleene"
                                               : "invert";
    return MakeTyped(cp::call(function, std::move(operands)), arrow::boolean(), node);
  }

  Result<Typed> BindNumber(const ExpressionNode& node) {
    ARROW_ASSIGN_OR_RAISE(Typed value, Bind(node));
    ARROW_RETURN_NOT_OK(Need(value, {Kind::kInteger, Kind::kFloat}, "a number"));
    return value;
  }

  static void ToFloat(Typed* value) {
    if (value->kind == Kind::kFloat) return;
    value->expression = CastTo(std::move(value->expression), arrow::float64(), false);
    value->type = arrow::float64();
    value->kind = Kind::kFloat;
  }

  Result<Typed> BindArithmetic(const ExpressionNode& node) {
    ARROW_ASSIGN_OR_RAISE(Typed left, BindNumber(*node.operands[0]));
    ARROW_ASSIGN_OR_RAISE(Typed right, BindNumber(*node.operands[1]));
    if (left.kind != right.kind || node.text == "/") {
      ToFloat(&left);
      ToFloat(&right);
    }
    if (node.text == "/" || node.text == "%") {  // By zero: null.
      ARROW_ASSIGN_OR_RAISE(auto zero, arrow::MakeScalar(right.type, 0));
      right.expression =
          cp::call("if_else", {cp::call("equal", {right.expression, cp::literal(zero)}),
                               cp::literal(arrow::MakeNullScalar(right.type)), right.expression});
    }
    const char* function = node.text == "+"   ? "add_checked"
                           : node.text == "-" ? "subtract_checked"
                           : node.text == "*" ? "multiply_checked"
                           : node.text == "/" ? "divide"
                                              : "modulo";
    return MakeTyped(cp::call(function, {std::move(left.expression), std::move(right.expression)}),
                     left.type, node);
  }

  /// Brings both sides to one type, or says that they cannot be compared.
  static Status Reconcile(const ExpressionNode& node, Typed* left, Typed* right) {
    const bool numbers = (left->kind == Kind::kInteger || left->kind == Kind::kFloat) &&
                         (right->kind == Kind::kInteger || right->kind == Kind::kFloat);
    if (numbers) {
      if (left->kind != right->kind) {
        ToFloat(left);
        ToFloat(right);
      }
      return Status::OK();
    }
    for (auto [time, text] : {std::pair(left, right), std::pair(right, left)}) {
      if (time->kind != Kind::kTime || text->node->kind != ExpressionNode::Kind::kText) continue;
      ARROW_ASSIGN_OR_RAISE(auto scalar, ParseTime(*text->node, time->type));
      text->expression = cp::literal(std::move(scalar));
      text->type = time->type;
      text->kind = Kind::kTime;
    }
    const bool comparable =
        left->kind == Kind::kBool || left->kind == Kind::kText || left->kind == Kind::kTime;
    if (left->kind == right->kind && comparable) return Status::OK();
    return RefusedAt(
        node.at, Concat("cannot compare ", NameOf(left->kind), " of type ", left->type->ToString(),
                        " with ", NameOf(right->kind), " of type ", right->type->ToString(),
                        "; remedy: write texts in 'single' quotes, numbers without"));
  }

  Result<Typed> BindCompare(const ExpressionNode& node, const char* function) {
    ARROW_ASSIGN_OR_RAISE(Typed left, Bind(*node.operands[0]));
    ARROW_ASSIGN_OR_RAISE(Typed right, Bind(*node.operands[1]));
    ARROW_RETURN_NOT_OK(Reconcile(node, &left, &right));
    return MakeTyped(cp::call(function, {std::move(left.expression), std::move(right.expression)}),
                     arrow::boolean(), node);
  }

  Result<Typed> BindIn(const ExpressionNode& node) {
    ARROW_ASSIGN_OR_RAISE(Typed value, Bind(*node.operands[0]));
    std::vector<Typed> items;
    for (size_t i = 1; i < node.operands.size(); ++i) {
      ARROW_ASSIGN_OR_RAISE(Typed item, Bind(*node.operands[i]));
      if (value.kind == Kind::kInteger && item.kind == Kind::kFloat) ToFloat(&value);
      ARROW_RETURN_NOT_OK(Reconcile(*item.node, &value, &item));
      items.push_back(std::move(item));
    }
    std::unique_ptr<arrow::ArrayBuilder> builder;
    ARROW_RETURN_NOT_OK(arrow::MakeBuilder(arrow::default_memory_pool(), value.type, &builder));
    for (const Typed& item : items) {
      ARROW_ASSIGN_OR_RAISE(auto scalar, LiteralOf(item, value.type));
      ARROW_RETURN_NOT_OK(builder->AppendScalar(*scalar));
    }
    ARROW_ASSIGN_OR_RAISE(auto set, builder->Finish());
    return MakeTyped(cp::call("is_in", {std::move(value.expression)},
                              cp::SetLookupOptions(set, cp::SetLookupOptions::INCONCLUSIVE)),
                     arrow::boolean(), node);
  }

  static Result<std::shared_ptr<arrow::Scalar>> LiteralOf(
      const Typed& item, const std::shared_ptr<arrow::DataType>& type) {
    const ExpressionNode& node = *item.node;
    switch (node.kind) {
      case ExpressionNode::Kind::kInteger:
        if (type->id() == arrow::Type::DOUBLE) return arrow::MakeScalar(type, double(node.integer));
        return arrow::MakeScalar(type, node.integer);
      case ExpressionNode::Kind::kNumber:
        return arrow::MakeScalar(type, node.number);
      case ExpressionNode::Kind::kBool:
        return arrow::MakeScalar(node.integer != 0);
      default:
        if (KindOfType(*type) == Kind::kTime) return ParseTime(node, type);
        return arrow::Scalar::Parse(type, node.text);
    }
  }

  Result<Typed> BindFunction(const ExpressionNode& node) {
    const std::string& name = node.text;
    static const std::vector<std::string> kNames = {
        "length", "lower", "upper", "contains", "starts_with", "ends_with", "matches"};
    if (std::find(kNames.begin(), kNames.end(), name) == kNames.end()) {
      const std::string nearest = NearestName(name, kNames);
      return RefusedAt(node.at, Concat("no such function: name=", name, "; remedy: ",
                                       nearest.empty() ? "use length, lower, upper, contains, "
                                                         "starts_with, ends_with or matches"
                                                       : "did you mean " + nearest + "?"));
    }
    const size_t wanted = name == "length" || name == "lower" || name == "upper" ? 1 : 2;
    if (node.operands.size() != wanted) {
      return RefusedAt(node.at, Concat("wrong number of arguments: function=", name,
                                       " expected=", wanted, " found=", node.operands.size(),
                                       "; remedy: see `hubmill stages filter`"));
    }
    ARROW_ASSIGN_OR_RAISE(Typed value, Bind(*node.operands[0]));
    if (name == "length" && value.kind == Kind::kList) {
      return MakeTyped(
          CastTo(cp::call("list_value_length", {value.expression}), arrow::int64(), true),
          arrow::int64(), node);
    }
    ARROW_RETURN_NOT_OK(Need(value, {Kind::kText}, "text"));
    if (name == "length") {
      return MakeTyped(CastTo(cp::call("utf8_length", {value.expression}), arrow::int64(), true),
                       arrow::int64(), node);
    }
    if (wanted == 1) {
      return MakeTyped(cp::call("utf8_" + name, {value.expression}), value.type, node);
    }
    const ExpressionNode& pattern = *node.operands[1];
    if (pattern.kind != ExpressionNode::Kind::kText) {
      return RefusedAt(pattern.at, "needs a text; remedy: put it in 'single' quotes");
    }
    if (name == "matches") ARROW_RETURN_NOT_OK(CheckPattern(pattern));
    const std::string function = name == "contains"  ? "match_substring"
                                 : name == "matches" ? "match_substring_regex"
                                                     : name;
    return MakeTyped(
        cp::call(function, {value.expression}, cp::MatchSubstringOptions(pattern.text)),
        arrow::boolean(), node);
  }

  static Status CheckPattern(const ExpressionNode& pattern) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kPatternMemoryMax);
    const re2::RE2 compiled(pattern.text, options);
    if (compiled.ok()) return Status::OK();
    return RefusedAt(pattern.at, Concat("pattern is not a valid RE2 expression: ", compiled.error(),
                                        "; remedy: correct it"));
  }

  static constexpr std::pair<const char*, const char*> kComparisons[] = {
      {"==", "equal"},      {"!=", "not_equal"}, {"<", "less"},
      {"<=", "less_equal"}, {">", "greater"},    {">=", "greater_equal"}};

  const arrow::Schema& schema_;
};

}  // namespace

Result<cp::Expression> BindExpression(const ExpressionNode& root, const arrow::Schema& schema) {
  ARROW_RETURN_NOT_OK(UseComputeKernels());
  ARROW_ASSIGN_OR_RAISE(Typed typed, Binder(schema).Bind(root));
  ARROW_RETURN_NOT_OK(Need(typed, {Kind::kBool}, "a condition"));
  auto bound = typed.expression.Bind(schema);
  if (!bound.ok()) {
    return RefusedAt(root.at, "these types cannot be used together; remedy: cast the columns");
  }
  return bound;
}

}  // namespace hubmill
