#include "io/output_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "base/check.h"
#include "base/hash.h"
#include "io/hashed_file.h"
#include "io/input_files.h"
#include "io/remote_upload.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;

constexpr char kManifest[] = "manifest.json";
constexpr char kPrivateDir[] = ".hubmill";  // Lineage; while staged, the journal and spills too.
constexpr int64_t kManifestBytesMax = 1 << 30;
constexpr int kLinksMax = 40;  // As Linux.

std::string TrimSlashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

/// Every regular file below `dir`, relative to it, sorted.
Result<std::vector<std::string>> ListFiles(const std::string& dir) {
  std::vector<std::string> out;
  std::error_code error;
  for (fs::recursive_directory_iterator at(dir, error), end; !error && at != end;
       at.increment(error)) {
    if (!at->is_directory()) out.push_back(fs::relative(at->path(), dir).string());
  }
  if (error) return FileFailure("list a folder", dir, error.value());
  std::sort(out.begin(), out.end());
  return out;
}

/// The files that a manifest lists, and those that stand beside them in every output.
std::optional<std::set<std::string>> FilesOfManifest(const std::string& path) {
  std::error_code error;
  if (fs::file_size(path, error) > uintmax_t(kManifestBytesMax) || error) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  std::set<std::string> names{kManifest, "README.md"};
  try {
    const nlohmann::json manifest = nlohmann::json::parse(file);
    if (!manifest.contains("hubmill")) return std::nullopt;
    for (const auto& dataset : manifest.at("datasets")) {
      for (const auto& written : dataset.at("files")) {
        names.insert(written.at("path").get<std::string>());
      }
    }
    for (const auto& other : manifest.value("also", nlohmann::json::array())) {
      names.insert(other.get<std::string>());
    }
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
  return names;
}

/// Where an output to `target` goes, absolute: links are followed, as a shell's `>` does.  What is
/// neither file nor folder is refused, for a rename would replace the device or pipe itself.
Result<fs::path> Destination(const std::string& target) {
  std::error_code error;
  fs::path path = fs::absolute(target, error);
  const fs::file_status status = fs::status(path, error);
  if (fs::exists(status)) {
    if (!fs::is_regular_file(status) && !fs::is_directory(status)) {
      return WrongUsage("the output is a device, a pipe or a socket: path=", target,
                        "; remedy: name a file or a folder");
    }
    path = fs::canonical(path, error);
    if (error) return FileFailure("follow a link", target, error.value());
    return path;
  }
  for (int links = 0; fs::is_symlink(fs::symlink_status(path, error)); ++links) {
    if (links == kLinksMax) {
      return WrongUsage("the output is a link to itself: path=", target,
                        "; remedy: choose another folder");
    }
    path = fs::weakly_canonical(path.parent_path() / fs::read_symlink(path, error), error);
    if (error) return FileFailure("follow a link", target, error.value());
  }
  return path.lexically_normal();
}

/// OK where `target` may be replaced: absent, empty, or an earlier output with nothing added.
Status CheckReplaceable(const std::string& target) {
  std::error_code error;
  fs::file_status status = fs::symlink_status(target, error);
  if (!fs::exists(status)) return Status::OK();
  if (!fs::is_directory(fs::status(target, error))) {
    return WrongUsage("the output is not a folder: path=", target,
                      "; remedy: choose another folder");
  }
  ARROW_ASSIGN_OR_RAISE(std::vector<std::string> found, ListFiles(target));
  if (found.empty()) return Status::OK();
  const auto ours = FilesOfManifest(target + "/" + kManifest);
  if (!ours) {
    return WrongUsage("the output folder holds files that hubmill did not write: path=", target,
                      " file=", found.front(), "; remedy: choose another folder");
  }
  for (const std::string& name : found) {
    if (ours->contains(name) || name.starts_with(std::string(kPrivateDir) + "/")) continue;
    return WrongUsage("the output folder holds a file that hubmill did not write: path=", target,
                      " file=", name, "; remedy: move it away or choose another folder");
  }
  return Status::OK();
}

Status MakeFolder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  return error ? FileFailure("create a folder", path, error.value()) : Status::OK();
}

/// The same; adds to `made` what was not there, innermost first.
Status MakeFolder(const fs::path& path, std::vector<std::string>* made) {
  std::error_code error;
  for (fs::path at = path; !at.empty() && !fs::exists(at, error); at = at.parent_path()) {
    made->push_back(at.string());
  }
  return MakeFolder(path.string());
}

/// Of folders that MakeFolder() made, those in which nothing is.
void RemoveEmpty(const std::vector<std::string>& made) {
  for (const std::string& folder : made) {
    if (rmdir(folder.c_str()) != 0) return;
  }
}

Status RemoveAll(const std::string& path) {
  std::error_code error;
  fs::remove_all(path, error);
  return error ? FileFailure("remove", path, error.value()) : Status::OK();
}

/// Holds an exclusive lock on `path`, or -1 where another process does.  The holder removes the
/// file before it lets go, so a lock counts only if the name still leads to the file that was
/// locked.
Result<int> LockFile(const std::string& path) {
  while (true) {
    const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) return FileFailure("create a file", path, errno);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
      close(fd);
      return -1;
    }
    struct stat locked {};
    struct stat named {};
    if (fstat(fd, &locked) == 0 && stat(path.c_str(), &named) == 0 &&
        locked.st_ino == named.st_ino && locked.st_dev == named.st_dev) {
      return fd;
    }
    close(fd);
  }
}

int Exchange(const std::string& a, const std::string& b) {
  return int(syscall(SYS_renameat2, AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE));
}

/// A local folder for what goes to a URI; the same one for the same URI, so that a run can resume.
std::string RemoteStaging(const std::string& uri) {
  const char* tmp = getenv("TMPDIR");
  return Concat(tmp != nullptr && *tmp != '\0' ? tmp : "/tmp", "/hubmill-staging-", geteuid(), "-",
                Sha256Hex(uri).substr(0, 16));
}

}  // namespace

Result<std::unique_ptr<OutputFolder>> OutputFolder::Open(const std::string& target,
                                                         const std::string& fingerprint,
                                                         bool fresh) {
  std::unique_ptr<OutputFolder> folder(new OutputFolder);
  folder->target_ = target;
  if (IsUri(target)) {
    ARROW_RETURN_NOT_OK(CheckRemoteReplaceable(target));
    folder->staging_dir_ = RemoteStaging(target);
  } else {
    ARROW_ASSIGN_OR_RAISE(const fs::path path, Destination(TrimSlashes(target)));
    folder->local_path_ = TrimSlashes(path.string());
    if (path.filename().empty() || path == path.root_path()) {
      return WrongUsage("not a folder for an output: path=", target,
                        "; remedy: name a folder that may be replaced");
    }
    ARROW_RETURN_NOT_OK(CheckReplaceable(folder->local_path_));
    ARROW_RETURN_NOT_OK(MakeFolder(path.parent_path(), &folder->made_));
    folder->staging_dir_ =
        (path.parent_path() / ("." + path.filename().string() + ".hubmill-staging")).string();
  }
  ARROW_RETURN_NOT_OK(folder->OpenStaging(fingerprint, fresh));
  return folder;
}

Status OutputFolder::OpenStaging(const std::string& fingerprint, bool fresh) {
  lock_path_ = staging_dir_ + ".lock";
  ARROW_ASSIGN_OR_RAISE(lock_fd_, LockFile(lock_path_));
  if (lock_fd_ < 0) {
    return RunFailed("another run writes to this output: path=", WithoutSecrets(target_),
                     "; remedy: wait for it, or choose another folder");
  }
  journal_path_ = Concat(staging_dir_, "/", kPrivateDir, "/journal");
  if (fresh) ARROW_RETURN_NOT_OK(RemoveAll(staging_dir_));
  ARROW_RETURN_NOT_OK(ReadJournal(fingerprint));
  return Status::OK();
}

/// The journal's first line is the fingerprint; then one line `NAME<TAB>FACTS` a complete data set.
/// A last line without its end was cut off by a crash and does not count.
Status OutputFolder::ReadJournal(const std::string& fingerprint) {
  std::ifstream file(journal_path_, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::vector<std::string> lines;
  size_t at = 0;
  for (size_t end = text.find('\n'); end != text.npos; end = text.find('\n', at)) {
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  if (lines.empty() || lines[0] != fingerprint) {
    ARROW_RETURN_NOT_OK(RemoveAll(staging_dir_));
    ARROW_RETURN_NOT_OK(MakeFolder(Concat(staging_dir_, "/", kPrivateDir)));
    return AppendJournal(fingerprint);
  }
  if (at < text.size()) {
    std::error_code error;
    fs::resize_file(journal_path_, at, error);
    if (error) return FileFailure("shorten a file", journal_path_, error.value());
  }
  for (size_t i = 1; i < lines.size(); ++i) {
    size_t tab = lines[i].find('\t');
    if (tab != std::string::npos) completed_[lines[i].substr(0, tab)] = lines[i].substr(tab + 1);
  }
  return Status::OK();
}

Status OutputFolder::AppendJournal(const std::string& line) {
  HUBMILL_CHECK(line.find('\n') == std::string::npos, "a journal entry is one line");
  int fd = open(journal_path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) return FileFailure("open a file", journal_path_, errno);
  const std::string text = line + "\n";
  const bool written =
      write(fd, text.data(), text.size()) == ssize_t(text.size()) && fsync(fd) == 0;
  const int error = errno;
  close(fd);
  if (!written) return FileFailure("write a file", journal_path_, error);
  return SyncFolder(Concat(staging_dir_, "/", kPrivateDir));
}

std::optional<std::string> OutputFolder::Completed(const std::string& name) const {
  auto found = completed_.find(name);
  return found == completed_.end() ? std::nullopt : std::optional<std::string>(found->second);
}

Status OutputFolder::MarkComplete(const std::string& name, const std::string& facts) {
  HUBMILL_CHECK(name.find('\t') == std::string::npos, "a data set's name has no tab");
  ARROW_RETURN_NOT_OK(AppendJournal(name + "\t" + facts));
  completed_[name] = facts;
  return Status::OK();
}

Status OutputFolder::Discard() { return RemoveAll(staging_dir_); }

Status OutputFolder::Commit() {
  HUBMILL_CHECK(fs::exists(staging_dir_ + "/" + kManifest), "an output has a manifest");
  return local_path_.empty() ? CommitRemote() : CommitLocal();
}

Status OutputFolder::CommitLocal() {
  ARROW_ASSIGN_OR_RAISE(std::vector<std::string> files, ListFiles(staging_dir_));
  std::set<std::string> folders{staging_dir_};
  for (const std::string& file : files) {
    const std::string path = staging_dir_ + "/" + file;
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0) {
      const int error = errno;
      if (fd >= 0) close(fd);
      return FileFailure("make a file durable", path, error);
    }
    close(fd);
    folders.insert(fs::path(path).parent_path().string());
  }
  ARROW_RETURN_NOT_OK(CheckReplaceable(local_path_));
  // An output never holds the journal: it goes before the rename.  A run that is killed between the
  // two, the time of one fsync, begins anew.
  ARROW_RETURN_NOT_OK(RemoveAll(journal_path_));
  for (const std::string& folder : folders) ARROW_RETURN_NOT_OK(SyncFolder(folder));

  std::error_code error;
  const std::string parent = fs::path(local_path_).parent_path().string();
  if (!fs::exists(local_path_, error)) {
    if (rename(staging_dir_.c_str(), local_path_.c_str()) != 0) {
      return FileFailure("rename a folder", local_path_, errno);
    }
  } else if (Exchange(staging_dir_, local_path_) != 0) {
    // A file system without the exchange: the old output steps aside for the moment between two
    // renames.  A crash in between leaves it under this name.
    const std::string aside = staging_dir_ + ".old";
    ARROW_RETURN_NOT_OK(RemoveAll(aside));
    if (rename(local_path_.c_str(), aside.c_str()) != 0 ||
        rename(staging_dir_.c_str(), local_path_.c_str()) != 0) {
      return FileFailure("rename a folder", local_path_, errno);
    }
    ARROW_RETURN_NOT_OK(RemoveAll(aside));
  }
  ARROW_RETURN_NOT_OK(SyncFolder(parent));
  return RemoveAll(staging_dir_);  // The old output, after an exchange.
}

Status OutputFolder::CommitRemote() {
  ARROW_ASSIGN_OR_RAISE(std::vector<std::string> files, ListFiles(staging_dir_));
  std::erase(files, std::string(kPrivateDir) + "/journal");
  std::erase(files, kManifest);
  files.push_back(kManifest);
  ARROW_RETURN_NOT_OK(UploadFiles(staging_dir_, files, target_));
  return RemoveAll(staging_dir_);
}

OutputFolder::~OutputFolder() {
  if (lock_fd_ >= 0) {
    unlink(lock_path_.c_str());
    close(lock_fd_);
  }
  RemoveEmpty(made_);
}

Result<std::unique_ptr<SingleFile>> SingleFile::Open(const std::string& target) {
  std::unique_ptr<SingleFile> file(new SingleFile);
  file->target_ = target;
  file->remote_ = IsUri(target);
  std::string pattern;
  std::error_code error;
  if (file->remote_) {
    ARROW_RETURN_NOT_OK(CheckRemoteTarget(target));
    file->name_ = fs::path(WithoutSecrets(target)).filename().string();
    pattern = (fs::temp_directory_path(error) / "hubmill-XXXXXX").string();
  } else {
    ARROW_ASSIGN_OR_RAISE(const fs::path path, Destination(target));
    if (fs::is_directory(path, error)) {
      return WrongUsage("the output is a folder: path=", target,
                        "; remedy: end the name with / to write a folder, or name a file in it");
    }
    file->target_ = path.string();
    file->name_ = path.filename().string();
    ARROW_RETURN_NOT_OK(MakeFolder(path.parent_path(), &file->made_));
    pattern = (path.parent_path() / ("." + file->name_ + ".hubmill-XXXXXX")).string();
  }
  if (file->name_.empty()) {
    return WrongUsage("the output has no file name: path=", target, "; remedy: give it one");
  }
  if (mkdtemp(pattern.data()) == nullptr) {
    return FileFailure("create a folder", fs::path(pattern).parent_path().string(), errno);
  }
  file->staging_dir_ = pattern;
  return file;
}

Status SingleFile::Commit() {
  if (remote_) return UploadFile(staging_dir_ + "/" + name_, target_);
  if (rename((staging_dir_ + "/" + name_).c_str(), target_.c_str()) != 0) {
    return FileFailure("rename a file", target_, errno);
  }
  return SyncFolder(fs::path(target_).parent_path().string());
}

SingleFile::~SingleFile() {
  std::error_code ignored;  // Nothing can be done about it here, and nothing is visible.
  fs::remove_all(staging_dir_, ignored);
  RemoveEmpty(made_);
}

}  // namespace hubmill
