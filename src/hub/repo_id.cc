#include "hub/repo_id.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "base/ascii.h"
#include "base/utf8.h"
#include "net/redact.h"
#include "net/url.h"

namespace hubmill {
namespace {

bool IsNameByte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
}

bool IsGoodName(std::string_view name) {
  if (name.empty() || name.size() > kRepoNameBytesMax) return false;
  if (!std::all_of(name.begin(), name.end(), IsNameByte)) return false;
  if (name.front() == '-' || name.front() == '.' || name.back() == '-' || name.back() == '.') {
    return false;
  }
  if (name.find("--") != std::string_view::npos || name.find("..") != std::string_view::npos) {
    return false;
  }
  return name.size() < 4 || name.substr(name.size() - 4) != ".git";
}

const char* PluralOf(RepoType type) {
  switch (type) {
    case RepoType::kDataset:
      return "datasets";
    case RepoType::kModel:
      return "models";
    case RepoType::kSpace:
      return "spaces";
  }
  return "";
}

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; });
}

Status BadPath(std::string_view path, const char* why) {
  return WrongUsage("not a file name for a repository: why=", why, " path=", OneLine(path, 120),
                    "; remedy: rename it");
}

}  // namespace

const char* NameOf(RepoType type) {
  switch (type) {
    case RepoType::kDataset:
      return "dataset";
    case RepoType::kModel:
      return "model";
    case RepoType::kSpace:
      return "space";
  }
  return "";
}

Result<RepoType> ParseRepoType(std::string_view text) {
  for (const RepoType type : {RepoType::kDataset, RepoType::kModel, RepoType::kSpace}) {
    if (text == NameOf(type) || text == PluralOf(type)) return type;
  }
  return WrongUsage("no such kind of repository: type=", OneLine(text, 40),
                    "; remedy: one of dataset, model, space");
}

std::string RepoId::ApiPath() const {
  return Concat("/api/", PluralOf(type), "/", EncodeUrl(space), "/", EncodeUrl(name));
}

std::string RepoId::WebPath() const {
  const std::string prefix = type == RepoType::kModel ? "" : Concat("/", PluralOf(type));
  return Concat(prefix, "/", EncodeUrl(space), "/", EncodeUrl(name));
}

Result<RepoId> ParseRepoId(std::string_view text, RepoType type) {
  RepoId id;
  id.type = type;
  std::string_view rest = text;
  for (const RepoType known : {RepoType::kDataset, RepoType::kModel, RepoType::kSpace}) {
    const std::string prefix = std::string(PluralOf(known)) + "/";
    if (rest.substr(0, prefix.size()) != prefix) continue;
    id.type = known;
    rest.remove_prefix(prefix.size());
    break;
  }
  const size_t slash = rest.find('/');
  if (slash != std::string_view::npos) {
    id.space = std::string(rest.substr(0, slash));
    rest.remove_prefix(slash + 1);
  }
  id.name = std::string(rest);
  if (!IsGoodName(id.name) || (slash != std::string_view::npos && !IsGoodName(id.space))) {
    return WrongUsage(
        "not a repository's name: repo=", OneLine(text, 120),
        "; remedy: write OWNER/NAME of letters, digits, - _ . (96 at most, no -- or .."
        ", no - or . at an end)");
  }
  return id;
}

Status CheckRevision(std::string_view revision) {
  const bool bad = revision.empty() || revision.size() > kRevisionBytesMax ||
                   HasControl(revision) || !IsValidUtf8(revision) || revision.front() == '-' ||
                   revision.front() == '/' || revision.back() == '/' || revision.back() == '.' ||
                   revision.find_first_of(" ~^:?*[\\") != std::string_view::npos ||
                   revision.find("..") != std::string_view::npos ||
                   revision.find("//") != std::string_view::npos ||
                   revision.find("@{") != std::string_view::npos;
  if (!bad) return Status::OK();
  return WrongUsage("not a revision's name: revision=", OneLine(revision, 120),
                    "; remedy: give a branch, a tag or a commit id");
}

Status CheckRepoPath(std::string_view path) {
  if (path.empty()) return BadPath(path, "it is empty");
  if (path.size() > kPathBytesMax) return BadPath(path, "it is longer than 4096 bytes");
  if (!IsValidUtf8(path)) return BadPath(path, "it is not UTF-8");
  if (HasControl(path)) return BadPath(path, "it holds a control character");
  if (path.find('\\') != std::string_view::npos) return BadPath(path, "it holds a backslash");
  for (size_t start = 0; start <= path.size();) {
    const size_t end = std::min(path.find('/', start), path.size());
    const std::string part = AsciiLowered(path.substr(start, end - start));
    if (part.empty()) return BadPath(path, "it is absolute or has an empty part");
    if (part == "." || part == "..") return BadPath(path, "it has a part . or ..");
    if (part == ".git") return BadPath(path, "it lies in a .git folder");
    if (part.size() > 255) return BadPath(path, "a part of it is longer than 255 bytes");
    start = end + 1;
  }
  return Status::OK();
}

bool IsCommitId(std::string_view text) {
  return text.size() == 40 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace hubmill
