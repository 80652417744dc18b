// Which files of a data set are read, and which split each is of.
//
// The published sets keep their files in data/, one split a file or a few: low.jsonl,
// high.part_00.jsonl, MCQ-00000-of-00002.parquet.  The rules are those of the original under
// `compat`; else nested folders and compressed lines are read too, and of a split that is there
// twice, as lines and as Parquet, the lines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/failure.h"

namespace hubmill {

struct SplitFiles {
  std::string split;
  std::vector<std::string> files;   // As given, in the order of their paths.
  std::vector<std::string> unread;  // Listed by the original and not read, or the Parquet twin.
};

struct DatasetFiles {
  bool parquet = false;  // Else JSON lines.
  std::vector<SplitFiles> splits;
};

/// `paths` are those of the data set's files; what is no data is passed over.  `wanted`: these
/// splits in this order, or all, sorted.  Splits of which there is none are added to *missing.
Result<DatasetFiles> AssignSplits(std::vector<std::string> paths, bool compat,
                                  const std::vector<std::string>& wanted,
                                  std::vector<std::string>* missing);

/// Makes paths of this machine into paths within the data set, "data/low.jsonl": what stands before
/// them all goes, but a folder called data.  Addresses (hub://) stay as they are.
void NameWithinSet(std::vector<std::string>* files);

/// The split of a file by its path; empty where the file is none of a split.
std::string SplitOfPath(std::string_view path, bool compat);

}  // namespace hubmill
