#include "run/data_place.h"

#include <arrow/buffer.h>
#include <arrow/filesystem/filesystem.h>
#include <arrow/io/interfaces.h>

#include <algorithm>
#include <filesystem>

#include "hub/hub_address.h"

namespace hubmill {
namespace {

constexpr int32_t kFolderDepthMax = 64;

std::string WithoutEndSlashes(std::string text) {
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

namespace fs = std::filesystem;

/// Whether the file that a link leads to lies below `top`, which is free of links.
bool IsBelow(const fs::path& link, const fs::path& top) {
  std::error_code error;
  const fs::path target = fs::canonical(link, error);
  if (error) return false;
  return std::mismatch(top.begin(), top.end(), target.begin(), target.end()).first == top.end();
}

/// Regular files below `folder` by their paths below `base`.
Result<std::map<std::string, int64_t>> ListLocal(const fs::path& folder, const std::string& base,
                                                 bool links_stay_inside, const std::string& shown) {
  std::map<std::string, int64_t> sizes;
  std::error_code error;
  const fs::path top = fs::canonical(base, error);
  if (!fs::exists(folder, error)) return sizes;
  fs::recursive_directory_iterator entry(folder, error), end;
  for (; !error && entry != end; entry.increment(error)) {
    if (entry.depth() >= kFolderDepthMax) entry.disable_recursion_pending();
    std::error_code skipped;
    if (!entry->is_regular_file(skipped) || skipped) continue;
    if (links_stay_inside && entry->is_symlink(skipped) && !IsBelow(entry->path(), top)) continue;
    const auto size = static_cast<int64_t>(entry->file_size(skipped));
    if (!skipped) sizes[entry->path().lexically_relative(base).string()] = size;
  }
  if (!error) return sizes;
  return WrongUsage("a folder cannot be read: path=", shown, " why=", error.message(),
                    "; remedy: name a folder, or a repository as OWNER/NAME");
}

}  // namespace

InputFile DataPlace::File(const std::string& path, int64_t size_bytes) const {
  return {.name = root + "/" + path,
          .path = base.empty() ? path : base + "/" + path,
          .file_system = file_system,
          .size_bytes = size_bytes,
          .revision = revision};
}

Result<std::map<std::string, int64_t>> DataPlace::ListFiles(const std::string& folder) const {
  if (file_system->type_name() == "local") {
    return ListLocal(fs::path(base) / folder, base, links_stay_inside, root);
  }
  arrow::fs::FileSelector selector;
  selector.base_dir = base.empty() || folder.empty() ? base + folder : base + "/" + folder;
  selector.recursive = true;
  selector.max_recursion = kFolderDepthMax;
  selector.allow_not_found = true;
  auto listed = file_system->GetFileInfo(selector);
  if (!listed.ok()) {
    if (KindOf(listed.status()) == FailureKind::kService) return listed.status();
    return WrongUsage("a folder cannot be read: path=", root,
                      "; remedy: name a folder, or a repository as OWNER/NAME");
  }
  std::map<std::string, int64_t> sizes;
  for (const auto& info : *listed) {
    if (info.type() != arrow::fs::FileType::File) continue;
    std::string path = info.path();
    if (path.starts_with(base)) path = path.substr(base.size());
    sizes[path.substr(std::min(path.find_first_not_of('/'), path.size()))] = info.size();
  }
  return sizes;
}

Result<std::string> DataPlace::ReadText(const std::string& path, int64_t bytes_max) const {
  ARROW_ASSIGN_OR_RAISE(auto file, OpenRandomAccess(File(path)));
  ARROW_ASSIGN_OR_RAISE(const auto text, file->ReadAt(0, bytes_max));
  return text->ToString();
}

Result<DataPlace> FindPlace(const std::string& input, HubUris& uris) {
  std::error_code error;
  if (!uris.Knows(input) && (IsUri(input) || std::filesystem::is_directory(input, error))) {
    ARROW_ASSIGN_OR_RAISE(FileSystemPath where, ResolveFileSystem(input));
    const std::string root = WithoutEndSlashes(WithoutSecrets(input));
    const std::string name = std::filesystem::path(root).filename().string();
    return DataPlace{.name = name.empty() || name == "." ? "dataset" : name,
                     .root = root,
                     .file_system = where.file_system,
                     .base = WithoutEndSlashes(where.path)};
  }
  const bool repo = std::count(input.begin(), input.end(), '/') == 1 && input[0] != '.';
  if (!uris.Knows(input) && !repo) {
    return WrongUsage("neither a folder nor a repository: input=", input,
                      "; remedy: name a folder that is there, or OWNER/NAME");
  }
  ARROW_ASSIGN_OR_RAISE(HubAddress address,
                        ParseHubAddress(uris.Knows(input) ? input : "hub://" + input));
  // With a path the card need not say where each file belongs.
  address.path = "README.md";
  address.splits.clear();
  address.config.clear();
  ARROW_ASSIGN_OR_RAISE(ResolvedUri resolved,
                        uris.Resolve(PrintHubAddress(address), [](auto) { return true; }));
  return DataPlace{.name = address.repo.full(),
                   .revision = resolved.revision,
                   .root = "hub://" + address.repo.full(),
                   .file_system = resolved.file_system,
                   .base = ""};
}

}  // namespace hubmill
