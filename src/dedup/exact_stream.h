// Exact deduplication that keeps the first row: one pass, 24 bytes a different text.
#pragma once

#include <memory>
#include <string>

#include "core/stage.h"
#include "dedup/column_counts.h"
#include "stages/key_set.h"

namespace hubmill {

class ExactStream final : public Decider {
 public:
  /// `within` may be empty.
  ExactStream(std::string text, std::string within)
      : text_(std::move(text)), within_(std::move(within)) {}

  /// As DedupIndex has it.
  void BeginSource(bool json_groups) { json_groups_ = json_groups; }

  /// Before this the rows are only remembered, as those of other data; from here on rows are
  /// dropped.  `passed`: the only column of theirs that goes on (so the texts are freed, not copied
  /// along); empty: all do.
  void BeginOwn(std::string passed = "") {
    own_ = true;
    passed_ = std::move(passed);
    values_ = {};
  }

  /// As DedupIndex has it.
  Status CheckColumnsSeen() const { return values_.Check({text_, within_, ""}); }

  Result<std::shared_ptr<arrow::Schema>> Bind(const std::shared_ptr<arrow::Schema>& input) override;
  Result<std::unique_ptr<Prepared>> Prepare(const Batch& input) const override;
  Result<Applied> Decide(const Batch& input, const Prepared& prepared) override;

 private:
  std::string text_;
  std::string within_;
  int text_column_ = -1;
  int within_column_ = -1;
  std::string passed_;
  int passed_column_ = -1;
  std::shared_ptr<arrow::Schema> schema_;  // Of what goes on.
  bool own_ = false;
  bool json_groups_ = false;
  ColumnCounts values_;
  KeySet seen_;
  KeySet others_;
};

}  // namespace hubmill
