#include "view/drift.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "view/fake_table.h"

namespace hubmill {
namespace {

using Columns = std::vector<std::pair<std::string, std::shared_ptr<arrow::Array>>>;

SplitStatistics StatisticsOf(const Columns& columns, StatisticsOptions options = {}) {
  FakeTable table(RowsOf(columns), 5);
  return ComputeStatistics(table, options).ValueOrDie();
}

ColumnDrift DriftOf(const std::shared_ptr<arrow::Array>& before,
                    const std::shared_ptr<arrow::Array>& now) {
  return ComputeDrift(StatisticsOf({{"x", before}}), StatisticsOf({{"x", now}})).columns.at(0);
}

TEST(Drift, NumbersAsScipy) {
  // scipy.stats: ks_2samp([1,2,3,4], [3,4,5]) = 0.6667; wasserstein_distance = 1.5.
  const ColumnDrift drift = DriftOf(Integers({1, 2, 3, 4}), Integers({3, 4, 5}));
  EXPECT_EQ(drift.type, "int");
  EXPECT_NEAR(drift.numbers->kolmogorov_smirnov, 0.5, 1e-12);
  EXPECT_NEAR(drift.numbers->wasserstein, 1.5, 1e-12);
  EXPECT_NEAR(*drift.numbers->wasserstein_normalized, 1.5 / 1.2909944487358056, 1e-12);
  EXPECT_EQ(drift.numbers->resolution, 0);
  EXPECT_EQ(drift.distance, drift.numbers->kolmogorov_smirnov);
}

TEST(Drift, IntegersAndFloatsAreOneLine) {
  const ColumnDrift drift = DriftOf(Integers({1, 2}), Doubles({1.0, 2.0}));
  EXPECT_EQ(drift.distance, 0);
  EXPECT_EQ(drift.presence, ColumnPresence::kBoth);
}

TEST(Drift, Categories) {
  const ColumnDrift drift = DriftOf(Texts({"a", "a", "b", "c"}), Texts({"a", "b", "b", "d"}));
  // P = 1/2 1/4 1/4 0, Q = 1/4 1/2 0 1/4.
  EXPECT_NEAR(drift.categories->total_variation, 0.5, 1e-12);
  EXPECT_NEAR(drift.categories->jensen_shannon, 0.55792304528414383, 1e-12);
  ASSERT_EQ(drift.categories->appeared.size(), 1U);
  EXPECT_EQ(drift.categories->appeared[0].name, "d");
  ASSERT_EQ(drift.categories->vanished.size(), 1U);
  EXPECT_EQ(drift.categories->vanished[0].name, "c");
  EXPECT_EQ(
      DriftOf(ArrayOf(arrow::boolean(), "[true]"), ArrayOf(arrow::boolean(), "[false]")).distance,
      1);
}

TEST(Drift, ClassesMeetLabelsByName) {
  StatisticsOptions options;
  options.class_names["x"] = {"no", "yes"};
  const Drift drift = ComputeDrift(StatisticsOf({{"x", Integers({0, 1, 1, 1})}}, options),
                                   StatisticsOf({{"x", Texts({"no", "yes", "yes", "yes"})}}));
  EXPECT_EQ(drift.distance_max(), 0);
}

TEST(Drift, WrongUtf8CountsByItsBytes) {
  const Drift drift = ComputeDrift(StatisticsOf({{"x", Texts({"\xff", "a"})}}),
                                   StatisticsOf({{"x", Texts({"\xfe", "a"})}}));
  EXPECT_EQ(drift.distance_max(), 0.5);
  EXPECT_FALSE(drift.ToJson().dump().empty());  // Valid UTF-8.
}

TEST(Drift, NullsColumnsAndKinds) {
  EXPECT_EQ(
      DriftOf(ArrayOf(arrow::int64(), "[1, 1]"), ArrayOf(arrow::int64(), "[1, null]")).distance,
      0.5);
  EXPECT_EQ(DriftOf(ArrayOf(arrow::int64(), "[null]"), ArrayOf(arrow::int64(), "[1]")).distance, 1);
  EXPECT_EQ(DriftOf(Integers({}), Integers({})).distance, 0);
  EXPECT_EQ(DriftOf(Integers({1}), Texts({"1"})).presence, ColumnPresence::kOtherKind);
  const Drift drift = ComputeDrift(StatisticsOf({{"a", Integers({1})}, {"b", Integers({1})}}),
                                   StatisticsOf({{"b", Integers({1})}, {"c", Integers({1})}}));
  ASSERT_EQ(drift.columns.size(), 3U);
  EXPECT_EQ(drift.columns[0].presence, ColumnPresence::kVanished);
  EXPECT_EQ(drift.columns[1].presence, ColumnPresence::kAppeared);
  EXPECT_EQ(drift.columns[2].distance, 0);
  EXPECT_EQ(drift.ToJson()["columns"][0]["presence"], "vanished");
}

TEST(Drift, BinsSayHowFineTheyAre) {
  std::vector<double> before;
  std::vector<double> now;
  for (int i = 0; i < 4000; ++i) {
    before.push_back(std::sin(i) * 100);
    now.push_back(std::sin(i) * 100 + 20);
  }
  const auto exact =
      ComputeDrift(StatisticsOf({{"x", Doubles(before)}}), StatisticsOf({{"x", Doubles(now)}}));
  const StatisticsOptions few{.distinct_max = 256};
  const auto binned = ComputeDrift(StatisticsOf({{"x", Doubles(before)}}, few),
                                   StatisticsOf({{"x", Doubles(now)}}, few));
  const NumberDrift& fine = *exact.columns[0].numbers;
  const NumberDrift& coarse = *binned.columns[0].numbers;
  EXPECT_EQ(fine.resolution, 0);
  EXPECT_GT(coarse.resolution, 0);
  EXPECT_LE(coarse.kolmogorov_smirnov, fine.kolmogorov_smirnov + 1e-12);
  EXPECT_GE(coarse.kolmogorov_smirnov + coarse.resolution, fine.kolmogorov_smirnov);
}

}  // namespace
}  // namespace hubmill
