// hubmill dedup: rows that repeat another row, exactly or nearly, are left out of one file.
//
// JSON lines to JSON lines: kept lines are written as they stand.  The inputs are read again rather
// than kept: once for keys, once more where likenesses are asked for, once to write.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dedup/dedup_index.h"
#include "hubmill/hubmill.h"
#include "text/pieces.h"

namespace hubmill {

struct DedupOptions {
  std::vector<std::string> inputs;  // As of ConvertOptions; not standard input.
  std::vector<std::string>
      against;                // Other data: what is in it too goes; nothing of it is written.
  std::string output;         // A .jsonl(.gz|.zst) or .parquet file, or a folder of shards:
                              // run/dedup_output.h.
  std::string output_format;  // jsonl, jsonl.gz, jsonl.zst or parquet; empty: by the output's
                              // name, of a folder by the inputs.
  int64_t shard_bytes = 0;    // Of values in a shard before encoding, of a folder; 0: 1 GiB.
  int64_t level = 0;          // Of zstd (1 to 22) or gzip (1 to 9) of the output; 0: 3, 6.
  std::string input_format;   // jsonl, csv or parquet; empty: by the inputs' names.
  DedupMethod method = DedupMethod::kExact;
  DedupKeep keep = DedupKeep::kFirst;
  std::string text = "text";
  std::string within;
  std::string best;
  MinHashShape shape;
  bool verify = false;
  double threshold = 0.7;                  // Of `verify`, exact Jaccard.
  PieceUnit unit = PieceUnit::kParagraph;  // This and the next two: kParagraph.
  int64_t chars_min = 1;                   // As RepeatedTextOptions has them.
  int64_t repeats_max = 1;
  int overlap = 0;           // Words of a run that no row may share with `against`; 0: any.
  double overlap_share = 0;  // As OverlapOptions::share_min.
  std::string overlaps;      // A Parquet file of the rows that go for it; empty: none.
  std::string clusters;      // A Parquet file; empty: none.
  int64_t memory_bytes_max = int64_t{2} << 30;  // Of keys and sketches; beyond it files, or passes.
  int threads = 0;
  int64_t line_bytes_max = 64 << 20;  // Of JSONL and CSV, 1 to 2^30, in whole MiB; a longer
                                      // line is a bad row.
  bool reject_bad_rows = false;
  bool report = false;  // Also count clusters by their size.
  bool dry_run = false;
  std::string hub;  // As in RunOptions.
  std::string hub_token;
};

/// The bands and rows, of at most 128 minima, whose chance to meet is nearest to a step at
/// `threshold`: the least sum of the areas of missed pairs above and of false ones below it.
MinHashShape ShapeOfThreshold(double threshold, int ngram);

/// Writes `output` (and `clusters`), which appear complete or not at all.  `progress` may be null.
/// The stage "dedup" of the report counts drops by reason (duplicate, near_duplicate, in_other,
/// repeated_text), the stage "overlap" those before it.
Result<RunReport> RunDedup(const DedupOptions& options, Progress* progress);

}  // namespace hubmill
