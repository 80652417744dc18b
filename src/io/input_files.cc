#include "io/input_files.h"

#include <arrow/buffer.h>
#include <arrow/filesystem/filesystem.h>
#include <arrow/io/interfaces.h>

#include <algorithm>
#include <optional>

#include "base/glob.h"
#include "core/split_name.h"

namespace hubmill {
namespace {

using arrow::fs::FileInfo;
using arrow::fs::FileType;

bool HasExtension(std::string_view path, const std::vector<std::string>& extensions) {
  if (path.ends_with(".gz")) path.remove_suffix(3);
  if (path.ends_with(".zst")) path.remove_suffix(4);
  return std::any_of(extensions.begin(), extensions.end(),
                     [&](const std::string& extension) { return path.ends_with(extension); });
}

bool IsHidden(std::string_view relative) {
  for (size_t start = 0; start < relative.size();) {
    if (relative[start] == '.' || relative[start] == '_') return true;
    size_t slash = relative.find('/', start);
    if (slash == relative.npos) return false;
    start = slash + 1;
  }
  return false;
}

std::string WithoutEndSlash(std::string text) {
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

/// The path of `info` below `base`.
std::string Below(const FileInfo& info, const std::string& base) {
  std::string_view path = info.path();
  if (path.starts_with(base)) path.remove_prefix(base.size());
  while (path.starts_with('/')) path.remove_prefix(1);
  return std::string(path);
}

constexpr std::string_view kManifestBegins = "{\"hubmill\":";

/// Whether a file is what hubmill wrote beside the data of an output folder.
bool IsOwnManifest(arrow::fs::FileSystem& files, const FileInfo& info) {
  if (info.base_name() != "manifest.json") return false;
  const auto stream = files.OpenInputStream(info);
  if (!stream.ok()) return false;  // Reading it says why.
  constexpr int64_t kLookedAt = 64;
  const auto bytes = (*stream)->Read(kLookedAt);
  if (!bytes.ok()) return false;
  std::string begin((*bytes)->ToString());
  std::erase_if(begin, [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; });
  return begin.starts_with(kManifestBegins);
}

class Expander {
 public:
  Expander(const std::vector<std::string>& extensions, UriResolver* uris)
      : extensions_(extensions), uris_(uris) {}

  /// `split`: the index that the caller gave this input, or nothing where the input names its own.
  Status Add(const std::string& given, std::optional<int32_t> split) {
    if (given.empty()) return WrongUsage("an input path is empty; remedy: name a file");
    if (uris_ != nullptr && uris_->Knows(given)) return AddUri(given, split);
    ARROW_ASSIGN_OR_RAISE(FileSystemPath where, ResolveFileSystem(given));
    revision_.clear();
    ARROW_ASSIGN_OR_RAISE(split_, SplitOf(split, "train"));
    return AddPath(std::move(where), WithoutSecrets(given));
  }

  Result<int32_t> SplitNamed(const std::string& name) {
    ARROW_RETURN_NOT_OK(CheckSplitName(name));
    auto found = std::find(out.splits.begin(), out.splits.end(), name);
    if (found == out.splits.end()) found = out.splits.insert(found, name);
    return int32_t(found - out.splits.begin());
  }

  InputFiles out;

 private:
  Result<int32_t> SplitOf(std::optional<int32_t> given, const std::string& name) {
    if (given) return *given;
    return SplitNamed(name);
  }

  Status AddUri(const std::string& given, std::optional<int32_t> split) {
    auto reads = [this](std::string_view path) { return HasExtension(path, extensions_); };
    ARROW_ASSIGN_OR_RAISE(ResolvedUri uri, uris_->Resolve(given, reads));
    revision_ = uri.revision;
    if (uri.splits.empty()) {
      ARROW_ASSIGN_OR_RAISE(split_, SplitOf(split, "train"));
      return AddPath({uri.file_system, uri.path}, uri.root + uri.path);
    }
    for (const SplitPaths& part : uri.splits) {
      ARROW_ASSIGN_OR_RAISE(split_, SplitOf(split, part.split));
      for (const std::string& path : part.paths) {
        ARROW_RETURN_NOT_OK(AddPath({uri.file_system, path}, uri.root + path));
      }
    }
    return Status::OK();
  }

  Status AddPath(FileSystemPath where, const std::string& shown) {
    where.path = WithoutEndSlash(where.path);
    shown_ = WithoutEndSlash(shown);
    auto info = where.file_system->GetFileInfo(where.path);
    if (!info.ok()) return Unreadable(info.status());
    switch (info->type()) {
      case FileType::File:
        return Take(where, *info, shown_);
      case FileType::Directory:
        return AddFolder(where);
      case FileType::NotFound:
        if (HasGlob(where.path)) return AddGlob(where);
        return Missing(where);
      default:
        return WrongUsage("an input is neither file nor folder: path=", shown_,
                          "; remedy: give it as standard input: source stdin (convert: -)");
    }
  }

  Status Unreadable(const Status& status) {
    if (KindOf(status) == FailureKind::kService) return status;
    if (IsUri(shown_)) return ServiceFailure("read an input", shown_, status.message());
    return WrongUsage("an input cannot be read: path=", shown_, " code=", status.CodeAsString(),
                      "; remedy: check that you may read it");
  }

  Status Take(const FileSystemPath& where, const FileInfo& info, std::string name) {
    if (out.files.size() >= kInputFilesMax) {
      return WrongUsage("too many input files: max=", kInputFilesMax, " path=", shown_,
                        "; remedy: join them into fewer files");
    }
    out.files.push_back({.name = std::move(name),
                         .path = info.path(),
                         .file_system = where.file_system,
                         .size_bytes = info.size(),
                         .split = split_,
                         .revision = revision_});
    return Status::OK();
  }

  Status List(const FileSystemPath& where, const std::string& base, int32_t depth,
              std::vector<FileInfo>* files) {
    arrow::fs::FileSelector selector;
    selector.base_dir = base;
    selector.recursive = depth > 0;
    selector.max_recursion = depth;
    auto listed = where.file_system->GetFileInfo(selector);
    if (!listed.ok()) return Unreadable(listed.status());
    for (FileInfo& info : *listed) {
      if (info.type() == FileType::File) files->push_back(std::move(info));
    }
    std::sort(files->begin(), files->end(),
              [](const FileInfo& a, const FileInfo& b) { return a.path() < b.path(); });
    return Status::OK();
  }

  Status AddFolder(const FileSystemPath& where) {
    std::vector<FileInfo> files;
    ARROW_RETURN_NOT_OK(List(where, where.path, kTypicalDepthMax, &files));
    size_t before = out.files.size();
    for (const FileInfo& info : files) {
      std::string below = Below(info, where.path);
      if (IsHidden(below) || !HasExtension(below, extensions_)) continue;
      if (IsOwnManifest(*where.file_system, info)) continue;
      ARROW_RETURN_NOT_OK(Take(where, info, shown_ + "/" + below));
    }
    if (out.files.size() > before) return Status::OK();
    std::string endings;
    for (const std::string& extension : extensions_) endings += " *" + extension;
    return WrongUsage("a folder holds no input file: path=", shown_, " files=", files.size(),
                      "; remedy: give a folder with", endings, " (or .gz, .zst of these)");
  }

  Status AddGlob(const FileSystemPath& where) {
    size_t wild = where.path.find_first_of("*?[");
    size_t slash = where.path.rfind('/', wild);
    std::string base =
        slash == where.path.npos ? "" : where.path.substr(0, std::max<size_t>(slash, 1));
    std::string_view pattern = std::string_view(where.path).substr(slash + 1);
    int32_t depth = pattern.find("**") != pattern.npos
                        ? kTypicalDepthMax
                        : int32_t(std::count(pattern.begin(), pattern.end(), '/'));
    ARROW_ASSIGN_OR_RAISE(FileInfo info, where.file_system->GetFileInfo(base));
    if (info.type() != FileType::Directory) {
      return WrongUsage("a glob's folder does not exist: path=", shown_,
                        "; remedy: ", RemedyOfMissing({where.file_system, base}));
    }
    std::vector<FileInfo> files;
    ARROW_RETURN_NOT_OK(List(where, base, depth, &files));
    size_t shown_wild = shown_.find_first_of("*?[");
    size_t shown_slash = shown_.rfind('/', shown_wild);
    std::string prefix = shown_slash == shown_.npos ? "" : shown_.substr(0, shown_slash + 1);
    size_t before = out.files.size();
    for (const FileInfo& file : files) {
      std::string below = Below(file, base);
      if (!MatchesGlob(pattern, below) || (IsHidden(below) && !IsHidden(pattern))) continue;
      ARROW_RETURN_NOT_OK(Take(where, file, prefix + below));
    }
    if (out.files.size() > before) return Status::OK();
    return WrongUsage("a glob matches no file: path=", shown_, " files_in_folder=", files.size(),
                      "; remedy: check the pattern (`**` crosses folders, `*` does not)");
  }

  Status Missing(const FileSystemPath& where) {
    return WrongUsage("an input does not exist: path=", shown_,
                      "; remedy: ", RemedyOfMissing(where));
  }

  /// By what lies beside the path.
  std::string RemedyOfMissing(const FileSystemPath& where) {
    size_t slash = where.path.rfind('/');
    arrow::fs::FileSelector selector;
    if (slash != where.path.npos) {
      selector.base_dir = where.path.substr(0, std::max<size_t>(slash, 1));
    }
    selector.allow_not_found = true;
    auto listed = where.file_system->GetFileInfo(selector);
    std::vector<std::string> names;
    if (listed.ok()) {
      for (const FileInfo& info : *listed) names.push_back(info.base_name());
    }
    std::sort(names.begin(), names.end());
    std::string near;
    if (names.size() <= kNamesCompared) near = NearestName(where.path.substr(slash + 1), names);
    return near.empty() ? "correct the path" : "did you mean " + near + "?";
  }

  static constexpr int32_t kTypicalDepthMax = 64;
  static constexpr size_t kNamesCompared = 10'000;
  const std::vector<std::string>& extensions_;
  UriResolver* uris_;
  std::string shown_;
  std::string revision_;
  int32_t split_ = 0;
};

Status AddPaths(const Setting& path, std::optional<int32_t> split, Expander* expander) {
  if (path.kind == Setting::Kind::kScalar) return expander->Add(path.scalar, split);
  if (path.kind == Setting::Kind::kList && !path.items.empty()) {
    for (const Setting& item : path.items) {
      if (item.kind != Setting::Kind::kScalar) {
        return WrongUsage(
            "a list of paths holds something else than texts: option=path; remedy: quote them");
      }
      ARROW_RETURN_NOT_OK(expander->Add(item.scalar, split));
    }
    return Status::OK();
  }
  return WrongUsage(
      "no input is named: option=path; remedy: give a path, a list of paths or a map "
      "from split to path");
}

Status NotOpened(const InputFile& file, const Status& status) {
  if (KindOf(status) == FailureKind::kService) return status;
  if (IsServiceFailure(status.message())) {
    return ServiceFailure("open an input", file.name, status.message());
  }
  return WrongUsage("an input cannot be opened: file=", file.name, " code=", status.CodeAsString(),
                    "; remedy: check that it exists and that you may read it");
}

}  // namespace

Result<InputFiles> ExpandPaths(const Setting& path, const std::vector<std::string>& extensions,
                               UriResolver* uris) {
  Expander expander(extensions, uris);
  if (path.kind != Setting::Kind::kMap || path.entries.empty()) {
    ARROW_RETURN_NOT_OK(AddPaths(path, std::nullopt, &expander));
    return std::move(expander.out);
  }
  for (const auto& [split, paths] : path.entries) {
    ARROW_ASSIGN_OR_RAISE(const int32_t index, expander.SplitNamed(split));
    ARROW_RETURN_NOT_OK(AddPaths(paths, index, &expander));
  }
  return std::move(expander.out);
}

std::vector<SourceFile> SourceFilesOf(const InputFiles& inputs) {
  std::vector<SourceFile> out;
  for (const InputFile& file : inputs.files) {
    out.push_back(
        {.name = file.name, .size_bytes = file.size_bytes, .hash = "", .revision = file.revision});
  }
  return out;
}

bool IsRemote(const InputFile& file) { return file.file_system->type_name() != "local"; }

Result<std::shared_ptr<arrow::io::InputStream>> OpenSequential(const InputFile& file) {
  auto opened = file.file_system->OpenInputStream(file.path);
  if (!opened.ok()) return NotOpened(file, opened.status());
  return opened;
}

Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenRandomAccess(const InputFile& file) {
  auto opened = file.file_system->OpenInputFile(file.path);
  if (!opened.ok()) return NotOpened(file, opened.status());
  return opened;
}

}  // namespace hubmill
