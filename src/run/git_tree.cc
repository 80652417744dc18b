#include "run/git_tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <map>
#include <unordered_map>

#include "base/hash.h"
#include "io/child_process.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;

constexpr size_t kIdDigits = 40;
constexpr char kFolderMode[] = "040000";
constexpr char kLinkMode[] = "120000";
constexpr char kModuleMode[] = "160000";

bool IsId(std::string_view text) {
  return text.size() == kIdDigits && text.find_first_not_of("0123456789abcdef") == text.npos;
}

std::string BytesOf(const std::string& id) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (size_t i = 0; i + 1 < id.size(); i += 2) {
    bytes += static_cast<char>(digit(id[i]) * 16 + digit(id[i + 1]));
  }
  return bytes;
}

/// One entry as a tree's bytes have it.
std::string RawEntry(std::string_view mode, std::string_view name, const std::string& id) {
  mode.remove_prefix(std::min(mode.find_first_not_of('0'), mode.size()));
  return Concat(mode, " ", name) + '\0' + BytesOf(id);
}

/// A mode as git itself takes it.
std::string_view ModeOf(std::string_view digits) {
  unsigned mode = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), mode, 8);
  switch (mode & S_IFMT) {
    case S_IFREG:
      return (mode & S_IXUSR) != 0 ? "100755" : "100644";
    case S_IFLNK:
      return kLinkMode;
    case S_IFDIR:
      return kFolderMode;
    default:
      return kModuleMode;
  }
}

/// A tree's bytes with modes as listings show them; empty where they are none.
std::string WithModes(std::string_view tree) {
  std::string out;
  while (!tree.empty()) {
    const size_t blank = tree.find(' ');
    const size_t end = tree.find('\0');
    if (blank == tree.npos || end == tree.npos || end < blank ||
        end + 1 + kIdDigits / 2 > tree.size())
      return "";
    std::string_view mode = ModeOf(tree.substr(0, blank));
    mode.remove_prefix(mode.find_first_not_of('0'));
    out += mode;
    out += tree.substr(blank, end + 1 + kIdDigits / 2 - blank);
    tree.remove_prefix(end + 1 + kIdDigits / 2);
  }
  return out;
}

/// The bytes of a file; false where it is none or has another size.
bool ReadFile(const std::string& path, int64_t size, std::string* bytes) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat facts {};
  if (file.get() < 0 || fstat(file.get(), &facts) != 0 || !S_ISREG(facts.st_mode)) return false;
  if (size >= 0 && facts.st_size != size) return false;
  bytes->resize(static_cast<size_t>(facts.st_size));
  size_t done = 0;
  while (done < bytes->size()) {
    const ssize_t got = read(file.get(), bytes->data() + done, bytes->size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    done += static_cast<size_t>(got);
  }
  return true;
}

bool IsEntry(const fs::directory_entry& found, const GitEntry& entry) {
  std::error_code error;
  std::string bytes;
  if (entry.mode == kLinkMode) {
    if (!found.is_symlink(error)) return false;
    bytes = fs::read_symlink(found.path(), error).string();
    return !error && IsGitObject("blob", bytes, entry.id);
  }
  return ReadFile(found.path().string(), entry.size, &bytes) &&
         IsGitObject("blob", bytes, entry.id);
}

}  // namespace

Result<std::vector<GitEntry>> ParseTreeListing(std::string_view listing) {
  std::vector<GitEntry> entries;
  while (!listing.empty()) {
    const std::string_view line = listing.substr(0, listing.find('\0'));
    listing.remove_prefix(std::min(line.size() + 1, listing.size()));
    const size_t tab = line.find('\t');
    const size_t type = line.find(' ');
    const size_t id = type == line.npos ? line.npos : line.find(' ', type + 1);
    const bool whole = tab != line.npos && id != line.npos && id + 1 + kIdDigits < tab;
    if (!whole || !IsId(line.substr(id + 1, kIdDigits))) {
      return DataRefused("not a listing of git: entry=", entries.size() + 1,
                         "; remedy: another version of git");
    }
    GitEntry entry{.mode = std::string(line.substr(0, type)),
                   .id = std::string(line.substr(id + 1, kIdDigits)),
                   .path = std::string(line.substr(tab + 1))};
    std::string_view size = line.substr(id + 1 + kIdDigits, tab - id - 1 - kIdDigits);
    size.remove_prefix(std::min(size.find_first_not_of(' '), size.size()));
    const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), entry.size);
    if (error != std::errc() || end != size.data() + size.size()) entry.size = -1;
    entries.push_back(std::move(entry));
  }
  return entries;
}

bool IsGitObject(std::string_view type, std::string_view bytes, const std::string& id) {
  return Sha1Hex(Concat(type, " ", bytes.size()) + '\0' + std::string(bytes)) == id;
}

Result<bool> IsListingOf(const std::vector<GitEntry>& entries, const std::string& root,
                         const std::function<Result<std::string>(const std::string& id)>& read) {
  std::map<std::string, std::string> ids = {{"", root}};  // Of folders, by path.
  std::map<std::string, std::string> bytes = {{"", ""}};
  for (const GitEntry& entry : entries) {
    const size_t slash = entry.path.rfind('/');
    const std::string parent = slash == std::string::npos ? "" : entry.path.substr(0, slash);
    bytes[parent] += RawEntry(entry.mode, std::string_view(entry.path).substr(slash + 1), entry.id);
    if (entry.mode != kFolderMode) continue;
    ids[entry.path] = entry.id;
    bytes[entry.path];
  }
  if (ids.size() != bytes.size()) return false;
  for (const auto& [path, tree] : bytes) {
    const auto id = ids.find(path);
    if (id == ids.end()) return false;
    if (IsGitObject("tree", tree, id->second)) continue;
    ARROW_ASSIGN_OR_RAISE(const std::string raw, read(id->second));
    if (!IsGitObject("tree", raw, id->second) || WithModes(raw) != tree) return false;
  }
  return true;
}

FolderChanges CompareWithTree(const std::string& folder, const std::vector<GitEntry>& entries) {
  FolderChanges changes;
  const auto change = [&changes](const std::string& path) {
    if (changes.count++ == 0 || path < changes.first) changes.first = path;
  };
  std::unordered_map<std::string, const GitEntry*> wanted;
  for (const GitEntry& entry : entries) {
    if (entry.mode != kFolderMode) wanted.emplace(entry.path, &entry);
  }
  std::error_code error;
  fs::recursive_directory_iterator at(folder, error);
  for (const fs::recursive_directory_iterator end; !error && at != end; at.increment(error)) {
    const std::string path = at->path().string().substr(folder.size() + 1);
    if (path == ".git") {
      at.disable_recursion_pending();
      continue;
    }
    const auto entry = wanted.find(path);
    std::error_code ignored;
    if (at->is_directory(ignored) && !at->is_symlink(ignored)) {
      if (entry == wanted.end()) continue;
      const bool module = entry->second->mode == kModuleMode;
      if (!module || !fs::is_empty(at->path(), ignored) || ignored) change(path);
      at.disable_recursion_pending();
    } else if (entry == wanted.end() || !IsEntry(*at, *entry->second)) {
      change(path);
    }
    if (entry != wanted.end()) wanted.erase(entry);
  }
  if (error) change(".");
  for (const auto& [path, entry] : wanted) {
    if (entry->mode != kModuleMode) change(path);
  }
  return changes;
}

}  // namespace hubmill
