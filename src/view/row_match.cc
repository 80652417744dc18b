#include "view/row_match.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "core/parallel.h"

namespace hubmill {
namespace {

int64_t RankOf(const RowPair& pair) { return pair.before >= 0 ? pair.before : pair.now; }

bool Before(const RowPair& a, const RowPair& b) {
  return std::tuple(RankOf(a), a.now) < std::tuple(RankOf(b), b.now);
}

/// Keeps the lowest; cuts now and then, so that adding stays cheap.
void Keep(const RowPair& pair, size_t samples_max, std::vector<RowPair>* rows) {
  rows->push_back(pair);
  if (rows->size() < 2 * samples_max + 64) return;
  std::sort(rows->begin(), rows->end(), Before);
  rows->resize(samples_max);
}

void Cut(size_t samples_max, std::vector<RowPair>* rows) {
  std::sort(rows->begin(), rows->end(), Before);
  rows->resize(std::min(rows->size(), samples_max));
}

using Entries = std::vector<RowEntry>;

class PartMatch {
 public:
  PartMatch(bool keyed, size_t samples_max) : keyed_(keyed), samples_max_(samples_max) {}

  void Use(std::span<const RowEntry> group) {
    const auto middle =
        std::partition_point(group.begin(), group.end(), [](const auto& e) { return !e.second(); });
    const std::span before(group.begin(), middle);
    const std::span now(middle, group.end());
    if (keyed_) NoteDuplicates(before, now);
    if (before.size() == 1 && now.size() == 1) {
      Pair(before[0], now[0]);
      return;
    }
    Entries left_before(before.begin(), before.end());
    Entries left_now(now.begin(), now.end());
    PairEqual(&left_before, &left_now);
    const size_t pairs = std::min(left_before.size(), left_now.size());
    for (size_t i = 0; i < pairs; ++i) Pair(left_before[i], left_now[i]);
    for (size_t i = pairs; i < left_before.size(); ++i) {
      ++match_.removed;
      Keep({.before = left_before[i].row()}, samples_max_, &match_.removed_rows);
    }
    for (size_t i = pairs; i < left_now.size(); ++i) {
      ++match_.added;
      Keep({.now = left_now[i].row()}, samples_max_, &match_.added_rows);
    }
  }

  RowMatch& match() { return match_; }

 private:
  void Pair(const RowEntry& before, const RowEntry& now) {
    if (before.rest == now.rest) {
      ++match_.same;
    } else {
      match_.changed.push_back({before.row(), now.row()});
    }
  }

  void NoteDuplicates(std::span<const RowEntry> before, std::span<const RowEntry> now) {
    if (before.size() <= 1 && now.size() <= 1) return;
    const auto note = [](std::span<const RowEntry> rows, DuplicateKeys* duplicates) {
      if (rows.size() <= 1) return;
      ++duplicates->keys;
      duplicates->rows += static_cast<int64_t>(rows.size());
    };
    note(before, &match_.duplicates_before);
    note(now, &match_.duplicates_now);
    Keep({before.empty() ? -1 : before[0].row(), now.empty() ? -1 : now[0].row()}, samples_max_,
         &match_.duplicate_rows);
  }

  /// Takes equal rows out of both, the first ones first, and leaves the others in row order.
  void PairEqual(Entries* before, Entries* now) {
    const auto by_rest = [](const RowEntry& a, const RowEntry& b) {
      return std::tie(a.rest, a.place) < std::tie(b.rest, b.place);
    };
    std::sort(before->begin(), before->end(), by_rest);
    std::sort(now->begin(), now->end(), by_rest);
    Entries left_before;
    Entries left_now;
    size_t i = 0;
    size_t j = 0;
    while (i < before->size() && j < now->size()) {
      const RowEntry& a = (*before)[i];
      const RowEntry& b = (*now)[j];
      if (a.rest == b.rest) {
        ++match_.same;
        ++i;
        ++j;
      } else if (a.rest < b.rest) {
        left_before.push_back(a);
        ++i;
      } else {
        left_now.push_back(b);
        ++j;
      }
    }
    left_before.insert(left_before.end(), before->begin() + int64_t(i), before->end());
    left_now.insert(left_now.end(), now->begin() + int64_t(j), now->end());
    const auto by_row = [](const RowEntry& a, const RowEntry& b) { return a.place < b.place; };
    std::sort(left_before.begin(), left_before.end(), by_row);
    std::sort(left_now.begin(), left_now.end(), by_row);
    before->swap(left_before);
    now->swap(left_now);
  }

  const bool keyed_;
  const size_t samples_max_;
  RowMatch match_;
};

void Append(std::vector<RowPair>* rows, std::vector<RowPair>* more) {
  rows->insert(rows->end(), more->begin(), more->end());
  std::vector<RowPair>().swap(*more);
}

}  // namespace

Result<RowMatch> MatchRows(RowEntries& entries, bool keyed, size_t samples_max, int threads) {
  std::array<RowMatch, RowEntries::kParts> parts;
  ARROW_RETURN_NOT_OK(ForEachParallel(RowEntries::kParts, threads, [&](size_t part) -> Status {
    PartMatch match(keyed, samples_max);
    ARROW_RETURN_NOT_OK(
        entries.ForEachKey(part, [&](std::span<const RowEntry> group) { match.Use(group); }));
    parts[part] = std::move(match.match());
    return Status::OK();
  }));
  RowMatch all;
  for (RowMatch& part : parts) {
    all.same += part.same;
    all.added += part.added;
    all.removed += part.removed;
    all.duplicates_before.keys += part.duplicates_before.keys;
    all.duplicates_before.rows += part.duplicates_before.rows;
    all.duplicates_now.keys += part.duplicates_now.keys;
    all.duplicates_now.rows += part.duplicates_now.rows;
    Append(&all.changed, &part.changed);
    Append(&all.added_rows, &part.added_rows);
    Append(&all.removed_rows, &part.removed_rows);
    Append(&all.duplicate_rows, &part.duplicate_rows);
  }
  std::sort(all.changed.begin(), all.changed.end(), Before);
  Cut(samples_max, &all.added_rows);
  Cut(samples_max, &all.removed_rows);
  Cut(samples_max, &all.duplicate_rows);
  return all;
}

}  // namespace hubmill
