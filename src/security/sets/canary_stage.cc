// canary: a text in the metadata of every file, that no row shows and every copy carries.
#include "security/sets/canary_stage.h"

#include <arrow/util/key_value_metadata.h>

#include "security/sets/canary.h"

namespace hubmill {
namespace {

struct CanaryOptions {
  std::string text = kCanary;
  static void Describe(OptionTable<CanaryOptions>& table) {
    table.Field("text", &CanaryOptions::text, "Begins with hubmill-canary:, for audits to find.");
  }
};

class Canary : public Transform {
 public:
  static Result<std::unique_ptr<Canary>> Make(CanaryOptions options) {
    if (!options.text.starts_with(kCanaryPrefix)) {
      return WrongUsage("text is no canary; remedy: begin it with ", kCanaryPrefix);
    }
    auto stage = std::make_unique<Canary>();
    stage->text_ = std::move(options.text);
    return stage;
  }

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    auto metadata =
        input->metadata() == nullptr ? arrow::key_value_metadata({}) : input->metadata()->Copy();
    ARROW_RETURN_NOT_OK(metadata->Set("canary", text_));
    schema_ = input->WithMetadata(std::move(metadata));
    return schema_;
  }

  Result<Applied> Apply(const Batch& input) const override {
    Applied applied;
    applied.rows = arrow::RecordBatch::Make(schema_, input.rows->num_rows(), input.rows->columns());
    return applied;
  }

 private:
  std::string text_;
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace

StageEntry CanaryStage() {
  return DefineStage<Canary, CanaryOptions>(
      {.name = "canary",
       .summary = "Puts a text into every Parquet file by which copies of the set are found.",
       .details =
           "The text stands in the file's metadata under `canary`; no row changes.  `hubmill "
           "security audit` refuses a public repository that holds one.",
       .example = "- canary: \"hubmill-canary:8f2f1d4e-6d0b-4f0e-9a53-2a7f5b1c9e07\"\n",
       .shorthand = "text"});
}

}  // namespace hubmill
