// hubmill security push-canonical: the rows of an evaluation set to a private repository.
//
// Everything is looked at before a byte leaves: the rows by strict rules, the set as a whole, keys
// that would be lost, the repository's visibility.  Then one commit has all splits; other configs
// (the metadata table), other files, visibility and gating stay as they are.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/executor.h"
#include "core/recipe.h"
#include "core/run_report.h"
#include "hub/client.h"
#include "security/sets/eval_check.h"

namespace hubmill {

struct CanonicalPushOptions {
  EvalSet set = EvalSet::kE1;
  EvalRules rules = EvalRules::kStrict;
  std::string data_dir;
  std::string suffix = "v1";
  std::string repo;
  bool answer_text = false;       // E1: the answer as text instead of a ClassLabel.
  bool allow_missing = false;     // Publish without files that are not there.
  bool allow_extra_keys = false;  // Leave out keys that the set does not have.
  std::string gated;              // auto or manual; empty: gating stays as it is.
  std::string recreate;  // The repository's name once more: delete it with its history first.
  bool replace = false;  // Nothing of the rows that are published stays, whatever its types.
  bool dry_run = false;
  int threads = 0;
};

/// What would be pushed, and how good it is.
struct CanonicalSet {
  EvalCheck check;
  std::vector<std::pair<std::string, int64_t>> splits;  // Rows by split, in order; none empty.
  std::vector<std::string> missing;                     // Files that are not there.
  std::vector<std::string> left_out;  // "info.violations[].severity_raw (12 rows)"
  std::vector<std::string> problems;  // Of rows, as ReadEvalFile() tells them.
};

/// Reads and checks the set; kDataRefused tells what is wrong with it, kWrongUsage what is not
/// there.  `set` is filled as far as possible in any case.
Status CheckCanonical(const CanonicalPushOptions& options, CanonicalSet* set);

struct CanonicalPush {
  PublishReport publish;
  std::string gated;  // Read back; empty: not gated, or no repository yet.
  bool recreated = false;
  std::vector<std::string> deleted;  // Files that went, or would go, with the repository.
};

/// Publishes what CheckCanonical() passed.  `recipe`: security-e1 or security-e2 on the same
/// folder.
Result<CanonicalPush> PushCanonical(HubClient& hub, Recipe recipe,
                                    const CanonicalPushOptions& options, const CanonicalSet& set,
                                    Progress* progress);

}  // namespace hubmill
