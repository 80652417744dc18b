#include "stages/column_rule.h"

#include <arrow/array.h>

#include "stages/columns.h"
#include "stages/row_key.h"
#include "text/characters.h"

namespace hubmill {
namespace {

constexpr int64_t kPatternMemoryMax = 8 << 20;

bool IsList(const arrow::DataType& type) {
  return type.id() == arrow::Type::LIST || type.id() == arrow::Type::LARGE_LIST;
}

bool IsNumber(const arrow::DataType& type) {
  return arrow::is_integer(type.id()) || type.id() == arrow::Type::FLOAT ||
         type.id() == arrow::Type::DOUBLE;
}

template <typename ArrayType, typename Fn>
void ForNumbers(const arrow::Array& column, Fn fn) {
  const auto& typed = static_cast<const ArrayType&>(column);
  for (int64_t row = 0; row < typed.length(); ++row) {
    // 64 bits of mantissa: exact for every integer as for every double.
    if (!typed.IsNull(row)) fn(row, static_cast<long double>(typed.Value(row)));
  }
}

template <typename Fn>
void ForAllNumbers(const arrow::Array& column, Fn fn) {
  switch (column.type_id()) {
    case arrow::Type::INT8:
      return ForNumbers<arrow::Int8Array>(column, fn);
    case arrow::Type::INT16:
      return ForNumbers<arrow::Int16Array>(column, fn);
    case arrow::Type::INT32:
      return ForNumbers<arrow::Int32Array>(column, fn);
    case arrow::Type::INT64:
      return ForNumbers<arrow::Int64Array>(column, fn);
    case arrow::Type::UINT8:
      return ForNumbers<arrow::UInt8Array>(column, fn);
    case arrow::Type::UINT16:
      return ForNumbers<arrow::UInt16Array>(column, fn);
    case arrow::Type::UINT32:
      return ForNumbers<arrow::UInt32Array>(column, fn);
    case arrow::Type::UINT64:
      return ForNumbers<arrow::UInt64Array>(column, fn);
    case arrow::Type::FLOAT:
      return ForNumbers<arrow::FloatArray>(column, fn);
    default:
      return ForNumbers<arrow::DoubleArray>(column, fn);
  }
}

}  // namespace

const char* NameOfRule(Rule rule) { return DropReasonOf(rule) + sizeof("invalid:") - 1; }

const char* DropReasonOf(Rule rule) {
  switch (rule) {
    case Rule::kRequired:
      return "invalid:required";
    case Rule::kMin:
      return "invalid:min";
    case Rule::kMax:
      return "invalid:max";
    case Rule::kMinLength:
      return "invalid:min_length";
    case Rule::kMaxLength:
      return "invalid:max_length";
    case Rule::kEnum:
      return "invalid:enum";
    case Rule::kPattern:
      return "invalid:pattern";
    case Rule::kUnique:
      break;
  }
  return "invalid:unique";
}

void ColumnRuleOptions::Describe(OptionTable<ColumnRuleOptions>& table) {
  table.Field("type", &ColumnRuleOptions::type, "The column's type, as in a source's schema.");
  table.Field("required", &ColumnRuleOptions::required, "Refuse null.");
  table.Field("min", &ColumnRuleOptions::min, "The least number.");
  table.Field("max", &ColumnRuleOptions::max, "The greatest number.");
  table.Field("min_length", &ColumnRuleOptions::min_length, "The least characters or items.")
      .Range(0, 1e15);
  table.Field("max_length", &ColumnRuleOptions::max_length, "The most characters or items.")
      .Range(0, 1e15);
  table.Field("enum", &ColumnRuleOptions::enum_values, "The only values.");
  table.Field("pattern", &ColumnRuleOptions::pattern, "An RE2 pattern that must be found.");
  table.Field("unique", &ColumnRuleOptions::unique, "Refuse a value that an earlier row has.");
}

Result<ColumnRule> ColumnRule::Make(std::string name, ColumnRuleOptions options) {
  ColumnRule rule;
  rule.name_ = std::move(name);
  if (!options.type.empty()) {
    ARROW_ASSIGN_OR_RAISE(rule.type_, ParseColumnType(options.type));
  }
  if (!options.pattern.empty()) {
    re2::RE2::Options re2_options;
    re2_options.set_log_errors(false);
    re2_options.set_max_mem(kPatternMemoryMax);
    rule.pattern_ = std::make_shared<re2::RE2>(options.pattern, re2_options);
    if (!rule.pattern_->ok()) {
      return WrongUsage("pattern is not a valid RE2 expression: column=", rule.name_,
                        " error=", rule.pattern_->error(), "; remedy: correct it");
    }
  }
  if ((options.min && options.max && *options.min > *options.max) ||
      (options.min_length && options.max_length && *options.min_length > *options.max_length)) {
    return WrongUsage("no value can pass, the least is above the greatest: column=", rule.name_,
                      "; remedy: exchange them");
  }
  rule.enum_.insert(options.enum_values.begin(), options.enum_values.end());
  rule.options_ = std::move(options);
  return rule;
}

Status ColumnRule::Bind(const arrow::Schema& schema) {
  ARROW_ASSIGN_OR_RAISE(index_, ColumnIndex(schema, name_));
  const arrow::DataType& type = *schema.field(index_)->type();
  const bool both_text = type_ != nullptr && IsText(*type_) && IsText(type);
  if (type_ != nullptr && !both_text && !type_->Equals(type)) {
    return DataRefused("column has another type: column=", name_, " expected=", type_->ToString(),
                       " found=", type.ToString(), "; remedy: cast it, or correct the rule");
  }
  const char* needs = nullptr;
  if ((options_.min || options_.max) && !IsNumber(type)) needs = "min and max need numbers";
  if ((options_.min_length || options_.max_length) && !IsText(type) && !IsList(type)) {
    needs = "min_length and max_length need text or a list";
  }
  if (pattern_ != nullptr && !IsText(type)) needs = "pattern needs text";
  if (!enum_.empty() && !IsText(type) && !arrow::is_integer(type.id()) &&
      type.id() != arrow::Type::BOOL) {
    needs = "enum needs text, integers or bools";
  }
  if (needs != nullptr) {
    return DataRefused("rule does not suit the column: column=", name_, " type=", type.ToString(),
                       " why=", needs, "; remedy: cast the column before, or leave the rule out");
  }
  return options_.unique ? CheckKeyType(name_, type) : Status::OK();
}

void ColumnRule::Check(const arrow::Array& column,
                       const std::function<void(int64_t row, Rule rule)>& broken) const {
  if (options_.required && column.null_count() > 0) {
    for (int64_t row = 0; row < column.length(); ++row) {
      if (column.IsNull(row)) broken(row, Rule::kRequired);
    }
  }
  if (options_.required && column.type_id() == arrow::Type::NA) {
    for (int64_t row = 0; row < column.length(); ++row) broken(row, Rule::kRequired);
  }
  if (options_.min || options_.max) CheckRange(column, broken);
  if (options_.min_length || options_.max_length) CheckLength(column, broken);
  if (!enum_.empty() || pattern_ != nullptr) CheckTexts(column, broken);
}

void ColumnRule::CheckRange(const arrow::Array& column,
                            const std::function<void(int64_t row, Rule rule)>& broken) const {
  ForAllNumbers(column, [&](int64_t row, long double value) {
    if (options_.min && !(value >= static_cast<long double>(*options_.min))) {
      broken(row, Rule::kMin);
    } else if (options_.max && !(value <= static_cast<long double>(*options_.max))) {
      broken(row, Rule::kMax);
    }
  });
}

void ColumnRule::CheckLength(const arrow::Array& column,
                             const std::function<void(int64_t row, Rule rule)>& broken) const {
  const auto check = [&](int64_t row, int64_t length) {
    if (options_.min_length && length < *options_.min_length) {
      broken(row, Rule::kMinLength);
    } else if (options_.max_length && length > *options_.max_length) {
      broken(row, Rule::kMaxLength);
    }
  };
  for (int64_t row = 0; row < column.length(); ++row) {
    if (column.IsNull(row)) continue;
    if (column.type_id() == arrow::Type::LIST) {
      check(row, static_cast<const arrow::ListArray&>(column).value_length(row));
    } else if (column.type_id() == arrow::Type::LARGE_LIST) {
      check(row, static_cast<const arrow::LargeListArray&>(column).value_length(row));
    } else {
      check(row, CharacterCount(TextView(column)[row]));
    }
  }
}

void ColumnRule::CheckTexts(const arrow::Array& column,
                            const std::function<void(int64_t row, Rule rule)>& broken) const {
  if (!IsText(*column.type())) {  // An enum of integers or bools, compared as they are written.
    if (column.type_id() == arrow::Type::BOOL) {
      const auto& truth = static_cast<const arrow::BooleanArray&>(column);
      for (int64_t row = 0; row < column.length(); ++row) {
        if (column.IsNull(row)) continue;
        if (enum_.count(truth.Value(row) ? "true" : "false") == 0) broken(row, Rule::kEnum);
      }
      return;
    }
    ForAllNumbers(column, [&](int64_t row, long double value) {
      const std::string text = value < 0 ? std::to_string(static_cast<int64_t>(value))
                                         : std::to_string(static_cast<uint64_t>(value));
      if (enum_.count(text) == 0) broken(row, Rule::kEnum);
    });
    return;
  }
  const TextView text(column);
  for (int64_t row = 0; row < text.size(); ++row) {
    if (text.IsNull(row)) continue;
    if (!enum_.empty() && enum_.count(text[row]) == 0) broken(row, Rule::kEnum);
    if (pattern_ != nullptr &&
        !re2::RE2::PartialMatch(re2::StringPiece(text[row].data(), text[row].size()), *pattern_)) {
      broken(row, Rule::kPattern);
    }
  }
}

std::string ColumnRule::Describe(Rule rule) const {
  std::string bound;
  if (rule == Rule::kMin) bound = Concat(" min=", *options_.min);
  if (rule == Rule::kMax) bound = Concat(" max=", *options_.max);
  if (rule == Rule::kMinLength) bound = Concat(" min_length=", *options_.min_length);
  if (rule == Rule::kMaxLength) bound = Concat(" max_length=", *options_.max_length);
  return Concat("value breaks a rule: column=", name_, " rule=", NameOfRule(rule), bound);
}

std::vector<ColumnRule> ReadColumnRules(const Setting& columns, const OptionContext& context,
                                        ErrorList* errors) {
  std::vector<ColumnRule> rules;
  if (columns.kind == Setting::Kind::kNull) return rules;
  if (columns.kind != Setting::Kind::kMap) {
    errors->Add(context.file, columns.mark,
                context.owner + ": columns is not a map; remedy: write {column: {rule: value}}");
    return rules;
  }
  for (const auto& [name, setting] : columns.entries) {
    OptionContext inner = context;
    inner.owner = context.owner + " column " + name;
    OptionTable<ColumnRuleOptions> table;
    auto rule = ColumnRule::Make(name, table.Read(setting, inner, errors));
    if (rule.ok()) {
      rules.push_back(std::move(rule).ValueUnsafe());
    } else {
      errors->Add(context.file, setting.mark, inner.owner + ": " + rule.status().message());
    }
  }
  return rules;
}

}  // namespace hubmill
