// What a repository publishes already, as a reader sees it: its card, and where that names no files
// what the `datasets` library infers from their names.
//
// The library infers only while no config names files.  The first config that a publish adds would
// hide everything else, so what was inferred is written out in the same commit.  Likewise a config
// with a `data_dir`, once it is published: patterns of files that it gets would begin there.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "hub/card_text.h"
#include "hub/hub_types.h"

namespace hubmill {

struct PublishedCard {
  Card card;  // With the files of inferred configs; all paths from the repository's top.
  std::vector<std::string> inferred;  // Names of configs whose files the card does not name so.
};

/// The format that the `datasets` library reads `path` as: "parquet", "json", "csv", "text",
/// "arrow"; empty where it holds no rows.
std::string_view DataFormatOf(std::string_view path);

/// kDataRefused where `readme` cannot be read.
Result<PublishedCard> ReadPublishedCard(std::string_view readme,
                                        const std::map<std::string, TreeEntry>& files);

}  // namespace hubmill
