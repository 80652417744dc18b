#include "llm/correctness.h"

#include <gtest/gtest.h>

#include <cmath>

namespace hubmill {
namespace {

TEST(Correctness, TheFirstOfEqualAccuraciesWins) {
  JsonReader reader;
  const Correctness found = ReadCorrectness(*reader.Parse(
      R"({"reason_high_no_tool":{"count":"4","pass":2.9,"accuracy":"0.5"},)"
      R"("reason_low_no_tool":{"count":null,"pass":"x","accuracy":0.5},"note":"text"})"));
  EXPECT_EQ(found.best, 0.5);
  EXPECT_EQ(found.best_setting, "reason_high_no_tool");
  EXPECT_EQ(found.count, 4);
  EXPECT_EQ(found.pass, 2);
  EXPECT_EQ(found.low, 0.5);
  EXPECT_EQ(found.high, 0.5);
  EXPECT_EQ(found.high_no_tool, 0.5);
  EXPECT_EQ(found.medium, std::nullopt);
  EXPECT_EQ(found.high_with_tool, std::nullopt);
}

TEST(Correctness, NanWinsOnlyWhereItIsFirst) {
  JsonReader reader;
  const Correctness first =
      ReadCorrectness(*reader.Parse(R"({"a":{"accuracy":"nan"},"b":{"accuracy":1}})"));
  EXPECT_TRUE(std::isnan(*first.best));
  const Correctness later =
      ReadCorrectness(*reader.Parse(R"({"b":{"accuracy":0},"a":{"accuracy":NaN}})"));
  EXPECT_EQ(later.best, 0.0);
}

TEST(Correctness, NumbersConvertAsInPython) {
  JsonReader reader;
  const auto real = [&](const char* text) { return PythonFloat(*reader.Parse(text)); };
  const auto whole = [&](const char* text) { return PythonInt(*reader.Parse(text)); };
  EXPECT_EQ(real("true"), 1.0);
  EXPECT_EQ(real(R"(" 1_0.5 ")"), 10.5);
  EXPECT_EQ(real(R"("1__0")"), std::nullopt);
  EXPECT_EQ(real(R"("-Infinity")"), -INFINITY);
  EXPECT_EQ(real(R"("1e999")"), INFINITY);
  EXPECT_EQ(real(R"("x")"), std::nullopt);
  EXPECT_EQ(real("[1]"), std::nullopt);
  EXPECT_EQ(whole("8.9"), 8);
  EXPECT_EQ(whole("-8.9"), -8);
  EXPECT_EQ(whole(R"("8.9")"), std::nullopt);
  EXPECT_EQ(whole(R"(" +1_000 ")"), 1000);
  EXPECT_EQ(whole("1e400"), std::nullopt);
  EXPECT_EQ(whole("9223372036854775808"), std::nullopt);
  EXPECT_EQ(whole("false"), 0);
}

}  // namespace
}  // namespace hubmill
