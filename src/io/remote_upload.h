// Files to an Arrow file-system URI such as s3://bucket/folder.
#pragma once

#include <string>
#include <vector>

#include "core/failure.h"

namespace hubmill {

/// OK where a file can be put at `uri`: its bucket can be reached.
Status CheckRemoteTarget(const std::string& uri);

/// The same for a folder, and OK only where the folder at `uri` is empty, absent, or holds a
/// manifest.json (an earlier output).
Status CheckRemoteReplaceable(const std::string& uri);

/// Uploads files (relative names below `local_dir`) in the order given; what the folder held beside
/// them is deleted afterwards.
Status UploadFiles(const std::string& local_dir, const std::vector<std::string>& files,
                   const std::string& uri);

/// Uploads one file to exactly `uri`.
Status UploadFile(const std::string& local_path, const std::string& uri);

}  // namespace hubmill
