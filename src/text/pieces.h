// The paragraphs or lines of a text, as the removal of repeated ones compares and takes out.
//
// Lines end with "\n"; a line of ASCII white space only (space, \t, \r, \v, \f) is blank.  A
// paragraph is a longest run of lines that are not blank; as a line counts one that is not blank.
// What stands between two pieces (line breaks, blank lines, white space at the end of the former)
// belongs to neither.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hubmill {

enum class PieceUnit : uint8_t { kLine = 0, kParagraph = 1 };

/// Bytes [begin, end) of a text: from the start of its first line, without white space at its end.
struct Piece {
  size_t begin = 0;
  size_t end = 0;
  bool operator==(const Piece&) const = default;
};

/// Replaces `pieces` by those of `text`, in order.  Never fails, whatever the bytes.  Thread-safe.
void SplitPieces(std::string_view text, PieceUnit unit, std::vector<Piece>* pieces);

/// What of a piece is compared: the piece without ASCII white space at either end.
std::string_view ComparedPart(std::string_view text, Piece piece);

/// `text` without the pieces marked in `gone` (one a piece): what stood behind a piece goes with
/// it, and the last one that stays is followed by what stood behind the last of all.  What stands
/// before the first piece stays.  REQUIRES: `pieces` are those of `text`.
std::string WithoutPieces(std::string_view text, const std::vector<Piece>& pieces,
                          const std::vector<bool>& gone);

}  // namespace hubmill
