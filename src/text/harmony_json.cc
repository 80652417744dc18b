#include "text/harmony_json.h"

#include <algorithm>
#include <utility>

#include "base/json_text.h"
#include "text/harmony_content.h"

namespace hubmill {
namespace {

constexpr std::string_view kAfterChannel = "recipient_after_channel";

// Functions that read return what they expected, in fixed words, or null.

/// A key that is absent leaves the default; null takes it away.
const char* ReadOptional(const JsonValue& object, std::string_view key,
                         std::optional<std::string_view>* out) {
  const JsonValue* value = object.Find(key);
  if (value == nullptr) return nullptr;
  *out = std::nullopt;
  if (value->IsString()) *out = value->text;
  return value->IsString() || value->kind == JsonValue::Kind::kNull ? nullptr
                                                                    : "fields that are strings";
}

const char* ReadNamespace(const JsonValue& object, HarmonyNamespace* space) {
  constexpr const char* kExpected = "a name of each namespace and tool";
  const auto read = [](const JsonValue& from, std::string_view key, std::string_view* out) {
    const std::string* text = from.FindString(key);
    if (text != nullptr) *out = *text;
    return text != nullptr;
  };
  if (!read(object, "name", &space->name)) return kExpected;
  read(object, "description", &space->description);
  const JsonValue* list = object.FindList("tools");
  if (list == nullptr) return nullptr;
  for (const JsonValue& item : list->items) {
    HarmonyTool& tool = space->tools.emplace_back();
    if (!read(item, "name", &tool.name)) return kExpected;
    read(item, "description", &tool.description);
    tool.parameters = item.Find("parameters");
    if (tool.parameters == nullptr || tool.parameters->IsObject()) continue;
    if (tool.parameters->kind != JsonValue::Kind::kNull) return "parameters that are a JSON Schema";
    tool.parameters = nullptr;
  }
  return nullptr;
}

/// {"functions": {"name", "description", "tools": [{"name", "description", "parameters"}]}}, by
/// key.
const char* ReadTools(const JsonValue& content, std::vector<HarmonyNamespace>* spaces) {
  const JsonValue* tools = content.Find("tools");
  if (tools == nullptr || tools->kind == JsonValue::Kind::kNull) return nullptr;
  if (!tools->IsObject()) return "tools: an object of namespaces";
  std::vector<const JsonMember*> members;
  for (const JsonMember& member : tools->members) members.push_back(&member);
  std::sort(members.begin(), members.end(),
            [](const JsonMember* a, const JsonMember* b) { return a->key < b->key; });
  for (const JsonMember* member : members) {
    if (const char* expected = ReadNamespace(member->value, &spaces->emplace_back())) {
      return expected;
    }
  }
  return nullptr;
}

/// "Low" or "low", and so on.
const char* ReadEffort(const JsonValue& content, std::optional<std::string_view>* effort) {
  if (const char* expected = ReadOptional(content, "reasoning_effort", effort)) return expected;
  if (!effort->has_value()) return nullptr;
  constexpr std::pair<std::string_view, std::string_view> kEfforts[] = {
      {"Low", "low"}, {"Medium", "medium"}, {"High", "high"}};
  for (const auto& [name, rendered] : kEfforts) {
    if (*effort != name && *effort != rendered) continue;
    *effort = rendered;
    return nullptr;
  }
  return "a reasoning_effort: Low, Medium or High";
}

const char* AppendSystem(const JsonValue& content, bool functions, std::string* out) {
  HarmonySystem system;
  const char* expected = ReadOptional(content, "model_identity", &system.identity);
  if (expected == nullptr) {
    expected = ReadOptional(content, "knowledge_cutoff", &system.knowledge_cutoff);
  }
  if (expected == nullptr) {
    expected = ReadOptional(content, "conversation_start_date", &system.date);
  }
  if (expected == nullptr) expected = ReadEffort(content, &system.effort);
  if (expected == nullptr) expected = ReadTools(content, &system.tools);
  if (expected != nullptr) return expected;
  if (const JsonValue* config = content.Find("channel_config")) {
    system.channels.clear();
    if (const JsonValue* channels = config->FindList("valid_channels")) {
      for (const JsonValue& channel : channels->items) system.channels.push_back(channel.text);
    }
    const JsonValue* required = config->Find("channel_required");
    system.channel_required = required == nullptr || required->boolean;
  }
  AppendHarmonySystem(system, functions, out);
  return nullptr;
}

const char* AppendDeveloper(const JsonValue& content, std::string* out) {
  HarmonyDeveloper developer;
  if (const char* expected = ReadOptional(content, "instructions", &developer.instructions)) {
    return expected;
  }
  if (const char* expected = ReadTools(content, &developer.tools)) return expected;
  AppendHarmonyDeveloper(developer, out);
  return nullptr;
}

bool HasFunctions(const JsonValue& messages) {
  for (const JsonValue& message : messages.items) {
    const JsonValue* contents = message.Find("content");
    if (contents == nullptr) continue;
    for (const JsonValue& content : contents->items) {
      const std::string* type = content.FindString("type");
      if (type == nullptr || *type != "developer_content") continue;
      const JsonValue* tools = content.Find("tools");
      const JsonValue* functions = tools == nullptr ? nullptr : tools->Find("functions");
      const JsonValue* list = functions == nullptr ? nullptr : functions->Find("tools");
      if (list != nullptr && !list->items.empty()) return true;
    }
  }
  return false;
}

/// Appends one content of an official message.
const char* AppendContent(const JsonValue& content, std::string_view role, bool functions,
                          std::string* out) {
  const std::string* type = content.FindString("type");
  if (type == nullptr) return "a type of each content";
  if (*type == "text") {
    const std::string* text = content.FindString("text");
    if (text == nullptr) return "a string `text`";
    out->append(*text);
  } else if (*type == "system_content") {
    if (role != "system") return "system_content in system messages only";
    return AppendSystem(content, functions, out);
  } else if (*type == "developer_content") {
    if (role != "developer") return "developer_content in developer messages only";
    return AppendDeveloper(content, out);
  } else {
    return "text, system_content or developer_content";
  }
  return nullptr;
}

const char* ReadOfficialContent(const JsonValue& message, bool functions,
                                HarmonyConversation* conversation, HarmonyMessage* out) {
  const JsonValue* content = message.Find("content");
  if (content != nullptr && content->IsString()) {
    out->content = content->text;
    return nullptr;
  }
  if (content == nullptr || !content->IsList()) return "a content: a string or a list";
  std::string& text = conversation->texts.emplace_back();
  for (const JsonValue& part : content->items) {
    if (const char* expected = AppendContent(part, out->role, functions, &text)) return expected;
  }
  out->content = text;
  return nullptr;
}

void ReadSourceContent(const JsonValue& message, HarmonyConversation* conversation,
                       HarmonyMessage* out) {
  const JsonValue* content = message.Find("content");
  if (content == nullptr || content->kind == JsonValue::Kind::kNull) return;
  if (content->IsString()) {
    out->content = content->text;
    return;
  }
  std::string& text = conversation->texts.emplace_back();
  AppendJsonValue(*content, {.sort_keys = true}, &text);
  out->content = text;
}

const char* ReadEndTag(const JsonValue& message, HarmonyMessage* out) {
  const JsonValue* tag = message.Find("end_tag");
  if (tag == nullptr || tag->kind == JsonValue::Kind::kNull) return nullptr;
  for (const HarmonyEnd end :
       {HarmonyEnd::kEnd, HarmonyEnd::kCall, HarmonyEnd::kReturn, HarmonyEnd::kNone}) {
    if (tag->IsString() && tag->text == HarmonyEndTag(end)) {
      out->end = end;
      return nullptr;
    }
  }
  return "an end_tag: <|end|>, <|call|>, <|return|> or \"\"";
}

const char* ReadMessage(const JsonValue& message, HarmonyForm form, bool functions,
                        HarmonyConversation* conversation) {
  HarmonyMessage& out = conversation->messages.emplace_back();
  std::string_view channel;
  const std::pair<std::string_view, std::string_view*> fields[] = {
      {"role", &out.role},
      {"channel", &channel},
      {"name", &out.name},
      {"recipient", &out.recipient},
      {"content_type", &out.content_type}};
  for (const auto& [key, field] : fields) {
    std::optional<std::string_view> text;
    if (const char* expected = ReadOptional(message, key, &text)) return expected;
    *field = text.value_or("");
  }
  if (out.role.empty()) return "a role";
  if (!channel.empty()) out.channel = channel;
  if (const char* expected = ReadEndTag(message, &out)) return expected;
  if (form == HarmonyForm::kSource) {
    ReadSourceContent(message, conversation, &out);
    return nullptr;
  }
  const JsonValue* after = message.Find(kAfterChannel);
  out.recipient_after_channel = after != nullptr && after->boolean;
  return ReadOfficialContent(message, functions, conversation, &out);
}

/// Appends a comma and `"key":text`.
void AppendField(std::string_view key, std::string_view text, std::string* out) {
  out->append(",\"").append(key).append("\":");
  AppendJsonString(text, out);
}

void AppendMessage(const HarmonyMessage& message, HarmonyForm form, std::string_view content,
                   std::string* out) {
  out->append("{\"role\":");
  AppendJsonString(message.role, out);
  if (form == HarmonyForm::kSource) {
    if (message.channel) AppendField("channel", *message.channel, out);
    AppendField("content", content, out);
  } else {
    if (!message.name.empty()) AppendField("name", message.name, out);
    out->append(",\"content\":[{\"type\":\"text\",\"text\":");
    AppendJsonString(content, out);
    out->append("}]");
    if (message.channel) AppendField("channel", *message.channel, out);
    if (!message.recipient.empty()) AppendField("recipient", message.recipient, out);
    if (!message.content_type.empty()) AppendField("content_type", message.content_type, out);
    if (message.recipient_after_channel) {
      out->append(",\"").append(kAfterChannel).append("\":true");
    }
  }
  if (message.end != HarmonyEnd::kAuto) AppendField("end_tag", HarmonyEndTag(message.end), out);
  out->append("}");
}

}  // namespace

std::optional<std::string> ReadHarmonyJson(const JsonValue& conversation, HarmonyForm form,
                                           HarmonyConversation* out) {
  out->messages.clear();
  out->texts.clear();
  const JsonValue* messages = conversation.Find("messages");
  if (messages == nullptr || !messages->IsList()) return "expected a list `messages`";
  const bool functions = form == HarmonyForm::kOfficial && HasFunctions(*messages);
  for (const JsonValue& message : messages->items) {
    const char* expected = message.IsObject() ? ReadMessage(message, form, functions, out)
                                              : "an object for each message";
    if (expected != nullptr) {
      const auto number = static_cast<size_t>(&message - messages->items.data());
      return "expected " + std::string(expected) + ": message=" + std::to_string(number);
    }
  }
  return std::nullopt;
}

void AppendHarmonyJson(std::span<const HarmonyMessage> messages, HarmonyForm form, bool unescape,
                       std::string* out) {
  std::string plain;
  out->append("[");
  for (const HarmonyMessage& message : messages) {
    if (&message != messages.data()) out->append(",");
    plain.clear();
    if (unescape) UnescapeHarmonyMarkup(message.content, &plain);
    AppendMessage(message, form, unescape ? std::string_view(plain) : message.content, out);
  }
  out->append("]");
}

}  // namespace hubmill
