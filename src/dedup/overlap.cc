#include "dedup/overlap.h"

#include "stages/columns.h"
#include "text/ngrams.h"

namespace hubmill {
namespace {

/// Runs of words of some rows.
struct RowNgrams : Prepared {
  struct Row {
    int64_t row;  // Of the batch.
    size_t end;   // In `ngrams`.
  };
  std::vector<Row> rows;
  std::vector<uint64_t> ngrams;
  int64_t passed_over = 0;
};

struct Overlapping : Prepared {
  struct Row {
    int64_t row;  // Of the batch.
    uint32_t other;
    size_t word;  // From 0.
    int64_t ngrams;
    int64_t shared;
  };
  std::vector<Row> rows;
  ColumnCounts values;
};

struct Scratch {
  std::vector<uint32_t> words;
  std::vector<uint64_t> ngrams;
};

}  // namespace

Result<std::shared_ptr<arrow::Schema>> OtherNgrams::Bind(
    const std::shared_ptr<arrow::Schema>& input) {
  ARROW_ASSIGN_OR_RAISE(text_column_, AnyTextColumnIndex(*input, options_.text));
  return input;
}

Result<std::unique_ptr<Prepared>> OtherNgrams::Prepare(const Batch& input) const {
  auto found = std::make_unique<RowNgrams>();
  ARROW_ASSIGN_OR_RAISE(const auto plain, PlainText(input.rows->column(text_column_)));
  const TextView texts(*plain);
  thread_local Scratch scratch;
  for (int64_t row = 0; row < texts.size(); ++row) {
    if (texts.IsNull(row)) continue;
    HashNgrams(texts[row], size_t(options_.ngram), &scratch.words, &scratch.ngrams);
    if (scratch.ngrams.empty() && scratch.words.size() < kOverlapWordsLeast) {
      ++found->passed_over;
      continue;
    }
    if (scratch.ngrams.empty()) scratch.ngrams.push_back(HashOfAllWords(scratch.words));
    found->ngrams.insert(found->ngrams.end(), scratch.ngrams.begin(), scratch.ngrams.end());
    found->rows.push_back({.row = row, .end = found->ngrams.size()});
  }
  return found;
}

Result<Applied> OtherNgrams::Decide(const Batch& input, const Prepared& prepared) {
  const auto& found = static_cast<const RowNgrams&>(prepared);
  rows_passed_over_ += found.passed_over;
  size_t at = 0;
  for (const RowNgrams::Row& row : found.rows) {
    const RowRun origin = input.origins.At(row.row);
    if (origin.row > kRowOfFileMax || places_.size() == UINT32_MAX) {
      return RunFailed("--against has more than 2^32 - 1 rows; remedy: run once for each part");
    }
    for (; at < row.end; ++at) table_.Insert(found.ngrams[at], places_.size());
    places_.Add({origin.file, origin.row});
  }
  return Applied{.rows = input.rows};
}

Result<std::shared_ptr<arrow::Schema>> OverlapCheck::Bind(
    const std::shared_ptr<arrow::Schema>& input) {
  ARROW_ASSIGN_OR_RAISE(text_column_, AnyTextColumnIndex(*input, options_.text));
  values_ = {};
  rows_dropped_ = 0;
  return input;
}

Result<std::unique_ptr<Prepared>> OverlapCheck::Prepare(const Batch& input) const {
  auto found = std::make_unique<Overlapping>();
  found->values = CountValues(*input.rows, {text_column_, -1, -1});
  ARROW_ASSIGN_OR_RAISE(const auto plain, PlainText(input.rows->column(text_column_)));
  const TextView texts(*plain);
  thread_local Scratch scratch;
  for (int64_t row = 0; row < texts.size(); ++row) {
    if (texts.IsNull(row)) continue;
    HashNgrams(texts[row], size_t(options_.ngram), &scratch.words, &scratch.ngrams);
    if (scratch.ngrams.empty() && scratch.words.empty()) continue;
    if (scratch.ngrams.empty()) scratch.ngrams.push_back(HashOfAllWords(scratch.words));
    Overlapping::Row like{.row = row, .ngrams = int64_t(scratch.ngrams.size())};
    for (size_t i = 0; i < scratch.ngrams.size(); ++i) {
      const auto other = other_.table().Find(scratch.ngrams[i]);
      if (!other) continue;
      if (like.shared++ > 0) continue;
      like.other = *other;
      like.word = i;
    }
    if (like.shared == 0) continue;
    // A share as one writes it down: 0.29 * 100 is more than 29, and 29.0 / 100 is 0.29.
    if (double(like.shared) / double(like.ngrams) < options_.share_min) continue;
    found->rows.push_back(like);
  }
  return found;
}

Result<Applied> OverlapCheck::Decide(const Batch& input, const Prepared& prepared) {
  const auto& found = static_cast<const Overlapping&>(prepared);
  values_.Add(found.values);
  rows_dropped_ += int64_t(found.rows.size());
  Applied applied{.rows = input.rows};
  ARROW_ASSIGN_OR_RAISE(const auto plain, PlainText(input.rows->column(text_column_)));
  const TextView texts(*plain);
  for (const Overlapping::Row& row : found.rows) {
    applied.drops.push_back({.row = row.row, .reason = kOverlap});
    if (!visit_) continue;
    const RowRun origin = input.origins.At(row.row);
    ARROW_RETURN_NOT_OK(visit_({.row = {origin.file, origin.row},
                                .other = other_.PlaceOf(row.other),
                                .words = WordsOf(texts[row.row], row.word, size_t(options_.ngram)),
                                .word = int64_t(row.word) + 1,
                                .ngrams = row.ngrams,
                                .shared = row.shared}));
  }
  return applied;
}

Status OverlapCheck::Finish(std::map<std::string, int64_t>* counts) {
  (*counts)["other_ngrams"] = other_.table().size();
  (*counts)["other_rows_too_short"] = other_.rows_passed_over();
  return Status::OK();
}

}  // namespace hubmill
