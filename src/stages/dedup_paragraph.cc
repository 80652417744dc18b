// dedup_paragraph: paragraphs or lines that stood in an earlier row are taken out of a text column.
#include "stages/dedup_paragraph.h"

#include "stages/repeated_text.h"

namespace hubmill {
namespace {

struct DedupParagraphOptions {
  std::string column;
  std::string unit = "paragraph";
  int64_t min_chars = 1;
  int64_t max_repeats = 1;
  std::string raw;
  static void Describe(OptionTable<DedupParagraphOptions>& table) {
    table.Field("column", &DedupParagraphOptions::column, "The text column.").Required();
    table.Field("unit", &DedupParagraphOptions::unit, "What is compared and taken out.")
        .Choices({"paragraph", "line"});
    table
        .Field("min_chars", &DedupParagraphOptions::min_chars,
               "Shorter pieces stay, and are not counted: 20 or so spares list marks and braces.")
        .Range(1, 1e9);
    table
        .Field("max_repeats", &DedupParagraphOptions::max_repeats,
               "So many rows, the first ones, keep a piece that they share.")
        .Range(1, 1e9);
    table.Field("raw", &DedupParagraphOptions::raw,
                "A column of whole JSON lines (`raw` of the source) in which the text is changed "
                "as well.");
  }
};

class DedupParagraph : public Decider {
 public:
  static Result<std::unique_ptr<DedupParagraph>> Make(const DedupParagraphOptions& options) {
    if (options.raw == options.column) {
      return WrongUsage("`raw` and `column` are one: column=", options.column,
                        "; remedy: leave out `raw`, or name the source's");
    }
    return std::make_unique<DedupParagraph>(RepeatedTextOptions{
        .column = options.column,
        .unit = options.unit == "line" ? PieceUnit::kLine : PieceUnit::kParagraph,
        .chars_min = options.min_chars,
        .repeats_max = options.max_repeats,
        .line = options.raw});
  }

  explicit DedupParagraph(RepeatedTextOptions options) : repeated_(std::move(options)) {}

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    return repeated_.Bind(input);
  }
  Result<std::unique_ptr<Prepared>> Prepare(const Batch& input) const override {
    return repeated_.Prepare(input);
  }
  Result<Applied> Decide(const Batch& input, const Prepared& prepared) override {
    return repeated_.Decide(input, prepared);
  }

 private:
  RepeatedText repeated_;
};

}  // namespace

StageEntry DedupParagraphStage() {
  return DefineStage<DedupParagraph, DedupParagraphOptions>(
      {.name = "dedup_paragraph",
       .summary = "Takes paragraphs or lines that stood in an earlier row out of a text column.",
       .details =
           "A paragraph is a longest run of lines that are not blank (a line of spaces and tabs "
           "is); with `unit: line` each such line is a piece by itself.  Pieces are equal if they "
           "are the same bytes without ASCII white space at both ends.  The first `max_repeats` "
           "rows that hold a piece keep it, once each; wherever else it stands it goes, with the "
           "line breaks behind it.  Nothing else of the text changes.  A row of which nothing is "
           "left is dropped as `repeated_text`; one whose text is null or blank stays.  Counted: "
           "`paragraphs` (or `lines`) that were compared, `paragraphs_removed`, "
           "`characters_removed` with their line breaks and of dropped rows too, "
           "`rows_changed`.\n\n"
           "Memory: at most 32 bytes for each different piece (its 128-bit XXH3 hash and a number "
           "in a table with gaps), whatever its length.\n\n"
           "Refused: a column that does not exist or is not text.",
       .example = "- dedup_paragraph: text\n"
                  "- dedup_paragraph: {column: text, unit: line, min_chars: 20, max_repeats: 10}\n",
       .shorthand = "column"});
}

}  // namespace hubmill
