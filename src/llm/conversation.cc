#include "llm/conversation.h"

#include <optional>
#include <utility>

#include "base/utf8.h"
#include "llm/adapter.h"

namespace hubmill {
namespace {

using Kind = JsonValue::Kind;

constexpr JsonStyle kSorted = {.sort_keys = true};
constexpr char kAssistant[] = "assistant";

bool IsBlank(std::string_view text) { return StripPythonSpace(text).empty(); }

/// The text of a part: a string, or {"type": "text", "text": "..."}.
const std::string_view* TextOfPart(const JsonNode& part) {
  return part.IsString() ? &part.text : part.FindString("text");
}

/// What Python makes of a value in an f-string, where it counts as true; else empty.  `reason` is
/// set for a value that is neither text nor number.
std::string_view NameText(const JsonNode* name, Conversation* out, const char** reason) {
  if (name == nullptr) return {};
  switch (name->kind) {
    case Kind::kNull:
      return {};
    case Kind::kString:
      return name->text;
    case Kind::kInt:
      return name->text == "0" ? std::string_view() : name->text;
    case Kind::kBool:
      return name->boolean ? "True" : "";
    case Kind::kDouble: {
      std::string text;
      AppendJson(*name, {}, &text);
      return name->number == 0 ? std::string_view() : out->Keep(std::move(text));
    }
    default:
      *reason = "tool_name_not_text";
      return {};
  }
}

}  // namespace

void Conversation::Clear() {
  messages.clear();
  texts.clear();
  calls = calls_lost = contents_lost = messages_lost = 0;
  surrogates = false;
}

void Conversation::Add(std::string_view role, std::optional<std::string_view> channel,
                       std::string_view content, HarmonyEnd end) {
  messages.push_back({.role = role, .channel = channel, .content = content, .end = end});
}

std::string_view Conversation::Keep(std::string text) {
  return texts.emplace_back(std::move(text));
}

bool IsPythonTool(std::string_view name) {
  return name == "stateful_python_code_exec" || name == "python_code_exec" || name == "python";
}

std::string TextOfContent(const JsonNode& content) {
  std::string text;
  bool parts = content.IsList() && !content.items.empty();
  for (size_t i = 0; parts && i < content.items.size(); ++i) {
    const std::string_view* part = TextOfPart(content.items[i]);
    parts = part != nullptr;
    if (parts) text.append(i > 0 ? "\n" : "").append(*part);
  }
  if (parts) return text;
  text.clear();
  AppendJson(content, kSorted, &text);
  return text;
}

const char* ConversationReader::Read(const JsonNode& messages, Conversation* out) {
  for (const JsonNode& message : messages.items) {
    if (!message.IsObject()) return "message_not_an_object";
    const std::string_view* role = message.FindString("role");
    if (role == nullptr || role->empty()) {
      ++out->messages_lost;
      continue;
    }
    if (*role == kAssistant) {
      if (const char* reason = ReadAssistant(message, out)) return reason;
      continue;
    }
    if (!compat_ && !IsChatRole(*role)) return "unknown_role";
    const std::string_view content = ContentOf(message.Find("content"), out);
    if (*role == "tool") {
      const std::string_view* given = message.FindString("name");
      const std::string_view name = given == nullptr ? "" : StripPythonSpace(*given);
      out->Add(name.empty() ? "tool" : name, "commentary", content);
    } else {
      out->Add(*role, std::nullopt, content);
    }
  }
  return nullptr;
}

std::string_view ConversationReader::ContentOf(const JsonNode* content, Conversation* out) const {
  if (content == nullptr || content->IsNull()) return {};
  if (content->IsString()) return content->text;
  if (!compat_) return out->Keep(TextOfContent(*content));
  std::string text;
  AppendJson(*content, kSorted, &text);
  return out->Keep(std::move(text));
}

const char* ConversationReader::ReadAssistant(const JsonNode& message, Conversation* out) {
  const std::string_view* reasoning = message.FindString("reasoning_content");
  if (reasoning != nullptr && !IsBlank(*reasoning)) out->Add(kAssistant, "analysis", *reasoning);
  const JsonNode* calls = message.Find("tool_calls");
  const bool has_calls = calls != nullptr && calls->IsList() && !calls->items.empty();
  const JsonNode* given = message.Find("content");
  const bool readable = given != nullptr && (!compat_ || given->IsString());
  const std::string_view content = readable ? ContentOf(given, out) : std::string_view();
  const size_t content_at = out->messages.size();
  if (!IsBlank(content) && !(compat_ && has_calls)) {
    out->Add(kAssistant, "final", content);
  } else if (given != nullptr && !given->IsNull() && !(given->IsString() && IsBlank(content))) {
    ++out->contents_lost;
  }
  if (!has_calls) return nullptr;
  const size_t calls_at = out->messages.size();
  for (const JsonNode& call : calls->items) {
    if (const char* reason = ReadCall(call, out)) return reason;
  }
  // Said beside a call, it is a preamble and no answer.
  const bool preamble = content_at < calls_at && calls_at < out->messages.size();
  if (preamble) out->messages[content_at].channel = "commentary";
  return nullptr;
}

const char* ConversationReader::ReadCall(const JsonNode& call, Conversation* out) {
  const JsonNode* function = call.Find("function");
  const bool named = function != nullptr && function->IsObject();
  if (!named) {
    ++out->calls_lost;
    return nullptr;
  }
  const JsonNode* arguments = function->Find("arguments");
  const bool text = arguments != nullptr && arguments->IsString() && !IsBlank(arguments->text);
  if (compat_ && !text) {
    ++out->calls_lost;
    return nullptr;
  }
  const char* reason = nullptr;
  std::string_view name = NameText(function->Find("name"), out, &reason);
  if (reason != nullptr) return reason;
  const bool python = IsPythonTool(name);
  const std::string_view body = CallBody(arguments, python, out);
  if (body.empty()) {
    ++out->calls_lost;
    return nullptr;
  }
  ++out->calls;
  if (python) name = "python";
  out->Add(name.empty() ? kAssistant : out->Keep("assistant to=" + std::string(name)), "analysis",
           body, HarmonyEnd::kCall);
  return nullptr;
}

std::string_view ConversationReader::CallBody(const JsonNode* arguments, bool python,
                                              Conversation* out) {
  const JsonNode* value = arguments;
  if (arguments == nullptr || arguments->IsNull()) return "{}";
  if (arguments->IsString()) {
    if (IsBlank(arguments->text)) return "{}";
    value = arguments_.Parse(arguments->text);
    if (value == nullptr) return arguments->text;
    out->surrogates |= arguments_.surrogates();
  }
  // Of a call of Python the code alone; other members beside it would be lost.
  const std::string_view* code = value->FindString("code");
  const bool code_alone =
      code != nullptr && (compat_ || (python && value->fields.size() == 1 && !code->empty()));
  if (code_alone) return out->Keep(std::string(*code));
  std::string text;
  AppendJson(*value, kSorted, &text);
  return out->Keep(std::move(text));
}

}  // namespace hubmill
