#include "security/sets/leak_scan.h"

#include <gmock/gmock.h>

#include "base/base64.h"

namespace hubmill {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Key;
using testing::Pair;

constexpr char kQuestion[] =
    "Device d observed tcp 1000→80, duration 1.5, bytes 7. Decide: Malicious";

class LeakScanTest : public testing::Test {
 protected:
  LeakScanTest() {
    EXPECT_TRUE(rows_.AddLine(std::string(R"({"question": ")") + kQuestion +
                              R"(", "answer": 3, "meta": {"hash": "0123456789abcdef"}})"));
  }

  std::map<Leak, int64_t> Found(std::string_view text) const {
    LeakScan scan(&rows_);
    scan.Look(text);
    return scan.found();
  }

  PrivateRows rows_;
};

TEST_F(LeakScanTest, RowsWhereverTheyStand) {
  const std::string question = kQuestion;
  for (const std::string& text : std::vector<std::string>{
           question, "before " + question + " after", "<b>" + question + "</b>\n", "  " + question,
           std::string("DEVICE D OBSERVED TCP 1000 80 duration 1 5 bytes 7 decide malicious"),
           "\"x\",\"" + question + "\",3\n",
           R"([{"a": {"b": ["Device d observed tcp 1000\u219280, )"
           R"(duration 1.5, bytes 7. Decide: Malicious"]}}])",
           R"({"payload": "{\"q\": \"Device d observed tcp 1000\\u219280, duration 1.5, bytes 7. )"
           R"(Decide: Malicious\"}"})",
           "data:" + Base64("a long text so that it is long enough to be one: " + question)}) {
    EXPECT_THAT(Found(text), Contains(Key(Leak::kQuestion))) << text;
  }
  EXPECT_THAT(Found("Device d observed tcp 1000→80, duration 1.6, bytes 7. Decide: Malicious"),
              IsEmpty());
}

TEST_F(LeakScanTest, Base64WhateverStandsBeforeIt) {
  const std::string row = Base64(
      "a long text so that it is long enough to be one: " + std::string(kQuestion) + "??>>~~");
  for (const std::string before :
       {"", "key=", "http://x/?q=", "a/", "path/b/", "row-", "row_", "x+"}) {
    EXPECT_THAT(Found(before + row), Contains(Key(Leak::kQuestion))) << before;
    EXPECT_THAT(Found("see " + before + row + "\n"), Contains(Key(Leak::kQuestion))) << before;
  }
  const std::string other = Base64(
      "one more text, so that it is long, and says nothing, ever, at all, to "
      "anybody who might read it or not");
  EXPECT_THAT(Found(other + "\n" + row + "\n"), Contains(Key(Leak::kQuestion)));
  EXPECT_THAT(Found(row + "\n" + other + "\n"), Contains(Key(Leak::kQuestion)));
  std::string lines;
  for (size_t at = 0; at < row.size(); at += 76) lines += row.substr(at, 76) + "\n";
  EXPECT_THAT(Found(lines), Contains(Key(Leak::kQuestion)));
}

TEST_F(LeakScanTest, RowsByHash) {
  EXPECT_THAT(Found("see 0123456789abcdef."), ElementsAre(Pair(Leak::kHash, 1)));
  EXPECT_THAT(Found("00123456789abcdef 0123456789abcde"), IsEmpty());
}

TEST_F(LeakScanTest, AShortRowIsOnlyAWholeText) {
  ASSERT_TRUE(rows_.AddLine(R"({"question": "kind: Pod"})"));
  EXPECT_THAT(Found("kind: Pod\n"), Contains(Key(Leak::kQuestion)));
  EXPECT_THAT(Found("a kind: Pod b"), IsEmpty());
  EXPECT_FALSE(rows_.AddLine(R"({"question": 3})"));
  EXPECT_EQ(rows_.size(), 2);
}

TEST_F(LeakScanTest, CanariesAndCredentials) {
  EXPECT_THAT(Found("x hubmill-canary:other y"), ElementsAre(Pair(Leak::kCanary, 1)));
  EXPECT_THAT(Found("key AKIAIOSFODNN7EXAMPLE"), ElementsAre(Pair(Leak::kSecret, 1)));
  EXPECT_THAT(Found("nothing of the kind"), IsEmpty());
}

TEST_F(LeakScanTest, DeepJsonIsNoTrouble) {
  EXPECT_THAT(Found("{\"a\":" + std::string(200'000, '[') + std::string(200'000, ']') + "}"),
              IsEmpty());
}

}  // namespace
}  // namespace hubmill
