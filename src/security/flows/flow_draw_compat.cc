#include "security/flows/flow_draw_compat.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <unordered_map>
#include <unordered_set>

#include "base/pcg64.h"
#include "base/python_random.h"

namespace hubmill {
namespace {

using Rows = std::vector<int64_t>;

constexpr size_t kStreamBufferRows = 1000;  // buffer_size of IterableDataset.shuffle.
constexpr size_t kStreamShardsMax = 10;     // max_buffer_input_shards.
constexpr size_t kStreamBatchRows = kStreamBufferRows / kStreamShardsMax;

/// The first of each hash, in order.
Rows FirstOfEach(const std::vector<FlowFacts>& flows, const Rows& rows) {
  std::unordered_set<uint64_t> seen;
  Rows first;
  for (const int64_t row : rows) {
    if (seen.insert(flows[size_t(row)].hash).second) first.push_back(row);
  }
  return first;
}

Rows OfClass(const std::vector<FlowFacts>& flows, const Rows& rows, bool malicious) {
  Rows out;
  for (const int64_t row : rows) {
    if (flows[size_t(row)].malicious == malicious) out.push_back(row);
  }
  return out;
}

void KeepFirst(int64_t count, Rows* rows) {
  rows->resize(std::min(rows->size(), size_t(std::max<int64_t>(count, 0))));
}

Rows AllRows(size_t count) {
  Rows rows(count);
  std::iota(rows.begin(), rows.end(), int64_t{0});
  return rows;
}

/// The batches that the shuffle buffer is fed with: shards in random order, up to ten read in
/// turns, a batch each.
std::vector<Rows> InterleavedBatches(const std::vector<int32_t>& files, uint32_t seed) {
  std::vector<Rows> shards;
  for (size_t row = 0; row < files.size(); ++row) {
    if (size_t(files[row]) >= shards.size()) shards.resize(size_t(files[row]) + 1);
    shards[size_t(files[row])].push_back(int64_t(row));
  }
  std::vector<size_t> order(shards.size());
  std::iota(order.begin(), order.end(), size_t{0});
  Pcg64(seed).Shuffle(std::span<size_t>(order));
  std::vector<Rows> queues(std::min(shards.size(), kStreamShardsMax));
  for (size_t i = 0, at = 0; i < queues.size(); ++i) {
    const bool one_more = i < shards.size() % queues.size();
    for (size_t end = at + shards.size() / queues.size() + (one_more ? 1 : 0); at < end; ++at) {
      const Rows& shard = shards[order[at]];
      queues[i].insert(queues[i].end(), shard.begin(), shard.end());
    }
  }
  std::vector<Rows> batches;
  size_t fed = 0;
  for (size_t start = 0; fed < files.size(); start += kStreamBatchRows) {
    for (const Rows& queue : queues) {
      if (start >= queue.size()) continue;
      const size_t end = std::min(queue.size(), start + kStreamBatchRows);
      batches.emplace_back(queue.begin() + ptrdiff_t(start), queue.begin() + ptrdiff_t(end));
      fed += end - start;
    }
  }
  return batches;
}

}  // namespace

std::vector<int64_t> StreamShuffle(const std::vector<int32_t>& files, uint32_t seed, int64_t take) {
  Pcg64 random(seed);
  Rows buffer, out;
  const auto yield = [&](size_t keep) {
    const Rows places = random.Permutation(int64_t(buffer.size()));
    Rows kept;
    for (size_t i = 0; i < places.size(); ++i) {
      Rows& to = i < places.size() - keep ? out : kept;
      to.push_back(buffer[size_t(places[i])]);
    }
    buffer = std::move(kept);
  };
  for (const Rows& batch : InterleavedBatches(files, seed)) {
    if (int64_t(out.size()) >= take) break;
    buffer.insert(buffer.end(), batch.begin(), batch.end());
    if (buffer.size() >= kStreamBufferRows) yield(kStreamBufferRows / 2);
  }
  if (int64_t(out.size()) < take) yield(0);
  KeepFirst(take, &out);
  return out;
}

DrawnSplit SplitOfMember(int64_t index, int64_t count) {
  if (index < int64_t(double(count) * 0.70)) return DrawnSplit::kTrain;
  return index < int64_t(double(count) * (0.70 + 0.15)) ? DrawnSplit::kDev : DrawnSplit::kTest;
}

FlowDraw DrawIot23(const std::vector<FlowFacts>& flows, int64_t limit, uint32_t seed) {
  const Rows unique = FirstOfEach(flows, AllRows(flows.size()));
  const int64_t per_class = std::max<int64_t>(1, std::min(limit / 2, int64_t(unique.size()) / 2));
  PythonRandom random(seed);
  Rows balanced;
  std::vector<Rows> pools = {OfClass(flows, unique, true), OfClass(flows, unique, false)};
  for (Rows& pool : pools) random.Shuffle(std::span<int64_t>(pool));
  for (Rows& pool : pools) {
    KeepFirst(per_class, &pool);
    balanced.insert(balanced.end(), pool.begin(), pool.end());
  }
  std::unordered_map<int32_t, size_t> place_of;
  std::vector<Rows> groups;
  for (const int64_t row : balanced) {
    const auto place = place_of.emplace(flows[size_t(row)].group, groups.size());
    if (place.second) groups.emplace_back();
    groups[place.first->second].push_back(row);
  }
  FlowDraw draw;
  for (Rows& group : groups) {
    random.Shuffle(std::span<int64_t>(group));
    for (size_t i = 0; i < group.size(); ++i) {
      draw.rows.push_back({group[i], SplitOfMember(int64_t(i), int64_t(group.size()))});
    }
  }
  random.Shuffle(std::span<DrawnFlow>(draw.rows));
  draw.random_words = random.words();
  return draw;
}

FlowDraw DrawCic(const std::vector<FlowFacts>& flows, int64_t rows, uint32_t seed) {
  std::vector<int32_t> files;
  for (const FlowFacts& flow : flows) files.push_back(flow.file);
  Rows unique = FirstOfEach(flows, StreamShuffle(files, seed, 10 * rows));
  Rows malicious = OfClass(flows, unique, true);
  if (malicious.empty()) {
    unique = FirstOfEach(flows, StreamShuffle(files, seed + 1, 30 * rows));
    malicious = OfClass(flows, unique, true);
  }
  Rows benign = OfClass(flows, unique, false);
  PythonRandom random(seed);
  FlowDraw draw;
  Rows chosen;
  if (malicious.empty()) {
    chosen = std::move(benign);
    KeepFirst(rows, &chosen);
  } else {
    const int64_t bad = std::min(rows / 2, int64_t(malicious.size()));
    random.Shuffle(std::span<int64_t>(malicious));
    random.Shuffle(std::span<int64_t>(benign));
    KeepFirst(bad, &malicious);
    KeepFirst(rows - bad, &benign);
    chosen = std::move(malicious);
    chosen.insert(chosen.end(), benign.begin(), benign.end());
    random.Shuffle(std::span<int64_t>(chosen));
  }
  for (const int64_t row : chosen) draw.rows.push_back({row, DrawnSplit::kOod});
  draw.random_words = random.words();
  return draw;
}

FlowDraw DrawUnsw(const std::vector<FlowFacts>& flows, int64_t rows, uint32_t seed,
                  int64_t skip_words) {
  Rows drawn = Pcg64(seed).Permutation(int64_t(flows.size()));
  KeepFirst(3 * rows, &drawn);
  Rows unique = FirstOfEach(flows, drawn);
  PythonRandom random(seed);
  random.Skip(skip_words);
  random.Shuffle(std::span<int64_t>(unique));
  KeepFirst(rows, &unique);
  FlowDraw draw;
  for (const int64_t row : unique) draw.rows.push_back({row, DrawnSplit::kOod});
  draw.random_words = random.words();
  return draw;
}

}  // namespace hubmill
