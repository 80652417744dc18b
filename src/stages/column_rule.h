// The rules that validate checks in one column.
#pragma once

#include <arrow/array/array_base.h>
#include <arrow/type.h>
#include <re2/re2.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/options.h"

namespace hubmill {

enum class Rule { kRequired, kMin, kMax, kMinLength, kMaxLength, kEnum, kPattern, kUnique };

const char* NameOfRule(Rule rule);
const char* DropReasonOf(Rule rule);  // Static, for example "invalid:min".

struct ColumnRuleOptions {
  std::string type;
  bool required = false;
  std::optional<double> min;
  std::optional<double> max;
  std::optional<int64_t> min_length;
  std::optional<int64_t> max_length;
  std::vector<std::string> enum_values;
  std::string pattern;
  bool unique = false;
  static void Describe(OptionTable<ColumnRuleOptions>& table);
};

/// Thread-safe after Bind().
class ColumnRule {
 public:
  static Result<ColumnRule> Make(std::string name, ColumnRuleOptions options);

  /// Finds the column and refuses rules that do not suit its type.
  Status Bind(const arrow::Schema& schema);

  /// Calls `broken` for every row and rule that does not hold, rule by rule; `unique` excepted.
  /// REQUIRES: bound; `column` is of the bound type.
  void Check(const arrow::Array& column,
             const std::function<void(int64_t row, Rule rule)>& broken) const;

  /// A sentence without any value of the data.
  std::string Describe(Rule rule) const;

  const std::string& name() const { return name_; }
  int index() const { return index_; }
  bool unique() const { return options_.unique; }

 private:
  void CheckRange(const arrow::Array& column,
                  const std::function<void(int64_t row, Rule rule)>& broken) const;
  void CheckLength(const arrow::Array& column,
                   const std::function<void(int64_t row, Rule rule)>& broken) const;
  void CheckTexts(const arrow::Array& column,
                  const std::function<void(int64_t row, Rule rule)>& broken) const;

  std::string name_;
  ColumnRuleOptions options_;
  std::shared_ptr<arrow::DataType> type_;  // Null where any will do.
  std::shared_ptr<re2::RE2> pattern_;      // Null where there is none; const, so shared freely.
  std::set<std::string, std::less<>> enum_;
  int index_ = -1;
};

/// Reads `columns: {name: {rules}}`; errors carry the position of the rule.
std::vector<ColumnRule> ReadColumnRules(const Setting& columns, const OptionContext& context,
                                        ErrorList* errors);

}  // namespace hubmill
