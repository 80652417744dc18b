// hubmill security install-tools: the pinned tools, below one folder.
//
// The work is a script's (security/install_tools.sh), which is part of the program: the
// repository's own set-up runs the same one.
#include <spawn.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "cli/security_command.h"
#include "cli/terminal.h"
#include "io/temporary_folder.h"
#include "security/tools/tool_adapter.h"
#include "security/tools/tool_files.h"
#include "security/tools/tool_program.h"

namespace hubmill {
namespace {

constexpr char kFooter[] =
    "Semgrep and checkov come as Python wheels, each into an environment of its own; OPA is built "
    "by Go\n(a Go that is not there comes as a wheel, for the build only); KubeLinter is its "
    "project's release file,\nwhere its site can be reached, checked against its SHA-256.  "
    "Versions: those of --versions.\n"
    "Examples:\n"
    "  hubmill security install-tools\n"
    "  hubmill security install-tools opa --tools-dir tools";

struct InstallArguments {
  std::vector<std::string> names;
  std::string tools_dir = kToolsDir;
  std::string versions_file;
  bool allow_unverified = false;
};

/// Runs the program with our own standard input, output and errors; its exit status.
Result<int> RunHere(const std::vector<std::string>& arguments) {
  std::vector<char*> pointers;
  for (const std::string& argument : arguments) {
    pointers.push_back(const_cast<char*>(argument.c_str()));
  }
  pointers.push_back(nullptr);
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, pointers[0], nullptr, nullptr, pointers.data(), environ);
  if (error != 0) {
    return RunFailed("cannot start the program: program=", arguments[0],
                     " why=", std::strerror(error), "; remedy: install it");
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

Status Install(const InstallArguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const auto folder, TemporaryFolder::Make("install-tools"));
  for (const auto& [name, text] : ToolListFiles()) {
    ARROW_RETURN_NOT_OK(WriteToolFile(folder->path() + "/" + name, text));
  }
  const std::string versions =
      arguments.versions_file.empty() ? folder->path() + "/versions.txt" : arguments.versions_file;
  std::vector<std::string> call = {"bash", folder->path() + "/install_tools.sh"};
  if (arguments.allow_unverified) call.emplace_back("--allow-unverified");
  call.push_back(arguments.tools_dir);
  call.push_back(versions);
  call.insert(call.end(), arguments.names.begin(), arguments.names.end());
  ARROW_ASSIGN_OR_RAISE(const int exit_status, RunHere(call));
  if (exit_status == 0) return Status::OK();
  return RunFailed(
      "not every tool could be installed; remedy: see the messages above, or install it "
      "by hand and set KUBELINTER, SEMGREP, OPA or CHECKOV to its path");
}

}  // namespace

void AddSecurityInstallToolsCommand(CLI::App& security, CommandContext* context) {
  auto arguments = std::make_shared<InstallArguments>();
  CLI::App* command = security.add_subcommand(
      "install-tools", "Installs the pinned KubeLinter, Semgrep, OPA and checkov");
  command->footer(kFooter);
  command
      ->add_option("TOOL", arguments->names, "opa, semgrep, checkov, kube-linter (all that can be)")
      ->check(CLI::IsMember({"opa", "semgrep", "checkov", "kube-linter"}));
  command->add_option("--tools-dir", arguments->tools_dir, "Where they go (.hubmill/tools)");
  command
      ->add_option("--versions", arguments->versions_file,
                   "KEY=VALUE file with their versions (hubmill's own)")
      ->check(CLI::ExistingFile);
  command->add_flag("--allow-unverified", arguments->allow_unverified,
                    "KubeLinter although no SHA-256 of its file is known");
  command->callback([arguments, context] {
    const Status status = Install(*arguments);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace hubmill
