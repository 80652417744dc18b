#include "server/recipe_catalog.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "server/uuid.h"

namespace hubmill::server {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> NoEnvironment(const std::string&) { return std::nullopt; }

class RecipeCatalogTest : public testing::Test {
 protected:
  RecipeCatalogTest() : folder_(testing::TempDir() + "catalog-" + NewUuid()) {
    fs::create_directories(folder_ + "/data/inner");
    fs::create_directories(folder_ + "/other");
    fs::create_symlink(folder_ + "/other", folder_ + "/data/link");
  }
  ~RecipeCatalogTest() override { fs::remove_all(folder_); }

  void Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + "/" + name) << text;
  }
  Result<RecipeCatalog> Open(const std::string& recipes = "") {
    return RecipeCatalog::Open(
        {.folder = recipes, .input_roots = {folder_ + "/data"}, .env = &NoEnvironment});
  }
  static std::string UseOf(const RecipeCatalog& catalog, const char* recipe, const char* name) {
    for (const CatalogParam& param : catalog.Find(recipe)->params) {
      if (param.param.name == name) return std::string(NameOf(param.use));
    }
    return "none";
  }

  std::string folder_;
};

TEST_F(RecipeCatalogTest, KnowsWhatParametersAreFor) {
  const RecipeCatalog catalog = *Open();
  EXPECT_EQ(UseOf(catalog, "sample", "data"), "place");
  EXPECT_EQ(UseOf(catalog, "sample", "level"), "free");
  EXPECT_EQ(UseOf(catalog, "sample", "repo"), "free");
  EXPECT_EQ(UseOf(catalog, "sample", "recipe_dir"), "none");
  EXPECT_EQ(UseOf(catalog, "metadata-e1", "created_at"), "free");
  EXPECT_EQ(UseOf(catalog, "metadata-e1", "data"), "place");
  EXPECT_EQ(UseOf(catalog, "feedback-urgency", "database"), "fixed");
  EXPECT_EQ(UseOf(catalog, "feedback-urgency", "min_rows"), "free");
}

TEST_F(RecipeCatalogTest, AQueryAnAddressAndAnUnknownPlaceAreFixed) {
  fs::create_directories(folder_ + "/recipes");
  Write("recipes/mine.yaml",
        "recipe: mine\n"
        "params: {table: t, hook: 'https://x', count: {default: 1, type: integer}, name: n}\n"
        "source:\n  sqlite: {path: d.db, query: 'SELECT * FROM ${table} LIMIT ${count}'}\n"
        "stages:\n  - constant: {column: c, value: '${name}'}\n"
        "on_failure: {webhook: '${hook}'}\n");
  const RecipeCatalog catalog = *Open(folder_ + "/recipes");
  EXPECT_EQ(UseOf(catalog, "mine", "table"), "fixed");
  EXPECT_EQ(UseOf(catalog, "mine", "hook"), "fixed");
  EXPECT_EQ(UseOf(catalog, "mine", "count"), "free");
  EXPECT_EQ(UseOf(catalog, "mine", "name"), "free");
  const Status refused = catalog.CheckValues(*catalog.Find("mine"), {{"table", "secrets"}}, 42);
  EXPECT_NE(refused.message().find("the operator's alone: parameter=table"), std::string::npos);
}

TEST_F(RecipeCatalogTest, APlaceLiesBelowAnInputRoot) {
  const RecipeCatalog catalog = *Open();
  const auto check = [&](const std::string& value) {
    return catalog.CheckValues(*catalog.Find("sample"), {{"data", value}}, 42);
  };
  EXPECT_TRUE(check(folder_ + "/data").ok());
  EXPECT_TRUE(check(folder_ + "/data/inner").ok());
  EXPECT_TRUE(check(folder_ + "/data/not-yet").ok());
  for (const std::string& bad :
       {std::string(""), std::string("/etc"), std::string(".."), folder_ + "/data/../other",
        folder_ + "/data/link", folder_ + "/database", std::string("hub://a/b"),
        std::string("https://x/y"), "file://" + folder_ + "/data", "file:" + folder_ + "/data"}) {
    EXPECT_FALSE(check(bad).ok()) << bad;
  }
}

TEST_F(RecipeCatalogTest, ValuesAreChecked) {
  const RecipeCatalog catalog = *Open();
  const auto& sample = *catalog.Find("sample");
  EXPECT_TRUE(catalog.CheckValues(sample, {{"level", "7"}}, 42).ok());
  EXPECT_FALSE(catalog.CheckValues(sample, {{"level", "seven"}}, 42).ok());
  EXPECT_FALSE(catalog.CheckValues(sample, {{"sede", "7"}}, 42).ok());
  EXPECT_FALSE(catalog.CheckValues(*catalog.Find("metadata-e1"), {}, 42).ok()) << "required";
  EXPECT_EQ(catalog.Find("../sample"), nullptr);
}

TEST_F(RecipeCatalogTest, TheOperatorsMistakesAreNamed) {
  Write("broken.yaml", "recipe: [");
  EXPECT_FALSE(Open(folder_).ok());
  EXPECT_FALSE(Open(folder_ + "/missing").ok());
  fs::remove(folder_ + "/broken.yaml");
  Write("sample.yaml", "recipe: sample\nsource: x.csv\n");
  const auto twice = Open(folder_);
  ASSERT_FALSE(twice.ok());
  EXPECT_NE(twice.status().message().find("two recipes have one name: name=sample"),
            std::string::npos);
}

}  // namespace
}  // namespace hubmill::server
