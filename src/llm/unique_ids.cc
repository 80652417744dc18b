// Two records with one uuid must not be one row to whoever joins by id.  The first keeps it; the
// others get the hash of what they say, and where even that is taken they are equal rows, which is
// counted and told by quality_is_duplicate.
#include "llm/unique_ids.h"

#include <arrow/array/builder_binary.h>

#include <utility>

#include "stages/columns.h"
#include "stages/key_set.h"
#include "stages/row_key.h"

namespace hubmill {
namespace {

struct UniqueIdsOptions {
  std::string column = "id";
  std::string other = "content_id";
  static void Describe(OptionTable<UniqueIdsOptions>& table) {
    table.Field("column", &UniqueIdsOptions::column, "Text column that must not repeat.");
    table.Field("other", &UniqueIdsOptions::other, "Text column that stands in for what does.");
  }
};

struct IdKeys : Prepared {
  std::vector<RowKey> ids;
  std::vector<RowKey> others;
};

class UniqueIds : public Decider {
 public:
  static Result<std::unique_ptr<UniqueIds>> Make(UniqueIdsOptions options) {
    auto stage = std::make_unique<UniqueIds>();
    stage->options_ = std::move(options);
    return stage;
  }

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    ARROW_ASSIGN_OR_RAISE(column_, TextColumnIndex(*input, options_.column));
    ARROW_ASSIGN_OR_RAISE(other_, TextColumnIndex(*input, options_.other));
    return input->SetField(column_, arrow::field(options_.column, arrow::utf8()));
  }

  Result<std::unique_ptr<Prepared>> Prepare(const Batch& input) const override {
    auto keys = std::make_unique<IdKeys>();
    ComputeRowKeys(*input.rows, {column_}, &keys->ids);
    ComputeRowKeys(*input.rows, {other_}, &keys->others);
    return keys;
  }

  Result<Applied> Decide(const Batch& input, const Prepared& prepared) override {
    const auto& keys = static_cast<const IdKeys&>(prepared);
    const TextView ids(*input.rows->column(column_));
    const TextView others(*input.rows->column(other_));
    Applied applied;
    applied.rows = input.rows;
    arrow::StringBuilder builder;
    for (size_t row = 0; row < keys.ids.size(); ++row) {
      const bool first = seen_.Insert(keys.ids[row]);
      const int64_t at = int64_t(row);
      ARROW_RETURN_NOT_OK(builder.Append(first ? ids[at] : others[at]));
      if (first) continue;
      ++applied.counts["ids_repeated"];
      if (!seen_.Insert(keys.others[row])) ++applied.counts["ids_still_repeated"];
    }
    if (applied.counts.empty()) return applied;
    ARROW_ASSIGN_OR_RAISE(auto column, builder.Finish());
    ARROW_ASSIGN_OR_RAISE(
        applied.rows,
        applied.rows->SetColumn(column_, arrow::field(options_.column, arrow::utf8()), column));
    return applied;
  }

 private:
  UniqueIdsOptions options_;
  int column_ = -1;
  int other_ = -1;
  KeySet seen_;
};

}  // namespace

StageEntry UniqueIdsStage() {
  return DefineStage<UniqueIds, UniqueIdsOptions>(
      {.name = "unique_ids",
       .summary = "Gives a row whose id an earlier row has the value of another column.",
       .details =
           "Counted: `ids_repeated`, and `ids_still_repeated` where the other value was taken too; "
           "such a row keeps it, and is equal to the earlier one where the other column says what "
           "the row says.\n\nMemory: at most 24 bytes a row, as `dedup_exact`.",
       .example = "- unique_ids: {column: id, other: content_id}\n",
       .shorthand = "column"});
}

}  // namespace hubmill
