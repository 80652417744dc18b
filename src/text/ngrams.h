// Runs of words: what two texts share word for word, of which text/words.h says what a word is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace hubmill {

/// Hashes of the words [i, i + ngram) for each i, in order; none of a text of fewer words.
/// `words` is scratch and holds the words' hashes afterwards.  Thread-safe.  REQUIRES: ngram >= 1.
void HashNgrams(std::string_view text, size_t ngram, std::vector<uint32_t>* words,
                std::vector<uint64_t>* ngrams);

/// The hash of all words of a text, by those that HashNgrams() found.
uint64_t HashOfAllWords(const std::vector<uint32_t>& words);

/// From the start of word `first` (0-based) to the end of `count` words, as they stand in `text`;
/// to its last word where there are fewer.
std::string_view WordsOf(std::string_view text, size_t first, size_t count);

}  // namespace hubmill
