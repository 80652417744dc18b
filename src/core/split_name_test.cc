#include "core/split_name.h"

#include <gmock/gmock.h>

namespace hubmill {
namespace {

TEST(SplitNameTest, TakesWhatTheDatasetsLibraryTakes) {
  for (const char* name : {"train", "a.b_2", "_", "9", "all_", "All"})
    EXPECT_TRUE(CheckSplitName(name).ok());
  for (const char* name : {"", ".", "..", "../../evil", "/evil", "a-b", "a..b", ".a", "a.", "a b",
                           "${token}", "a/b", "é", "all"}) {
    EXPECT_FALSE(CheckSplitName(name).ok()) << name;
  }
  EXPECT_FALSE(CheckSplitName(std::string(kSplitNameBytesMax + 1, 'a')).ok());
  EXPECT_THAT(CheckSplitName("a\n\x1b[1m").message(), ::testing::HasSubstr("name=a??[1m;"));
}

}  // namespace
}  // namespace hubmill
