#include "llm/official_conversation.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "base/utf8.h"
#include "text/harmony_content.h"

namespace hubmill {
namespace {

constexpr char kPython[] = "python";
constexpr char kPythonText[] =
    "Runs Python code in a session that keeps its state; the answer is what the code prints.";
constexpr std::string_view kInstructionsTitle = "# Instructions\n\n";

bool IsBlank(std::string_view text) { return StripPythonSpace(text).empty(); }

bool IsPrompt(std::string_view role) { return role == "system" || role == "developer"; }

JsonValue ToValue(const JsonNode& node) {
  JsonValue out{.kind = node.kind,
                .boolean = node.boolean,
                .number = node.number,
                .text = std::string(node.text)};
  for (const JsonNode& item : node.items) out.items.push_back(ToValue(item));
  for (const JsonField& field : node.fields) {
    out.members.push_back({std::string(field.key), ToValue(field.value)});
  }
  return out;
}

/// The record's tools as declarations; what they point to lies in `schemas`.
struct Declarations {
  std::vector<HarmonyTool> functions;
  bool python = false;
  std::deque<JsonValue> schemas;

  void Add(const JsonNode& tool, std::string_view key) {
    const JsonNode* inner = tool.Find("function");
    const JsonNode& function = inner != nullptr && inner->IsObject() ? *inner : tool;
    const std::string_view* given = function.FindString("name");
    const std::string_view name = given != nullptr ? *given : key;
    if (name.empty()) return;
    if (IsPythonTool(name)) {
      python = true;
      return;
    }
    const std::string_view* description = function.FindString("description");
    const JsonNode* parameters = function.Find("parameters");
    const JsonValue* schema = nullptr;
    if (parameters != nullptr && parameters->IsObject()) {
      schema = &schemas.emplace_back(ToValue(*parameters));
    }
    functions.push_back({.name = name,
                         .description = description == nullptr ? "" : *description,
                         .parameters = schema});
  }
};

std::string_view ContentOf(const JsonNode* content, Conversation* out) {
  if (content == nullptr || content->IsNull()) return {};
  return content->IsString() ? content->text : out->Keep(TextOfContent(*content));
}

}  // namespace

size_t OfficialReader::AddPrompts(const JsonNode& messages, const JsonNode* tools,
                                  const OfficialPrompts& prompts, Conversation* out) {
  Declarations declared;
  if (tools != nullptr) {
    for (const JsonNode& tool : tools->items) declared.Add(tool, {});
    for (const JsonField& tool : tools->fields) declared.Add(tool.value, tool.key);
  }
  std::string instructions(prompts.instructions.starts_with(kInstructionsTitle)
                               ? prompts.instructions.substr(kInstructionsTitle.size())
                               : prompts.instructions);
  size_t read = 0;
  for (; read < messages.items.size(); ++read) {
    const JsonNode& message = messages.items[read];
    const std::string_view* role = message.FindString("role");
    if (role == nullptr || !IsPrompt(*role)) break;
    const std::string_view content = ContentOf(message.Find("content"), out);
    if (IsBlank(content)) continue;
    instructions.append(instructions.empty() ? "" : "\n\n").append(content);
  }
  HarmonySystem system;
  system.effort = prompts.effort.empty() ? std::string_view("medium") : prompts.effort;
  if (declared.python) system.tools.push_back({.name = kPython, .description = kPythonText});
  std::string text;
  AppendHarmonySystem(system, !declared.functions.empty(), &text);
  out->Add("system", std::nullopt, out->Keep(std::move(text)));
  if (instructions.empty() && declared.functions.empty()) return read;
  HarmonyDeveloper developer;
  if (!instructions.empty()) developer.instructions = instructions;
  if (!declared.functions.empty()) {
    developer.tools.push_back({.name = "functions", .tools = std::move(declared.functions)});
  }
  std::string developer_text;
  AppendHarmonyDeveloper(developer, &developer_text);
  out->Add("developer", std::nullopt, out->Keep(std::move(developer_text)));
  return read;
}

const char* OfficialReader::Read(const JsonNode& messages, const JsonNode* tools,
                                 const OfficialPrompts& prompts, Conversation* out) {
  calls_.clear();
  answered_ = 0;
  for (const JsonNode& message : messages.items) {
    if (!message.IsObject()) return "message_not_an_object";
  }
  for (size_t i = AddPrompts(messages, tools, prompts, out); i < messages.items.size(); ++i) {
    if (const char* reason = ReadMessage(messages.items[i], out)) return reason;
  }
  return nullptr;
}

const char* OfficialReader::ReadMessage(const JsonNode& message, Conversation* out) {
  const std::string_view* role = message.FindString("role");
  if (role == nullptr || role->empty()) {
    ++out->messages_lost;
    return nullptr;
  }
  if (*role == "assistant") return ReadAssistant(message, out);
  if (*role == "tool") return ReadOutput(message, out);
  if (*role != "user" && !IsPrompt(*role)) return "unknown_role";
  // What comes late is the developer's word, for there is one system message.
  out->Add(*role == "user" ? "user" : "developer", std::nullopt,
           ContentOf(message.Find("content"), out));
  return nullptr;
}

const char* OfficialReader::ReadAssistant(const JsonNode& message, Conversation* out) {
  const std::string_view* reasoning = message.FindString("reasoning_content");
  if (reasoning != nullptr && !IsBlank(*reasoning)) out->Add("assistant", "analysis", *reasoning);
  const std::string_view content = ContentOf(message.Find("content"), out);
  const size_t content_at = out->messages.size();
  if (!IsBlank(content)) out->Add("assistant", "final", content);
  const size_t calls_at = out->messages.size();
  const JsonNode* calls = message.Find("tool_calls");
  if (calls == nullptr) return nullptr;
  for (const JsonNode& call : calls->items) {
    if (!ReadCall(call, out)) ++out->calls_lost;
  }
  const bool preamble = content_at < calls_at && calls_at < out->messages.size();
  if (preamble) out->messages[content_at].channel = "commentary";
  return nullptr;
}

bool OfficialReader::ReadCall(const JsonNode& call, Conversation* out) {
  const JsonNode* function = call.Find("function");
  const std::string_view* name = function == nullptr ? nullptr : function->FindString("name");
  if (name == nullptr || name->empty()) return false;
  const JsonNode* arguments = function->Find("arguments");
  const bool python = IsPythonTool(*name);
  std::string body = "{}";
  if (arguments != nullptr && arguments->IsString() && !IsBlank(arguments->text)) {
    body = arguments->text;
  } else if (arguments != nullptr && !arguments->IsNull() && !arguments->IsString()) {
    body.clear();
    AppendJson(*arguments, {.compact = true}, &body);
  }
  if (python) {
    const JsonNode* value = arguments_.Parse(body);
    const std::string_view* code = value == nullptr ? nullptr : value->FindString("code");
    if (value != nullptr) out->surrogates |= arguments_.surrogates();
    if (code != nullptr && value->fields.size() == 1) body = std::string(*code);
  }
  const std::string_view* id = call.FindString("id");
  const std::string_view author =
      python ? std::string_view(kPython) : out->Keep("functions." + std::string(*name));
  calls_.push_back({id == nullptr ? "" : *id, author});
  ++out->calls;
  out->messages.push_back({.role = "assistant",
                           .recipient = author,
                           .channel = python ? "analysis" : "commentary",
                           .content_type = python ? "code" : "<|constrain|>json",
                           .content = out->Keep(std::move(body)),
                           .end = HarmonyEnd::kCall});
  return true;
}

const char* OfficialReader::ReadOutput(const JsonNode& message, Conversation* out) {
  const std::string_view* id = message.FindString("tool_call_id");
  const std::string_view* given = message.FindString("name");
  std::string_view author;
  const auto paired = std::find_if(calls_.begin(), calls_.end(), [id](const Call& call) {
    return id != nullptr && !call.id.empty() && call.id == *id;
  });
  if (paired != calls_.end()) {
    author = paired->author;
  } else if (given != nullptr && !IsBlank(*given)) {
    const std::string_view name = StripPythonSpace(*given);
    author = IsPythonTool(name) ? std::string_view(kPython)
                                : out->Keep("functions." + std::string(name));
  } else if (answered_ < calls_.size()) {
    author = calls_[answered_].author;
  } else {
    return "output_without_tool";
  }
  ++answered_;
  out->messages.push_back({.role = "tool",
                           .name = author,
                           .recipient = "assistant",
                           .channel = "commentary",
                           .content = ContentOf(message.Find("content"), out)});
  return nullptr;
}

}  // namespace hubmill
