#include "llm/repetition.h"

#include <bit>

#include "text/words.h"

namespace hubmill {
namespace {

constexpr uint64_t kBase = 0x9E3779B97F4A7C15;  // Odd.
constexpr size_t kWordsMin = 50;

/// Puts `hash` into an open hash table of a power of two of slots, 0 for an empty one; false where
/// it was there.
bool Insert(uint64_t hash, std::vector<uint64_t>* table) {
  if (hash == 0) hash = 1;
  const size_t mask = table->size() - 1;
  for (size_t at = (hash * kBase) >> 20 & mask;; at = (at + 1) & mask) {
    if ((*table)[at] == hash) return false;
    if ((*table)[at] != 0) continue;
    (*table)[at] = hash;
    return true;
  }
}

}  // namespace

double RepeatedShare(const std::vector<std::string_view>& bodies, std::vector<uint32_t>* words,
                     std::vector<uint64_t>* table) {
  words->clear();
  for (const std::string_view body : bodies) HashWords(body, words);
  if (words->size() < kWordsMin) return 0;
  table->assign(std::bit_ceil(words->size() * 2), 0);
  uint64_t leaving = 1;
  for (size_t i = 0; i < kRepetitionRun; ++i) leaving *= kBase;
  uint64_t hash = 0;
  size_t repeated = 0;
  for (size_t i = 0; i < words->size(); ++i) {
    hash = hash * kBase + (*words)[i] + 1;
    if (i >= kRepetitionRun) hash -= leaving * (uint64_t{(*words)[i - kRepetitionRun]} + 1);
    if (i + 1 >= kRepetitionRun && !Insert(hash, table)) ++repeated;
  }
  return double(repeated) / double(words->size() - kRepetitionRun + 1);
}

}  // namespace hubmill
