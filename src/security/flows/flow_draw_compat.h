// Which rows the original's scripts draw, in which order and split, from what they know of each
// row: its hash, its answer and, of IoT-23, its group.  Bit for bit, by the generators of CPython
// and NumPy that they use.
#pragma once

#include <cstdint>
#include <vector>

namespace hubmill {

struct FlowFacts {
  uint64_t hash = 0;
  int32_t group = 0;  // Of scenario and raw label; any numbering.
  int32_t file = 0;   // Index of the source file: a shard.
  bool malicious = false;
};

enum class DrawnSplit : uint8_t { kTrain, kDev, kTest, kOod };

struct DrawnFlow {
  int64_t row = 0;
  DrawnSplit split = DrawnSplit::kOod;
};

struct FlowDraw {
  std::vector<DrawnFlow> rows;
  int64_t random_words = 0;  // Of CPython's generator, drawn up to here, those skipped included.
};

FlowDraw DrawIot23(const std::vector<FlowFacts>& flows, int64_t limit, uint32_t seed);

/// The first draw of a run of the out-of-distribution script.
FlowDraw DrawCic(const std::vector<FlowFacts>& flows, int64_t rows, uint32_t seed);

/// Goes on with the generator behind `skip_words`, which DrawCic() told.
FlowDraw DrawUnsw(const std::vector<FlowFacts>& flows, int64_t rows, uint32_t seed,
                  int64_t skip_words);

/// The first `take` rows of `IterableDataset.shuffle(seed)` of datasets 5.2.0 over rows of these
/// files, in order.
std::vector<int64_t> StreamShuffle(const std::vector<int32_t>& files, uint32_t seed, int64_t take);

/// int(n * 0.70) train rows, up to int(n * (0.70 + 0.15)) dev rows, the rest test.
DrawnSplit SplitOfMember(int64_t index, int64_t count);

}  // namespace hubmill
