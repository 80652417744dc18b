// hubmill feedback deploy: a Docker Space that runs `hubmill feedback run` each time it is started.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "hub/client.h"
#include "run/dotenv.h"

namespace hubmill {

/// The files of deploy/space: name and text.
const std::vector<std::pair<std::string, std::string>>& SpaceFiles();

struct DeployOptions {
  std::string space;                  // OWNER/NAME, or NAME of one's own.
  std::vector<std::string> datasets;  // Repositories that the Space publishes to.
  DotenvPairs secrets;                // Of the Space; written, shown nowhere.
  DotenvPairs variables;              // Beside PREPARE_DATASET_SPACE_ID, the Space's own name.
  std::string wheel;                  // hubmill-*.whl, of Linux.
  bool is_public = false;             // The Space and the data sets, where they are made.
  bool dry_run = false;               // Ask what is there; change nothing.
};

struct DeployStep {
  std::string what;   // "data set alice/department"
  std::string state;  // "made", "is there", "set", "uploaded", "unchanged", "restarted"; with
                      // dry_run "to be …".
};

/// Does what is not done yet, in this order: data sets, Space, secrets and variables, files in one
/// commit, restart.  It may be repeated.  What is wrong with the options is said before anything is
/// done.
Result<std::vector<DeployStep>> DeploySpace(HubClient& hub, const DeployOptions& options);

}  // namespace hubmill
