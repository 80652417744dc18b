// Pieces of a text taken out, and the text put back into its JSON line: what is left has the pieces
// that were to stay, and the line reads as the text that was put there.
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/json_text.h"
#include "base/utf8.h"
#include "io/json_replace.h"
#include "io/json_scan.h"
#include "text/pieces.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hubmill;
  const std::string text(reinterpret_cast<const char*>(data), size);
  (void)WithJsonText(text, "text", "new");  // Any bytes: refused or not, never read past.
  for (const PieceUnit unit : {PieceUnit::kLine, PieceUnit::kParagraph}) {
    std::vector<Piece> pieces;
    SplitPieces(text, unit, &pieces);
    std::vector<bool> gone(pieces.size());
    std::vector<std::string> stay;
    for (size_t i = 0; i < pieces.size(); ++i) {
      gone[i] = (data[pieces[i].begin] + i) % 3 == 0;
      if (!gone[i]) stay.emplace_back(ComparedPart(text, pieces[i]));
    }
    const std::string left = WithoutPieces(text, pieces, gone);
    SplitPieces(left, unit, &pieces);
    HUBMILL_CHECK(pieces.size() == stay.size(), "as many pieces as were to stay");
    for (size_t i = 0; i < stay.size(); ++i) {
      HUBMILL_CHECK(ComparedPart(left, pieces[i]) == stay[i], "the pieces that were to stay");
    }
    if (!IsValidUtf8(text)) continue;
    std::string line = "{\"a\":[1,{\"text\":\"x\"}],\"text\":";
    AppendJsonString(text, &line);
    line += " }";
    const auto changed = WithJsonText(line, "text", left);
    HUBMILL_CHECK(changed.ok(), "a line with such a text");
    std::string expected = "{\"a\":[1,{\"text\":\"x\"}],\"text\":";
    AppendJsonString(left, &expected);
    HUBMILL_CHECK(*changed == expected + " }", "nothing else changes");
  }
  return 0;
}
