#include "security/configs/config_files.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <utility>

#include "base/hash.h"
#include "base/utf8.h"
#include "security/configs/config_filter.h"
#include "security/configs/hcl.h"
#include "security/configs/manifest.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr char kRemedy[] = "; remedy: fetch the sources with `hubmill security clone-sources`";

/// What the walk found: a file to read, or one that is skipped already.
struct Found {
  std::string path;  // Below the root.
  std::string reason;
  std::string why;
  int64_t line = 0;
};

std::string Shown(std::string_view path) {
  std::string out;
  for (size_t at = 0; at < path.size();) {
    const Utf8Char c = DecodeUtf8(path, at);
    if (c.valid && c.code_point >= 0x20 && c.code_point != 0x7F) {
      out += path.substr(at, c.size_bytes);
      at += c.size_bytes;
    } else {
      constexpr char kDigits[] = "0123456789abcdef";
      const auto byte = static_cast<unsigned char>(path[at++]);
      out += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return out;
}

/// Text that a line of a table and a JSON string can hold.
bool IsPlainName(std::string_view name) {
  return IsValidUtf8(name) && std::none_of(name.begin(), name.end(), [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
         });
}

bool HasSuffix(std::string name, ConfigLang lang) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  const auto ends = [&name](std::string_view suffix) {
    return name.size() > suffix.size() &&
           std::string_view(name).substr(name.size() - suffix.size()) == suffix;
  };
  return lang == ConfigLang::kTf ? ends(".tf") : ends(".yaml") || ends(".yml");
}

Status NotReadable(const fs::path& path, const std::string& why) {
  return RunFailed("cannot be read: path=", Shown(path.string()), " why=", why,
                   "; remedy: allow reading it, or leave it out of the folder");
}

/// Looks at every name below a root.  Recursion is a list of folders, so depth costs no stack.
class Walk {
 public:
  Walk(fs::path root, fs::path real_root, ConfigLang lang)
      : root_(std::move(root)), real_root_(std::move(real_root)), lang_(lang) {}

  Result<std::vector<Found>> Run() {
    folders_.emplace_back();
    while (!folders_.empty()) {
      const fs::path folder = std::move(folders_.back());
      folders_.pop_back();
      ARROW_RETURN_NOT_OK(LookInto(folder));
    }
    std::sort(found_.begin(), found_.end(),
              [](const Found& a, const Found& b) { return a.path < b.path; });
    return std::move(found_);
  }

 private:
  Status LookInto(const fs::path& folder) {
    std::error_code error;
    fs::directory_iterator entries(root_ / folder, error);
    if (error) return NotReadable(root_ / folder, error.message());
    for (const fs::directory_iterator end; entries != end; entries.increment(error)) {
      ARROW_RETURN_NOT_OK(LookAt(folder, *entries));
      if (error) return NotReadable(root_ / folder, error.message());
    }
    if (static_cast<int64_t>(found_.size()) > kConfigFilesMax) {
      return DataRefused("too many files: root=", root_.string(), " files_max=", kConfigFilesMax,
                         "; remedy: name a smaller folder");
    }
    return Status::OK();
  }

  Status LookAt(const fs::path& folder, const fs::directory_entry& entry) {
    const std::string name = entry.path().filename().string();
    const fs::path path = folder / name;
    std::error_code error;
    const fs::file_status status = entry.symlink_status(error);
    if (error) return NotReadable(entry.path(), error.message());
    if (fs::is_symlink(status)) {
      LookAtLink(path, name);
    } else if (fs::is_directory(status)) {
      if (name == ".git" || name == ".terraform") return Status::OK();
      if (IsPlainName(name)) {
        folders_.push_back(path);
      } else {
        Skip(path, "odd_name", "a folder; nothing below it is read");
      }
    } else if (HasSuffix(name, lang_)) {
      const bool regular = fs::is_regular_file(status);
      if (!IsPlainName(name)) {
        Skip(path, "odd_name", "");
      } else if (!regular) {
        Skip(path, "no_file", "a device, a socket or a pipe");
      } else {
        found_.push_back({.path = path.string()});
      }
    }
    return Status::OK();
  }

  void LookAtLink(const fs::path& path, const std::string& name) {
    std::error_code error;
    const fs::path target = fs::canonical(root_ / path, error);
    const bool suffix = HasSuffix(name, lang_);
    if (error) {
      if (suffix) Skip(path, "link_broken", error.message());
      return;
    }
    const auto [end, rest] =
        std::mismatch(real_root_.begin(), real_root_.end(), target.begin(), target.end());
    const bool inside = end == real_root_.end();
    if (fs::is_directory(target, error)) {
      Skip(path, inside ? "link_to_folder" : "link_outside", "links to folders are not followed");
    } else if (!suffix) {
      return;
    } else if (!IsPlainName(name)) {
      Skip(path, "odd_name", "");
    } else if (!inside) {
      Skip(path, "link_outside", "");
    } else if (!fs::is_regular_file(target, error)) {
      Skip(path, "no_file", "a link to no regular file");
    } else {
      found_.push_back({.path = path.string()});
    }
  }

  void Skip(const fs::path& path, std::string reason, std::string why) {
    found_.push_back({.path = path.string(), .reason = std::move(reason), .why = std::move(why)});
  }

  const fs::path root_;
  const fs::path real_root_;
  const ConfigLang lang_;
  std::vector<fs::path> folders_;
  std::vector<Found> found_;
};

/// Below a chart's templates/ folder `{{` is Helm's, whether or not the text is YAML by chance.
bool IsChartTemplate(const fs::path& root, const fs::path& path) {
  fs::path folder = path.parent_path();
  for (; !folder.empty(); folder = folder.parent_path()) {
    std::error_code error;
    if (folder.filename() == "templates" &&
        fs::exists(root / folder.parent_path() / "Chart.yaml", error)) {
      return true;
    }
  }
  return false;
}

std::string WithoutBadBytes(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const Utf8Char c = DecodeUtf8(text, at);
    if (c.valid) out += text.substr(at, c.size_bytes);
    at += c.size_bytes;
  }
  return out;
}

class Judge {
 public:
  Judge(fs::path root, ConfigLang lang, const DiscoverOptions& options, ConfigTree* tree)
      : root_(std::move(root)), lang_(lang), options_(options), tree_(tree) {}

  Status Take(Found found) {
    if (found.reason.empty()) ARROW_RETURN_NOT_OK(Read(&found));
    if (!found.reason.empty()) {
      ++tree_->reasons[found.reason];
      tree_->skipped.push_back({.path = Shown(found.path),
                                .reason = std::move(found.reason),
                                .line = found.line,
                                .why = std::move(found.why)});
    }
    ++tree_->found;
    return Status::OK();
  }

 private:
  /// Keeps the file, or sets why not.
  Status Read(Found* found) {
    const fs::path path = root_ / found->path;
    std::error_code error;
    const auto size = static_cast<int64_t>(fs::file_size(path, error));
    if (error) return NotReadable(path, error.message());
    if (size > options_.bytes_max) {
      found->reason = "too_large";
      found->why = Concat("bytes=", size, " bytes_max=", options_.bytes_max);
      return Status::OK();
    }
    errno = 0;
    std::ifstream in(path, std::ios::binary);
    std::string text(static_cast<size_t>(size), '\0');
    if (!in.read(text.data(), size) && size > 0) return NotReadable(path, std::strerror(errno));
    Weigh(std::move(text), found);
    return Status::OK();
  }

  void Weigh(std::string text, Found* found) {
    if (!IsValidUtf8(text)) {
      if (!options_.compat) {
        found->reason = "not_utf8";
        return;
      }
      text = WithoutBadBytes(text);
    }
    text = WithUniversalNewlines(text);
    if (!options_.compat && text.rfind(kByteOrderMark, 0) == 0)
      text.erase(0, kByteOrderMark.size());
    if (StripPythonSpace(text).empty()) {
      found->reason = "empty";
    } else if (options_.compat) {
      const bool k8s = lang_ == ConfigLang::kK8s;
      const bool keep = k8s ? LooksLikeManifest(text) : LooksLikeTerraform(text);
      if (!keep) found->reason = k8s ? "no_manifest" : "no_blocks";
    } else {
      Parse(text, found);
    }
    if (found->reason.empty()) Keep(std::move(text), found);
  }

  void Parse(const std::string& text, Found* found) const {
    if (lang_ == ConfigLang::kTf) {
      HclFile file;
      const auto error = ParseHcl(text, &file);
      if (error) {
        found->reason = "not_hcl";
        found->line = static_cast<int64_t>(error->line);
        found->why = Concat("column ", error->column, ": expected ", error->expected);
      } else if (file.blocks == 0) {
        found->reason = "no_blocks";
      }
      return;
    }
    if (text.find("{{") != std::string::npos && IsChartTemplate(root_, found->path)) {
      found->reason = "helm_template";
      found->why = "in a chart's templates";
      return;
    }
    const Manifest manifest = ReadManifest(text, {.bytes_max = options_.bytes_max});
    found->reason = NameOf(manifest.fault);
    found->line = manifest.line;
    found->why = manifest.why;
  }

  void Keep(std::string text, Found* found) {
    std::string hash = ConfigHash(text);
    const auto [first, is_new] = first_with_.emplace(hash, found->path);
    if (!options_.compat && !is_new) {
      found->reason = "duplicate";
      found->why = "of " + first->second;
      return;
    }
    tree_->bytes += static_cast<int64_t>(text.size());
    tree_->files.push_back(
        {.lang = lang_, .path = found->path, .text = std::move(text), .hash = std::move(hash)});
  }

  const fs::path root_;
  const ConfigLang lang_;
  const DiscoverOptions& options_;
  ConfigTree* tree_;
  std::map<std::string, std::string> first_with_;  // The path, by the hash of its text.
};

}  // namespace

Result<ConfigTree> DiscoverConfigs(const std::string& root, ConfigLang lang,
                                   const DiscoverOptions& options) {
  std::error_code error;
  const fs::path real_root = fs::canonical(root, error);
  if (error || !fs::is_directory(real_root, error)) {
    return WrongUsage("no such folder of sources: root=", Shown(root), kRemedy);
  }
  ARROW_ASSIGN_OR_RAISE(std::vector<Found> found, Walk(root, real_root, lang).Run());
  if (found.empty()) {
    return WrongUsage("the folder has no ", lang == ConfigLang::kTf ? ".tf" : ".yaml or .yml",
                      " file: root=", Shown(root), kRemedy);
  }
  ConfigTree tree;
  Judge judge(root, lang, options, &tree);
  for (Found& one : found) ARROW_RETURN_NOT_OK(judge.Take(std::move(one)));
  return tree;
}

std::string WithUniversalNewlines(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      out += text[i];
    } else if (i + 1 >= text.size() || text[i + 1] != '\n') {
      out += '\n';
    }
  }
  return out;
}

std::string ConfigHash(std::string_view text) { return Sha256Hex(text).substr(0, 16); }

}  // namespace hubmill
