// Options that the `llm` subcommands share.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "run/llm_normalize.h"
#include "run/llm_pools.h"

namespace hubmill {

/// "--max_records" is also "--max-records".
std::string BothNames(std::string name);

/// What a row's text, id and flags depend on: --templates, --max_records, --format, --markup, --id,
/// --loss_mode, --min_completion, --decontaminate, --dedup_by, --dedup_near,
/// --licenses.
void AddRowOptions(CLI::App* command, NormalizeOptions* options);

/// --decontaminate.
void AddDecontaminateOption(CLI::App* command, std::vector<std::string>* sets);

/// --rows_per_shard, --compression and --level.
void AddFileOptions(CLI::App* command, int64_t* rows_per_shard, std::string* compression,
                    int* level);

/// --correctness_hi, --correctness_lo, --long_context_tokens and --pools.
void AddPoolOptions(CLI::App* command, PoolsOptions* options);

}  // namespace hubmill
