#include "core/recipe.h"

#include <gmock/gmock.h>

namespace hubmill {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct PathOptions {
  std::string path;
  static void Describe(OptionTable<PathOptions>& table) {
    table.Field("path", &PathOptions::path, "A path.").Required();
  }
};
struct SampleOptions {
  int64_t rows = 10;
  int64_t seed = 42;
  std::string order = "input";
  static void Describe(OptionTable<SampleOptions>& table) {
    table.Field("rows", &SampleOptions::rows, "Rows.").Range(0, 1e12);
    table.Field("seed", &SampleOptions::seed, "Seed.").DefaultsToRunSeed();
    table.Field("order", &SampleOptions::order, "Order.").Choices({"input", "sample"});
  }
};

Registry TestRegistry() {
  Registry registry;
  for (const char* name : {"files", "jsonl", "csv"}) {
    registry.sources[name] = DescribeEntry<SourceEntry, PathOptions>(
        {.name = name, .summary = "Reads.", .shorthand = "path"}, "source");
  }
  registry.stages["sample"] = DescribeEntry<StageEntry, SampleOptions>(
      {.name = "sample", .summary = "Samples.", .shorthand = "rows"}, "arranger");
  registry.sinks["parquet"] =
      DescribeEntry<SinkEntry, SampleOptions>({.name = "parquet", .summary = "Writes."}, "sink");
  return registry;
}

Result<Recipe> Load(std::string_view text, ParamValues values = {}, int64_t seed = 42) {
  static const Registry* registry = new Registry(TestRegistry());
  return LoadRecipe(text, "r.yaml", *registry, values, seed);
}

std::string ErrorOf(std::string_view text, ParamValues values = {}) {
  auto loaded = Load(text, values);
  if (loaded.ok()) return "no error";
  EXPECT_EQ(KindOf(loaded.status()), FailureKind::kWrongUsage);
  return loaded.status().message();
}

TEST(RecipeTest, ReadsTheShortForm) {
  auto recipe = Load("recipe: a\nsource: x.jsonl\nstages: [sample]\n");
  ASSERT_TRUE(recipe.ok()) << recipe.status();
  ASSERT_EQ(recipe->datasets.size(), 1u);
  EXPECT_EQ(recipe->datasets[0].name, "default");
  EXPECT_EQ(recipe->datasets[0].source.name, "files");
  EXPECT_EQ(recipe->datasets[0].sink.name, "parquet");
}

TEST(RecipeTest, NamesEverythingWrongAtOnceWithPlaceAndNearestName) {
  std::string error = ErrorOf(
      "recipe: a\n"
      "sourcce: x\n"
      "source: {jsnl: {path: x}}\n"
      "stages:\n"
      "  - sampel: 3\n"
      "  - sample: {row: 3, order: inputt}\n"
      "  - sample: {rows: -1}\n");
  EXPECT_THAT(error, HasSubstr("r.yaml:2:1: recipe: unknown key: sourcce; did you mean source?"));
  EXPECT_THAT(error, HasSubstr("r.yaml:3:9: unknown source: jsnl; did you mean jsonl?"));
  EXPECT_THAT(error, HasSubstr("r.yaml:5:5: unknown stage: sampel; did you mean sample?"));
  EXPECT_THAT(error,
              HasSubstr("r.yaml:6:14: stage sample: unknown option: row; did you mean rows?"));
  EXPECT_THAT(error, HasSubstr("r.yaml:6:29: stage sample: order: unknown value: inputt"));
  EXPECT_THAT(error, HasSubstr("r.yaml:7:20: stage sample: rows: out of range"));
}

TEST(RecipeTest, ABuiltInParameterIsNotDeclaredAgain) {
  const auto declared = Load("recipe: a\nparams:\n  seed: {default: 1}\nsource: x\n");
  EXPECT_THAT(
      declared.status().ToString(),
      HasSubstr("params: built in: name=seed; remedy: leave it out, ${seed} is what --seed"));
  const auto set = Load("recipe: a\nsource: x\n", {.set = {{"seed", "7"}}});
  EXPECT_THAT(set.status().ToString(), HasSubstr("did you mean --seed?"));
}

TEST(RecipeTest, ParametersComeFromSetThenEnvironmentThenDefault) {
  const char* text = "recipe: a\nparams:\n  p: {default: d, env: P}\nsource: ${p}/${seed}\n";
  ParamValues values{.env = [](const std::string&) { return std::optional<std::string>(); }};
  EXPECT_EQ(Load(text, values)->datasets[0].source.options.scalar, "d/42");
  values.env = [](const std::string& name) { return std::optional<std::string>(name + "-env"); };
  EXPECT_EQ(Load(text, values)->datasets[0].source.options.scalar, "P-env/42");
  values.set = {{"p", "s"}};
  EXPECT_EQ(Load(text, values, 7)->datasets[0].source.options.scalar, "s/7");
}

TEST(RecipeTest, SecretsAreNeverSetNorShown) {
  const char* text =
      "recipe: a\nparams:\n  t: {env: T, secret: true}\nsource: {jsonl: {path: x, pth: '${t}'}}\n";
  ParamValues values{.set = {{"t", "hunter2"}}};
  EXPECT_THAT(ErrorOf(text, values), HasSubstr("a secret may not be given by --set"));
  EXPECT_THAT(ErrorOf(text, values), Not(HasSubstr("hunter2")));
  values.set = {{"t", "e"}};
  EXPECT_THAT(
      ErrorOf(text, values),
      HasSubstr("parameter t: a secret may not be given by --set; remedy: set the variable "));
  values = {.env = [](const std::string&) { return std::optional<std::string>("hunter2"); }};
  auto recipe =
      Load("recipe: a\nparams:\n  t: {env: T, secret: true}\nsource: {jsonl: '${t}'}\n", values);
  ASSERT_TRUE(recipe.ok()) << recipe.status();
  EXPECT_TRUE(recipe->datasets[0].source.options.secret);
  EXPECT_EQ(ToJsonText(recipe->datasets[0].source.options), "\"***\"");
  EXPECT_EQ(recipe->Redact("no hunter2 here"), "no *** here");
}

TEST(RecipeTest, SecretsStandOnlyWhereTheyCannotBeWrittenDown) {
  ParamValues values{
      .env = [](const std::string&) { return std::optional<std::string>("hunter"); }};
  const std::string params = "recipe: a\nparams:\n  t: {env: T, secret: true}\n";
  for (const char* rest : {
           "source: x\ndescription: 'd ${t}'\n",
           "source: x\npublish: {card: 'c ${t}'}\n",
           "source: {jsonl: {path: x, types: '${t}'}}\n",
           "source: x\nstages:\n  - sample: {rows: 1, order: '${t}'}\n",
           "source: x\nsink: {parquet: {compression: '${t}'}}\n",
           "datasets:\n  d:\n    source: x\n    stages: [{sample: '${t}'}]\n",
       }) {
    const std::string error = ErrorOf(params + rest, values);
    EXPECT_THAT(error, HasSubstr("a secret would be written to the output: where=")) << rest;
    EXPECT_THAT(error, Not(HasSubstr("hunter")));
  }
  EXPECT_TRUE(Load(params + "source: {jsonl: {path: 's3://k:${t}@b/x'}}\n", values).ok());
}

TEST(RecipeTest, SplitNamesLeaveNoFolderAndKeysHoldNoParameter) {
  const std::string error = ErrorOf(
      "recipe: a\nsource: {jsonl: {path: {../../evil: x, a-b: y, train: z, '${seed}': s}}}\n");
  EXPECT_THAT(error, HasSubstr("r.yaml:2:25: source jsonl: path: not a split name: "
                               "name=../../evil; remedy"));
  EXPECT_THAT(error, HasSubstr("not a split name: name=a-b;"));
  EXPECT_THAT(error, HasSubstr("a parameter in a key: key=${seed};"));
  EXPECT_THAT(error, Not(HasSubstr("name=train")));
}

TEST(RecipeTest, ReadsWhereItIsPublished) {
  auto recipe = Load(
      "recipe: a\nsource: x.jsonl\nparams: {r: {default: me/d}}\n"
      "publish: {repo: '${r}', private: false, tag: 1.10}\n");
  ASSERT_TRUE(recipe.ok()) << recipe.status();
  EXPECT_EQ(recipe->publish.repo, "me/d");
  EXPECT_EQ(recipe->publish.create_private, false);
  EXPECT_EQ(recipe->publish.tag, "1.10");
  EXPECT_EQ(recipe->publish.branch, "main");
  EXPECT_THAT(ErrorOf("recipe: a\nsource: x\npublish: {private: perhaps, tagg: v1}\n"),
              AllOf(HasSubstr("r.yaml:3:"), HasSubstr("private"), HasSubstr("did you mean tag?")));
  EXPECT_THAT(ErrorOf("recipe: a\ndatasets:\n  default: {source: x}\n  data: {source: x}\n"),
              HasSubstr("share the folder data"));
}

TEST(RecipeTest, RefusesWhatIsNotARecipe) {
  EXPECT_THAT(ErrorOf("- a\n"), HasSubstr("a recipe is a map"));
  EXPECT_THAT(ErrorOf("recipe: a\nrecipe: b\n"), HasSubstr("r.yaml:2:1: the key stands twice"));
  EXPECT_THAT(ErrorOf("recipe: [\n"), HasSubstr("not valid YAML"));
  EXPECT_THAT(ErrorOf("recipe: a\nsource: ${nope}\n"), HasSubstr("unknown parameter: nope"));
  EXPECT_THAT(ErrorOf("recipe: ../x\nsource: y\n"), HasSubstr("not a name"));
  EXPECT_THAT(ErrorOf(std::string(100'000, '[')), HasSubstr("r.yaml:"));
  EXPECT_THAT(ErrorOf(std::string(2 << 20, ' ')), HasSubstr("too large"));
  std::string bomb = "recipe: a\na0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 9; ++i) {
    std::string before = "*a" + std::to_string(i - 1);
    bomb += Concat("a", i, ": &a", i, " [", before, ",", before, ",", before, ",", before, ",",
                   before, ",", before, ",", before, ",", before, ",", before, "]\n");
  }
  EXPECT_THAT(ErrorOf(bomb), HasSubstr("too many values"));
}

TEST(RecipeTest, RefusesASecondDocumentAndABracketTooMany) {
  // The second one made yaml-cpp find empty documents without end.
  for (const char* text :
       {"recipe: a\n---\nrecipe: b\n", "recipe: a\np: {default: , infer:: b}c}d\n"}) {
    const auto setting = ParseYaml(text, "two.yaml");
    ASSERT_FALSE(setting.ok()) << text;
    EXPECT_EQ(KindOf(setting.status()), FailureKind::kWrongUsage);
    EXPECT_EQ(setting.status().message().find("two.yaml:2:"), 0u) << setting.status().message();
  }
}

TEST(RecipeTest, SchemaListsEveryBlock) {
  std::string schema = RecipeJsonSchema(TestRegistry());
  for (const char* name : {"\"files\"", "\"jsonl\"", "\"sample\"", "\"parquet\"", "\"order\""}) {
    EXPECT_THAT(schema, HasSubstr(name));
  }
}

}  // namespace
}  // namespace hubmill
