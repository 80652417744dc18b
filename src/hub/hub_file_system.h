// A repository at one commit as Arrow's file system, for reading only.  Paths are those of the
// repository; the root is "".  What is asked about a commit never changes, so answers go into the
// cache, and with them a run over files that are cached too needs no network at all.
#pragma once

#include <arrow/filesystem/filesystem.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "hub/hub_file.h"

namespace hubmill {

/// Thread-safe.  Failures of the Hub are kService and name repository and path.
class HubFileSystem final : public arrow::fs::FileSystem {
 public:
  /// REQUIRES: IsCommitId(commit).
  HubFileSystem(std::shared_ptr<HubReading> reading, RepoId repo, std::string commit);

  std::string type_name() const override { return "hub"; }
  bool Equals(const FileSystem& other) const override { return this == &other; }

  /// Every file, sorted by path.
  Result<std::vector<std::string>> ListFiles();
  /// A small file; empty where there is none.
  Result<std::string> ReadText(const std::string& path, int64_t bytes_max);

  using FileSystem::GetFileInfo;
  using FileSystem::OpenInputFile;
  using FileSystem::OpenInputStream;
  Result<arrow::fs::FileInfo> GetFileInfo(const std::string& path) override;
  arrow::Result<arrow::fs::FileInfoVector> GetFileInfo(
      const arrow::fs::FileSelector& select) override;
  Result<std::shared_ptr<arrow::io::InputStream>> OpenInputStream(const std::string& path) override;
  Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenInputFile(
      const std::string& path) override;

  Status CreateDir(const std::string&, bool) override { return ReadOnly(); }
  Status DeleteDir(const std::string&) override { return ReadOnly(); }
  Status DeleteDirContents(const std::string&, bool) override { return ReadOnly(); }
  Status DeleteRootDirContents() override { return ReadOnly(); }
  Status DeleteFile(const std::string&) override { return ReadOnly(); }
  Status Move(const std::string&, const std::string&) override { return ReadOnly(); }
  Status CopyFile(const std::string&, const std::string&) override { return ReadOnly(); }
  Result<std::shared_ptr<arrow::io::OutputStream>> OpenOutputStream(
      const std::string&, const std::shared_ptr<const arrow::KeyValueMetadata>&) override {
    return ReadOnly();
  }
  Result<std::shared_ptr<arrow::io::OutputStream>> OpenAppendStream(
      const std::string&, const std::shared_ptr<const arrow::KeyValueMetadata>&) override {
    return ReadOnly();
  }

 private:
  static Status ReadOnly();
  /// The entries below `folder`, or, where it names a file or nothing, what stands at it.
  Result<std::vector<TreeEntry>> List(const std::string& folder, bool recursive, bool missing_ok);
  /// Nothing where there is none.
  Result<std::optional<TreeEntry>> Find(const std::string& path);
  Result<std::shared_ptr<HubFile>> Open(const std::string& path);
  template <typename Ask>
  Result<std::vector<TreeEntry>> AskOnce(const std::string& question, const Ask& ask);

  const std::shared_ptr<HubReading> reading_;
  const RepoId repo_;
  const std::string commit_;
  std::mutex mutex_;
  std::map<std::string, TreeEntry> known_;  // Everything that an answer named.
};

}  // namespace hubmill
