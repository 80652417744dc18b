// hubmill llm: the parent of the subcommands that make candidate pools of conversations.
#include "cli/llm_command.h"

namespace hubmill {

void AddLlmCommand(CLI::App& app, CommandContext* context) {
  CLI::App* llm = app.add_subcommand("llm", "From distillation sets to pools of Harmony text");
  llm->footer("docs/recipes/llm.md tells the rest.");
  llm->require_subcommand(1);
  AddLlmRunCommand(*llm, context);
  AddLlmNormalizeCommand(*llm, context);
  AddLlmPoolsCommand(*llm, context);
  AddLlmInventoryCommand(*llm, context);
}

}  // namespace hubmill
