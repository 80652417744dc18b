// hubmill signals push: a bundle becomes one commit of a Hub repository.
//
// A bundle is a folder that anybody may have changed, so before a byte leaves every row of every
// file is guarded again, and must be what the guard itself would write: nothing else is in it.
// What goes up is dataset.jsonl, dataset_info.json, splits/ and README.md, and nothing that lies
// beside them; what goes from the repository is splits that the bundle does not have.
#pragma once

#include <string>

#include "core/executor.h"
#include "core/run_report.h"
#include "hub/client.h"

namespace hubmill {

struct SignalsPushOptions {
  std::string bundle_dir;
  std::string repo;
  std::string message = "Update signals_v1 dataset";
  std::string schema;       // Name or file; empty: the built-in one with the bundle's hash.
  bool is_private = true;   // Of a repository that is made; a public one is refused.
  bool new_schema = false;  // Other features than those that are published may follow them.
  bool dry_run = false;
  int threads = 0;
};

/// `progress` may be null.
Result<PublishReport> PushSignals(HubClient& hub, const SignalsPushOptions& options,
                                  Progress* progress);

}  // namespace hubmill
