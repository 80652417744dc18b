#include "io/remote_upload.h"

#include <arrow/filesystem/filesystem.h>
#include <arrow/io/file.h>

#include <algorithm>

#include "io/input_files.h"

namespace hubmill {
namespace {

constexpr int64_t kCopyBytes = 8 << 20;

/// `status` without Arrow's quotation of the URI, under the kind of an outside service.
Status ServiceFailure(const Status& status, const std::string& act, const std::string& uri) {
  return Failure(FailureKind::kService,
                 Concat(act, ": uri=", WithoutSecrets(uri), " why=", status.CodeAsString(),
                        "; remedy: check the address, the credentials and the network"));
}

Status CopyTo(const std::string& local_path, const FileSystemPath& to, const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(auto in, arrow::io::ReadableFile::Open(local_path));
  const size_t slash = name.rfind('/');
  if (slash != std::string::npos) {
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

}  // namespace

Status CheckRemoteReplaceable(const std::string& uri) {
  ARROW_ASSIGN_OR_RAISE(FileSystemPath folder, ResolveFileSystem(uri));
  auto found = ListRemote(folder);
  if (!found.ok()) return ServiceFailure(found.status(), "cannot list the output", uri);
  if (found->empty()) return Status::OK();
  const std::string manifest = Below(folder, "manifest.json");
  if (std::find(found->begin(), found->end(), manifest) != found->end()) return Status::OK();
  return WrongUsage(
      "the output folder holds files that hubmill did not write: uri=", WithoutSecrets(uri),
      " file=", found->front(), "; remedy: choose another --out");
}

Status UploadFiles(const std::string& local_dir, const std::vector<std::string>& files,
                   const std::string& uri) {
  ARROW_ASSIGN_OR_RAISE(FileSystemPath folder, ResolveFileSystem(uri));
  auto before = ListRemote(folder);
  if (!before.ok()) return ServiceFailure(before.status(), "cannot list the output", uri);
  std::vector<std::string> written;
  for (const std::string& file : files) {
    written.push_back(Below(folder, file));
    Status status = CopyTo(local_dir + "/" + file, folder, written.back());
    if (!status.ok()) return ServiceFailure(status, "cannot upload: file=" + file, uri);
  }
  for (const std::string& old : *before) {
    if (std::find(written.begin(), written.end(), old) != written.end()) continue;
    Status status = folder.file_system->DeleteFile(old);
    if (!status.ok()) return ServiceFailure(status, "cannot delete an old file: file=" + old, uri);
  }
  return Status::OK();
}

Status UploadFile(const std::string& local_path, const std::string& uri) {
  ARROW_ASSIGN_OR_RAISE(FileSystemPath target, ResolveFileSystem(uri));
  Status status = CopyTo(local_path, target, target.path);
  return status.ok() ? status : ServiceFailure(status, "cannot upload", uri);
}

}  // namespace hubmill
