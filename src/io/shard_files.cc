// Names: <data_dir>/<split>-00000-of-00001<extension>, the form that the `datasets` library globs.
#include "io/shard_files.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <set>
#include <utility>

#include "core/split_name.h"

namespace hubmill {
namespace {

std::string JoinPath(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : folder + "/" + name;
}

std::string Digits(int64_t number) {
  std::string text = std::to_string(number);
  return text.size() < 5 ? std::string(5 - text.size(), '0') + text : text;
}

}  // namespace

ShardFiles::ShardFiles(const SinkContext& context, std::string extension, std::string pattern)
    : staging_dir_(context.staging_dir),
      data_dir_(context.data_dir),
      single_file_(context.single_file),
      extension_(std::move(extension)),
      pattern_(std::move(pattern)),
      splits_(context.splits) {}

Result<HashedFile> ShardFiles::Create(int32_t split, int32_t shard) const {
  if (single()) return HashedFile::Create(JoinPath(staging_dir_, single_file_), /*hashed=*/false);
  // Whoever named the split: what leaves the folder is never written.
  ARROW_RETURN_NOT_OK(CheckSplitName(splits_[size_t(split)]));
  const std::string name = "." + splits_[size_t(split)] + "-" + Digits(shard) + extension_ + ".tmp";
  return HashedFile::Create(JoinPath(staging_dir_, JoinPath(data_dir_, name)));
}

void ShardFiles::Add(int32_t split, int64_t rows, int64_t memory_bytes, HashedFile file) {
  written_.push_back(
      {.split = split, .rows = rows, .memory_bytes = memory_bytes, .file = std::move(file)});
}

int64_t ShardFiles::CountOf(int32_t split) const {
  return std::count_if(written_.begin(), written_.end(),
                       [split](const Written& file) { return file.split == split; });
}

std::string ShardFiles::PathOf(const std::string& split, int64_t shard, int64_t shards) const {
  if (single()) return single_file_;
  if (pattern_.empty()) {
    return JoinPath(data_dir_, split + "-" + Digits(shard) + "-of-" + Digits(shards) + extension_);
  }
  std::string path = pattern_;
  for (const auto& [mark, value] :
       {std::pair<std::string, std::string>{"{split}", split}, {"{shard}", Digits(shard)}}) {
    const size_t at = path.find(mark);
    if (at != path.npos) path.replace(at, mark.size(), value);
  }
  return path + extension_;
}

Result<std::vector<OutputFile>> ShardFiles::Close() {
  std::stable_sort(written_.begin(), written_.end(),
                   [](const Written& a, const Written& b) { return a.split < b.split; });
  std::vector<OutputFile> out;
  std::set<std::string> folders;
  int64_t shard = 0;
  for (size_t i = 0; i < written_.size(); ++i) {
    const Written& file = written_[i];
    shard = i > 0 && written_[i - 1].split == file.split ? shard + 1 : 0;
    const std::string& split = splits_[size_t(file.split)];
    const std::string path = PathOf(split, shard, CountOf(file.split));
    if (!single()) {
      const std::string target = JoinPath(staging_dir_, path);
      std::error_code error;  // The rename tells.
      std::filesystem::create_directories(std::filesystem::path(target).parent_path(), error);
      if (std::rename(file.file.path().c_str(), target.c_str()) != 0) {
        return FileFailure("rename a file", target, errno);
      }
    }
    const std::string target = JoinPath(staging_dir_, path);
    const size_t slash = target.rfind('/');
    folders.insert(slash == std::string::npos ? "." : target.substr(0, slash));
    out.push_back({.path = path,
                   .split = split,
                   .rows = file.rows,
                   .size_bytes = file.file.size_bytes(),
                   .memory_bytes = file.memory_bytes,
                   .sha256 = file.file.sha256()});
  }
  // Where the pattern leads elsewhere, the folder of the temporary names stays behind empty.
  if (!pattern_.empty()) rmdir(JoinPath(staging_dir_, data_dir_).c_str());
  for (const std::string& folder : folders) ARROW_RETURN_NOT_OK(SyncFolder(folder));
  return out;
}

}  // namespace hubmill
