#include "security/configs/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "security/configs/yaml_scalar.h"

namespace hubmill {
namespace {

using Json = nlohmann::json;

std::string ReadText(const std::string& name) {
  std::ifstream in(std::string(HUBMILL_SOURCE_DIR) + "/" + name, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string FaultOf(std::string_view text) { return NameOf(ReadManifest(text).fault); }

TEST(Manifest, DocumentsHaveLinesAndJson) {
  const Manifest manifest = ReadManifest(
      "# words\napiVersion: v1\nkind: Pod\n---\n---\n# more\n\nkind: Service\napiVersion: v1\n"
      "spec: {ports: [{port: 80}]}\n--- \n- no map\n");
  ASSERT_EQ(manifest.fault, ManifestFault::kNone);
  ASSERT_EQ(manifest.documents.size(), 3);
  EXPECT_EQ(manifest.documents[0].line, 2);
  EXPECT_EQ(manifest.documents[0].json, R"({"apiVersion":"v1","kind":"Pod"})");
  EXPECT_EQ(manifest.documents[1].line, 8);
  EXPECT_EQ(manifest.documents[1].kind, "Service");
  EXPECT_EQ(manifest.documents[1].json,
            R"({"kind":"Service","apiVersion":"v1","spec":{"ports":[{"port":80}]}})");
  EXPECT_TRUE(manifest.documents[1].IsManifest());
  EXPECT_EQ(manifest.documents[2].line, 12);
  EXPECT_FALSE(manifest.documents[2].IsManifest());
}

TEST(Manifest, EqualsKubernetesOwnReader) {
  const Json expected = Json::parse(ReadText("tests/golden/security/k8s_yaml.json"));
  ASSERT_GE(expected.size(), 30);
  for (const auto& [name, documents] : expected.items()) {
    const Manifest manifest = ReadManifest(ReadText(name));
    if (documents.is_null()) {
      EXPECT_TRUE(manifest.fault == ManifestFault::kNotYaml ||
                  manifest.fault == ManifestFault::kHelmTemplate)
          << name;
      continue;
    }
    Json ours = Json::array();
    for (const ManifestDocument& document : manifest.documents) {
      ours.push_back(Json::parse(document.json));
    }
    EXPECT_EQ(ours, documents) << name;
  }
}

TEST(Manifest, EveryReason) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "empty"},
      {"# only words\n---\n~\n", "empty"},
      {"a: [1\n", "not_yaml"},
      {"a: 1\n b: 2\n", "not_yaml"},
      {"a: {{ .Values.x }}\n", "helm_template"},
      {"{{- if .x }}\nkind: Pod\n{{- end }}\n", "helm_template"},
      {"kind: Pod\n", "no_manifest"},
      {"apiVersion: v1\nkind: [Pod]\n", "no_manifest"},
      {"apiVersion: 1\nkind: Pod\n", "no_manifest"},
      {"- apiVersion: v1\n  kind: Pod\n", "no_manifest"},
      {"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n", "kustomization"},
      {"{a: 1}: b\n", "not_yaml"},
      {"a: *nowhere\n", "not_yaml"},
      {"a: &x [*x]\n", "alias_bomb"},
      {"<<: 5\n", "not_yaml"},
      {"a: 1\n]\n", "not_yaml"},
      {"kind: a\napiVersion: b\n\"c\" d: e\n", "not_yaml"},
      {"- a\nb: c\n", "not_yaml"},
      {"a: \xFF\n", "not_yaml"},
      {"a: 1\nb\n", "not_yaml"},
      {"a\n---b: 1\n", "not_yaml"},
      {"a:\n  b: \"c\n", "not_yaml"},
      {"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n---\napiVersion: v1\n"
       "kind: Pod\n",
       ""},
      {"apiVersion: v1\nkind: ConfigMap\ndata: {t: \"{{ kept }}\"}\n", ""},
  };
  for (const auto& [text, fault] : cases) EXPECT_EQ(FaultOf(text), fault) << text;
  EXPECT_EQ(FaultOf(std::string_view("a: \0\n", 5)), "not_yaml");
}

TEST(Manifest, FaultsSayWhere) {
  const Manifest manifest = ReadManifest("a: 1\nb: [1,\n");
  EXPECT_EQ(manifest.fault, ManifestFault::kNotYaml);
  EXPECT_GE(manifest.line, 2);
  EXPECT_FALSE(manifest.why.empty());
  EXPECT_TRUE(manifest.documents.empty());
}

TEST(Manifest, BombsEnd) {
  std::string laughs = "a: &a [x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c <= 'z'; ++c) {
    laughs += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 9; ++i) laughs += std::string(i ? ", *" : "*") + static_cast<char>(c - 1);
    laughs += "]\n";
  }
  EXPECT_EQ(FaultOf(laughs), "alias_bomb");
  std::string texts = "a: &a \"" + std::string(100'000, 'x') + "\"\nb: [*a";
  for (int i = 0; i < 1000; ++i) texts += ", *a";
  EXPECT_EQ(FaultOf(texts + "]\n"), "alias_bomb");
  std::string merges = "a: &a {";
  for (int i = 0; i < 2000; ++i) merges += "k" + std::to_string(i) + ": 1, ";
  merges += "}\nb:\n  <<: [*a";
  for (int i = 0; i < 20'000; ++i) merges += ", *a";
  EXPECT_EQ(FaultOf(merges + "]\n"), "alias_bomb");
  std::string chain = "a0: &a0 {}\n";
  for (int i = 1; i < 300; ++i) {
    chain += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " {<<: *a" +
             std::to_string(i - 1) + "}\n";
  }
  EXPECT_EQ(FaultOf(chain), "too_deep");
}

TEST(Manifest, DepthIsBounded) {
  // What is never closed may be found to be no YAML first; it ends as quickly.
  for (const char* open : {"[", "{a: ", "- ", "? ", "a: {b: [", "- - [", "[{"}) {
    std::string text;
    while (text.size() < 900'000) text += open;
    EXPECT_THAT(FaultOf(text), testing::AnyOf("too_deep", "not_yaml")) << open;
  }
  for (const auto& [open, close] : {std::pair{"[", "]"}, {"{a: ", "}"}}) {
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += open;
    for (int i = 0; i < 100'000; ++i) text += close;
    EXPECT_EQ(FaultOf(text), "too_deep") << open;
  }
  std::string indented;
  for (int i = 0; i < 1000; ++i) indented += std::string(i, ' ') + "a:\n";
  EXPECT_EQ(FaultOf(indented), "too_deep");
  std::string fine = "apiVersion: v1\nkind: K\na: ";
  for (int i = 0; i < kManifestDepthMax - 1; ++i) fine += "[";
  for (int i = 0; i < kManifestDepthMax - 1; ++i) fine += "]";
  EXPECT_EQ(FaultOf(fine), "");
}

TEST(Manifest, ManyDocumentsStayLinear) {
  std::string text;
  while (text.size() < 1'000'000) text += "---\na\n";
  EXPECT_EQ(ReadManifest(text).documents.size(), 166'667);
}

TEST(Manifest, LargeTextsAreRefusedUnread) {
  const std::string large(50 << 20, '[');
  EXPECT_EQ(FaultOf(large), "too_large");
  EXPECT_EQ(NameOf(ReadManifest("a: 1\n", {.bytes_max = 4}).fault), std::string("too_large"));
}

TEST(YamlScalar, AsKubernetesTypesIt) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "null"},
      {"~", "null"},
      {"yes", "true"},
      {"Off", "false"},
      {"0644", "420"},
      {"0x1F", "31"},
      {"1_000", "1000"},
      {"08", "8.0"},
      {"-0", "0"},
      {"+7", "7"},
      {"1e3", "1000.0"},
      {".5", "0.5"},
      {"1e999", "\"1e999\""},
      {".inf", "\".inf\""},
      {"12:30", "\"12:30\""},
      {"2020-01-01", "\"2020-01-01\""},
      {"-", "\"-\""},
      {"_", "\"_\""},
      {"18446744073709551615", "18446744073709551615"},
      {"0o8", "\"0o8\""},
      {"é", "\"é\""},
  };
  for (const auto& [text, json] : cases) EXPECT_EQ(JsonOfPlainScalar(text), json) << text;
}

}  // namespace
}  // namespace hubmill
