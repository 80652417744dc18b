// What a version of a repository says of itself: in its card, in dataset_metadata.json, in the
// message of its commit.  The recipe writes these texts, and names what it cannot know:
//
//   ${repo} ${owner}              alice/chats, alice
//   ${tag} ${message}             v20251029_143052, the commit's message
//   ${time} ${created_at}         20251029_143052, 2025-10-29T14:30:52.123456+00:00
//   ${rows} ${rows.SPLIT}         of what is published
//   ${splits} ${sha256}           {"train": 80, …}, {"data/train-….parquet": "…", …}
//   ${size_category}              n<1K, 1K<n<10K, … as the Hub has them
//   ${labels}                     a table of the class labels: | Label | ID |
//
// (in a recipe $${repo}, since ${repo} alone is a parameter).  Anything else stays as it is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/setting.h"
#include "run/output_contents.h"

namespace hubmill {

struct VersionFacts {
  std::string repo;
  std::string tag;
  std::string message;
  int64_t unix_micros = 0;  // When it was made.
  const OutputContents* contents = nullptr;
};

/// %Y %m %d %H %M %S of the UTC time; any other text stays.
std::string ExpandTime(std::string_view pattern, int64_t unix_micros);

std::string ExpandFacts(std::string_view text, const VersionFacts& facts);

/// Four spaces an indent, ASCII only, no line end, keys in the order written: as Python's
/// json.dump(…, indent=4) writes it.  A text that is one fact alone is a number or an object.
std::string RenderMetadata(const Setting& metadata, const VersionFacts& facts);

/// `readme`, which has a front matter, with the keys of `more` at its top.
std::string WithFrontMatter(const std::string& readme, const Setting& more,
                            const VersionFacts& facts);

/// `readme` whose front matter says anew what the version before wrote there, of the keys of
/// `more`: the size category, where it is one of the Hub's, and a text that `earlier`, that
/// version's RenderMetadata(), gives for the key, too.  What a person wrote there stays.
std::string WithOurKeys(std::string readme, const Setting& more, const std::string& earlier,
                        const VersionFacts& facts);

/// `readme` with the keys of `keys` in its front matter, whatever it has under them; as
/// SetCardKeys().
Result<std::string> WithSetKeys(const std::string& readme, const Setting& keys,
                                const VersionFacts& facts);

/// The tag of the version that `json`, an earlier RenderMetadata(), tells of; empty where it tells
/// none.
std::string TagInMetadata(const Setting& metadata, const std::string& json);

}  // namespace hubmill
