#include "hub/local/commit_body.h"

#include <gtest/gtest.h>

#include "net/string_body.h"

namespace hubmill::local_hub {
namespace {

TEST(CommitBodyTest, ReadsEachKindOfLine) {
  const CommitLine header =
      ParseCommitLine(R"({"key":"header","value":{"summary":"s","parentCommit":"abc"}})")
          .ValueOrDie();
  EXPECT_EQ(header.summary, "s");
  EXPECT_EQ(header.parent, "abc");
  const CommitLine file =
      ParseCommitLine(R"({"key":"file","value":{"path":"a","content":"aGk=","encoding":"base64"}})")
          .ValueOrDie();
  EXPECT_EQ(file.content, "hi");
  const std::string oid(64, 'a');
  const CommitLine large =
      ParseCommitLine(R"({"key":"lfsFile","value":{"path":"b","oid":")" + oid + R"("}})")
          .ValueOrDie();
  EXPECT_EQ(large.sha256, oid);
  EXPECT_EQ(large.size, -1);
  EXPECT_EQ(ParseCommitLine(R"({"key":"deletedFolder","value":{"path":"old/"}})").ValueOrDie().path,
            "old");
}

TEST(CommitBodyTest, RefusesWhatIsNotALine) {
  for (const char* line :
       {"", "[]", "{", R"({"key":"x","value":{}})", R"({"key":"file","value":1})",
        R"({"key":"file","value":{"path":"../x","content":""}})",
        R"({"key":"file","value":{"path":1,"content":""}})",
        R"({"key":"file","value":{"path":"a"}})",
        R"({"key":"file","value":{"path":"a","content":"#","encoding":"base64"}})",
        R"({"key":"lfsFile","value":{"path":"a","oid":"short"}})",
        R"({"key":"lfsFile","value":{"path":"a","oid":"x","size":-1}})",
        R"({"key":"deletedFolder","value":{"path":"/"}})"}) {
    EXPECT_FALSE(ParseCommitLine(line).ok()) << line;
  }
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_FALSE(
      ParseCommitLine(R"({"key":"deletedFile","value":{"path":"a","x":)" + deep + "}}").ok());
}

TEST(CommitBodyTest, LinesComeOutAtAnyStepOfTheNetwork) {
  for (const size_t step : {1, 3, 1000}) {
    StringBody body("one\n\n  \ntwo\r\nthree", step);
    LineReader lines(&body);
    EXPECT_EQ(**lines.Next(100), "one");
    EXPECT_EQ(**lines.Next(100), "two\r");
    EXPECT_EQ(**lines.Next(100), "three");
    EXPECT_FALSE(lines.Next(100)->has_value());
  }
}

TEST(CommitBodyTest, ALineAboveTheBoundIsRefused) {
  StringBody body(std::string(1 << 20, 'x'), 1 << 16);
  LineReader lines(&body);
  EXPECT_FALSE(lines.Next(1 << 18).ok());
}

}  // namespace
}  // namespace hubmill::local_hub
