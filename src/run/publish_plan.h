// What publishing changes in a repository: decided from what both sides hold, without a request.
//
// A split owns the files that the repository's card names for it (data_files globs) and, beside its
// new files, those called SPLIT-NNNNN-of-NNNNN; where the card names none, those that the
// `datasets` library infers (published_card.h), and the card names these from then on.  Files of a
// split that is published and are not written again go; a file that a split owns which stays is
// never touched.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "hub/hub_types.h"
#include "run/output_contents.h"
#include "run/published_card.h"

namespace hubmill {

/// A branch as it was read.
struct RemoteState {
  std::string head;                        // Commit; empty where there is no repository yet.
  std::string readme;                      // Empty where there is none.
  std::map<std::string, TreeEntry> files;  // By path; no folders.
  /// By config, of data whose card does not state them: what the data itself says.
  std::map<std::string, std::vector<CardFeature>> columns;
  std::vector<std::string> notes;  // About what could not be read of it.
};

struct PublishPlan {
  std::string readme;  // As it shall be.
  bool readme_changed = false;
  std::vector<PublishFile> writes;  // New, or with other bytes; not README.md.
  std::vector<TreeEntry> deletes;
  int64_t files_unchanged = 0;
  std::vector<std::string> notes;

  bool ChangesNothing() const { return !readme_changed && writes.empty() && deletes.empty(); }
};

struct PlanOptions {
  std::vector<std::string> replace_configs;
  std::string card_body;
  bool replace_body = false;       // README.md's text is ours, and is written anew.
  std::vector<std::string> stale;  // More files to delete (published_trace.h).
};

/// The text of README.md below the front matter, where it is ours to write.
std::string FreshCardBody(const OutputContents& contents, const PlanOptions& options);

/// The plan; or kDataRefused where the card cannot be read, columns would change their type, or a
/// file belongs to a split that stays.  Everything of a kind is named at once.
Result<PublishPlan> PlanPublish(const OutputContents& contents, const RemoteState& remote,
                                const PlanOptions& options);

/// A data file of the config that is to be compared with the new columns; null where the card
/// states the columns, or nothing of the config would stay.
const TreeEntry* FileToCompare(const RemoteState& remote, const Card& published,
                               const CardConfig& fresh, const PlanOptions& options);

/// Whether `path` is meant by a glob of data_files: `*` and `?` within one part of the path, `**`
/// for any number of parts.
bool MatchesDataFiles(std::string_view glob, std::string_view path);

/// README.md before and after as "-line" and "+line", what both have left out.
std::vector<std::string> DiffLines(std::string_view before, std::string_view after);

}  // namespace hubmill
