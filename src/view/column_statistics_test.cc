#include "view/column_statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "view/fake_table.h"

namespace hubmill {
namespace {

using Json = nlohmann::ordered_json;

SplitStatistics StatisticsOf(FakeTable& table, StatisticsOptions options = {}) {
  auto statistics = ComputeStatistics(table, options);
  EXPECT_TRUE(statistics.ok()) << statistics.status().ToString();
  return std::move(statistics).ValueOrDie();
}

/// column_statistics of the one column.
Json FactsOf(const std::shared_ptr<arrow::Array>& column, StatisticsOptions options = {}) {
  FakeTable table(RowsOf({{"x", column}}), 3);
  return StatisticsOf(table, std::move(options)).ToJson()["statistics"][0]["column_statistics"];
}
std::string TypeOf(const std::shared_ptr<arrow::Array>& column) {
  FakeTable table(RowsOf({{"x", column}}), 3);
  return StatisticsOf(table).columns[0].type;
}

TEST(ColumnStatistics, IntegersAsTheViewer) {
  std::vector<int64_t> values;
  for (int64_t i = 0; i <= 8550; ++i) values.push_back(i);
  // The column idx of nyu-mll/glue, from the viewer's documentation.
  EXPECT_EQ(
      FactsOf(Integers(values)).dump(),
      R"({"nan_count":0,"nan_proportion":0.0,"min":0,"max":8550,"mean":4275.0,)"
      R"("median":4275.0,"std":2468.60541,"histogram":{"hist":[856,856,856,856,856,856,)"
      R"(856,856,856,847],"bin_edges":[0,856,1712,2568,3424,4280,5136,5992,6848,7704,8550]}})");
  EXPECT_EQ(FactsOf(Integers({0, 1, 1}))["histogram"].dump(),
            R"({"hist":[1,2],"bin_edges":[0,1,1]})");
  EXPECT_EQ(FactsOf(Integers({7, 7}))["histogram"].dump(), R"({"hist":[2],"bin_edges":[7,7]})");
}

TEST(ColumnStatistics, LargeIntegersCloseTogether) {
  for (const int64_t base : {int64_t{1} << 53, int64_t{570306133677760513}, -(int64_t{1} << 62)}) {
    std::vector<int64_t> values;
    for (int64_t i = 0; i < 500; ++i) values.push_back(base + i);
    const Json facts = FactsOf(Integers(values));
    EXPECT_EQ(facts["std"], 144.48183) << base;
    EXPECT_EQ(facts["median"], double(2 * __int128{base} + 499) / 2) << base;
  }
}

TEST(ColumnStatistics, FloatsAsTheViewer) {
  const Json facts = FactsOf(Doubles({0, 0.25, 1, 1.5, 2, std::nan("")}));
  EXPECT_EQ(facts["nan_count"], 1);
  EXPECT_EQ(facts["nan_proportion"], 0.16667);
  EXPECT_EQ(facts["median"], 1.0);
  EXPECT_EQ(facts["mean"], 0.95);
  EXPECT_EQ(facts["std"], 0.83666);
  EXPECT_EQ(facts["histogram"]["hist"].dump(), "[1,1,0,0,0,1,0,1,0,1]");
  EXPECT_EQ(facts["histogram"]["bin_edges"].dump(),
            "[0.0,0.2,0.4,0.6,0.8,1.0,1.2,1.4,1.6,1.8,2.0]");
}

TEST(ColumnStatistics, SmallFloatsAreNotRoundedAway) {
  const Json facts = FactsOf(Doubles({1e-9, 2e-9, 11e-9}));
  EXPECT_EQ(facts["min"], 1e-9);
  EXPECT_EQ(facts["median"], 2e-9);
  EXPECT_EQ(facts["histogram"]["hist"].dump(), "[1,1,0,0,0,0,0,0,0,1]");
}

TEST(ColumnStatistics, NothingAllNullAndOneValue) {
  EXPECT_EQ(FactsOf(Doubles({})).dump(),
            R"({"nan_count":0,"nan_proportion":0.0,"min":null,"max":null,"mean":null,)"
            R"("median":null,"std":null,"histogram":null})");
  const Json nulls = FactsOf(ArrayOf(arrow::int64(), "[null, null]"));
  EXPECT_EQ(nulls["nan_count"], 2);
  EXPECT_EQ(nulls["nan_proportion"], 1.0);
  EXPECT_TRUE(nulls["histogram"].is_null());
  const Json one = FactsOf(Doubles({2.5}));
  EXPECT_EQ(one["median"], 2.5);
  EXPECT_TRUE(one["std"].is_null());
  EXPECT_EQ(one["histogram"].dump(), R"({"hist":[1],"bin_edges":[2.5,2.5]})");
  EXPECT_EQ(FactsOf(ArrayOf(arrow::utf8(), "[null, null]"))["frequencies"].dump(), "{}");
  EXPECT_EQ(FactsOf(ArrayOf(arrow::null(), "[null, null]"))["nan_count"], 2);
}

TEST(ColumnStatistics, InfinitiesAreCountedApart) {
  const double inf = std::numeric_limits<double>::infinity();
  const Json facts = FactsOf(Doubles({1, inf, -inf, 3, std::nan("")}));
  EXPECT_EQ(facts["infinite_count"], 2);
  EXPECT_EQ(facts["nan_count"], 1);
  EXPECT_EQ(facts["max"], 3.0);
  const Json far = FactsOf(Doubles({-1.7e308, 1.7e308, 0}));
  EXPECT_EQ(far["median"], 0.0);
  EXPECT_EQ(far["histogram"]["hist"].dump(), "[1,0,0,0,0,1,0,0,0,1]");
  EXPECT_EQ(far["std"], 1.7e308);
}

TEST(ColumnStatistics, HugeIntegersStayWhole) {
  const Json facts = FactsOf(
      ArrayOf(arrow::int64(), "[-9223372036854775808, 9007199254740993, 9223372036854775807]"));
  EXPECT_EQ(facts["min"].dump(), "-9223372036854775808");
  EXPECT_EQ(facts["max"].dump(), "9223372036854775807");
  EXPECT_EQ(facts["histogram"]["hist"].size(), 10U);
  EXPECT_EQ(facts["histogram"]["bin_edges"][1].dump(), "-7378697629483820646");
  const Json large = FactsOf(ArrayOf(arrow::uint64(), "[18446744073709551615, 0]"));
  EXPECT_EQ(large["max"].dump(), "18446744073709551615");
  EXPECT_EQ(large["mean"], 9223372036854775808.0);
}

TEST(ColumnStatistics, TextIsLabelOrText) {
  std::vector<std::string> labels;
  for (int i = 0; i < 100; ++i) labels.push_back("label " + std::to_string(i % 20));
  EXPECT_EQ(TypeOf(Texts(labels)), "string_label");  // A fifth.
  labels[0] = "one more";
  EXPECT_EQ(TypeOf(Texts(labels)), "string_text");
  EXPECT_EQ(TypeOf(Texts({"a", "b", "c"})), "string_label");  // Ten at most.
  const Json facts = FactsOf(Texts({"b", "a", "b", "c"}));
  EXPECT_EQ(facts["frequencies"].dump(), R"({"b":2,"a":1,"c":1})");
  EXPECT_EQ(facts["n_unique"], 3);
  std::vector<std::string> many;
  for (int i = 0; i < 6000; ++i) many.push_back(std::to_string(i % 1001));
  EXPECT_EQ(TypeOf(Texts(many)), "string_text");
  std::vector<std::string> ten;
  for (int i = 0; i < 10; ++i) ten.push_back("x" + std::to_string(i));
  EXPECT_EQ(TypeOf(Texts(ten)), "string_label");
  ten.push_back("x10");
  EXPECT_EQ(TypeOf(Texts(ten)), "string_text");
}

TEST(ColumnStatistics, LengthsAreCharacters) {
  std::vector<std::string> texts;
  for (int i = 0; i < 12; ++i) texts.push_back(std::string(size_t(i), 'x') + "\xC3\xA9");
  const Json facts = FactsOf(Texts(texts));
  EXPECT_EQ(facts["min"], 1);
  EXPECT_EQ(facts["max"], 12);
  EXPECT_EQ(facts["mean"], 6.5);
}

TEST(ColumnStatistics, WrongUtf8BecomesValidJson) {
  const Json facts = FactsOf(Texts({"\xFF", "\xFE", "ok"}));
  EXPECT_EQ(facts["frequencies"].dump(), "{\"\xEF\xBF\xBD\":2,\"ok\":1}");
}

TEST(ColumnStatistics, BoolsListsStructsAndBytes) {
  EXPECT_EQ(FactsOf(ArrayOf(arrow::boolean(), "[true, null, true, false]")).dump(),
            R"({"nan_count":1,"nan_proportion":0.25,"frequencies":{"False":1,"True":2}})");
  const Json lists =
      FactsOf(ArrayOf(arrow::list(arrow::utf8()), R"([["a"], [], null, ["b","c"]])"));
  EXPECT_EQ(lists["nan_count"], 1);
  EXPECT_EQ(lists["max"], 2);
  EXPECT_EQ(TypeOf(ArrayOf(arrow::list(arrow::int8()), "[[1]]")), "list");
  const auto object = arrow::struct_({arrow::field("a", arrow::int64())});
  EXPECT_EQ(FactsOf(ArrayOf(object, R"([{"a": 1}, null])")).dump(),
            R"({"nan_count":1,"nan_proportion":0.5})");
  EXPECT_EQ(TypeOf(ArrayOf(arrow::binary(), R"(["a"])")), "other");
  EXPECT_EQ(FactsOf(ArrayOf(arrow::dictionary(arrow::int8(), arrow::utf8()),
                            R"(["a", "b", "a"])"))["frequencies"]
                .dump(),
            R"({"a":2,"b":1})");
  EXPECT_EQ(FactsOf(ArrayOf(arrow::decimal128(5, 2), R"(["1.25", "2.75"])"))["mean"], 2.0);
}

TEST(ColumnStatistics, Classes) {
  StatisticsOptions options;
  options.class_names["x"] = {"no", "yes", "never"};
  const Json facts = FactsOf(ArrayOf(arrow::int64(), "[1, 0, 1, -1, null, 9]"), options);
  EXPECT_EQ(facts["frequencies"].dump(), R"({"no":1,"yes":2,"never":0})");
  EXPECT_EQ(facts["n_unique"], 3);
  EXPECT_EQ(facts["no_label_count"], 1);
  EXPECT_EQ(facts["unknown_label_count"], 1);
}

TEST(ColumnStatistics, Times) {
  // 2024-01-01 00:00:00.5, one day later, and two more.
  const auto micros = arrow::timestamp(arrow::TimeUnit::MICRO);
  const Json facts =
      FactsOf(ArrayOf(micros, "[1704067200500000, 1704153600500000, 1704326400900000, null]"));
  EXPECT_EQ(facts["min"], "2024-01-01 00:00:00");
  EXPECT_EQ(facts["median"], "2024-01-02 00:00:00");
  EXPECT_EQ(facts["max"], "2024-01-04 00:00:00");
  EXPECT_EQ(facts["mean"], "2024-01-02 08:00:00");
  EXPECT_EQ(facts["std"], "1 day, 12:39:38.180010");
  EXPECT_EQ(facts["histogram"]["bin_edges"][1], "2024-01-01 07:12:01");
  const auto zoned = arrow::timestamp(arrow::TimeUnit::SECOND, "UTC");
  EXPECT_EQ(FactsOf(ArrayOf(zoned, "[0]"))["min"], "1970-01-01 00:00:00+0000");
  EXPECT_EQ(FactsOf(ArrayOf(arrow::date32(), "[-1]"))["min"], "1969-12-31 00:00:00");
}

TEST(ColumnStatistics, TimesOfAllAges) {
  const std::string ends = "[-9223372036854775808, 0, 9223372036854775807]";
  for (const size_t distinct_max : {size_t{0}, size_t{1}}) {
    const StatisticsOptions options{.distinct_max = distinct_max};
    const Json micros = FactsOf(ArrayOf(arrow::timestamp(arrow::TimeUnit::MICRO), ends), options);
    EXPECT_EQ(micros["min"], "-290308-12-21 19:59:05");
    EXPECT_EQ(micros["median"], "1969-12-31 23:59:59");  // Whole seconds after the least.
    EXPECT_EQ(micros["max"], "294247-01-10 04:00:54");
    const Json nanos = FactsOf(ArrayOf(arrow::timestamp(arrow::TimeUnit::NANO), ends), options);
    EXPECT_EQ(nanos["min"], "1677-09-21 00:12:43");
    EXPECT_EQ(nanos["max"], "2262-04-11 23:47:16");
    const Json seconds = FactsOf(ArrayOf(arrow::timestamp(arrow::TimeUnit::SECOND), ends), options);
    EXPECT_EQ(seconds["min"], "-292277022657-01-27 08:29:52");
    EXPECT_EQ(seconds["max"], "292277026596-12-04 15:30:07");
    const Json days = FactsOf(ArrayOf(arrow::date32(), "[-2147483648, 0, 2147483647]"), options);
    EXPECT_EQ(days["min"], "-5877641-06-23 00:00:00");
    EXPECT_EQ(days["median"], "1970-01-01 00:00:00");
    EXPECT_EQ(days["max"], "5881580-07-11 00:00:00");
  }
}

TEST(ColumnStatistics, TextsOfDifferentWrongBytesAreSeveral) {
  const Json facts = FactsOf(Texts({"\xff", "\xfe", "\xfe", "a"}));
  EXPECT_EQ(facts["n_unique"], 3);
  EXPECT_EQ(facts["frequencies"]["\xEF\xBF\xBD"], 3);
}

TEST(ColumnStatistics, SeveralPassesGiveTheSame) {
  std::mt19937_64 draw(7);
  std::vector<double> reals;
  std::vector<int64_t> wholes;
  for (int i = 0; i < 5000; ++i) {
    reals.push_back(std::exp(std::normal_distribution<double>(0, 3)(draw)) - 1);
    wholes.push_back(int64_t(draw() >> 40));
  }
  arrow::TimestampBuilder times(arrow::timestamp(arrow::TimeUnit::MILLI),
                                arrow::default_memory_pool());
  for (const int64_t whole : wholes) ASSERT_TRUE(times.Append(whole * 12'345).ok());
  const auto rows = RowsOf({{"real", Doubles(reals)},
                            {"whole", Integers(wholes)},
                            {"time", times.Finish().ValueOrDie()}});
  std::set<std::string> answers;
  for (const int threads : {1, 8}) {
    for (const size_t distinct_max : {size_t{0}, size_t{1}, size_t{16}, size_t{700}}) {
      for (const bool can_start : {true, false}) {
        FakeTable table(rows, 97, can_start);
        const StatisticsOptions options{.scan = {.threads = threads}, .distinct_max = distinct_max};
        answers.insert(StatisticsOf(table, options).ToJson().dump());
      }
    }
  }
  EXPECT_EQ(answers.size(), 1U);
}

TEST(ColumnStatistics, ManyColumns) {
  std::vector<std::pair<std::string, std::shared_ptr<arrow::Array>>> columns;
  for (int i = 0; i < 2000; ++i) columns.emplace_back("c" + std::to_string(i), Doubles({1.5, 2}));
  FakeTable table(RowsOf(columns), 1);
  EXPECT_EQ(StatisticsOf(table).columns.size(), 2000U);
}

TEST(ColumnStatistics, Refusals) {
  FakeTable table(RowsOf({{"label", Integers({1})}}), 1);
  const auto unknown = ComputeStatistics(table, {.columns = {"lable"}});
  EXPECT_EQ(KindOf(unknown.status()), FailureKind::kWrongUsage);
  EXPECT_NE(unknown.status().message().find("did you mean label?"), std::string::npos);
  FakeTable twice(RowsOf({{"x", Integers({1})}, {"x", Integers({2})}}), 1);
  EXPECT_EQ(KindOf(ComputeStatistics(twice, {}).status()), FailureKind::kDataRefused);
  const std::atomic<bool> cancel{true};
  const StatisticsOptions cancelled{.scan = {.cancel = &cancel}};
  EXPECT_FALSE(ComputeStatistics(table, cancelled).ok());
}

TEST(ValueCounts, BinsDependOnValuesAlone) {
  std::vector<uint64_t> keys;
  std::mt19937_64 draw(3);
  for (int i = 0; i < 3000; ++i) keys.push_back(draw() >> (i % 50));
  ValueCounts first(100);
  first.AddAll(keys);
  std::shuffle(keys.begin(), keys.end(), draw);
  ValueCounts second(100);
  for (const uint64_t key : keys) second.Add(key);
  EXPECT_EQ(first.shift(), second.shift());
  EXPECT_GT(first.shift(), 0);
  EXPECT_LE(first.distinct(), 100U);
  EXPECT_EQ(first.Sorted(), second.Sorted());
  for (const double value : {-1.5, -0.0, 0.0, 1e-310, 3.25, 1e308}) {
    EXPECT_EQ(DoubleOfKey(KeyOfDouble(value)), value);
  }
  EXPECT_LT(KeyOfDouble(-2), KeyOfDouble(-1));
  EXPECT_LT(KeyOfInt(-1), KeyOfInt(0));
}

TEST(ExactSum, DoesNotRoundOnTheWay) {
  ExactSum sum;
  for (const double value : {1e300, 1.0, -1e300, 1e-300}) sum.Add(value);
  EXPECT_EQ(sum.Mean(), 0.25);
  ExactSum close;
  for (const double value : {1e9 + 1, 1e9 + 2, 1e9 + 3}) close.Add(value);
  EXPECT_EQ(close.StandardDeviation(), 1);
  ExactSum times;
  times.Add(0.1, 3);
  ExactSum one_by_one;
  for (int i = 0; i < 3; ++i) one_by_one.Add(0.1);
  EXPECT_EQ(times.Mean(), one_by_one.Mean());
  EXPECT_NEAR(times.StandardDeviation(), 0, 1e-16);
}

}  // namespace
}  // namespace hubmill
