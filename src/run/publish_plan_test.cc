// Which files a publish writes, deletes and keeps, without a Hub.
#include "run/publish_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hash.h"

namespace hubmill {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(MatchesDataFiles, StarsStayWithinAFolder) {
  EXPECT_TRUE(MatchesDataFiles("data/train-*", "data/train-00000-of-00001.parquet"));
  EXPECT_TRUE(MatchesDataFiles("./data/train-*", "data/train-0"));
  EXPECT_FALSE(MatchesDataFiles("data/*", "data/sub/train-0"));
  EXPECT_FALSE(MatchesDataFiles("data/train-*", "other/train-0"));
  EXPECT_TRUE(MatchesDataFiles("**/*.parquet", "a/b/c.parquet"));
  EXPECT_TRUE(MatchesDataFiles("**/*.parquet", "c.parquet"));
  EXPECT_TRUE(MatchesDataFiles("data/**", "data/a/b"));
  EXPECT_TRUE(MatchesDataFiles("x-[0-9].csv", "x-7.csv"));
  EXPECT_FALSE(MatchesDataFiles("", "a"));
  EXPECT_FALSE(MatchesDataFiles("**/**/**/**/x", "a/b/c/d/e"));  // Bounded, not looked for.
}

TEST(DiffLines, ShowsWhatChanged) {
  EXPECT_THAT(DiffLines("a\nb\nc", "a\nx\nc"), ElementsAre("-b", "+x"));
  EXPECT_THAT(DiffLines("a", "a\nb"), ElementsAre("+b"));
  EXPECT_THAT(DiffLines("same\n", "same\n"), IsEmpty());
}

OutputContents Contents(const std::string& config, const std::string& folder) {
  OutputContents contents{.recipe = "r"};
  contents.card.configs = {
      {.name = config,
       .features = {{.name = "x", .dtype = "string"}},
       .splits = {{.name = "train", .bytes = 1, .rows = 1, .paths = {folder + "/train-*"}}},
       .download_bytes = 3}};
  contents.readme = MergeCard("\n# r\n", contents.card.configs).ValueOrDie();
  contents.files = {{folder + "/train-00000-of-00001.parquet", "/none", 3, Sha256Hex("abc")},
                    {".hubmill/r/manifest.json", "/none", 9, Sha256Hex("manifest")}};
  return contents;
}

RemoteState Remote(const std::string& readme, const std::vector<std::string>& paths) {
  RemoteState remote{.head = std::string(40, 'a'), .readme = readme};
  for (const std::string& path : paths) {
    remote.files[path] = {.path = path, .sha256 = Sha256Hex(path), .size_bytes = 7};
  }
  return remote;
}

std::vector<std::string> Deletes(const PublishPlan& plan) {
  std::vector<std::string> paths;
  for (const TreeEntry& entry : plan.deletes) paths.push_back(entry.path);
  return paths;
}

constexpr char kCard[] =
    "---\n"
    "license: mit\n"
    "configs:\n"
    "- config_name: default\n"
    "  data_files:\n"
    "  - split: train\n"
    "    path: old/train*.parquet\n"
    "  - split: test\n"
    "    path: old/*test*\n"
    "---\n"
    "text\n";

TEST(PlanPublish, OldFilesAreFoundByTheCardAndByTheirNames) {
  const RemoteState remote =
      Remote(kCard, {"old/train-a.parquet", "old/train-test.parquet", "old/test-1.parquet",
                     "data/train-00001-of-00002.parquet", "data/train-notes.txt", "LICENSE"});
  const PublishPlan plan = PlanPublish(Contents("default", "data"), remote, {}).ValueOrDie();
  // old/train-test.parquet belongs to the split test as well, which stays.
  EXPECT_THAT(Deletes(plan),
              ElementsAre("data/train-00001-of-00002.parquet", "old/train-a.parquet"));
  EXPECT_THAT(plan.readme, HasSubstr("license: mit\n"));
  EXPECT_THAT(plan.readme, HasSubstr("path: old/*test*\n"));
  EXPECT_THAT(plan.readme, HasSubstr("\ntext\n"));
}

TEST(PlanPublish, ReplacingAConfigTakesAllItsSplits) {
  const RemoteState remote = Remote(kCard, {"old/train-a.parquet", "old/test-1.parquet", "x.md"});
  const PublishPlan plan =
      PlanPublish(Contents("default", "data"), remote, {.replace_configs = {"default"}})
          .ValueOrDie();
  EXPECT_THAT(Deletes(plan), ElementsAre("old/test-1.parquet", "old/train-a.parquet"));
  EXPECT_EQ(ParseCard(plan.readme).ValueOrDie().configs[0].splits.size(), 1U);
}

TEST(PlanPublish, FilesOfASplitThatStaysAreNotOverwritten) {
  const std::string card = "---\nconfigs:\n- config_name: other\n  data_files: \"data/**\"\n---\n";
  const Status status = PlanPublish(Contents("default", "data"), Remote(card, {}), {}).status();
  EXPECT_EQ(KindOf(status), FailureKind::kDataRefused);
  EXPECT_THAT(status.message(), HasSubstr("config=other"));
}

TEST(PlanPublish, AFileThatIsCalledLikeAFolderIsInTheWay) {
  for (const char* name : {"data", ".hubmill", ".hubmill/r"}) {
    const Status status = PlanPublish(Contents("default", "data"), Remote("", {name}), {}).status();
    EXPECT_EQ(KindOf(status), FailureKind::kDataRefused);
    EXPECT_THAT(status.message(), HasSubstr(Concat("\n  path=", name, "\n; remedy: rename")));
  }
  const Status folder =
      PlanPublish(Contents("default", "data"), Remote("", {"README.md/a", "README.md/b"}), {})
          .status();
  EXPECT_THAT(folder.message(), HasSubstr("uploaded:\n  path=README.md/\n; remedy"));
  EXPECT_TRUE(
      PlanPublish(Contents("default", "data"), Remote("", {"data.txt", "a/data"}), {}).ok());
  const std::string card = "---\nconfigs:\n- config_name: default\n  data_files: \"data\"\n---\n";
  EXPECT_THAT(  // It goes in the same commit.
      Deletes(PlanPublish(Contents("default", "data"), Remote(card, {"data"}), {}).ValueOrDie()),
      ElementsAre("data"));
}

TEST(PlanPublish, AnotherOriginOfTheSameDataIsNoNewVersion) {
  const OutputContents contents = Contents("default", "data");
  RemoteState remote = Remote(contents.readme, {".hubmill/r/manifest.json"});
  remote.files["data/train-00000-of-00001.parquet"] = {
      .path = "data/train-00000-of-00001.parquet", .sha256 = Sha256Hex("abc"), .size_bytes = 3};
  EXPECT_TRUE(PlanPublish(contents, remote, {}).ValueOrDie().ChangesNothing());
  remote.files.erase(".hubmill/r/manifest.json");
  EXPECT_FALSE(PlanPublish(contents, remote, {}).ValueOrDie().ChangesNothing());
}

TEST(PlanPublish, ABodyOfOnesOwnOnlyWhereThereIsNone) {
  const OutputContents contents = Contents("default", "data");
  const PublishPlan fresh =
      PlanPublish(contents, Remote("", {}), {.card_body = "# Mine\n"}).ValueOrDie();
  EXPECT_THAT(fresh.readme, HasSubstr("---\n\n# Mine\n"));
  const PublishPlan merged =
      PlanPublish(contents, Remote("# Theirs\n", {}), {.card_body = "# Mine\n"}).ValueOrDie();
  EXPECT_THAT(merged.readme, HasSubstr("# Theirs\n"));
  EXPECT_THAT(merged.readme, ::testing::Not(HasSubstr("Mine")));
}

std::vector<std::string> PathsOf(const std::string& readme, const std::string& config,
                                 const std::string& split) {
  const Card card = ParseCard(readme).ValueOrDie();
  for (const CardSplit& found : card.Find(config)->splits) {
    if (found.name == split) return found.paths;
  }
  return {};
}

TEST(PlanPublish, WhatReadersInferredIsWrittenIntoTheCard) {
  for (const std::string readme : {"", "---\nlicense: mit\n---\n"}) {
    const RemoteState remote =
        Remote(readme, {"data/test-1.parquet", "data/train-1.parquet", "LICENSE"});
    const PublishPlan plan = PlanPublish(Contents("meta", "meta"), remote, {}).ValueOrDie();
    EXPECT_THAT(PathsOf(plan.readme, "default", "train"), ElementsAre("data/train-*"));
    EXPECT_THAT(PathsOf(plan.readme, "default", "test"), ElementsAre("data/test-*"));
    EXPECT_THAT(PathsOf(plan.readme, "meta", "train"), ElementsAre("meta/train-*"));
    EXPECT_LT(plan.readme.find("default"), plan.readme.find("meta/train-*"));
    EXPECT_THAT(Deletes(plan), IsEmpty());
  }
}

TEST(PlanPublish, InferredFilesOfASplitThatIsPublishedGo) {
  const RemoteState remote = Remote("", {"old/test.parquet", "old/train.[1].parquet"});
  const PublishPlan plan = PlanPublish(Contents("default", "data"), remote, {}).ValueOrDie();
  EXPECT_THAT(Deletes(plan), ElementsAre("old/train.[1].parquet"));
  EXPECT_THAT(PathsOf(plan.readme, "default", "train"), ElementsAre("data/train-*"));
  EXPECT_THAT(PathsOf(plan.readme, "default", "test"), ElementsAre("old/test.parquet"));
  // Nobody counted the rows of test, and readers refuse counts of some splits only.
  EXPECT_THAT(plan.readme, ::testing::Not(HasSubstr("num_examples")));
  EXPECT_THAT(plan.readme, HasSubstr("features:"));
}

TEST(PlanPublish, ALoneDatasetInfoNamesWhatIsInferred) {
  const std::string readme =
      "---\ndataset_info:\n  config_name: mine\n  splits:\n  - name: train\n    num_bytes: 5\n"
      "    num_examples: 2\n---\n";
  const PublishPlan plan =
      PlanPublish(Contents("meta", "meta"), Remote(readme, {"a.parquet"}), {}).ValueOrDie();
  EXPECT_THAT(PathsOf(plan.readme, "mine", "train"), ElementsAre("a.parquet"));
  EXPECT_TRUE(ParseCard(plan.readme).ValueOrDie().Find("mine")->is_default);
}

TEST(PlanPublish, ColumnsThatTheDataStatesAreCompared) {
  RemoteState remote = Remote("", {"data/test.parquet"});
  remote.columns["default"] = {{.name = "x", .dtype = "int64"}};
  const Status status = PlanPublish(Contents("default", "data"), remote, {}).status();
  EXPECT_EQ(KindOf(status), FailureKind::kDataRefused);
  EXPECT_THAT(status.message(), HasSubstr("column=x published=int64 new=string"));
}

constexpr char kFolderCard[] =
    "---\nconfigs:\n- config_name: default\n  data_dir: ./mine/\n- config_name: other\n"
    "  data_dir: theirs\n---\n";

/// What is inferred in a config's own folder is named from the top, as its new files are.
TEST(PlanPublish, ADataDirBecomesFilesOnceItsConfigIsPublished) {
  const RemoteState remote =
      Remote(kFolderCard, {"mine/test.parquet", "mine/train.parquet", "theirs/a.parquet"});
  const PublishPlan plan = PlanPublish(Contents("default", "data"), remote, {}).ValueOrDie();
  EXPECT_THAT(Deletes(plan), ElementsAre("mine/train.parquet"));
  EXPECT_THAT(PathsOf(plan.readme, "default", "train"), ElementsAre("data/train-*"));
  EXPECT_THAT(PathsOf(plan.readme, "default", "test"), ElementsAre("mine/test.parquet"));
  EXPECT_EQ(ParseCard(plan.readme).ValueOrDie().Find("default")->data_dir, "");
  EXPECT_THAT(plan.readme, HasSubstr("- config_name: other\n  data_dir: theirs\n"));
  const PublishPlan beside = PlanPublish(Contents("meta", "meta"), remote, {}).ValueOrDie();
  EXPECT_THAT(beside.readme, HasSubstr("- config_name: default\n  data_dir: ./mine/\n"));
  EXPECT_THAT(Deletes(beside), IsEmpty());
}

/// Readers would look for the new files below it.
TEST(PlanPublish, ADataDirWithoutFilesGoes) {
  const std::string readme = "---\nconfigs:\n- config_name: default\n  data_dir: raw\n---\n";
  for (const RemoteState& remote : {Remote(readme, {}), Remote(readme, {"other/a.parquet"})}) {
    const PublishPlan plan = PlanPublish(Contents("default", "data"), remote, {}).ValueOrDie();
    EXPECT_EQ(ParseCard(plan.readme).ValueOrDie().Find("default")->data_dir, "");
    EXPECT_THAT(PathsOf(plan.readme, "default", "train"), ElementsAre("data/train-*"));
    EXPECT_THAT(plan.notes, ::testing::Contains(HasSubstr("data_dir=raw")));
  }
}

TEST(PlanPublish, PatternsOfADataDirBeginThere) {
  const std::string readme =
      "---\nconfigs:\n- config_name: default\n  data_dir: mine\n  data_files:\n"
      "  - split: test\n    path: t*.parquet\n---\n";
  const RemoteState remote = Remote(readme, {"mine/t1.parquet", "t2.parquet"});
  const PublishPlan plan = PlanPublish(Contents("default", "data"), remote, {}).ValueOrDie();
  EXPECT_THAT(PathsOf(plan.readme, "default", "test"), ElementsAre("mine/t*.parquet"));
  EXPECT_THAT(Deletes(plan), IsEmpty());
}

TEST(FileToCompare, LooksIntoADataDir) {
  const RemoteState remote = Remote(kFolderCard, {"mine/test.csv", "theirs/a.csv"});
  const Card card = ReadPublishedCard(remote.readme, remote.files).ValueOrDie().card;
  const OutputContents contents = Contents("default", "data");
  const TreeEntry* file = FileToCompare(remote, card, contents.card.configs[0], {});
  ASSERT_NE(file, nullptr);
  EXPECT_EQ(file->path, "mine/test.csv");
}

TEST(PlanPublish, OneConfigHasOneFormat) {
  const RemoteState remote = Remote("", {"data/test.jsonl", "data/train.jsonl"});
  const Status status = PlanPublish(Contents("default", "data"), remote, {}).status();
  EXPECT_EQ(KindOf(status), FailureKind::kDataRefused);
  EXPECT_THAT(status.message(), HasSubstr("split=test path=data/test.jsonl"));
  EXPECT_TRUE(
      PlanPublish(Contents("default", "data"), remote, {.replace_configs = {"default"}}).ok());
}

}  // namespace
}  // namespace hubmill
