// trim_length: cuts texts after so many characters.  THE FILE TO COPY FOR A NEW STAGE.
//
// This file is not part of the build; skeleton_test.cc compiles and runs it, so that it stays
// right. To add a stage:
//   1. Copy this file to src/stages/<name>.cc ; the header is like rename.h.
//   2. Say here, at the top, what the stage is for, and why it works the way it does.
//   3. What is done to one text is a pure function in src/text/ with a test of its own, as
//      FirstCharacters() in text/characters.h: easy to test, and of use to other stages.
//   4. Add the #include and the line in register_stages.cc.
//   5. Write tests/cases/<name>/*.test (tests/cases/README.md): a good case, an edge, an error.
//   6. Text that people need stands in summary, details and example below: docs/stages.md is made
//      of it.
#include <arrow/array/builder_binary.h>

#include "core/registry.h"
#include "stages/columns.h"
#include "text/characters.h"

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

/// One column cut, of the type it came with.  `Builder` is that type's: string or large_string.
template <typename Builder>
Result<std::shared_ptr<arrow::Array>> CutTexts(const arrow::Array& column, int64_t characters,
                                               int64_t* texts_cut) {
  const TextView text(column);
  Builder builder;
  for (int64_t row = 0; row < text.size(); ++row) {
    if (text.IsNull(row)) {
      ARROW_RETURN_NOT_OK(builder.AppendNull());
      continue;
    }
    const std::string_view kept = FirstCharacters(text[row], characters);
    ARROW_RETURN_NOT_OK(builder.Append(kept));
    if (kept.size() < text[row].size()) ++*texts_cut;
  }
  return builder.Finish();
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

  /// What can be refused by the schema is refused here, before any row is read.  A stage that
  /// changes columns returns the schema that its rows will have; this one leaves it as it is.
  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    for (const std::string& name : options_.columns) {
      ARROW_ASSIGN_OR_RAISE(const int index, TextColumnIndex(*input, name));
      columns_.push_back(index);
    }
    return input;
  }

  /// As many rows go out as come in.  A row to be dropped is named in Applied::drops with a reason;
  /// one that must stop the run in Applied::violations, never with its value.
  Result<Applied> Apply(const Batch& input) const override {
    auto columns = input.rows->columns();
    int64_t texts_cut = 0;
    for (const int index : columns_) {
      auto& column = columns[size_t(index)];
      ARROW_ASSIGN_OR_RAISE(
          column,
          column->type_id() == arrow::Type::STRING
              ? CutTexts<arrow::StringBuilder>(*column, options_.characters, &texts_cut)
              : CutTexts<arrow::LargeStringBuilder>(*column, options_.characters, &texts_cut));
    }
    Applied applied;
    applied.rows =
        arrow::RecordBatch::Make(input.rows->schema(), input.rows->num_rows(), std::move(columns));
    if (texts_cut > 0) applied.counts["texts_cut"] = texts_cut;
    return applied;
  }

 private:
  TrimLengthOptions options_;
  std::vector<int> columns_;
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
