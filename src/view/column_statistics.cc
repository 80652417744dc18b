#include "view/column_statistics.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "base/check.h"
#include "base/utf8.h"
#include "core/setting.h"
#include "view/time_facts.h"

namespace hubmill {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kLabelsAlways = 10;    // As the viewer: NUM_BINS.
constexpr double kLabelShareMax = 0.2;  // MAX_PROPORTION_STRING_LABELS
constexpr int64_t kNoLabel = -1;        // NO_LABEL_VALUE
constexpr int kPassesMax = 70;          // Each drops a bit of 64 at least.

Status CheckColumns(const arrow::Schema& schema, const std::vector<std::string>& columns) {
  ARROW_RETURN_NOT_OK(CheckNamesDiffer(schema));
  for (const std::string& column : columns) {
    if (schema.GetFieldIndex(column) >= 0) continue;
    const std::string nearest = NearestName(column, schema.field_names());
    return WrongUsage("no such column: name=", column,
                      nearest.empty() ? "; remedy: see `hubmill show` for the columns"
                                      : "; remedy: did you mean " + nearest + "?");
  }
  return Status::OK();
}

bool HasNumbers(ValueKind kind) {
  return kind != ValueKind::kBool && kind != ValueKind::kClass && kind != ValueKind::kOther;
}

/// The kind of the numbers that a column is told by.
ValueKind NumberKindOf(ValueKind kind) {
  return kind == ValueKind::kFloat || kind == ValueKind::kUnsigned ? kind : ValueKind::kInt;
}

/// A column whose values did not fit into counts, on its way to exact facts.
struct Unfinished {
  size_t column = 0;
  std::optional<SecondCounts> seconds;  // kTime: counts of whole seconds since the first time.
  std::optional<NumberPass> pass;
  std::mutex mutex;

  void Add(std::vector<uint64_t> keys) {
    const std::lock_guard lock(mutex);
    if (seconds && !pass) {
      seconds->AddTimes(keys);
      return;
    }
    if (seconds) {
      for (uint64_t& key : keys) key = seconds->KeyOfTime(key);
    }
    for (const uint64_t key : keys) pass->Add(key);
  }
};

NumberFacts FactsOfCounts(ValueKind kind, const ValueCounts& counts) {
  const std::vector<ValueCount> sorted = counts.Sorted();
  NumberPass pass(kind, sorted.front().key, sorted.back().key, counts);
  for (const ValueCount& entry : sorted) pass.Add(entry.key, entry.count);
  return pass.Facts();
}

/// What the first pass tells already; false where another one is needed.
bool FinishNumbers(const ColumnGather& column, NumberFacts* facts) {
  if (!HasNumbers(column.kind()) || column.counts().total() == 0) return true;
  if (!column.counts().exact()) return false;
  if (column.kind() != ValueKind::kTime) {
    *facts = FactsOfCounts(NumberKindOf(column.kind()), column.counts());
    return true;
  }
  SecondCounts seconds(column);
  for (const ValueCount& entry : column.counts().Sorted()) seconds.Add(entry.key, entry.count);
  *facts = seconds.AsTimes(FactsOfCounts(ValueKind::kUnsigned, seconds.counts()));
  return true;
}

/// Prepares the next pass over a column, or takes its facts.  True: it is finished.
bool Advance(const ColumnGather& column, Unfinished* work, NumberFacts* facts) {
  if (work->pass && work->pass->Complete()) {
    *facts = work->seconds ? work->seconds->AsTimes(work->pass->Facts()) : work->pass->Facts();
    return true;
  }
  if (work->pass) {
    NumberPass finer = work->pass->Finer();
    work->pass.emplace(std::move(finer));
    return false;
  }
  if (column.kind() != ValueKind::kTime) {
    work->pass.emplace(NumberKindOf(column.kind()), column.min_key(), column.max_key(),
                       column.counts());
    return false;
  }
  if (!work->seconds) {
    work->seconds.emplace(column);
    return false;
  }
  if (work->seconds->counts().exact()) {
    *facts = work->seconds->AsTimes(FactsOfCounts(ValueKind::kUnsigned, work->seconds->counts()));
    return true;
  }
  work->pass.emplace(ValueKind::kUnsigned, work->seconds->KeyOfTime(column.min_key()),
                     work->seconds->KeyOfTime(column.max_key()), work->seconds->counts());
  return false;
}

void FillCategories(const ColumnGather& column, ColumnStatistics* statistics) {
  std::map<int64_t, int64_t> counts;
  for (const ValueCount& entry : column.counts().Sorted()) {
    counts[IntOfKey(entry.key)] = entry.count;
  }
  if (column.kind() == ValueKind::kBool) {
    if (counts[0] > 0) statistics->frequencies.emplace_back("False", counts[0]);
    if (counts[1] > 0) statistics->frequencies.emplace_back("True", counts[1]);
    return;
  }
  const auto names = static_cast<int64_t>(column.class_names().size());
  for (int64_t label = 0; label < names; ++label) {
    statistics->frequencies.emplace_back(ValidUtf8(column.class_names()[size_t(label)]),
                                         counts[label]);
  }
  statistics->n_unique = statistics->frequencies.size();
  for (const auto& [label, count] : counts) {
    if (label == kNoLabel) statistics->no_label_count = count;
    if (label < kNoLabel || label >= names) statistics->unknown_label_count += count;
  }
}

bool IsLabel(const ColumnGather& column) {
  if (!column.has_labels()) return false;
  const size_t unique = column.labels().size() + (column.nulls() > 0 ? 1 : 0);
  if (unique <= kLabelsAlways) return true;
  return unique <= kLabelsMax &&
         static_cast<double>(unique) / static_cast<double>(column.rows()) <= kLabelShareMax;
}

void FillLabels(const ColumnGather& column, ColumnStatistics* statistics) {
  std::map<std::string, int64_t> valid;  // Two wrong texts may become one.
  for (const auto& [label, count] : column.labels()) valid[ValidUtf8(label)] += count;
  statistics->n_unique = column.labels().size();
  statistics->frequencies.assign(valid.begin(), valid.end());
  std::stable_sort(statistics->frequencies.begin(), statistics->frequencies.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
}

std::string TypeName(const ColumnGather& column, bool is_label) {
  switch (column.kind()) {
    case ValueKind::kInt:
    case ValueKind::kUnsigned:
      return "int";
    case ValueKind::kFloat:
      return "float";
    case ValueKind::kBool:
      return "bool";
    case ValueKind::kClass:
      return "class_label";
    case ValueKind::kText:
      return is_label ? "string_label" : "string_text";
    case ValueKind::kList:
      return "list";
    case ValueKind::kTime:
      return "datetime";
    case ValueKind::kOther:
      break;
  }
  return "other";
}

ColumnStatistics StatisticsOf(const ColumnGather& column, NumberFacts numbers) {
  const bool is_label = IsLabel(column);
  ColumnStatistics statistics{.name = column.name(), .type = TypeName(column, is_label)};
  statistics.nan_count = column.nulls();
  if (column.rows() > 0) {
    statistics.nan_proportion =
        Round5(static_cast<double>(column.nulls()) / static_cast<double>(column.rows()));
  }
  statistics.infinite_count = column.infinite();
  if (is_label) {
    FillLabels(column, &statistics);
  } else if (column.kind() == ValueKind::kBool || column.kind() == ValueKind::kClass) {
    FillCategories(column, &statistics);
  } else {
    statistics.numbers = std::move(numbers);
  }
  return statistics;
}

/// The pass that counts all values of all columns.
Status Gather(RowTable& table, const std::vector<std::string>& columns,
              const StatisticsOptions& options, SplitStatistics* split) {
  const size_t distinct_max =
      options.distinct_max > 0 ? options.distinct_max : DistinctMaxOf(columns.size());
  for (const std::string& column : columns) {
    const auto names = options.class_names.find(column);
    split->gathered.push_back(std::make_unique<ColumnGather>(
        *table.schema()->GetFieldByName(column),
        names == options.class_names.end() ? std::vector<std::string>{} : names->second,
        distinct_max));
  }
  ARROW_ASSIGN_OR_RAISE(
      split->num_examples,
      ScanInParallel(table, columns, options.scan,
                     [&](const arrow::RecordBatch& batch, int64_t first_row) -> Status {
                       const auto count = static_cast<size_t>(batch.num_columns());
                       for (size_t i = 0; i < count; ++i) {  // Threads begin at columns apart.
                         const size_t at = (i + static_cast<size_t>(first_row / 1024)) % count;
                         ARROW_RETURN_NOT_OK(
                             split->gathered[at]->Add(*batch.column(static_cast<int>(at))));
                       }
                       return Status::OK();
                     }));
  split->bad_rows = table.bad_rows();
  split->first_bad_row = table.first_bad_row();
  return Status::OK();
}

/// Further passes, over the columns that need them, until all facts are exact.
Status Finish(RowTable& table, const ScanOptions& scan, const SplitStatistics& split,
              std::vector<NumberFacts>* facts) {
  std::vector<std::unique_ptr<Unfinished>> open;
  for (size_t i = 0; i < split.gathered.size(); ++i) {
    if (FinishNumbers(*split.gathered[i], &(*facts)[i])) continue;
    open.push_back(std::make_unique<Unfinished>());
    open.back()->column = i;
  }
  for (int pass = 0; !open.empty(); ++pass) {
    HUBMILL_CHECK(pass < kPassesMax, "each pass narrows the median");
    std::erase_if(open, [&](const std::unique_ptr<Unfinished>& work) {
      return Advance(*split.gathered[work->column], work.get(), &(*facts)[work->column]);
    });
    if (open.empty()) break;
    std::vector<std::string> columns;
    for (const auto& work : open) columns.push_back(split.gathered[work->column]->name());
    ARROW_ASSIGN_OR_RAISE(
        const int64_t rows,
        ScanInParallel(
            table, columns, scan, [&](const arrow::RecordBatch& batch, int64_t) -> Status {
              for (size_t i = 0; i < open.size(); ++i) {
                BatchKeys keys;
                ARROW_RETURN_NOT_OK(ReadKeys(*batch.column(static_cast<int>(i)),
                                             split.gathered[open[i]->column]->kind(), &keys));
                open[i]->Add(std::move(keys.keys));
              }
              return Status::OK();
            }));
    if (rows != split.num_examples) {
      return DataRefused("the rows changed while they were read: before=", split.num_examples,
                         " now=", rows, "; remedy: run again when nothing writes to them");
    }
  }
  return Status::OK();
}

Json HistogramJson(const Histogram& histogram) {
  if (histogram.counts.empty()) return nullptr;
  Json edges = Json::array();
  for (const Number& edge : histogram.edges) edges.push_back(JsonOf(edge));
  return {{"hist", histogram.counts}, {"bin_edges", std::move(edges)}};
}

Json ColumnJson(const ColumnStatistics& column, int64_t rows) {
  Json facts = {{"nan_count", column.nan_count}, {"nan_proportion", column.nan_proportion}};
  const bool is_bool = column.type == "bool";
  if (column.IsCategory()) {
    facts["no_label_count"] = column.no_label_count;
    facts["no_label_proportion"] =
        rows == 0 ? 0.0 : Round5(double(column.no_label_count) / double(rows));
    facts["n_unique"] = column.n_unique;
    if (column.unknown_label_count > 0) facts["unknown_label_count"] = column.unknown_label_count;
  } else if (!is_bool && column.type != "other") {
    facts["min"] = JsonOf(column.numbers.min);
    facts["max"] = JsonOf(column.numbers.max);
    facts["mean"] = JsonOf(column.numbers.mean);
    facts["median"] = JsonOf(column.numbers.median);
    facts["std"] = JsonOf(column.numbers.std);
    facts["histogram"] = HistogramJson(column.numbers.histogram);
    if (column.infinite_count > 0) facts["infinite_count"] = column.infinite_count;
  }
  if (column.IsCategory() || is_bool) {
    Json frequencies = Json::object();
    for (const auto& [label, count] : column.frequencies) frequencies[label] = count;
    facts["frequencies"] = std::move(frequencies);
  }
  return {{"column_name", ValidUtf8(column.name)},
          {"column_type", column.type},
          {"column_statistics", std::move(facts)}};
}

}  // namespace

Json JsonOf(const Number& number) {
  return std::visit(
      [](const auto& value) -> Json {
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::monostate>) {
          return nullptr;
        } else {
          return value;
        }
      },
      number);
}

std::string ValidUtf8(const std::string& text) {
  if (IsValidUtf8(text)) return text;
  std::string valid;
  for (size_t at = 0; at < text.size();) {
    const Utf8Char next = DecodeUtf8(text, at);
    AppendUtf8(next.valid ? next.code_point : 0xFFFD, &valid);
    at += next.size_bytes;
  }
  return valid;
}

Status CheckNamesDiffer(const arrow::Schema& schema) {
  std::set<std::string> names;
  for (const auto& field : schema.fields()) {
    if (names.insert(field->name()).second) continue;
    return DataRefused("two columns have one name: name=", field->name(),
                       "; remedy: rename one of them where the file is made");
  }
  return Status::OK();
}

Json SplitStatistics::ToJson() const {
  Json list = Json::array();
  for (const ColumnStatistics& column : columns) list.push_back(ColumnJson(column, num_examples));
  Json json = {{"num_examples", num_examples}, {"statistics", std::move(list)}, {"partial", false}};
  if (bad_rows > 0) json["bad_rows"] = bad_rows;
  if (bad_rows > 0) json["first_bad_row"] = ValidUtf8(first_bad_row);
  return json;
}

Result<SplitStatistics> ComputeStatistics(RowTable& table, const StatisticsOptions& options) {
  ARROW_RETURN_NOT_OK(CheckColumns(*table.schema(), options.columns));
  const std::vector<std::string> columns =
      options.columns.empty() ? table.schema()->field_names() : options.columns;
  SplitStatistics split;
  ARROW_RETURN_NOT_OK(Gather(table, columns, options, &split));
  std::vector<NumberFacts> facts(split.gathered.size());
  ARROW_RETURN_NOT_OK(Finish(table, options.scan, split, &facts));
  for (size_t i = 0; i < facts.size(); ++i) {
    split.columns.push_back(StatisticsOf(*split.gathered[i], std::move(facts[i])));
  }
  return split;
}

}  // namespace hubmill
