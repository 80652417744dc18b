// The clusters of `hubmill dedup` as a table: why each row went.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dedup/decision.h"
#include "io/output_folder.h"

namespace hubmill {

/// A file that is written, and not yet visible.
class ClustersFile {
 public:
  explicit ClustersFile(std::unique_ptr<SingleFile> file) : file_(std::move(file)) {}
  Status Commit() { return file_->Commit(); }

 private:
  std::unique_ptr<SingleFile> file_;
};

/// A Parquet file with a row for each row of a cluster of more than one, in input order: id
/// (FILE:ROW), cluster (the id of its first row), size, kept, representative (the id of the row
/// that stays for it), estimated (share of equal minima; near), exact (Jaccard index; verified),
/// other (the row is of --against).  `names`: of files, by number.
Result<std::unique_ptr<ClustersFile>> WriteClusters(const std::string& path,
                                                    const DedupIndex& index,
                                                    const DedupDecision& decision,
                                                    const std::vector<std::string>& names);

}  // namespace hubmill
