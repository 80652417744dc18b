// The rows that a table of clusters names, read from the files of the set that the table lies in.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "view/cluster_list.h"
#include "view/data_set.h"

namespace hubmill {

inline constexpr size_t kClusterRowBytesMax = 256 << 10;  // Of JSON; longer rows are not given.

/// For each row a JSON object of its columns, or "" where the set has no such file or row, or it is
/// too long.  A file is the one of the set whose path shares most with the end of the row's:
/// `dedup` may have been called from elsewhere.  JSON lines are read up to the last line that is
/// wanted.
Result<std::vector<std::string>> ReadClusterTexts(
    const DataPlace& place, const std::vector<ClusterRow>& rows,
    const std::function<Result<std::shared_ptr<RowTable>>(const InputFile&)>& open);

}  // namespace hubmill
