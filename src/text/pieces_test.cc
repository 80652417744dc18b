#include "text/pieces.h"

#include <gtest/gtest.h>

#include <random>

namespace hubmill {
namespace {

std::vector<std::string> PiecesOf(std::string_view text, PieceUnit unit) {
  std::vector<Piece> pieces;
  SplitPieces(text, unit, &pieces);
  std::vector<std::string> out;
  for (const Piece& piece : pieces) out.emplace_back(ComparedPart(text, piece));
  return out;
}

std::string Without(std::string_view text, PieceUnit unit, const std::vector<bool>& gone) {
  std::vector<Piece> pieces;
  SplitPieces(text, unit, &pieces);
  return WithoutPieces(text, pieces, gone);
}

using Texts = std::vector<std::string>;
constexpr PieceUnit kLine = PieceUnit::kLine;
constexpr PieceUnit kParagraph = PieceUnit::kParagraph;

TEST(Pieces, BlankLinesSeparateParagraphs) {
  EXPECT_EQ(PiecesOf("a\nb\n\nc", kParagraph), (Texts{"a\nb", "c"}));
  EXPECT_EQ(PiecesOf("a\nb\n\nc", kLine), (Texts{"a", "b", "c"}));
  EXPECT_EQ(PiecesOf("\r\n  a \r\n \t\r\n\r\n\tb\r\n", kParagraph), (Texts{"a", "b"}));
  EXPECT_EQ(PiecesOf("", kParagraph), Texts{});
  EXPECT_EQ(PiecesOf(" \n\f\v\n", kLine), Texts{});
  EXPECT_EQ(PiecesOf("\xC2\xA0\n\n\xFF", kParagraph), (Texts{"\xC2\xA0", "\xFF"}));
}

TEST(Pieces, WhatStoodBehindAPieceGoesWithIt) {
  const std::string text = "\n  a\r\n\r\nb\n\n\n\nc\n";
  EXPECT_EQ(Without(text, kParagraph, {false, false, false}), text);
  EXPECT_EQ(Without(text, kParagraph, {true, false, false}), "\nb\n\n\n\nc\n");
  EXPECT_EQ(Without(text, kParagraph, {false, true, false}), "\n  a\r\n\r\nc\n");
  EXPECT_EQ(Without(text, kParagraph, {false, false, true}), "\n  a\r\n\r\nb\n");
  EXPECT_EQ(Without(text, kParagraph, {false, true, true}), "\n  a\n");
  EXPECT_EQ(Without(text, kParagraph, {true, true, true}), "\n\n");
  EXPECT_EQ(Without("x", kLine, {true}), "");
  EXPECT_EQ(Without(" ", kLine, {}), " ");
}

/// What is left has the pieces that were to stay, and no others.
TEST(Pieces, WhatIsLeftSplitsIntoWhatStayed) {
  std::mt19937 draw(7);
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (int i = int(draw() % 24); i > 0; --i) text += "ab \n\n\r\t\n"[draw() % 8];
    for (const PieceUnit unit : {kLine, kParagraph}) {
      const Texts pieces = PiecesOf(text, unit);
      std::vector<bool> gone(pieces.size());
      Texts stay;
      for (size_t i = 0; i < gone.size(); ++i) {
        gone[i] = draw() % 3 == 0;
        if (!gone[i]) stay.push_back(pieces[i]);
      }
      const std::string left = Without(text, unit, gone);
      ASSERT_EQ(PiecesOf(left, unit), stay) << testing::PrintToString(text);
      ASSERT_LE(left.size(), text.size());
      EXPECT_EQ(stay.size() == pieces.size(), left == text);
    }
  }
}

}  // namespace
}  // namespace hubmill
