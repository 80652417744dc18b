// Deduplication by the whole text is misled by prompts that all rows share, and is blind to one
// problem that was answered twice.  This gives it what the user, or the assistant, said.
#include "llm/message_texts.h"

#include <arrow/array/builder_binary.h>

#include "llm/row_bodies.h"
#include "stages/columns.h"

namespace hubmill {
namespace {

struct MessageTextsOptions {
  std::string column = "text";
  std::string of = "conversation";
  std::string to;
  static void Describe(OptionTable<MessageTextsOptions>& table) {
    using O = MessageTextsOptions;
    table.Field("column", &O::column, "Text column; Harmony, or any text.");
    table.Field("of", &O::of, "Whose messages; conversation: all but system and developer.")
        .Choices({"conversation", "user", "assistant"});
    table.Field("to", &O::to, "The new column.").Required();
  }
};

Bodies BodiesOf(const std::string& of) {
  if (of == "user") return Bodies::kUser;
  return of == "assistant" ? Bodies::kAssistant : Bodies::kConversation;
}

class MessageTexts : public Transform {
 public:
  static Result<std::unique_ptr<MessageTexts>> Make(MessageTextsOptions options) {
    auto stage = std::make_unique<MessageTexts>();
    stage->options_ = std::move(options);
    return stage;
  }

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    ARROW_ASSIGN_OR_RAISE(column_, TextColumnIndex(*input, options_.column));
    if (input->GetFieldIndex(options_.to) >= 0) {
      return DataRefused("a column of this name is there already: column=", options_.to,
                         "; remedy: another name for `to`");
    }
    field_ = arrow::field(options_.to, arrow::large_utf8());
    return input->AddField(input->num_fields(), field_);
  }

  Result<Applied> Apply(const Batch& input) const override {
    const TextView texts(*input.rows->column(column_));
    const Bodies which = BodiesOf(options_.of);
    std::vector<HarmonyMessage> messages;
    std::vector<std::string_view> bodies;
    std::string joined;
    arrow::LargeStringBuilder builder;
    for (int64_t row = 0; row < texts.size(); ++row) {
      if (texts.IsNull(row)) {
        ARROW_RETURN_NOT_OK(builder.AppendNull());
        continue;
      }
      CollectBodies(texts[row], which, &messages, &bodies);
      joined.clear();
      for (const std::string_view body : bodies) joined.append(body).append("\n\n");
      if (!joined.empty()) joined.resize(joined.size() - 2);
      ARROW_RETURN_NOT_OK(builder.Append(joined));
    }
    ARROW_ASSIGN_OR_RAISE(auto column, builder.Finish());
    Applied applied;
    ARROW_ASSIGN_OR_RAISE(
        applied.rows, input.rows->AddColumn(input.rows->num_columns(), field_, std::move(column)));
    return applied;
  }

 private:
  MessageTextsOptions options_;
  int column_ = -1;
  std::shared_ptr<arrow::Field> field_;
};

}  // namespace

StageEntry MessageTextsStage() {
  return DefineStage<MessageTexts, MessageTextsOptions>(
      {.name = "message_texts",
       .summary = "Adds a column with what was said in a conversation.",
       .details = "The bodies of the messages in their order, a blank line between two; a text "
                  "that is no Harmony stands as it is, null stays null.  For deduplication by the "
                  "problem or the answer alone; `select` takes the column away again.",
       .example = "- message_texts: {of: user, to: problem}\n"
                  "- dedup_near: problem\n"
                  "- select: {except: [problem]}\n"});
}

}  // namespace hubmill
