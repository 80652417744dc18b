// pii_guard: no personal datum and no secret passes a guarded column unnoticed.
//
// Texts are looked for at every depth: an element of a list or a field of a struct belongs to the
// row above it, so the walk carries, for each element, the row that owns it (-1: none, under a
// null). A column without a hit is passed on as it is.
#include "stages/pii_guard.h"

#include <arrow/array.h>
#include <arrow/array/builder_binary.h>

#include <algorithm>
#include <array>
#include <set>

#include "stages/columns.h"
#include "text/pii.h"

namespace hubmill {
namespace {

struct PiiGuardOptions {
  std::vector<std::string> columns;
  std::string action = "fail";
  std::vector<std::string> kinds;
  std::vector<std::string> allow;
  static void Describe(OptionTable<PiiGuardOptions>& table) {
    table.Field("columns", &PiiGuardOptions::columns,
                "The columns looked at; empty means all that hold text.");
    table
        .Field("action", &PiiGuardOptions::action,
               "What a hit does: fail the run, drop the row, mask the datum, or nothing.")
        .Choices({"fail", "drop", "mask", "report"});
    table.Field("kinds", &PiiGuardOptions::kinds,
                "Of email, phone, ip, card, secret, number; empty means all but number.");
    table.Field("allow", &PiiGuardOptions::allow,
                "E-mail domains, and exact values of any kind, that are no hits.");
  }
};

enum class TextHolding { kNone, kText, kHidden };

/// kHidden: text in a form that is not looked into here.
TextHolding HoldingOf(const arrow::DataType& type) {
  if (IsText(type)) return TextHolding::kText;
  if (type.id() == arrow::Type::STRING_VIEW) return TextHolding::kHidden;
  if (type.id() == arrow::Type::DICTIONARY) {
    const auto& values = *static_cast<const arrow::DictionaryType&>(type).value_type();
    return HoldingOf(values) == TextHolding::kNone ? TextHolding::kNone : TextHolding::kHidden;
  }
  const bool walked = type.id() == arrow::Type::LIST || type.id() == arrow::Type::LARGE_LIST ||
                      type.id() == arrow::Type::MAP || type.id() == arrow::Type::STRUCT ||
                      type.id() == arrow::Type::FIXED_SIZE_LIST;
  TextHolding holding = TextHolding::kNone;
  for (const auto& field : type.fields()) holding = std::max(holding, HoldingOf(*field->type()));
  if (!walked && holding != TextHolding::kNone) return TextHolding::kHidden;
  return holding;
}

char LowerAscii(char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; }

/// What a batch's rows hold; filled column by column.
struct Findings {
  std::vector<int> column;    // Of the first hit of each row, -1 where there is none.
  std::vector<PiiKind> kind;  // Its kind.
  std::array<int64_t, kPiiKindCount> counts{};
};

class PiiGuard : public Transform {
 public:
  static Result<std::unique_ptr<PiiGuard>> Make(PiiGuardOptions options) {
    auto stage = std::make_unique<PiiGuard>();
    std::vector<std::string> names;
    for (int i = 0; i < kPiiKindCount; ++i) names.emplace_back(PiiKindName(PiiKind(i)));
    for (const std::string& kind : options.kinds) {
      const auto found = std::find(names.begin(), names.end(), kind);
      if (found == names.end()) {
        const std::string nearest = NearestName(kind, names);
        return WrongUsage("unknown kind: kind=", kind, "; remedy: ",
                          nearest.empty() ? "use email, phone, ip, card, secret or number"
                                          : "did you mean " + nearest + "?");
      }
      stage->kinds_ |= PiiKindsOf(PiiKind(found - names.begin()));
    }
    if (options.kinds.empty()) stage->kinds_ = kDefaultPiiKinds;
    if (!options.columns.empty()) ARROW_RETURN_NOT_OK(CheckNameList(options.columns, "columns"));
    for (std::string value : options.allow) {
      stage->allowed_.insert(value);
      std::transform(value.begin(), value.end(), value.begin(), LowerAscii);
      stage->domains_.insert(std::move(value));
    }
    stage->options_ = std::move(options);
    return stage;
  }

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    const bool all = options_.columns.empty();
    ARROW_ASSIGN_OR_RAISE(const std::vector<int> named, ColumnIndices(*input, options_.columns));
    std::vector<int> candidates = named;
    for (int i = 0; all && i < input->num_fields(); ++i) candidates.push_back(i);
    for (int index : candidates) {
      const auto& field = input->field(index);
      const TextHolding holding = HoldingOf(*field->type());
      if (holding == TextHolding::kHidden || (holding == TextHolding::kNone && !all)) {
        return DataRefused("column cannot be guarded: column=", field->name(),
                           " type=", field->type()->ToString(),
                           "; remedy: cast it to string before");
      }
      if (holding == TextHolding::kText) columns_.push_back(index);
    }
    return input;
  }

  Result<Applied> Apply(const Batch& input) const override {
    const auto rows = size_t(input.rows->num_rows());
    Findings findings{.column = std::vector<int>(rows, -1),
                      .kind = std::vector<PiiKind>(rows, PiiKind::kSecret)};
    std::vector<int64_t> owners(rows);
    for (size_t row = 0; row < rows; ++row) owners[row] = int64_t(row);
    auto columns = input.rows->columns();
    for (int index : columns_) {
      ARROW_ASSIGN_OR_RAISE(columns[size_t(index)],
                            Guard(columns[size_t(index)], owners, index, &findings));
    }
    Applied applied;
    applied.rows = input.rows;
    for (int i = 0; i < kPiiKindCount; ++i) {
      if (findings.counts[size_t(i)] > 0) {
        applied.counts[std::string(PiiKindName(PiiKind(i)))] = findings.counts[size_t(i)];
      }
    }
    if (applied.counts.empty()) return applied;
    if (options_.action == "mask") {
      applied.rows = arrow::RecordBatch::Make(input.rows->schema(), input.rows->num_rows(),
                                              std::move(columns));
      return applied;
    }
    if (options_.action == "report") return applied;
    for (size_t row = 0; row < rows; ++row) {
      if (findings.column[row] < 0) continue;
      if (options_.action == "drop") {
        applied.drops.push_back({.row = int64_t(row), .reason = "personal_data"});
      } else {
        applied.violations.push_back({.row = int64_t(row),
                                      .what = Concat("personal data in a guarded column: column=",
                                                     input.rows->column_name(findings.column[row]),
                                                     " kind=", PiiKindName(findings.kind[row]))});
      }
    }
    return applied;
  }

 private:
  /// Looks at `array`, whose element i belongs to row owners[i]; returns it masked where asked, the
  /// same array where nothing was found.
  Result<std::shared_ptr<arrow::Array>> Guard(const std::shared_ptr<arrow::Array>& array,
                                              const std::vector<int64_t>& owners, int column,
                                              Findings* findings) const {
    if (IsText(*array->type())) {
      return array->type_id() == arrow::Type::STRING
                 ? GuardTexts<arrow::StringBuilder>(array, owners, column, findings)
                 : GuardTexts<arrow::LargeStringBuilder>(array, owners, column, findings);
    }
    if (HoldingOf(*array->type()) == TextHolding::kNone) return array;
    auto data = array->data()->Copy();
    bool changed = false;
    for (auto& child_data : data->child_data) {
      const auto child = arrow::MakeArray(child_data);
      const auto child_owners = OwnersOfChild(*array, child->length(), owners);
      ARROW_ASSIGN_OR_RAISE(const auto guarded, Guard(child, child_owners, column, findings));
      changed = changed || guarded != child;
      child_data = guarded->data();
    }
    return changed ? arrow::MakeArray(data) : array;
  }

  /// The owners of the elements of a child as it is stored, so without the parent's offset.
  static std::vector<int64_t> OwnersOfChild(const arrow::Array& parent, int64_t child_length,
                                            const std::vector<int64_t>& owners) {
    std::vector<int64_t> out(size_t(child_length), -1);
    for (int64_t i = 0; i < parent.length(); ++i) {
      if (parent.IsNull(i)) continue;
      int64_t begin = parent.offset() + i;  // A struct's child has the same place.
      int64_t count = 1;
      if (parent.type_id() == arrow::Type::LIST || parent.type_id() == arrow::Type::MAP) {
        begin = static_cast<const arrow::ListArray&>(parent).value_offset(i);
        count = static_cast<const arrow::ListArray&>(parent).value_length(i);
      } else if (parent.type_id() == arrow::Type::LARGE_LIST) {
        begin = static_cast<const arrow::LargeListArray&>(parent).value_offset(i);
        count = static_cast<const arrow::LargeListArray&>(parent).value_length(i);
      } else if (parent.type_id() == arrow::Type::FIXED_SIZE_LIST) {
        begin = static_cast<const arrow::FixedSizeListArray&>(parent).value_offset(i);
        count = static_cast<const arrow::FixedSizeListArray&>(parent).value_length(i);
      }
      std::fill_n(out.begin() + begin, count, owners[size_t(i)]);
    }
    return out;
  }

  template <typename Builder>
  Result<std::shared_ptr<arrow::Array>> GuardTexts(const std::shared_ptr<arrow::Array>& array,
                                                   const std::vector<int64_t>& owners, int column,
                                                   Findings* findings) const {
    const TextView text(*array);
    const PiiAllowed allowed = [this](const PiiHit& hit, std::string_view datum) {
      return IsAllowed(hit, datum);
    };
    std::vector<PiiHit> hits;
    std::vector<std::pair<int64_t, std::string>> masked;  // Element and new text.
    for (int64_t i = 0; i < text.size(); ++i) {
      const int64_t row = owners[size_t(i)];
      if (row < 0 || text.IsNull(i)) continue;
      ScanPii(text[i], kinds_, &hits);
      std::erase_if(hits, [&](const PiiHit& hit) {
        return allowed(hit, text[i].substr(hit.offset_bytes, hit.size_bytes));
      });
      if (hits.empty()) continue;
      for (const PiiHit& hit : hits) ++findings->counts[size_t(hit.kind)];
      if (findings->column[size_t(row)] < 0) {
        findings->column[size_t(row)] = column;
        findings->kind[size_t(row)] = hits[0].kind;
      }
      if (options_.action == "mask") {
        MaskPii(text[i], kinds_, &masked.emplace_back(i, "").second, &hits, allowed);
      }
    }
    if (masked.empty()) return array;
    Builder builder;
    auto next = masked.begin();
    for (int64_t i = 0; i < text.size(); ++i) {
      if (next != masked.end() && next->first == i) {
        ARROW_RETURN_NOT_OK(builder.Append((next++)->second));
      } else {
        ARROW_RETURN_NOT_OK(text.IsNull(i) ? builder.AppendNull() : builder.Append(text[i]));
      }
    }
    return builder.Finish();
  }

  bool IsAllowed(const PiiHit& hit, std::string_view datum) const {
    if (allowed_.count(datum) > 0) return true;
    if (hit.kind != PiiKind::kEmail) return false;
    std::string domain(datum.substr(datum.rfind('@') + 1));
    std::transform(domain.begin(), domain.end(), domain.begin(), LowerAscii);
    return domains_.count(domain) > 0;
  }

  PiiGuardOptions options_;
  PiiKinds kinds_ = 0;
  std::set<std::string, std::less<>> allowed_;
  std::set<std::string, std::less<>> domains_;
  std::vector<int> columns_;
};

}  // namespace

StageEntry PiiGuardStage() {
  return DefineStage<PiiGuard, PiiGuardOptions>(
      {.name = "pii_guard",
       .summary = "Finds e-mail addresses, phone numbers, IP addresses, cards and secrets.",
       .details =
           "Looks at every text of the columns named, also inside lists, structs and maps.  Hits "
           "are counted by kind (`email`, `phone`, `ip`, `card`, `secret`, `number`); the datum "
           "itself "
           "appears in no message, report or log.\n\n"
           "`action: fail` looks at all rows, then refuses the run before anything is visible, and "
           "names column, kind and row.  `drop` drops the row with the reason `personal_data`.  "
           "`mask` puts `[EMAIL]`, `[PHONE]`, `[IP]`, `[CARD]`, `[SECRET]` or `[NUMBER]` in its "
           "place, "
           "again and again where a mask uncovers what stood beside; a text where that goes on for "
           "32 rounds becomes one mask.  `report` counts and changes nothing; such a data set is "
           "not "
           "published to a public repository.\n\n"
           "`allow` lists e-mail domains (in any case) and exact values that are no hits, such as "
           "`example.org` or `127.0.0.1`.\n\n"
           "A `number` is one of 7 or more digits on end, or of 9 or more in groups: telephone and "
           "case numbers without any mark, but dates with a time too.  It counts where `kinds` "
           "names "
           "it.  What counts as a hit else is described in src/text/pii.h; names of people and "
           "postal "
           "addresses are not found.  Refused: a named column without text, and dictionary-encoded "
           "text (cast it to string).",
       .example = "- pii_guard\n- pii_guard: {columns: [message], action: mask, "
                  "kinds: [email, phone], allow: [example.org]}\n",
       .shorthand = "columns"});
}

}  // namespace hubmill
