#include "security/tools/tool_program.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/hash.h"
#include "io/temporary_folder.h"
#include "security/tools/tool_adapter.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;

bool IsProgram(const std::string& path) {
  struct stat facts {};
  return stat(path.c_str(), &facts) == 0 && S_ISREG(facts.st_mode) &&
         access(path.c_str(), X_OK) == 0;
}

/// In PATH; empty where it is not.
std::string InPath(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (folder.empty()) continue;
    const std::string program = fs::absolute(folder + "/" + name).string();
    if (IsProgram(program)) return program;
  }
  return "";
}

std::string Trimmed(std::string_view text) {
  const size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return "";
  return std::string(text.substr(start, text.find_last_not_of(" \t\r\n") - start + 1));
}

/// The first run of digits and dots that holds a dot.
std::string NumberIn(const std::string& line) {
  for (size_t at = 0; at < line.size();) {
    if (std::isdigit(static_cast<unsigned char>(line[at])) == 0) {
      ++at;
      continue;
    }
    const size_t end = std::min(line.find_first_not_of("0123456789.", at), line.size());
    std::string number = line.substr(at, end - at);
    while (number.ends_with('.')) number.pop_back();
    if (number.find('.') != std::string::npos) return number;
    at = end;
  }
  return "";
}

/// A file of the cache, named by what the program's file is: another one has another answer.
std::string RememberedPath(const std::string& program, const std::string& cache_dir) {
  struct stat facts {};
  if (cache_dir.empty() || stat(program.c_str(), &facts) != 0) return "";
  const std::string identity =
      Concat(program, "\n", facts.st_dev, " ", facts.st_ino, " ", facts.st_size, " ",
             facts.st_mtim.tv_sec, ".", facts.st_mtim.tv_nsec);
  return cache_dir + "/versions/" + Sha256Hex(identity);
}

}  // namespace

Result<std::map<std::string, std::string>> ParseVersions(std::string_view text,
                                                         const std::string& name) {
  std::map<std::string, std::string> versions;
  std::istringstream lines{std::string(text)};
  int64_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    line = Trimmed(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    const size_t sign = line.find('=');
    const std::string key = Trimmed(line.substr(0, sign));
    if (sign == std::string::npos || key.empty() || Trimmed(line.substr(sign + 1)).empty()) {
      return WrongUsage("a line of the versions file is no KEY=VALUE: file=", name,
                        " line=", number, "; remedy: for example OPA_VERSION=1.9.0");
    }
    if (!versions.emplace(key, Trimmed(line.substr(sign + 1))).second) {
      return WrongUsage("a key of the versions file stands twice: file=", name, " line=", number,
                        "; remedy: remove one");
    }
  }
  return versions;
}

Result<std::string> FindProgram(const ToolFacts& facts, const std::string& tools_dir) {
  const std::string variable(facts.variable);
  const char* override_path = std::getenv(variable.c_str());
  if (override_path != nullptr && *override_path != '\0') {
    const std::string given = override_path;
    const std::string path =
        given.find('/') == std::string::npos ? InPath(given) : fs::absolute(given).string();
    if (!path.empty() && IsProgram(path)) return path;
    return WrongUsage("no program where ", variable, " says that ", facts.name, " is",
                      "; remedy: unset it, or let it name the program");
  }
  const std::string installed =
      fs::absolute(tools_dir + "/bin/" + std::string(facts.program)).string();
  if (IsProgram(installed)) return installed;
  return InPath(std::string(facts.program));
}

ToolVersion VersionOf(ToolId id, std::string_view output) {
  ToolVersion version;
  std::istringstream lines{std::string(output)};
  for (std::string line; std::getline(lines, line);) {
    line = Trimmed(line);
    if (line.empty()) continue;
    version.said = line;
    if (id != ToolId::kSemgrep) break;  // It says the news before its version.
  }
  version.number = NumberIn(version.said);
  return version;
}

Result<ToolVersion> AskVersion(const ToolFacts& facts, const std::string& program,
                               const std::string& cache_dir, const std::atomic<bool>* cancel) {
  const std::string remembered = RememberedPath(program, cache_dir);
  if (!remembered.empty()) {
    std::ifstream file(remembered);
    std::string said;
    if (std::getline(file, said)) {
      ToolVersion version{.said = said, .number = NumberIn(said)};
      if (!version.number.empty()) return version;
    }
  }
  ARROW_ASSIGN_OR_RAISE(const auto home, TemporaryFolder::Make("tool"));
  const ProcessLimits limits{
      .wall_ms = kVersionWallMs, .memory_bytes = facts.memory_bytes, .output_bytes = 1 << 20};
  const ChildCommand command{.arguments = {program, std::string(facts.version_argument)},
                             .environment = ToolEnvironment(home->path()),
                             .directory = ""};
  ARROW_ASSIGN_OR_RAISE(const ProcessAnswer answer, RunLimited(command, limits, cancel));
  ToolVersion version = VersionOf(facts.id, answer.output);
  if (!answer.Exited() || answer.end.exit_status != 0 || version.number.empty()) {
    return RunFailed(
        facts.name, " does not tell its version: program=", program, " ", answer.Describe(limits),
        "; remedy: install it again (hubmill security install-tools), or set ", facts.variable);
  }
  if (!remembered.empty()) {
    static_cast<void>(!WriteToolFile(remembered, version.said + "\n").ok());
  }
  return version;
}

std::vector<std::string> ToolEnvironment(const std::string& home) {
  const char* path = std::getenv("PATH");
  return {Concat("PATH=", path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path),
          "HOME=" + home,
          "TMPDIR=" + home,
          "LANG=C.UTF-8",
          "LC_ALL=C.UTF-8",
          "PYTHONDONTWRITEBYTECODE=1",
          "SEMGREP_SEND_METRICS=off",
          "SEMGREP_ENABLE_VERSION_CHECK=0",
          "LOG_LEVEL=ERROR",
          "ANSI_COLORS_DISABLED=1",
          "http_proxy=http://127.0.0.1:9",
          "https_proxy=http://127.0.0.1:9",
          "HTTPS_PROXY=http://127.0.0.1:9"};
}

}  // namespace hubmill
