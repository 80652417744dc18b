// One source record to one normalized row, without Arrow: what the columns hold.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "llm/adapter.h"
#include "llm/chat_form.h"
#include "llm/conversation.h"
#include "llm/correctness.h"
#include "llm/json_record.h"
#include "llm/official_conversation.h"
#include "llm/tool_check.h"
#include "llm/tool_schemas.h"
#include "text/harmony_quality.h"

namespace hubmill {

/// What becomes of <|name|> in a source text, which would be read as markup.
enum class MarkupRule : uint8_t {
  kEscape = 0,    // A backslash makes it a text again (text/harmony.h).
  kDrop = 1,      // The row goes.
  kVerbatim = 2,  // It stays, and may forge messages: what the original does.
};

/// How a row is named.
enum class IdRule : uint8_t {
  kUuid = 0,     // The source's, where it is a text; else as kContent.
  kContent = 1,  // SHA-1 of the conversation alone, whatever stands before it.
  kText = 2,     // SHA-1 of the text.
};

struct RowRules {
  bool compat = false;
  HarmonyForm form = HarmonyForm::kSource;
  MarkupRule markup = MarkupRule::kEscape;
  IdRule id = IdRule::kUuid;
  LossMode loss = LossMode::kAssistantAll;
  int64_t completion_chars_min = 1;
};

/// What is the same for all rows of a split.
struct SplitPrompts {
  std::string difficulty;  // low, medium, high, or empty.
  std::string system;      // Filled; empty: none.
  std::string developer;
};
SplitPrompts PromptsOf(const Adapter& adapter, std::string_view split);

/// Views live until the normalizer's next row.
struct NormalRow {
  std::string_view text;
  std::string_view id;
  std::string text_sha1;
  std::string content_id;
  HarmonyFlags flags;
  bool markup_collision = false;
  const char* tool_fault = nullptr;  // The first of tool_check.h.
  int64_t char_len = 0;
  std::vector<LossSpan> spans;
  std::optional<std::string_view> uuid, license, data_source, capability_target, reasoning;
  std::optional<std::string_view> subset;
  std::optional<bool> changed_answer;
  const JsonNode* used_in = nullptr;          // A list of texts.
  const JsonNode* tags = nullptr;             // A list of texts.
  const JsonNode* expected_answer = nullptr;  // Any value but null.
  const JsonNode* evaluation = nullptr;       // An object.
  Correctness correctness;
  std::optional<double> correctness_own;  // Under the setting of this row.
  std::string_view tools_id;              // Empty: no tools field.
  std::string_view tools_json;            // Canonical.
  int64_t tools_count = 0;
  int64_t messages_lost = 0, calls_lost = 0, contents_lost = 0;
};

/// Not thread-safe; holds what can be reused from row to row.
class RowNormalizer {
 public:
  /// Both outlive it.
  RowNormalizer(const Adapter* adapter, const RowRules* rules);

  /// Fills *row from a JSON record.  Null, or why the row is dropped: a reason with static
  /// lifetime.
  [[nodiscard]] const char* Normalize(std::string_view record, const SplitPrompts& prompts,
                                      NormalRow* row);

  /// The same of Harmony text that has no other fields.
  [[nodiscard]] const char* NormalizeText(std::string_view text, NormalRow* row);

 private:
  const char* ReadChat(const JsonNode& record);
  const char* Converse(const JsonNode& record, const SplitPrompts& prompts);
  const char* ConverseOfficially(const SplitPrompts& prompts);
  const char* ComposeFields(const JsonNode& record);
  const char* Render(NormalRow* row);
  void Compose(std::string_view user, std::string_view header, std::string_view assistant);
  const char* Judge(std::string_view text, NormalRow* row);
  void ReadFields(const JsonNode& record, NormalRow* row);
  void ReadTools(const JsonNode& tools, NormalRow* row);
  void CheckTools(NormalRow* row);
  void NameRow(std::string_view text, NormalRow* row);

  const Adapter& adapter_;
  const RowRules& rules_;
  JsonReader reader_;
  ConversationReader messages_;
  OfficialReader official_;
  ToolCheck tool_check_;
  ChatForm chat_form_;
  ToolSchemas tool_schemas_;
  const JsonNode* chat_ = nullptr;   // The record's messages; null where the adapter has none.
  const JsonNode* tools_ = nullptr;  // The record's tools, or null.
  Conversation conversation_;
  std::vector<HarmonyMessage> parsed_;
  size_t prompts_count_ = 0;  // Messages of the conversation that are prompts.
  std::string text_;
  std::string tools_json_, tools_id_;
};

}  // namespace hubmill
