#include "security/configs/config_objects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hubmill {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ConfigObjects, OfManifests) {
  EXPECT_THAT(
      ObjectsOf(ConfigLang::kK8s,
                "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: shop}\n"
                "spec:\n  containers: [{name: web}]\n  initContainers: [{image: x}]\n"
                "---\n# nothing\n---\napiVersion: v1\nkind: Job\nmetadata: {generateName: g-}\n"),
      ElementsAre(R"(["v1","Job",null,"g-"])", R"(["v1","Pod","shop","p","containers","web"])",
                  R"(["v1","Pod","shop","p","initContainers",null])",
                  R"(["v1","Pod","shop","p"])"));
  EXPECT_THAT(ObjectsOf(ConfigLang::kK8s,
                        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n"
                        "  metadata: {name: s}\n"),
              ElementsAre(R"(["v1","List",null,null])", R"(["v1","Service",null,"s"])"));
  EXPECT_THAT(ObjectsOf(ConfigLang::kK8s, "a: [\n"), IsEmpty());
}

TEST(ConfigObjects, OfTerraform) {
  EXPECT_THAT(
      ObjectsOf(ConfigLang::kTf,
                "resource \"a_b\" \"x\" { tags = { n = [1] } }\nmodule \"m\" {}\nlocals {}\n"
                "locals {}\n"),
      ElementsAre(R"(["locals"])", R"(["locals"])", R"(["module","m"])",
                  R"(["resource","a_b","x"])"));
  EXPECT_THAT(ObjectsOf(ConfigLang::kTf, "{"), IsEmpty());
}

TEST(ConfigObjects, Suppressions) {
  EXPECT_EQ(CountSuppressions("a: 1 # NoSemgrep\nx: ignore-check.kube-linter.io/latest-tag\n"), 2);
  EXPECT_EQ(CountSuppressions("#checkov:skip=CKV_1\n# bridgecrew:skip=2\ncheckov.io/skip1: x\n"),
            3);
  EXPECT_EQ(CountSuppressions("kind: Pod\n"), 0);
}

}  // namespace
}  // namespace hubmill
