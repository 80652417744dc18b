#include "server/data_folders.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "base/utc_text.h"
#include "view/data_set.h"

namespace hubmill::server {
namespace {

namespace fs = std::filesystem;

constexpr int kDepthMax = 4;
constexpr int kEntriesMax = 2000;  // Looked at to find one data file.

bool IsHidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

/// Whether a data file lies in `folder`, or so many folders below.
bool HasData(const fs::path& folder, int depth, int* entries) {
  std::error_code error;
  std::vector<fs::path> below;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (++*entries > kEntriesMax) return false;
    if (entry->is_symlink(error) || IsHidden(entry->path())) continue;
    if (entry->is_regular_file(error) && !FormatOfName(entry->path().native()).empty()) return true;
    if (entry->is_directory(error)) below.push_back(entry->path());
  }
  return depth > 0 && std::any_of(below.begin(), below.end(), [&](const fs::path& path) {
           return HasData(path, depth - 1, entries);
         });
}

/// A data set's card begins with its metadata; other README.md do not.
bool HasCard(const fs::path& folder) {
  std::error_code error;
  const fs::path path = folder / "README.md";
  if (fs::symlink_status(path, error).type() != fs::file_type::regular) return false;
  std::ifstream card(path, std::ios::binary);
  char head[3] = {};
  return card.read(head, sizeof(head)) && std::string_view(head, sizeof(head)) == "---";
}

bool IsPublished(const fs::path& folder) {
  std::error_code error;
  return fs::exists(folder / "manifest.json", error) || HasCard(folder);
}

bool IsHubRoot(const fs::path& folder) {
  std::error_code error;
  return fs::exists(folder / "store_id", error) && fs::is_directory(folder / "repos", error);
}

/// Published, or with data files in it; not where it holds data sets that are published.
bool IsSetItself(const fs::path& folder, const std::vector<fs::path>& below) {
  if (IsPublished(folder)) return true;
  int entries = 0;
  return HasData(folder, 0, &entries) && std::none_of(below.begin(), below.end(), IsPublished);
}

std::vector<fs::path> SetsOf(const fs::path& folder) {
  std::vector<fs::path> sets;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const fs::path& path = entry->path();
    if (entry->is_symlink(error) || !entry->is_directory(error) || IsHidden(path)) continue;
    int entries = 0;
    if (!IsHubRoot(path) && HasData(path, kDepthMax, &entries)) sets.push_back(path);
  }
  if (IsSetItself(folder, sets)) return {folder};
  std::sort(sets.begin(), sets.end());
  return sets;
}

std::string ModifiedOf(const fs::path& path) {
  struct stat facts = {};
  return stat(path.c_str(), &facts) == 0 ? UtcMillisText(int64_t{facts.st_mtime} * 1000) : "";
}

}  // namespace

std::vector<DataFolder> FindDataFolders(const std::vector<std::string>& folders, size_t count_max) {
  std::vector<DataFolder> found;
  std::set<std::string> names;
  for (const std::string& folder : folders) {
    for (const fs::path& path : SetsOf(folder)) {
      if (found.size() == count_max) return found;
      const std::string own = path.filename().string();
      std::string name = own;
      for (int number = 2; !names.insert(name).second; ++number) {
        name = own + "-" + std::to_string(number);
      }
      found.push_back({name, path.string(), ModifiedOf(path)});
    }
  }
  return found;
}

}  // namespace hubmill::server
