// RunReport: the facts of a run.  The library prints nothing; the command line prints this, the
// server returns it and the manifest keeps it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/failure.h"
#include "core/setting.h"
#include "core/sink.h"
#include "core/source.h"

namespace hubmill {

/// One stage's row account.  Invariant, checked at the end of a run: rows_in == rows_out + drops.
struct StageReport {
  std::string name;
  int64_t rows_in = 0;
  int64_t rows_out = 0;
  std::map<std::string, int64_t> drops;   // By reason.
  std::map<std::string, int64_t> counts;  // What the stage counted; see IsFixedName().
  int64_t violations = 0;
  std::vector<std::string> violation_samples;  // The first kViolationSamplesMax, in row order.
  int64_t cpu_ns = 0;                          // All threads; not part of the manifest.
};

inline constexpr size_t kViolationSamplesMax = 10;

/// Whether the name of a count is fixed words.  One that shows a text of the data has it in double
/// quotes; it is for the terminal, and no manifest, which is published, has it.
bool IsFixedName(const std::string& count);

struct DatasetReport {
  std::string name;
  Setting options;  // Source, stages and sink with every option written out.
  std::vector<SourceFile> inputs;
  std::vector<StageReport> stages;  // The source's bad rows are stage 0, named "source".
  std::vector<OutputFile> outputs;
  std::map<std::string, int64_t> split_rows;
  int64_t rows_read = 0;
  int64_t rows_written = 0;
  int64_t bytes_read = 0;
  bool resumed = false;  // Taken over complete from an earlier, interrupted run.

  /// Everything but `options` and `resumed`, for the journal of a run that may be resumed.
  std::string ToJournal() const;
  static Result<DatasetReport> FromJournal(const std::string& json);
};

struct PublishedFile {
  std::string path;
  int64_t size_bytes = 0;
};

/// What publishing did, or, where `dry_run`, what it would do.
struct PublishReport {
  std::string repo;        // "alice/chat"
  std::string url;         // Of the repository, for people.
  std::string commit;      // The revision that holds the data; empty in a dry run that creates.
  bool unchanged = false;  // The repository had everything: no commit was made.
  bool tagged = false;     // Unchanged, but its version had no tag yet, and got it: it is new.
  bool dry_run = false;
  bool created = false;     // The repository was made.
  bool is_private = false;  // Read back from the Hub.
  std::vector<PublishedFile> added;
  std::vector<PublishedFile> changed;  // Were there with other bytes.
  std::vector<PublishedFile> deleted;
  int64_t files_unchanged = 0;
  int64_t bytes_uploaded = 0;           // In a dry run: at most this much.
  std::vector<std::string> card_lines;  // "-old" and "+new" lines of README.md.
  std::string tag;                      // On the commit; empty: none was asked for, or set.
  std::vector<std::string> restarted;   // Spaces.
  std::vector<std::string> notes;       // For people: what they may not expect.

  /// Whether there is a version that was not there before.
  bool IsNews() const { return !unchanged || tagged; }
  std::string ToJson() const;
};

struct RunReport {
  std::string recipe;
  std::string version;  // hubmill's.
  int64_t seed = 42;
  int64_t limit = -1;  // RunOptions::rows_max where it cut a data set.
  Setting parameters;  // Secrets are "***".
  std::vector<DatasetReport> datasets;
  std::string output_dir;
  std::vector<std::string> notes;  // For people: what they may not expect of this output.
  std::optional<PublishReport> publish;
  double wall_s = 0;
  double cpu_s = 0;

  /// All facts as one JSON object, keys in a fixed order.
  std::string ToJson() const;

  /// manifest.json: what depends on input, options and seed alone, no times.  Names of inputs stand
  /// in it as they are here (run/published_names.h).
  std::string ToManifest() const;
};

}  // namespace hubmill
