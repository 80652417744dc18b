#include "dedup/decision.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

namespace hubmill {
namespace {

/// Rows of clusters of more than one, by cluster.
struct Members {
  std::vector<uint32_t> rows;
  std::vector<size_t> ends;  // Of the clusters.
};

Members MembersOf(const std::vector<uint32_t>& roots) {
  std::vector<uint32_t> sizes(roots.size());
  for (const uint32_t root : roots) ++sizes[root];
  Members members;
  for (uint32_t row = 0; row < roots.size(); ++row) {
    if (sizes[roots[row]] > 1) members.rows.push_back(row);
  }
  std::stable_sort(members.rows.begin(), members.rows.end(),
                   [&](uint32_t a, uint32_t b) { return roots[a] < roots[b]; });
  for (size_t i = 0; i < members.rows.size(); ++i) {
    const bool last =
        i + 1 == members.rows.size() || roots[members.rows[i + 1]] != roots[members.rows[i]];
    if (last) members.ends.push_back(i + 1);
  }
  return members;
}

/// Compares the rows of one cluster.
class ClusterCheck {
 public:
  ClusterCheck(const DedupIndex& index, const LikenessOptions& options, const SketchPass& sketches,
               DedupDecision* decision)
      : index_(index), options_(options), sketches_(sketches), decision_(*decision) {}

  Status Check(std::span<const uint32_t> rows) {
    if (!options_.verify) return Describe(rows);
    std::vector<uint32_t> order(rows.begin(), rows.end());
    std::sort(order.begin(), order.end(),
              [&](uint32_t a, uint32_t b) { return index_.Ranks(a, b); });
    staying_.clear();
    for (const uint32_t row : order) ARROW_RETURN_NOT_OK(Place(row));
    return Status::OK();
  }

 private:
  struct Staying {
    uint32_t row;
    std::shared_ptr<const Sketch> sketch;
  };

  Status Describe(std::span<const uint32_t> rows) {
    for (const uint32_t row : rows) {
      ARROW_ASSIGN_OR_RAISE(const auto sketch, sketches_.At(row));
      ARROW_ASSIGN_OR_RAISE(const auto other, sketches_.At(decision_.representative[row]));
      decision_.likeness[row] = {float(EstimatedJaccard(*sketch, *other)), -1};
    }
    return Status::OK();
  }

  /// Finds the row that stays which is most like `row`, or has it stay.
  Status Place(uint32_t row) {
    ARROW_ASSIGN_OR_RAISE(const auto sketch, sketches_.At(row));
    const Staying* best = nullptr;
    Likeness like{0, 0};
    double best_exact = 0;
    for (const Staying& other : staying_) {
      if (other.sketch == sketch) {
        best = &other;
        best_exact = 1;
        like = {1, 1};
        break;
      }
      // 4 standard errors below the threshold an exact index above it is one in 30,000.
      const double estimated = EstimatedJaccard(*sketch, *other.sketch);
      const double margin = 2 / std::sqrt(double(sketch->minima.size()));
      if (estimated < options_.threshold - margin) continue;
      const double exact = ExactJaccard(*sketch, *other.sketch);
      if (exact > best_exact) {
        best = &other;
        best_exact = exact;
        like = {float(estimated), float(exact)};
      }
    }
    if (best != nullptr && best_exact >= options_.threshold && row >= index_.foreign()) {
      decision_.representative[row] = best->row;
      decision_.likeness[row] = like;
      return Status::OK();
    }
    decision_.representative[row] = row;
    decision_.likeness[row] = {1, 1};
    if (row >= index_.foreign() && !staying_.empty()) ++decision_.kept_by_check;
    if (best != nullptr && best_exact == 1) return Status::OK();  // Foreign, and there already.
    if (staying_.size() < kComparedMax) {
      staying_.push_back({row, sketch});
    } else {
      ++decision_.not_compared;
    }
    return Status::OK();
  }

  const DedupIndex& index_;
  const LikenessOptions& options_;
  const SketchPass& sketches_;
  DedupDecision& decision_;
  std::vector<Staying> staying_;
};

}  // namespace

std::vector<uint32_t> OwnClusterSizes(const DedupIndex& index, const std::vector<uint32_t>& roots) {
  std::vector<uint32_t> sizes(roots.size());
  std::vector<bool> own(roots.size());
  for (uint32_t row = 0; row < roots.size(); ++row) {
    ++sizes[roots[row]];
    if (row >= index.foreign()) own[roots[row]] = true;
  }
  for (size_t root = 0; root < sizes.size(); ++root) {
    if (!own[root]) sizes[root] = 0;
  }
  return sizes;
}

DedupDecision DecideClusters(const DedupIndex& index, std::vector<uint32_t> roots) {
  DedupDecision decision{.roots = std::move(roots)};
  const auto rows = uint32_t(decision.roots.size());
  std::vector<uint32_t> best(rows);  // By root.
  std::iota(best.begin(), best.end(), 0U);
  for (uint32_t row = 0; row < rows; ++row) {
    const uint32_t root = decision.roots[row];
    if (index.Ranks(row, best[root])) best[root] = row;
  }
  for (const uint32_t size : OwnClusterSizes(index, decision.roots)) {
    decision.largest = std::max<int64_t>(decision.largest, size);
    if (size < 2) continue;
    ++decision.clusters;
    ++decision.by_size[size == 2 ? 0 : size < 10 ? 1 : size < 100 ? 2 : 3];
  }
  decision.representative.resize(rows);
  for (uint32_t row = 0; row < rows; ++row) {
    decision.representative[row] = row < index.foreign() ? row : best[decision.roots[row]];
  }
  return decision;
}

Status CompareClusters(const DedupIndex& index, const LikenessOptions& options,
                       SketchPass* sketches, const std::function<Status()>& pass,
                       DedupDecision* decision) {
  const Members members = MembersOf(decision->roots);
  ClusterCheck check(index, options, *sketches, decision);
  const int64_t minima_bytes = int64_t(index.hash().shape().bands) * index.hash().shape().rows * 4;
  size_t first = 0;  // In `ends`.
  while (first < members.ends.size()) {
    size_t last = first;
    int64_t bytes = 0;
    std::vector<bool> wanted(decision->roots.size());
    const size_t begin = first == 0 ? 0 : members.ends[first - 1];
    for (size_t i = begin; last < members.ends.size(); ++last) {
      if (last > first && bytes > options.memory_bytes_max) break;
      for (; i < members.ends[last]; ++i) {
        wanted[members.rows[i]] = true;
        bytes += minima_bytes + (options.verify ? index.text_bytes(members.rows[i]) : 0);
      }
    }
    sketches->BeginPass(std::move(wanted));
    ARROW_RETURN_NOT_OK(pass());
    for (size_t at = begin; first < last; ++first) {
      ARROW_RETURN_NOT_OK(
          check.Check(std::span(members.rows).subspan(at, members.ends[first] - at)));
      at = members.ends[first];
    }
  }
  return Status::OK();
}

}  // namespace hubmill
