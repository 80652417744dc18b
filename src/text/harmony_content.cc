#include "text/harmony_content.h"

namespace hubmill {
namespace {

/// Starts one more section.
void BeginSection(size_t begin, std::string* out) {
  if (out->size() > begin) out->append("\n\n");
}

/// Calls `append` with each line, as Rust's str::lines() cuts: an LF at the end starts no line, and
/// a CR before an LF goes.
template <typename Append>
void ForEachLine(std::string_view text, Append append) {
  while (!text.empty()) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (end != std::string_view::npos && line.ends_with('\r')) line.remove_suffix(1);
    append(line);
  }
}

void AppendTool(const HarmonyTool& tool, std::string* out) {
  ForEachLine(tool.description,
              [&](std::string_view line) { out->append("// ").append(line).append("\n"); });
  out->append("type ").append(tool.name).append(" = (");
  if (tool.parameters != nullptr) {
    out->append("_: ");
    AppendTypeScript(*tool.parameters, "", out);
  }
  out->append(") => any;\n\n");
}

void AppendNamespace(const HarmonyNamespace& space, std::string* out) {
  out->append("## ").append(space.name).append("\n");
  ForEachLine(space.description, [&](std::string_view line) {
    out->append(space.tools.empty() ? "\n" : "\n// ").append(line);
  });
  if (space.tools.empty()) return;
  out->append("\nnamespace ").append(space.name).append(" {\n\n");
  for (const HarmonyTool& tool : space.tools) AppendTool(tool, out);
  out->append("} // namespace ").append(space.name);
}

void AppendTools(const std::vector<HarmonyNamespace>& spaces, size_t begin, std::string* out) {
  if (spaces.empty()) return;
  BeginSection(begin, out);
  out->append("# Tools");
  for (const HarmonyNamespace& space : spaces) {
    out->append("\n\n");
    AppendNamespace(space, out);
  }
}

}  // namespace

void AppendHarmonySystem(const HarmonySystem& system, bool function_tools, std::string* out) {
  const size_t begin = out->size();
  const auto append_line = [&](std::string_view label, std::optional<std::string_view> value) {
    if (!value) return;
    if (out->size() > begin) out->append("\n");
    out->append(label).append(*value);
  };
  append_line("", system.identity);
  append_line("Knowledge cutoff: ", system.knowledge_cutoff);
  append_line("Current date: ", system.date);
  if (system.effort) {
    BeginSection(begin, out);
    out->append("Reasoning: ").append(*system.effort);
  }
  AppendTools(system.tools, begin, out);
  if (system.channels.empty()) return;
  BeginSection(begin, out);
  out->append("# Valid channels: ");
  for (size_t i = 0; i < system.channels.size(); ++i) {
    out->append(i == 0 ? "" : ", ").append(system.channels[i]);
  }
  out->append(".");
  if (system.channel_required) out->append(" Channel must be included for every message.");
  if (function_tools) {
    out->append("\nCalls to these tools must go to the commentary channel: 'functions'.");
  }
}

void AppendHarmonyDeveloper(const HarmonyDeveloper& developer, std::string* out) {
  const size_t begin = out->size();
  if (developer.instructions) {
    out->append("# Instructions\n\n").append(*developer.instructions);
  }
  AppendTools(developer.tools, begin, out);
}

}  // namespace hubmill
