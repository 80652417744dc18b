#include "server/job_command.h"

#include <unistd.h>

#include <filesystem>
#include <string_view>

namespace hubmill::server {
namespace {

constexpr std::string_view kGuardedVariable = "HUBMILL_TOKEN=";

std::vector<std::string> RecipeArguments(const JobRequest& request, const std::string& out) {
  std::vector<std::string> arguments = {"run", request.recipe_file, "--out", out};
  for (const auto& [name, value] : request.set) {
    arguments.insert(arguments.end(), {"--set", name + "=" + value});
  }
  if (request.limit >= 0) arguments.insert(arguments.end(), {"--limit", Concat(request.limit)});
  if (request.seed >= 0) arguments.insert(arguments.end(), {"--seed", Concat(request.seed)});
  if (request.dry_run) {
    arguments.emplace_back("--dry-run");
  } else {
    arguments.insert(arguments.end(), {"--rejects", RejectsFolderOf(out)});
  }
  if (request.push) arguments.emplace_back("--push");
  arguments.insert(arguments.end(),
                   {"--no-progress", "--progress-file", Concat("/dev/fd/", kProgressFd)});
  return arguments;
}

std::vector<std::string> ExportArguments(const JobRequest& request, const std::string& out) {
  std::vector<std::string> arguments = {"signals", "export"};
  if (!request.source.empty()) arguments.push_back("--source=" + request.source);
  if (!request.industry.empty()) arguments.push_back("--industry=" + request.industry);
  if (request.max_rows > 0) arguments.push_back(Concat("--max-rows=", request.max_rows));
  arguments.push_back("--out-dir=" + out);
  if (request.push) arguments.emplace_back("--push");
  return arguments;
}

}  // namespace

std::string RejectsFolderOf(const std::string& output_dir) {
  return (std::filesystem::path(output_dir).parent_path() / "rejects").string();
}

ChildCommand CommandOf(const Job& job, const std::string& program) {
  ChildCommand command;
  command.arguments = job.request.kind == JobRequest::Kind::kRecipe
                          ? RecipeArguments(job.request, job.output_dir)
                          : ExportArguments(job.request, job.output_dir);
  command.arguments.insert(command.arguments.begin(), program);
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (!std::string_view(*variable).starts_with(kGuardedVariable)) {
      command.environment.emplace_back(*variable);
    }
  }
  return command;
}

}  // namespace hubmill::server
