// A folder or a repository, named by a person, as a file system and a path in it.
#pragma once

#include <arrow/filesystem/type_fwd.h>

#include <map>
#include <memory>
#include <string>

#include "hub/hub_uris.h"
#include "io/input_files.h"

namespace hubmill {

struct DataPlace {
  std::string name;      // The folder's own, or OWNER/NAME.
  std::string revision;  // Of a repository: the commit.
  std::string root;      // What stands before a path in messages; no slash at its end.
  std::shared_ptr<arrow::fs::FileSystem> file_system;
  std::string base;  // Empty: the file system's own top.
  /// Files that are links to what lies outside are left out of ListFiles(): for a server, whose
  /// folders may be written by others.
  bool links_stay_inside = false;

  bool remote() const { return !revision.empty(); }
  /// The file at `path` below the place.
  InputFile File(const std::string& path, int64_t size_bytes = -1) const;
  /// Sizes by path; below `folder`, or everything where it is empty.  What is not there is empty.
  /// Folders of this machine that are links are not entered.
  Result<std::map<std::string, int64_t>> ListFiles(const std::string& folder = "") const;
  /// A small file as text; kWrongUsage where it cannot be opened.
  Result<std::string> ReadText(const std::string& path, int64_t bytes_max) const;
};

/// `input`: a folder, OWNER/NAME, hub://OWNER/NAME[@REVISION] or an Arrow URI.
Result<DataPlace> FindPlace(const std::string& input, HubUris& uris);

}  // namespace hubmill
