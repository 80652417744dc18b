#include "server/uuid.h"

#include <gtest/gtest.h>

#include <set>

namespace hubmill::server {
namespace {

TEST(UuidTest, NewOnesAreValidAndDifferent) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = NewUuid();
    EXPECT_TRUE(IsUuid4(id)) << id;
    EXPECT_TRUE(seen.insert(id).second);
  }
}

TEST(UuidTest, NothingElseIsOne) {
  const std::string good = "3f2b8a10-9c4d-4e5f-8a6b-0123456789ab";
  ASSERT_TRUE(IsUuid4(good));
  for (const std::string& bad :
       {std::string(), std::string("../../../../../../../../etc/passwd.."), good + "0",
        good.substr(1), "3F2B8A10-9C4D-4E5F-8A6B-0123456789AB" + std::string(),
        std::string("3f2b8a10-9c4d-1e5f-8a6b-0123456789ab"),
        std::string("3f2b8a10-9c4d-4e5f-ca6b-0123456789ab"),
        std::string("3f2b8a1009c4d-4e5f-8a6b-0123456789ab"), std::string(36, '-')}) {
    EXPECT_FALSE(IsUuid4(bad)) << bad;
  }
}

}  // namespace
}  // namespace hubmill::server
