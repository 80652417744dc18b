// What is suspicious but may be right is labelled, never dropped: whoever makes pools decides.
#include "llm/soft_tags.h"

#include <arrow/array/builder_primitive.h>

#include "llm/repetition.h"
#include "llm/row_bodies.h"
#include "stages/columns.h"

namespace hubmill {
namespace {

constexpr int64_t kBytesPerToken = 4;  // As stats_approx_tokens.

struct SoftTagsOptions {
  std::string column = "text";
  int64_t short_tokens = 4;
  int64_t long_tokens = 32768;
  double repeated_share = 0.2;
  static void Describe(OptionTable<SoftTagsOptions>& table) {
    using O = SoftTagsOptions;
    table.Field("column", &O::column, "Text column; Harmony, or any text.");
    table.Field("short_tokens", &O::short_tokens, "Fewer of the assistant's are extreme.")
        .Range(0, 1e12);
    table.Field("long_tokens", &O::long_tokens, "More of the whole text's are extreme.")
        .Range(0, 1e12);
    table.Field("repeated_share", &O::repeated_share, "More is suspicious.").Range(0, 1);
  }
};

class SoftTags : public Transform {
 public:
  static Result<std::unique_ptr<SoftTags>> Make(SoftTagsOptions options) {
    auto stage = std::make_unique<SoftTags>();
    stage->options_ = std::move(options);
    return stage;
  }

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    ARROW_ASSIGN_OR_RAISE(column_, TextColumnIndex(*input, options_.column));
    arrow::FieldVector fields = input->fields();
    for (auto& field : {arrow::field("quality_extreme_length", arrow::boolean()),
                        arrow::field("quality_repeated_share", arrow::float64()),
                        arrow::field("quality_suspicious_repetition", arrow::boolean())}) {
      if (input->GetFieldIndex(field->name()) >= 0) {
        return DataRefused("a column of this name is there already: column=", field->name(),
                           "; remedy: drop or rename it before soft_tags");
      }
      fields.push_back(field);
    }
    schema_ = arrow::schema(std::move(fields), input->metadata());
    return schema_;
  }

  Result<Applied> Apply(const Batch& input) const override {
    const TextView texts(*input.rows->column(column_));
    std::vector<HarmonyMessage> messages;
    std::vector<std::string_view> bodies;
    std::vector<uint32_t> words;
    std::vector<uint64_t> table;
    arrow::BooleanBuilder extreme, suspicious;
    arrow::DoubleBuilder shares;
    Applied applied;
    for (int64_t row = 0; row < texts.size(); ++row) {
      const std::string_view text = texts.IsNull(row) ? std::string_view() : texts[row];
      CollectBodies(text, Bodies::kAssistant, &messages, &bodies);
      int64_t said = 0;
      for (const std::string_view body : bodies) said += int64_t(body.size());
      const bool of_extreme_length = said <= (options_.short_tokens - 1) * kBytesPerToken ||
                                     int64_t(text.size()) > options_.long_tokens * kBytesPerToken;
      const double share = RepeatedShare(bodies, &words, &table);
      applied.counts["extreme_length"] += of_extreme_length;
      applied.counts["suspicious_repetition"] += share > options_.repeated_share;
      ARROW_RETURN_NOT_OK(extreme.Append(of_extreme_length));
      ARROW_RETURN_NOT_OK(shares.Append(share));
      ARROW_RETURN_NOT_OK(suspicious.Append(share > options_.repeated_share));
    }
    std::erase_if(applied.counts, [](const auto& count) { return count.second == 0; });
    auto columns = input.rows->columns();
    for (arrow::ArrayBuilder* builder :
         std::initializer_list<arrow::ArrayBuilder*>{&extreme, &shares, &suspicious}) {
      ARROW_ASSIGN_OR_RAISE(columns.emplace_back(), builder->Finish());
    }
    applied.rows = arrow::RecordBatch::Make(schema_, input.rows->num_rows(), std::move(columns));
    return applied;
  }

 private:
  SoftTagsOptions options_;
  int column_ = -1;
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace

StageEntry SoftTagsStage() {
  return DefineStage<SoftTags, SoftTagsOptions>(
      {.name = "soft_tags",
       .summary = "Labels conversations of extreme length, and those that repeat themselves.",
       .details =
           "Adds three columns.  `quality_extreme_length`: what the assistant says is under "
           "`short_tokens`, or the whole text over `long_tokens`; a token is four UTF-8 bytes, as "
           "in `stats_approx_tokens`.  `quality_repeated_share`: of all runs of ten words that the "
           "assistant says, the share that stood there before; 0 under 50 words.  "
           "`quality_suspicious_repetition`: that share is over `repeated_share`.\n\n"
           "Counted: `extreme_length`, `suspicious_repetition`.  No row is dropped.",
       .example = "- soft_tags: {column: text, long_tokens: 16384}\n",
       .shorthand = "column"});
}

}  // namespace hubmill
