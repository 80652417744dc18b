// What stands in the official form's system and developer messages: sections joined by a blank
// line, tools as a TypeScript namespace.  As openai-harmony 0.0.8 writes them, oddities included;
// docs/formats/harmony.md lists the rules.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_value.h"

namespace hubmill {

/// Schemas nested deeper than this become `any`: each level indents by four blanks more.
inline constexpr int kSchemaDepthMax = 100;

struct HarmonyTool {
  std::string_view name;
  std::string_view description;           // Each line becomes a comment.
  const JsonValue* parameters = nullptr;  // A JSON Schema; null: the function takes nothing.
};

struct HarmonyNamespace {
  std::string_view name;  // "functions", "browser", "python"
  std::string_view description;
  std::vector<HarmonyTool> tools;  // In this order.  None: a tool that takes plain text (python).
};

/// A field without a value leaves out its line.
struct HarmonySystem {
  std::optional<std::string_view> identity =
      "You are ChatGPT, a large language model trained by OpenAI.";
  std::optional<std::string_view> knowledge_cutoff = "2024-06";
  std::optional<std::string_view> date;               // "2025-06-28"
  std::optional<std::string_view> effort = "medium";  // low, medium, high
  std::vector<HarmonyNamespace> tools;                // Built-in ones, by name: browser, python.
  std::vector<std::string_view> channels = {"analysis", "commentary", "final"};
  bool channel_required = true;
};

struct HarmonyDeveloper {
  std::optional<std::string_view> instructions;
  std::vector<HarmonyNamespace> tools;
};

/// `function_tools`: some developer message has tools in the namespace `functions`, which the
/// system message then says must be called on the channel `commentary`.
void AppendHarmonySystem(const HarmonySystem& system, bool function_tools, std::string* out);

void AppendHarmonyDeveloper(const HarmonyDeveloper& developer, std::string* out);

/// A JSON Schema as a TypeScript type.  Comments stand above a property, defaults behind it.
/// `indent` stands before each line but the first.
void AppendTypeScript(const JsonValue& schema, std::string_view indent, std::string* out);

}  // namespace hubmill
