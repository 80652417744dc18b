// Stages: what happens to rows between source and sink.
//
// There are three kinds, by what a stage must have seen before it can decide:
//   Transform  this batch only.            Runs on many threads at once, without state.
//   Decider    all rows before this one.   Prepares on many threads, decides in row order.
//   Arranger   all rows.                   Sees them once, then says which come out, in what order
//                                          and in which split; the executor spills and re-reads.
// A stage never removes a row by itself: it marks it with a reason, and the executor removes,
// counts and keeps it.  So rows in = rows out + rows dropped holds by construction.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "core/batch.h"
#include "core/failure.h"

namespace hubmill {

/// A row to be dropped.
struct Drop {
  int64_t row = 0;          // Index in the batch.
  const char* reason = "";  // A stable identifier with static lifetime, for example "duplicate".
};

/// Something that makes the whole run fail before Commit, after all rows have been looked at.
/// `what` names column, kind and bound; never the value.
struct Violation {
  int64_t row = 0;  // Index in the batch.
  std::string what;
};

/// What a stage made of a batch.
struct Applied {
  std::shared_ptr<arrow::RecordBatch> rows;  // As many rows as the input, of the bound schema.
  std::vector<Drop> drops;                   // Ascending by row, each row at most once.
  std::vector<Violation> violations;         // Ascending by row.
  std::vector<int32_t> splits;               // Empty (unchanged), or the split of each row.
  std::map<std::string, int64_t> counts;     // Facts to add up, for example {"email": 3}.
};

class Transform {
 public:
  virtual ~Transform() = default;

  /// Checks `input` and returns the schema of the output.  Called once, before any row is read.
  virtual Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) = 0;

  /// Thread-safe, without state.  REQUIRES: Bind() succeeded.
  virtual Result<Applied> Apply(const Batch& input) const = 0;

  /// The data set's splits after this stage; most leave them as they are.
  virtual Result<std::vector<std::string>> BindSplits(const std::vector<std::string>& input) {
    return input;
  }
};

/// What Decider::Prepare() found in a batch, for example the hashes of its rows.
struct Prepared {
  virtual ~Prepared() = default;
};

class Decider {
 public:
  virtual ~Decider() = default;
  virtual Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) = 0;

  /// Thread-safe: the costly, stateless part.
  virtual Result<std::unique_ptr<Prepared>> Prepare(const Batch& input) const = 0;

  /// Called in row order, one call at a time.
  virtual Result<Applied> Decide(const Batch& input, const Prepared& prepared) = 0;

  /// Called once after the last row: facts to add to the report; a failure refuses the run.
  virtual Status Finish(std::map<std::string, int64_t>* counts) {
    (void)counts;
    return Status::OK();
  }
};

/// Which rows come out of an Arranger.
struct Arrangement {
  std::vector<int64_t> order;    // Indices of the rows seen, in output order, each at most once.
  std::vector<int32_t> splits;   // Empty (unchanged), or the split of each entry of `order`.
  const char* drop_reason = "";  // Why the rows absent from `order` are dropped.
  std::shared_ptr<arrow::RecordBatch>
      added;  // Null, or columns that Bind() added: a row each seen.
  std::map<std::string, int64_t> counts;
};

/// Memory: 8 bytes a row for the order, and what the stage's page in docs/stages.md adds.
class Arranger {
 public:
  virtual ~Arranger() = default;
  virtual Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) = 0;
  virtual Result<std::vector<std::string>> BindSplits(const std::vector<std::string>& input) {
    return input;
  }

  /// Thread-safe: the costly, stateless part of Observe(); null where there is none.
  virtual Result<std::unique_ptr<Prepared>> Prepare(const Batch& input) const {
    (void)input;
    return nullptr;
  }

  /// Called in row order, one call at a time, with what Prepare() made.  The batch is not kept.
  virtual Status Observe(const Batch& input, const Prepared* prepared) = 0;

  /// Called once after the last row; may use so many threads, whose number changes no answer.  A
  /// failure refuses the run before anything is written.
  virtual Result<Arrangement> Arrange(int threads) = 0;
};

using Stage =
    std::variant<std::unique_ptr<Transform>, std::unique_ptr<Decider>, std::unique_ptr<Arranger>>;

}  // namespace hubmill
