// Drawing: the split sizes of the original, the streaming shuffle of `datasets`, and the balance of
// flow_sample through the registry.
#include <arrow/array/builder_binary.h>
#include <arrow/record_batch.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <map>

#include "security/flows/flow_draw_compat.h"
#include "security/flows/flow_stages.h"
#include "stages/columns.h"

namespace hubmill {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(FlowDraw, SplitSizesOfTheOriginal) {
  const std::vector<std::array<int64_t, 4>> table = {
      {1, 0, 0, 1}, {2, 1, 0, 1}, {7, 4, 1, 2}, {20, 14, 3, 3}, {100, 70, 15, 15}};
  for (const auto& [count, train, dev, test] : table) {
    std::map<DrawnSplit, int64_t> sizes;
    for (int64_t i = 0; i < count; ++i) ++sizes[SplitOfMember(i, count)];
    EXPECT_THAT(
        (std::array{sizes[DrawnSplit::kTrain], sizes[DrawnSplit::kDev], sizes[DrawnSplit::kTest]}),
        ElementsAre(train, dev, test));
  }
}

TEST(FlowDraw, StreamsAsTheLibrary) {
  // Made by datasets 5.2.0 (tests/peers/security_flows_test.py compares whole orders).
  const std::vector<int32_t> one_file(5230, 0);
  EXPECT_THAT(StreamShuffle(one_file, 42, 5), ElementsAre(978, 933, 859, 916, 127));
  std::vector<int64_t> all = StreamShuffle(one_file, 42, 10'000);
  ASSERT_EQ(all.size(), one_file.size());
  std::sort(all.begin(), all.end());
  for (size_t i = 0; i < all.size(); ++i) ASSERT_EQ(all[i], int64_t(i));
}

TEST(FlowDraw, RetriesWhereTheFirstRowsHaveNoAttack) {
  std::vector<FlowFacts> flows(3000);
  for (size_t i = 0; i < flows.size(); ++i) flows[i].hash = i;
  // Rows that the second draw meets (30 of 3000 by seed 43), and the first (10, seed 42) does not.
  const std::vector<int32_t> files(flows.size(), 0);
  flows[size_t(StreamShuffle(files, 43, 30).back())].malicious = true;
  const FlowDraw draw = DrawCic(flows, 1 + 1, 42);
  ASSERT_EQ(draw.rows.size(), 2u);
  for (FlowFacts& flow : flows) flow.malicious = false;
  EXPECT_EQ(DrawCic(flows, 4, 42).rows.size(), 4u);
}

class FlowSampleTest : public ::testing::Test {
 protected:
  /// Runs flow_sample over `benign` and `malicious` rows of three scenarios.
  Result<std::map<std::string, int64_t>> Draw(int64_t benign, int64_t malicious,
                                              const std::string& options) {
    auto setting = ParseYaml(options, "test").ValueOrDie();
    ARROW_ASSIGN_OR_RAISE(Stage stage, FlowSampleStage().make(setting, {}));
    auto& arranger = *std::get<std::unique_ptr<Arranger>>(stage);
    arrow::StringBuilder answers, scenarios;
    for (int64_t i = 0; i < benign + malicious; ++i) {
      ARROW_RETURN_NOT_OK(answers.Append(i < benign ? "Benign" : "Malicious"));
      ARROW_RETURN_NOT_OK(scenarios.Append(i % 3 == 0 ? "S0" : i % 3 == 1 ? "SF" : "REJ"));
    }
    ARROW_ASSIGN_OR_RAISE(auto first, answers.Finish());
    ARROW_ASSIGN_OR_RAISE(auto second, scenarios.Finish());
    const auto schema = arrow::schema(
        {arrow::field("answer", arrow::utf8()), arrow::field("scenario", arrow::utf8())});
    Batch batch{arrow::RecordBatch::Make(schema, benign + malicious, {first, second}),
                Origins(RowRun{.count = benign + malicious})};
    ARROW_RETURN_NOT_OK(arranger.Bind(schema).status());
    ARROW_RETURN_NOT_OK(arranger.Observe(batch, nullptr));
    ARROW_ASSIGN_OR_RAISE(const Arrangement made, arranger.Arrange(1));
    const TextView splits(*made.added->column(0));
    std::map<std::string, int64_t> counts;
    for (const int64_t row : made.order) {
      ++counts[std::string(splits[row]) + (row < benign ? " benign" : " malicious")];
      ++counts[std::string(splits[row]) + (row % 3 == 0 ? " S0" : row % 3 == 1 ? " SF" : " REJ")];
    }
    counts["all"] = int64_t(made.order.size());
    return counts;
  }
};

TEST_F(FlowSampleTest, EverySplitIsBalanced) {
  auto counts = Draw(1000, 2000, "{rows: 1800}").ValueOrDie();
  EXPECT_EQ(counts["all"], 1800);
  for (const char* one : {" benign", " malicious"}) {
    EXPECT_EQ(counts[std::string("train") + one], 630);
    EXPECT_EQ(counts[std::string("dev") + one], 135);
    EXPECT_EQ(counts[std::string("test") + one], 135);
  }
  for (const char* scenario : {" S0", " SF", " REJ"}) {
    const int64_t all = counts[std::string("train") + scenario] +
                        counts[std::string("dev") + scenario] +
                        counts[std::string("test") + scenario];
    EXPECT_NEAR(double(counts[std::string("dev") + scenario]), 0.15 * double(all), 2);
  }
  counts = Draw(20, 20, "{rows: 20}").ValueOrDie();
  EXPECT_EQ(counts["train benign"], 7);
  EXPECT_EQ(counts["dev malicious"], 2);
  EXPECT_EQ(counts["test malicious"], 1);
  counts = Draw(20, 20, "{rows: 7, splits: ood}").ValueOrDie();
  EXPECT_EQ(counts["ood benign"], 4);
  EXPECT_EQ(counts["ood malicious"], 3);
}

TEST_F(FlowSampleTest, RefusesWhatCannotBeBalanced) {
  EXPECT_THAT(Draw(10, 0, "{rows: 4}").status().message(),
              HasSubstr("a class has no row: class=Malicious rows_of_the_other=10"));
  EXPECT_THAT(Draw(10, 1, "{rows: 4}").status().message(), HasSubstr("Malicious=1 of 2"));
  EXPECT_THAT(Draw(0, 0, "{rows: 4}").status().message(), HasSubstr("no flow is left"));
  EXPECT_EQ(Draw(10, 1, "{rows: 4, fewer: true}").ValueOrDie()["all"], 2);
}

}  // namespace
}  // namespace hubmill
