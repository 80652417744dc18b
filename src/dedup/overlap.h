// Decontamination: rows that share a run of words with other data, an evaluation set say.
//
// A row overlaps if one of its runs of `ngram` words stands in the other data, or, with
// `share_min`, so many of its runs.  A text of the other data with fewer words overlaps a row that
// is the same words and no others; one of fewer than kOverlapWordsLeast is passed over: "8" or
// "Yes." would be everywhere.  The same rules as llm/evaluation_overlap.h, which keeps no places.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "core/stage.h"
#include "dedup/column_counts.h"
#include "dedup/ngram_table.h"
#include "dedup/row_places.h"

namespace hubmill {

inline constexpr size_t kOverlapWordsLeast = 5;
inline constexpr char kOverlap[] = "overlap";  // Why a row goes.

struct OverlapOptions {
  std::string text = "text";  // The column that is compared, in both.
  int ngram = 13;             // Words, 1 to 64.
  double share_min = 0;       // Of a row's runs of words, 0 to 1; one run is always asked for.
};

/// Remembers the runs of words of other data: at most 36 bytes a different one, and 4 a row.
class OtherNgrams final : public Decider {
 public:
  explicit OtherNgrams(const OverlapOptions& options) : options_(options) {}

  /// After the last row.
  void Finish() { table_.Finish(); }

  Result<std::shared_ptr<arrow::Schema>> Bind(const std::shared_ptr<arrow::Schema>& input) override;
  Result<std::unique_ptr<Prepared>> Prepare(const Batch& input) const override;
  Result<Applied> Decide(const Batch& input, const Prepared& prepared) override;

  const NgramTable& table() const { return table_; }
  RowPlace PlaceOf(uint32_t row) const { return places_.At(row); }
  int64_t rows_passed_over() const { return rows_passed_over_; }

 private:
  const OverlapOptions options_;
  int text_column_ = -1;
  NgramTable table_;
  RowPlaces places_;  // Of rows that can be found.
  int64_t rows_passed_over_ = 0;
};

/// A row that goes, and why.
struct OverlapRow {
  RowPlace row;
  RowPlace other;          // The first row of the other data with the first shared run of words.
  std::string_view words;  // That run, as it stands in the row.
  int64_t word = 0;        // Its first word in the row, from 1.
  int64_t ngrams = 0;      // Runs of words of the row,
  int64_t shared = 0;      // and how many of them are in the other data.
};

/// Drops the rows that overlap.  Both arguments must outlive this; `other` is finished.
class OverlapCheck final : public Decider {
 public:
  using Visit = std::function<Status(const OverlapRow&)>;
  OverlapCheck(const OverlapOptions& options, const OtherNgrams& other)
      : options_(options), other_(other) {}

  /// From here on `visit` is called for each row that goes, in order.
  void BeginVisits(Visit visit) { visit_ = std::move(visit); }

  /// After a pass: refuses a column that no row has.
  Status CheckColumnsSeen() const { return values_.Check({options_.text, "", ""}); }

  int64_t rows_dropped() const { return rows_dropped_; }  // In that pass.

  Result<std::shared_ptr<arrow::Schema>> Bind(const std::shared_ptr<arrow::Schema>& input) override;
  Result<std::unique_ptr<Prepared>> Prepare(const Batch& input) const override;
  Result<Applied> Decide(const Batch& input, const Prepared& prepared) override;
  Status Finish(std::map<std::string, int64_t>* counts) override;

 private:
  const OverlapOptions options_;
  const OtherNgrams& other_;
  Visit visit_;
  int text_column_ = -1;
  ColumnCounts values_;
  int64_t rows_dropped_ = 0;
};

}  // namespace hubmill
