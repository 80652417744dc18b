// RepeatedText: paragraphs or lines that stand in several rows are taken out of their texts.
//
// All pieces of a batch are hashed on any thread (Prepare); one thread then asks a table, in row
// order (Decide), so that what goes is the same whatever the threads do.  Memory: KeyCounts, at
// most 32 bytes for each different piece, and 17 bytes for each piece of the rows in flight.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/hash.h"
#include "core/stage.h"
#include "stages/key_counts.h"
#include "text/pieces.h"

namespace hubmill {

struct RepeatedTextOptions {
  std::string column = "text";
  PieceUnit unit = PieceUnit::kParagraph;
  int64_t chars_min = 1;    // Shorter pieces (code points) are neither counted nor taken out.
  int64_t repeats_max = 1;  // So many rows may hold a piece, 1 to 2^31.
  bool everywhere = false;  // What more rows hold goes from all of them, not from the later ones.
  std::string line;         // A column of whole JSON lines that is changed too; empty: none.
  /// A key a row: rows of different keys are compared apart.  Empty: all are compared.
  std::function<std::vector<Hash128>(const arrow::RecordBatch&)> groups;
};

class RepeatedText final : public Decider {
 public:
  enum class Pass : uint8_t {
    kOther,   // Rows of other data: what they hold goes from all of ours.
    kCount,   // Our rows, for `everywhere`.
    kRemove,  // Our rows: texts are changed; a row of which nothing is left is dropped.
  };

  explicit RepeatedText(RepeatedTextOptions options) : options_(std::move(options)) {}

  /// Before each pass over rows; kRemove comes last, and is what a new object does.
  void BeginPass(Pass pass) { pass_ = pass; }

  int64_t rows() const { return rows_; }    // Of the last pass.
  int64_t texts() const { return texts_; }  // Of these, rows whose text is not null.

  Result<std::shared_ptr<arrow::Schema>> Bind(const std::shared_ptr<arrow::Schema>& input) override;
  Result<std::unique_ptr<Prepared>> Prepare(const Batch& input) const override;
  Result<Applied> Decide(const Batch& input, const Prepared& prepared) override;

 private:
  bool IsCounted(std::string_view text, Piece piece) const;
  bool Goes(RowKey key, bool again);

  const RepeatedTextOptions options_;
  Pass pass_ = Pass::kRemove;
  int text_column_ = -1;
  int line_column_ = -1;
  std::shared_ptr<arrow::Field> text_field_;  // As it comes out.
  KeyCounts counts_;
  int64_t rows_ = 0;
  int64_t texts_ = 0;
};

/// What a row of which nothing is left is dropped for.
inline constexpr char kRepeatedText[] = "repeated_text";

}  // namespace hubmill
