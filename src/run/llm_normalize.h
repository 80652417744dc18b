// hubmill llm normalize: a distillation set to rows of Harmony text, as an output folder.
//
// A thin front over RunRecipe(): it finds the files and their splits, composes a recipe of source,
// stages and sink, and adds what the published sets have beside their rows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hubmill/hubmill.h"
#include "llm/adapter.h"
#include "llm/split_names.h"

namespace hubmill {

struct NormalizeOptions {
  std::string dataset;              // Its id; empty: named by `input`.
  std::string input;                // File or folder that is read instead of the Hub.
  std::vector<std::string> splits;  // These in this order; empty: all.
  std::string adapter;              // Name or YAML file; empty: the one meant for the data set.
  std::string templates;            // YAML file.
  int64_t max_records = 0;          // Of each split; 0: all.
  bool compat = false;              // As the original, losses included.
  std::string format = "source";    // Or "harmony", the official form.
  std::string markup = "escape";    // Or "drop", "verbatim".
  std::string id = "uuid";          // Or "content", "text".
  std::string loss_mode = "assistant_all";
  int64_t min_completion = 1;  // Characters that make an answer one.
  bool eval_json = true;
  bool soft_tags = false;                  // Columns of stage soft_tags.
  std::vector<std::string> decontaminate;  // Evaluation sets, as stage decontaminate takes them.
  bool dedup = false;
  std::string dedup_by;     // "conversation", "user" or "assistant": drop repeats of what they say.
  bool dedup_near = false;  // Near repeats of it instead; of the conversation where it is empty.
  bool drop_invalid_harmony = false;
  bool drop_empty_completion = false;
  bool drop_invalid_tool_schema = false;
  std::vector<std::string> licenses;  // Keep rows under these only; empty: all.
  std::string out_dir = "cpu_out";
  int64_t rows_per_shard = 100'000;
  std::string compression = "zstd";
  int level = 1;
  bool hf_layout = false;
  bool write_readme = false;  // With compat and hf_layout.
  RunOptions run;             // threads, rejects_dir, fresh, hub, hub_token.
};

/// The data set's files, found: what a run reads, and at which state.
struct NormalizeInputs {
  std::string dataset;
  std::string prefix;  // What stands before each path: a folder, or hub://OWNER/NAME@COMMIT/.
  DatasetFiles files;  // "data/low.jsonl"
  std::vector<std::string> missing;  // Of the splits asked for.
  Adapter adapter;
  /// Changes with the bytes of any file that is read, with the adapter, never with a commit that
  /// leaves the files as they are.
  std::string state;
  std::vector<std::string> digests;  // Of files of the Hub, by which its cache names them.
};

Result<NormalizeInputs> FindNormalizeInputs(const NormalizeOptions& options);

/// Forgets what the Hub's cache keeps of these files: each is read once, and a source may be larger
/// than the disk.
Status ForgetCached(const NormalizeOptions& options, const NormalizeInputs& inputs);

/// On failure the output folder is as it was.  `progress` may be null.
Result<RunReport> RunNormalize(const NormalizeOptions& options, const NormalizeInputs& inputs,
                               Progress* progress);

}  // namespace hubmill
