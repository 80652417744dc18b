// Properties of the stages over many random inputs, against plain models.
#include <arrow/scalar.h>
#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "../stage_driver.h"

namespace hubmill::testing {
namespace {

std::shared_ptr<arrow::Schema> Schema(const std::string& columns) {
  return SchemaOf(*ParseTypeText("struct<" + columns + ">"));
}

StageOutcome RunOk(const std::string& yaml, const std::shared_ptr<arrow::RecordBatch>& rows,
                   int64_t batch_rows) {
  auto outcome = RunStage(yaml, rows, batch_rows);
  EXPECT_TRUE(outcome.ok()) << yaml << ": " << outcome.status().ToString();
  return outcome.ok() ? std::move(outcome).ValueUnsafe() : StageOutcome{};
}

/// Rows with repetitions, nulls, texts with something to clean, and a label.
std::shared_ptr<arrow::RecordBatch> RandomRows(int count, uint32_t seed) {
  std::mt19937 random(seed);
  std::string json = "[";
  for (int i = 0; i < count; ++i) {
    if (i > 0) json += ",";
    const std::string text =
        random() % 10 == 0 ? "null" : "\"a  " + std::to_string(random() % 50) + " <b> \"";
    json += "{\"id\": " + std::to_string(i) + ", \"text\": " + text +
            ", \"label\": " + std::to_string(random() % 4) +
            ", \"x\": " + std::to_string(double(random() % 1000) / 7) + "}";
  }
  const auto rows =
      RowsFromJson(Schema("id: int64, text: string, label: int64, x: float64"), json + "]");
  EXPECT_TRUE(rows.ok()) << rows.status().ToString();
  return *rows;
}

const char* const kStages[] = {
    "select: [text, id]",
    "cast: {columns: {x: int64}, on_error: drop}",
    "filter: \"x > 50 and text is not null or label in (1, 3)\"",
    "clean_text: {columns: [text], empty: drop}",
    "dedup_exact: [text]",
    "dedup_exact: [text, label]",
    "dedup_near: text",
    "dedup_near: {column: text, ngram: 1, rows: 2, action: mark, id: text, keep: longest}",
    "split: {method: stratified, by: label}",
    "split: {method: random}",
    "split: {method: hash, by: text}",
    "balance: {by: label, to: smallest}",
    "sample: {ratio: 0.3, by: label, order: sample}",
    "sort: [label, -x]",
    "shuffle",
    "validate: {columns: {text: {unique: true}, x: {max: 100}}, on_error: drop}",
    "stats",
};

TEST(StagesProperty, OneBatchEqualsMany) {
  for (uint32_t seed = 0; seed < 3; ++seed) {
    const auto rows = RandomRows(400, seed);
    for (const char* stage : kStages) {
      SCOPED_TRACE(stage);
      const StageOutcome whole = RunOk(stage, rows, 400);
      for (int64_t batch_rows : {1, 3, 64}) {
        const StageOutcome cut = RunOk(stage, rows, batch_rows);
        ASSERT_TRUE(whole.rows && cut.rows);
        EXPECT_TRUE(whole.rows->Equals(*cut.rows));
        EXPECT_EQ(whole.origins.runs(), cut.origins.runs());
        EXPECT_EQ(whole.splits, cut.splits);
        EXPECT_EQ(whole.drops, cut.drops);
        EXPECT_EQ(whole.counts, cut.counts);
      }
    }
  }
}

TEST(StagesProperty, EveryRowComesOutOrIsDropped) {
  const auto rows = RandomRows(500, 9);
  for (const char* stage : kStages) {
    SCOPED_TRACE(stage);
    const StageOutcome outcome = RunOk(stage, rows, 64);
    int64_t dropped = 0;
    for (const auto& [reason, count] : outcome.drops) dropped += count;
    std::set<int64_t> seen;
    for (int64_t i = 0; i < outcome.origins.row_count(); ++i) {
      EXPECT_TRUE(seen.insert(outcome.origins.At(i).row).second) << "a row came out twice";
    }
    EXPECT_EQ(int64_t(seen.size()) + dropped, 500);
  }
}

TEST(StagesProperty, DedupEqualsASet) {
  for (uint32_t seed = 0; seed < 5; ++seed) {
    const auto rows = RandomRows(300, seed);
    std::set<std::string> model;
    std::vector<int64_t> first;
    for (int64_t row = 0; row < rows->num_rows(); ++row) {
      const auto text = *rows->GetColumnByName("text")->GetScalar(row);
      const auto label = *rows->GetColumnByName("label")->GetScalar(row);
      if (model.insert(text->ToString() + "|" + label->ToString()).second) {
        first.push_back(row + 1);
      }
    }
    const StageOutcome outcome = RunOk("dedup_exact: [text, label]", rows, 32);
    std::vector<int64_t> kept;
    for (int64_t i = 0; i < outcome.origins.row_count(); ++i) {
      kept.push_back(outcome.origins.At(i).row);
    }
    EXPECT_EQ(kept, first);
  }
}

TEST(StagesProperty, HashSplitDependsOnTheKeyAlone) {
  const auto rows = RandomRows(600, 3);
  const StageOutcome all = RunOk("split: {method: hash, by: text}", rows, 64);
  const StageOutcome half = RunOk("split: {method: hash, by: text}", rows->Slice(300), 64);
  std::map<std::string, std::string> split_of;
  for (int64_t row = 0; row < 600; ++row) {
    const std::string text = (*rows->GetColumnByName("text")->GetScalar(row))->ToString();
    const auto [place, added] = split_of.try_emplace(text, all.splits[size_t(row)]);
    EXPECT_EQ(place->second, all.splits[size_t(row)]);
    if (row >= 300) EXPECT_EQ(half.splits[size_t(row - 300)], place->second);
  }
}

std::string ReadJsonLines(const std::string& name) {
  std::ifstream file(std::string(HUBMILL_SOURCE_DIR) + "/tests/golden/feedback/" + name);
  EXPECT_TRUE(file.good()) << name;
  std::string json = "[";
  for (std::string line; std::getline(file, line);) json += (json.size() > 1 ? "," : "") + line;
  return json + "]";
}

TEST(StagesProperty, StratifiedSplitGivesTheOriginalsFiles) {
  const auto schema = Schema("grievance: string, label: int64");
  for (const std::string label : {"department", "urgency"}) {
    const auto rows = *RowsFromJson(schema, ReadJsonLines("clean_" + label + ".jsonl"));
    const StageOutcome outcome =
        RunOk("split: {method: stratified, by: label, seed: 42}", rows, 50);
    int64_t at = 0;
    for (const std::string split : {"train", "eval", "test"}) {
      const auto expected =
          *RowsFromJson(schema, ReadJsonLines("split_" + label + "_" + split + ".jsonl"));
      const int64_t count = expected->num_rows();
      EXPECT_TRUE(outcome.rows->Slice(at, count)->Equals(*expected)) << label << " " << split;
      for (int64_t i = 0; i < count; ++i) EXPECT_EQ(outcome.splits[size_t(at + i)], split);
      at += count;
    }
    EXPECT_EQ(at, rows->num_rows());
  }
}

TEST(StagesProperty, CleanTextGivesTheOriginalsTexts) {
  const auto schema = Schema("grievance: string");
  for (const std::string label : {"department", "urgency"}) {
    const auto full = Schema("grievance: string, department: string, urgency: string");
    const auto raw = RowsFromJson(full, ReadJsonLines("fetch_" + label + ".jsonl"));
    ASSERT_TRUE(raw.ok()) << raw.status().ToString();
    const auto expected = *RowsFromJson(Schema("grievance: string, label: int64"),
                                        ReadJsonLines("clean_" + label + ".jsonl"));
    const StageOutcome outcome = RunOk("clean_text: grievance", *raw, 50);
    EXPECT_TRUE(outcome.rows->column(0)->Equals(*expected->column(0))) << label;
  }
}

}  // namespace
}  // namespace hubmill::testing
