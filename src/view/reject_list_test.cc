#include "view/reject_list.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace hubmill {
namespace {

using nlohmann::json;

class RejectListTest : public testing::Test {
 protected:
  RejectListTest()
      : path_(std::filesystem::temp_directory_path() /
              ("hubmill_rejects_" + std::to_string(getpid()))) {}
  ~RejectListTest() override { std::filesystem::remove(path_); }

  void Add(const std::string& stage, const std::string& reason, int row, const std::string& data,
           const std::string& why = "") {
    text_ += R"({"dataset":"d","stage":")" + stage + R"(","reason":")" + reason + R"(","why":)" +
             json(why).dump() + R"(,"file":"in.jsonl","row":)" + std::to_string(row) +
             ",\"data\":" + data + "}\n";
  }
  Result<RejectList> Read(const RejectQuestion& question, bool go_on = true) {
    std::ofstream(path_, std::ios::binary) << text_;
    const FileSystemPath where = *ResolveFileSystem(path_.string());
    return ReadRejects(
        {.name = "rejects.jsonl", .path = where.path, .file_system = where.file_system}, question,
        [go_on](int64_t) { return go_on; });
  }

  const std::filesystem::path path_;
  std::string text_;
};

TEST_F(RejectListTest, ReasonsAreCountedAndTheMostFrequentComesFirst) {
  Add("filter", "filter", 2, R"({"a":"x"})");
  for (int row : {3, 5, 8}) Add("dedup_exact", "duplicate", row, R"({"a":"same"})");
  const RejectList list = *Read({.samples_max = 2});
  EXPECT_EQ(list.rows, 4);
  EXPECT_TRUE(list.complete);
  ASSERT_EQ(list.reasons.size(), 2u);
  EXPECT_EQ(list.reasons[0].reason, "duplicate");
  EXPECT_EQ(list.reasons[0].rows, 3);
  ASSERT_EQ(list.reasons[0].samples.size(), 2u);
  const json sample = json::parse(list.reasons[0].samples[1]);
  EXPECT_EQ(sample["file"], "in.jsonl");
  EXPECT_EQ(sample["row"], 5);
  EXPECT_EQ(sample["data"], R"({"a":"same"})");
}

TEST_F(RejectListTest, RowsAreFoundByTextStageAndNumber) {
  Add("filter", "filter", 2, R"({"a":"Say \"Hello\""})");
  Add("filter", "filter", 7, R"({"a":"other"})");
  Add("limit", "limit", 7, R"({"a":"third"})");
  const auto matches = [&](const RejectQuestion& question) {
    const Result<RejectList> list = Read(question);
    int64_t count = 0;
    for (const RejectReason& reason : list->reasons) count += reason.matches;
    return count;
  };
  EXPECT_EQ(matches({.text = "say \"hello"}), 1);
  EXPECT_EQ(matches({.row = "7"}), 2);
  EXPECT_EQ(matches({.stage = "filter", .row = "7"}), 1);
  EXPECT_EQ(matches({.reason = "limit"}), 1);
  EXPECT_EQ(matches({.text = "nowhere"}), 0);
  EXPECT_EQ(Read({.text = "nowhere"})->rows, 3);
}

TEST_F(RejectListTest, PersonalDataInSamplesAreMasked) {
  Add("filter", "filter", 2,
      R"({"a":"write to ann@example.org","k":"hf_abcdefghijkl)" +
          std::string("mnopqrstuvwxyz012345\"}"),
      "ann@example.org");
  const RejectList list = *Read({});
  const std::string sample = list.reasons[0].samples[0];
  EXPECT_EQ(sample.find("ann@"), sample.npos);
  EXPECT_EQ(sample.find("hf_abc"), sample.npos);
  EXPECT_NE(sample.find("[EMAIL]"), sample.npos);
}

TEST_F(RejectListTest, AValueIsMaskedWhateverStandsBeforeIt) {
  Add("filter", "filter", 2,
      json{{"a", "keys:\n10.1.2.3\tbob@example.org"}, {"n", 41111111}}.dump());
  const json sample = json::parse(Read({})->reasons[0].samples[0]);
  const json data = json::parse(sample["data"].get<std::string>());
  EXPECT_EQ(data["a"], "keys:\n[IP]\t[EMAIL]");
}

TEST_F(RejectListTest, WhatIsMaskedAndNamesOfFieldsAreNotFound) {
  Add("filter", "filter", 2, R"({"text":"by ann@example.org"})");
  for (const char* text : {"ann@example", "text", "reason", "in.jsonl"}) {
    EXPECT_EQ(Read({.text = text})->reasons[0].matches, 0) << text;
  }
  EXPECT_EQ(Read({.text = "BY ["})->reasons[0].matches, 1);
}

TEST_F(RejectListTest, DeepNestingIsNoTrouble) {
  const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
  Add("filter", "filter", 2, "{\"a\":" + deep + "}");
  EXPECT_TRUE(json::parse(Read({})->reasons[0].samples[0])["data"].is_null());
  text_ += R"({"dataset":"d","stage":"s","reason":"r","why":"","file":"f","row":)" + deep +
           ",\"data\":null}\n";
  EXPECT_EQ(KindOf(Read({}).status()), FailureKind::kDataRefused);
}

TEST_F(RejectListTest, WhatAGuardDroppedHasNoData) {
  Add("pii_guard", "email", 4, "null");
  const RejectList list = *Read({});
  EXPECT_TRUE(json::parse(list.reasons[0].samples[0])["data"].is_null());
}

TEST_F(RejectListTest, LongSamplesAreCutAtACharacter) {
  Add("filter", "filter", 1, json{{"a", std::string(50, 'x') + "äöü"}}.dump());
  for (size_t bytes = 55; bytes < 66; ++bytes) {
    const RejectList list = *Read({.sample_bytes = bytes});
    const json sample = json::parse(list.reasons[0].samples[0]);
    EXPECT_LE(sample["data"].get<std::string>().size(), bytes + 3);
  }
}

TEST_F(RejectListTest, ALineThatIsNoRejectIsRefusedWithItsNumber) {
  Add("filter", "filter", 2, "{}");
  text_ += "{\"id\": 3}\n";
  const Status status = Read({}).status();
  EXPECT_EQ(KindOf(status), FailureKind::kDataRefused);
  EXPECT_NE(status.message().find("line=2"), std::string::npos) << status.message();
}

TEST_F(RejectListTest, WhoStopsEarlyIsToldThatThereIsMore) {
  for (int row = 0; row < 40'000; ++row)
    Add("filter", "filter", row, R"({"a":"xxxxxxxxxxxxxxxxxxx"})");
  const RejectList list = *Read({}, false);
  EXPECT_FALSE(list.complete);
  EXPECT_LT(list.rows, 40'000);
  EXPECT_GT(list.rows, 0);
}

}  // namespace
}  // namespace hubmill
