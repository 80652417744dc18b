#include "view/set_diff.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "view/canonical_value.h"
#include "view/fake_table.h"

namespace hubmill {
namespace {

using Json = nlohmann::ordered_json;
using Columns = std::vector<std::pair<std::string, std::shared_ptr<arrow::Array>>>;

SetDiff DiffOf(const Columns& before, const Columns& now, SetDiffOptions options = {}) {
  FakeTable a(RowsOf(before), 3);
  FakeTable b(RowsOf(now), 2);
  auto diff = CompareTables(a, b, options);
  EXPECT_TRUE(diff.ok()) << diff.status().ToString();
  return std::move(diff).ValueOrDie();
}

TEST(SetDiff, RowsAreMultisets) {
  const SetDiff diff =
      DiffOf({{"x", Texts({"a", "b", "b", "c"})}}, {{"x", Texts({"b", "a", "a", "d", "b"})}});
  EXPECT_EQ(diff.same, 3);
  EXPECT_EQ(diff.removed, 1);
  EXPECT_EQ(diff.added, 2);
  ASSERT_EQ(diff.added_samples.size(), 2U);
  EXPECT_EQ(diff.added_samples[0].rows.now, 2);
  EXPECT_EQ(diff.added_samples[1].cells_now, R"({"x":"d"})");
  EXPECT_EQ(diff.removed_samples[0].cells_before, R"({"x":"c"})");
  EXPECT_TRUE(diff.Differs());
}

TEST(SetDiff, ColumnOrderAndTypesDoNotMatter) {
  const SetDiff diff =
      DiffOf({{"n", Integers({1, 2})}, {"t", Texts({"x", "y"})}},
             {{"t", ArrayOf(arrow::large_utf8(), R"(["x", "y"])")}, {"n", Doubles({1, 2})}});
  EXPECT_EQ(diff.same, 2);
  ASSERT_EQ(diff.types_changed.size(), 1U);
  EXPECT_EQ(diff.types_changed[0].name, "n");
}

TEST(SetDiff, ChangedRowsByKey) {
  const SetDiff diff = DiffOf({{"id", Integers({1, 2, 3, 4})},
                               {"t", Texts({"a", "b", "c", "d"})},
                               {"n", Integers({0, 0, 0, 0})}},
                              {{"id", Integers({4, 3, 2, 5})},
                               {"t", Texts({"d", "C", "B", "e"})},
                               {"n", Integers({0, 1, 0, 0})}},
                              {.key = {"id"}});
  EXPECT_EQ(diff.same, 1);
  EXPECT_EQ(diff.changed, 2);
  EXPECT_EQ(diff.removed, 1);
  EXPECT_EQ(diff.added, 1);
  ASSERT_EQ(diff.changed_columns.size(), 2U);
  EXPECT_EQ(diff.changed_columns[0].name, "t");
  EXPECT_EQ(diff.changed_columns[0].rows, 2);
  EXPECT_EQ(diff.changed_columns[1].rows, 1);
  const Json json = diff.ToJson();
  EXPECT_EQ(json["samples"]["changed"][0].dump(),
            R"({"row_before":1,"row_now":2,"columns":["t"],"before":{"id":2,"t":"b"},)"
            R"("now":{"id":2,"t":"B"}})");
  EXPECT_EQ(json["samples"]["changed"][1]["columns"].dump(), R"(["n","t"])");
}

TEST(SetDiff, ManyChangedRowsAreCountedByScanning) {
  std::vector<int64_t> ids;
  std::vector<int64_t> before;
  std::vector<int64_t> now;
  for (int64_t i = 0; i < 1000; ++i) {
    ids.push_back(i);
    before.push_back(i);
    now.push_back(i % 3 == 0 ? -i : i);
  }
  std::vector<int64_t> turned(ids.rbegin(), ids.rend());
  std::vector<int64_t> now_turned(now.rbegin(), now.rend());
  const SetDiff diff =
      DiffOf({{"id", Integers(ids)}, {"v", Integers(before)}, {"w", Integers(before)}},
             {{"id", Integers(turned)}, {"v", Integers(now_turned)}, {"w", Integers(turned)}},
             {.key = {"id"}});
  EXPECT_EQ(diff.changed, 333);  // -0 is 0.
  ASSERT_EQ(diff.changed_columns.size(), 1U);
  EXPECT_EQ(diff.changed_columns[0].rows, 333);
  EXPECT_EQ(diff.changed_samples[0].rows.before, 3);
  EXPECT_EQ(diff.changed_samples[0].rows.now, 996);
}

TEST(SetDiff, RepeatedKeysAreReported) {
  const SetDiff diff =
      DiffOf({{"id", Integers({1, 1, 1, 2})}, {"t", Texts({"a", "b", "c", "d"})}},
             {{"id", Integers({1, 1, 2, 2})}, {"t", Texts({"b", "x", "d", "e"})}}, {.key = {"id"}});
  EXPECT_EQ(diff.duplicates_before.keys, 1);
  EXPECT_EQ(diff.duplicates_before.rows, 3);
  EXPECT_EQ(diff.duplicates_now.keys, 2);
  EXPECT_EQ(diff.same, 2);     // b and d.
  EXPECT_EQ(diff.changed, 1);  // a became x.
  EXPECT_EQ(diff.removed, 1);  // c
  EXPECT_EQ(diff.added, 1);    // e
  EXPECT_EQ(diff.duplicate_samples.size(), 2U);
}

TEST(SetDiff, ColumnsOfOneSideAreLeftOut) {
  const SetDiff diff = DiffOf({{"a", Integers({1})}, {"b", Integers({1})}},
                              {{"a", Integers({1})}, {"c", Integers({1})}});
  EXPECT_EQ(diff.same, 1);
  EXPECT_EQ(diff.columns_added[0].name, "c");
  EXPECT_EQ(diff.columns_removed[0].name, "b");
  EXPECT_TRUE(diff.Differs());
  const SetDiff apart = DiffOf({{"a", Integers({1})}}, {{"c", Integers({1, 2})}});
  EXPECT_EQ(apart.removed, 1);
  EXPECT_EQ(apart.added, 2);
}

TEST(SetDiff, EmptySets) {
  EXPECT_FALSE(DiffOf({}, {}).Differs());
  const SetDiff all = DiffOf({{"a", Integers({})}}, {{"a", Integers({1, 2})}});
  EXPECT_EQ(all.added, 2);
}

TEST(SetDiff, SpillsAndThreadsChangeNothing) {
  std::mt19937_64 draw(5);
  std::vector<int64_t> before;
  std::vector<int64_t> now;
  for (int i = 0; i < 4000; ++i) {
    before.push_back(int64_t(draw() % 900));
    now.push_back(int64_t(draw() % 1000));
  }
  std::set<std::string> answers;
  for (const int threads : {1, 8}) {
    for (const int64_t memory : {int64_t{1} << 30, int64_t{1000}}) {
      SetDiffOptions options{.memory_bytes_max = memory, .scan = {.threads = threads}};
      const SetDiff diff = DiffOf({{"x", Integers(before)}}, {{"x", Integers(now)}}, options);
      EXPECT_EQ(diff.spilled_bytes > 0, memory < 1 << 20);
      EXPECT_EQ(diff.same + diff.removed, 4000);
      answers.insert(diff.ToJson().dump());
    }
  }
  EXPECT_EQ(answers.size(), 1U);
}

TEST(SetDiff, Refusals) {
  FakeTable a(RowsOf({{"id", Integers({1})}}), 1);
  const auto diff = CompareTables(a, a, {.key = {"idd"}});
  EXPECT_EQ(KindOf(diff.status()), FailureKind::kWrongUsage);
  EXPECT_NE(diff.status().message().find("did you mean id?"), std::string::npos);
}

Hash128 HashOf(const std::shared_ptr<arrow::DataType>& type, const std::string& json) {
  return HashValue(*ArrayOf(type, "[" + json + "]"), 0, {});
}

TEST(CanonicalValue, OneValueInManyTypes) {
  EXPECT_EQ(HashOf(arrow::int8(), "1"), HashOf(arrow::float64(), "1.0"));
  EXPECT_EQ(HashOf(arrow::uint64(), "18446744073709549568"),
            HashOf(arrow::float64(), "18446744073709549568"));
  EXPECT_NE(HashOf(arrow::int8(), "1"), HashOf(arrow::boolean(), "true"));
  EXPECT_NE(HashOf(arrow::int8(), "1"), HashOf(arrow::utf8(), "\"1\""));
  EXPECT_EQ(HashOf(arrow::decimal128(5, 2), "\"1.00\""), HashOf(arrow::int64(), "1"));
  EXPECT_EQ(HashOf(arrow::decimal128(5, 2), "\"1.50\""),
            HashOf(arrow::decimal128(9, 4), "\"1.5000\""));
  EXPECT_EQ(HashOf(arrow::utf8(), "\"é\""), HashOf(arrow::large_utf8(), "\"é\""));
  EXPECT_NE(HashOf(arrow::utf8(), "\"a\""), HashOf(arrow::binary(), "\"a\""));
  EXPECT_NE(HashOf(arrow::utf8(), "\"\""), HashOf(arrow::utf8(), "null"));
  EXPECT_EQ(HashOf(arrow::timestamp(arrow::TimeUnit::SECOND), "-5"),
            HashOf(arrow::timestamp(arrow::TimeUnit::NANO), "-5000000000"));
  EXPECT_EQ(HashOf(arrow::dictionary(arrow::int8(), arrow::utf8()), "\"a\""),
            HashOf(arrow::utf8(), "\"a\""));
  const auto ab =
      arrow::struct_({arrow::field("a", arrow::int64()), arrow::field("b", arrow::utf8())});
  const auto ba =
      arrow::struct_({arrow::field("b", arrow::utf8()), arrow::field("a", arrow::float64())});
  EXPECT_EQ(HashOf(ab, R"({"a": 1, "b": "x"})"), HashOf(ba, R"({"a": 1, "b": "x"})"));
  const auto only_a = arrow::struct_({arrow::field("a", arrow::int64())});
  EXPECT_EQ(HashOf(ab, R"({"a": 1, "b": null})"), HashOf(only_a, R"({"a": 1})"));
  EXPECT_NE(HashOf(arrow::list(arrow::utf8()), R"(["ab", "c"])"),
            HashOf(arrow::list(arrow::utf8()), R"(["a", "bc"])"));
}

TEST(CanonicalValue, NarrowFloatsMeetWideOnes) {
  const ValueForm form = FormOf(*arrow::float32(), *arrow::float64());
  EXPECT_TRUE(form.as_float32);
  EXPECT_EQ(HashValue(*ArrayOf(arrow::float32(), "[0.1]"), 0, form),
            HashValue(*ArrayOf(arrow::float64(), "[0.1]"), 0, form));
  EXPECT_FALSE(FormOf(*arrow::float64(), *arrow::int64()).as_float32);
}

}  // namespace
}  // namespace hubmill
