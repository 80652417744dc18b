// hubmill security clone-sources: the repositories of a lock file as folders.
#pragma once

#include <string>
#include <vector>

#include "core/executor.h"
#include "run/git_checkout.h"
#include "security/configs/source_list.h"

namespace hubmill {

struct CloneSourcesOptions {
  std::string into = "scripts/data/sources";
  std::string lock;    // Empty: the list that is part of hubmill.
  std::string mirror;  // A folder or URL above OWNER/NAME; empty: GitHub.
  bool k8s = true;
  bool tf = true;
  bool update = false;  // Take the newest commits and write them to `lock`.
  bool dry_run = false;
  int time_limit_s = 600;  // Of one command of git.
};

struct ClonedSource {
  SourceRepo source;
  std::string url;
  Checkout found;  // What stood there before.
  bool fetched = false;
  std::string failure;  // Why the folder is not as it should be; else empty.
};

struct CloneSourcesReport {
  std::vector<ClonedSource> sources;  // In the order of the lock file.
  int64_t k8s_files = 0;              // *.yaml and *.yml below INTO/kubernetes.
  int64_t tf_files = 0;               // *.tf below INTO/terraform.
  int64_t failures = 0;
};

/// Fetches what is not there.  A repository that fails does not stop the others: see `failure`.
/// Fails where there is no git, the lock file is wrong, or another such command is at work there.
Result<CloneSourcesReport> CloneSources(const CloneSourcesOptions& options, Progress* progress);

}  // namespace hubmill
