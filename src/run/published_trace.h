// The trace that a repository keeps of what it holds: .hubmill/RECIPE/manifest.json and lineage/.
//
// A run knows its own rows only.  Where it publishes some splits of a recipe and others stay, its
// manifest and lineage alone would not tell any more where the rows of those came from; where it
// takes the place of another recipe's data, that recipe's trace would tell of rows that are gone.
// So both are joined with what is published: what describes files that stay is kept, what describes
// nothing any more goes, in the same commit as the data.  docs/formats/output-folder.md has the
// format.
//
// The same record says whether README.md's text is ours: the manifest holds the checksum of the
// text that was written with it.  A text that a person has changed has another, and is never
// touched.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "run/publish_plan.h"

namespace hubmill {

/// Manifests of a repository, as JSON text, by recipe.
using PublishedManifests = std::map<std::string, std::string>;

/// The recipe that `path` is the manifest of; empty where it is none.
std::string RecipeOfManifest(const std::string& path);

struct TraceWork {
  std::string folder;  // For files that are made.
  /// Copies a file of the repository into `folder` and returns the copy's path.
  std::function<Result<std::string>(const std::string& path)> fetch;
};

struct JoinedTrace {
  OutputContents contents;         // The manifest and lineage joined with what stays.
  std::vector<std::string> stale;  // Files that tell of data which is gone, to be deleted.
  bool own_body = false;           // README.md has no text, or one of ours that may be replaced.
  std::vector<std::string> notes;  // For people.
};

/// `plan` says what happens to the data.  A published manifest or lineage that cannot be read is
/// left out, with a note: it is other people's, and no reason to publish nothing.
Result<JoinedTrace> JoinTrace(const OutputContents& contents, const RemoteState& remote,
                              const PublishPlan& plan, const PublishedManifests& published,
                              const std::string& fresh_body, const TraceWork& work);

}  // namespace hubmill
