#include "llm/split_names.h"

#include <gtest/gtest.h>

namespace hubmill {
namespace {

TEST(SplitNames, AsTheOriginalReadsThem) {
  EXPECT_EQ(SplitOfPath("data/high_part01-00000-of-00073.parquet", true), "high_part01");
  EXPECT_EQ(SplitOfPath("data/low.parquet", true), "low.parquet");
  EXPECT_EQ(SplitOfPath("data/high.part_00.jsonl", true), "high_part00");
  EXPECT_EQ(SplitOfPath("data/high.part_000.jsonl", true), "high.part_000");
  EXPECT_EQ(SplitOfPath("data/low.jsonl.gz", true), "");
  EXPECT_EQ(SplitOfPath("data/notes.txt", true), "");
}

TEST(SplitNames, BetterThanThat) {
  EXPECT_EQ(SplitOfPath("data/low.parquet", false), "low");
  EXPECT_EQ(SplitOfPath("data/low.jsonl.zst", false), "low");
  EXPECT_EQ(SplitOfPath("data/low/part-00000.parquet", false), "low");
  EXPECT_EQ(SplitOfPath("tool-calling-00000-of-00002.parquet", false), "tool_calling");
}

TEST(SplitNames, LinesGoBeforeTheirParquetTwin) {
  std::vector<std::string> missing;
  const auto found = AssignSplits({"data/high_part00.parquet", "data/high.part_00.jsonl"}, false,
                                  {"nope", "high_part00"}, &missing);
  ASSERT_TRUE(found.ok()) << found.status().ToString();
  EXPECT_FALSE(found->parquet);
  ASSERT_EQ(found->splits.size(), 1U);
  EXPECT_EQ(found->splits[0].files, std::vector<std::string>{"data/high.part_00.jsonl"});
  EXPECT_EQ(found->splits[0].unread, std::vector<std::string>{"data/high_part00.parquet"});
  EXPECT_EQ(missing, std::vector<std::string>{"nope"});
}

TEST(SplitNames, BothKindsAreRefused) {
  std::vector<std::string> missing;
  const auto found = AssignSplits({"a.jsonl", "b.parquet"}, false, {}, &missing);
  EXPECT_EQ(KindOf(found.status()), FailureKind::kWrongUsage);
  EXPECT_EQ(KindOf(AssignSplits({"a.txt"}, false, {}, &missing).status()),
            FailureKind::kWrongUsage);
}

std::vector<std::string> Within(std::vector<std::string> files) {
  NameWithinSet(&files);
  return files;
}

TEST(SplitNames, FilesAreNamedWithinTheirSet) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(Within({}), Names());
  EXPECT_EQ(Within({"/home/anna/in/low.jsonl"}), Names({"low.jsonl"}));
  EXPECT_EQ(Within({"low.jsonl"}), Names({"low.jsonl"}));
  EXPECT_EQ(Within({"/home/anna/data/a.jsonl", "/home/anna/data/b.jsonl"}),
            Names({"data/a.jsonl", "data/b.jsonl"}));
  EXPECT_EQ(Within({"data/a.jsonl"}), Names({"data/a.jsonl"}));
  EXPECT_EQ(Within({"/x/data/lo/a.parquet", "/x/data/low/a.parquet", "/x/data/c.parquet"}),
            Names({"data/lo/a.parquet", "data/low/a.parquet", "data/c.parquet"}));
  EXPECT_EQ(Within({"hub://o/n@c/data/a.jsonl", "/x/b.jsonl"}),
            Names({"hub://o/n@c/data/a.jsonl", "b.jsonl"}));
}

}  // namespace
}  // namespace hubmill
