// Publishing: the output folder of a run becomes one commit of a Hub repository.
//
// What is promised, beyond HubClient::Commit():
//   * The repository is compared before anything is uploaded: a column that would change its type
//     is refused (kDataRefused), named, with the remedy; so is a card that cannot be read.
//   * Data files, the merged card, manifest and lineage become visible in one commit, or not at
//     all.  Where another writer was faster, everything is compared and merged again on the new
//     head.
//   * Only the splits that the folder holds change; their old files go in the same commit.  Other
//     splits, configs, files, visibility and gating stay as they are.
//   * The commit is read back and must hold what was meant.  Where the repository holds the data
//     already, no commit is made.
//
// Data files lie in the repository as in the folder; manifest.json and lineage go to
// .hubmill/RECIPE/, so that several recipes can publish into one repository.
#pragma once

#include <string>
#include <vector>

#include "core/executor.h"
#include "core/run_report.h"
#include "hub/client.h"
#include "hubmill/hubmill.h"

namespace hubmill {

struct PublishOptions {
  std::string repo;  // OWNER/NAME, or NAME for the token's own user.
  std::string branch = "main";
  std::string message;  // Of the commit; empty: names recipe and rows.
  /// Set on the commit; empty: none.  Never moved.  With %, a pattern of the UTC time: each version
  /// has a tag of its own, where one is taken that of the next second, and data that has not
  /// changed makes no version.
  std::string tag;
  bool create_private = true;                // Visibility of a repository that is made.
  bool require_private = false;              // Refuse a public repository.
  std::vector<std::string> replace_configs;  // Nothing old of these stays, whatever its types.
  bool dry_run = false;                      // Find out what would change; change nothing.
  bool as_new = false;  // As if the repository were not there.  REQUIRES: dry_run.
  /// README.md below the front matter, where the repository has none, or one of ours.  Message,
  /// card, front matter and metadata may name facts of the version (run/version_facts.h).
  std::string card_body;
  Setting front_matter;  // Map: more keys of a new README.md.
  /// Map: keys that the front matter of README.md shall have, whatever it has under them.
  Setting set_front_matter;
  Setting metadata;                  // Map: dataset_metadata.json; null: no such file.
  std::vector<std::string> restart;  // Spaces, after a new version; a failure is a note.
  bool guard_reports = false;        // Personal data is only counted: refuse a public repository.
};

/// Whether a guard of the recipe counts personal data and lets it pass.
bool GuardReports(const Recipe& recipe);

/// What `publish:` of the recipe says.  Secrets of the recipe never get into message and card.
PublishOptions PublishOptionsOf(const Recipe& recipe);

/// Finds out early, before hours of work, whether publishing can succeed: the repository's
/// visibility, its card, the tag.  Changes nothing.
Status CheckPublish(HubClient& hub, const PublishOptions& options);

/// Publishes `folder`, an output of RunRecipe().  `progress` may be null.
Result<PublishReport> PublishFolder(HubClient& hub, const std::string& folder,
                                    const PublishOptions& options, Progress* progress);

/// RunRecipe() and PublishFolder().  With publish.dry_run the rows are prepared in a temporary
/// folder that is removed again, so that the report tells exactly what would change.
Result<RunReport> RunAndPublish(const Recipe& recipe, const RunOptions& run, HubClient& hub,
                                const PublishOptions& publish, Progress* progress);

}  // namespace hubmill
