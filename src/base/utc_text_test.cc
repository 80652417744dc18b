#include "base/utc_text.h"

#include <gtest/gtest.h>

namespace hubmill {
namespace {

TEST(UtcText, HasMillisecondsAlways) {
  EXPECT_EQ(UtcMillisText(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(UtcMillisText(1767225600007), "2026-01-01T00:00:00.007Z");
  EXPECT_EQ(UtcMillisText(1767225599999), "2025-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace hubmill
