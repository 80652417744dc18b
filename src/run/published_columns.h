// The columns of published data whose card does not state them, from the data itself: a Parquet
// file's footer, the first line of JSON lines, the header of CSV; a few megabytes at most, whatever
// the file's size.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hub/card_text.h"
#include "hub/client.h"

namespace hubmill {

/// The columns of `file`; nothing where its format does not tell them cheaply.  A line of JSON does
/// not tell types exactly, and a CSV header none, so what could well be of a type in `fresh` is
/// taken for it.
Result<std::optional<std::vector<CardFeature>>> ReadColumns(HubClient& hub, const RepoId& repo,
                                                            const std::string& commit,
                                                            const TreeEntry& file,
                                                            const std::vector<CardFeature>& fresh);

}  // namespace hubmill
