// DedupIndex: what of each row is compared, gathered in one pass over the inputs, and from it which
// rows belong together.
//
// Keys are taken on all threads (Prepare) and collected in row order (Decide), so that the answer
// is the same whatever the threads do.  No text is kept: 8 bytes a band and row (near; beyond
// `memory_bytes_max` in files) or 24 a row (exact), and 4 for its place, 4 for its length, 8 for
// its score where rows are ranked by these.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/hash.h"
#include "core/stage.h"
#include "dedup/column_counts.h"
#include "dedup/row_places.h"
#include "stages/near_clusters.h"
#include "text/minhash.h"

namespace hubmill {

/// The last two are no business of DedupIndex: stages/repeated_text.h, dedup/overlap.h.
enum class DedupMethod : uint8_t { kExact = 0, kNear = 1, kParagraph = 2, kOverlap = 3 };
/// kNone, of paragraphs only: what is repeated goes everywhere.
enum class DedupKeep : uint8_t { kFirst = 0, kLongest = 1, kBest = 2, kNone = 3 };

struct DedupIndexOptions {
  DedupMethod method = DedupMethod::kExact;
  std::string text = "text";  // The column that is compared; a null is equal to nothing.
  std::string within;         // Rows of different values here are never duplicates; empty: none.
  std::string
      best;  // kBest: a numeric column; the greatest (as float64) stays, a null is the least.
  DedupKeep keep = DedupKeep::kFirst;
  bool lengths = false;                         // Lengths of the texts are kept, for text_bytes().
  MinHashShape shape;                           // kNear.
  int64_t memory_bytes_max = int64_t{2} << 30;  // Of band keys.
  std::string spill_dir;                        // An existing folder.
};

class DedupIndex final : public Decider {
 public:
  explicit DedupIndex(DedupIndexOptions options);

  /// Before each source: its files are numbered from `file_base`, ascending; `json_groups`: its
  /// column `within` is text that holds JSON.
  void BeginSource(int32_t file_base, bool json_groups) {
    file_base_ = file_base;
    json_groups_ = json_groups;
  }

  /// From here on rows may be dropped; those before are only compared with.
  void BeginOwn() {
    foreign_ = places_.size();
    own_ = true;
    values_ = {};
    rows_seen_ = 0;
  }

  /// After our own rows: refuses a column that none of them has, as a name that is mistyped.
  Status CheckColumnsSeen() const {
    return values_.Check({options_.text, options_.within, options_.best});
  }

  Result<std::shared_ptr<arrow::Schema>> Bind(const std::shared_ptr<arrow::Schema>& input) override;
  Result<std::unique_ptr<Prepared>> Prepare(const Batch& input) const override;
  Result<Applied> Decide(const Batch& input, const Prepared& prepared) override;

  /// For each row of places() the first of those it belongs with.  Called once.
  Result<std::vector<uint32_t>> Roots(int threads);

  /// Whether of two rows that belong together `a` is the one to stay.
  bool Ranks(uint32_t a, uint32_t b) const;

  /// Of the row's text; REQUIRES: options().lengths.
  uint32_t text_bytes(uint32_t row) const { return text_bytes_[row]; }

  const RowPlaces& places() const { return places_; }  // Of the rows that are compared.
  uint32_t foreign() const { return foreign_; }        // How many of them are not ours.
  int64_t rows_seen() const { return rows_seen_; }     // Since BeginOwn(), compared or not.
  int64_t spilled_bytes() const { return clusters_.spilled_bytes(); }
  const MinHash& hash() const { return hash_; }
  const DedupIndexOptions& options() const { return options_; }

 private:
  struct ExactKey {
    Hash128 key;
    uint32_t row;
  };
  std::vector<uint32_t> ExactRoots();

  const DedupIndexOptions options_;
  const MinHash hash_;
  int text_column_ = -1;
  int within_column_ = -1;
  int best_column_ = -1;
  int32_t file_base_ = 0;
  bool json_groups_ = false;
  uint32_t foreign_ = 0;
  bool own_ = false;
  ColumnCounts values_;
  int64_t rows_seen_ = 0;
  RowPlaces places_;
  NearClusters clusters_;             // kNear.
  std::vector<ExactKey> exact_;       // kExact.
  std::vector<uint32_t> text_bytes_;  // kLongest, or `lengths`.
  std::vector<double> scores_;        // kBest.
};

}  // namespace hubmill
