// Which folders hold a data set.
#pragma once

#include <string>
#include <vector>

namespace hubmill::server {

struct DataFolder {
  std::string name;  // Its own, made different from the others' by "-2", "-3".
  std::string path;
  std::string modified;  // "2026-11-21T05:00:00.000Z"
};

/// Of each folder: itself, where it is an output of hubmill, has a card (README.md with metadata),
/// or holds data files and no such folder; else its subfolders that have data files somewhere
/// below.  Hidden folders, links and the folder of an embedded Hub are left out.  By name; at most
/// `count_max`.
std::vector<DataFolder> FindDataFolders(const std::vector<std::string>& folders, size_t count_max);

}  // namespace hubmill::server
