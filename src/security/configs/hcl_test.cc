#include "security/configs/hcl.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

namespace hubmill {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

std::string JsonOf(std::string_view text) {
  HclFile file;
  const auto error = ParseHcl(text, &file);
  EXPECT_FALSE(error) << text;
  return file.json;
}

/// "LINE:COLUMN expected"
std::string ErrorOf(std::string_view text) {
  HclFile file;
  const auto error = ParseHcl(text, &file);
  if (!error) return "none: " + file.json;
  return std::to_string(error->line) + ":" + std::to_string(error->column) + " " + error->expected;
}

std::string ReadText(const std::string& name) {
  std::ifstream in(std::string(HUBMILL_SOURCE_DIR) + "/" + name, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

Json WithoutLines(const Json& json) {
  Json out = json;
  if (out.is_object()) out.erase(kHclLineKey);
  for (auto& value : out) {
    if (value.is_structured()) value = WithoutLines(value);
  }
  return out;
}

TEST(Hcl, BlocksAreListsBelowTheirLabels) {
  EXPECT_EQ(JsonOf("resource \"aws_s3_bucket\" \"b\" {\n  acl = \"private\"\n}\n"),
            R"({"resource":{"aws_s3_bucket":{"b":[{"__line__":1,"acl":"private"}]}}})");
  EXPECT_EQ(JsonOf("\n/* a\nb */ locals {}\nlocals { a = 1 }\nx y {}\nx \"z\" {}"),
            R"({"locals":[{"__line__":3},{"__line__":4,"a":1}],)"
            R"("x":{"y":[{"__line__":5}],"z":[{"__line__":6}]}})");
  EXPECT_EQ(JsonOf(""), "{}");
  EXPECT_EQ(JsonOf("\xEF\xBB\xBF"
                   "a = 1\r\nb {\r\n}\r\n"),
            R"({"a":1,"b":[{"__line__":2}]})");
}

TEST(Hcl, CountsTheBlocksAtTheTop) {
  HclFile file;
  ASSERT_FALSE(ParseHcl("a {\n  b {\n  }\n}\nc {}\nd = 1\n", &file));
  EXPECT_EQ(file.blocks, 2);
}

TEST(Hcl, ALineOfTheFileDoesNotLie) {
  EXPECT_EQ(JsonOf("\na {\n  __line__ = 99\n}\n"), R"({"a":[{"__line__":2}]})");
}

TEST(Hcl, EqualsHcl2json) {
  const Json expected = Json::parse(ReadText("tests/golden/security/hcl2json.json"));
  ASSERT_GE(expected.size(), 28);
  for (const auto& [name, json] : expected.items()) {
    HclFile file;
    const auto error = ParseHcl(ReadText(name), &file);
    EXPECT_EQ(error.has_value(), json.is_null()) << name;
    if (!error) {
      EXPECT_EQ(WithoutLines(Json::parse(file.json)), json) << name;
    }
  }
}

std::string OutputOf(const std::string& command) {
  std::string out;
  FILE* pipe = popen(command.c_str(), "r");
  std::array<char, 65536> bytes;
  while (const size_t got = fread(bytes.data(), 1, bytes.size(), pipe))
    out.append(bytes.data(), got);
  pclose(pipe);
  return out;
}

// The measure of docs/recipes/security-configs.md; once in a while, by hand.
TEST(Hcl, RealFilesEqualHcl2json) {
  const char* program = std::getenv("HUBMILL_HCL2JSON");
  const char* shared = std::getenv("HUBMILL_SHARED");
  const std::string archive =
      std::string(shared != nullptr ? shared : HUBMILL_SOURCE_DIR "/../shared") +
      "/data/04_k8s_terraform/terraform.tar.zst";
  if (program == nullptr || !fs::exists(archive)) {
    GTEST_SKIP() << "needs " << archive << ", and HUBMILL_HCL2JSON to name that program";
  }
  std::string name = (fs::temp_directory_path() / "hubmill_hcl_XXXXXX").string();
  const fs::path root = mkdtemp(name.data());
  ASSERT_EQ(std::system(("tar --zstd -C '" + name + "' -xf '" + archive + "'").c_str()), 0);
  int files = 0, verdicts = 0, equal = 0;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    const fs::path suffix = entry.path().extension();
    if (suffix != ".tf" && suffix != ".tfvars") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(in), {});
    const std::string json =
        OutputOf(std::string(program) + " '" + entry.path().string() + "' 2>/dev/null");
    HclFile file;
    const bool refused = ParseHcl(text, &file).has_value();
    ++files;
    verdicts += refused == json.empty() ? 1 : 0;
    equal += refused == json.empty() &&
                     (refused || WithoutLines(Json::parse(file.json)) == Json::parse(json))
                 ? 1
                 : 0;
  }
  fs::remove_all(root);
  EXPECT_EQ(files, 1085);
  EXPECT_EQ(verdicts, files);
  EXPECT_EQ(equal, files - 2);  // Two have a condition in a template.
}

TEST(Hcl, WhereItDiffersFromHcl2json) {
  // A condition in a template is no directive; of an empty else the marker stays.
  EXPECT_EQ(JsonOf("a = \"x${c ? 1 : 2}y\""), R"({"a":"x${c ? 1 : 2}y"})");
  EXPECT_EQ(JsonOf("a = \"%{ if c }y%{ else }%{ endif }\""), R"({"a":"%{if c}y%{else}%{endif}"})");
  // A negative number in a template is its digits; types are not checked; digits stay.
  EXPECT_EQ(JsonOf("a = \"${-5}x\""), R"({"a":"-5x"})");
  EXPECT_EQ(JsonOf("a = !1\nb = 1.50"), R"({"a":"${!1}","b":1.50})");
}

TEST(Hcl, ErrorsSayWhere) {
  const std::pair<const char*, const char*> cases[] = {
      {"a = \n", "1:5 an expression"},
      {"a = 1\na = 2\n", "2:1 each argument once"},
      {"b {\n  a = 1\n", "3:1 a closing brace"},
      {"b\n{\n}\n", "1:2 = or an opening brace"},
      {"b { a = 1, c = 2 }\n", "1:10 a closing brace on the same line"},
      {"b { a = 1 } c {}\n", "1:13 a newline"},
      {"a = 1, b = 2\n", "1:6 a newline"},
      {"a = [1 2]\n", "1:8 a comma or a closing bracket"},
      {"a = {\n  b 1\n}\n", "2:5 = or : behind a key"},
      {"a = {b = 1 c = 2}\n", "1:12 a comma, a newline or a closing brace"},
      {"a = \"é\nb\"\n", "1:7 a closing quote on the same line"},
      {"a = \"b", "1:6 a closing quote"},
      {"a = \"\\x\"\n", "1:6 one of \\n \\r \\t \\\" \\\\ \\u \\U"},
      {"a = \"\\u12G4\"\n", "1:6 four hexadecimal digits"},
      {"a = \"\\uD800\"\n", "1:6 a Unicode character"},
      {"a = \"${b\"\n", "1:9 a closing brace of ${ or %{ (a literal one is written $${ or %%{)"},
      {"a = \"${b c}\"\n",
       "1:10 a closing brace of ${ or %{ (a literal one is written $${ or %%{)"},
      {"a = \"%{ if b }\"\n", "1:6 %{ endif }"},
      {"a = \"%{ endfor }\"\n", "1:6 each %{ endfor } behind its for"},
      {"a = \"%{ while b }\"\n", "1:9 if, else, endif, for or endfor"},
      {"a = <<E\nx\nE", "2:1 a line with the closing word, and a newline behind it"},
      {"a = 1.2.3\n", "1:5 a number"},
      {"a = b.\n", "1:7 an attribute's name"},
      {"a = b.0.1\n", "1:7 an attribute's name"},
      {"a = b ? c\n", "1:10 : of a condition"},
      {"a = f(b c)\n", "1:9 a comma or a closing parenthesis"},
      {"a = (b\n", "2:1 a closing parenthesis"},
      {"a = [for x : y]\n", "1:12 in"},
      {"a = [for x in y : x => x]\n", "1:21 a value without a key"},
      {"a = {for x in y : x}\n", "1:20 => behind a key"},
      {"a = b & c\n", "1:7 a newline"},
      {"a = 'b'\n", "1:5 an expression"},
      {"/* never closed", "1:1 an argument or a block"},
      {"x {}\nx \"a\" {}\n", "2:1 blocks of one type with equally many labels"},
      {"x \"${a}\" {}\n", "1:4 a label without ${ or %{"},
      {"\"a\" = 1\n", "1:1 an argument or a block"},
      {"a = \xFF\n", "1:5 UTF-8"},
      {"a = 1\rb = 2\n", "1:6 a newline"},
  };
  for (const auto& [text, error] : cases) EXPECT_EQ(ErrorOf(text), error) << text;
}

TEST(Hcl, NestingIsBounded) {
  for (const auto& part : std::vector<std::array<const char*, 3>>{{"[", "1", "]"},
                                                                  {"(", "1", ")"},
                                                                  {"{a=", "1", "}"},
                                                                  {"f(", "1", ")"},
                                                                  {"-", "1", ""},
                                                                  {"\"${", "1", "}\""},
                                                                  {"a[", "0", "]"},
                                                                  {"[for x in ", "y", ": x]"}}) {
    const char* open = part[0];
    const char* inner = part[1];
    const char* close = part[2];
    const auto nested = [&](int levels) {
      std::string text = "a = ";
      for (int i = 0; i < levels; ++i) text += open;
      text += inner;
      for (int i = 0; i < levels; ++i) text += close;
      return text + "\n";
    };
    HclFile file;
    EXPECT_FALSE(ParseHcl(nested(50), &file)) << open;
    EXPECT_EQ(ErrorOf(nested(100'000)).substr(0, 2), "1:") << open;
    EXPECT_NE(ErrorOf(nested(100'000)).find("fewer levels of nesting"), std::string::npos) << open;
  }
  std::string blocks;
  for (int i = 0; i < 10'000; ++i) blocks += "b {\n";
  EXPECT_NE(ErrorOf(blocks).find("fewer levels of nesting"), std::string::npos);
}

TEST(Hcl, ManyNamesStayLinear) {
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += "x \"l" + std::to_string(i) + "\" {}\n";
  text += "m = {\n";
  for (int i = 0; i < 50'000; ++i) text += "  k" + std::to_string(i % 25'000) + " = 1\n";
  text += "}\n";
  HclFile file;
  ASSERT_FALSE(ParseHcl(text, &file));
  EXPECT_EQ(file.blocks, 50'000);
}

}  // namespace
}  // namespace hubmill
