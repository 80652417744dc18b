#include "security/configs/config_objects.h"

#include <gtest/gtest.h>

#include <string>

namespace hubmill {
namespace {

constexpr auto kK8s = ConfigLang::kK8s;
constexpr auto kTf = ConfigLang::kTf;

std::string Pod(const std::string& metadata, const std::string& container = "web") {
  return "apiVersion: v1\nkind: Pod\nmetadata: {" + metadata +
         "}\nspec:\n  containers: [{name: " + container + "}]\n";
}

TEST(KeepsObjects, OfManifests) {
  EXPECT_TRUE(KeepsObjects(kK8s, Pod("name: a"), "# more\n" + Pod("name: a, labels: {x: y}")));
  EXPECT_TRUE(KeepsObjects(kK8s, Pod("name: a"), Pod("name: a, namespace: b"))) << "filled in";
  EXPECT_FALSE(KeepsObjects(kK8s, Pod("name: a, namespace: c"), Pod("name: a, namespace: b")));
  EXPECT_FALSE(KeepsObjects(kK8s, Pod("name: a, namespace: c"), Pod("name: a")));
  EXPECT_FALSE(KeepsObjects(kK8s, Pod("name: a"), Pod("name: b")));
  EXPECT_FALSE(KeepsObjects(kK8s, Pod("name: a"), Pod("name: a", "other")));
  EXPECT_FALSE(KeepsObjects(kK8s, Pod("name: a"), Pod("name: a") + "---\n" + Pod("name: a")));
  EXPECT_FALSE(KeepsObjects(kK8s, Pod("name: a"), "kind: List\nitems: []\n"));
  EXPECT_TRUE(KeepsObjects(kK8s, Pod("name: a") + "---\n" + Pod("name: b"),
                           Pod("name: b") + "---\n" + Pod("name: a, namespace: z")));
  EXPECT_FALSE(KeepsObjects(kK8s, Pod("name: a"), "a: [\n")) << "that cannot be read";
}

TEST(KeepsObjects, OfTerraform) {
  const std::string bucket = "resource \"aws_s3_bucket\" \"logs\" {\n  acl = \"private\"\n}\n";
  EXPECT_TRUE(KeepsObjects(kTf, bucket, "resource \"aws_s3_bucket\" \"logs\" {}\n"));
  EXPECT_FALSE(KeepsObjects(kTf, bucket, "resource \"aws_s3_bucket\" \"other\" {}\n"));
  EXPECT_FALSE(KeepsObjects(kTf, bucket, bucket + "module \"m\" {}\n"));
}

TEST(AddsSilence, WhereItStandsAndHowMuch) {
  EXPECT_TRUE(AddsSilence(kTf, "a = 1\n", "a = 1 # NoSemgrep\n"));
  EXPECT_TRUE(AddsSilence(kTf, "a = 1 # nosemgrep: rule\n", "a = 1 # nosemgrep\n")) << "wider";
  EXPECT_FALSE(AddsSilence(kTf, "a = 1 # nosemgrep\n", "b = 2\n  a = 1 # nosemgrep\r\n"));
  EXPECT_FALSE(AddsSilence(kTf, "#checkov:skip=CKV_1\n", "b = 2\n"));
  const std::string old_one = Pod("name: a, annotations: {ignore-check.kube-linter.io/x: \"y\"}");
  EXPECT_FALSE(AddsSilence(kK8s, old_one, Pod("name: a")));
  EXPECT_TRUE(AddsSilence(kK8s, Pod("name: a"), old_one));
  EXPECT_TRUE(
      AddsSilence(kK8s, old_one, Pod("name: a, annotations: {kube-linter.io/ignore-all: y}")));
  EXPECT_TRUE(AddsSilence(kK8s, Pod("name: a"),
                          Pod("name: a, annotations: {\"kube-linter\\u002eio/ignore-all\": y}")))
      << "escaped";
}

}  // namespace
}  // namespace hubmill
