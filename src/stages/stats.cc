// stats: changes nothing and adds facts about the columns to the run report.
//
// The facts are the same for every cut into batches: integers are summed in 128 bits, which has no
// order, and floats in row order with Neumaier's correction.
#include "stages/stats.h"

#include <arrow/array.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>

#include "stages/columns.h"
#include "stages/row_key.h"
#include "text/characters.h"

namespace hubmill {
namespace {

constexpr size_t kDistinctMax = 1000;  // Different values counted exactly in a column.

struct StatsOptions {
  std::vector<std::string> columns;
  static void Describe(OptionTable<StatsOptions>& table) {
    table.Field("columns", &StatsOptions::columns, "The columns looked at; empty means all.");
  }
};

using Int128 = __int128;

int64_t Saturate(Int128 value) {
  constexpr Int128 kMin = std::numeric_limits<int64_t>::min();
  constexpr Int128 kMax = std::numeric_limits<int64_t>::max();
  return int64_t(value < kMin ? kMin : value > kMax ? kMax : value);
}

/// The nearest integer, halves away from zero.
int64_t DivideRounded(Int128 sum, int64_t count) {
  const Int128 half = count / 2;
  return Saturate(sum >= 0 ? (sum + half) / count : (sum - half) / count);
}

/// Integers and lengths: count, least, greatest, sum.
struct IntegerFacts {
  int64_t count = 0;
  Int128 min = 0;
  Int128 max = 0;
  Int128 sum = 0;
  void Add(Int128 value) { Merge({1, value, value, value}); }
  void Merge(const IntegerFacts& other) {
    if (other.count == 0) return;
    min = count == 0 ? other.min : std::min(min, other.min);
    max = count == 0 ? other.max : std::max(max, other.max);
    count += other.count;
    sum += other.sum;
  }
};

struct FloatFacts {
  int64_t count = 0;  // Finite values only.
  int64_t not_finite = 0;
  double min = 0;
  double max = 0;
  double sum = 0;
  double correction = 0;
  void Add(double value) {
    if (!std::isfinite(value)) {
      ++not_finite;
      return;
    }
    min = count == 0 ? value : std::min(min, value);
    max = count == 0 ? value : std::max(max, value);
    ++count;
    const double next = sum + value;
    correction += std::fabs(sum) >= std::fabs(value) ? (sum - next) + value : (value - next) + sum;
    sum = next;
  }
};

enum class FactKind { kInteger, kFloat, kText, kList, kOther };

FactKind KindOfFacts(const arrow::DataType& type) {
  if (arrow::is_integer(type.id())) return FactKind::kInteger;
  if (type.id() == arrow::Type::FLOAT || type.id() == arrow::Type::DOUBLE) return FactKind::kFloat;
  if (IsText(type)) return FactKind::kText;
  if (type.id() == arrow::Type::LIST || type.id() == arrow::Type::LARGE_LIST) {
    return FactKind::kList;
  }
  return FactKind::kOther;
}

/// What one batch says about one column; floats are added later, in row order.
struct ColumnFacts {
  int64_t nulls = 0;
  int64_t empty = 0;
  IntegerFacts integers;
  FloatFacts floats;
  std::set<RowKey> distinct;  // At most kDistinctMax + 1 of them.
  void AddDistinct(const RowKey& key) {
    if (distinct.size() <= kDistinctMax) distinct.insert(key);
  }
};

struct StatsPrepared : Prepared {
  std::vector<ColumnFacts> columns;
};

template <typename ArrayType>
Int128 ValueAt(const arrow::Array& array, int64_t row) {
  return static_cast<const ArrayType&>(array).Value(row);
}

Int128 IntegerAt(const arrow::Array& array, int64_t row) {
  switch (array.type_id()) {
    case arrow::Type::INT8:
      return ValueAt<arrow::Int8Array>(array, row);
    case arrow::Type::INT16:
      return ValueAt<arrow::Int16Array>(array, row);
    case arrow::Type::INT32:
      return ValueAt<arrow::Int32Array>(array, row);
    case arrow::Type::UINT8:
      return ValueAt<arrow::UInt8Array>(array, row);
    case arrow::Type::UINT16:
      return ValueAt<arrow::UInt16Array>(array, row);
    case arrow::Type::UINT32:
      return ValueAt<arrow::UInt32Array>(array, row);
    case arrow::Type::UINT64:
      return ValueAt<arrow::UInt64Array>(array, row);
    default:
      return ValueAt<arrow::Int64Array>(array, row);
  }
}

void LookAt(const arrow::Array& array, FactKind kind, ColumnFacts* facts) {
  std::string bytes;
  std::optional<TextView> text;
  if (kind == FactKind::kText) text.emplace(array);
  for (int64_t row = 0; row < array.length(); ++row) {
    if (array.IsNull(row)) {
      ++facts->nulls;
      continue;
    }
    if (kind == FactKind::kInteger) facts->integers.Add(IntegerAt(array, row));
    if (kind == FactKind::kList) {
      facts->integers.Add(array.type_id() == arrow::Type::LIST
                              ? static_cast<const arrow::ListArray&>(array).value_length(row)
                              : static_cast<const arrow::LargeListArray&>(array).value_length(row));
    }
    if (kind == FactKind::kText) {
      facts->integers.Add(CharacterCount((*text)[row]));
      facts->empty += (*text)[row].empty() ? 1 : 0;
    }
    if (facts->distinct.size() > kDistinctMax) continue;
    if (text) {
      facts->AddDistinct(KeyOfBytes((*text)[row]));
    } else {
      bytes.clear();
      AppendValueBytes(array, row, &bytes);
      facts->AddDistinct(KeyOfBytes(bytes));
    }
  }
}

class Stats : public Decider {
 public:
  static Result<std::unique_ptr<Stats>> Make(StatsOptions options) {
    if (!options.columns.empty()) ARROW_RETURN_NOT_OK(CheckNameList(options.columns, "columns"));
    auto stage = std::make_unique<Stats>();
    stage->options_ = std::move(options);
    return stage;
  }

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    names_ = options_.columns.empty() ? input->field_names() : options_.columns;
    ARROW_ASSIGN_OR_RAISE(columns_, ColumnIndices(*input, names_));
    for (size_t i = 0; i < columns_.size(); ++i) {
      const arrow::DataType& type = *input->field(columns_[i])->type();
      ARROW_RETURN_NOT_OK(CheckKeyType(names_[i], type));
      kinds_.push_back(KindOfFacts(type));
    }
    facts_.resize(columns_.size());
    return input;
  }

  Result<std::unique_ptr<Prepared>> Prepare(const Batch& input) const override {
    auto prepared = std::make_unique<StatsPrepared>();
    prepared->columns.resize(columns_.size());
    for (size_t i = 0; i < columns_.size(); ++i) {
      const auto array = input.rows->column(columns_[i]);
      LookAt(*array, kinds_[i], &prepared->columns[i]);
    }
    return prepared;
  }

  Result<Applied> Decide(const Batch& input, const Prepared& prepared) override {
    const auto& batch = static_cast<const StatsPrepared&>(prepared);
    rows_ += input.rows->num_rows();
    for (size_t i = 0; i < columns_.size(); ++i) {
      ColumnFacts& facts = facts_[i];
      facts.nulls += batch.columns[i].nulls;
      facts.empty += batch.columns[i].empty;
      facts.integers.Merge(batch.columns[i].integers);
      for (const RowKey& key : batch.columns[i].distinct) facts.AddDistinct(key);
      if (kinds_[i] == FactKind::kFloat) AddFloats(*input.rows->column(columns_[i]), &facts.floats);
    }
    Applied applied;
    applied.rows = input.rows;
    return applied;
  }

  Status Finish(std::map<std::string, int64_t>* counts) override {
    (*counts)["rows"] += rows_;
    for (size_t i = 0; i < columns_.size(); ++i) Report(names_[i], kinds_[i], facts_[i], counts);
    return Status::OK();
  }

 private:
  static void AddFloats(const arrow::Array& array, FloatFacts* facts) {
    for (int64_t row = 0; row < array.length(); ++row) {
      if (array.IsNull(row)) continue;
      facts->Add(array.type_id() == arrow::Type::FLOAT
                     ? double(static_cast<const arrow::FloatArray&>(array).Value(row))
                     : static_cast<const arrow::DoubleArray&>(array).Value(row));
    }
  }

  static int64_t Rounded(double value) {
    constexpr double kLimit = 9.2e18;
    return std::llround(std::clamp(value, -kLimit, kLimit));
  }

  static void Report(const std::string& name, FactKind kind, const ColumnFacts& facts,
                     std::map<std::string, int64_t>* counts) {
    const auto put = [&](const char* fact, int64_t value) { (*counts)[name + "." + fact] = value; };
    put("nulls", facts.nulls);
    if (facts.distinct.size() > kDistinctMax) {
      put("distinct_more_than", int64_t(kDistinctMax));
    } else {
      put("distinct", int64_t(facts.distinct.size()));
    }
    const IntegerFacts& integers = facts.integers;
    if (kind == FactKind::kInteger && integers.count > 0) {
      put("min", Saturate(integers.min));
      put("max", Saturate(integers.max));
      put("sum", Saturate(integers.sum));
      put("mean", DivideRounded(integers.sum, integers.count));
    }
    if ((kind == FactKind::kText || kind == FactKind::kList) && integers.count > 0) {
      put("length_min", Saturate(integers.min));
      put("length_max", Saturate(integers.max));
      put("length_mean", DivideRounded(integers.sum, integers.count));
    }
    if (kind == FactKind::kText) put("empty", facts.empty);
    if (kind == FactKind::kFloat) {
      const FloatFacts& floats = facts.floats;
      put("not_finite", floats.not_finite);
      if (floats.count == 0) return;
      const double sum = floats.sum + floats.correction;
      put("min", Rounded(floats.min));
      put("max", Rounded(floats.max));
      if (!std::isfinite(sum)) return;
      put("sum", Rounded(sum));
      put("mean", Rounded(sum / double(floats.count)));
    }
  }

  StatsOptions options_;
  std::vector<std::string> names_;
  std::vector<int> columns_;
  std::vector<FactKind> kinds_;
  std::vector<ColumnFacts> facts_;
  int64_t rows_ = 0;
};

}  // namespace

StageEntry StatsStage() {
  return DefineStage<Stats, StatsOptions>(
      {.name = "stats",
       .summary = "Changes nothing, and adds facts about the columns to the run report.",
       .details =
           "The facts stand among the stage's counts: `rows`, and for each column "
           "`<column>.nulls` and `<column>.distinct` (up to 1,000 different values; beyond that "
           "`<column>.distinct_more_than` is 1000).  Numbers add `min`, `max`, `sum` and `mean`; "
           "floats also `not_finite` (NaN and infinities, not part of the others).  Texts add "
           "`empty`, and like lists `length_min`, `length_max` and `length_mean` in characters or "
           "items.  Counts are integers: means, sums and bounds of floats are rounded.\n\n"
           "The facts do not depend on batches or threads.  Memory: at most 64 KB a column.",
       .example = "- stats\n- stats: [label, text]\n",
       .shorthand = "columns"});
}

}  // namespace hubmill
