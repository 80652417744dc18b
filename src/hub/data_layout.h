// Which files of a repository are which split, as the `datasets` library finds them: by the card
// where it says so, else by how folders and files are called.
//
//   data/NAME-00000-of-00003.parquet              any split name, so `push_to_hub` writes
//   train/…  data/test-old/…                      a folder whose name holds a split's word
//   train.csv  my_validation_1.jsonl              a file whose name does
//   anything else                                 all of it is train
//
// The first of these that finds a file decides.  Words: train, training; validation, valid, dev,
// val; test, testing, eval, evaluation; between -, ., _, spaces and digits.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/uri_resolver.h"
#include "hub/card_text.h"
#include "hub/hub_address.h"

namespace hubmill {

/// The splits that `address` asks for and their files, of the sorted `paths` of its repository.
/// `reads` says which names the caller can read.  No such config or split is kWrongUsage and names
/// the nearest; a card that names files that are not there is kDataRefused.
/// REQUIRES: address.path is empty.
Result<std::vector<SplitPaths>> LayOutSplits(const HubAddress& address, const Card& card,
                                             const std::vector<std::string>& paths,
                                             const std::function<bool(std::string_view)>& reads);

/// The splits of a repository whose card names no files: by the names of folders and files alone.
/// Empty where nothing can be read.
std::vector<SplitPaths> SplitsByNames(const std::vector<std::string>& paths,
                                      const std::function<bool(std::string_view)>& reads);

}  // namespace hubmill
