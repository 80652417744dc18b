#include "llm/tool_check.h"

#include "base/utf8.h"
#include "llm/conversation.h"

namespace hubmill {
namespace {

/// {"type": "function", "function": {"name": ...}}, or the inner object itself.
const JsonNode& FunctionOf(const JsonNode& tool) {
  const JsonNode* function = tool.Find("function");
  return function != nullptr && function->IsObject() ? *function : tool;
}

bool SameTool(std::string_view a, std::string_view b) {
  return a == b || (IsPythonTool(a) && IsPythonTool(b));
}

/// The schema of that tool; null where there is none.
const JsonNode* FindTool(const JsonNode& tools, std::string_view name) {
  for (const JsonNode& tool : tools.items) {
    const std::string_view* known = FunctionOf(tool).FindString("name");
    if (known != nullptr && SameTool(*known, name)) return &FunctionOf(tool);
  }
  for (const JsonField& tool : tools.fields) {
    if (SameTool(tool.key, name)) return &FunctionOf(tool.value);
  }
  return nullptr;
}

bool HasRequired(const JsonNode& tool, const JsonNode& arguments) {
  const JsonNode* parameters = tool.Find("parameters");
  const JsonNode* required = parameters == nullptr ? nullptr : parameters->Find("required");
  if (required == nullptr) return true;
  for (const JsonNode& name : required->items) {
    if (name.IsString() && arguments.Find(name.text) == nullptr) return false;
  }
  return true;
}

}  // namespace

const char* ToolCheck::FirstFault(const JsonNode& messages, const JsonNode* tools) {
  call_ids_.clear();
  calls_ = outputs_ = 0;
  for (const JsonNode& message : messages.items) {
    const std::string_view* role = message.FindString("role");
    if (role == nullptr) continue;
    if (*role == "tool") {
      if (const char* fault = CheckOutput(message)) return fault;
    }
    const JsonNode* calls = *role == "assistant" ? message.Find("tool_calls") : nullptr;
    if (calls == nullptr) continue;
    for (const JsonNode& call : calls->items) {
      if (const char* fault = CheckCall(call, tools)) return fault;
    }
  }
  return nullptr;
}

const char* ToolCheck::CheckCall(const JsonNode& call, const JsonNode* tools) {
  ++calls_;
  if (const std::string_view* id = call.FindString("id")) call_ids_.insert(*id);
  const JsonNode* function = call.Find("function");
  const std::string_view* name = function == nullptr ? nullptr : function->FindString("name");
  if (name == nullptr || name->empty()) return "call_without_name";
  const JsonNode* arguments = function->Find("arguments");
  static const JsonNode kNone = {.kind = JsonValue::Kind::kObject};
  if (arguments == nullptr || arguments->IsNull()) arguments = &kNone;
  if (arguments->IsString()) {
    const bool blank = StripPythonSpace(arguments->text).empty();
    const JsonNode* read = blank ? &kNone : arguments_.Parse(arguments->text);
    // Bare code is what Python takes.
    if (read == nullptr && !IsPythonTool(*name)) return "arguments_not_json";
    if (read == nullptr) return nullptr;
    arguments = read;
  }
  if (tools == nullptr || (tools->items.empty() && tools->fields.empty())) return nullptr;
  const JsonNode* tool = FindTool(*tools, *name);
  if (tool == nullptr) return "unknown_tool";
  return HasRequired(*tool, *arguments) ? nullptr : "missing_parameter";
}

const char* ToolCheck::CheckOutput(const JsonNode& message) {
  ++outputs_;
  const std::string_view* id = message.FindString("tool_call_id");
  const bool unpaired =
      id != nullptr && !call_ids_.empty() ? call_ids_.count(*id) == 0 : outputs_ > calls_;
  return unpaired ? "output_without_call" : nullptr;
}

}  // namespace hubmill
