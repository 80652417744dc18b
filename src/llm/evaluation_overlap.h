// Whether a text holds what an evaluation set asks: by runs of words.
//
// A text overlaps an evaluation text if they share a run of `ngram` words (13, as the field has it
// since GPT-3); an evaluation text of fewer words overlaps a text that is the same words and no
// others.  Words are those of near-duplicate detection (text/words.h): case, punctuation and white
// space make no difference.  Evaluation texts under kOverlapWordsMin words are passed over: "8" or
// "Yes." would be everywhere.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace hubmill {

inline constexpr int kOverlapWordsMin = 5;

/// Add() texts, then Finish(), then Overlaps() from any thread.  Memory: 8 bytes a different run of
/// words, and 2 MiB.
class EvaluationOverlap {
 public:
  explicit EvaluationOverlap(int ngram);

  /// False where the text is too short to be looked for.
  bool Add(std::string_view text);
  void Finish();

  /// `words` is scratch.  REQUIRES: Finish() was called.
  bool Overlaps(std::string_view text, std::vector<uint32_t>* words) const;

  int64_t runs() const { return int64_t(runs_.size() + whole_.size()); }

 private:
  size_t ngram_;
  uint64_t leaving_ = 1;          // What the first word of a run is multiplied by.
  std::vector<uint64_t> runs_;    // Ascending.
  std::vector<uint64_t> whole_;   // Of short texts; ascending.
  std::vector<uint64_t> filter_;  // One bit for some of a hash: nearly all runs end here.
};

}  // namespace hubmill
