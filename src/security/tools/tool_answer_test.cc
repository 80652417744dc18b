#include "security/tools/tool_answer.h"

#include <gtest/gtest.h>

#include "security/tools/tool_adapter.h"

namespace hubmill {
namespace {

using Answers = std::vector<TextAnswer>;

TEST(NumberOfPath, IsThatOfOurOwnFolders) {
  EXPECT_EQ(NumberOf("f/000003/f.yaml", 4), 3);
  EXPECT_EQ(NumberOf("/tmp/x/work/f/000000/f.tf", 4), 0);
  EXPECT_EQ(NumberOf("f/000004/f.yaml", 4), -1) << "there are only four";
  for (const char* path : {"", "/f.", "f/f.yaml", "f/-1/f.yaml", "f/1x/f.yaml", "/etc/passwd",
                           "f/99999999999999999999/f.tf"}) {
    EXPECT_EQ(NumberOf(path, 4), -1) << path;
  }
}

TEST(KubeLinterAnswer, BecomesFindingsWithTheirObjects) {
  auto answers = ReadKubeLinterAnswer(R"({"Checks":[],"Reports":[
    {"Check":"privileged-container","Diagnostic":{"Message":"container \"a\" is privileged"},
     "Remediation":"Do not.","Object":{"K8sObject":{"Namespace":"","Name":"demo",
     "GroupVersionKind":{"Kind":"Pod"}}}},
    {"Check":"latest-tag","Remediation":"Name a version.","Object":{"K8sObject":{"Namespace":"x",
     "Name":"d","GroupVersionKind":{"Kind":"Deployment"}}}}]})",
                                      "Error: found 2 lint errors\n");
  ASSERT_TRUE(answers.ok()) << answers.status();
  ASSERT_EQ(answers->size(), 1U);
  const Answers expected = {
      {{{.rule_id = "latest-tag", .msg = "Name a version.", .object = "Deployment/x/d"},
        {.rule_id = "privileged-container",
         .msg = "container \"a\" is privileged",
         .object = "Pod/default/demo"}},
       ""}};
  EXPECT_EQ((*answers)[0].findings, expected[0].findings);
  const Finding finding =
      FindingAt(ToolId::kKubeLinter, (*answers)[0].findings[1], "pods/demo.yaml");
  EXPECT_EQ(finding, (Finding{"kube-linter", "privileged-container", "high", "",
                              "container \"a\" is privileged", "Pod/default/demo"}));
}

TEST(KubeLinterAnswer, NothingIsNothingAndGarbageIsNot) {
  constexpr char kNoObjects[] = "Warning: no valid objects found.\n";
  EXPECT_TRUE(ReadKubeLinterAnswer("", kNoObjects)->front().findings.empty());
  EXPECT_TRUE(ReadKubeLinterAnswer(R"({"Reports":null})", "")->front().findings.empty());
  for (const char* garbage :
       {"", " \n", "null", "x", "{", "[]", "{}", R"({"Reports":3})", "\xff\xfe"}) {
    EXPECT_FALSE(ReadKubeLinterAnswer(garbage, "").ok()) << garbage;
  }
  EXPECT_FALSE(ReadKubeLinterAnswer("", "Error: cannot read the file\n").ok());
  EXPECT_FALSE(ReadKubeLinterAnswer(R"({"Reports":)", kNoObjects).ok()) << "cut off";
}

TEST(KubeLinterAnswer, AnObjectThatItCannotLoadIsTheFilesFailure) {
  const std::string left = "Warning: failed to load object from /t/f/000000/f.yaml: ";
  const std::string none = "Warning: no valid objects found.\n";
  for (const char* unknown :
       {R"(failed to decode: no kind "Gateway" is registered for version "x/v1" in scheme "y")",
        "failed to decode: Object 'Kind' is missing in '{\"a\":1}'"}) {
    auto answers = ReadKubeLinterAnswer("", left + unknown + "\n" + none);
    ASSERT_TRUE(answers.ok()) << answers.status();
    EXPECT_EQ(answers->front().failure, "") << unknown;
  }
  for (const char* broken :
       {"failed to decode: json: cannot unmarshal number into Go struct field .wwns of type string",
        R"(decoding item 0 in the list: no kind "Gateway" is registered for version "x/v1")",
        "failed to decode: strict: no kind \"x\"", ""}) {
    for (const char* output : {"", R"({"Reports":[{"Check":"c"}]})"}) {
      auto answers = ReadKubeLinterAnswer(output, left + broken + "\n" + none);
      ASSERT_TRUE(answers.ok()) << answers.status();
      EXPECT_EQ(answers->front().failure, "kube-linter cannot read an object of it") << broken;
      EXPECT_TRUE(answers->front().findings.empty());
    }
  }
}

TEST(SemgrepAnswer, HasFindingsFailuresAndWhatWasNotScanned) {
  auto answers = ReadSemgrepAnswer(R"({"version":"1","results":[
    {"check_id":"tmp.x.k8s-host-network","path":"f/000001/f.yaml","start":{"line":7},
     "extra":{"severity":"WARNING","message":"m"}}],
    "errors":[{"type":"PartialParsing","level":"warn","path":"f/000002/f.yaml"}],
    "paths":{"scanned":["f/000000/f.yaml","f/000001/f.yaml","f/000002/f.yaml"]}})",
                                   4);
  ASSERT_TRUE(answers.ok()) << answers.status();
  EXPECT_TRUE((*answers)[0].findings.empty());
  EXPECT_TRUE((*answers)[0].failure.empty());
  const TextFinding expected{.rule_id = "k8s-host-network",
                             .raw_severity = "WARNING",
                             .msg = "m",
                             .object = "",
                             .line = 7};
  EXPECT_EQ((*answers)[1].findings, std::vector<TextFinding>{expected});
  EXPECT_EQ((*answers)[2].failure, "semgrep cannot parse all of it");
  EXPECT_EQ((*answers)[3].failure, "semgrep did not scan it");
  EXPECT_EQ(FindingAt(ToolId::kSemgrep, expected, "a.yaml").loc, "a.yaml:7");
}

TEST(SemgrepAnswer, ThatIsNotWholeIsRefused) {
  for (const char* garbage :
       {"", "{}", R"({"results":[],"errors":[]})",
        R"({"results":[{"path":"/etc/passwd"}],"errors":[],"paths":{"scanned":[]}})",
        R"({"results":[],"errors":[],"paths":{"scanned":[]},"skipped_rules":[{"rule_id":"a"}]})",
        R"({"results":[],"errors":[{"message":"no rules"}],"paths":{"scanned":[]}})"}) {
    EXPECT_FALSE(ReadSemgrepAnswer(garbage, 1).ok()) << garbage;
  }
}

TEST(CheckovAnswer, IsOneReportOrSeveralOrASummary) {
  const std::string report = R"({"check_type":"terraform","results":{"failed_checks":[
    {"check_id":"CKV_AWS_20","check_name":"S3","severity":null,"resource":"aws_s3_bucket.b",
     "file_abs_path":"/w/f/000001/f.tf","file_line_range":[3,9]}]},
    "summary":{"failed":1,"parsing_errors":0}})";
  for (const std::string& text : {report, "[" + report + "]"}) {
    auto answers = ReadCheckovAnswer(text, 2);
    ASSERT_TRUE(answers.ok()) << answers.status();
    const TextFinding expected{
        .rule_id = "CKV_AWS_20", .msg = "S3", .object = "aws_s3_bucket.b", .line = 3};
    EXPECT_EQ((*answers)[1].findings, std::vector<TextFinding>{expected});
    EXPECT_EQ(FindingAt(ToolId::kCheckov, expected, "m.tf").severity, "high");
  }
  EXPECT_TRUE(ReadCheckovAnswer(R"({"passed":0,"failed":0,"parsing_errors":0})", 2).ok());
}

TEST(CheckovAnswer, WhatItCannotParseIsThatFilesFailure) {
  const std::string text = R"({"results":{"failed_checks":[]},"summary":{"parsing_errors":1}})";
  EXPECT_FALSE(ReadCheckovAnswer(text, 2).ok()) << "it does not say which: the batch is halved";
  EXPECT_EQ(ReadCheckovAnswer(text, 1)->front().failure, "checkov cannot parse it");
  for (const char* garbage :
       {"", "{}", "[]", "[1]", R"({"summary":{"parsing_errors":"x"}})",
        R"({"passed":0,"parsing_errors":0})", R"({"failed":1,"parsing_errors":0})",
        R"({"summary":{"failed":0,"parsing_errors":0},"results":{"failed_checks":[{}]}})",
        R"({"summary":{"failed":1,"parsing_errors":0},"results":{"failed_checks":{"a":1}}})"}) {
    EXPECT_FALSE(ReadCheckovAnswer(garbage, 1).ok()) << garbage;
  }
}

std::string OpaText(const std::string& value) {
  return R"({"result":[{"expressions":[{"value":)" + value + "}]}]}";
}

TEST(OpaAnswer, ListsAndObjectsAreTheSame) {
  const TextFinding expected{
      .rule_id = "R1", .raw_severity = "high", .msg = "m", .object = "Pod/default/p", .line = 4};
  for (
      const char* deny :
      {R"([{"id":"R1","severity":"high","msg":"m","object":"Pod/default/p","line":4}])",
       R"({"{\"id\":\"R1\",\"severity\":\"high\",\"msg\":\"m\",\"object\":\"Pod/default/p\",\"line\":4}":true})",
       R"({"x":{"rule_id":"R1","severity":"high","message":"m","resource":"Pod/default/p","line":4}})"}) {
    auto answers =
        ReadOpaAnswer(OpaText(Concat(R"([[{"i":1,"deny":)", deny, "}]]")), 2, {"security"});
    ASSERT_TRUE(answers.ok()) << answers.status();
    EXPECT_TRUE((*answers)[0].findings.empty());
    EXPECT_EQ((*answers)[1].findings, std::vector<TextFinding>{expected}) << deny;
  }
  auto texts =
      ReadOpaAnswer(OpaText(R"([[{"i":0,"deny":["no"]}],[{"i":0,"deny":true}]])"), 1, {"a", "b.c"});
  ASSERT_TRUE(texts.ok());
  EXPECT_EQ((*texts)[0].findings, (std::vector<TextFinding>{{.rule_id = "a", .msg = "no"},
                                                            {.rule_id = "b.c", .msg = "denied"}}));
}

TEST(OpaAnswer, ThatIsNotWholeIsRefused) {
  for (const std::string& garbage :
       {std::string(), std::string("{}"), OpaText("[]"), OpaText("[[{}]]"), OpaText("{}"),
        OpaText(R"([[{"i":5,"deny":[]}]])"), OpaText(R"([[{"i":-1,"deny":[]}]])"),
        OpaText(R"([[{"i":0,"deny":7}]])"),
        std::string(R"({"errors":[{"code":"rego_parse_error"}]})")}) {
    EXPECT_FALSE(ReadOpaAnswer(garbage, 1, {"a"}).ok()) << garbage;
  }
}

TEST(OpaAnswer, AnErrorHasItsPlace) {
  const OpaError error = ReadOpaError(R"({"errors":[{"message":"m","code":"eval_builtin_error",
      "location":{"file":"policies/2.rego","row":7,"col":2}}]})");
  EXPECT_EQ(error.policy, 2U);
  EXPECT_EQ(error.line, 7);
  EXPECT_EQ(error.code, "eval_builtin_error");
  for (const char* other :
       {"", "{", "[]", R"({"errors":[]})", R"({"errors":[7]})",
        R"({"errors":[{"location":{"file":"policies/x.rego"}}]})",
        R"({"errors":[{"location":{"file":"policies/2.regox"}}]})",
        R"({"errors":[{"location":{"file":"99999999999999999999999.rego"}}]})"}) {
    EXPECT_EQ(ReadOpaError(other).policy, SIZE_MAX) << other;
  }
}

TEST(Answers, WhoseFindingsNameNoRuleAreRefused) {
  EXPECT_FALSE(ReadKubeLinterAnswer(R"({"Reports":[{"Remediation":"r"}]})", "").ok());
  EXPECT_FALSE(ReadKubeLinterAnswer(R"({"Reports":[{"Check":" ","Remediation":"r"}]})", "").ok());
  for (const char* id : {"", "rules.", " "}) {
    EXPECT_FALSE(ReadSemgrepAnswer(Concat(R"({"results":[{"check_id":")", id,
                                          R"(","path":"f/000000/f.tf"}],"errors":[],)"
                                          R"("paths":{"scanned":["f/000000/f.tf"]}})"),
                                   1)
                     .ok())
        << id;
  }
  EXPECT_FALSE(ReadCheckovAnswer(R"({"results":{"failed_checks":[{"check_id":null,
      "file_abs_path":"/w/f/000000/f.tf"}]},"summary":{"failed":1,"parsing_errors":0}})",
                                 1)
                   .ok());
  EXPECT_FALSE(ReadOpaAnswer(OpaText(R"([[{"i":0,"deny":[{"id":" "}]}]])"), 1, {"a"}).ok());
}

TEST(Answers, LongMessagesAreCutBetweenCharacters) {
  std::string message;
  while (message.size() < 2 * kFindingTextBytesMax) message += "ä";
  auto answers =
      ReadKubeLinterAnswer(R"({"Reports":[{"Check":"c","Remediation":")" + message + R"("}]})", "");
  ASSERT_TRUE(answers.ok());
  EXPECT_EQ(answers->front().findings[0].msg, message.substr(0, kFindingTextBytesMax));
}

TEST(Severity, IsWhatTheToolSaysElseTheTablesElseMed) {
  EXPECT_EQ(SeverityOf(ToolId::kSemgrep, "x", "INFO"), "low");
  EXPECT_EQ(SeverityOf(ToolId::kSemgrep, "x", "WARNING"), "med");
  EXPECT_EQ(SeverityOf(ToolId::kSemgrep, "x", "ERROR"), "high");
  EXPECT_EQ(SeverityOf(ToolId::kOpa, "x", "CRITICAL"), "high");
  EXPECT_EQ(SeverityOf(ToolId::kOpa, "x", "medium"), "med");
  EXPECT_EQ(SeverityOf(ToolId::kKubeLinter, "docker-sock", ""), "high");
  EXPECT_EQ(SeverityOf(ToolId::kCheckov, "CKV_K8S_8", ""), "low");
  EXPECT_EQ(SeverityOf(ToolId::kCheckov, "CKV_K8S_8", "HIGH"), "high") << "its own word counts";
  EXPECT_EQ(SeverityOf(ToolId::kCheckov, "CKV_NEW_1", ""), "med");
}

}  // namespace
}  // namespace hubmill
