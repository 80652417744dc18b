// The command line of a job: data only ever becomes an argument, never a shell's text.
#pragma once

#include <string>
#include <vector>

#include "io/child_process.h"
#include "server/job.h"

namespace hubmill::server {

/// `program` with the arguments for `job`; the environment is the server's own without the token
/// that guards it.
ChildCommand CommandOf(const Job& job, const std::string& program);

/// Where the job of a recipe that writes to `output_dir` keeps the rows that it dropped.
std::string RejectsFolderOf(const std::string& output_dir);

}  // namespace hubmill::server
