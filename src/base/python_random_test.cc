// Vectors are CPython's.
#include "base/python_random.h"

#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

namespace hubmill {
namespace {

std::vector<int> Range(int n) {
  std::vector<int> values(static_cast<size_t>(n));
  std::iota(values.begin(), values.end(), 0);
  return values;
}

TEST(PythonRandom, ShufflesAsCPython) {
  std::ifstream file(std::string(HUBMILL_SOURCE_DIR) +
                     "/tests/golden/security/build_e1/python_random_shuffle.json");
  const auto golden = nlohmann::json::parse(file);
  for (const uint32_t seed : {42u, 43u}) {
    const std::string name = "seed" + std::to_string(seed);
    PythonRandom words(seed);
    std::vector<uint32_t> first(5);
    for (uint32_t& word : first) word = words.Bits(32);
    EXPECT_EQ(first, golden.at(name + "_getrandbits32_first5").get<std::vector<uint32_t>>());
    PythonRandom random(seed);
    std::vector<int> values = Range(10);
    random.Shuffle(std::span<int>(values));
    EXPECT_EQ(values, golden.at(name + "_shuffle_range10").get<std::vector<int>>());
  }
  PythonRandom random(42);
  std::vector<int> ten = Range(10), more = Range(33);
  random.Shuffle(std::span<int>(ten));
  random.Shuffle(std::span<int>(more));
  EXPECT_EQ(more, golden.at("seed42_then_shuffle_range33").get<std::vector<int>>());
}

TEST(PythonRandom, GoesOnBehindTheWordsSkipped) {
  PythonRandom random(42), other(42);
  std::vector<int> values = Range(100);
  random.Shuffle(std::span<int>(values));
  EXPECT_GE(random.words(), 99);
  other.Skip(random.words());
  EXPECT_EQ(other.words(), random.words());
  EXPECT_EQ(other.Bits(32), random.Bits(32));
}

}  // namespace
}  // namespace hubmill
