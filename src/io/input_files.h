// From what a recipe's `path` says to the files that are read: a file, a folder, a glob, an Arrow
// file-system URI or a URI that the run's UriResolver knows (hub://), a list of these, or a map
// from split names to these.
#pragma once

#include <arrow/filesystem/type_fwd.h>
#include <arrow/io/type_fwd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.h"
#include "core/setting.h"
#include "core/source.h"
#include "core/uri_resolver.h"

namespace hubmill {

inline constexpr size_t kInputFilesMax = 1'000'000;

struct InputFile {
  std::string name;  // As given, for messages and the manifest; never holds a secret.
  std::string path;  // Within `file_system`.
  std::shared_ptr<arrow::fs::FileSystem> file_system;  // Null for standard input.
  int64_t size_bytes = -1;
  int32_t split = 0;
  std::string revision;  // As SourceFile has it.
};

struct InputFiles {
  std::vector<InputFile> files;     // In reading order: as given; folders and globs sorted by name.
  std::vector<std::string> splits;  // {"train"} unless `path` is a map or a URI names its own.
};

/// Expands `path`.  In folders (searched in depth; names that start with `.` or `_` are skipped)
/// only files whose names end in one of `extensions`, or these plus .gz or .zst, are taken, and the
/// manifest.json that hubmill wrote into an output folder is passed over.  What is not there is
/// kWrongUsage and names the nearest thing that is.  `uris` may be null.
Result<InputFiles> ExpandPaths(const Setting& path, const std::vector<std::string>& extensions,
                               UriResolver* uris = nullptr);

/// As Source::files() starts: name, size and revision.
std::vector<SourceFile> SourceFilesOf(const InputFiles& inputs);

/// Whether reading at many places at once is worth it, since each wait is long.
bool IsRemote(const InputFile& file);

/// Opens a file for one pass / for random access; failures name it.
Result<std::shared_ptr<arrow::io::InputStream>> OpenSequential(const InputFile& file);
Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenRandomAccess(const InputFile& file);

/// The file system of a URI or local path and the path within it.  S3 is loaded on first use.
/// Errors never show user, password or query of the URI.
struct FileSystemPath {
  std::shared_ptr<arrow::fs::FileSystem> file_system;
  std::string path;
};
Result<FileSystemPath> ResolveFileSystem(const std::string& path_or_uri);

bool IsUri(std::string_view text);

/// A failure (kService) of the file system behind `uri`.  Of `why`, Arrow's message, only the
/// service's own word is shown (NETWORK_CONNECTION): the rest may quote the URI.
Status ServiceFailure(const std::string& act, const std::string& uri, std::string_view why);

/// Whether `why` tells of a service, rather than of what was read from it.
bool IsServiceFailure(std::string_view why);

/// A URI without user, password and query; a path as it is.
std::string WithoutSecrets(const std::string& path_or_uri);

}  // namespace hubmill
