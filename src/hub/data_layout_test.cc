#include "hub/data_layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace hubmill {
namespace {

using ::testing::HasSubstr;

using Paths = std::vector<std::string>;

bool Reads(std::string_view path) {
  return path.ends_with(".parquet") || path.ends_with(".csv") || path.ends_with(".jsonl");
}

Result<std::vector<SplitPaths>> LayOut(const std::string& query, const std::string& front_matter,
                                       Paths paths) {
  std::sort(paths.begin(), paths.end());
  const auto card = ParseCard("---\n" + front_matter + "\n---\n");
  EXPECT_TRUE(card.ok()) << card.status();
  return LayOutSplits(*ParseHubAddress("hub://a/d" + query), *card, paths, &Reads);
}

/// "train: a b; test: c"
std::string Splits(const Paths& paths, const std::string& front_matter = "{}",
                   const std::string& query = "") {
  const auto splits = LayOut(query, front_matter, paths);
  if (!splits.ok()) return splits.status().message();
  std::string out;
  for (const SplitPaths& split : *splits) {
    out += (out.empty() ? "" : "; ") + split.split + ":";
    for (const std::string& path : split.paths) out += " " + path;
  }
  return out;
}

TEST(DataLayout, ShardNamesSayTheSplit) {
  EXPECT_EQ(Splits({"data/random-00000-of-00001.parquet", "data/test-00000-of-00001.parquet",
                    "data/train-00001-of-00002.parquet", "data/train-00000-of-00002.parquet",
                    "data/my-set-00000-of-00001-abc.parquet", "other.csv"}),
            "train: data/train-00000-of-00002.parquet data/train-00001-of-00002.parquet; "
            "test: data/test-00000-of-00001.parquet; "
            "my-set: data/my-set-00000-of-00001-abc.parquet; "
            "random: data/random-00000-of-00001.parquet");
}

TEST(DataLayout, ElseFoldersElseFileNamesElseAllIsTrain) {
  EXPECT_EQ(Splits({"train/a.csv", "x/dev-1/b.csv", "x/my_eval/c.csv", "training.csv"}),
            "train: train/a.csv; validation: x/dev-1/b.csv; test: x/my_eval/c.csv");
  EXPECT_EQ(Splits({"train.csv", "a/b_val_2.csv", "test.1.csv", "contest.csv"}),
            "train: train.csv; validation: a/b_val_2.csv; test: test.1.csv");
  EXPECT_EQ(Splits({"b.csv", "a.csv", "README.md", ".hidden/x.csv", "__pycache__/y.csv"}),
            "train: a.csv b.csv");
  EXPECT_THAT(Splits({"README.md", "x.bin"}), HasSubstr("no file that this source reads"));
}

constexpr char kTwoConfigs[] =
    "configs:\n"
    "- config_name: chat\n  data_files:\n  - split: train\n    path: chat/train-*.parquet\n"
    "  - split: odd\n    path: [chat/x.parquet, ./chat/y.parquet]\n"
    "- config_name: sums\n  data_dir: sums/\n";
const Paths& TwoConfigs() {
  static const auto* paths = new Paths{
      "chat/train-1.parquet", "chat/train-0.parquet", "chat/train-readme.txt", "chat/x.parquet",
      "chat/y.parquet",       "sums/test.csv",        "sums/deep/train.csv"};
  return *paths;
}

TEST(DataLayout, TheCardSaysConfigsAndSplits) {
  EXPECT_EQ(Splits(TwoConfigs(), kTwoConfigs, "?config=chat"),
            "train: chat/train-0.parquet chat/train-1.parquet; odd: chat/x.parquet chat/y.parquet");
  EXPECT_EQ(Splits(TwoConfigs(), kTwoConfigs, "?config=chat&split=odd"),
            "odd: chat/x.parquet chat/y.parquet");
  EXPECT_EQ(Splits(TwoConfigs(), kTwoConfigs, "?config=sums"),
            "train: sums/deep/train.csv; test: sums/test.csv");
  EXPECT_EQ(
      Splits({"d/a.csv", "d/e/b.csv", "d/.c.csv"}, "configs:\n- config_name: x\n  data_files: d"),
      "train: d/a.csv d/e/b.csv");
  // dataset_info alone says nothing about files.
  EXPECT_EQ(Splits({"test.csv"}, "dataset_info:\n  splits:\n  - name: train\n    num_bytes: 1"),
            "test: test.csv");
}

TEST(DataLayout, RefusesWhatIsNotThereAndNamesTheNearest) {
  EXPECT_THAT(Splits(TwoConfigs(), kTwoConfigs), HasSubstr("append ?config=chat"));
  EXPECT_THAT(Splits(TwoConfigs(), kTwoConfigs, "?config=chta"), HasSubstr("did you mean chat?"));
  EXPECT_THAT(Splits(TwoConfigs(), kTwoConfigs, "?config=chat&split=trian"),
              HasSubstr("did you mean train?"));
  EXPECT_THAT(Splits({"a.csv"}, "{}", "?config=x"), HasSubstr("no such config"));
  const auto gone = LayOut("", "configs:\n- data_files: data/*.csv", {"a.csv"});
  EXPECT_EQ(KindOf(gone.status()), FailureKind::kDataRefused);
  EXPECT_THAT(gone.status().message(), HasSubstr("not there"));
}

TEST(DataLayout, TheDefaultConfigNeedsNoName) {
  EXPECT_EQ(Splits(TwoConfigs(), std::string(kTwoConfigs) + "  default: true\n"),
            "train: sums/deep/train.csv; test: sums/test.csv");
  EXPECT_EQ(Splits({"a.csv", "b.csv"},
                   "configs:\n- config_name: x\n  data_files: b.csv\n"
                   "- config_name: default\n  data_files: a.csv\n"),
            "train: a.csv");
}

}  // namespace
}  // namespace hubmill
