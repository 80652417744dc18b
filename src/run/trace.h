// hubmill trace: from a row's id back to where the row comes from.
//
// An output folder's manifest names its files, its lineage the source row of each row, and the
// indexes of ids (io/id_index.h) where a row lies.  A row that was made from an output folder is
// followed through it as long as that folder is there.  Without an index, or without a manifest (a
// folder of Parquet files that somebody else wrote), the id columns are read instead.
#pragma once

#include <string>
#include <vector>

#include "core/executor.h"

namespace hubmill {

struct TraceOptions {
  std::string where;  // Folder; or a repository as OWNER/NAME or hub://OWNER/NAME@REVISION.
  std::string id;
  std::string column = "id";
  int threads = 0;  // 0: one a core.
  std::string hub;  // As RunOptions has them.
  std::string hub_token;
};

/// One JSON object: id; found (dataset, file and row of each place); source (dataset, split, file,
/// row, uuid, as the row's columns say); lineage (file and row of each step back, per place); row
/// (all columns but the text).  An id that is nowhere is kDataRefused.
Result<std::string> RunTrace(const TraceOptions& options, Progress* progress);

}  // namespace hubmill
