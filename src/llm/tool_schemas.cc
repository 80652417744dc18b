#include "llm/tool_schemas.h"

#include <algorithm>

#include "base/utf8.h"

namespace hubmill {
namespace {

constexpr char kFunction[] = "function";
constexpr char kParameters[] = "parameters";

/// What holds the parameters: {"function": {...}}, or the inner object itself.
const JsonNode& FunctionOf(const JsonNode& tool) {
  const JsonNode* function = tool.Find(kFunction);
  return function != nullptr && function->IsObject() ? *function : tool;
}

bool HoldsText(const JsonNode& tool) {
  return tool.IsString() || FunctionOf(tool).FindString(kParameters) != nullptr;
}

bool IsSound(const JsonNode& tool) {
  const JsonNode* parameters = FunctionOf(tool).Find(kParameters);
  return tool.IsObject() &&
         (parameters == nullptr || parameters->IsNull() || parameters->IsObject());
}

template <typename Is>
bool AnyTool(const JsonNode& tools, const Is& is) {
  return std::any_of(tools.items.begin(), tools.items.end(), is) ||
         std::any_of(tools.fields.begin(), tools.fields.end(),
                     [&](const JsonField& field) { return is(field.value); });
}

}  // namespace

const JsonNode* ToolSchemas::Read(const JsonNode* field) {
  edit_.Clear();
  broken_ = false;
  const JsonNode* tools = field;
  if (field != nullptr && field->IsString()) {
    if (StripPythonSpace(field->text).empty()) return nullptr;
    tools = edit_.Parse(field->text);
    broken_ = tools == nullptr;
  }
  if (tools == nullptr || tools->IsNull()) return nullptr;
  if (!tools->IsList() && !tools->IsObject()) {
    broken_ = true;
    return nullptr;
  }
  if (AnyTool(*tools, HoldsText)) {
    std::vector<JsonNode> items;
    for (const JsonNode& tool : tools->items) items.push_back(ReadTool(tool));
    std::vector<JsonField> fields;
    for (const JsonField& tool : tools->fields) fields.push_back({tool.key, ReadTool(tool.value)});
    tools_ = tools->IsList() ? edit_.List(std::move(items)) : edit_.Object(std::move(fields));
    tools = &tools_;
  }
  broken_ = AnyTool(*tools, [](const JsonNode& tool) { return !IsSound(tool); });
  return tools;
}

JsonNode ToolSchemas::ReadTool(const JsonNode& given) {
  const JsonNode* said = given.IsString() ? edit_.Parse(given.text) : nullptr;
  const JsonNode& tool = said != nullptr ? *said : given;
  const JsonNode& function = FunctionOf(tool);
  const std::string_view* text = function.FindString(kParameters);
  const JsonNode* parameters = text == nullptr ? nullptr : edit_.Parse(*text);
  if (parameters == nullptr) return tool;
  const JsonNode read = edit_.With(function, kParameters, *parameters);
  return &function == &tool ? read : edit_.With(tool, kFunction, read);
}

}  // namespace hubmill
