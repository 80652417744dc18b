// A run's hash is a polynomial of its words' hashes, so moving on by a word is two multiplications;
// it is mixed at the end, since neighbours differ in the low bits most.
#include "text/ngrams.h"

#include "base/utf8.h"
#include "text/words.h"

namespace hubmill {
namespace {

constexpr uint64_t kBase = 0x9E3779B97F4A7C15;  // Odd.

uint64_t Append(uint64_t hash, uint32_t word) { return hash * kBase + word + 1; }

uint64_t Mixed(uint64_t hash) {
  hash ^= hash >> 32;
  hash *= 0xD6E8FEB86659FD93;
  return hash ^ hash >> 32;
}

}  // namespace

void HashNgrams(std::string_view text, size_t ngram, std::vector<uint32_t>* words,
                std::vector<uint64_t>* ngrams) {
  words->clear();
  ngrams->clear();
  HashWords(text, words);
  if (words->size() < ngram) return;
  ngrams->reserve(words->size() - ngram + 1);
  uint64_t leaving = 1;  // What the first word of a run is multiplied by when it goes.
  for (size_t i = 0; i < ngram; ++i) leaving *= kBase;
  uint64_t hash = 0;
  for (size_t i = 0; i < words->size(); ++i) {
    hash = Append(hash, (*words)[i]);
    if (i >= ngram) hash -= leaving * (uint64_t{(*words)[i - ngram]} + 1);
    if (i + 1 >= ngram) ngrams->push_back(Mixed(hash));
  }
}

uint64_t HashOfAllWords(const std::vector<uint32_t>& words) {
  uint64_t hash = 0;
  for (const uint32_t word : words) hash = Append(hash, word);
  return Mixed(hash);
}

std::string_view WordsOf(std::string_view text, size_t first, size_t count) {
  size_t begin = text.size();
  size_t end = text.size();
  size_t word = 0;    // Of the words that are closed or open, the last one's number from 1.
  bool open = false;  // A word of several characters goes on.
  for (size_t at = 0; at < text.size();) {
    const Utf8Char c = DecodeUtf8(text, at);
    const WordClass kind = c.valid ? ClassOfCharacter(c.code_point) : WordClass::kSeparator;
    if (kind == WordClass::kWholeWord || (kind == WordClass::kPartOfWord && !open)) {
      if (word++ == first) begin = at;
      if (word > first + count) break;
    }
    open = kind == WordClass::kPartOfWord;
    at += c.size_bytes;
    if (kind != WordClass::kSeparator && word > first) end = at;
  }
  return begin < text.size() ? text.substr(begin, end - begin) : std::string_view();
}

}  // namespace hubmill
