#include "security/sets/eval_check.h"

#include <gmock/gmock.h>

#include "security/configs/config_files.h"

namespace hubmill {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

EvalRow Flow(int number, const std::string& split, const std::string& answer) {
  EvalRow row;
  row.question = Concat("observed tcp ", number, "→80, Malicious or Benign");
  row.answer = answer;
  row.split = split;
  row.hash = ConfigHash(row.question);
  return row;
}

EvalFile FileOf(std::vector<EvalRow> rows) {
  EvalFile file;
  for (size_t i = 0; i < rows.size(); ++i) file.lines.push_back(int64_t(i) + 1);
  file.rows = std::move(rows);
  return file;
}

EvalFileCheck CheckFlows(const EvalFile& file) {
  return CheckEvalFile(EvalSet::kE1, {.file = "f", .dataset = "iot23"}, file);
}

TEST(EvalCheck, BalanceIsWithinFivePercentOrHalfARow) {
  EXPECT_TRUE((LabelCounts{.malicious = 45, .benign = 55}).balanced());
  EXPECT_FALSE((LabelCounts{.malicious = 44, .benign = 56}).balanced());
  EXPECT_TRUE((LabelCounts{.malicious = 2, .benign = 1}).balanced());
  EXPECT_FALSE((LabelCounts{.malicious = 3, .benign = 1}).balanced());
  EXPECT_TRUE(LabelCounts{}.balanced());
}

TEST(EvalCheck, NoRowsIsAFault) {
  EXPECT_THAT(CheckFlows(FileOf({})).errors, Contains("no good row"));
}

TEST(EvalCheck, EachSplitIsJudged) {
  EvalFile file;
  std::vector<EvalRow> rows;
  for (int i = 0; i < 4; ++i) rows.push_back(Flow(i, "train", "Malicious"));
  for (int i = 4; i < 8; ++i) rows.push_back(Flow(i, "dev", "Benign"));
  EXPECT_THAT(CheckFlows(FileOf(rows)).errors,
              Contains(HasSubstr("split=dev Malicious=0% of 4 rows")));
  for (int i = 0; i < 8; ++i) rows[size_t(i)].answer = i % 2 == 0 ? "Malicious" : "Benign";
  EXPECT_THAT(CheckFlows(FileOf(rows)).errors, IsEmpty());
}

TEST(EvalCheck, RowsOfSeveralSplits) {
  EvalCheck check;
  CheckAcross(EvalSet::kE1,
              {FileOf({Flow(1, "train", "Benign"), Flow(2, "train", "Benign")}),
               FileOf({Flow(1, "ood", "Malicious")})},
              /*near_max=*/100, &check);
  EXPECT_EQ(check.repeated_across, 2);
  EXPECT_THAT(check.errors, Contains("questions with both answers: rows=1"));
  EXPECT_FALSE(check.passed());
}

}  // namespace
}  // namespace hubmill
