// The scheduler.  Threads take, in this order: a block to encode (it frees memory), a unit to bring
// on, the next morsel to read.  Whoever arrives at a gate leaves its unit there; if nobody is
// inside and it is that unit's turn, it goes through itself, and takes along those that wait behind
// it.  So nobody ever blocks while work is left, ordered parts run one at a time, and a gate costs
// a lock.
#include "core/executor.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "base/check.h"
#include "core/refused_row.h"
#include "core/stage_chain.h"

namespace hubmill {
namespace {

/// Lets units through in the order of their sequence numbers, one at a time.
template <typename T>
struct Gate {
  int64_t next = 0;
  bool busy = false;
  std::map<int64_t, T> waiting;
};

struct BlockUnit {
  std::unique_ptr<Block> block;
  int64_t sequence = 0;
};

class PhaseRun {
 public:
  PhaseRun(Source& source, StageChain& chain, Sink& sink, int threads, const PhaseOptions& options,
           Progress* progress, DatasetReport* report)
      : source_(source),
        chain_(chain),
        sink_(sink),
        threads_(threads),
        bytes_ahead_max_(options.bytes_ahead_max),
        progress_(progress),
        read_(options.shows_read ? progress : nullptr),
        written_(options.shows_written ? progress : nullptr),
        report_(report),
        gates_(chain.leg_count() + 1) {}

  Status Run() {
    std::vector<std::thread> workers;
    for (int i = 1; i < threads_; ++i) workers.emplace_back([this] { Work(); });
    Work();
    for (std::thread& worker : workers) worker.join();
    return status_;
  }

 private:
  using Lock = std::unique_lock<std::mutex>;

  void Work() {
    Lock lock(mutex_);
    while (true) {
      if (progress_ != nullptr && progress_->cancel) {
        Fail(RunFailed("interrupted; remedy: run again to continue"));
      }
      if (!status_.ok() || finished_) {
        changed_.notify_all();
        return;
      }
      if (!blocks_ready_.empty()) {
        EncodeOne(lock);
      } else if (!units_ready_.empty()) {
        AdvanceOne(lock);
      } else if (MayAdmit()) {
        AdmitOne(lock);
      } else {
        changed_.wait_for(lock, std::chrono::milliseconds(200));
      }
    }
  }

  void Fail(Status status) {
    if (status_.ok()) status_ = std::move(status);
    changed_.notify_all();
  }

  bool MayAdmit() const {
    if (source_done_ || admitting_ || blocks_in_flight_ > threads_) return false;
    if (units_in_flight_ < threads_) return true;
    return units_in_flight_ < 2 * threads_ + 2 && bytes_in_flight_ < bytes_ahead_max_;
  }

  void AdmitOne(Lock& lock) {
    admitting_ = true;
    lock.unlock();
    Result<std::unique_ptr<Morsel>> next = source_.Next();
    lock.lock();
    admitting_ = false;
    if (!next.ok() || *next != nullptr) {
      auto unit = std::make_unique<Unit>();
      unit->sequence = units_admitted_++;
      if (next.ok()) {
        unit->morsel = std::move(next).ValueUnsafe();
        unit->file = unit->morsel->file;
        unit->bytes = unit->morsel->bytes;
      } else {
        unit->status = next.status();  // Raised in its turn, after all rows before it.
        source_done_ = true;
      }
      ++units_in_flight_;
      bytes_in_flight_ += unit->bytes;
      units_ready_.emplace(unit->sequence, std::move(unit));
    } else {
      source_done_ = true;
      FinishIfDrained(lock);
    }
    changed_.notify_all();
  }

  /// Brings the oldest unit on: decoding at first, then its next leg.
  void AdvanceOne(Lock& lock) {
    std::unique_ptr<Unit> unit = std::move(units_ready_.begin()->second);
    units_ready_.erase(units_ready_.begin());
    lock.unlock();
    size_t gate = 0;
    if (unit->accounts.empty()) {
      chain_.Decode(*unit);
    } else {
      chain_.RunLeg(*unit);
      gate = unit->leg + 1;
    }
    lock.lock();
    ArriveUnit(lock, gate, std::move(unit));
  }

  void ArriveUnit(Lock& lock, size_t gate_index, std::unique_ptr<Unit> arriving) {
    Gate<std::unique_ptr<Unit>>& gate = gates_[gate_index];
    gate.waiting.emplace(arriving->sequence, std::move(arriving));
    if (gate.busy) return;
    gate.busy = true;
    while (status_.ok() && !gate.waiting.empty() && gate.waiting.begin()->first == gate.next) {
      std::unique_ptr<Unit> unit = std::move(gate.waiting.begin()->second);
      gate.waiting.erase(gate.waiting.begin());
      lock.unlock();
      const bool last = gate_index == chain_.leg_count();
      std::vector<std::unique_ptr<Block>> blocks;
      Status status;
      if (gate_index == 0) {
        chain_.Number(*unit, read_);
      } else if (!last) {
        chain_.Decide(*unit);
        ++unit->leg;
      } else {
        status = CutUnit(*unit, &blocks);
      }
      lock.lock();
      ++gate.next;
      if (gate_index == 0 && chain_.limit_reached()) source_done_ = true;
      if (!status.ok()) {
        Fail(std::move(status));
      } else if (last) {
        --units_in_flight_;
        bytes_in_flight_ -= unit->bytes;
        QueueBlocks(std::move(blocks));
      } else {
        units_ready_.emplace(unit->sequence, std::move(unit));
      }
      changed_.notify_all();
    }
    gate.busy = false;
    if (gate_index == chain_.leg_count()) FinishIfDrained(lock);
  }

  Status CutUnit(Unit& unit, std::vector<std::unique_ptr<Block>>* blocks) {
    ARROW_RETURN_NOT_OK(chain_.Account(unit));
    for (Batch& batch : unit.batches) {
      const int64_t row_count = batch.rows->num_rows();
      ARROW_ASSIGN_OR_RAISE(auto cut, sink_.Cut(std::move(batch)));
      for (auto& block : cut) blocks->push_back(std::move(block));
      report_->rows_written += row_count;
      if (written_ != nullptr) written_->rows_written += row_count;
    }
    unit.batches.clear();
    return Status::OK();
  }

  void QueueBlocks(std::vector<std::unique_ptr<Block>> blocks) {
    for (auto& block : blocks) {
      blocks_ready_.push_back({.block = std::move(block), .sequence = blocks_cut_++});
      ++blocks_in_flight_;
    }
  }

  void EncodeOne(Lock& lock) {
    BlockUnit unit = std::move(blocks_ready_.front());
    blocks_ready_.pop_front();
    lock.unlock();
    Status status = unit.block->Encode();
    lock.lock();
    if (!status.ok()) return Fail(WithRow(*unit.block, std::move(status)));
    block_gate_.waiting.emplace(unit.sequence, std::move(unit.block));
    if (block_gate_.busy) return;
    block_gate_.busy = true;
    while (status_.ok() && !block_gate_.waiting.empty() &&
           block_gate_.waiting.begin()->first == block_gate_.next) {
      std::unique_ptr<Block> block = std::move(block_gate_.waiting.begin()->second);
      block_gate_.waiting.erase(block_gate_.waiting.begin());
      lock.unlock();
      Status appended = sink_.Append(std::move(block));
      lock.lock();
      ++block_gate_.next;
      --blocks_in_flight_;
      if (!appended.ok()) Fail(std::move(appended));
      changed_.notify_all();
    }
    block_gate_.busy = false;
    FinishIfDrained(lock);
  }

  Status WithRow(const Block& block, Status status) const {
    const auto* names_row = dynamic_cast<const NamesRefusedRow*>(&block);
    const auto row = names_row == nullptr ? std::nullopt : names_row->RefusedRow();
    if (!row) return status;
    return WithContext(
        status, Concat("a row cannot be written: file=", source_.files()[size_t(row->file)].name,
                       " row=", row->row, ": "));
  }

  /// The last rows are cut once every unit is through; the phase ends once every block is written.
  void FinishIfDrained(Lock& lock) {
    if (!status_.ok() || !source_done_ || admitting_ || units_in_flight_ > 0) return;
    if (!cut_finished_) {
      cut_finished_ = true;
      ++units_in_flight_;  // Holds the phase open while the lock is released.
      lock.unlock();
      Status status = chain_.Finish();
      std::vector<std::unique_ptr<Block>> blocks;
      if (status.ok()) {
        auto last = sink_.Finish();
        status = last.status();
        if (last.ok()) blocks = std::move(last).ValueUnsafe();
      }
      lock.lock();
      --units_in_flight_;
      if (!status.ok()) return Fail(std::move(status));
      QueueBlocks(std::move(blocks));
    }
    if (blocks_in_flight_ == 0) finished_ = true;
    changed_.notify_all();
  }

  Source& source_;
  StageChain& chain_;
  Sink& sink_;
  const int threads_;
  const int64_t bytes_ahead_max_;
  Progress* const progress_;
  Progress* const read_;     // Null where it does not count.
  Progress* const written_;  // The same.
  DatasetReport* const report_;

  std::mutex mutex_;
  std::condition_variable changed_;
  Status status_;
  bool source_done_ = false;
  bool admitting_ = false;
  bool cut_finished_ = false;
  bool finished_ = false;
  int64_t units_admitted_ = 0;
  int64_t units_in_flight_ = 0;
  int64_t bytes_in_flight_ = 0;
  int64_t blocks_cut_ = 0;
  int64_t blocks_in_flight_ = 0;
  std::map<int64_t, std::unique_ptr<Unit>> units_ready_;  // Oldest first.
  std::deque<BlockUnit> blocks_ready_;
  std::vector<Gate<std::unique_ptr<Unit>>> gates_;  // Before the first leg, and after each leg.
  Gate<std::unique_ptr<Block>> block_gate_;
};

}  // namespace

int ThreadsOf(int asked) {
  const int threads = asked > 0 ? asked : int(std::thread::hardware_concurrency());
  return std::clamp(threads, 1, kThreadsMax);
}

Status RunPhase(Source& source, const std::vector<NamedStage>& stages, Sink& sink,
                const PhaseOptions& options, RejectSink* rejects, Progress* progress,
                DatasetReport* report) {
  const size_t report_base = report->stages.size();
  report->stages.push_back({.name = "source"});
  for (const NamedStage& stage : stages) {
    HUBMILL_CHECK((stage.transform == nullptr) != (stage.decider == nullptr), "one kind a stage");
    report->stages.push_back({.name = stage.name});
  }
  const int threads = ThreadsOf(options.threads);
  StageChain chain(stages, options, source, rejects, report, report_base);
  const int64_t rows_written_before = report->rows_written;
  PhaseRun run(source, chain, sink, threads, options, progress, report);
  ARROW_RETURN_NOT_OK(run.Run());
  if (report->rows_written - rows_written_before != report->stages.back().rows_out) {
    return RunFailed("rows were lost before the sink: cut=", report->rows_written,
                     " last_stage=", report->stages.back().rows_out);
  }
  return Status::OK();
}

}  // namespace hubmill
