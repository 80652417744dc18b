// The local executor: runs one phase of a plan on the threads of this process.
//
// A phase is source -> transforms and deciders -> sink.  Morsels are decoded and transformed on any
// thread; what must happen in order (numbering rows, deciders, cutting blocks, writing) passes a
// turnstile that lets one morsel through at a time, in source order.  The number of morsels and
// blocks in flight is bounded, so memory does not grow with the input.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/run_report.h"
#include "core/sink.h"
#include "core/source.h"
#include "core/stage.h"
#include "core/stage_progress.h"

namespace hubmill {

/// Rows that were dropped, handed over in row order.
struct RejectedRow {
  std::string stage;
  std::string reason;
  std::string why;  // Bad rows only.
  std::string file;
  int64_t row = 0;  // 1-based in `file`.
};

/// Receives dropped rows; `rows` holds the row's columns at that stage at `index`, and is null for
/// bad rows.  Called by one thread at a time, in an order that depends on the input alone.
class RejectSink {
 public:
  virtual ~RejectSink() = default;
  virtual Status Reject(const RejectedRow& row, const arrow::RecordBatch* rows, int64_t index) = 0;
};

/// A stage under the name that the report gives it.  REQUIRES: bound; not an Arranger.
struct NamedStage {
  std::string name;
  Transform* transform = nullptr;  // Exactly one of the two.
  Decider* decider = nullptr;
  std::shared_ptr<arrow::Schema> schema;  // Of its output.
};

/// Live numbers for a progress bar; read from any thread.
struct Progress {
  std::atomic<int64_t> bytes_done{0};
  std::atomic<int64_t> rows_read{0};
  std::atomic<int64_t> rows_written{0};
  std::atomic<int64_t> bytes_total{-1};  // -1 where unknown.
  std::atomic<bool> cancel{false};       // Set to stop the run soon; it then fails.
  StageProgress stages;                  // Of a recipe's data sets.
};

struct PhaseOptions {
  int threads = 0;                     // 0 means one a core.
  int64_t rows_max = -1;               // --limit: only the first rows of the source; -1 means all.
  int64_t bytes_ahead_max = 48 << 20;  // Beyond one unit a thread, admit up to so many bytes.
  bool reject_bad_rows = false;   // Drop and count rows that cannot be decoded, instead of failing.
  bool shows_read = true;         // Whether rows that are read are the progress of the run,
  bool shows_written = true;      // and those that are written: not of a spill, or a first pass.
  StageProgress* live = nullptr;  // Gets the accounts as they grow; see AddPhase().
  size_t live_before = 0;
};

inline constexpr int kThreadsMax = 1024;

/// How many threads `asked` means: 0 is one a core.
int ThreadsOf(int asked);

/// Runs the phase to its end, Close() excepted.  `report` gets rows, drops, counts and violations;
/// violations do not fail the phase (the caller decides, after all rows were seen).  The first
/// error in row order is returned, whatever the number of threads.
Status RunPhase(Source& source, const std::vector<NamedStage>& stages, Sink& sink,
                const PhaseOptions& options, RejectSink* rejects, Progress* progress,
                DatasetReport* report);

}  // namespace hubmill
