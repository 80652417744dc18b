// MT19937 and the splits against vectors made by NumPy, pandas and scikit-learn.
#include "base/stratified_split.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "base/mt19937.h"

namespace hubmill {
namespace {

using nlohmann::json;

const std::string kGolden = std::string(HUBMILL_SOURCE_DIR) + "/tests/golden/feedback/";
constexpr double kRatios[] = {0.8, 0.1, 0.1};

json Vectors() {
  std::ifstream file(kGolden + "rng_vectors.json");
  EXPECT_TRUE(file.good());
  return json::parse(file);
}

std::vector<json> Lines(const std::string& name) {
  std::ifstream file(kGolden + name);
  EXPECT_TRUE(file.good()) << name;
  std::vector<json> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(json::parse(line));
  return lines;
}

TEST(Mt19937, DrawsNumpysStream) {
  Mt19937 rng(42);
  const json vectors = Vectors();  // Named: the loop must not outlive a temporary.
  for (const json& value : vectors["mt19937_seed42_first5_u32"]) {
    EXPECT_EQ(rng.Next32(), value.get<uint32_t>());
  }
}

TEST(Mt19937, PermutesAndSamplesAsNumpy) {
  const json vectors = Vectors();
  for (const auto& [n, order] : vectors["permutation_seed42"].items()) {
    EXPECT_EQ(Mt19937(42).Permutation(std::stoll(n)), order.get<std::vector<int64_t>>()) << n;
  }
  for (const json& sample : vectors["sample_seed42"]) {
    EXPECT_EQ(SampleRows(sample["population"], sample["n"], 42),
              sample["rows"].get<std::vector<int64_t>>());
  }
  EXPECT_EQ(SampleRows(3, 10, 42).size(), 3u);
  EXPECT_TRUE(SampleRows(0, 10, 42).empty());
}

TEST(Mt19937, BoundedDrawsNothingForZeroAndStaysInRange) {
  Mt19937 a(7), b(7);
  EXPECT_EQ(a.Bounded(0), 0u);
  EXPECT_EQ(a.Next32(), b.Next32());
  for (int i = 0; i < 1000; ++i) EXPECT_LE(a.Bounded(5), 5u);
  for (int i = 0; i < 100; ++i) EXPECT_LE(a.Bounded(0x1'2345'6789u), 0x1'2345'6789u);
}

TEST(StratifiedSplit, EqualsScikitLearn) {
  const json vectors = Vectors();
  for (const json& one : vectors["split_seed42"]) {
    const auto labels = one["labels"].get<std::vector<int32_t>>();
    const PartRows split = SplitStratified(labels, kRatios, 42);
    ASSERT_FALSE(split.error);
    ASSERT_EQ(split.parts.size(), 3u);
    EXPECT_EQ(split.parts[0], one["train"].get<std::vector<int64_t>>());
    EXPECT_EQ(split.parts[1], one["eval"].get<std::vector<int64_t>>());
    EXPECT_EQ(split.parts[2], one["test"].get<std::vector<int64_t>>());
  }
}

TEST(StratifiedSplit, GivesTheOriginalsFilesLineByLine) {
  for (const std::string label : {"department", "urgency"}) {
    const std::vector<json> rows = Lines("clean_" + label + ".jsonl");
    std::vector<int32_t> labels;
    for (const json& row : rows) labels.push_back(row["label"].get<int32_t>());
    const PartRows split = SplitStratified(labels, kRatios, 42);
    ASSERT_FALSE(split.error);
    const char* const names[] = {"train", "eval", "test"};
    for (int part = 0; part < 3; ++part) {
      const std::vector<json> expected = Lines("split_" + label + "_" + names[part] + ".jsonl");
      std::vector<json> actual;
      for (const int64_t row : split.parts[part]) actual.push_back(rows[row]);
      EXPECT_EQ(actual, expected) << label << " " << names[part];
    }
  }
}

TEST(StratifiedSplit, SizesFollowTheCeilingRule) {
  const int64_t table[][4] = {{40, 32, 4, 4},        {163, 130, 16, 17},    {189, 151, 19, 19},
                              {1000, 800, 100, 100}, {1001, 800, 100, 101}, {1523, 1218, 152, 153},
                              {2426, 1940, 243, 243}};
  for (const auto& [n, train, eval, test] : table) {
    const PartRows split = SplitRandom(n, kRatios, 42);
    ASSERT_FALSE(split.error);
    EXPECT_EQ(static_cast<int64_t>(split.parts[0].size()), train);
    EXPECT_EQ(static_cast<int64_t>(split.parts[1].size()), eval);
    EXPECT_EQ(static_cast<int64_t>(split.parts[2].size()), test);
  }
}

TEST(StratifiedSplit, KeepsEveryRowOnceForAnyNumberOfParts) {
  std::vector<int32_t> labels;
  for (int i = 0; i < 997; ++i) labels.push_back(i % 7 == 0 ? -5 : i % 3);
  for (const std::vector<double>& ratios :
       {std::vector<double>{0.9, 0.1}, {7, 2, 1}, {0.4, 0.3, 0.2, 0.1}}) {
    for (const PartRows& split :
         {SplitStratified(labels, ratios, 1), SplitRandom(997, ratios, 1)}) {
      ASSERT_FALSE(split.error);
      ASSERT_EQ(split.parts.size(), ratios.size());
      std::vector<int> seen(997);
      for (const auto& part : split.parts) {
        for (const int64_t row : part) ++seen[row];
      }
      EXPECT_EQ(seen, std::vector<int>(997, 1));
    }
  }
}

TEST(SplitRandom, CutsAsShuffleSplit) {
  // ShuffleSplit: of permutation(10) = 8 1 5 0 7 2 9 4 3 6 the first two are the test side.
  const double ratios[] = {0.8, 0.2};
  const PartRows split = SplitRandom(10, ratios, 42);
  EXPECT_EQ(split.parts[1], (std::vector<int64_t>{8, 1}));
  EXPECT_EQ(split.parts[0], (std::vector<int64_t>{5, 0, 7, 2, 9, 4, 3, 6}));
}

TEST(StratifiedSplit, NamesWhatIsTooSmall) {
  std::vector<int32_t> labels(30, 0);
  labels.push_back(9);
  const auto small_class = SplitStratified(labels, kRatios, 42).error;
  ASSERT_TRUE(small_class);
  EXPECT_EQ(small_class->kind, SplitError::Kind::kClassTooSmall);
  EXPECT_EQ(small_class->label, 9);
  std::vector<int32_t> even;
  for (int i = 0; i < 20; ++i) even.push_back(i % 4);
  const auto small_part = SplitStratified(even, kRatios, 42).error;
  ASSERT_TRUE(small_part);
  EXPECT_NE(small_part->kind, SplitError::Kind::kNoRows);
  EXPECT_EQ(SplitStratified({}, kRatios, 42).error->kind, SplitError::Kind::kNoRows);
  EXPECT_EQ(SplitRandom(0, kRatios, 42).error->kind, SplitError::Kind::kNoRows);
  const double one[] = {1.0};
  const double negative[] = {0.9, -0.1};
  EXPECT_EQ(SplitRandom(9, one, 42).error->kind, SplitError::Kind::kBadRatios);
  EXPECT_EQ(SplitRandom(9, negative, 42).error->kind, SplitError::Kind::kBadRatios);
}

}  // namespace
}  // namespace hubmill
