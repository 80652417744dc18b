#include "stages/repeated_text.h"

#include <arrow/array/builder_binary.h>

#include <algorithm>
#include <map>

#include "base/utf8.h"
#include "io/json_replace.h"
#include "stages/columns.h"

namespace hubmill {
namespace {

constexpr size_t kPrefetchAhead = 16;
constexpr uint32_t kInOther = UINT32_MAX;  // Counts of our own rows stay below it.

struct PieceKeys : Prepared {
  std::vector<RowKey> keys;    // Of the pieces that are counted, row by row.
  std::vector<uint8_t> again;  // Whether the row held the piece before.
  std::vector<size_t> ends;    // Of each row, in `keys`.
  int64_t texts = 0;
};

/// Marks keys that stand before in the same row.
void MarkAgain(const std::vector<RowKey>& keys, size_t first, std::vector<uint8_t>* again) {
  thread_local std::vector<std::pair<RowKey, size_t>> sorted;
  sorted.clear();
  for (size_t i = first; i < keys.size(); ++i) sorted.emplace_back(keys[i], i);
  std::sort(sorted.begin(), sorted.end());
  again->resize(keys.size());
  for (size_t i = 1; i < sorted.size(); ++i) {
    if (sorted[i].first == sorted[i - 1].first) (*again)[sorted[i].second] = 1;
  }
}

/// `texts` with some rows changed.  `Builder` is that of the type that comes out.
template <typename Builder>
Result<std::shared_ptr<arrow::Array>> WithTexts(const TextView& texts,
                                                const std::map<int64_t, std::string>& changed) {
  Builder builder;
  ARROW_RETURN_NOT_OK(builder.Reserve(texts.size()));
  auto next = changed.begin();
  for (int64_t row = 0; row < texts.size(); ++row) {
    if (next != changed.end() && next->first == row) {
      ARROW_RETURN_NOT_OK(builder.Append((next++)->second));
    } else if (texts.IsNull(row)) {
      ARROW_RETURN_NOT_OK(builder.AppendNull());
    } else {
      ARROW_RETURN_NOT_OK(builder.Append(texts[row]));
    }
  }
  return builder.Finish();
}

/// Of the type `field` has, which is no dictionary.
Result<std::shared_ptr<arrow::RecordBatch>> WithColumn(
    const arrow::RecordBatch& rows, int column, const std::shared_ptr<arrow::Field>& field,
    const std::map<int64_t, std::string>& changed) {
  ARROW_ASSIGN_OR_RAISE(const auto plain, PlainText(rows.column(column)));
  const TextView texts(*plain);
  std::shared_ptr<arrow::Array> array;
  if (field->type()->id() == arrow::Type::STRING) {
    ARROW_ASSIGN_OR_RAISE(array, WithTexts<arrow::StringBuilder>(texts, changed));
  } else if (field->type()->id() == arrow::Type::STRING_VIEW) {
    ARROW_ASSIGN_OR_RAISE(array, WithTexts<arrow::StringViewBuilder>(texts, changed));
  } else {
    ARROW_ASSIGN_OR_RAISE(array, WithTexts<arrow::LargeStringBuilder>(texts, changed));
  }
  return rows.SetColumn(column, field, std::move(array));
}

}  // namespace

Result<std::shared_ptr<arrow::Schema>> RepeatedText::Bind(
    const std::shared_ptr<arrow::Schema>& input) {
  ARROW_ASSIGN_OR_RAISE(text_column_, AnyTextColumnIndex(*input, options_.column));
  line_column_ = -1;
  if (!options_.line.empty() && pass_ == Pass::kRemove) {
    ARROW_ASSIGN_OR_RAISE(line_column_, AnyTextColumnIndex(*input, options_.line));
  }
  rows_ = 0;
  texts_ = 0;
  text_field_ = input->field(text_column_);
  if (text_field_->type()->id() != arrow::Type::DICTIONARY || pass_ != Pass::kRemove) return input;
  // Changed texts are not in the dictionary, so the column is written without one.
  const auto& type = static_cast<const arrow::DictionaryType&>(*text_field_->type());
  text_field_ =
      text_field_->WithType(IsText(*type.value_type()) ? type.value_type() : arrow::large_utf8());
  return input->SetField(text_column_, text_field_);
}

bool RepeatedText::IsCounted(std::string_view text, Piece piece) const {
  const std::string_view part = ComparedPart(text, piece);
  return int64_t(part.size()) >= options_.chars_min &&
         (options_.chars_min <= 1 || int64_t(CountCodePoints(part)) >= options_.chars_min);
}

Result<std::unique_ptr<Prepared>> RepeatedText::Prepare(const Batch& input) const {
  auto found = std::make_unique<PieceKeys>();
  ARROW_ASSIGN_OR_RAISE(const auto plain, PlainText(input.rows->column(text_column_)));
  const TextView texts(*plain);
  std::vector<Hash128> groups;
  if (options_.groups) groups = options_.groups(*input.rows);
  thread_local std::vector<Piece> pieces;
  for (int64_t row = 0; row < texts.size(); ++row) {
    const size_t first = found->keys.size();
    if (!texts.IsNull(row)) {
      ++found->texts;
      SplitPieces(texts[row], options_.unit, &pieces);
      for (const Piece& piece : pieces) {
        if (!IsCounted(texts[row], piece)) continue;
        RowKey key = KeyOfBytes(ComparedPart(texts[row], piece));
        if (!groups.empty()) {
          const Hash128 parts[] = {key, groups[size_t(row)]};
          key = Xxh3Hash128({reinterpret_cast<const char*>(parts), sizeof(parts)});
        }
        found->keys.push_back(key);
      }
    }
    MarkAgain(found->keys, first, &found->again);
    found->ends.push_back(found->keys.size());
  }
  return found;
}

/// Counts a piece of a row, and says whether it goes.
bool RepeatedText::Goes(RowKey key, bool again) {
  if (pass_ == Pass::kRemove && options_.everywhere) {
    return int64_t(counts_.Count(key)) > options_.repeats_max;
  }
  uint32_t& count = counts_.At(key);
  if (pass_ == Pass::kOther) count = kInOther;
  if (count == kInOther) return true;
  if (pass_ == Pass::kCount) {
    if (!again && count < kInOther - 1) ++count;
    return false;
  }
  if (again || int64_t(count) >= options_.repeats_max) return true;
  ++count;
  return false;
}

Result<Applied> RepeatedText::Decide(const Batch& input, const Prepared& prepared) {
  const auto& found = static_cast<const PieceKeys&>(prepared);
  ARROW_ASSIGN_OR_RAISE(const auto plain, PlainText(input.rows->column(text_column_)));
  const TextView texts(*plain);
  rows_ += input.rows->num_rows();
  texts_ += found.texts;
  Applied applied{.rows = input.rows};
  std::map<int64_t, std::string> changed;
  int64_t removed = 0;
  int64_t characters = 0;
  std::vector<bool> gone;
  std::vector<Piece> pieces;
  size_t at = 0;
  for (int64_t row = 0; row < input.rows->num_rows(); ++row) {
    const size_t end = found.ends[size_t(row)];
    gone.clear();
    bool any = false;
    for (; at < end; ++at) {
      if (at + kPrefetchAhead < found.keys.size())
        counts_.Prefetch(found.keys[at + kPrefetchAhead]);
      gone.push_back(Goes(found.keys[at], found.again[at] != 0));
      any = any || gone.back();
    }
    if (!any || pass_ != Pass::kRemove) continue;
    removed += std::count(gone.begin(), gone.end(), true);
    SplitPieces(texts[row], options_.unit, &pieces);
    size_t counted = 0;
    std::vector<bool> taken(pieces.size());
    for (size_t i = 0; i < pieces.size(); ++i) {
      taken[i] = IsCounted(texts[row], pieces[i]) && gone[counted++];
    }
    characters += int64_t(CountCodePoints(texts[row]));
    if (std::find(taken.begin(), taken.end(), false) == taken.end()) {
      applied.drops.push_back({.row = row, .reason = kRepeatedText});
      continue;
    }
    std::string& left = changed[row] = WithoutPieces(texts[row], pieces, taken);
    characters -= int64_t(CountCodePoints(left));
  }
  if (pass_ != Pass::kRemove) return applied;
  const std::string unit = options_.unit == PieceUnit::kLine ? "lines" : "paragraphs";
  applied.counts = {{unit, int64_t(found.keys.size())},
                    {unit + "_removed", removed},
                    {"characters_removed", characters},
                    {"rows_changed", int64_t(changed.size())}};
  if (changed.empty()) {
    if (text_field_->type()->Equals(*input.rows->column(text_column_)->type())) return applied;
    ARROW_ASSIGN_OR_RAISE(applied.rows, applied.rows->SetColumn(text_column_, text_field_, plain));
    return applied;
  }
  ARROW_ASSIGN_OR_RAISE(applied.rows,
                        WithColumn(*applied.rows, text_column_, text_field_, changed));
  if (line_column_ < 0) return applied;
  ARROW_ASSIGN_OR_RAISE(const auto plain_lines, PlainText(input.rows->column(line_column_)));
  const TextView lines(*plain_lines);
  for (auto& [row, text] : changed) {
    ARROW_ASSIGN_OR_RAISE(text, WithJsonText(lines[row], options_.column, text));
  }
  ARROW_ASSIGN_OR_RAISE(
      applied.rows,
      WithColumn(*applied.rows, line_column_, input.rows->schema()->field(line_column_), changed));
  return applied;
}

}  // namespace hubmill
