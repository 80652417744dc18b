// The guard as two stages: rows are built on all threads, and chosen in their order.
//
// GuardRows makes of a line the row that leaves, or notes why not.  ChooseRows, which sees all rows
// in order, ends at the limit, counts, names what is refused by file and row, and numbers the cells
// (a source and an industry) that the splits are made of.
#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/source.h"
#include "core/stage.h"
#include "signals/row_builder.h"

namespace hubmill {

/// Rows of one source and industry.
struct SignalsCell {
  std::string source;
  std::string industry;
  int64_t rows = 0;
};

/// In the order in which they were first seen.  Thread-safe.
class SignalsCells {
 public:
  /// The number of the cell, to which one more row is counted.
  int32_t Add(std::string_view source, std::string_view industry);
  SignalsCell At(int32_t cell) const;
  std::vector<SignalsCell> All() const;

 private:
  mutable std::mutex mutex_;
  std::deque<SignalsCell> cells_;
};

inline constexpr size_t kSignalsNamedMax = 10;     // Refused rows that are named by place.
inline constexpr size_t kSignalsUnknownMax = 100;  // Keys that are named.

/// The account of an export.  lines = rows + not_json + filtered + refused + small_cell.
struct SignalsCounts {
  int64_t lines = 0;  // Up to the limit.
  int64_t rows = 0;
  int64_t not_json = 0;
  int64_t filtered = 0;
  int64_t refused = 0;
  int64_t small_cell = 0;
  int64_t duplicates = 0;  // Rows whose id an earlier one has; they stay.
  bool limit_reached = false;
  std::map<std::string, int64_t> rules;    // Faults by rule, of refused rows.
  std::vector<std::string> refusals;       // The first kSignalsNamedMax, with file and row.
  std::vector<std::string> broken;         // Of lines that are no JSON, likewise.
  std::map<std::string, int64_t> unknown;  // Features that the schema does not list, by rows.
  std::vector<int64_t> filled;             // By feature: rows where it is not null.
  std::vector<int64_t> out_of_range;       // By feature: numbers that were only reported.
  std::vector<int64_t> not_numbers;        // By feature: values that became null.
};

struct GuardOptions {
  RowOptions row;
  bool exported = false;  // Lines must be exported rows already, to the byte.
};

/// Column `line` to columns row, source, industry, facts, faults, unknown.  `schema` outlives it.
class GuardRows final : public Transform {
 public:
  GuardRows(const SignalsSchema* schema, GuardOptions options)
      : schema_(schema), options_(std::move(options)) {}
  Result<std::shared_ptr<arrow::Schema>> Bind(const std::shared_ptr<arrow::Schema>& input) override;
  Result<Applied> Apply(const Batch& input) const override;

 private:
  std::unique_ptr<RowBuilder> Take() const;

  const SignalsSchema* schema_;
  const GuardOptions options_;
  std::shared_ptr<arrow::Schema> output_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<RowBuilder>> idle_;
};

struct ChooseOptions {
  int64_t max_rows = -1;                                         // -1: all.
  bool quarantine = false;                                       // Refused rows are left out.
  std::set<std::pair<std::string, std::string>> excluded_cells;  // By source and industry.
  const std::vector<SourceFile>* files = nullptr;                // For messages.
  std::function<Status(const std::string& json_line)> reject;    // Null: refused rows are counted.
};

/// Columns of GuardRows to row and cell.  Memory: 16 bytes, with the set's own, an id.
class ChooseRows final : public Decider {
 public:
  ChooseRows(const SignalsSchema* schema, ChooseOptions options, SignalsCells* cells,
             std::atomic<bool>* full);
  Result<std::shared_ptr<arrow::Schema>> Bind(const std::shared_ptr<arrow::Schema>& input) override;
  Result<std::unique_ptr<Prepared>> Prepare(const Batch& input) const override;
  Result<Applied> Decide(const Batch& input, const Prepared& prepared) override;

  const SignalsCounts& counts() const { return counts_; }

 private:
  class Columns;
  struct HashOf {
    size_t operator()(const Hash128& hash) const { return size_t(hash.low); }
  };
  const char* DropOf(const Columns& columns, int64_t row, const RowRun& origin, Status* status);
  Status Refuse(const Columns& columns, int64_t row, const RowRun& origin);
  void CountRow(const Columns& columns, int64_t row, const RowFacts& facts);
  std::string PlaceOf(const RowRun& origin) const;

  const SignalsSchema* schema_;
  const ChooseOptions options_;
  SignalsCells* const cells_;
  std::atomic<bool>* const full_;
  std::shared_ptr<arrow::Schema> output_;
  SignalsCounts counts_;
  int64_t before_limit_ = 0;  // Rows that the limit counts: exported ones and, where a refused row
                              // fails the run, those too.
  std::unordered_set<Hash128, HashOf> ids_;
};

/// `key` as messages may show it: a plain name that holds no contact, else a word for it.
std::string ShownKey(std::string_view key);

}  // namespace hubmill
