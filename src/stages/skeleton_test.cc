// skeleton.cc is what people copy: it must compile and do what it says.
#include "stages/skeleton.cc"

#include <arrow/json/from_string.h>
#include <gtest/gtest.h>

namespace hubmill {
namespace {

class SkeletonTest : public ::testing::TestWithParam<std::shared_ptr<arrow::DataType>> {};

TEST_P(SkeletonTest, CutsTextsAndKeepsTheirType) {
  const StageEntry entry = TrimLengthStage();
  Setting options;
  options.kind = Setting::Kind::kMap;
  options.entries = {{"columns", Setting::Scalar("t")}, {"characters", Setting::Scalar("2")}};
  options.entry_marks.resize(2);
  auto stage = entry.make(options, OptionContext{});
  ASSERT_TRUE(stage.ok()) << stage.status().ToString();
  Transform& transform = *std::get<std::unique_ptr<Transform>>(*stage);
  const auto schema = arrow::schema({arrow::field("t", GetParam())});
  const auto bound = transform.Bind(schema);
  ASSERT_TRUE(bound.ok()) << bound.status().ToString();
  EXPECT_TRUE((*bound)->Equals(schema));
  const auto texts = *arrow::json::ArrayFromJSONString(GetParam(), R"(["abc", null, "üü", "üüü"])");
  const Batch batch{arrow::RecordBatch::Make(schema, 4, {texts}), Origins(RowRun{.count = 4})};
  const auto applied = transform.Apply(batch);
  ASSERT_TRUE(applied.ok()) << applied.status().ToString();
  const auto expected =
      *arrow::json::ArrayFromJSONString(GetParam(), R"(["ab", null, "üü", "üü"])");
  EXPECT_TRUE(applied->rows->column(0)->Equals(*expected));
  EXPECT_TRUE(applied->rows->schema()->Equals(schema));
  EXPECT_EQ(applied->counts.at("texts_cut"), 2);
}

INSTANTIATE_TEST_SUITE_P(Types, SkeletonTest, ::testing::Values(arrow::utf8(), arrow::large_utf8()),
                         [](const auto& type) {
                           return type.param->name() == "utf8" ? "String" : "LargeString";
                         });

}  // namespace
}  // namespace hubmill
