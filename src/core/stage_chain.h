// StageChain: what happens to one morsel between source and sink, and the account of its rows.
//
// The executor decides when and on which thread; the chain knows what.  A chain is cut into legs at
// its deciders: a leg runs on any thread (settle the last decision, transforms, Prepare of the next
// decider), the gate after it in row order (Decide).  A unit carries its own accounts and adds them
// to the report only at the last gate, in order, so every fact is the same at any thread count.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/executor.h"

namespace hubmill {

/// A dropped row, waiting to be handed to the reject sink in order.
struct PendingReject {
  int stage = 0;  // Index into DatasetReport::stages.
  RowRun origin;
  std::string reason;
  std::string why;
  std::shared_ptr<arrow::RecordBatch> rows;
  int64_t index = 0;
};

/// A morsel on its way.  Owned by one thread at a time.
struct Unit {
  int64_t sequence = 0;
  std::unique_ptr<Morsel> morsel;
  int32_t file = 0;
  int64_t bytes = 0;
  size_t leg = 0;  // The next leg to run.
  Status status;   // The first failure; raised at the last gate.
  Decoded decoded;
  std::vector<Batch> batches;
  std::vector<std::unique_ptr<Prepared>> prepared;  // One a batch, before a gate.
  std::vector<Applied> decided;                     // One a batch, after a gate.
  std::vector<StageReport> accounts;                // One a stage, source first.
  std::vector<PendingReject> rejects;
};

class StageChain {
 public:
  StageChain(const std::vector<NamedStage>& stages, const PhaseOptions& options,
             const Source& source, RejectSink* rejects, DatasetReport* report, size_t report_base);

  /// Legs after the decoding; at least one.  Gate i stands after leg i; the last leads to the sink.
  size_t leg_count() const { return legs_.size(); }

  /// Any thread.
  void Decode(Unit& unit) const;
  /// In order, before the first leg: numbers the rows, handles bad rows and --limit.
  void Number(Unit& unit, Progress* progress);
  /// Any thread.
  void RunLeg(Unit& unit) const;
  /// In order, after a leg that is not the last.
  void Decide(Unit& unit);
  /// In order, after the last leg: adds the accounts to the report and hands over the rejects.
  Status Account(Unit& unit);
  /// After the last unit: facts of the deciders.
  Status Finish();

  /// True once --limit rows were seen: nothing more need be read.
  bool limit_reached() const { return limit_reached_; }

 private:
  struct Leg {
    int settles = -1;  // Stage whose decision is settled first, or -1.
    int first = 0;     // Transforms [first, last) run.
    int last = 0;
    int prepares = -1;  // Decider prepared at the end, or -1.
  };

  StageReport& AccountOf(Unit& unit, int stage) const { return unit.accounts[size_t(stage) + 1]; }
  Status TransformBatches(Unit& unit, int stage) const;
  Result<Batch> Settle(Unit& unit, int stage, Batch batch, Applied applied) const;
  void RejectBadRows(Unit& unit, int64_t base);
  void KeepFirst(Unit& unit);

  const std::vector<NamedStage>& stages_;
  const PhaseOptions options_;
  const Source& source_;
  RejectSink* const rejects_;
  DatasetReport* const report_;
  const size_t report_base_;  // report->stages[report_base_] is the source's account.
  std::vector<Leg> legs_;
  std::map<int32_t, int64_t> rows_before_;  // Row numbers used up, by file.
  int64_t rows_seen_ = 0;
  bool limit_reached_ = false;
};

}  // namespace hubmill
