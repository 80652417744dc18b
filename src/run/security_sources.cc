#include "run/security_sources.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "io/child_process.h"
#include "io/input_files.h"
#include "net/redact.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;

constexpr char kGitHub[] = "https://github.com";
constexpr std::string_view kFileScheme = "file://";

Result<std::vector<SourceRepo>> ReadLock(const CloneSourcesOptions& options) {
  const std::string& builtin = SourceListFiles().front().second;
  std::error_code error;
  if (options.lock.empty()) return ParseSourceList(builtin, "sources.lock");
  if (options.update && !fs::exists(options.lock, error)) {
    return ParseSourceList(builtin, "sources.lock");
  }
  std::ifstream in(options.lock, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) {
    return WrongUsage("cannot be read: lock=", options.lock, "; remedy: name a list of sources");
  }
  return ParseSourceList(text.str(), options.lock);
}

/// Nothing where `path` is no local folder.
std::string LocalFolder(const std::string& mirror) {
  if (mirror.rfind(kFileScheme, 0) == 0) return mirror.substr(kFileScheme.size());
  return IsUri(mirror) || mirror.find('@') != std::string::npos ? "" : mirror;
}

/// Where git finds the repository: a mirror on this machine may name it in several ways.
Result<std::string> UrlOf(const std::string& repo, const std::string& mirror) {
  if (mirror.empty()) return std::string(kGitHub) + "/" + repo;
  const std::string local = LocalFolder(mirror);
  if (local.empty()) return mirror + "/" + repo;
  std::string joined = repo;
  joined.replace(joined.find('/'), 1, "+");
  for (const std::string& name : {repo, repo + ".git", joined, joined + ".git"}) {
    std::error_code error;
    const fs::path folder = fs::absolute(fs::path(local) / name, error);
    if (fs::exists(folder / "HEAD", error) || fs::exists(folder / ".git", error)) {
      return std::string(kFileScheme) + folder.string();
    }
  }
  return Failure(FailureKind::kService, Concat("the mirror has no such repository: mirror=", local,
                                               "; remedy: put it at OWNER/NAME(.git) below that"));
}

/// One such command at a time in a folder, until the descriptor closes.
Result<Descriptor> LockFolder(const std::string& into) {
  std::error_code error;
  fs::create_directories(into, error);
  const std::string path = into + "/.clone-sources.lock";
  Descriptor file(open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (file.get() < 0) {
    return RunFailed("cannot be written: path=", path, " why=", std::strerror(errno),
                     "; remedy: allow writing there, or choose another folder with --into");
  }
  if (flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    return RunFailed("another clone-sources is at work: into=", into, "; remedy: wait for its end");
  }
  return file;
}

std::string Refusal(const Checkout& found, const std::string& folder) {
  switch (found.state) {
    case CheckoutState::kOtherCommit:
      return Concat("it is at another commit: folder=", folder, " commit=", found.commit,
                    "; remedy: remove the folder, or take the newest commits with --update");
    case CheckoutState::kChanged:
      return Concat("files in it were changed: folder=", folder,
                    " file=", OneLine(found.changes.first), " files=", found.changes.count,
                    "; remedy: keep your changes elsewhere and remove the folder");
    case CheckoutState::kNoCheckout:
      return Concat("something else stands there: folder=", folder,
                    "; remedy: remove it, or choose another place with --into");
    default:
      return "";
  }
}

Status CloneOne(const Git& git, const CloneSourcesOptions& options, ClonedSource* one) {
  const std::string folder = options.into + "/" + one->source.into;
  ARROW_ASSIGN_OR_RAISE(one->url, UrlOf(one->source.repo, options.mirror));
  if (options.update) {
    ARROW_ASSIGN_OR_RAISE(one->source.commit, git.Newest(one->url));
  }
  ARROW_ASSIGN_OR_RAISE(one->found, git.Look(folder, one->source.commit));
  if (one->found.state == CheckoutState::kRight) return Status::OK();
  const bool move = options.update && one->found.state == CheckoutState::kOtherCommit;
  one->failure = move ? "" : Refusal(one->found, folder);
  if (!one->failure.empty() || options.dry_run) return Status::OK();
  ARROW_RETURN_NOT_OK(git.Fetch(one->url, one->source.commit, folder));
  one->fetched = true;
  return Status::OK();
}

int64_t CountFiles(const std::string& folder, const std::vector<std::string>& suffixes) {
  int64_t count = 0;
  std::error_code error;
  fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, error);
  for (const fs::recursive_directory_iterator end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name == ".git") at.disable_recursion_pending();
    for (const std::string& suffix : suffixes) {
      std::error_code ignored;
      if (at->path().extension() == suffix && at->is_regular_file(ignored)) ++count;
    }
  }
  return count;
}

Status WriteLock(const std::string& path, const std::vector<ClonedSource>& done,
                 std::vector<SourceRepo> all) {
  for (SourceRepo& source : all) {
    for (const ClonedSource& one : done) {
      if (one.failure.empty() && one.source.into == source.into) source.commit = one.source.commit;
    }
  }
  const std::string part = path + ".part";
  std::ofstream out(part, std::ios::binary);
  out << RenderSourceList(all);
  out.close();
  std::error_code error;
  if (out) fs::rename(part, path, error);
  if (out && !error) return Status::OK();
  return RunFailed("cannot be written: lock=", path, "; remedy: allow writing there");
}

}  // namespace

Result<CloneSourcesReport> CloneSources(const CloneSourcesOptions& options, Progress* progress) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<SourceRepo> sources, ReadLock(options));
  ARROW_ASSIGN_OR_RAISE(const Git git, Git::Find({.time_limit_s = options.time_limit_s,
                                                  .cancel = &progress->cancel}));
  Descriptor lock;
  if (!options.dry_run) {
    ARROW_ASSIGN_OR_RAISE(lock, LockFolder(options.into));
  }
  CloneSourcesReport report;
  for (const SourceRepo& source : sources) {
    if (!(source.lang == ConfigLang::kK8s ? options.k8s : options.tf)) continue;
    ClonedSource one = {.source = source};
    const Status status = CloneOne(git, options, &one);
    if (progress->cancel) return status.ok() ? RunFailed("interrupted") : status;
    if (!status.ok()) one.failure = status.message();
    report.failures += one.failure.empty() ? 0 : 1;
    report.sources.push_back(std::move(one));
  }
  if (options.update && !options.dry_run) {
    ARROW_RETURN_NOT_OK(WriteLock(options.lock, report.sources, sources));
  }
  report.k8s_files = CountFiles(options.into + "/kubernetes", {".yaml", ".yml"});
  report.tf_files = CountFiles(options.into + "/terraform", {".tf"});
  return report;
}

}  // namespace hubmill
