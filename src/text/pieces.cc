#include "text/pieces.h"

#include <cstring>

namespace hubmill {
namespace {

constexpr std::string_view kSpaces = " \t\r\v\f\n";

}  // namespace

void SplitPieces(std::string_view text, PieceUnit unit, std::vector<Piece>* pieces) {
  pieces->clear();
  bool open = false;  // Whether the last paragraph goes on.
  size_t at = 0;
  while (at < text.size()) {
    const void* found = std::memchr(text.data() + at, '\n', text.size() - at);
    const size_t end =
        found == nullptr ? text.size() : size_t(static_cast<const char*>(found) - text.data());
    const size_t last = text.substr(at, end - at).find_last_not_of(kSpaces);
    if (last == std::string_view::npos) {
      open = false;
    } else {
      if (!open) pieces->push_back({.begin = at});
      pieces->back().end = at + last + 1;
      open = unit == PieceUnit::kParagraph;
    }
    at = end + 1;
  }
}

std::string_view ComparedPart(std::string_view text, Piece piece) {
  const std::string_view part = text.substr(piece.begin, piece.end - piece.begin);
  return part.substr(part.find_first_not_of(kSpaces));
}

std::string WithoutPieces(std::string_view text, const std::vector<Piece>& pieces,
                          const std::vector<bool>& gone) {
  if (pieces.empty()) return std::string(text);
  std::string out(text.substr(0, pieces[0].begin));
  std::string_view between;  // What stood behind the last piece that stays.
  for (size_t i = 0; i < pieces.size(); ++i) {
    if (gone[i]) continue;
    out += between;
    out += text.substr(pieces[i].begin, pieces[i].end - pieces[i].begin);
    if (i + 1 < pieces.size()) {
      between = text.substr(pieces[i].end, pieces[i + 1].begin - pieces[i].end);
    }
  }
  return out.append(text.substr(pieces.back().end));
}

}  // namespace hubmill
