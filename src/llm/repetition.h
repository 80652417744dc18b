// How much a text repeats itself.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace hubmill {

inline constexpr size_t kRepetitionRun = 10;  // Words.

/// Of all runs of kRepetitionRun words in `bodies`, the share that stood there before: 0 for prose,
/// near 1 for a model that went round in circles.  0 under 50 words.  `words` and `table` are
/// scratch.  Thread-safe.
double RepeatedShare(const std::vector<std::string_view>& bodies, std::vector<uint32_t>* words,
                     std::vector<uint64_t>* table);

}  // namespace hubmill
