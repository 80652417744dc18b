// validate: checks every row against rules and says which rule is broken in which column, never by
// which value.
//
// All rules but `unique` look at one value and run on all threads; `unique` asks a set of the
// values seen, in row order.  A row that is dropped leaves nothing in that set.
#include "stages/validate.h"

#include <re2/re2.h>

#include <limits>

#include "stages/column_rule.h"
#include "stages/columns.h"
#include "stages/key_set.h"

namespace hubmill {
namespace {

struct ValidateOptions {
  Setting columns;
  bool exact = false;
  std::optional<int64_t> rows_min;
  std::optional<int64_t> rows_max;
  std::string on_error = "fail";
  static void Describe(OptionTable<ValidateOptions>& table) {
    table.Field("columns", &ValidateOptions::columns, "Column name: its rules (see the text).");
    table.Field("exact", &ValidateOptions::exact, "Refuse columns that are not named.");
    table.Field("rows_min", &ValidateOptions::rows_min, "Refuse fewer rows than this.");
    table.Field("rows_max", &ValidateOptions::rows_max, "Refuse more rows than this.");
    table
        .Field("on_error", &ValidateOptions::on_error,
               "What becomes of a row that breaks a rule: fail the run, or drop the row.")
        .Choices({"fail", "drop"});
  }
};

struct BrokenRule {
  int64_t row = 0;
  size_t column = 0;  // Index into rules_.
  Rule rule = Rule::kRequired;
};

struct ValidatePrepared : Prepared {
  std::vector<BrokenRule> broken;                // Ascending by row, the first of each row.
  std::vector<std::vector<RowKey>> unique_keys;  // For each unique rule, the keys of all rows.
};

class Validate : public Decider {
 public:
  static Result<std::unique_ptr<Validate>> Make(ValidateOptions options) {
    auto stage = std::make_unique<Validate>();
    ErrorList errors;
    stage->rules_ =
        ReadColumnRules(options.columns, OptionContext{.owner = "stage validate"}, &errors);
    ARROW_RETURN_NOT_OK(errors.ToStatus());
    stage->options_ = std::move(options);
    return stage;
  }

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    for (size_t i = 0; i < rules_.size(); ++i) {
      ARROW_RETURN_NOT_OK(rules_[i].Bind(*input));
      if (rules_[i].unique()) unique_.push_back(i);
    }
    seen_.resize(unique_.size());
    if (options_.exact) ARROW_RETURN_NOT_OK(RefuseOthers(*input));
    return input;
  }

  Result<std::unique_ptr<Prepared>> Prepare(const Batch& input) const override {
    auto prepared = std::make_unique<ValidatePrepared>();
    const int64_t rows = input.rows->num_rows();
    constexpr size_t kNone = std::numeric_limits<size_t>::max();
    std::vector<BrokenRule> first(size_t(rows), BrokenRule{.column = kNone});
    for (size_t i = 0; i < rules_.size(); ++i) {
      rules_[i].Check(*input.rows->column(rules_[i].index()), [&](int64_t row, Rule rule) {
        if (first[size_t(row)].column == kNone) {
          first[size_t(row)] = {.row = row, .column = i, .rule = rule};
        }
      });
    }
    for (const BrokenRule& broken : first) {
      if (broken.column != kNone) prepared->broken.push_back(broken);
    }
    for (size_t i : unique_) {
      prepared->unique_keys.emplace_back();
      ComputeRowKeys(*input.rows, {rules_[i].index()}, &prepared->unique_keys.back());
    }
    return prepared;
  }

  Result<Applied> Decide(const Batch& input, const Prepared& prepared) override {
    const auto& found = static_cast<const ValidatePrepared&>(prepared);
    Applied applied;
    applied.rows = input.rows;
    const int64_t rows = input.rows->num_rows();
    rows_ += rows;
    auto next = found.broken.begin();
    if (unique_.empty()) {
      for (const BrokenRule& broken : found.broken) Account(broken, &applied);
      return applied;
    }
    for (int64_t row = 0; row < rows; ++row) {
      if (next != found.broken.end() && next->row == row) {
        Account(*next++, &applied);
      } else {
        DecideUnique(input, found, row, &applied);
      }
    }
    return applied;
  }

  Status Finish(std::map<std::string, int64_t>* counts) override {
    (*counts)["rows_checked"] += rows_;
    if (options_.rows_min && rows_ < *options_.rows_min) {
      return DataRefused("too few rows: rows=", rows_, " rows_min=", *options_.rows_min,
                         "; remedy: check the source and the stages before");
    }
    if (options_.rows_max && rows_ > *options_.rows_max) {
      return DataRefused("too many rows: rows=", rows_, " rows_max=", *options_.rows_max,
                         "; remedy: check the source and the stages before");
    }
    return Status::OK();
  }

 private:
  Status RefuseOthers(const arrow::Schema& input) const {
    std::string others;
    for (const auto& field : input.fields()) {
      bool named = false;
      for (const ColumnRule& rule : rules_) named = named || rule.name() == field->name();
      if (!named) others += (others.empty() ? "" : ",") + field->name();
    }
    if (others.empty()) return Status::OK();
    return DataRefused("columns that are not named: columns=", others,
                       "; remedy: drop them with select, or name them in validate");
  }

  void Account(const BrokenRule& broken, Applied* applied) const {
    const ColumnRule& rule = rules_[broken.column];
    ++applied->counts[rule.name() + "." + NameOfRule(broken.rule)];
    if (options_.on_error == "drop") {
      applied->drops.push_back({.row = broken.row, .reason = DropReasonOf(broken.rule)});
    } else {
      applied->violations.push_back({.row = broken.row, .what = rule.Describe(broken.rule)});
    }
  }

  void DecideUnique(const Batch& input, const ValidatePrepared& found, int64_t row,
                    Applied* applied) {
    for (size_t u = 0; u < unique_.size(); ++u) {
      const ColumnRule& rule = rules_[unique_[u]];
      if (input.rows->column(rule.index())->IsNull(row)) continue;
      if (seen_[u].Contains(found.unique_keys[u][size_t(row)])) {
        return Account({.row = row, .column = unique_[u], .rule = Rule::kUnique}, applied);
      }
    }
    for (size_t u = 0; u < unique_.size(); ++u) {
      if (input.rows->column(rules_[unique_[u]].index())->IsNull(row)) continue;
      seen_[u].Insert(found.unique_keys[u][size_t(row)]);
    }
  }

  ValidateOptions options_;
  std::vector<ColumnRule> rules_;
  std::vector<size_t> unique_;  // Indices into rules_.
  std::vector<KeySet> seen_;    // One for each of unique_.
  int64_t rows_ = 0;
};

}  // namespace

StageEntry ValidateStage() {
  StageEntry entry = DefineStage<Validate, ValidateOptions>(
      {.name = "validate",
       .summary = "Checks columns, types, ranges, lengths, patterns and uniqueness.",
       .details =
           "Rules of a column, all optional:\n\n"
           "| rule | a row passes when |\n|---|---|\n"
           "| `type` | the column has this type (checked before any row is read) |\n"
           "| `required: true` | the value is not null |\n"
           "| `min`, `max` | the number lies in this range, bounds included; NaN never does |\n"
           "| `min_length`, `max_length` | so many characters of a text, or items of a list |\n"
           "| `enum` | the value is one of these texts, integers or bools |\n"
           "| `pattern` | the RE2 pattern is found in the text (anchor it with ^ and $) |\n"
           "| `unique: true` | no earlier row has the value |\n\n"
           "Null passes all rules but `required`.  `exact: true` refuses columns that are not "
           "named.  `rows_min` and `rows_max` bound the rows that reach this stage.\n\n"
           "With `on_error: fail` all rows are looked at, then the run is refused, before anything "
           "is visible; the report names column, rule, bound and row, never a value.  With `drop` "
           "a row is dropped under the reason `invalid:<rule>`, the first rule it breaks.  Broken "
           "rules are counted as `<column>.<rule>`.\n\n"
           "Memory: for each `unique` column 24 bytes a different value.\n\n"
           "Refused: a column that does not exist (the error names the nearest one), another type "
           "than `type`, and a rule that does not suit the column's type.",
       .example = "- validate:\n"
                  "    columns:\n"
                  "      grievance: {type: string, required: true, min_length: 1}\n"
                  "      label: {type: int64, min: 0, max: 3}\n"
                  "    exact: true\n"
                  "    rows_min: 1\n",
       .shorthand = ""});
  entry.check = [described = entry.check](const Setting& setting, const OptionContext& context,
                                          ErrorList* errors) {
    const Setting written = described(setting, context, errors);
    const Setting* columns =
        setting.kind == Setting::Kind::kMap ? setting.Find("columns") : nullptr;
    if (columns != nullptr) ReadColumnRules(*columns, context, errors);
    return written;
  };
  return entry;
}

}  // namespace hubmill
