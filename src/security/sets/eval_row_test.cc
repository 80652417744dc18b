#include "security/sets/eval_row.h"

#include <gmock/gmock.h>

#include "security/configs/config_files.h"

namespace hubmill {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kE1Row[] =
    R"({"question": "q", "answer": "Benign", "meta": {"source": "iot23", "scenario": "S0",)"
    R"( "attack_family": "NA", "hash": "0123456789abcdef", "split": "dev"}})";

struct Read {
  EvalRow row;
  std::vector<std::string> problems;
  std::vector<std::string> extra;
};

Read ReadRow(EvalSet set, EvalRules rules, std::string_view line) {
  Read read;
  ReadEvalRow(set, rules, line, &read.row, &read.problems, &read.extra);
  return read;
}

TEST(EvalRow, AGoodRowOfFlows) {
  const Read read = ReadRow(EvalSet::kE1, EvalRules::kStrict, kE1Row);
  EXPECT_THAT(read.problems, IsEmpty());
  EXPECT_THAT(read.extra, IsEmpty());
  EXPECT_EQ(read.row.answer, "Benign");
  EXPECT_EQ(read.row.split, "dev");
}

TEST(EvalRow, TheOriginalFillsWhatIsMissing) {
  constexpr char kShort[] =
      R"({"question": "", "answer": "Malicious", "meta": {"source": "", "hash": ""}, "x": 1})";
  const Read original = ReadRow(EvalSet::kE1, EvalRules::kOriginal, kShort);
  EXPECT_THAT(original.problems, IsEmpty());
  EXPECT_THAT(original.extra, ElementsAre("x"));
  EXPECT_EQ(original.row.split, "demo");
  EXPECT_EQ(original.row.scenario, "unknown");
  const Read strict = ReadRow(EvalSet::kE1, EvalRules::kStrict, kShort);
  EXPECT_THAT(strict.problems,
              ElementsAre("question: is empty", "meta.source: is empty",
                          "meta.scenario: is missing", "meta.attack_family: is missing",
                          "meta.hash: is empty", "meta.split: is missing"));
}

TEST(EvalRow, FindingsOfConfigurations) {
  const std::string text = "kind: Pod\n";
  const std::string line =
      R"({"question": "kind: Pod\n", "info": {"violations": [{"tool": "opa", "rule_id": "r",)"
      R"( "severity": "high", "msg": "", "loc": "", "severity_raw": "HIGH"}], "patch": null},)"
      R"( "meta": {"lang": "k8s", "source": "a.yaml", "hash": ")" +
      ConfigHash(text) + R"("}})";
  const Read read = ReadRow(EvalSet::kE2, EvalRules::kStrict, line);
  EXPECT_THAT(read.problems, IsEmpty());
  EXPECT_THAT(read.extra, ElementsAre("info.violations[].severity_raw"));
  ASSERT_EQ(read.row.findings.size(), 1);
  EXPECT_EQ(read.row.findings[0].rule_id, "r");
}

TEST(EvalRow, WhatIsNoRow) {
  for (const EvalRules rules : {EvalRules::kOriginal, EvalRules::kStrict}) {
    EXPECT_THAT(ReadRow(EvalSet::kE1, rules, "{").problems, ElementsAre("the line is not JSON"));
    EXPECT_THAT(ReadRow(EvalSet::kE1, rules, "[1]").problems,
                ElementsAre("the line is not a JSON object"));
    EXPECT_THAT(ReadRow(EvalSet::kE2, rules, "\xff").problems,
                ElementsAre("the line is not UTF-8"));
    EXPECT_EQ(ReadRow(EvalSet::kE2, rules, std::string(1 << 20, '[')).problems.size(), 1);
  }
}

}  // namespace
}  // namespace hubmill
