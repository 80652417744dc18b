// Pools as data: which rows belong to which pool is a list of conditions over columns, in YAML.
//
//   base: [quality_valid_harmony]      every pool's rows fulfil these; each only where its columns
//   are pools:
//     - name: high_correctness         folder, and config of the data set's card
//       where: meta_correctness >= {correctness_hi}
//     - name: hardest
//       where: quality_has_tool
//       otherwise: "true"              the condition where a column of `where` is missing; without
//                                      it the pool is left out then
//       limit: 1000                    the first ones of the input
//       order_by: -meta_correctness    or those with the largest values of a number column; without
//                                      the minus the smallest.  Ties: the first ones.  The rows
//                                      stay in the order of the input.
//
// The conditions are those of the filter stage (stages/expression.h).  The placeholders are the
// names of PoolThresholds.
#pragma once

#include <arrow/compute/expression.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.h"

namespace hubmill {

struct PoolThresholds {
  double correctness_hi = 0.875;
  double correctness_lo = 0.25;
  int64_t long_context_tokens = 8192;
};

struct PoolRule {
  std::string name;
  std::string where;      // Placeholders filled in.
  std::string otherwise;  // Empty: none.
  int64_t limit = -1;     // -1: all.
  std::string order_by;   // "", "column" or "-column"; not without a limit.
};

struct PoolRules {
  std::vector<std::string> base;
  std::vector<PoolRule> pools;
};

inline constexpr size_t kPoolsMax = 62;  // A row's pools are bits of a word.

/// "meta_correctness" of "-meta_correctness".
std::string OrderColumn(const std::string& order_by);

/// The rules as this binary ships them: those of the source program, and with `document` the four
/// of its document.
std::string ShippedPools(bool document);

/// Reads YAML; `file` is for messages.  Errors (kWrongUsage) name line and remedy.
Result<PoolRules> ParsePoolRules(std::string_view yaml, const std::string& file,
                                 const PoolThresholds& thresholds);

/// The columns that the rules name.
std::vector<std::string> PoolColumns(const PoolRules& rules);

/// Pools that have the same rows in the same order, and so the same files.
struct PoolStream {
  std::vector<std::string> pools;  // At least one, in the order of the rules.
  std::string where;               // As bound.
  int64_t limit = -1;
  std::string order_by = "";
};

/// The rules bound to a schema.  Thread-safe once made.
class PoolMembership {
 public:
  /// A pool whose columns are missing is left out.  A column of a wrong type is kDataRefused.
  static Result<PoolMembership> Bind(const PoolRules& rules, const arrow::Schema& schema);

  const std::vector<PoolStream>& streams() const { return streams_; }

  /// Of each row: bit i is set where streams()[i] holds it (limits are not looked at), and
  /// kBaseBit where it fulfils the base.
  Result<std::vector<uint64_t>> Masks(const arrow::RecordBatch& rows) const;

  static constexpr int kBaseBit = 63;

 private:
  std::vector<PoolStream> streams_;
  std::vector<arrow::compute::Expression> base_;
  std::vector<arrow::compute::Expression> conditions_;  // By stream.
};

}  // namespace hubmill
