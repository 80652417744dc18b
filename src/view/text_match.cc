// Most texts that people look for are ASCII, or of a script without case.  Then it is enough to
// lower the ASCII letters of what is searched, 32 bytes a step, and to look for the bytes.  Arrow
// keeps the texts of a column one behind the other, so that is done once for the whole batch, and
// row by row only where it found something.
//
// Two letters beyond ASCII fold to ASCII ones, U+017F to s and U+212A to k; what holds them goes
// the slow way, code point by code point.
#include "view/text_match.h"

#include <arrow/array.h>
#include <arrow/extension_type.h>

#include <algorithm>
#include <bitset>
#include <cstring>

#include "base/utf8.h"
#include "text/words.h"
#include "view/search.h"

namespace hubmill {
namespace {

using arrow::Type;

constexpr size_t kLoweredBytes = 16 << 10;
constexpr char32_t kCasedBelow = 0x20000;  // No letter with case lies above.

/// Code points that another one folds to.
const std::bitset<kCasedBelow>& FoldTargets() {
  static const auto* targets = [] {
    auto* found = new std::bitset<kCasedBelow>;
    for (char32_t c = 0x80; c < kCasedBelow; ++c) {
      const char32_t folded = FoldCase(c);
      if (folded != c && folded < kCasedBelow) found->set(folded);
    }
    return found;
  }();
  return *targets;
}

void LowerAscii(const char* from, size_t size, char* to) {
  for (size_t i = 0; i < size; ++i) {  // The compiler makes vectors of it.
    const auto c = uint8_t(from[i]);
    to[i] = char(uint8_t(c - 'A') < 26 ? c | 0x20 : c);
  }
}

/// Whether the bytes of `lowered` stand in `text` once its ASCII letters are lowered.
bool HoldsBytes(std::string_view text, std::string_view lowered) {
  if (lowered.size() > kLoweredBytes / 2) {  // Longer than any search; kept right anyway.
    std::string all(text);
    LowerAscii(text.data(), text.size(), all.data());
    return all.find(lowered) != all.npos;
  }
  char piece[kLoweredBytes];
  for (size_t at = 0; at < text.size();) {
    const size_t size = std::min(text.size() - at, kLoweredBytes);
    LowerAscii(text.data() + at, size, piece);
    if (memmem(piece, size, lowered.data(), lowered.size()) != nullptr) return true;
    if (size < kLoweredBytes) return false;
    at += size - (lowered.size() - 1);
  }
  return lowered.empty();
}

bool FoldsToAscii(std::string_view text) {
  return text.find("\xC5\xBF") != text.npos || text.find("\xE2\x84\xAA") != text.npos;
}

}  // namespace

std::string FoldCase(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const Utf8Char next = DecodeUtf8(text, at);
    if (next.valid) {
      AppendUtf8(FoldCase(next.code_point), &out);
    } else {
      out.push_back(text[at]);
    }
    at += next.size_bytes;
  }
  return out;
}

bool HoldsFolded(std::string_view text, std::string_view folded_needle) {
  return FoldCase(text).find(folded_needle) != std::string::npos;
}

TextMatcher::TextMatcher(std::string_view text) : folded_(FoldCase(text)) {
  by_bytes_ = true;
  for (size_t at = 0; at < folded_.size();) {
    const Utf8Char next = DecodeUtf8(folded_, at);
    const bool cased = next.valid && next.code_point >= 0x80 && next.code_point < kCasedBelow &&
                       FoldTargets()[next.code_point];
    by_bytes_ = by_bytes_ && !cased;
    at += next.size_bytes;
  }
}

bool TextMatcher::In(std::string_view text) const {
  if (!by_bytes_) return HoldsFolded(text, folded_);
  return HoldsBytes(text, folded_) || (FoldsToAscii(text) && HoldsFolded(text, folded_));
}

template <typename ArrayType>
void TextMatcher::MarkTexts(const ArrayType& array, std::vector<uint8_t>* hits) const {
  const int64_t rows = array.length();
  if constexpr (requires { array.value_offset(0); }) {  // Texts stand one behind the other.
    if (rows == 0) return;
    const int64_t begin = array.value_offset(0);
    const int64_t end = array.value_offset(rows);
    const auto* data = reinterpret_cast<const char*>(array.raw_data());
    if (begin == end || data == nullptr) {
      if (!folded_.empty()) return;
    } else if (!In({data + begin, size_t(end - begin)})) {
      return;
    }
  }
  for (int64_t i = 0; i < rows; ++i) {
    if ((*hits)[size_t(i)] == 0 && array.IsValid(i) && In(array.GetView(i))) (*hits)[size_t(i)] = 1;
  }
}

template <typename ArrayType>
void TextMatcher::MarkLists(const ArrayType& array, std::vector<uint8_t>* hits) const {
  int64_t begin = array.values()->length();
  int64_t end = 0;
  for (int64_t i = 0; i < array.length(); ++i) {
    if (array.IsNull(i) || array.value_length(i) == 0) continue;
    begin = std::min<int64_t>(begin, array.value_offset(i));
    end = std::max<int64_t>(end, int64_t(array.value_offset(i)) + array.value_length(i));
  }
  if (begin >= end) return;
  std::vector<uint8_t> items(size_t(end - begin), 0);
  Mark(*array.values()->Slice(begin, end - begin), &items);
  for (int64_t i = 0; i < array.length(); ++i) {
    if (array.IsNull(i) || array.value_length(i) == 0) continue;
    const auto first = items.begin() + (int64_t(array.value_offset(i)) - begin);
    if (std::find(first, first + array.value_length(i), 1) != first + array.value_length(i)) {
      (*hits)[size_t(i)] = 1;
    }
  }
}

void TextMatcher::Mark(const arrow::Array& array, std::vector<uint8_t>* hits) const {
  switch (array.type_id()) {
    case Type::STRING:
      return MarkTexts(static_cast<const arrow::StringArray&>(array), hits);
    case Type::LARGE_STRING:
      return MarkTexts(static_cast<const arrow::LargeStringArray&>(array), hits);
    case Type::STRING_VIEW:
      return MarkTexts(static_cast<const arrow::StringViewArray&>(array), hits);
    case Type::LIST:
    case Type::MAP:  // Its values are structs of key and value.
      return MarkLists(static_cast<const arrow::ListArray&>(array), hits);
    case Type::LARGE_LIST:
      return MarkLists(static_cast<const arrow::LargeListArray&>(array), hits);
    case Type::LIST_VIEW:
      return MarkLists(static_cast<const arrow::ListViewArray&>(array), hits);
    case Type::LARGE_LIST_VIEW:
      return MarkLists(static_cast<const arrow::LargeListViewArray&>(array), hits);
    case Type::FIXED_SIZE_LIST:
      return MarkLists(static_cast<const arrow::FixedSizeListArray&>(array), hits);
    case Type::STRUCT: {
      std::vector<uint8_t> here(hits->size(), 0);
      for (const auto& field : static_cast<const arrow::StructArray&>(array).fields()) {
        Mark(*field, &here);
      }
      for (int64_t i = 0; i < array.length(); ++i) {
        if (here[size_t(i)] != 0 && array.IsValid(i)) (*hits)[size_t(i)] = 1;
      }
      return;
    }
    case Type::DICTIONARY: {
      const auto& coded = static_cast<const arrow::DictionaryArray&>(array);
      std::vector<uint8_t> values(size_t(coded.dictionary()->length()), 0);
      Mark(*coded.dictionary(), &values);
      for (int64_t i = 0; i < array.length(); ++i) {
        if (coded.IsValid(i) && values[size_t(coded.GetValueIndex(i))] != 0) (*hits)[size_t(i)] = 1;
      }
      return;
    }
    case Type::EXTENSION:
      return Mark(*static_cast<const arrow::ExtensionArray&>(array).storage(), hits);
    default:
      return;
  }
}

}  // namespace hubmill
