// What an output folder holds for a repository: the data files that its manifest lists, the configs
// of its card, and where each file goes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/failure.h"
#include "hub/card_text.h"
#include "hub/hub_types.h"

namespace hubmill {

/// A file on its way into a repository.
struct PublishFile {
  std::string path;   // In the repository.
  std::string local;  // On this machine.
  int64_t size_bytes = 0;
  std::string sha256;
};

struct OutputContents {
  std::string recipe;
  std::string readme;              // README.md as the run wrote it.
  Card card;                       // What it says.
  std::vector<PublishFile> files;  // Data, manifest and lineage, ordered by path; not README.md.
  int64_t rows = 0;
  bool guard_reports = false;      // A guard counted personal data, and let it pass.
  std::vector<std::string> notes;  // For people: what they may not expect of this set.
};

/// What people are told of a split that has no rows.
std::string EmptySplitNote(const std::string& dataset, const std::string& split);

/// Whether `entry` of a repository has the bytes of `file`.
Result<bool> HasBytesOf(const TreeEntry& entry, const PublishFile& file);

/// Where a recipe keeps its manifest and lineage in a repository; with a slash at its end.
std::string TraceFolderOf(const std::string& recipe);

/// Reads `folder`.  What is no output of a run is kWrongUsage; a data file that is not what the
/// manifest says (size, SHA-256) is kDataRefused.  Every data file is read once, on `threads`
/// threads.
Result<OutputContents> ReadOutputFolder(const std::string& folder, int threads);

}  // namespace hubmill
