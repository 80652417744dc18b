#include "security/configs/config_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "security/configs/config_filter.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::UnorderedElementsAre;

constexpr char kPod[] = "apiVersion: v1\nkind: Pod\n";

class ConfigFiles : public testing::Test {
 protected:
  ConfigFiles() {
    std::string name = (fs::temp_directory_path() / "hubmill_configs_XXXXXX").string();
    root_ = mkdtemp(name.data());
  }
  ~ConfigFiles() override { fs::remove_all(root_); }

  void Write(const std::string& path, const std::string& text) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path, std::ios::binary) << text;
  }
  ConfigTree Find(ConfigLang lang = ConfigLang::kK8s, const DiscoverOptions& options = {}) const {
    const Result<ConfigTree> tree = DiscoverConfigs(root_.string(), lang, options);
    EXPECT_TRUE(tree.ok()) << tree.status().ToString();
    return tree.ok() ? *tree : ConfigTree{};
  }
  static std::vector<std::string> PathsOf(const ConfigTree& tree) {
    std::vector<std::string> paths;
    for (const ConfigFile& file : tree.files) paths.push_back(file.path);
    return paths;
  }
  static std::map<std::string, std::string> SkippedOf(const ConfigTree& tree) {
    std::map<std::string, std::string> skipped;
    for (const SkippedConfig& one : tree.skipped) skipped[one.path] = one.reason;
    return skipped;
  }

  fs::path root_;
};

TEST_F(ConfigFiles, OrderIsThatOfBytes) {
  for (const char* path : {"b.yaml", "a/z.yml", "a-b.yaml", "a.YAML", "Z.yaml", ".github/w.yaml",
                           ".git/no.yaml", "x/.terraform/no.yaml", "é.yaml", "other.txt"}) {
    Write(path, std::string(kPod) + "# " + path + "\n");
  }
  EXPECT_THAT(PathsOf(Find()), ElementsAre(".github/w.yaml", "Z.yaml", "a-b.yaml", "a.YAML",
                                           "a/z.yml", "b.yaml", "é.yaml"));
}

TEST_F(ConfigFiles, TextsAreAsPythonReadsThem) {
  Write("a.tf", "variable \"x\" {}\r\n");
  Write("b.tf", "\xEF\xBB\xBFvariable \"y\" {}\rvariable \"z\" {}\n");
  const ConfigTree tree = Find(ConfigLang::kTf);
  ASSERT_EQ(tree.files.size(), 2);
  EXPECT_EQ(tree.files[0].text, "variable \"x\" {}\n");
  EXPECT_EQ(tree.files[0].hash, "9ea8fc7c7d76bc53");
  EXPECT_EQ(tree.files[1].text, "variable \"y\" {}\nvariable \"z\" {}\n");
  EXPECT_EQ(tree.bytes, 48);
  EXPECT_EQ(ConfigHash("é\n"), "edd3a863872a0423");
  const ConfigTree compat = Find(ConfigLang::kTf, {.compat = true});
  EXPECT_EQ(compat.files[1].text.substr(0, 3), "\xEF\xBB\xBF");
}

TEST_F(ConfigFiles, EveryReasonOfAManifest) {
  Write("ok.yaml", kPod);
  Write("same.yaml", kPod);
  Write("empty.yaml", " \n\t\n");
  Write("words.yaml", "# only words\n");
  Write("bytes.yaml", "kind: \xFF\n");
  Write("list.yaml", "- 1\n");
  Write("bad.yaml", "a: [\n");
  Write("bomb.yaml", "a: &a [*a]\n");
  Write("deep.yaml", std::string(500, '[') + std::string(500, ']'));
  Write("large.yaml", std::string((1 << 20) + 1, ' '));
  Write("kust.yaml", "apiVersion: kustomize.config.k8s.io/v1\nkind: Component\n");
  Write("chart/Chart.yaml", "apiVersion: v2\nname: x\n");
  Write("chart/templates/sub/t.yaml", std::string(kPod) + "name: \"{{ .x }}\"\n");
  Write("chart/templates/plain.yaml", std::string(kPod) + "name: plain\n");
  Write("templates/free.yaml", std::string(kPod) + "name: \"{{ .x }}\"\n");
  Write("helm.yaml", std::string(kPod) + "name: {{ .x }}\n");
  const ConfigTree tree = Find();
  EXPECT_THAT(PathsOf(tree),
              ElementsAre("chart/templates/plain.yaml", "ok.yaml", "templates/free.yaml"));
  EXPECT_THAT(
      SkippedOf(tree),
      UnorderedElementsAre(
          Pair("same.yaml", "duplicate"), Pair("empty.yaml", "empty"), Pair("words.yaml", "empty"),
          Pair("bytes.yaml", "not_utf8"), Pair("list.yaml", "no_manifest"),
          Pair("bad.yaml", "not_yaml"), Pair("bomb.yaml", "alias_bomb"),
          Pair("deep.yaml", "too_deep"), Pair("large.yaml", "too_large"),
          Pair("kust.yaml", "kustomization"), Pair("chart/Chart.yaml", "no_manifest"),
          Pair("chart/templates/sub/t.yaml", "helm_template"), Pair("helm.yaml", "helm_template")));
  EXPECT_EQ(tree.found, 16);
  EXPECT_EQ(tree.reasons.at("empty"), 2);
  EXPECT_EQ(tree.reasons.at("helm_template"), 2);
}

TEST_F(ConfigFiles, EveryReasonOfTerraform) {
  Write("ok.tf", "locals {\n}\n");
  Write("bad.TF", "locals {\n");
  Write("none.tf", "# resource \"a\" \"b\" {}\n");
  Write("x.tf.json", "{}");
  Write(".tf", "locals {}\n");
  const ConfigTree tree = Find(ConfigLang::kTf);
  EXPECT_THAT(PathsOf(tree), ElementsAre("ok.tf"));
  EXPECT_THAT(SkippedOf(tree),
              UnorderedElementsAre(Pair("bad.TF", "not_hcl"), Pair("none.tf", "no_blocks")));
  EXPECT_EQ(tree.skipped[0].line, 2);
  EXPECT_EQ(tree.skipped[0].why, "column 1: expected a closing brace");
}

TEST_F(ConfigFiles, LinksStayWithinTheRoot) {
  Write("real/a.yaml", kPod);
  const fs::path outside = fs::path(root_.string() + "_outside.yaml");
  std::ofstream(outside) << kPod << "secret: 1\n";
  fs::create_symlink("real/a.yaml", root_ / "in.yaml");
  fs::create_symlink(outside, root_ / "out.yaml");
  fs::create_symlink("../../" + outside.filename().string(), root_ / "real/up.yaml");
  fs::create_symlink("nowhere", root_ / "broken.yaml");
  fs::create_symlink("self.yaml", root_ / "self.yaml");
  fs::create_directory_symlink(".", root_ / "loop");
  fs::create_directory_symlink("../..", root_ / "real/modules");
  fs::create_directory_symlink("/", root_ / "machine");
  ASSERT_EQ(mkfifo((root_ / "pipe.yaml").c_str(), 0600), 0);
  const ConfigTree tree = Find();
  fs::remove(outside);
  EXPECT_THAT(PathsOf(tree), ElementsAre("in.yaml"));
  EXPECT_THAT(
      SkippedOf(tree),
      UnorderedElementsAre(Pair("real/a.yaml", "duplicate"), Pair("out.yaml", "link_outside"),
                           Pair("real/up.yaml", "link_outside"), Pair("broken.yaml", "link_broken"),
                           Pair("self.yaml", "link_broken"), Pair("loop", "link_to_folder"),
                           Pair("real/modules", "link_outside"), Pair("machine", "link_outside"),
                           Pair("pipe.yaml", "no_file")));
}

TEST_F(ConfigFiles, OddNamesAreSkippedAndShownEscaped) {
  Write("line\nbreak.yaml", kPod);
  Write("\xFF.yaml", kPod);
  Write("odd\x01/a.yaml", kPod);
  Write("fine.yaml", kPod);
  EXPECT_THAT(SkippedOf(Find()),
              UnorderedElementsAre(Pair("line\\x0abreak.yaml", "odd_name"),
                                   Pair("\\xff.yaml", "odd_name"), Pair("odd\\x01", "odd_name")));
}

TEST_F(ConfigFiles, NothingThereIsWrongUsage) {
  Write("a.txt", "");
  for (const std::string& root :
       {root_.string(), root_.string() + "/none", root_.string() + "/a.txt"}) {
    const Status status = DiscoverConfigs(root, ConfigLang::kTf).status();
    EXPECT_EQ(KindOf(status), FailureKind::kWrongUsage) << root;
    EXPECT_THAT(status.message(), HasSubstr("hubmill security clone-sources"));
  }
}

TEST_F(ConfigFiles, WhatCannotBeReadIsNamed) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read everything";
  Write("a.yaml", kPod);
  fs::permissions(root_ / "a.yaml", fs::perms::none);
  const Status status = DiscoverConfigs(root_.string(), ConfigLang::kK8s).status();
  EXPECT_EQ(KindOf(status), FailureKind::kRunFailed);
  EXPECT_THAT(status.message(), HasSubstr("a.yaml"));
}

TEST_F(ConfigFiles, CompatKeepsWhatTheOriginalKeeps) {
  Write("a.yaml", "# apiVersion: and kind: in words only\n");
  Write("b.yaml", "# apiVersion: and kind: in words only\n");
  Write("c.yaml", "kind: \xFF apiVersion:\n");
  Write("d.yaml", "just: yaml\n");
  const ConfigTree tree = Find(ConfigLang::kK8s, {.compat = true});
  EXPECT_THAT(PathsOf(tree), ElementsAre("a.yaml", "b.yaml", "c.yaml"));
  EXPECT_EQ(tree.files[2].text, "kind:  apiVersion:\n");
  EXPECT_THAT(SkippedOf(tree), UnorderedElementsAre(Pair("d.yaml", "no_manifest")));
}

TEST(ConfigFilter, EqualsTheOriginal) {
  std::ifstream in(std::string(HUBMILL_SOURCE_DIR) + "/tests/golden/security/config_filters.json");
  const auto tables = nlohmann::json::parse(in);
  for (const auto& [text, kept] :
       tables["is_k8s"].get<std::vector<std::pair<std::string, bool>>>()) {
    EXPECT_EQ(LooksLikeManifest(text), kept) << text;
  }
  for (const auto& [text, kept] :
       tables["is_hcl"].get<std::vector<std::pair<std::string, bool>>>()) {
    EXPECT_EQ(LooksLikeTerraform(text), kept) << text;
  }
  for (const auto& [text, hash] :
       tables["e2_hash"].get<std::vector<std::pair<std::string, std::string>>>()) {
    EXPECT_EQ(ConfigHash(text), hash) << text;
  }
}

TEST(ConfigSamples, HoldEachKindOfFile) {
  const std::string root = std::string(HUBMILL_SOURCE_DIR) + "/samples/security/configs/";
  const Result<ConfigTree> k8s = DiscoverConfigs(root + "k8s", ConfigLang::kK8s);
  ASSERT_TRUE(k8s.ok()) << k8s.status().ToString();
  EXPECT_EQ(k8s->files.size(), 23);
  EXPECT_THAT(k8s->reasons, ElementsAre(Pair("helm_template", 2), Pair("kustomization", 1),
                                        Pair("no_manifest", 3), Pair("not_yaml", 1)));
  const Result<ConfigTree> tf = DiscoverConfigs(root + "tf", ConfigLang::kTf);
  ASSERT_TRUE(tf.ok()) << tf.status().ToString();
  EXPECT_EQ(tf->files.size(), 25);
  EXPECT_THAT(tf->reasons, ElementsAre(Pair("no_blocks", 1), Pair("not_hcl", 1)));
}

/// The real manifests and Terraform files of ../shared, where they are.
TEST_F(ConfigFiles, RealSources) {
  const char* given = std::getenv("HUBMILL_SHARED");
  const fs::path shared =
      given != nullptr ? fs::path(given) : fs::path(HUBMILL_SOURCE_DIR) / "../shared";
  const fs::path data = shared / "data/04_k8s_terraform";
  if (!fs::exists(data / "kubernetes.tar.zst")) {
    GTEST_SKIP() << "needs " << data.string() << ", which is not here";
  }
  for (const char* kind : {"kubernetes", "terraform"}) {
    fs::create_directories(root_ / kind);
    const std::string command = "tar --zstd -C '" + (root_ / kind).string() + "' -xf '" +
                                (data / kind).string() + ".tar.zst'";
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }
  const auto k8s = DiscoverConfigs((root_ / "kubernetes").string(), ConfigLang::kK8s);
  ASSERT_TRUE(k8s.ok());
  EXPECT_EQ(k8s->found, 844);
  EXPECT_THAT(k8s->reasons,
              ElementsAre(Pair("duplicate", 32), Pair("empty", 2), Pair("helm_template", 58),
                          Pair("kustomization", 35), Pair("no_manifest", 106)));
  const auto tf = DiscoverConfigs((root_ / "terraform").string(), ConfigLang::kTf);
  ASSERT_TRUE(tf.ok());
  EXPECT_EQ(tf->found, 1077);
  EXPECT_THAT(tf->reasons, ElementsAre(Pair("duplicate", 523), Pair("empty", 51),
                                       Pair("no_blocks", 3), Pair("not_hcl", 4)));
}

}  // namespace
}  // namespace hubmill
