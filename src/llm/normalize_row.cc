#include "llm/normalize_row.h"

#include <algorithm>
#include <tuple>

#include "base/hash.h"
#include "base/sha1_pair.h"
#include "base/utf8.h"

namespace hubmill {
namespace {

constexpr JsonStyle kCanonical = {.sort_keys = true, .compact = true};
constexpr std::string_view kBom = "\xEF\xBB\xBF";

std::optional<std::string_view> TextField(const JsonNode& record, const std::string& field) {
  const std::string_view* text = field.empty() ? nullptr : record.FindString(field);
  return text == nullptr ? std::nullopt : std::optional(*text);
}

const JsonNode* Field(const JsonNode& record, const std::string& field) {
  return field.empty() ? nullptr : record.Find(field);
}

const JsonNode* TextsField(const JsonNode& record, const std::string& field) {
  const JsonNode* list = Field(record, field);
  if (list == nullptr || !list->IsList()) return nullptr;
  const auto is_text = [](const JsonNode& item) { return item.IsString(); };
  return std::all_of(list->items.begin(), list->items.end(), is_text) ? list : nullptr;
}

std::string_view TrimEnd(std::string_view text) {
  return text.substr(0, static_cast<size_t>(StripPythonSpace(text).end() - text.begin()));
}
std::string_view TrimStart(std::string_view text) {
  return text.substr(static_cast<size_t>(StripPythonSpace(text).begin() - text.begin()));
}

/// Whether all texts below are UTF-8: none holds a lone surrogate.
bool AllUtf8(const JsonNode& node) {
  if (node.IsString()) return IsValidUtf8(node.text);
  const auto field_is = [](const JsonField& field) {
    return IsValidUtf8(field.key) && AllUtf8(field.value);
  };
  return std::all_of(node.items.begin(), node.items.end(), AllUtf8) &&
         std::all_of(node.fields.begin(), node.fields.end(), field_is);
}

HarmonyMarkup MarkupOf(MarkupRule rule) {
  return rule == MarkupRule::kEscape ? HarmonyMarkup::kEscape : HarmonyMarkup::kVerbatim;
}

}  // namespace

SplitPrompts PromptsOf(const Adapter& adapter, std::string_view split) {
  const std::string_view difficulty = DifficultyOfSplit(split);
  return {.difficulty = std::string(difficulty),
          .system = FillTemplate(adapter.system, difficulty),
          .developer = FillTemplate(adapter.developer, difficulty)};
}

RowNormalizer::RowNormalizer(const Adapter* adapter, const RowRules* rules)
    : adapter_(*adapter), rules_(*rules), messages_(rules->compat), chat_form_(adapter) {}

const char* RowNormalizer::Normalize(std::string_view record, const SplitPrompts& prompts,
                                     NormalRow* row) {
  *row = NormalRow();
  if (record.starts_with(kBom)) record.remove_prefix(kBom.size());
  const JsonNode* document = reader_.Parse(record);
  if (document == nullptr) return "invalid_json";
  if (!document->IsObject()) return "not_an_object";
  if (reader_.surrogates() && !AllUtf8(*document)) return "lone_surrogate";
  tools_ = Field(*document, adapter_.tools);
  if (!rules_.compat) {
    tools_ = tool_schemas_.Read(tools_);
    if (tools_ != nullptr && tool_schemas_.surrogates() && !AllUtf8(*tools_)) {
      return "lone_surrogate";
    }
  }
  ReadFields(*document, row);
  if (!adapter_.text.empty()) {
    const std::string_view* text = document->FindString(adapter_.text);
    if (text == nullptr) return "no_text";
    return Judge(*text, row);
  }
  if (const char* reason = Converse(*document, prompts)) return reason;
  if (const char* reason = Render(row)) return reason;
  if (!rules_.compat && row->flags.has_tool) CheckTools(row);
  if (row->evaluation != nullptr && !prompts.difficulty.empty()) {
    row->correctness_own =
        AccuracyOf(*row->evaluation, "reason_" + prompts.difficulty +
                                         (row->flags.has_tool ? "_with_tool" : "_no_tool"));
  }
  return nullptr;
}

const char* RowNormalizer::NormalizeText(std::string_view text, NormalRow* row) {
  *row = NormalRow();
  return Judge(text, row);
}

const char* RowNormalizer::Converse(const JsonNode& record, const SplitPrompts& prompts) {
  conversation_.Clear();
  if (const char* reason = ReadChat(record)) return reason;
  if (rules_.form == HarmonyForm::kOfficial) {
    if (const char* reason = ConverseOfficially(prompts)) return reason;
    return chat_ == nullptr ? ComposeFields(record) : nullptr;
  }
  if (!prompts.system.empty()) conversation_.Add("system", std::nullopt, prompts.system);
  if (!prompts.developer.empty()) conversation_.Add("developer", std::nullopt, prompts.developer);
  prompts_count_ = conversation_.messages.size();
  return chat_ == nullptr ? ComposeFields(record) : messages_.Read(*chat_, &conversation_);
}

const char* RowNormalizer::ReadChat(const JsonNode& record) {
  chat_ = nullptr;
  if (adapter_.messages.empty()) return nullptr;
  const JsonNode* messages = record.Find(adapter_.messages);
  if (messages == nullptr || !messages->IsList() || messages->items.empty()) return "no_messages";
  chat_ = &chat_form_.Read(*messages);
  conversation_.surrogates = chat_form_.surrogates();
  return nullptr;
}

const char* RowNormalizer::ConverseOfficially(const SplitPrompts& prompts) {
  const OfficialPrompts official = {.effort = prompts.difficulty,
                                    .instructions = prompts.developer};
  static const JsonNode kNone = {.kind = JsonValue::Kind::kList};
  const JsonNode& messages = chat_ == nullptr ? kNone : *chat_;
  if (const char* reason = official_.Read(messages, tools_, official, &conversation_)) {
    return reason;
  }
  const auto is_prompt = [](const HarmonyMessage& message) {
    return message.role == "system" || message.role == "developer";
  };
  const auto& all = conversation_.messages;
  prompts_count_ =
      static_cast<size_t>(std::find_if_not(all.begin(), all.end(), is_prompt) - all.begin());
  return nullptr;
}

const char* RowNormalizer::ComposeFields(const JsonNode& record) {
  const std::string_view* user = record.FindString(adapter_.user);
  const std::string_view* assistant = record.FindString(adapter_.assistant);
  if (user == nullptr || assistant == nullptr) return "no_statement";
  Compose(*user, TextField(record, adapter_.header).value_or(""), *assistant);
  return nullptr;
}

void RowNormalizer::Compose(std::string_view user, std::string_view header,
                            std::string_view assistant) {
  conversation_.Add("user", std::nullopt, user);
  if (!StripPythonSpace(header).empty()) {
    std::string joined(TrimEnd(header));
    joined.append("\n\n").append(TrimStart(assistant));
    assistant = conversation_.Keep(std::move(joined));
  }
  conversation_.Add("assistant", "final", assistant);
}

const char* RowNormalizer::Render(NormalRow* row) {
  row->messages_lost = conversation_.messages_lost;
  row->calls_lost = conversation_.calls_lost;
  row->contents_lost = conversation_.contents_lost;
  if (!rules_.compat) {
    const auto collides = [](const HarmonyMessage& message) {
      return FindHarmonyMarkup(message.content) != std::string_view::npos ||
             FindHarmonyMarkup(message.role) != std::string_view::npos;
    };
    row->markup_collision =
        std::any_of(conversation_.messages.begin(), conversation_.messages.end(), collides);
    if (row->markup_collision && rules_.markup == MarkupRule::kDrop) return "markup_collision";
  }
  const HarmonyRenderOptions options = {
      .form = rules_.form,
      .markup = rules_.compat ? HarmonyMarkup::kVerbatim : MarkupOf(rules_.markup),
      .purpose = HarmonyPurpose::kTraining};
  if (RenderHarmony(conversation_.messages, options, &text_)) return "unreadable_header";
  if (conversation_.surrogates && !IsValidUtf8(text_)) return "lone_surrogate";
  return Judge(text_, row);
}

const char* RowNormalizer::Judge(std::string_view text, NormalRow* row) {
  row->text = text;
  row->char_len = static_cast<int64_t>(CountCodePoints(text));
  const HarmonyFlagOptions options = {.completion_chars_min = rules_.completion_chars_min};
  if (!ParseHarmony(text, {.form = HarmonyForm::kSource}, &parsed_)) {
    row->flags = FlagMessages(text, parsed_, options);
    if (!rules_.compat) row->spans = LossSpans(text, parsed_, {.mode = rules_.loss});
  }
  NameRow(text, row);
  return nullptr;
}

void RowNormalizer::CheckTools(NormalRow* row) {
  if (chat_ == nullptr) return;
  row->tool_fault =
      tool_schemas_.broken() ? "unreadable_schema" : tool_check_.FirstFault(*chat_, tools_);
  row->flags.valid_tool_schema = row->flags.valid_harmony && row->tool_fault == nullptr;
}

void RowNormalizer::NameRow(std::string_view text, NormalRow* row) {
  // The content is the text without what the adapter put before it: the same whatever the templates
  // say.
  const bool prompted = !rules_.compat && adapter_.text.empty() && prompts_count_ > 0 &&
                        prompts_count_ < parsed_.size();
  if (prompted) {
    const std::string_view content = text.substr(parsed_[prompts_count_].offset_bytes);
    std::tie(row->text_sha1, row->content_id) = Sha1HexPair(text, content);
  } else {
    row->text_sha1 = row->content_id = Sha1Hex(text);
  }
  row->id = row->text_sha1;
  if (rules_.compat || !adapter_.text.empty()) return;
  if (rules_.id == IdRule::kContent) row->id = row->content_id;
  if (rules_.id == IdRule::kUuid) {
    row->id = row->uuid && !row->uuid->empty() ? *row->uuid : std::string_view(row->content_id);
  }
}

void RowNormalizer::ReadFields(const JsonNode& record, NormalRow* row) {
  row->uuid = TextField(record, adapter_.uuid);
  row->license = TextField(record, adapter_.license);
  row->data_source = TextField(record, adapter_.data_source);
  row->capability_target = TextField(record, adapter_.capability_target);
  row->reasoning = TextField(record, adapter_.reasoning);
  row->subset = TextField(record, adapter_.subset);
  row->used_in = TextsField(record, adapter_.used_in);
  row->tags = TextsField(record, adapter_.tags);
  const JsonNode* changed = Field(record, adapter_.changed_answer);
  if (changed != nullptr && changed->kind == JsonValue::Kind::kBool) {
    row->changed_answer = changed->boolean;
  }
  const JsonNode* expected = Field(record, adapter_.expected_answer);
  if (expected != nullptr && !expected->IsNull()) row->expected_answer = expected;
  const JsonNode* evaluation = Field(record, adapter_.evaluation);
  if (evaluation != nullptr && evaluation->IsObject()) {
    row->evaluation = evaluation;
    row->correctness = ReadCorrectness(*evaluation);
  }
  if (tools_ != nullptr && (tools_->IsList() || tools_->IsObject())) ReadTools(*tools_, row);
}

void RowNormalizer::ReadTools(const JsonNode& tools, NormalRow* row) {
  std::string json;
  AppendJson(tools, kCanonical, &json);
  if (json != tools_json_) {  // Neighbours usually have the same.
    tools_id_ = Sha1Hex(json);
    tools_json_ = std::move(json);
  }
  row->tools_json = tools_json_;
  row->tools_id = tools_id_;
  row->tools_count =
      static_cast<int64_t>(tools.IsList() ? tools.items.size() : tools.fields.size());
}

}  // namespace hubmill
