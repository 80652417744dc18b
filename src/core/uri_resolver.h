// What a URI means whose scheme Arrow does not know, for example hub://.  io/ expands inputs and
// knows no Hub, hub/ knows no inputs; run/ hands the one to the other through this interface.
#pragma once

#include <arrow/filesystem/type_fwd.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.h"

namespace hubmill {

/// The files of a split, in reading order.
struct SplitPaths {
  std::string split;
  std::vector<std::string> paths;
};

struct ResolvedUri {
  std::shared_ptr<arrow::fs::FileSystem> file_system;  // Needs nothing of the resolver's.
  std::string root;  // What stands before a path of `file_system` in messages; holds no secret.
  std::string path;  // A file, folder or glob of `file_system`; or:
  std::vector<SplitPaths> splits;  // What is there where the URI names no path.
  std::string revision;            // As SourceFile has it.
};

/// Not thread-safe; lives as long as one run, in which a name means the same thing throughout.
class UriResolver {
 public:
  virtual ~UriResolver() = default;

  /// Whether Resolve() is for `text`.
  virtual bool Knows(std::string_view text) const = 0;

  /// `reads` says which file names the source can read; it is asked where the URI names no path.
  virtual Result<ResolvedUri> Resolve(const std::string& uri,
                                      const std::function<bool(std::string_view)>& reads) = 0;
};

}  // namespace hubmill
