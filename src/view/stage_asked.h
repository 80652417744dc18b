// What each stage of a run was asked to do, in one line for people who wonder why a row went.
//
// It is made of manifest.json, in which every option is written out and secrets are hidden.
#pragma once

#include <cstddef>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>

namespace hubmill {

inline constexpr size_t kAskedBytesMax = 300;  // A longer line is cut, and ends with "...".

/// By data set and stage, each as the report names it: "filter: length(text) > 20", "dedup_near:
/// column=text, ngram=5".  Options that are empty or null, and `reason`, which stands beside it
/// anyway, are left out; a stage of which nothing is left is missing, as is what `manifest` does
/// not tell.
std::map<std::pair<std::string, std::string>, std::string> AskedOfStages(
    const nlohmann::ordered_json& manifest);

}  // namespace hubmill
