#include "stages/expression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hubmill {
namespace {

using ::testing::HasSubstr;

std::string ErrorOf(const std::string& text) {
  const auto parsed = ParseExpression(text);
  return parsed.ok() ? "" : parsed.status().message();
}

TEST(Expression, NamesThePosition) {
  EXPECT_THAT(ErrorOf(""), HasSubstr("at=1 expected a column"));
  EXPECT_THAT(ErrorOf("a >"), HasSubstr("at=4 expected a column"));
  EXPECT_THAT(ErrorOf("a > 1 b"), HasSubstr("at=7 expected an operator"));
  EXPECT_THAT(ErrorOf("a == 'x"), HasSubstr("at=6 quote without an end"));
  EXPECT_THAT(ErrorOf("a is 1"), HasSubstr("at=6 expected null"));
  EXPECT_THAT(ErrorOf("a in ()"), HasSubstr("at=7"));
  EXPECT_THAT(ErrorOf("a in (b)"), HasSubstr("at=7 in (...) takes literals only"));
  EXPECT_THAT(ErrorOf("a > 99999999999999999999"), HasSubstr("at=5 number cannot be read"));
  EXPECT_THAT(ErrorOf("a > 1x"), HasSubstr("at=5 not a number"));
  EXPECT_THAT(ErrorOf("a < b < c"), HasSubstr("at=7"));
  EXPECT_THAT(ErrorOf("and"), HasSubstr("at=1 expected a column"));
}

TEST(Expression, IsBounded) {
  EXPECT_THAT(ErrorOf(std::string(100'000, '(')), HasSubstr("too long"));
  EXPECT_THAT(ErrorOf(std::string(1000, '(') + "a"), HasSubstr("nested too deeply"));
  EXPECT_THAT(ErrorOf(std::string(1000, '-') + "a"), HasSubstr("nested too deeply"));
  std::string nots;
  std::string chain = "a";
  std::string calls;
  for (int i = 0; i < 1000; ++i) {
    nots += "not ";
    chain += " or a";
    calls += "f(";
  }
  EXPECT_THAT(ErrorOf(nots + "a"), HasSubstr("nested too deeply"));
  EXPECT_THAT(ErrorOf(calls), HasSubstr("nested too deeply"));
  EXPECT_THAT(ErrorOf(chain), HasSubstr("too many operators"));
}

TEST(Expression, LongestChainBinds) {
  std::string chain = "a > 0";
  for (int i = 0; i < 240; ++i) chain += " or a > 0";
  const auto parsed = ParseExpression(chain);
  ASSERT_TRUE(parsed.ok()) << parsed.status().ToString();
  const auto bound = BindExpression(**parsed, *arrow::schema({arrow::field("a", arrow::int64())}));
  EXPECT_TRUE(bound.ok()) << bound.status().ToString();
}

}  // namespace
}  // namespace hubmill
