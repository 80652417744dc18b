#include "base/json_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

namespace hubmill {
namespace {

std::string Json(std::string_view text, bool ascii_only = false) {
  std::string out = "x";
  AppendJsonString(text, &out, {.ascii_only = ascii_only});
  return out.substr(1);
}

std::string Double(double value) {
  std::string out;
  return AppendJsonDouble(value, &out) ? out : "refused";
}

TEST(JsonText, EscapesAsPython) {
  EXPECT_EQ(Json(""), "\"\"");
  EXPECT_EQ(Json("a\"b\\c\n\r\t\b\f/"), R"("a\"b\\c\n\r\t\b\f/")");
  EXPECT_EQ(Json(std::string("\0\x1f\x7f", 3)), "\"\\u0000\\u001f\x7f\"");
  EXPECT_EQ(Json("caf\u00e9 \U0001F600"), "\"caf\u00e9 \U0001F600\"");
  EXPECT_EQ(Json("caf\u00e9 \U0001F600\x7f", true), R"("caf\u00e9 \ud83d\ude00\u007f")");
  EXPECT_EQ(Json("a\xFF\xE2\x82", true), R"("a\ufffd\ufffd\ufffd")");
}

TEST(JsonText, ReadsBackAndEveryLevelAgrees) {
  std::mt19937 rng(5);
  const std::string alphabet[] = {"a",    "word ",  "\"",     "\\",         "\n",
                                  "\x01", "\u00e9", "\u0935", "\U0001F600", "\x7f"};
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    const int pieces = static_cast<int>(rng() % 60);
    for (int i = 0; i < pieces; ++i) text += alphabet[rng() % 3 == 0 ? rng() % 10 : rng() % 2];
    for (const bool ascii_only : {false, true}) {
      std::string scalar, best;
      AppendJsonStringAt(SimdLevel::kScalar, text, &scalar, {.ascii_only = ascii_only});
      AppendJsonStringAt(BestSimdLevel(), text, &best, {.ascii_only = ascii_only});
      ASSERT_EQ(scalar, best);
      ASSERT_EQ(nlohmann::json::parse(best).get<std::string>(), text);
      ASSERT_EQ(nlohmann::json(text).dump(-1, ' ', ascii_only), best);
    }
  }
}

TEST(JsonText, NumbersAsPythonsRepr) {
  EXPECT_EQ(Double(1), "1.0");
  EXPECT_EQ(Double(0), "0.0");
  EXPECT_EQ(Double(-0.0), "-0.0");
  EXPECT_EQ(Double(0.1), "0.1");
  EXPECT_EQ(Double(1e16), "1e+16");
  EXPECT_EQ(Double(9999999999999998.0), "9999999999999998.0");
  EXPECT_EQ(Double(123456789012345680.0), "1.2345678901234568e+17");
  EXPECT_EQ(Double(1e22), "1e+22");
  EXPECT_EQ(Double(0.0001), "0.0001");
  EXPECT_EQ(Double(0.00001), "1e-05");
  EXPECT_EQ(Double(1.5e-7), "1.5e-07");
  EXPECT_EQ(Double(5e-324), "5e-324");
  EXPECT_EQ(Double(-1.7976931348623157e308), "-1.7976931348623157e+308");
  EXPECT_EQ(Double(std::nan("")), "refused");
  EXPECT_EQ(Double(std::numeric_limits<double>::infinity()), "refused");
  std::string out;
  AppendJsonInt(std::numeric_limits<int64_t>::min(), &out);
  EXPECT_EQ(out, "-9223372036854775808");
}

TEST(JsonText, DoublesRoundTrip) {
  std::mt19937_64 rng(6);
  for (int i = 0; i < 100000; ++i) {
    const uint64_t bits = rng();
    double value;
    std::memcpy(&value, &bits, sizeof(value));
    if (!std::isfinite(value)) continue;
    ASSERT_EQ(std::strtod(Double(value).c_str(), nullptr), value);
  }
}

}  // namespace
}  // namespace hubmill
