#include "io/folder_update.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <sstream>
#include <thread>

#include "io/child_process.h"
#include "io/hashed_file.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;

Status WriteFiles(const fs::path& folder, const FolderFiles& files) {
  for (const auto& [name, text] : files) {
    ARROW_ASSIGN_OR_RAISE(HashedFile file,
                          HashedFile::Create((folder / name).string(), /*hashed=*/false));
    ARROW_RETURN_NOT_OK(file.Write(text));
    ARROW_RETURN_NOT_OK(file.Close());
  }
  return SyncFolder(folder.string());
}

Status Rename(const fs::path& from, const fs::path& to) {
  return rename(from.c_str(), to.c_str()) == 0 ? Status::OK()
                                               : FileFailure("rename a file", to.string(), errno);
}

/// Refuses a name that a folder has, which no file can take.
Status CheckNames(const fs::path& target, const FolderFiles& files,
                  const std::vector<std::string>& removed) {
  std::vector<std::string> names = removed;
  for (const auto& file : files) names.push_back(file.first);
  for (const std::string& name : names) {
    std::error_code error;
    if (!fs::is_directory(fs::symlink_status(target / name, error))) continue;
    return FileFailure("replace a file", (target / name).string(), EISDIR);
  }
  return Status::OK();
}

/// Gives the staged files their names.
Status Appear(const fs::path& staging, const fs::path& target, const FolderFiles& files,
              const std::vector<std::string>& removed, const std::string& last) {
  for (const auto& file : files) {
    if (file.first == last) continue;
    ARROW_RETURN_NOT_OK(Rename(staging / file.first, target / file.first));
  }
  for (const std::string& name : removed) {
    std::error_code error;
    fs::remove(target / name, error);
    if (error) return FileFailure("remove a file", (target / name).string(), error.value());
  }
  if (files.contains(last)) ARROW_RETURN_NOT_OK(Rename(staging / last, target / last));
  return SyncFolder(target.string());
}

/// Who has the lock on that file, as far as the kernel tells: "pid=12 program=hubmill".
std::string HolderOf(int fd) {
  struct stat facts {};
  if (fstat(fd, &facts) != 0) return "unknown";
  std::ostringstream wanted;
  wanted << std::hex << std::setfill('0') << std::setw(2) << major(facts.st_dev) << ':'
         << std::setw(2) << minor(facts.st_dev) << ':' << std::dec << facts.st_ino;
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    // "1: FLOCK  ADVISORY  WRITE 1234 fd:00:56 0 EOF"; a waiting one has "->" in the second place.
    std::istringstream words(line);
    std::string number, kind, manner, access, pid, file;
    words >> number >> kind >> manner >> access >> pid >> file;
    if (kind != "FLOCK" || file != wanted.str()) continue;
    std::string program;
    std::getline(std::ifstream("/proc/" + pid + "/comm"), program);
    return Concat("pid=", pid, " program=", program.empty() ? "unknown" : program);
  }
  return "unknown";
}

/// Waits for the lock; false where it was not to be had in time.
Result<bool> Lock(int fd, const std::string& path, int wait_ms) {
  const auto last = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_ms);
  while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EINTR && errno != EWOULDBLOCK) return FileFailure("lock a folder", path, errno);
    if (std::chrono::steady_clock::now() >= last) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(kFolderLookMs));
  }
  return true;
}

}  // namespace

Status UpdateFolder(const std::string& target, const FolderFiles& files,
                    const std::vector<std::string>& removed, const std::string& last, int wait_ms) {
  std::error_code error;
  const fs::path path = target;
  if (fs::exists(path, error) && !fs::is_directory(path, error)) {
    return WrongUsage("the output is not a folder: path=", target,
                      "; remedy: choose another folder");
  }
  fs::create_directories(path, error);
  if (error) return FileFailure("create a folder", target, error.value());
  const Descriptor lock(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (lock.get() < 0) return FileFailure("open a folder", target, errno);
  ARROW_ASSIGN_OR_RAISE(const bool locked, Lock(lock.get(), target, wait_ms));
  if (!locked) {
    return RunFailed("another process writes to the output folder: path=", target,
                     " holder: ", HolderOf(lock.get()), " waited_ms=", wait_ms,
                     "; remedy: wait for its end, or choose another folder");
  }
  const fs::path staging = path / ".hubmill-update";
  fs::remove_all(staging, error);
  fs::create_directory(staging, error);
  Status done =
      error ? FileFailure("create a folder", staging.string(), error.value()) : Status::OK();
  if (done.ok()) done = CheckNames(path, files, removed);
  if (done.ok()) done = WriteFiles(staging, files);
  if (done.ok()) done = Appear(staging, path, files, removed, last);
  fs::remove_all(staging, error);
  return done;
}

}  // namespace hubmill
