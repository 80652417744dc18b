// A run's hash is a polynomial of its words' hashes, so moving on by a word is two multiplications.
#include "llm/evaluation_overlap.h"

#include <algorithm>

#include "text/words.h"

namespace hubmill {
namespace {

constexpr uint64_t kBase = 0x9E3779B97F4A7C15;  // Odd.
constexpr int kFilterBits = 24;

uint64_t Append(uint64_t hash, uint32_t word) { return hash * kBase + word + 1; }

/// Words that follow one another differ in the low bits most.
size_t FilterBit(uint64_t hash) { return (hash * kBase) >> (64 - kFilterBits); }

void SortUnique(std::vector<uint64_t>* hashes) {
  std::sort(hashes->begin(), hashes->end());
  hashes->erase(std::unique(hashes->begin(), hashes->end()), hashes->end());
}

uint64_t HashOfAll(const std::vector<uint32_t>& words) {
  uint64_t hash = 0;
  for (const uint32_t word : words) hash = Append(hash, word);
  return hash;
}

}  // namespace

EvaluationOverlap::EvaluationOverlap(int ngram)
    : ngram_(size_t(ngram)), filter_((size_t{1} << kFilterBits) / 64) {
  for (int i = 0; i < ngram; ++i) leaving_ *= kBase;
}

bool EvaluationOverlap::Add(std::string_view text) {
  std::vector<uint32_t> words;
  HashWords(text, &words);
  if (words.size() < size_t{kOverlapWordsMin}) return false;
  if (words.size() < ngram_) {
    whole_.push_back(HashOfAll(words));
    return true;
  }
  uint64_t hash = 0;
  for (size_t i = 0; i < words.size(); ++i) {
    hash = Append(hash, words[i]);
    if (i >= ngram_) hash -= leaving_ * (uint64_t{words[i - ngram_]} + 1);
    if (i + 1 >= ngram_) runs_.push_back(hash);
  }
  return true;
}

void EvaluationOverlap::Finish() {
  SortUnique(&runs_);
  SortUnique(&whole_);
  for (const uint64_t hash : runs_) {
    filter_[FilterBit(hash) / 64] |= uint64_t{1} << (FilterBit(hash) % 64);
  }
}

bool EvaluationOverlap::Overlaps(std::string_view text, std::vector<uint32_t>* words) const {
  words->clear();
  HashWords(text, words);
  if (words->size() < ngram_) {
    return !whole_.empty() && std::binary_search(whole_.begin(), whole_.end(), HashOfAll(*words));
  }
  uint64_t hash = 0;
  for (size_t i = 0; i < words->size(); ++i) {
    hash = Append(hash, (*words)[i]);
    if (i >= ngram_) hash -= leaving_ * (uint64_t{(*words)[i - ngram_]} + 1);
    if (i + 1 < ngram_) continue;
    const size_t bit = FilterBit(hash);
    if ((filter_[bit / 64] >> (bit % 64) & 1) == 0) continue;
    if (std::binary_search(runs_.begin(), runs_.end(), hash)) return true;
  }
  return false;
}

}  // namespace hubmill
