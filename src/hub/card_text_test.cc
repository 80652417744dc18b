#include "hub/card_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hubmill {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Kind = CardFeature::Kind;

CardFeature Value(const std::string& name, const std::string& dtype) {
  return {.name = name, .dtype = dtype};
}

// The card of the specification: nested, ClassLabel, lists of fixed length and of structs.
CardConfig Whole() {
  return {
      .name = "cfgA",
      .features =
          {Value("text", "string"),
           {.name = "label", .kind = Kind::kClassLabel, .labels = {"neg", "pos"}},
           {.name = "ids", .kind = Kind::kList, .children = {Value("", "int32")}},
           {.name = "meta",
            .kind = Kind::kStruct,
            .children = {Value("a", "int64"), Value("b", "string")}},
           {.name = "msgs",
            .kind = Kind::kList,
            .children = {{.kind = Kind::kStruct,
                          .children = {Value("role", "string"), Value("content", "string")}}}},
           {.name = "emb", .kind = Kind::kList, .children = {Value("", "float32")}, .length = 2}},
      .splits = {{"train", 3290, 50, {"cfgA/train-*"}}, {"test", 650, 10, {"cfgA/test-*"}}},
      .download_bytes = 9624};
}

constexpr char kWholeCard[] = R"(---
dataset_info:
- config_name: cfgA
  features:
  - name: text
    dtype: string
  - name: label
    dtype:
      class_label:
        names:
          '0': neg
          '1': pos
  - name: ids
    list: int32
  - name: meta
    struct:
    - name: a
      dtype: int64
    - name: b
      dtype: string
  - name: msgs
    list:
    - name: role
      dtype: string
    - name: content
      dtype: string
  - name: emb
    list: float32
    length: 2
  splits:
  - name: train
    num_bytes: 3290
    num_examples: 50
  - name: test
    num_bytes: 650
    num_examples: 10
  download_size: 9624
  dataset_size: 3940
configs:
- config_name: cfgA
  data_files:
  - split: train
    path: cfgA/train-*
  - split: test
    path: cfgA/test-*
---
)";

TEST(Card, WritesWhatTheOfficialLibraryWrites) {
  const auto card = MergeCard("", {Whole()});
  ASSERT_TRUE(card.ok()) << card.status();
  EXPECT_EQ(*card, kWholeCard);
  const Card parsed = *ParseCard(*card);
  ASSERT_EQ(parsed.configs.size(), 1U);
  EXPECT_EQ(parsed.configs[0].features, Whole().features);
  EXPECT_EQ(parsed.configs[0].splits, Whole().splits);
  EXPECT_EQ(*MergeCard(*card, {Whole()}), *card);  // Nothing to say: nothing changes.
}

constexpr char kMixedCard[] = R"(---
# Ours.
license: "cc-by-4.0"   # a comment
configs:   # listed by hand
- config_name: other
  data_files: other/*.parquet   # all of it
  description: >-
    folded
    text
# about cfg
- config_name: cfg
  drop_labels: true
  data_files:
  - split: train   # the old one
    path: cfg/train-*
    note: mine
  # the test split
  - split: test
    path: [cfg/a, 'cfg/b']

tags: [a,   b]
dataset_info:
  config_name: other
  features:
  - {name: x, dtype: int64}
  homepage: here
zzz:
  deep: {a: 1}
---
# Title

--- text ---
)";

constexpr char kMixedCardAfter[] = R"(---
# Ours.
license: "cc-by-4.0"   # a comment
configs:   # listed by hand
- config_name: other
  data_files: other/*.parquet   # all of it
  description: >-
    folded
    text
# about cfg
- config_name: cfg
  drop_labels: true
  data_files:
  - split: train   # the old one
    path: cfg/train-*
    note: mine
  # the test split
  - split: test
    path: cfg/test-00000.parquet
  - split: dev
    path: cfg/dev-*

tags: [a,   b]
dataset_info:
- config_name: other
  features:
  - {name: x, dtype: int64}
  homepage: here
- config_name: cfg
  splits:
  - name: test
    num_bytes: 5
    num_examples: 1
  - name: dev
    num_bytes: 6
    num_examples: 2
  dataset_size: 11
zzz:
  deep: {a: 1}
---
# Title

--- text ---
)";

TEST(Card, LeavesEverythingElseByteForByte) {
  const std::string readme = kMixedCard;
  const CardConfig update = {
      .name = "cfg",
      .splits = {{"test", 5, 1, {"cfg/test-00000.parquet"}}, {"dev", 6, 2, {"cfg/dev-*"}}}};
  const auto merged = MergeCard(readme, {update});
  ASSERT_TRUE(merged.ok()) << merged.status();
  EXPECT_EQ(*merged, kMixedCardAfter);
}

TEST(Card, PrependsToATextWithoutFrontMatter) {
  const CardConfig update = {.name = "default", .splits = {{"train", 1, 1, {"data/train-*"}}}};
  const std::string text = "# Title\n\nText\n\n---\n\nmore\n";
  const auto merged = MergeCard(text, {update});
  ASSERT_TRUE(merged.ok()) << merged.status();
  EXPECT_EQ(merged->substr(merged->size() - text.size()), text);
  EXPECT_EQ(ParseCard(*merged)->Find("default")->splits[0].paths[0], "data/train-*");
  EXPECT_EQ(*MergeCard(*merged, {}, {"default"}), "---\n---\n" + text);
  EXPECT_EQ(*MergeCard(text, {}, {"none"}), text);
}

TEST(Card, KeepsWindowsLineEndsAndAMissingLastOne) {
  const CardConfig update = {.name = "default", .splits = {{"train", 1, 1, {"t"}}}};
  const auto merged = MergeCard("---\r\nlicense: mit\r\n---\r\ntext", {update});
  ASSERT_TRUE(merged.ok()) << merged.status();
  EXPECT_EQ(merged->substr(0, 19), "---\r\nlicense: mit\r\n");
  EXPECT_EQ(merged->find("\n"), 4U);
  for (size_t i = 1; i < merged->size(); ++i) {
    if ((*merged)[i] == '\n') {
      EXPECT_EQ((*merged)[i - 1], '\r');
    }
  }
  EXPECT_EQ(merged->substr(merged->size() - 9), "---\r\ntext");
}

TEST(Card, ReplacesAndDropsWholeConfigs) {
  const auto two = MergeCard(kWholeCard, {{.name = "b", .splits = {{"train", 7, 7, {"b/*"}}}}});
  ASSERT_TRUE(two.ok()) << two.status();
  EXPECT_EQ(ParseCard(*two)->configs.size(), 2U);
  EXPECT_EQ(*MergeCard(*two, {}, {"b"}), kWholeCard);
  const auto replaced =
      MergeCard(*two, {{.name = "cfgA", .splits = {{"x", 1, 1, {"x"}}}}}, {"cfgA"});
  ASSERT_TRUE(replaced.ok()) << replaced.status();
  EXPECT_EQ(ParseCard(*replaced)->Find("cfgA")->splits.size(), 1U);
  EXPECT_THAT(ParseCard(*replaced)->Find("cfgA")->features, IsEmpty());
  EXPECT_EQ(*MergeCard(*two, {}, {"b", "cfgA"}), "---\n---\n");
}

TEST(Card, UpdatesALoneInfoInPlace) {
  const std::string readme = R"(---
dataset_info:
  features:
  - name: a
    sequence: int32
  splits:
  - name: train
    num_bytes: 1
    num_examples: 1
  license: x   # stays
  dataset_size: 1
---
)";
  const CardConfig update = {
      .name = "default",
      .features = {{.name = "a", .kind = Kind::kList, .children = {Value("", "int32")}}},
      .splits = {{"train", 4, 2, {"data/*"}}}};
  const auto merged = MergeCard(readme, {update});
  ASSERT_TRUE(merged.ok()) << merged.status();
  EXPECT_THAT(*merged, HasSubstr("    sequence: int32\n"));  // Says the same: left alone.
  EXPECT_THAT(*merged,
              HasSubstr("    num_examples: 2\n  license: x   # stays\n  dataset_size: 4\n"));
}

TEST(Card, QuotesWhatYamlWouldReadAsSomethingElse) {
  const CardConfig update = {
      .name = "no",
      .features = {Value("a: b", "timestamp[us, tz=UTC]"),
                   Value("1", "int64"),
                   {.name = "l",
                    .kind = Kind::kList,
                    .children = {{.kind = Kind::kClassLabel, .labels = {"yes", "\"q\"\n", ""}}}},
                   {.name = "ll",
                    .kind = Kind::kList,
                    .children = {{.kind = Kind::kList, .children = {Value("", "null")}}}}},
      .splits = {{"on", 1, 1, {"*.parquet", "a b#c.parquet"}}}};
  const auto merged = MergeCard("", {update});
  ASSERT_TRUE(merged.ok()) << merged.status();
  EXPECT_EQ(ParseCard(*merged)->Find("no")->features, update.features);
  EXPECT_EQ(ParseCard(*merged)->Find("no")->splits, update.splits);
}

TEST(Card, ReadsEveryFormOfDataFiles) {
  const auto read = [](const std::string& form) {
    return ParseCard("---\nconfigs:\n- config_name: c\n  data_files: " + form + "\n---\n")
        ->Find("c")
        ->splits;
  };
  EXPECT_THAT(read("a/*")[0].paths, ElementsAre("a/*"));
  EXPECT_THAT(read("[a, b]")[0].paths, ElementsAre("a", "b"));
  EXPECT_EQ(read("{train: a, test: [b, c]}")[1].paths.size(), 2U);
  EXPECT_EQ(read("[{split: dev, path: x}]")[0].name, "dev");
}

TEST(Card, AddsAtOnePlaceFromTheInsideOut) {
  // All of these are added behind the last line: a split, keys of its config, a config, a key.
  const CardConfig update = {.name = "default",
                             .features = {Value("x", "int64")},
                             .splits = {{"train", 1, 1, {"t"}}, {"test", 2, 1, {"u"}}},
                             .download_bytes = 3};
  for (const char* yaml : {"dataset_info:\n  splits:\n  - name: train\n    num_bytes: 1\n",
                           "dataset_info:\n- splits:\n  - name: train\n    num_bytes: 1\n",
                           "configs:\n- data_files:\n  - split: train\n    path: t\n",
                           "configs:\n  - config_name: c\n"}) {
    const auto merged = MergeCard(std::string("---\n") + yaml + "---\n", {update});
    ASSERT_TRUE(merged.ok()) << yaml << merged.status();
    EXPECT_EQ(ParseCard(*merged)->Find("default")->splits, update.splits) << *merged;
    EXPECT_EQ(ParseCard(*merged)->Find("default")->features, update.features) << *merged;
  }
}

TEST(Card, PassesOverItemsThatAreNoMappings) {  // Found by fuzzing.
  const CardConfig update = {.name = "default", .splits = {{"train", 1, 1, {"t"}}}};
  const auto merged = MergeCard("---\nconfigs:\n- config_name: c\n- no mapping\n---\n", {update});
  ASSERT_TRUE(merged.ok()) << merged.status();
  EXPECT_THAT(*merged, HasSubstr("- no mapping\n- config_name: default\n"));
}

TEST(Card, RefusesWhatItCannotReadOrEditSafely) {
  const CardConfig update = {.name = "c", .splits = {{"train", 1, 1, {"t"}}}};
  for (const char* yaml :
       {"a: [1", "- a", "\ta: 1", "configs: {a: 1}", "configs: [{config_name: c}]",
        "{configs: [], x: 1}", "configs: []\nconfigs: []", "configs:\n- {config_name: c}",
        "a: &x [1]\nconfigs: *x", "dataset_info: {config_name: c}", "? [a]\n: b", "a: \xff"}) {
    const auto merged = MergeCard(std::string("---\n") + yaml + "\n---\n", {update});
    EXPECT_FALSE(merged.ok()) << yaml << "\n" << *merged;
    if (merged.ok()) continue;
    EXPECT_EQ(KindOf(merged.status()), FailureKind::kDataRefused);
    EXPECT_THAT(merged.status().message(), HasSubstr("; remedy: ")) << yaml;
  }
}

TEST(Card, ComparesFeaturesColumnByColumn) {
  std::vector<CardFeature> fresh = Whole().features;
  EXPECT_THAT(CompareFeatures(Whole().features, fresh), IsEmpty());
  EXPECT_THAT(CompareFeatures({}, fresh), IsEmpty());
  fresh[1] = Value("label", "int64");
  fresh.pop_back();
  fresh.push_back(Value("new", "bool"));
  EXPECT_THAT(CompareFeatures(Whole().features, fresh),
              ElementsAre("column=label published=class_label[2: neg, pos] new=int64",
                          "column=emb published=list<float32> new=(none)",
                          "column=new published=(none) new=bool"));
}

TEST(Card, WholeNumbersMayGetNames) {
  const std::vector<CardFeature> numbers = {Value("label", "int64")};
  const std::vector<CardFeature> named = {
      {.name = "label", .kind = Kind::kClassLabel, .labels = {"neg", "pos"}}};
  EXPECT_THAT(CompareFeatures(numbers, named), IsEmpty());
  EXPECT_THAT(CompareFeatures(named, numbers),
              ElementsAre("column=label published=class_label[2: neg, pos] new=int64"));
  EXPECT_THAT(CompareFeatures({Value("label", "int32")}, named), testing::SizeIs(1));
}

TEST(Card, ShowsTheNamesOfLabelsThatClash) {
  const auto clash = [](std::vector<std::string> old, std::vector<std::string> now) {
    const auto of = [](std::vector<std::string> names) {
      return std::vector<CardFeature>{
          {.name = "l", .kind = Kind::kClassLabel, .labels = std::move(names)}};
    };
    return CompareFeatures(of(std::move(old)), of(std::move(now)));
  };
  EXPECT_THAT(clash({"neg", "pos"}, {"pos", "neg"}),
              ElementsAre("column=l published=class_label[2: neg, pos] "
                          "new=class_label[2: pos, neg]"));
  EXPECT_THAT(clash({"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"},
                    {"a", "b", "c", "d", "e", "f", "g"}),
              ElementsAre("column=l published=class_label[11: …, g, h, i, j, k] "
                          "new=class_label[7: …, g]"));
  EXPECT_THAT(clash({}, {std::string(30, 'x') + "\n", "2", "3", "4", "5", "6"}),
              ElementsAre("column=l published=class_label[0] new=class_label[6: " +
                          std::string(20, 'x') + "..., 2, 3, 4, 5, …]"));
}

TEST(Card, LabelsWithoutAllTheirNumbersAreNone) {
  const auto labels = [](const std::string& names) {
    const auto card = ParseCard(
        "---\ndataset_info:\n  features:\n  - name: l\n    dtype:\n      class_label:\n        "
        "names: " +
        names + "\n---\n");
    EXPECT_TRUE(card.ok()) << card.status();
    const CardFeature& feature = card->configs.at(0).features.at(0);
    EXPECT_EQ(feature.kind, Kind::kClassLabel);
    return feature.labels;
  };
  EXPECT_THAT(labels("{'1': b, '0': a, '2': 7}"), ElementsAre("a", "b", "7"));
  EXPECT_THAT(labels("[a, b]"), ElementsAre("a", "b"));
  for (const char* wrong : {"{'0': a, '2': c}", "{'1': a}", "{x: a}", "{'0': [a]}", "[a, [b], c]",
                            "{'0': a, '00': b}", "a", "~"}) {
    EXPECT_THAT(labels(wrong), IsEmpty()) << wrong;
  }
}

TEST(Card, WritesTheParquetMetadata) {
  EXPECT_EQ(
      HuggingfaceMetadata({Whole().features[1], Whole().features[2], Whole().features[5]}),
      "{\"info\":{\"features\":{\"label\":{\"names\":[\"neg\",\"pos\"],\"_type\":\"ClassLabel\"},"
      "\"ids\":[{\"dtype\":\"int32\",\"_type\":\"Value\"}],"
      "\"emb\":{\"feature\":{\"dtype\":\"float32\",\"_type\":\"Value\"},\"length\":2,"
      "\"_type\":\"List\"}}}}");
}

TEST(MergeCard, RefusesToLeaveTwoDefaults) {
  const std::string two =
      "---\nconfigs:\n- config_name: a\n  default: true\n- config_name: b\n  default: true\n---\n";
  EXPECT_EQ(KindOf(MergeCard(two, {{.name = "c"}}).status()), FailureKind::kDataRefused);
  EXPECT_TRUE(MergeCard(two, {{.name = "b"}}, {"b"}).ok()) << "its default went with it";
}

TEST(ParseCard, FrontMatterThatDoesNotEndIsRefused) {
  const std::string readme = "---\nconfigs:\n- config_name: a\n";
  EXPECT_EQ(KindOf(ParseCard(readme).status()), FailureKind::kDataRefused);
  EXPECT_EQ(KindOf(MergeCard(readme, {{.name = "b"}}).status()), FailureKind::kDataRefused);
}

}  // namespace
}  // namespace hubmill
