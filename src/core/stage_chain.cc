#include "core/stage_chain.h"

#include <time.h>

#include <algorithm>
#include <tuple>

#include "base/check.h"
#include "core/select_rows.h"

namespace hubmill {
namespace {

int64_t ThreadCpuNs() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return int64_t(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

void AddTo(std::map<std::string, int64_t>* sums, const std::map<std::string, int64_t>& more) {
  for (const auto& [name, count] : more) (*sums)[name] += count;
}

constexpr size_t kBadRowsNamedMax = 10;

/// All that is wrong with a morsel, so that it need not be found one run at a time.
Status RefuseBadRows(const std::string& file, int64_t base, const std::vector<BadRow>& rows) {
  std::string all;
  for (size_t i = 0; i < std::min(rows.size(), kBadRowsNamedMax); ++i) {
    all += Concat(i == 0 ? "" : "\n", "bad row: file=", file, " row=", base + rows[i].row,
                  " reason=", rows[i].reason, ": ", rows[i].why);
  }
  if (rows.size() > kBadRowsNamedMax) {
    all += Concat("\nand more near them: bad_rows=", rows.size() - kBadRowsNamedMax);
  }
  return DataRefused(all);
}

}  // namespace

StageChain::StageChain(const std::vector<NamedStage>& stages, const PhaseOptions& options,
                       const Source& source, RejectSink* rejects, DatasetReport* report,
                       size_t report_base)
    : stages_(stages),
      options_(options),
      source_(source),
      rejects_(rejects),
      report_(report),
      report_base_(report_base) {
  HUBMILL_CHECK(report->stages.size() == report_base + 1 + stages.size(), "one account a stage");
  Leg leg;
  for (int i = 0; i < int(stages.size()); ++i) {
    leg.last = i;
    if (stages[size_t(i)].decider == nullptr) {
      leg.last = i + 1;
      continue;
    }
    leg.prepares = i;
    legs_.push_back(leg);
    leg = {.settles = i, .first = i + 1, .last = i + 1};
  }
  legs_.push_back(leg);
}

void StageChain::Decode(Unit& unit) const {
  unit.accounts.resize(stages_.size() + 1);
  if (unit.morsel == nullptr) return;  // Source::Next() failed; unit.status says so.
  Result<Decoded> decoded = unit.morsel->Decode();
  if (!decoded.ok()) {
    unit.status = decoded.status();
  } else {
    unit.decoded = std::move(decoded).ValueUnsafe();
  }
  unit.morsel.reset();
}

void StageChain::Number(Unit& unit, Progress* progress) {
  if (limit_reached_) {
    unit.decoded = {};
    unit.status = Status::OK();
    return;
  }
  int64_t& base = rows_before_[unit.file];
  StageReport& account = AccountOf(unit, -1);
  for (Batch& batch : unit.decoded.batches) {
    if (base > 0) batch.origins.Shift(base);
    account.rows_in += batch.rows->num_rows();
  }
  unit.batches = std::move(unit.decoded.batches);
  if (!unit.decoded.bad_rows.empty()) RejectBadRows(unit, base);
  base += unit.decoded.row_numbers;
  if (options_.rows_max >= 0) KeepFirst(unit);
  account.rows_out = 0;
  for (const Batch& batch : unit.batches) account.rows_out += batch.rows->num_rows();
  rows_seen_ += account.rows_out;
  if (progress != nullptr) {
    progress->rows_read += account.rows_out;
    progress->bytes_done += unit.bytes;
  }
}

void StageChain::RejectBadRows(Unit& unit, int64_t base) {
  const std::string& file = source_.files()[size_t(unit.file)].name;
  StageReport& account = AccountOf(unit, -1);
  if (!options_.reject_bad_rows) {
    if (unit.status.ok()) unit.status = RefuseBadRows(file, base, unit.decoded.bad_rows);
    return;
  }
  for (const BadRow& bad : unit.decoded.bad_rows) {
    account.rows_in += 1;
    account.drops[bad.reason] += 1;
    unit.rejects.push_back({.stage = -1,
                            .origin = {.file = unit.file, .row = base + bad.row, .count = 1},
                            .reason = bad.reason,
                            .why = bad.why,
                            .rows = nullptr});
  }
}

/// --limit: rows after the limit count as never read.
void StageChain::KeepFirst(Unit& unit) {
  int64_t left = options_.rows_max - rows_seen_;
  std::vector<Batch> kept;
  StageReport& account = AccountOf(unit, -1);
  for (Batch& batch : unit.batches) {
    int64_t count = std::min(left, batch.rows->num_rows());
    account.rows_in -= batch.rows->num_rows() - count;
    left -= count;
    if (count == 0) continue;
    if (count < batch.rows->num_rows()) {
      batch = {.rows = batch.rows->Slice(0, count), .origins = batch.origins.Slice(0, count)};
    }
    kept.push_back(std::move(batch));
  }
  unit.batches = std::move(kept);
  if (left == 0) limit_reached_ = true;
}

void StageChain::RunLeg(Unit& unit) const {
  const Leg& leg = legs_[unit.leg];
  if (!unit.status.ok()) return;
  auto run = [&]() -> Status {
    if (leg.settles >= 0) {
      std::vector<Batch> settled;
      for (size_t i = 0; i < unit.batches.size(); ++i) {
        ARROW_ASSIGN_OR_RAISE(Batch batch, Settle(unit, leg.settles, std::move(unit.batches[i]),
                                                  std::move(unit.decided[i])));
        if (batch.rows->num_rows() > 0) settled.push_back(std::move(batch));
      }
      unit.batches = std::move(settled);
      unit.decided.clear();
    }
    for (int stage = leg.first; stage < leg.last; ++stage) {
      ARROW_RETURN_NOT_OK(TransformBatches(unit, stage));
    }
    if (leg.prepares >= 0) {
      const int64_t start_ns = ThreadCpuNs();
      for (const Batch& batch : unit.batches) {
        ARROW_ASSIGN_OR_RAISE(auto prepared, stages_[size_t(leg.prepares)].decider->Prepare(batch));
        unit.prepared.push_back(std::move(prepared));
      }
      AccountOf(unit, leg.prepares).cpu_ns += ThreadCpuNs() - start_ns;
    }
    return Status::OK();
  };
  unit.status = run();
}

Status StageChain::TransformBatches(Unit& unit, int stage) const {
  const NamedStage& named = stages_[size_t(stage)];
  std::vector<Batch> out;
  const int64_t start_ns = ThreadCpuNs();
  for (Batch& batch : unit.batches) {
    Result<Applied> applied = named.transform->Apply(batch);
    if (!applied.ok()) return WithContext(applied.status(), "stage " + named.name + ": ");
    ARROW_ASSIGN_OR_RAISE(Batch settled,
                          Settle(unit, stage, std::move(batch), std::move(applied).ValueUnsafe()));
    if (settled.rows->num_rows() > 0) out.push_back(std::move(settled));
  }
  AccountOf(unit, stage).cpu_ns += ThreadCpuNs() - start_ns;
  unit.batches = std::move(out);
  return Status::OK();
}

Result<Batch> StageChain::Settle(Unit& unit, int stage, Batch batch, Applied applied) const {
  const int64_t row_count = batch.rows->num_rows();
  HUBMILL_CHECK(applied.rows != nullptr && applied.rows->num_rows() == row_count,
                "a stage returns as many rows as it was given");
  StageReport& account = AccountOf(unit, stage);
  account.rows_in += row_count;
  account.rows_out += row_count - int64_t(applied.drops.size());
  AddTo(&account.counts, applied.counts);
  account.violations += int64_t(applied.violations.size());
  for (const Violation& violation : applied.violations) {
    if (account.violation_samples.size() == kViolationSamplesMax) break;
    RowRun origin = batch.origins.At(violation.row);
    account.violation_samples.push_back(Concat(
        violation.what, " file=", source_.files()[size_t(origin.file)].name, " row=", origin.row));
  }
  if (!applied.splits.empty()) batch.origins = batch.origins.WithSplits(applied.splits);
  if (applied.drops.empty()) return Batch{std::move(applied.rows), std::move(batch.origins)};

  std::vector<int64_t> kept;
  kept.reserve(size_t(row_count) - applied.drops.size());
  auto drop = applied.drops.begin();
  for (int64_t row = 0; row < row_count; ++row) {
    if (drop == applied.drops.end() || drop->row != row) {
      kept.push_back(row);
      continue;
    }
    account.drops[drop->reason] += 1;
    if (rejects_ != nullptr) {
      unit.rejects.push_back({.stage = stage,
                              .origin = batch.origins.At(row),
                              .reason = drop->reason,
                              .why = "",
                              .rows = batch.rows,
                              .index = row});
    }
    ++drop;
  }
  HUBMILL_CHECK(drop == applied.drops.end(), "drops are ascending and within the batch");
  ARROW_ASSIGN_OR_RAISE(auto rows, SelectRows(applied.rows, kept));
  return Batch{std::move(rows), batch.origins.Select(kept)};
}

void StageChain::Decide(Unit& unit) {
  const int stage = legs_[unit.leg].prepares;
  HUBMILL_CHECK(stage >= 0, "a gate follows a leg that prepares");
  if (!unit.status.ok()) return;
  const int64_t start_ns = ThreadCpuNs();
  for (size_t i = 0; i < unit.batches.size(); ++i) {
    Result<Applied> applied =
        stages_[size_t(stage)].decider->Decide(unit.batches[i], *unit.prepared[i]);
    if (!applied.ok()) {
      unit.status = WithContext(applied.status(), "stage " + stages_[size_t(stage)].name + ": ");
      return;
    }
    unit.decided.push_back(std::move(applied).ValueUnsafe());
  }
  unit.prepared.clear();
  AccountOf(unit, stage).cpu_ns += ThreadCpuNs() - start_ns;
}

Status StageChain::Account(Unit& unit) {
  ARROW_RETURN_NOT_OK(unit.status);
  for (size_t i = 0; i < unit.accounts.size(); ++i) {
    const StageReport& from = unit.accounts[i];
    StageReport& to = report_->stages[report_base_ + i];
    to.rows_in += from.rows_in;
    to.rows_out += from.rows_out;
    to.cpu_ns += from.cpu_ns;
    to.violations += from.violations;
    AddTo(&to.drops, from.drops);
    AddTo(&to.counts, from.counts);
    for (const std::string& sample : from.violation_samples) {
      if (to.violation_samples.size() < kViolationSamplesMax)
        to.violation_samples.push_back(sample);
    }
  }
  if (options_.live != nullptr) options_.live->AddPhase(options_.live_before, unit.accounts);
  if (rejects_ == nullptr) return Status::OK();
  // Batch by batch, a row dropped by a late stage may precede one dropped by an early stage.
  // Sorting by origin makes the file independent of the batch size.
  std::stable_sort(unit.rejects.begin(), unit.rejects.end(),
                   [](const PendingReject& a, const PendingReject& b) {
                     return std::tie(a.origin.file, a.origin.row, a.stage) <
                            std::tie(b.origin.file, b.origin.row, b.stage);
                   });
  for (const PendingReject& reject : unit.rejects) {
    RejectedRow row{.stage = report_->stages[report_base_ + size_t(reject.stage + 1)].name,
                    .reason = reject.reason,
                    .why = reject.why,
                    .file = source_.files()[size_t(reject.origin.file)].name,
                    .row = reject.origin.row};
    ARROW_RETURN_NOT_OK(rejects_->Reject(row, reject.rows.get(), reject.index));
  }
  return Status::OK();
}

Status StageChain::Finish() {
  for (size_t i = 0; i < stages_.size(); ++i) {
    StageReport& account = report_->stages[report_base_ + 1 + i];
    if (stages_[i].decider != nullptr) {
      Status status = stages_[i].decider->Finish(&account.counts);
      if (!status.ok()) return WithContext(status, "stage " + stages_[i].name + ": ");
    }
    int64_t dropped = 0;
    for (const auto& [reason, count] : account.drops) dropped += count;
    if (account.rows_in != account.rows_out + dropped) {
      return RunFailed("rows were lost: stage=", account.name, " rows_in=", account.rows_in,
                       " rows_out=", account.rows_out, " dropped=", dropped);
    }
  }
  return Status::OK();
}

}  // namespace hubmill
