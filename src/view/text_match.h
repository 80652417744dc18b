// Which rows of an array hold a text, in any case.  Internal to view/.
#pragma once

#include <arrow/array/array_base.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hubmill {

/// A text to look for.  Immutable, so threads share it.
class TextMatcher {
 public:
  explicit TextMatcher(std::string_view text);

  bool In(std::string_view text) const;

  /// Sets (*hits)[i] for each row of `array` that holds the text in any string below it.
  /// REQUIRES: a checked array; hits->size() == array.length().
  void Mark(const arrow::Array& array, std::vector<uint8_t>* hits) const;

 private:
  template <typename ArrayType>
  void MarkTexts(const ArrayType& array, std::vector<uint8_t>* hits) const;
  template <typename ArrayType>
  void MarkLists(const ArrayType& array, std::vector<uint8_t>* hits) const;

  std::string folded_;
  bool by_bytes_ = false;  // Only ASCII letters of it have another case.
};

}  // namespace hubmill
