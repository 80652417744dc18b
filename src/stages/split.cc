// split: says which split every row belongs to.
//
// hash and column decide row by row (HashSplit and ColumnSplit, Transforms); stratified and random
// need to have seen all rows (DrawnSplit, an Arranger).  So this entry makes one of three classes.
#include "stages/split.h"

#include <cmath>
#include <set>

#include "base/hash.h"
#include "base/stratified_split.h"
#include "core/split_name.h"
#include "stages/class_column.h"
#include "stages/columns.h"
#include "stages/field_path.h"
#include "stages/group_column.h"
#include "stages/row_key.h"

namespace hubmill {
namespace {

struct SplitOptions {
  std::string method = "stratified";
  NumberMap ratios = {{"train", 0.8}, {"eval", 0.1}, {"test", 0.1}};
  std::vector<std::string> by;
  std::vector<std::string> splits;
  bool keep_column = false;
  std::string group;
  std::string watch;
  int64_t seed = 42;
  static void Describe(OptionTable<SplitOptions>& table) {
    table.Field("method", &SplitOptions::method, "How rows are assigned.")
        .Choices({"stratified", "random", "hash", "column"});
    table.Field("ratios", &SplitOptions::ratios,
                "Split name: its part; together 1.  Not for method column.");
    table.Field("by", &SplitOptions::by,
                "stratified: the label column; hash: the key columns, empty means all; column: the "
                "column with the split names.");
    table.Field("splits", &SplitOptions::splits,
                "Method column: the split names, in order; any other is refused.");
    table.Field("keep_column", &SplitOptions::keep_column,
                "Method column: keep the column with the names.");
    table.Field("group", &SplitOptions::group,
                "stratified, random: a text column; rows with equal texts go to one split.");
    table.Field("watch", &SplitOptions::watch,
                "stratified, random: a text column; texts in several splits are counted.");
    table.Field("seed", &SplitOptions::seed, "Seed of the generator or hash.")
        .Range(0, double(UINT32_MAX))
        .DefaultsToRunSeed();
  }
};

std::vector<std::string> NamesOf(const NumberMap& ratios) {
  std::vector<std::string> names;
  for (const auto& [name, ratio] : ratios) names.push_back(name);
  return names;
}

std::vector<double> PartsOf(const NumberMap& ratios) {
  std::vector<double> parts;
  for (const auto& [name, ratio] : ratios) parts.push_back(ratio);
  return parts;
}

class HashSplit : public Transform {
 public:
  explicit HashSplit(SplitOptions options) : options_(std::move(options)) {
    double sum = 0;
    for (const auto& [name, ratio] : options_.ratios) ends_.push_back(sum += ratio);
  }

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    const auto names = options_.by.empty() ? input->field_names() : options_.by;
    ARROW_ASSIGN_OR_RAISE(columns_, ColumnIndices(*input, names));
    for (size_t i = 0; i < columns_.size(); ++i) {
      ARROW_RETURN_NOT_OK(CheckKeyType(names[i], *input->field(columns_[i])->type()));
    }
    return input;
  }

  Result<std::vector<std::string>> BindSplits(const std::vector<std::string>&) override {
    return NamesOf(options_.ratios);
  }

  Result<Applied> Apply(const Batch& input) const override {
    Applied applied;
    applied.rows = input.rows;
    std::vector<RowKey> keys;
    ComputeRowKeys(*input.rows, columns_, &keys);
    for (const RowKey& key : keys) {
      applied.splits.push_back(SplitOfHash(HexOf(key), uint64_t(options_.seed), ends_));
    }
    return applied;
  }

 private:
  SplitOptions options_;
  std::vector<double> ends_;
  std::vector<int> columns_;
};

class ColumnSplit : public Transform {
 public:
  explicit ColumnSplit(SplitOptions options) : options_(std::move(options)) {}

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    ARROW_ASSIGN_OR_RAISE(path_, FindTextField(*input, options_.by[0]));
    schema_ = input;
    if (path_.size() > 1 && !options_.keep_column) {
      return WrongUsage("a field of a struct stays: column=", options_.by[0],
                        "; remedy: set keep_column: true");
    }
    if (!options_.keep_column) {
      if (input->num_fields() == 1) {
        return DataRefused("no column would remain: column=", options_.by[0],
                           "; remedy: set keep_column: true");
      }
      ARROW_ASSIGN_OR_RAISE(schema_, input->RemoveField(path_.front()));
    }
    return schema_;
  }

  Result<std::vector<std::string>> BindSplits(const std::vector<std::string>&) override {
    return options_.splits;
  }

  Result<Applied> Apply(const Batch& input) const override {
    Applied applied;
    ARROW_ASSIGN_OR_RAISE(const auto array, FieldAt(*input.rows, path_));
    const TextView text(*array);
    for (int64_t row = 0; row < text.size(); ++row) {
      int32_t split = 0;
      const auto count = int32_t(options_.splits.size());
      while (split < count && (text.IsNull(row) || text[row] != options_.splits[size_t(split)])) {
        ++split;
      }
      if (split == count) {
        applied.violations.push_back(
            {.row = row, .what = Concat("unknown split: column=", options_.by[0])});
        split = 0;  // The run fails, so this row is never written.
      }
      applied.splits.push_back(split);
    }
    applied.rows = input.rows;
    if (!options_.keep_column) {
      ARROW_ASSIGN_OR_RAISE(applied.rows, input.rows->RemoveColumn(path_.front()));
    }
    return applied;
  }

 private:
  SplitOptions options_;
  FieldPath path_;
  std::shared_ptr<arrow::Schema> schema_;
};

/// stratified and random: all rows are seen before one is assigned.
class DrawnSplit : public Arranger {
 public:
  explicit DrawnSplit(SplitOptions options)
      : options_(std::move(options)), classes_(options_.by.empty() ? "" : options_.by[0]) {}

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    if (stratified()) ARROW_RETURN_NOT_OK(classes_.Bind(*input));
    if (!options_.group.empty()) ARROW_RETURN_NOT_OK(groups_.Bind(*input, options_.group));
    if (!options_.watch.empty()) ARROW_RETURN_NOT_OK(watched_.Bind(*input, options_.watch));
    return input;
  }

  Result<std::vector<std::string>> BindSplits(const std::vector<std::string>&) override {
    return NamesOf(options_.ratios);
  }

  Status Observe(const Batch& input, const Prepared* /*none*/) override {
    rows_ += input.rows->num_rows();
    if (groups_.bound()) groups_.Observe(input);
    if (watched_.bound()) watched_.Observe(input);
    if (!stratified() || input.rows->num_rows() == 0) return Status::OK();
    return classes_.Observe(input);
  }

  Result<Arrangement> Arrange(int /*threads*/) override {
    std::vector<int32_t> labels = stratified() ? classes_.Finish() : std::vector<int32_t>{};
    std::vector<std::vector<int64_t>> groups;
    if (groups_.bound()) {
      groups = groups_.Groups();
      if (stratified()) labels = LabelsOf(groups, labels);
    }
    const int64_t units = groups_.bound() ? int64_t(groups.size()) : rows_;
    PartRows split = SplitUnits(labels, units);
    if (split.error) return Refuse(*split.error, labels, units);
    if (groups_.bound()) ReplaceByRows(groups, &split);
    Arrangement arrangement;
    for (size_t part = 0; part < split.parts.size(); ++part) {
      const std::vector<int64_t>& rows = split.parts[part];
      arrangement.order.insert(arrangement.order.end(), rows.begin(), rows.end());
      arrangement.splits.insert(arrangement.splits.end(), rows.size(), int32_t(part));
    }
    if (watched_.bound()) {
      std::vector<int32_t> part_of_row(static_cast<size_t>(rows_));
      for (size_t i = 0; i < arrangement.order.size(); ++i) {
        part_of_row[size_t(arrangement.order[i])] = arrangement.splits[i];
      }
      arrangement.counts["in_several_splits"] = watched_.CountParted(part_of_row);
    }
    return arrangement;
  }

 private:
  bool stratified() const { return options_.method == "stratified"; }

  /// Units are rows, or groups of them.
  PartRows SplitUnits(const std::vector<int32_t>& labels, int64_t units) const {
    const std::vector<double> ratios = PartsOf(options_.ratios);
    const auto seed = uint32_t(options_.seed);
    return stratified() ? SplitStratified(labels, ratios, seed) : SplitRandom(units, ratios, seed);
  }

  /// A group counts as its first row, and the others follow it.
  static std::vector<int32_t> LabelsOf(const std::vector<std::vector<int64_t>>& groups,
                                       const std::vector<int32_t>& label_of_row) {
    std::vector<int32_t> labels;
    for (const std::vector<int64_t>& rows : groups) labels.push_back(label_of_row[size_t(rows[0])]);
    return labels;
  }
  static void ReplaceByRows(const std::vector<std::vector<int64_t>>& groups, PartRows* split) {
    for (std::vector<int64_t>& part : split->parts) {
      std::vector<int64_t> rows;
      for (const int64_t group : part) {
        rows.insert(rows.end(), groups[size_t(group)].begin(), groups[size_t(group)].end());
      }
      part = std::move(rows);
    }
  }

  /// The classes whose units are too few by the rule of thumb, for the message.
  std::string SmallClasses(const std::vector<int32_t>& labels) const {
    constexpr int64_t kEnough = 10;
    constexpr int kNamedMax = 20;
    std::vector<int64_t> rows(static_cast<size_t>(classes_.class_count()));
    for (const int32_t label : labels) ++rows[size_t(label)];
    std::string names;
    int named = 0;
    for (int32_t id = 0; id < classes_.class_count() && named < kNamedMax; ++id) {
      if (rows[size_t(id)] >= kEnough) continue;
      names += Concat(named++ == 0 ? " classes=" : ", ", classes_.NameOf(id), " (",
                      rows[size_t(id)], ")");
    }
    return names;
  }

  Status Refuse(const SplitError& error, const std::vector<int32_t>& labels, int64_t units) const {
    if (groups_.bound() && error.kind != SplitError::Kind::kNoRows) {
      return DataRefused("too few groups of rows to be split: group=", options_.group,
                         " groups=", units, " rows=", rows_, SmallClasses(labels),
                         "; remedy: rows of one group stay together, and about 10 groups of each "
                         "class are needed; add rows, or leave group out");
    }
    if (error.kind == SplitError::Kind::kClassTooSmall) {
      return DataRefused("class is too small to be split: column=", classes_.name(),
                         " first_row=", classes_.FirstRowOf(error.label), " rows_left=", error.rows,
                         " needed=2 rows=", rows_, SmallClasses(labels),
                         "; remedy: about 10 rows of each class are needed; add rows, or drop the "
                         "class with filter");
    }
    if (error.kind == SplitError::Kind::kPartTooSmall) {
      return DataRefused("split would be too small: split=",
                         options_.ratios[size_t(error.part)].first, " rows_of_split=", error.rows,
                         " needed=", error.classes, " rows=", rows_, SmallClasses(labels),
                         "; remedy: each split needs a row of each class; add rows, or use fewer "
                         "splits");
    }
    return DataRefused("nothing to split: rows=", rows_,
                       "; remedy: check the source and the stages before");
  }

  SplitOptions options_;
  ClassColumn classes_;
  GroupColumn groups_;   // Bound where there is `group`.
  GroupColumn watched_;  // Bound where there is `watch`.
  int64_t rows_ = 0;
};

Status CheckNames(const std::vector<std::string>& names, const char* option) {
  if (names.empty()) return WrongUsage("no split named: option=", option, "; remedy: name them");
  std::set<std::string> seen;
  for (const std::string& name : names) {
    ARROW_RETURN_NOT_OK(CheckSplitName(name));
    if (!seen.insert(name).second) {
      return WrongUsage("split named twice: name=", name, "; remedy: name it once");
    }
  }
  return Status::OK();
}

Status CheckOptions(const SplitOptions& options) {
  const bool drawn = options.method == "stratified" || options.method == "random";
  if (!drawn && !(options.group + options.watch).empty()) {
    return WrongUsage(
        "group and watch are for stratified and random; remedy: method hash keeps rows together by "
        "the columns in `by`");
  }
  if (options.method == "column") {
    if (options.by.size() != 1) {
      return WrongUsage("method column needs one column in by; remedy: write by: split");
    }
    return CheckNames(options.splits, "splits");
  }
  ARROW_RETURN_NOT_OK(CheckNames(NamesOf(options.ratios), "ratios"));
  if (options.ratios.size() < 2) {
    return WrongUsage("one split is no split: option=ratios; remedy: name two or more");
  }
  double sum = 0;
  for (const auto& [name, ratio] : options.ratios) {
    if (!(ratio > 0 && ratio <= 1)) {
      return WrongUsage("ratio is not between 0 and 1: split=", name, "; remedy: correct it");
    }
    sum += ratio;
  }
  if (std::fabs(sum - 1) > 1e-9) {
    return WrongUsage("ratios are not 1 together: sum=", sum, "; remedy: correct them");
  }
  if (options.method == "stratified" && options.by.size() != 1) {
    return WrongUsage("method stratified needs one column in by; remedy: write by: label");
  }
  if (options.method == "random" && !options.by.empty()) {
    return WrongUsage(
        "method random takes no column; remedy: leave by out, or use hash or "
        "stratified");
  }
  if (options.method == "hash" && !options.by.empty()) {
    ARROW_RETURN_NOT_OK(CheckNameList(options.by, "by"));
  }
  if (!options.splits.empty()) {
    return WrongUsage("splits belongs to method column; remedy: use ratios");
  }
  return Status::OK();
}

Result<Stage> MakeSplit(const Setting& setting, const OptionContext& context) {
  ARROW_ASSIGN_OR_RAISE(SplitOptions options, ReadOptions<SplitOptions>(setting, "", context));
  const Status checked = CheckOptions(options);
  if (!checked.ok()) {
    return WithContext(checked, setting.Where(context.file) + ": " + context.owner + ": ");
  }
  if (options.method == "hash") {
    return Stage(std::unique_ptr<Transform>(std::make_unique<HashSplit>(std::move(options))));
  }
  if (options.method == "column") {
    return Stage(std::unique_ptr<Transform>(std::make_unique<ColumnSplit>(std::move(options))));
  }
  return Stage(std::unique_ptr<Arranger>(std::make_unique<DrawnSplit>(std::move(options))));
}

}  // namespace

StageEntry SplitStage() {
  StageEntry entry = DescribeEntry<StageEntry, SplitOptions>(
      {.name = "split",
       .summary = "Assigns every row to a split, such as train, eval and test.",
       .details =
           "Splits that the rows had before are forgotten.  No row is dropped.\n\n"
           "- `stratified`: every split has the classes of column `by` in the proportion of the "
           "whole, and its rows in a seeded random order.  Rows and order are those of "
           "scikit-learn's `train_test_split(stratify=…, random_state=seed)`, the first split cut "
           "off, then the next from what is left; for 0.8/0.1/0.1 of n rows T = ceil(0.2 n), "
           "train = n - T, test = ceil(T / 2), eval = T - test.  A class with too few rows is "
           "named before anything is written; about 10 are needed.\n"
           "- `random`: the same without classes.\n"
           "- `hash`: by the XXH3 hash of the columns in `by` (empty: all) and the seed alone, so "
           "a "
           "row stays in its split when others come or go, and rows with equal keys never part.  "
           "The parts are met on average only.\n"
           "- `column`: the column in `by` says it; `splits` lists the names allowed, any other "
           "refuses the run.  The column is dropped unless `keep_column: true`; so much must be "
           "said of a field in a struct, as `meta.split`.\n\n"
           "With `group`, rows with equal texts in that column go to one split: the groups are "
           "split, "
           "each as its first row, so that the parts are met on average only; the rows of a group "
           "stand together. A null is a group of its own. Put there what `dedup_near` with "
           "`action: mark` says in `dup_cluster_id`, and near-identical texts stay on one side. "
           "`watch` changes nothing and counts `in_several_splits`: texts of that column that "
           "stand "
           "in more than one split.\n\n"
           "Memory: hash and column none; random 16 bytes a row; stratified 40 bytes a row while "
           "drawing; group and watch 60 each.  The rows are spilled to disk for these two.\n\n"
           "Refused: ratios that are not 1 together, names other than letters, digits, _ and "
           "single dots, a row without a class.",
       .example = "- split: {method: stratified, by: label, "
                  "ratios: {train: 0.8, eval: 0.1, test: 0.1}}\n",
       .shorthand = ""},
      "transform or arranger");
  entry.check = [described = entry.check](const Setting& setting, const OptionContext& context,
                                          ErrorList* errors) {
    ErrorList own;
    const OptionTable<SplitOptions> table;
    const SplitOptions options = table.Read(setting, context, &own);
    if (own.empty()) {
      const Status checked = CheckOptions(options);
      if (!checked.ok()) {
        errors->Add(context.file, setting.mark, context.owner + ": " + checked.message());
      }
    }
    return described(setting, context, errors);
  };
  entry.make = MakeSplit;
  return entry;
}

}  // namespace hubmill
