//   [assistant] to functions.search, channel commentary, <|constrain|>json
//   {"query": "..."}
#include "cli/conversation_text.h"

#include <vector>

#include "base/json_value.h"
#include "cli/row_text.h"
#include "cli/safe_text.h"
#include "text/harmony.h"

namespace hubmill {
namespace {

constexpr const char* kHeaderKeys[] = {"name", "channel", "recipient", "tool_call_id"};

void AppendHeader(std::string_view role, const std::vector<std::string>& facts, std::string* out) {
  if (!out->empty()) out->append("\n\n");
  out->append("[").append(SafeLine(role)).append("]");
  for (size_t i = 0; i < facts.size(); ++i) {
    out->append(i == 0 ? " " : ", ").append(SafeLine(facts[i]));
  }
  out->append("\n");
}

std::string JsonOf(const JsonValue& value) {
  std::string text;
  AppendJsonValue(value, {.compact = true}, &text);
  return SafeText(IndentJson(text));
}

bool IsEmpty(const JsonValue& value) {
  return value.kind == JsonValue::Kind::kNull || (value.IsString() && value.text.empty()) ||
         (value.IsList() && value.items.empty()) || (value.IsObject() && value.members.empty());
}

}  // namespace

std::optional<std::string> RenderMessages(const std::string& json) {
  JsonValue list;
  if (ParseJsonValue(json, &list) || !list.IsList()) return std::nullopt;
  std::string out;
  for (const JsonValue& message : list.items) {
    if (!message.IsObject()) return std::nullopt;
    std::vector<std::string> facts;
    for (const char* key : kHeaderKeys) {
      const std::string* text = message.FindString(key);
      if (text != nullptr && !text->empty()) facts.push_back(std::string(key) + " " + *text);
    }
    const std::string* role = message.FindString("role");
    AppendHeader(role == nullptr ? "?" : *role, facts, &out);
    for (const JsonMember& member : message.members) {
      bool shown = member.key == "role" || IsEmpty(member.value);
      for (const char* key : kHeaderKeys) {
        shown = shown || (member.key == key && member.value.IsString());
      }
      if (shown) continue;
      if (!out.ends_with('\n')) out.push_back('\n');
      if (member.key != "content") out += SafeLine(member.key) + ": ";
      out += member.value.IsString() ? SafeText(member.value.text) : JsonOf(member.value);
    }
  }
  return out;
}

std::optional<std::string> RenderHarmonyText(std::string_view text) {
  std::vector<HarmonyMessage> messages;
  if (ParseHarmony(text, {.form = HarmonyForm::kOfficial, .blank_between = true}, &messages)) {
    if (ParseHarmony(text, {.form = HarmonyForm::kSource}, &messages)) return std::nullopt;
  }
  if (messages.empty()) return std::nullopt;
  std::string out;
  for (const HarmonyMessage& message : messages) {
    std::vector<std::string> facts;
    if (!message.name.empty()) facts.push_back("name " + std::string(message.name));
    if (!message.recipient.empty()) facts.push_back("to " + std::string(message.recipient));
    if (message.channel) facts.push_back("channel " + std::string(*message.channel));
    if (!message.content_type.empty()) facts.emplace_back(message.content_type);
    AppendHeader(message.role, facts, &out);
    out += SafeText(message.content);
  }
  return out;
}

}  // namespace hubmill
