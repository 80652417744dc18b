// The words of a text, as near-duplicate detection compares them.
//
// A word is a longest run of word characters: letters, marks, numbers and connecting punctuation
// (Unicode categories L, M, N, Pc), under simple case folding, so "Straße" and "STRAẞE" are one
// word.  A character of a script that is written without spaces (Han, kana, Bopomofo, Thai, Lao,
// Khmer, Myanmar, Tibetan) is a word by itself: five "words" of Chinese are five characters.
// Everything else separates, broken UTF-8 included.  The tables are word_ranges.inc.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/simd_level.h"

namespace hubmill {

/// Appends a hash of each word of `text`, in order.  Equal words have equal hashes; two different
/// ones are mistaken for each other with probability 2^-32.  Never fails, whatever the bytes.
/// Thread-safe.
void HashWords(std::string_view text, std::vector<uint32_t>* words);

/// The same at one level of instructions; all levels give the same hashes.
void HashWordsAt(SimdLevel level, std::string_view text, std::vector<uint32_t>* words);

enum class WordClass : uint8_t { kSeparator = 0, kPartOfWord = 1, kWholeWord = 2 };

WordClass ClassOfCharacter(char32_t code_point);

/// Simple case folding: one code point to one.
char32_t FoldCase(char32_t code_point);

}  // namespace hubmill
