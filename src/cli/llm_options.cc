#include "cli/llm_options.h"

#include "cli/run_output.h"

namespace hubmill {

std::string BothNames(std::string name) {
  std::string dashes = name;
  for (size_t i = 2; i < dashes.size(); ++i) {
    if (dashes[i] == '_') dashes[i] = '-';
  }
  return dashes == name ? name : name + "," + dashes;
}

void AddRowOptions(CLI::App* command, NormalizeOptions* options) {
  command->add_option("--templates", options->templates,
                      "YAML file: data set id to system and developer texts");
  command
      ->add_option(BothNames("--max_records"), options->max_records,
                   "Records of each split (0: all)")
      ->check(CLI::Range(int64_t{0}, kLimitMax));
  command
      ->add_option("--format", options->format,
                   "source: as the published sets (default); harmony: the official form")
      ->check(CLI::IsMember({"source", "harmony"}));
  command->add_option("--markup", options->markup, "<|name|> in source texts (escape)")
      ->check(CLI::IsMember({"escape", "drop", "verbatim"}));
  command->add_option("--id", options->id, "What a row is named by (uuid)")
      ->check(CLI::IsMember({"uuid", "content", "text"}));
  command->add_option(BothNames("--loss_mode"), options->loss_mode, "(assistant_all)")
      ->check(CLI::IsMember({"assistant_all", "assistant_last"}));
  command
      ->add_option(BothNames("--min_completion"), options->min_completion,
                   "Characters that make an answer one (1)")
      ->check(CLI::NonNegativeNumber);
  AddDecontaminateOption(command, &options->decontaminate);
  command
      ->add_option(BothNames("--dedup_by"), options->dedup_by,
                   "Drop rows in which these say the same as in an earlier row: conversation, "
                   "user (the problem), assistant")
      ->check(CLI::IsMember({"conversation", "user", "assistant"}));
  command->add_flag(BothNames("--dedup_near"), options->dedup_near,
                    "Drop near repeats, too: of the conversation, or of --dedup_by");
  command->add_option("--licenses", options->licenses,
                      "Keep only rows under these, as the rows state them");
}

void AddDecontaminateOption(CLI::App* command, std::vector<std::string>* sets) {
  command->add_option("--decontaminate", *sets,
                      "Evaluation sets, PATH or PATH=FIELD, local or hub://: drop rows that hold "
                      "their texts");
}

void AddFileOptions(CLI::App* command, int64_t* rows_per_shard, std::string* compression,
                    int* level) {
  command
      ->add_option(BothNames("--rows_per_shard"), *rows_per_shard, "Rows a file, exactly (100000)")
      ->check(CLI::Range(int64_t{1}, kLimitMax));
  command->add_option("--compression", *compression, "zstd (default), snappy or none")
      ->check(CLI::IsMember({"zstd", "snappy", "none"}));
  command->add_option("--level", *level, "zstd level, 1 (default) to 22")->check(CLI::Range(1, 22));
}

void AddPoolOptions(CLI::App* command, PoolsOptions* options) {
  command
      ->add_option(BothNames("--correctness_hi"), options->thresholds.correctness_hi,
                   "High: at least this (0.875)")
      ->check(CLI::Range(-1e300, 1e300));
  command
      ->add_option(BothNames("--correctness_lo"), options->thresholds.correctness_lo,
                   "Low: at most this (0.25)")
      ->check(CLI::Range(-1e300, 1e300));
  command
      ->add_option(BothNames("--long_context_tokens"), options->thresholds.long_context_tokens,
                   "Long: at least this many tokens, approximately (8192)")
      ->check(CLI::Range(int64_t{0}, int64_t{1} << 40));
  command->add_option("--pools", options->rules_file, "YAML file with pools of your own");
}

}  // namespace hubmill
