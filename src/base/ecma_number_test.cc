#include "base/ecma_number.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace hubmill {
namespace {

std::string Text(double value) {
  char out[kEcmaNumberBytesMax];
  return std::string(out, WriteEcmaNumber(value, out));
}

TEST(EcmaNumber, AsNodePrintsIt) {
  EXPECT_EQ(Text(0), "0");
  EXPECT_EQ(Text(-0.0), "0");
  EXPECT_EQ(Text(90.0), "90");
  EXPECT_EQ(Text(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(Text(1e21), "1e+21");
  EXPECT_EQ(Text(-1e20), "-100000000000000000000");
  EXPECT_EQ(Text(123456789012345680000.0), "123456789012345680000");
  EXPECT_EQ(Text(1e-6), "0.000001");
  EXPECT_EQ(Text(1.5e-7), "1.5e-7");
  EXPECT_EQ(Text(1e-7), "1e-7");
  EXPECT_EQ(Text(-0.00000123), "-0.00000123");
  EXPECT_EQ(Text(5e-324), "5e-324");
  EXPECT_EQ(Text(std::numeric_limits<double>::max()), "1.7976931348623157e+308");
  EXPECT_EQ(Text(12.5), "12.5");
  EXPECT_EQ(Text(9007199254740993.0), "9007199254740992");
}

}  // namespace
}  // namespace hubmill
