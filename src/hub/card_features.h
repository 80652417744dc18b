// The parts of a card as YAML: reading nodes, writing lines.  Internal to hub/.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>
#include <string_view>
#include <vector>

#include "hub/card_text.h"

namespace hubmill {

inline constexpr int kCardNodesMax = 200'000;  // Read from one card; stops alias bombs.
inline constexpr int kFeatureDepthMax = 64;

/// Counts what is read of a card.  Exceeding a bound throws YAML::Exception, as a syntax error
/// does.
class CardReader {
 public:
  std::vector<CardFeature> Features(const YAML::Node& list, int depth = 0);
  /// `data_files` in any of its forms: text, list of texts, mapping, list of {split, path}.
  std::vector<CardSplit> DataFiles(const YAML::Node& node);
  /// `splits` of dataset_info.
  std::vector<CardSplit> Splits(const YAML::Node& list);
  /// The text of a scalar, empty for anything else.
  std::string Text(const YAML::Node& node);
  int64_t Int(const YAML::Node& node, int64_t otherwise);

 private:
  void Count(const YAML::Node& at, int depth);
  CardFeature Type(const YAML::Node& node, int depth);
  CardFeature Element(const YAML::Node& node, int depth);
  std::vector<std::string> Texts(const YAML::Node& node);
  /// The texts of {"0": …, "1": …} by their numbers; none where one is missing.
  std::vector<std::string> NumberedTexts(const YAML::Node& map, int depth);
  int nodes_ = 0;
};

/// A YAML scalar: plain where that is safe, else in double quotes.
std::string YamlScalar(std::string_view text);

/// Lines, each with `\n`, indented by `indent` spaces.
std::string RenderFeatures(const std::vector<CardFeature>& features, size_t indent);
/// An item "- split: ..." of data_files.
std::string RenderDataFiles(const CardSplit& split, size_t indent);
/// An item "- name: ..." of splits.
std::string RenderSplit(const CardSplit& split, size_t indent);

}  // namespace hubmill
