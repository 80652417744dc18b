#include "view/stage_asked.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace hubmill {
namespace {

using ::testing::EndsWith;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;
using Json = nlohmann::ordered_json;

/// The line of the first stage of `stages`, a JSON array.
std::string Asked(const std::string& stages) {
  const Json manifest{
      {"datasets", {{{"name", "d"}, {"options", {{"stages", Json::parse(stages)}}}}}}};
  const auto asked = AskedOfStages(manifest);
  return asked.empty() ? "" : asked.begin()->second;
}

TEST(StageAskedTest, AConditionStandsBare) {
  EXPECT_EQ(Asked(R"([{"filter": {"where": "length(text) > 20", "reason": "short"}}])"),
            "filter: length(text) > 20");
}

TEST(StageAskedTest, OptionsThatSaySomethingAreNamed) {
  EXPECT_EQ(Asked(R"([{"dedup_near": {"column": "text", "ngram": 5, "share": 0.7, "id": null,
                   "mark": "", "by": [], "types": {}, "verify": false}}])"),
            "dedup_near: column=text, ngram=5, share=0.7, verify=false");
  EXPECT_EQ(Asked(R"([{"split": {"by": ["a", "b"], "ratios": {"train": 0.9, "test": 0.1},
                   "columns": ["one"]}}])"),
            "split: by=[a, b], ratios={train: 0.9, test: 0.1}, columns=one");
}

TEST(StageAskedTest, EachStageIsFoundAsTheReportNamesIt) {
  const auto asked = AskedOfStages(Json::parse(R"({"datasets": [
      {"name": "a", "options": {"on_bad_row": "reject", "stages": [
          {"filter": {"where": "x > 1"}}, {"shuffle": {}}, {"filter": {"where": "y > 2"}}]}},
      {"name": "b", "options": {"stages": [{"limit": {"rows": 3}}]}}]})"));
  EXPECT_THAT(asked,
              UnorderedElementsAre(Pair(std::pair("a", "source"), "source: on_bad_row=reject"),
                                   Pair(std::pair("a", "filter"), "filter: x > 1"),
                                   Pair(std::pair("a", "filter#2"), "filter: y > 2"),
                                   Pair(std::pair("b", "limit"), "limit: rows=3")));
}

TEST(StageAskedTest, TheCommandDedupTellsItsOptions) {
  const auto asked = AskedOfStages(Json::parse(R"({"recipe": "dedup",
      "parameters": {"method": "near", "text": "answer", "ngram": 5}, "datasets": [
          {"name": "default", "stages": [{"name": "source"}, {"name": "dedup"}],
           "options": {"on_bad_row": "fail", "stages": []}}]})"));
  EXPECT_THAT(asked, UnorderedElementsAre(Pair(std::pair("default", "dedup"),
                                               "dedup: method=near, text=answer, ngram=5")));
}

TEST(StageAskedTest, ALongOneIsCutAndStaysOneLine) {
  std::string condition = "x in (";
  for (int i = 0; i < 1000; ++i) condition += "'ä',\\n";
  const std::string asked = Asked(R"([{"filter": {"where": ")" + condition + R"("}}])");
  EXPECT_LE(asked.size(), kAskedBytesMax + 3);
  EXPECT_THAT(asked, EndsWith("..."));
  EXPECT_EQ(asked.find('\n'), asked.npos);
  EXPECT_NO_THROW(Json(asked).dump()) << "whole characters";
}

TEST(StageAskedTest, SecretsOfOthersManifestsAreHidden) {
  const std::string token = "hf_" + std::string(34, 'a');
  const std::string asked = Asked(R"([{"x": {"key": "***", "url": ")" + token + R"("}}])");
  EXPECT_THAT(asked, StartsWith("x: key=***, url="));
  EXPECT_EQ(asked.find(token), asked.npos);
}

TEST(StageAskedTest, WhatIsNoManifestOfOursTellsNothing) {
  for (const char* text :
       {"null", "[]", "{}", R"({"datasets": 1})", R"({"datasets": [1, null, {"options": []}]})",
        R"({"datasets": [{"name": 1, "options": {"stages": {"a": 1}}}]})",
        R"({"datasets": [{"options": {"stages": [1, [], {}, {"a": 1, "b": 2}, {"c": null}]}}]})"}) {
    EXPECT_THAT(AskedOfStages(Json::parse(text)), IsEmpty()) << text;
  }
}

}  // namespace
}  // namespace hubmill
