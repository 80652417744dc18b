#include "core/executor.h"

#include <arrow/api.h>
#include <gmock/gmock.h>

#include <random>
#include <thread>

namespace hubmill {
namespace {

using ::testing::HasSubstr;

std::shared_ptr<arrow::Schema> NumberSchema() {
  return arrow::schema({arrow::field("n", arrow::int64())});
}

std::shared_ptr<arrow::RecordBatch> Numbers(int64_t from, int64_t count) {
  arrow::Int64Builder builder;
  for (int64_t i = 0; i < count; ++i) EXPECT_TRUE(builder.Append(from + i).ok());
  return arrow::RecordBatch::Make(NumberSchema(), count, {*builder.Finish()});
}

struct SourcePlan {
  std::vector<int64_t> morsel_rows;
  int64_t bad_row_of_morsel = -1;  // This morsel's second row is bad.
  int64_t fail_morsel = -1;        // Decoding it fails.
  int64_t batch_rows = 3;
};

class NumberMorsel : public Morsel {
 public:
  NumberMorsel(const SourcePlan& plan, int64_t index, int64_t first)
      : plan_(plan), index_(index), first_(first) {
    bytes = 8 * plan.morsel_rows[size_t(index)];
  }
  Result<Decoded> Decode() override {
    // Uneven work, so that morsels overtake each other.
    std::this_thread::sleep_for(std::chrono::microseconds((index_ * 7919) % 300));
    if (index_ == plan_.fail_morsel) return RunFailed("morsel failed: index=", index_);
    Decoded out;
    int64_t rows = plan_.morsel_rows[size_t(index_)];
    for (int64_t at = 0; at < rows; at += plan_.batch_rows) {
      int64_t count = std::min(plan_.batch_rows, rows - at);
      out.batches.push_back(
          {Numbers(first_ + at, count), Origins(RowRun{.file = 0, .row = at + 1, .count = count})});
    }
    out.row_numbers = rows;
    if (index_ == plan_.bad_row_of_morsel) {
      out.bad_rows.push_back({.row = rows + 1, .reason = "broken", .why = "it is"});
      out.row_numbers += 1;
    }
    return out;
  }

 private:
  const SourcePlan plan_;
  const int64_t index_;
  const int64_t first_;
};

class NumberSource : public Source {
 public:
  explicit NumberSource(SourcePlan plan) : plan_(std::move(plan)) {}
  const std::shared_ptr<arrow::Schema>& schema() const override { return schema_; }
  const std::vector<SourceFile>& files() const override { return files_; }
  const std::vector<std::string>& splits() const override { return splits_; }
  Result<std::unique_ptr<Morsel>> Next() override {
    if (next_ == int64_t(plan_.morsel_rows.size())) return std::unique_ptr<Morsel>();
    auto morsel = std::make_unique<NumberMorsel>(plan_, next_, first_);
    first_ += plan_.morsel_rows[size_t(next_++)];
    return std::unique_ptr<Morsel>(std::move(morsel));
  }

 private:
  SourcePlan plan_;
  int64_t next_ = 0;
  int64_t first_ = 0;
  std::shared_ptr<arrow::Schema> schema_ = NumberSchema();
  std::vector<SourceFile> files_{{.name = "numbers"}};
  std::vector<std::string> splits_{"train"};
};

class NumberBlock : public Block {
 public:
  explicit NumberBlock(Batch batch) : batch_(std::move(batch)) {}
  Status Encode() override {
    encoded = true;
    return Status::OK();
  }
  Batch batch_;
  bool encoded = false;
};

/// Keeps numbers and their origins; a block every batch.
class NumberSink : public Sink {
 public:
  Result<std::vector<std::unique_ptr<Block>>> Cut(Batch batch) override {
    std::vector<std::unique_ptr<Block>> out;
    out.push_back(std::make_unique<NumberBlock>(std::move(batch)));
    return out;
  }
  Result<std::vector<std::unique_ptr<Block>>> Finish() override {
    return std::vector<std::unique_ptr<Block>>();
  }
  Status Append(std::unique_ptr<Block> block) override {
    auto& number_block = static_cast<NumberBlock&>(*block);
    EXPECT_TRUE(number_block.encoded);
    const auto& column =
        static_cast<const arrow::Int64Array&>(*number_block.batch_.rows->column(0));
    for (int64_t i = 0; i < column.length(); ++i) {
      numbers.push_back(column.Value(i));
      rows.push_back(number_block.batch_.origins.At(i).row);
    }
    if (fail_after >= 0 && int64_t(numbers.size()) > fail_after) return RunFailed("disk full");
    return Status::OK();
  }
  Result<std::vector<OutputFile>> Close() override { return std::vector<OutputFile>(); }

  std::vector<int64_t> numbers;
  std::vector<int64_t> rows;
  int64_t fail_after = -1;
};

/// Drops multiples of three; a multiple of a hundred is a violation.
class DropThirds : public Transform {
 public:
  Result<std::shared_ptr<arrow::Schema>> Bind(const std::shared_ptr<arrow::Schema>& in) override {
    return in;
  }
  Result<Applied> Apply(const Batch& input) const override {
    Applied out{.rows = input.rows};
    const auto& column = static_cast<const arrow::Int64Array&>(*input.rows->column(0));
    for (int64_t i = 0; i < column.length(); ++i) {
      if (column.Value(i) % 100 == 0) out.violations.push_back({i, "hundred"});
      if (column.Value(i) % 3 == 0) out.drops.push_back({i, "third"});
    }
    out.counts["seen"] = column.length();
    return out;
  }
};

/// Keeps a number if it is larger than the last kept one by at least two: needs the row order.
class KeepRising : public Decider {
 public:
  Result<std::shared_ptr<arrow::Schema>> Bind(const std::shared_ptr<arrow::Schema>& in) override {
    return in;
  }
  Result<std::unique_ptr<Prepared>> Prepare(const Batch&) const override {
    return std::make_unique<Prepared>();
  }
  Result<Applied> Decide(const Batch& input, const Prepared&) override {
    Applied out{.rows = input.rows};
    const auto& column = static_cast<const arrow::Int64Array&>(*input.rows->column(0));
    for (int64_t i = 0; i < column.length(); ++i) {
      if (column.Value(i) < last_ + 2) {
        out.drops.push_back({i, "too_close"});
      } else {
        last_ = column.Value(i);
      }
    }
    return out;
  }
  Status Finish(std::map<std::string, int64_t>* counts) override {
    (*counts)["last"] = last_;
    return Status::OK();
  }

 private:
  int64_t last_ = -10;
};

class RejectList : public RejectSink {
 public:
  Status Reject(const RejectedRow& row, const arrow::RecordBatch* rows, int64_t index) override {
    lines.push_back(Concat(row.stage, "/", row.reason, "/", row.row, "/", rows != nullptr));
    return Status::OK();
  }
  std::vector<std::string> lines;
};

struct Outcome {
  Status status;
  NumberSink sink;
  DatasetReport report;
  RejectList rejects;
};

std::unique_ptr<Outcome> RunNumbers(const SourcePlan& plan, PhaseOptions options,
                                    int64_t fail_after = -1) {
  auto out = std::make_unique<Outcome>();
  out->sink.fail_after = fail_after;
  NumberSource source(plan);
  DropThirds transform;
  KeepRising decider;
  std::vector<NamedStage> stages{{.name = "drop_thirds", .transform = &transform},
                                 {.name = "keep_rising", .decider = &decider},
                                 {.name = "again", .transform = &transform}};
  out->status = RunPhase(source, stages, out->sink, options, &out->rejects, nullptr, &out->report);
  return out;
}

SourcePlan RandomPlan(uint32_t seed) {
  std::mt19937 random(seed);
  SourcePlan plan;
  for (int i = 0; i < 60; ++i) plan.morsel_rows.push_back(int64_t(random() % 9));
  return plan;
}

TEST(ExecutorTest, SameRowsAndFactsAtAnyThreadCountAndBatchSize) {
  for (uint32_t seed : {1u, 2u, 3u}) {
    SourcePlan plan = RandomPlan(seed);
    plan.bad_row_of_morsel = 11;
    auto expected = RunNumbers(plan, {.threads = 1, .reject_bad_rows = true});
    ASSERT_TRUE(expected->status.ok()) << expected->status;
    EXPECT_GT(expected->sink.numbers.size(), 50u);
    for (int threads : {2, 8}) {
      for (int64_t batch_rows : {1, 7, 8192}) {
        plan.batch_rows = batch_rows;
        auto got = RunNumbers(plan, {.threads = threads, .reject_bad_rows = true});
        ASSERT_TRUE(got->status.ok()) << got->status;
        EXPECT_EQ(got->sink.numbers, expected->sink.numbers);
        EXPECT_EQ(got->sink.rows, expected->sink.rows);
        EXPECT_EQ(got->rejects.lines, expected->rejects.lines);
        EXPECT_EQ(got->report.ToJournal(), expected->report.ToJournal());
      }
    }
  }
}

TEST(ExecutorTest, CountsEveryRow) {
  SourcePlan plan{.morsel_rows = {300}};
  auto got = RunNumbers(plan, {.threads = 2});
  ASSERT_TRUE(got->status.ok()) << got->status;
  const StageReport& thirds = got->report.stages[1];
  EXPECT_EQ(thirds.rows_in, 300);
  EXPECT_EQ(thirds.drops.at("third"), 100);
  EXPECT_EQ(thirds.counts.at("seen"), 300);
  EXPECT_EQ(thirds.violations, 3);
  EXPECT_EQ(thirds.violation_samples[1], "hundred file=numbers row=101");
  EXPECT_EQ(got->report.stages[2].counts.at("last"), 298);
  EXPECT_EQ(got->report.rows_written, int64_t(got->sink.numbers.size()));
}

/// The accounts without the seconds, as one text.
std::string LiveFacts(const StageProgress& live) {
  const std::string json = live.ToJson(kStagesJsonBytesMax);
  std::string facts;
  for (size_t at = 0, end; at < json.size(); at = end) {
    const size_t seconds = std::min(json.find(",\"seconds\"", at), json.size());
    facts += json.substr(at, seconds - at);
    end = std::min(json.find('}', seconds), json.size());
  }
  return facts;
}

std::string LiveFactsOf(const DatasetReport& report) {
  StageProgress live;
  std::vector<std::string> names;
  for (const StageReport& stage : report.stages) names.push_back(stage.name);
  live.BeginDataset("numbers", names);
  for (size_t i = 0; i < names.size(); ++i) live.Add(i, report.stages[i]);
  return LiveFacts(live);
}

TEST(ExecutorTest, WhoWatchesSeesTheAccountsGrowUntilTheyAreTheReports) {
  SourcePlan plan = RandomPlan(4);
  plan.bad_row_of_morsel = 11;
  for (int threads : {1, 8}) {
    StageProgress live;
    live.BeginDataset("numbers", {"source", "drop_thirds", "keep_rising", "again"});
    live.BeginPhase();
    std::atomic<bool> ended = false;
    std::thread watcher([&] {
      while (!ended) EXPECT_THAT(LiveFacts(live), HasSubstr("keep_rising"));
    });
    auto got = RunNumbers(plan, {.threads = threads, .reject_bad_rows = true, .live = &live});
    ended = true;
    watcher.join();
    ASSERT_TRUE(got->status.ok()) << got->status;
    EXPECT_EQ(LiveFacts(live), LiveFactsOf(got->report));
    EXPECT_THAT(LiveFacts(live), HasSubstr(R"("dropped":{"broken":1})"));
  }
}

TEST(StageProgressTest, ALaterPhaseLeavesOutItsSpill) {
  StageProgress live;
  EXPECT_EQ(live.ToJson(1000), "") << "no data set has begun";
  live.BeginDataset("a \"b\"", {"source", "shuffle", "filter"});
  live.AddPhase(0, {{.rows_in = 9, .rows_out = 9}});
  live.Add(1, {.rows_in = 9});
  live.BeginPhase();
  live.Add(1, {.rows_out = 9});
  live.AddPhase(1, {{.rows_in = 9, .rows_out = 9}, {.rows_in = 9, .drops = {{"x", 9}}}});
  EXPECT_EQ(LiveFacts(live),
            R"([{"name":"a \"b\"","stages":[{"name":"source","rows_in":9,"rows_out":9,"dropped":{})"
            R"(},{"name":"shuffle","rows_in":9,"rows_out":9,"dropped":{})"
            R"(},{"name":"filter","rows_in":9,"rows_out":0,"dropped":{"x":9}}]}])");
}

TEST(StageProgressTest, WhatIsTooLongLeavesOutTheFirst) {
  StageProgress live;
  for (const char* name : {"one", "two", "three"}) live.BeginDataset(name, {"source"});
  EXPECT_THAT(live.ToJson(1000), HasSubstr("one"));
  const std::string cut = live.ToJson(2 * live.ToJson(1000).size() / 3 + 10);
  EXPECT_THAT(cut, ::testing::StartsWith(R"([{"name":"two")"));
  EXPECT_THAT(cut, HasSubstr("three"));
  EXPECT_EQ(live.ToJson(20), "");
}

TEST(ExecutorTest, BadRowFailsWithFileAndAbsoluteRow) {
  SourcePlan plan{.morsel_rows = {5, 5, 5}, .bad_row_of_morsel = 1};
  auto got = RunNumbers(plan, {.threads = 2});
  ASSERT_FALSE(got->status.ok());
  EXPECT_EQ(KindOf(got->status), FailureKind::kDataRefused);
  EXPECT_THAT(got->status.message(), HasSubstr("file=numbers row=11 reason=broken"));
}

TEST(ExecutorTest, FirstErrorInRowOrderWins) {
  for (int round = 0; round < 20; ++round) {
    SourcePlan plan{.morsel_rows = std::vector<int64_t>(40, 4), .bad_row_of_morsel = 30};
    plan.fail_morsel = 17;
    auto got = RunNumbers(plan, {.threads = 8});
    ASSERT_FALSE(got->status.ok());
    EXPECT_THAT(got->status.message(), HasSubstr("morsel failed: index=17"));
  }
}

TEST(ExecutorTest, LimitTakesTheFirstRows) {
  SourcePlan plan = RandomPlan(5);
  for (int threads : {1, 2, 8}) {
    auto got = RunNumbers(plan, {.threads = threads, .rows_max = 31});
    ASSERT_TRUE(got->status.ok()) << got->status;
    EXPECT_EQ(got->report.stages[0].rows_in, 31);
    EXPECT_EQ(got->report.stages[0].rows_out, 31);
    EXPECT_LE(got->sink.numbers.back(), 30);
  }
}

TEST(ExecutorTest, SinkFailureStopsTheRun) {
  auto got = RunNumbers({.morsel_rows = std::vector<int64_t>(500, 4)}, {.threads = 4}, 20);
  ASSERT_FALSE(got->status.ok());
  EXPECT_THAT(got->status.message(), HasSubstr("disk full"));
}

TEST(ExecutorTest, EmptySourceFinishes) {
  auto got = RunNumbers({}, {.threads = 4});
  EXPECT_TRUE(got->status.ok()) << got->status;
  EXPECT_EQ(got->report.rows_written, 0);
}

}  // namespace
}  // namespace hubmill
