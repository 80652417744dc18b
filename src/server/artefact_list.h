// The files of a job's output, as they are when the job ends; later only these can be downloaded.
#pragma once

#include <string>
#include <vector>

#include "server/job.h"

namespace hubmill::server {

inline constexpr size_t kArtefactsMax = 10'000;

/// Every regular file below `folder`, symbolic links left out, sorted by name; none where there is
/// no such folder.  What manifest.json says of a file is taken over where its size is right, other
/// files are read and hashed.
Result<std::vector<Artefact>> ListArtefacts(const std::string& folder);

}  // namespace hubmill::server
