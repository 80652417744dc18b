#include "io/remote_upload.h"

#include <arrow/buffer.h>
#include <arrow/filesystem/filesystem.h>
#include <arrow/io/file.h>

#include <algorithm>

#include "io/input_files.h"

namespace hubmill {
namespace {

constexpr int64_t kCopyBytes = 8 << 20;

/// An object store has names with slashes in them; a folder there would be an object of its own,
/// empty, which everybody who lists the set would see.
bool HasFolders(const arrow::fs::FileSystem& file_system) {
  return file_system.type_name() != "s3" && file_system.type_name() != "gcs";
}

Status CopyTo(const std::string& local_path, const FileSystemPath& to, const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(auto in, arrow::io::ReadableFile::Open(local_path));
  const size_t slash = name.rfind('/');
  if (slash != std::string::npos && HasFolders(*to.file_system)) {
    ARROW_RETURN_NOT_OK(to.file_system->CreateDir(name.substr(0, slash), /*recursive=*/true));
  }
  ARROW_ASSIGN_OR_RAISE(auto out, to.file_system->OpenOutputStream(name));
  while (true) {
    ARROW_ASSIGN_OR_RAISE(auto bytes, in->Read(kCopyBytes));
    if (bytes->size() == 0) return out->Close();
    ARROW_RETURN_NOT_OK(out->Write(bytes));
  }
}

Result<std::vector<std::string>> ListRemote(const FileSystemPath& folder) {
  arrow::fs::FileSelector selector;
  selector.base_dir = folder.path;
  selector.recursive = true;
  selector.allow_not_found = true;
  ARROW_ASSIGN_OR_RAISE(auto infos, folder.file_system->GetFileInfo(selector));
  std::vector<std::string> out;
  for (const auto& info : infos) {
    if (info.IsFile()) out.push_back(info.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string Below(const FileSystemPath& folder, const std::string& name) {
  return folder.path.empty() || folder.path.back() == '/' ? folder.path + name
                                                          : folder.path + "/" + name;
}

/// A bucket is never made by the way: that takes an owner, a region and rights.
Status CheckBucket(const FileSystemPath& target, const std::string& uri) {
  const std::string bucket = target.path.substr(0, target.path.find('/'));
  if (bucket.empty()) return Status::OK();  // A local path as URI.
  auto info = target.file_system->GetFileInfo(bucket);
  if (!info.ok()) return ServiceFailure("look at the bucket", uri, info.status().message());
  if (info->type() != arrow::fs::FileType::NotFound) return Status::OK();
  return WrongUsage("the bucket does not exist: uri=", WithoutSecrets(uri), " bucket=", bucket,
                    "; remedy: create it, or correct the URI");
}

}  // namespace

Status CheckRemoteTarget(const std::string& uri) {
  ARROW_ASSIGN_OR_RAISE(FileSystemPath target, ResolveFileSystem(uri));
  return CheckBucket(target, uri);
}

Status CheckRemoteReplaceable(const std::string& uri) {
  ARROW_ASSIGN_OR_RAISE(FileSystemPath folder, ResolveFileSystem(uri));
  ARROW_RETURN_NOT_OK(CheckBucket(folder, uri));
  auto found = ListRemote(folder);
  if (!found.ok()) return ServiceFailure("list the output", uri, found.status().message());
  if (found->empty()) return Status::OK();
  const std::string manifest = Below(folder, "manifest.json");
  if (std::find(found->begin(), found->end(), manifest) != found->end()) return Status::OK();
  return WrongUsage(
      "the output folder holds files that hubmill did not write: uri=", WithoutSecrets(uri),
      " file=", found->front(), "; remedy: choose another folder");
}

Status UploadFiles(const std::string& local_dir, const std::vector<std::string>& files,
                   const std::string& uri) {
  ARROW_ASSIGN_OR_RAISE(FileSystemPath folder, ResolveFileSystem(uri));
  auto before = ListRemote(folder);
  if (!before.ok()) return ServiceFailure("list the output", uri, before.status().message());
  std::vector<std::string> written;
  for (const std::string& file : files) {
    written.push_back(Below(folder, file));
    Status status = CopyTo(local_dir + "/" + file, folder, written.back());
    if (!status.ok()) return ServiceFailure("upload " + file, uri, status.message());
  }
  for (const std::string& old : *before) {
    if (std::find(written.begin(), written.end(), old) != written.end()) continue;
    Status status = folder.file_system->DeleteFile(old);
    if (!status.ok()) return ServiceFailure("delete the old file " + old, uri, status.message());
  }
  return Status::OK();
}

Status UploadFile(const std::string& local_path, const std::string& uri) {
  ARROW_ASSIGN_OR_RAISE(FileSystemPath target, ResolveFileSystem(uri));
  Status status = CopyTo(local_path, target, target.path);
  return status.ok() ? status : ServiceFailure("upload", uri, status.message());
}

}  // namespace hubmill
