// Some files of a folder written together; everything else in it, and the folder itself, stays.
//
// All files are written and synced in a hidden folder within the target first, then each takes its
// name by a rename, so nobody ever sees half a file, and what can fail has failed before the first
// one appears.  The last to appear is `last`, which tells of the others: whoever finds it new finds
// all of them new.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/failure.h"

namespace hubmill {

/// Files by name (no folders), each with its whole content.
using FolderFiles = std::map<std::string, std::string>;

/// Two builds into one folder (make -j) take turns; a turn is as long as the files take to write.
inline constexpr int kFolderWaitMs = 60'000;
inline constexpr int kFolderLookMs = 20;

/// Puts the files into `target`, which is made where it is not there; `removed`, where they are
/// there, go just before `last` appears (a name in `files`, or empty).  Waits while another process
/// updates the folder, at most `wait_ms`.  Fails, and changes nothing, where a file cannot be
/// written or that process does not come to an end (kRunFailed, who it is stands in the message).
Status UpdateFolder(const std::string& target, const FolderFiles& files,
                    const std::vector<std::string>& removed = {}, const std::string& last = "",
                    int wait_ms = kFolderWaitMs);

}  // namespace hubmill
