#include "hub/hub_file_system.h"

#include <algorithm>

#include "base/hash.h"
#include "hub/session.h"
#include "net/redact.h"

namespace hubmill {
namespace {

using arrow::fs::FileInfo;
using arrow::fs::FileType;

/// One entry a line; no path holds a line end (CheckRepoPath).
std::string EntriesToText(const std::vector<TreeEntry>& entries) {
  std::string text;
  for (const TreeEntry& entry : entries) {
    text += Concat(entry.directory ? "directory" : "file", " ", entry.size_bytes, " ",
                   entry.directory ? "-" : entry.git_id, " ",
                   entry.sha256.empty() ? "-" : entry.sha256, " ", entry.path, "\n");
  }
  return text;
}

std::vector<TreeEntry> EntriesFromText(std::string_view text) {
  const auto take = [&text](char end) {
    const std::string_view taken = text.substr(0, text.find(end));
    text.remove_prefix(std::min(taken.size() + 1, text.size()));
    return std::string(taken == "-" ? "" : taken);
  };
  std::vector<TreeEntry> entries;
  while (!text.empty()) {
    TreeEntry entry{.directory = take(' ') == "directory"};
    entry.size_bytes = std::strtoll(take(' ').c_str(), nullptr, 10);
    entry.git_id = take(' ');
    entry.sha256 = take(' ');
    entry.path = take('\n');
    entries.push_back(std::move(entry));
  }
  return entries;
}

FileInfo InfoOf(const TreeEntry& entry) {
  FileInfo info(entry.path, entry.directory ? FileType::Directory : FileType::File);
  if (!entry.directory) info.set_size(entry.size_bytes);
  return info;
}

}  // namespace

HubFileSystem::HubFileSystem(std::shared_ptr<HubReading> reading, RepoId repo, std::string commit)
    : reading_(std::move(reading)), repo_(std::move(repo)), commit_(std::move(commit)) {}

Status HubFileSystem::ReadOnly() {
  return Status::NotImplemented("a repository is read here, not written");
}

template <typename Ask>
Result<std::vector<TreeEntry>> HubFileSystem::AskOnce(const std::string& question, const Ask& ask) {
  const std::string name =
      "lists/" + Sha256Hex(Concat(reading_->client->endpoint(), repo_.ApiPath(), "\n", commit_,
                                  "\n", question));
  std::vector<TreeEntry> entries;
  if (const auto cached = reading_->cache->Read(name)) {
    entries = EntriesFromText(*cached);
  } else {
    ARROW_ASSIGN_OR_RAISE(entries, ask());
    reading_->cache->Write(name, EntriesToText(entries));
  }
  const std::lock_guard lock(mutex_);
  for (const TreeEntry& entry : entries) known_[entry.path] = entry;
  return entries;
}

Result<std::vector<TreeEntry>> HubFileSystem::List(const std::string& folder, bool recursive,
                                                   bool missing_ok) {
  return AskOnce(Concat(recursive ? "all below " : "in ", folder), [&] {
    return reading_->client->ListTree(repo_, commit_, folder, recursive, missing_ok);
  });
}

Result<std::optional<TreeEntry>> HubFileSystem::Find(const std::string& path) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(path);
    if (found != known_.end()) return found->second;
  }
  ARROW_ASSIGN_OR_RAISE(const auto entries, AskOnce("at " + path, [&] {
                          return reading_->client->FindPaths(repo_, commit_, {path});
                        }));
  for (const TreeEntry& entry : entries) {
    if (entry.path == path) return entry;
  }
  return std::nullopt;
}

Result<std::vector<std::string>> HubFileSystem::ListFiles() {
  ARROW_ASSIGN_OR_RAISE(const auto entries, List("", /*recursive=*/true, /*missing_ok=*/true));
  std::vector<std::string> paths;
  for (const TreeEntry& entry : entries) {
    if (!entry.directory) paths.push_back(entry.path);
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

Result<std::string> HubFileSystem::ReadText(const std::string& path, int64_t bytes_max) {
  ARROW_ASSIGN_OR_RAISE(const auto entry, Find(path));
  if (!entry || entry->directory) return std::string();
  if (entry->size_bytes > bytes_max) {
    return DataRefused("a file is larger than it may be here: path=", OneLine(path, 120),
                       " size_bytes=", entry->size_bytes, " bytes_max=", bytes_max);
  }
  ARROW_ASSIGN_OR_RAISE(const auto file, Open(path));
  std::string text(static_cast<size_t>(entry->size_bytes), '\0');
  ARROW_RETURN_NOT_OK(file->ReadAt(0, entry->size_bytes, reinterpret_cast<uint8_t*>(text.data())));
  return text;
}

Result<FileInfo> HubFileSystem::GetFileInfo(const std::string& path) {
  if (path.empty()) return FileInfo(path, FileType::Directory);
  // A glob names no file, and what is no name of a file must not be asked about.
  if (!CheckRepoPath(path).ok()) return FileInfo(path, FileType::NotFound);
  ARROW_ASSIGN_OR_RAISE(const auto entry, Find(path));
  return entry ? InfoOf(*entry) : FileInfo(path, FileType::NotFound);
}

arrow::Result<arrow::fs::FileInfoVector> HubFileSystem::GetFileInfo(
    const arrow::fs::FileSelector& select) {
  ARROW_ASSIGN_OR_RAISE(const auto entries,
                        List(select.base_dir, select.recursive, select.allow_not_found));
  const auto base_depth = std::count(select.base_dir.begin(), select.base_dir.end(), '/') +
                          (select.base_dir.empty() ? 0 : 1);
  arrow::fs::FileInfoVector infos;
  for (const TreeEntry& entry : entries) {
    const auto depth = std::count(entry.path.begin(), entry.path.end(), '/') - base_depth;
    if (depth <= select.max_recursion) infos.push_back(InfoOf(entry));
  }
  return infos;
}

Result<std::shared_ptr<HubFile>> HubFileSystem::Open(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(const auto entry, Find(path));
  if (!entry || entry->directory) return Status::IOError("no such file: ", OneLine(path, 120));
  FileFacts facts{.commit = commit_,
                  .digest = entry->large() ? entry->sha256 : entry->git_id,
                  .size_bytes = entry->size_bytes};
  return std::make_shared<HubFile>(reading_, repo_, path, std::move(facts));
}

Result<std::shared_ptr<arrow::io::InputStream>> HubFileSystem::OpenInputStream(
    const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(auto file, Open(path));
  return OpenHubStream(std::move(file));
}

Result<std::shared_ptr<arrow::io::RandomAccessFile>> HubFileSystem::OpenInputFile(
    const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(auto file, Open(path));
  return OpenHubRandomAccess(std::move(file));
}

}  // namespace hubmill
