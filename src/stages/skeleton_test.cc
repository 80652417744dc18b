// skeleton.cc is what people copy: it must compile and do what it says.
#include "stages/skeleton.cc"

#include <arrow/json/from_string.h>
#include <gtest/gtest.h>

namespace hubmill {
namespace {

TEST(Skeleton, CutsTexts) {
  const StageEntry entry = TrimLengthStage();
  Setting options;
  options.kind = Setting::Kind::kMap;
  options.entries = {{"columns", Setting::Scalar("t")}, {"characters", Setting::Scalar("2")}};
  options.entry_marks.resize(2);
  auto stage = entry.make(options, OptionContext{});
  ASSERT_TRUE(stage.ok()) << stage.status().ToString();
  Transform& transform = *std::get<std::unique_ptr<Transform>>(*stage);
  const auto schema = arrow::schema({arrow::field("t", arrow::utf8())});
  ASSERT_TRUE(transform.Bind(schema).ok());
  const auto texts =
      *arrow::json::ArrayFromJSONString(arrow::utf8(), R"(["abc", null, "üü", "üüü"])");
  const Batch batch{arrow::RecordBatch::Make(schema, 4, {texts}), Origins(RowRun{.count = 4})};
  const auto applied = transform.Apply(batch);
  ASSERT_TRUE(applied.ok()) << applied.status().ToString();
  const auto expected =
      *arrow::json::ArrayFromJSONString(arrow::utf8(), R"(["ab", null, "üü", "üü"])");
  EXPECT_TRUE(applied->rows->column(0)->Equals(*expected));
  EXPECT_EQ(applied->counts.at("texts_cut"), 2);
}

}  // namespace
}  // namespace hubmill
