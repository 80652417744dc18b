#include "io/folder_update.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>

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

}  // namespace

Status UpdateFolder(const std::string& target, const FolderFiles& files,
                    const std::vector<std::string>& removed, const std::string& last) {
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
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return WrongUsage("another process writes to the output folder: path=", target,
                      "; remedy: wait for it, or choose another folder");
  }
  const fs::path staging = path / ".hubmill-update";
  fs::remove_all(staging, error);
  fs::create_directory(staging, error);
  Status done =
      error ? FileFailure("create a folder", staging.string(), error.value()) : Status::OK();
  if (done.ok()) done = WriteFiles(staging, files);
  if (done.ok()) done = Appear(staging, path, files, removed, last);
  fs::remove_all(staging, error);
  return done;
}

}  // namespace hubmill
