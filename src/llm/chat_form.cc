#include "llm/chat_form.h"

#include <algorithm>

namespace hubmill {
namespace {

constexpr char kRole[] = "role";
constexpr char kContent[] = "content";

JsonNode TextNode(std::string_view text) {
  return {.kind = JsonValue::Kind::kString, .text = text};
}

}  // namespace

ChatForm::ChatForm(const Adapter* adapter)
    : adapter_(*adapter),
      usual_(adapter->role == kRole && adapter->content == kContent && adapter->roles.empty()) {}

const JsonNode& ChatForm::Read(const JsonNode& messages) {
  if (usual_) return messages;
  edit_.Clear();
  std::vector<JsonNode> items;
  for (const JsonNode& message : messages.items) {
    items.push_back(message.IsObject() ? ReadMessage(message) : message);
  }
  messages_ = edit_.List(std::move(items));
  return messages_;
}

JsonNode ChatForm::ReadMessage(const JsonNode& message) {
  std::vector<JsonField> fields;
  for (const JsonField& field : message.fields) {
    const bool ours = field.key == adapter_.role || field.key == adapter_.content;
    if (!ours && field.key != kRole && field.key != kContent) fields.push_back(field);
  }
  const JsonNode* role = message.Find(adapter_.role);
  const JsonNode* content = message.Find(adapter_.content);
  JsonNode named = role == nullptr ? JsonNode() : *role;
  if (named.IsString()) {
    const auto& roles = adapter_.roles;
    const auto found = std::find_if(roles.begin(), roles.end(),
                                    [&](const auto& entry) { return entry.first == named.text; });
    if (found != roles.end()) named = TextNode(found->second);
  }
  if (named.IsString() && named.text == kCallRole) {
    named = TextNode("assistant");
    fields.push_back({"tool_calls", CallsOf(content == nullptr ? JsonNode() : *content)});
  } else if (content != nullptr) {
    fields.push_back({kContent, *content});
  }
  fields.push_back({kRole, named});
  return edit_.Object(std::move(fields));
}

JsonNode ChatForm::CallsOf(const JsonNode& content) {
  const JsonNode* said = content.IsString() ? edit_.Parse(content.text) : &content;
  std::vector<JsonNode> calls;
  const auto add = [&](const JsonNode& call) {
    calls.push_back(call.Find("function") != nullptr ? call : edit_.Object({{"function", call}}));
  };
  if (said != nullptr && said->IsList()) {
    for (const JsonNode& call : said->items) add(call);
  } else {
    add(said == nullptr ? JsonNode() : *said);  // No JSON: a call that is lost, and counted.
  }
  return edit_.List(std::move(calls));
}

}  // namespace hubmill
