// A data card: README.md, whose front matter (YAML between two lines of ---) tells the `datasets`
// library which files belong to which config and split, and of what types their columns are.
//
// Publishing changes two keys of it, `configs` and `dataset_info`, and of these only the configs it
// publishes.  Everything else is other people's text and stays byte for byte: order, comments,
// unknown keys, quoting, line ends.  So yaml-cpp only reads; writing replaces whole lines, found by
// their indentation, and the result is read again before it is believed.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.h"

namespace hubmill {

inline constexpr size_t kCardBytesMax = 16 << 20;
inline constexpr size_t kFrontMatterBytesMax = 4 << 20;

/// A column's type as `dataset_info` writes it, for example {"dtype", "string"}.
struct CardFeature {
  enum class Kind { kValue = 0, kClassLabel = 1, kList = 2, kStruct = 3 };
  std::string name;  // Empty for a list's element.
  Kind kind = Kind::kValue;
  std::string dtype;                  // kValue: "string", "int64", ...
  std::vector<std::string> labels;    // kClassLabel
  std::vector<CardFeature> children;  // kList: one; kStruct: the fields.
  int64_t length = -1;                // kList of fixed length.

  bool operator==(const CardFeature&) const = default;
};

struct CardSplit {
  std::string name;
  int64_t bytes = 0;  // In memory.
  int64_t rows = 0;
  std::vector<std::string> paths;  // Of data files; globs allowed.

  bool operator==(const CardSplit&) const = default;
};

/// How much of a config's dataset_info MergeCard() writes.
enum class CardInfo {
  kWhole = 0,
  kFeatures =
      1,      // No counts: of some of its splits nobody knows them, and readers want all or none.
  kNone = 2,  // What is there stays.
};

struct CardConfig {
  std::string name = "default";
  bool is_default = false;  // Of several configs.
  std::vector<CardFeature> features;
  std::vector<CardSplit> splits;
  std::string data_dir;         // Where the files lie that no split names; read, never written.
  int64_t download_bytes = -1;  // -1: not said.
  bool listed = false;          // Whether `configs` has it; read, never written.
  CardInfo info = CardInfo::kWhole;
};

/// What a card says about its configs.  Features of a type unknown to us are kValue with a dtype
/// "?".
struct Card {
  std::vector<CardConfig> configs;

  const CardConfig* Find(std::string_view name) const;
};

/// Reads the front matter of `readme`; no front matter, or an empty text, is an empty card.  Broken
/// YAML and a card that is not UTF-8 are kDataRefused.
Result<Card> ParseCard(std::string_view readme);

/// The text for people: what stands below the front matter.
std::string_view CardBodyOf(std::string_view readme);

/// `readme` with the configs in `updates` set to what they say and those in `drops` removed; other
/// configs and all other text stay byte for byte.  Splits of an updated config that `updates` does
/// not name stay too, as does its `default: true`.
Result<std::string> MergeCard(std::string_view readme, const std::vector<CardConfig>& updates,
                              const std::vector<std::string>& drops = {});

/// Differences between a published config's features and new ones, one line each, for example
/// "column=label published=class_label new=int64".  Empty where both agree, where one says nothing,
/// and where whole numbers (int64) get names (class_label).
std::vector<std::string> CompareFeatures(const std::vector<CardFeature>& published,
                                         const std::vector<CardFeature>& fresh);

/// The value of the `huggingface` key of a Parquet schema: {"info": {"features": ...}}.
std::string HuggingfaceMetadata(const std::vector<CardFeature>& features);

}  // namespace hubmill
