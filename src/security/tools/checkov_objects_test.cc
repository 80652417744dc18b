#include "security/tools/checkov_objects.h"

#include <gtest/gtest.h>

#include "security/tools/tool_answer.h"

namespace hubmill {
namespace {

constexpr char kTwoPods[] = R"(apiVersion: v1
kind: Pod
metadata:
  name: a
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: x}
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Service
  metadata: {name: s}
- 7
---
apiVersion: example.com/v1
kind: Widget
metadata: {name: w}
)";

TEST(CheckovObjects, AllOfAKindThatItKnowsMustBeJudged) {
  JudgedObjects judged = {{"Pod", {"Pod.default.a", "Pod.x.b"}},
                          {"Service", {"Service.default.s"}}};
  EXPECT_EQ(PassedOverKind(kTwoPods, judged), "");
  judged["Pod"].erase("Pod.x.b");
  EXPECT_EQ(PassedOverKind(kTwoPods, judged), "Pod");
  judged["Pod"].insert("Pod.x.b");
  judged.erase("Service");
  EXPECT_EQ(PassedOverKind(kTwoPods, judged), "Service");
}

TEST(CheckovObjects, WithoutANameItIsOneThatMayBePassedOver) {
  const char* manifest = "apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-}\n";
  EXPECT_EQ(PassedOverKind(manifest, {}), "Pod");
  EXPECT_EQ(PassedOverKind(manifest, {{"Pod", {"Pod.default.app-x"}}}), "")
      << "named by its labels";
  EXPECT_EQ(PassedOverKind("apiVersion: v1\nkind: 7\n", {}), "");
  EXPECT_EQ(PassedOverKind("a: [", {}), "");
}

TEST(CheckovObjects, AreThoseOfChecksWhateverTheySay) {
  std::vector<JudgedObjects> judged;
  const auto answers = ReadCheckovAnswer(R"({"results":{"failed_checks":[],
      "passed_checks":[{"file_abs_path":"/w/f/000001/f.yaml","resource":"Pod.default.a"},
                       {"file_abs_path":"/etc/passwd","resource":"Pod.default.b"}],
      "skipped_checks":[{"file_abs_path":"/w/f/000001/f.yaml","resource":"Role.default.r"}]},
      "summary":{"failed":0,"parsing_errors":0}})",
                                         2, &judged);
  ASSERT_TRUE(answers.ok()) << answers.status();
  ASSERT_EQ(judged.size(), 2U);
  EXPECT_TRUE(judged[0].empty());
  EXPECT_EQ(judged[1], (JudgedObjects{{"Pod", {"Pod.default.a"}}, {"Role", {"Role.default.r"}}}));
}

}  // namespace
}  // namespace hubmill
