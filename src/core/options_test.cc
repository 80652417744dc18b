#include "core/options.h"

#include <gmock/gmock.h>

#include "core/registry.h"

namespace hubmill {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

struct AllKinds {
  std::string text = "t";
  int64_t whole = 3;
  double number = 0.5;
  bool yes = false;
  std::vector<std::string> list;
  StringMap names;
  NumberMap ratios;
  std::optional<int64_t> maybe;
  Setting any;
  int64_t seed = 42;
  static void Describe(OptionTable<AllKinds>& table) {
    table.Field("text", &AllKinds::text, "Text.");
    table.Field("whole", &AllKinds::whole, "Whole.").Range(0, 10);
    table.Field("number", &AllKinds::number, "Number.");
    table.Field("yes", &AllKinds::yes, "Yes.");
    table.Field("list", &AllKinds::list, "List.").Choices({"a", "b"});
    table.Field("names", &AllKinds::names, "Names.");
    table.Field("ratios", &AllKinds::ratios, "Ratios.");
    table.Field("maybe", &AllKinds::maybe, "Maybe.");
    table.Field("any", &AllKinds::any, "Any.");
    table.Field("seed", &AllKinds::seed, "Seed.").DefaultsToRunSeed();
  }
};

AllKinds Read(const std::string& yaml, ErrorList* errors) {
  Setting setting = *ParseYaml(yaml, "f");
  return OptionTable<AllKinds>().Read(setting, {.file = "f", .owner = "o", .run_seed = 7}, errors);
}

TEST(OptionsTest, ReadsEveryKind) {
  ErrorList errors;
  AllKinds got = Read(
      "{text: 1.10, whole: 9, number: 2, yes: true, list: a, names: {x: y, b: c},"
      " ratios: {train: 0.8, test: 0.2}, maybe: 5, any: {deep: [1]}}",
      &errors);
  EXPECT_TRUE(errors.empty()) << errors.ToStatus();
  EXPECT_EQ(got.text, "1.10");
  EXPECT_EQ(got.whole, 9);
  EXPECT_EQ(got.number, 2.0);
  EXPECT_TRUE(got.yes);
  EXPECT_THAT(got.list, ElementsAre("a"));
  EXPECT_THAT(got.names, ElementsAre(Pair("x", "y"), Pair("b", "c")));
  EXPECT_THAT(got.ratios, ElementsAre(Pair("train", 0.8), Pair("test", 0.2)));
  EXPECT_EQ(got.maybe, 5);
  EXPECT_EQ(ToJsonText(got.any), R"({"deep":[1]})");
  EXPECT_EQ(got.seed, 7);
}

TEST(OptionsTest, WritesEveryOptionInFull) {
  ErrorList errors;
  OptionTable<AllKinds> table;
  EXPECT_EQ(ToJsonText(table.Write(Read("{text: '5', list: [a, b]}", &errors))),
            R"({"text":"5","whole":3,"number":0.5,"yes":false,"list":["a","b"],"names":{},)"
            R"("ratios":{},"maybe":null,"any":null,"seed":7})");
}

TEST(OptionsTest, NamesWhatIsWrong) {
  for (const auto& [yaml, message] : std::vector<std::pair<std::string, std::string>>{
           {"{whole: 1.5}", "f:1:9: o: whole: expected a whole number"},
           {"{whole: 11}", "out of range: min=0 max=10"},
           {"{number: nan}", "expected a number"},
           {"{yes: maybe}", "expected true or false"},
           {"{list: [a, c]}", "unknown value: c"},
           {"{list: {a: b}}", "expected a list of texts"},
           {"{ratios: {train: x}}", "expected a number for train"},
           {"{texd: x}", "f:1:2: o: unknown option: texd; did you mean text?"},
           {"[1]", "expected a map of options"}}) {
    ErrorList errors;
    Read(yaml, &errors);
    ASSERT_EQ(errors.messages().size(), 1u) << yaml;
    EXPECT_THAT(errors.messages()[0], HasSubstr(message)) << yaml;
  }
}

TEST(OptionsTest, NearestNameWantsARealResemblance) {
  EXPECT_EQ(NearestName("clean_txt", {"clean_text", "cast"}), "clean_text");
  EXPECT_EQ(NearestName("zzz", {"clean_text", "cast"}), "");
}

TEST(FailureTest, KindsSurviveContext) {
  Status refused = WithContext(DataRefused("row=", 3), "data set x: ");
  EXPECT_EQ(KindOf(refused), FailureKind::kDataRefused);
  EXPECT_EQ(refused.message(), "data set x: row=3");
  EXPECT_EQ(KindOf(Status::IOError("plain")), FailureKind::kRunFailed);
}

}  // namespace
}  // namespace hubmill
