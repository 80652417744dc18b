// The clusters of `hubmill dedup` as a table: why each row went.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dedup/decision.h"
#include "io/output_folder.h"

namespace hubmill {

/// Writes `file`, and leaves its Commit() to the caller: Parquet with a row for each row of a
/// cluster of more than one, in input order: id (FILE:ROW), cluster (the id of its first row),
/// size, kept, representative (the id of the row that stays for it), estimated (share of equal
/// minima; near), exact (Jaccard index; verified), other (the row is of --against).  `names`: of
/// files, by number.
Status WriteClusters(const SingleFile& file, const DedupIndex& index, const DedupDecision& decision,
                     const std::vector<std::string>& names);

}  // namespace hubmill
