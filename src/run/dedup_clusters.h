// The clusters of `hubmill dedup` as a table: why each row went.
#pragma once

#include <memory>
#include <vector>

#include "core/source.h"
#include "dedup/decision.h"
#include "io/output_folder.h"

namespace hubmill {

/// Writes `file`, and leaves its Commit() to the caller: Parquet with a row for each row of a
/// cluster of more than one, in input order: id (FILE:ROW), cluster (the id of its first row),
/// size, kept, representative (the id of the row that stays for it), estimated (share of equal
/// minima; near), exact (Jaccard index; verified), other (the row is of --against), file_bytes
/// (of the file of `id`, by which a reader tells that it is still that one).  `files` by number.
Status WriteClusters(const SingleFile& file, const DedupIndex& index, const DedupDecision& decision,
                     const std::vector<SourceFile>& files);

}  // namespace hubmill
