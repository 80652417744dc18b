#include "run/version_facts.h"

#include <gtest/gtest.h>

namespace hubmill {
namespace {

class VersionFactsTest : public testing::Test {
 protected:
  VersionFactsTest() {
    CardConfig config;
    config.features = {{.name = "text", .dtype = "string"},
                       {.name = "label",
                        .kind = CardFeature::Kind::kClassLabel,
                        .labels = {"low", "high \xC3\xA9"}}};
    config.splits = {{.name = "train", .rows = 8}, {.name = "test", .rows = 2}};
    contents_.card.configs = {config};
    contents_.rows = 10;
    contents_.files = {{.path = ".hubmill/r/manifest.json", .sha256 = "m"},
                       {.path = "data/train.parquet", .sha256 = "t"}};
    facts_ = {.repo = "alice/set",
              .tag = "v1",
              .message = "A message",
              .unix_micros = 1761748252123456,  // 2025-10-29T14:30:52.123456
              .contents = &contents_};
  }

  OutputContents contents_;
  VersionFacts facts_;
};

TEST_F(VersionFactsTest, TimeFillsAPattern) {
  EXPECT_EQ(ExpandTime("v%Y%m%d_%H%M%S", facts_.unix_micros), "v20251029_143052");
  EXPECT_EQ(ExpandTime("100%, %d%", facts_.unix_micros), "100%, 29%");
}

TEST_F(VersionFactsTest, TextsNameFactsAndKeepTheRest) {
  EXPECT_EQ(ExpandFacts("${repo} of ${owner}: ${tag}, ${time}", facts_),
            "alice/set of alice: v1, 20251029_143052");
  EXPECT_EQ(ExpandFacts("${created_at}", facts_), "2025-10-29T14:30:52.123456+00:00");
  EXPECT_EQ(ExpandFacts("${rows} ${rows.train} ${rows.none} ${no} ${", facts_),
            "10 8 ${rows.none} ${no} ${");
  EXPECT_EQ(ExpandFacts("${labels}\n", facts_),
            "| Label | ID |\n|---|---|\n| low | 0 |\n| high \xC3\xA9 | 1 |\n");
}

TEST_F(VersionFactsTest, MetadataIsAsPythonWritesIt) {
  const Setting metadata =
      ParseYaml(
          "{a: '${repo}', n: '${rows}', s: '${splits}', sha: '${sha256}', t: 'v ${tag} é', k: 3}",
          "m")
          .ValueOrDie();
  const std::string json = RenderMetadata(metadata, facts_);
  EXPECT_EQ(json, R"({
    "a": "alice/set",
    "n": 10,
    "s": {
        "train": 8,
        "test": 2
    },
    "sha": {
        "data/train.parquet": "t"
    },
    "t": "v v1 \u00e9",
    "k": 3
})");
}

TEST_F(VersionFactsTest, TheTagIsFoundAgain) {
  const Setting metadata = ParseYaml("{version: '${tag}', rows: '${rows}'}", "m").ValueOrDie();
  EXPECT_EQ(TagInMetadata(metadata, RenderMetadata(metadata, facts_)), "v1");
  EXPECT_EQ(TagInMetadata(metadata, "{\"version\": 7}"), "");
  EXPECT_EQ(TagInMetadata(metadata, "not JSON"), "");
  EXPECT_EQ(TagInMetadata(Setting{}, "{}"), "");
}

TEST_F(VersionFactsTest, FrontMatterAndItsSizeCategory) {
  const Setting more =
      ParseYaml("{license: mit, size_categories: ['${size_category}']}", "m").ValueOrDie();
  const std::string readme = WithFrontMatter("---\nconfigs: []\n---\n# Text\n", more, facts_);
  EXPECT_EQ(readme, "---\nlicense: mit\nsize_categories:\n- n<1K\nconfigs: []\n---\n# Text\n");
  const auto of_rows = [&](int64_t rows, const std::string& text) {
    contents_.rows = rows;
    return WithOurKeys(text, more, "", facts_);
  };
  EXPECT_NE(of_rows(1000, readme).find("\n- 1K<n<10K\n"), std::string::npos);
  EXPECT_NE(of_rows(20'000'000'000, readme).find("\n- n>10B\n"), std::string::npos);
  const std::string own = "---\nsize_categories:\n- some\n---\n";
  EXPECT_EQ(of_rows(5, own), own);
  for (const char* license : {"a: b", "a\nb: c", "x}", "[y", "# z", ""}) {
    Setting odd = ParseYaml("{license: mit}", "m").ValueOrDie();
    odd.entries[0].second.scalar = license;
    const auto card = WithFrontMatter("---\nconfigs: []\n---\n", odd, facts_);
    const auto read = ParseYaml(card.substr(4, card.rfind("---") - 4), "card").ValueOrDie();
    EXPECT_EQ(read.Find("license")->scalar, license);
    EXPECT_EQ(read.entries.size(), 2u);
  }
}

TEST_F(VersionFactsTest, AKeyThatTheVersionBeforeWroteIsWrittenAnew) {
  const Setting more = ParseYaml("{license: cc-by-4.0, name: '${repo}'}", "m").ValueOrDie();
  const std::string before = R"({"license": "mit", "name": 5})";
  const auto with = [&](const std::string& text) {
    return WithOurKeys(text, more, before, facts_);
  };
  EXPECT_EQ(with("---\nname: x\nlicense: mit\n---\nlicense: mit\n"),
            "---\nname: x\nlicense: cc-by-4.0\n---\nlicense: mit\n");
  for (const std::string text :
       {"---\nlicense: apache-2.0\n---\n", "---\na: b\n---\nlicense: mit\n", "license: mit\n"}) {
    EXPECT_EQ(with(text), text);  // A person's, or no front matter.
  }
  EXPECT_EQ(WithOurKeys("---\nlicense: mit\n---\n", more, "nonsense", facts_),
            "---\nlicense: mit\n---\n");
}

TEST_F(VersionFactsTest, ALabelIsOneCell) {
  contents_.card.configs[0].features[1].labels = {"x|y", "a\\b\nc"};
  EXPECT_EQ(ExpandFacts("${labels}", facts_),
            "| Label | ID |\n|---|---|\n| x\\|y | 0 |\n| a\\\\b c | 1 |");
}

}  // namespace
}  // namespace hubmill
