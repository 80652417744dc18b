// An earlier version published again.
#pragma once

#include <string>

#include "hub/client.h"

namespace hubmill {

struct RollbackRequest {
  RepoId repo;
  std::string branch = "main";
  std::string revision;  // A tag or commit.
  std::string message;   // Empty: names the revision.
  bool dry_run = false;
};

/// A new commit on the branch that holds what `revision` held: its files are named again, by
/// checksum where they are large, later ones are deleted, the history stays.  No commit where the
/// branch holds the same already.  Where another writer is faster, it is compared again.
Result<CommitResult> Rollback(HubClient& hub, const RollbackRequest& request,
                              Progress* progress = nullptr);

}  // namespace hubmill
