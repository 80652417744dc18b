// The option `query` of sources that read databases: a SELECT, or a map from splits to these.
#pragma once

#include <string>
#include <vector>

#include "core/registry.h"

namespace hubmill {

struct SplitQuery {
  std::string split;
  std::string sql;  // Without white space and semicolons at its end.
};

/// One query, of split train, or a map from splits to queries.  What is wrong is added to `errors`.
std::vector<SplitQuery> ReadSplitQueries(const Setting& setting, const OptionContext& context,
                                         ErrorList* errors);

/// Makes `entry` check its option `query`, too, for `hubmill recipe check`.
void AlsoCheckQueries(SourceEntry* entry);

}  // namespace hubmill
