#include "io/rows_source.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace hubmill {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A folder of its own that goes away.
class RowsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_ = std::filesystem::temp_directory_path() /
           ("hubmill_rows_" + std::to_string(::getpid()) + "_" +
            ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(dir_);
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }

  std::string Write(const std::string& name, const std::string& text) {
    std::ofstream(dir_ / name, std::ios::binary) << text;
    return (dir_ / name).string();
  }

  std::filesystem::path dir_;
};

/// The source that a recipe's YAML means.
Result<std::unique_ptr<Source>> Open(const std::string& yaml) {
  ARROW_ASSIGN_OR_RAISE(Setting setting, ParseYaml(yaml, "r.yaml"));
  const OptionContext context{.file = "r.yaml", .owner = "source rows"};
  const SourceEntry entry = RowsSource();
  ErrorList errors;
  entry.check(setting, context, &errors);
  ARROW_RETURN_NOT_OK(errors.ToStatus());
  return entry.make(setting, context, {});
}

Decoded Read(Source& source) {
  auto morsel = source.Next().ValueOrDie();
  Decoded out = morsel->Decode().ValueOrDie();
  EXPECT_EQ(source.Next().ValueOrDie(), nullptr);
  EXPECT_TRUE(out.batches.at(0).rows->ValidateFull().ok());
  return out;
}

std::string Refused(const std::string& yaml) {
  auto source = Open(yaml);
  EXPECT_FALSE(source.ok()) << yaml;
  EXPECT_EQ(KindOf(source.status()), FailureKind::kWrongUsage);
  return source.status().message();
}

std::vector<std::string> Column(const Decoded& decoded, const std::string& name) {
  const auto column = decoded.batches.at(0).rows->GetColumnByName(name);
  const auto& texts = static_cast<const arrow::StringArray&>(*column);
  std::vector<std::string> out;
  for (int64_t i = 0; i < texts.length(); ++i) {
    out.push_back(texts.IsNull(i) ? "(null)" : texts.GetString(i));
  }
  return out;
}

TEST_F(RowsTest, TextsNullsAndYamlAsJson) {
  auto source = Open(R"(
- {a: text, b: 007, c: {json: {z: 1.50, y: [1e16, -0.0, "1", true, null, ~, yes, 1.2.3, é]}}}
- {c: {json: "2"}, a: ~, b: ""}
- a: 'null'
  b: |-
    two
    lines
  c: {json: 12345678901234567890}
)")
                    .ValueOrDie();
  EXPECT_EQ(source->schema()->ToString(), "a: string\nb: string\nc: string");
  EXPECT_THAT(source->splits(), ElementsAre("train"));
  const Decoded rows = Read(*source);
  EXPECT_THAT(Column(rows, "a"), ElementsAre("text", "(null)", "null"));
  EXPECT_THAT(Column(rows, "b"), ElementsAre("007", "", "two\nlines"));
  EXPECT_THAT(Column(rows, "c"),
              ElementsAre(R"({"z":1.5,"y":[1e+16,-0.0,"1",true,null,null,"yes","1.2.3","\u00e9"]})",
                          "\"2\"", "12345678901234567890"));
}

TEST_F(RowsTest, QuotesFilesAndTellsWhereRowsComeFrom) {
  const std::string file = Write("a.json", "{\"k\": [1, {\"é\": 2.0}],\n \"a/b\": 3}");
  const std::string cell = "{file: " + file;
  auto source = Open("rows:\n- {t: " + cell + "}}\n- {t: " + cell +
                     ", pointer: /k/1}}\n- {t: " + cell + ", pointer: /a~1b}}\nsplit: meta")
                    .ValueOrDie();
  EXPECT_EQ(source->files().size(), 2);
  EXPECT_EQ(source->files()[0].name, "r.yaml");
  EXPECT_EQ(source->files()[1].size_bytes, 34);
  EXPECT_THAT(source->splits(), ElementsAre("meta"));
  const Decoded rows = Read(*source);
  EXPECT_THAT(Column(rows, "t"),
              ElementsAre(R"({"k":[1,{"\u00e9":2.0}],"a/b":3})", R"({"\u00e9":2.0})", "3"));
  EXPECT_THAT(source->files()[1].hash, HasSubstr("xxh128:"));
  EXPECT_EQ(rows.batches[0].origins.At(2), (RowRun{.row = 3, .count = 1}));
}

TEST_F(RowsTest, WhatIsMissingOrBrokenMakesItsRowBad) {
  const std::string good = Write("good.json", "{\"a\": 1}");
  const std::string broken = Write("broken.json", "{\"a\": 1");
  const auto file = [](const std::string& path, const std::string& pointer = "\"\"") {
    return "{file: " + path + ", pointer: " + pointer + "}";
  };
  const std::string none = (dir_ / "none.json").string();
  auto source = Open("- {t: x, u: y}\n- {t: " + file(none) + ", u: " + file(broken) +
                     "}\n- {t: " + file(good, "/b") + ", u: z}\n- {t: " + file(dir_.string()) +
                     ", u: z}\n- {t: last, u: " + file(good, "/a") + "}\n")
                    .ValueOrDie();
  const Decoded rows = Read(*source);
  EXPECT_THAT(Column(rows, "t"), ElementsAre("x", "last"));
  EXPECT_THAT(Column(rows, "u"), ElementsAre("y", "1"));
  EXPECT_EQ(rows.row_numbers, 5);
  EXPECT_EQ(rows.batches[0].origins.At(1).row, 5);
  ASSERT_EQ(rows.bad_rows.size(), 3);
  EXPECT_EQ(rows.bad_rows[0].row, 2);
  EXPECT_EQ(rows.bad_rows[0].reason, "missing_file");
  EXPECT_THAT(rows.bad_rows[0].why, HasSubstr("column=t quotes=" + none));
  EXPECT_THAT(rows.bad_rows[0].why, HasSubstr("column=u quotes=" + broken + ": line=1 column=8"));
  EXPECT_EQ(rows.bad_rows[1].reason, "missing_value");
  EXPECT_EQ(rows.bad_rows[2].reason, "unreadable_file");
}

TEST_F(RowsTest, ABadFileIsNamedOnceAndAnObjectMustHoldSomething) {
  const std::string none = (dir_ / "none.json").string(), empty = Write("empty.json", "{}");
  auto source =
      Open("- {t: {file: " + none + "}}\n- {t: {file: " + none + "}}\n- {t: {file: " + empty +
           "}}\n- {t: {file: " + empty +
           ", object: true}}\n- {t: {file: " + Write("list.json", "[1]") + ", object: true}}\n")
          .ValueOrDie();
  const Decoded rows = Read(*source);
  EXPECT_THAT(Column(rows, "t"), ElementsAre("{}"));
  ASSERT_EQ(rows.bad_rows.size(), 4);
  EXPECT_EQ(rows.bad_rows[0].why, "column=t quotes=" + none + ": there is no such file");
  EXPECT_EQ(rows.bad_rows[1].why, "column=t: as in row=1");
  EXPECT_EQ(rows.bad_rows[2].reason, "no_object");
  EXPECT_THAT(rows.bad_rows[3].why, HasSubstr("list.json: not an object with something in it"));
}

TEST_F(RowsTest, WrongTablesAreRefusedWhole) {
  EXPECT_THAT(Refused("[]"), HasSubstr("expected a list of rows"));
  EXPECT_THAT(Refused("{rows: {a: 1}}"), HasSubstr("expected a list of rows"));
  EXPECT_THAT(Refused("{split: x}"), HasSubstr("rows"));
  EXPECT_THAT(Refused("[{a: 1}, text]"), HasSubstr("a row is a map"));
  EXPECT_THAT(Refused("[{a: {file: x, pointer: b}}]"), HasSubstr("not a JSON pointer"));
  EXPECT_THAT(Refused("[{a: {file: ''}}]"), HasSubstr("the path is empty"));
  EXPECT_THAT(Refused("[{a: {file: x, more: 1}}]"), HasSubstr("more: not an option"));
  EXPECT_THAT(Refused("[{a: {json: 1, file: x}}]"), HasSubstr("json: not an option"));
  EXPECT_THAT(Refused("{rows: [{a: 1}], split: 'a/b'}"), HasSubstr("not a split's name"));
  const std::string all = Refused("- {a: 1, b: 2}\n- {a: 1}\n- {a: [1], b: 2, c: 3}\n");
  EXPECT_THAT(all, HasSubstr("r.yaml:2:3: source rows: a row lacks a column of the first one: "
                             "column=b"));
  EXPECT_THAT(all, HasSubstr("r.yaml:3:7: source rows: not a cell: column=a"));
  EXPECT_THAT(all, HasSubstr("a row has a column that the first one lacks: column=c"));
}

TEST_F(RowsTest, SecretsNeverBecomeData) {
  Setting secret = Setting::Scalar("open-sesame");
  secret.secret = true;
  Setting json;
  json.kind = Setting::Kind::kMap;
  json.entries = {{"json", Setting::List({secret})}};
  for (const Setting& cell : {secret, json}) {
    Setting row;
    row.kind = Setting::Kind::kMap;
    row.entries = {{"a", cell}};
    ErrorList errors;
    ReadRowTable(Setting::List({row}), {.file = "r.yaml", .owner = "source rows"}, &errors);
    ASSERT_EQ(errors.messages().size(), 1);
    EXPECT_THAT(errors.messages()[0], HasSubstr("a secret would be written"));
    EXPECT_THAT(errors.messages()[0], ::testing::Not(HasSubstr("sesame")));
  }
}

}  // namespace
}  // namespace hubmill
