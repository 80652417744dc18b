// trim_length: cuts texts after so many characters.  THE FILE TO COPY FOR A NEW STAGE.
//
// This file is not part of the build; skeleton_test.cc compiles and runs it, so that it stays
// right. To add a stage:
//   1. Copy this file to src/stages/<name>.cc ; the header is like rename.h.
//   2. Say here, at the top, what the stage is for, and why it works the way it does.
//   3. Add the #include and the line in register_stages.cc.
//   4. Write tests/cases/<name>/*.test (tests/cases/README.md): a good case, an edge, an error.
//   5. Text that people need stands in summary, details and example below: docs/stages.md is made
//      of it.
#include <arrow/array/builder_binary.h>

#include "core/registry.h"
#include "stages/columns.h"

namespace hubmill {

StageEntry TrimLengthStage();  // In your stage this line is the header.

namespace {

// Options are a struct with defaults; Describe() gives each its name in the recipe and one
// sentence. Unknown options, wrong types and values out of range are refused before anything runs.
struct TrimLengthOptions {
  std::vector<std::string> columns;
  int64_t characters = 1000;
  static void Describe(OptionTable<TrimLengthOptions>& table) {
    table.Field("columns", &TrimLengthOptions::columns, "The text columns to cut.").Required();
    table.Field("characters", &TrimLengthOptions::characters, "The most characters that stay.")
        .Range(1, 1e9);
  }
};

/// The first `characters` of UTF-8 text.  What does the work is a plain function: easy to test.
std::string_view FirstCharacters(std::string_view text, int64_t characters) {
  for (size_t at = 0; at < text.size(); ++at) {
    const bool starts_character = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
    if (starts_character && characters-- == 0) return text.substr(0, at);
  }
  return text;
}

// A Transform sees one batch at a time and keeps nothing, so that all cores can work.  What needs
// the rows before is a Decider (see dedup_exact.cc), what needs all rows an Arranger (see sort.cc).
class TrimLength : public Transform {
 public:
  /// What can be refused without data is refused here.
  static Result<std::unique_ptr<TrimLength>> Make(TrimLengthOptions options) {
    ARROW_RETURN_NOT_OK(CheckNameList(options.columns, "columns"));
    auto stage = std::make_unique<TrimLength>();
    stage->options_ = std::move(options);
    return stage;
  }

  /// What can be refused by the schema is refused here, before any row is read.
  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    std::vector<std::shared_ptr<arrow::Field>> fields = input->fields();
    for (const std::string& name : options_.columns) {
      ARROW_ASSIGN_OR_RAISE(int index, TextColumnIndex(*input, name));
      columns_.push_back(index);
      fields[size_t(index)] = fields[size_t(index)]->WithType(arrow::utf8());
    }
    schema_ = arrow::schema(std::move(fields), input->metadata());
    return schema_;
  }

  /// As many rows go out as come in.  A row to be dropped is named in Applied::drops with a reason;
  /// one that must stop the run in Applied::violations, never with its value.
  Result<Applied> Apply(const Batch& input) const override {
    Applied applied;
    auto columns = input.rows->columns();
    for (int index : columns_) {
      const TextView text(*columns[size_t(index)]);
      arrow::StringBuilder builder;
      for (int64_t row = 0; row < text.size(); ++row) {
        if (text.IsNull(row)) {
          ARROW_RETURN_NOT_OK(builder.AppendNull());
          continue;
        }
        const std::string_view kept = FirstCharacters(text[row], options_.characters);
        ARROW_RETURN_NOT_OK(builder.Append(kept));
        if (kept.size() < text[row].size()) ++applied.counts["texts_cut"];
      }
      ARROW_ASSIGN_OR_RAISE(columns[size_t(index)], builder.Finish());
    }
    applied.rows = arrow::RecordBatch::Make(schema_, input.rows->num_rows(), std::move(columns));
    return applied;
  }

 private:
  TrimLengthOptions options_;
  std::vector<int> columns_;
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace

StageEntry TrimLengthStage() {
  return DefineStage<TrimLength, TrimLengthOptions>(
      {.name = "trim_length",
       .summary = "Cuts texts after so many characters.",
       .details = "Characters are code points.  Null stays null.  Cut texts are counted as "
                  "`texts_cut`.\n\n"
                  "Refused: a column that does not exist or is not text.",
       .example = "- trim_length: {columns: [body], characters: 200}\n",
       .shorthand = "columns"});
}

}  // namespace hubmill
