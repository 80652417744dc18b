#include "run/git_checkout.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "io/limited_process.h"
#include "io/temporary_folder.h"
#include "net/redact.h"
#include "run/git_tree.h"
#include "run/security_sampling.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;

/// A folder of ours beside the checkout, with a name that nobody else gives.
std::string Beside(const std::string& folder, const char* what) {
  const fs::path path(folder);
  return (path.parent_path() / ("." + path.filename().string() + ".hubmill" + what)).string();
}

std::string PartialOf(const std::string& folder) { return Beside(folder, "-partial"); }

constexpr int64_t kMemoryMax = int64_t{2} << 30;
constexpr const char* kSettings[] = {"core.hooksPath=/dev/null", "core.fsmonitor=false",
                                     "core.protectHFS=true",     "core.protectNTFS=true",
                                     "core.autocrlf=false",      "protocol.ext.allow=never",
                                     "submodule.recurse=false",  "gc.auto=0",
                                     "advice.detachedHead=false"};
/// Files as they are committed: no line ends, keywords, encodings or large files made on the way.
constexpr char kAttributes[] = "* -text -filter -ident -working-tree-encoding\n";
constexpr size_t kSaidMax = 300;  // Of git's own words in a message.

std::string ProgramInPath(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (folder.empty()) continue;
    std::error_code error;
    const fs::path program = fs::absolute(fs::path(folder) / name, error);
    if (fs::is_regular_file(program, error) && access(program.c_str(), X_OK) == 0) {
      return program.string();
    }
  }
  return "";
}

/// What git needs of ours, and that it asks nobody and reads nobody's settings.
std::vector<std::string> Environment() {
  std::vector<std::string> environment = {
      "GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=true",
      "SSH_ASKPASS=true",      "GIT_SSH_COMMAND=ssh -oBatchMode=yes",
      "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
      "GIT_LFS_SKIP_SMUDGE=1", "GIT_ATTR_NOSYSTEM=1",
      "GIT_OPTIONAL_LOCKS=0",  "GIT_NO_REPLACE_OBJECTS=1",
      "GIT_NO_LAZY_FETCH=1",   "LC_ALL=C",
      "HOME=/nonexistent"};
  for (const char* name :
       {"PATH", "http_proxy", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY", "ALL_PROXY",
        "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "CURL_CA_BUNDLE"}) {
    if (const char* value = std::getenv(name)) {
      environment.push_back(std::string(name) + "=" + value);
    }
  }
  return environment;
}

/// Git's last words, as far as a message shows them: what failed first stands above the last line.
std::string Said(std::string messages) {
  while (!messages.empty() && messages.back() == '\n') messages.pop_back();
  if (messages.size() > kSaidMax) messages.erase(0, messages.size() - kSaidMax);
  std::replace_if(
      messages.begin(), messages.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  return messages;
}

std::string FirstLine(const std::string& text) {
  return text.substr(0, text.find_first_of("\t\n "));
}

/// Leaves of a half-made checkout what was fetched, and nothing that git would obey.
void KeepObjectsOnly(const std::string& partial) {
  std::error_code error;
  const fs::path git = partial + "/.git";
  if (!fs::is_directory(fs::symlink_status(git, error))) {
    fs::remove_all(git, error);
    return;
  }
  std::vector<fs::path> others;
  for (const auto& entry : fs::directory_iterator(git, error)) {
    const std::string name = entry.path().filename().string();
    if (name != "objects" && name != "shallow") others.push_back(entry.path());
  }
  for (const fs::path& path : others) fs::remove_all(path, error);
}

Status WriteAttributes(const std::string& partial) {
  const std::string folder = partial + "/.git/info";
  std::error_code error;
  fs::create_directories(folder, error);
  std::ofstream out(folder + "/attributes", std::ios::binary);
  out << kAttributes;
  out.close();
  if (out) return Status::OK();
  return RunFailed("cannot be written: path=", folder, "; remedy: allow writing there");
}

Status Moved(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (!error) return Status::OK();
  return RunFailed("cannot rename: from=", from, " to=", to, " why=", error.message(),
                   "; remedy: allow writing there");
}

}  // namespace

const char* NameOf(CheckoutState state) {
  switch (state) {
    case CheckoutState::kMissing:
      return "missing";
    case CheckoutState::kPartial:
      return "partial";
    case CheckoutState::kRight:
      return "right";
    case CheckoutState::kOtherCommit:
      return "other commit";
    case CheckoutState::kChanged:
      return "changed";
    case CheckoutState::kNoCheckout:
      return "no checkout";
  }
  return "";
}

Result<Git> Git::Find(const GitOptions& options) {
  Git git;
  git.options_ = options;
  git.program_ = ProgramInPath("git");
  if (git.program_.empty()) {
    return WrongUsage("there is no program `git`; remedy: install it, or add its folder to PATH");
  }
  return git;
}

Result<std::string> Git::Run(const std::string& directory,
                             const std::vector<std::string>& arguments,
                             const std::vector<std::string>& environment) const {
  ChildCommand command;
  command.arguments = {program_};
  for (const char* setting : kSettings) {
    command.arguments.insert(command.arguments.end(), {"-c", setting});
  }
  // A mirror may be somebody else's.
  if (arguments[0] == "fetch" || arguments[0] == "ls-remote") {
    command.arguments.insert(command.arguments.end(), {"-c", "safe.directory=*"});
  }
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  command.environment = Environment();
  command.environment.insert(command.environment.end(), environment.begin(), environment.end());
  command.directory = directory;
  const ProcessLimits limits = {.wall_ms = options_.time_limit_s * 1000,
                                .memory_bytes = kMemoryMax};
  ARROW_ASSIGN_OR_RAISE(const ProcessAnswer answer, RunLimited(command, limits, options_.cancel));
  if (answer.Exited() && answer.end.exit_status == 0) return answer.output;
  if (answer.outcome == ProcessAnswer::Outcome::kCancelled) {
    return RunFailed("interrupted; remedy: run it again, it goes on where it stopped");
  }
  return Failure(FailureKind::kService,
                 Concat("git ", arguments[0], " failed: why=", answer.Describe(limits),
                        " said=", Said(answer.messages)));
}

Result<Checkout> Git::Look(const std::string& folder, const std::string& commit) const {
  Checkout checkout;
  std::error_code error;
  if (!fs::exists(fs::symlink_status(folder, error))) {
    checkout.state =
        fs::exists(PartialOf(folder), error) ? CheckoutState::kPartial : CheckoutState::kMissing;
    return checkout;
  }
  checkout.state = CheckoutState::kNoCheckout;
  if (!fs::is_directory(fs::symlink_status(folder, error)) ||
      !fs::is_directory(fs::symlink_status(folder + "/.git", error))) {
    return checkout;
  }
  const auto revisions = CheckoutRevisions(folder);
  if (const auto head = revisions.find("."); head != revisions.end()) {
    checkout.commit = head->second;
    ARROW_RETURN_NOT_OK(Compare(folder, &checkout));
  }
  if (checkout.state == CheckoutState::kOtherCommit && checkout.commit == commit) {
    checkout.state = CheckoutState::kRight;
  }
  return checkout;
}

/// Sets the state: kNoCheckout, kChanged, or kOtherCommit where all is as that commit has it.
Status Git::Compare(const std::string& folder, Checkout* checkout) const {
  // git looks at the objects alone, from a repository of ours: that of the checkout has settings.
  ARROW_ASSIGN_OR_RAISE(const auto scratch, TemporaryFolder::Make("git"));
  ARROW_RETURN_NOT_OK(
      Run(scratch->path(), {"init", "--quiet", "--bare", "--template=", "."}).status());
  std::error_code error;
  const std::string objects = fs::absolute(folder + "/.git/objects", error).string();
  const auto read = [&](const std::vector<std::string>& arguments) {
    return Run(scratch->path(), arguments,
               {"GIT_DIR=" + scratch->path(), "GIT_OBJECT_DIRECTORY=" + objects});
  };
  const Result<std::string> commit = read({"cat-file", "commit", checkout->commit});
  if (!commit.ok()) {
    const bool cancelled = options_.cancel != nullptr && options_.cancel->load();
    return cancelled ? commit.status() : Status::OK();
  }
  const std::string root = commit->substr(std::min<size_t>(5, commit->size()), 40);
  checkout->state = CheckoutState::kChanged;
  checkout->changes = {.count = 1, .first = ".git/objects"};
  if (!commit->starts_with("tree ") || !IsGitObject("commit", *commit, checkout->commit)) {
    return Status::OK();
  }
  const Result<std::string> listing = read({"ls-tree", "-r", "-t", "-l", "-z", root});
  ARROW_RETURN_NOT_OK(listing.status());
  ARROW_ASSIGN_OR_RAISE(const std::vector<GitEntry> entries, ParseTreeListing(*listing));
  ARROW_ASSIGN_OR_RAISE(const bool whole,
                        IsListingOf(entries, root, [&read](const std::string& id) {
                          return read({"cat-file", "tree", id});
                        }));
  if (!whole) return Status::OK();
  checkout->changes = CompareWithTree(folder, entries);
  if (checkout->changes.count == 0) checkout->state = CheckoutState::kOtherCommit;
  return Status::OK();
}

Status Git::FetchInto(const std::string& url, const std::string& commit,
                      const std::string& partial) const {
  std::error_code error;
  fs::create_directories(partial, error);
  if (error) {
    return RunFailed("cannot make a folder: path=", partial, " why=", error.message(),
                     "; remedy: allow writing there");
  }
  KeepObjectsOnly(partial);
  ARROW_RETURN_NOT_OK(Run(partial, {"init", "--quiet", "--template="}).status());
  ARROW_RETURN_NOT_OK(WriteAttributes(partial));
  if (!Run(partial, {"cat-file", "-e", commit + "^{commit}"}).ok()) {
    ARROW_RETURN_NOT_OK(
        Run(partial, {"fetch", "--quiet", "--depth=1", "--no-tags", "--", url, commit}).status());
  }
  ARROW_RETURN_NOT_OK(
      Run(partial, {"checkout", "--quiet", "--force", "--detach", commit}).status());
  ARROW_ASSIGN_OR_RAISE(const Checkout made, Look(partial, commit));
  if (made.state == CheckoutState::kRight) return Status::OK();
  return Failure(
      FailureKind::kService,
      Concat("the checkout is not what was fetched: state=", NameOf(made.state),
             " file=", OneLine(made.changes.first), "; remedy: remove the folder ", partial));
}

Status Git::Fetch(const std::string& url, const std::string& commit,
                  const std::string& folder) const {
  const std::string partial = PartialOf(folder);
  std::error_code error;
  const bool begun = fs::exists(fs::symlink_status(partial, error));
  Status made = FetchInto(url, commit, partial);
  const bool cancelled = options_.cancel != nullptr && options_.cancel->load();
  if (!made.ok() && begun && !cancelled) {
    fs::remove_all(partial, error);
    made = FetchInto(url, commit, partial);
  }
  ARROW_RETURN_NOT_OK(made);
  if (!fs::exists(fs::symlink_status(folder, error))) return Moved(partial, folder);
  const std::string old = Beside(folder, "-old");
  fs::remove_all(old, error);
  ARROW_RETURN_NOT_OK(Moved(folder, old));
  ARROW_RETURN_NOT_OK(Moved(partial, folder));
  fs::remove_all(old, error);
  return Status::OK();
}

Result<std::string> Git::Newest(const std::string& url) const {
  ARROW_ASSIGN_OR_RAISE(const std::string refs, Run("", {"ls-remote", "--", url, "HEAD"}));
  const std::string commit = FirstLine(refs);
  if (commit.size() == 40) return commit;
  return Failure(FailureKind::kService, "the repository has no default branch");
}

}  // namespace hubmill
