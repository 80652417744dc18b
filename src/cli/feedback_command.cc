// hubmill feedback: training sets from what people corrected.
#include "cli/feedback_command.h"

namespace hubmill {

void AddFeedbackCommand(CLI::App& app, CommandContext* context) {
  CLI::App* feedback =
      app.add_subcommand("feedback", "Training sets from what people corrected, in PostgreSQL");
  feedback->footer("docs/recipes/feedback.md tells the rest.");
  feedback->require_subcommand(1);
  AddFeedbackRunCommand(*feedback, context);
  AddFeedbackWatchCommands(*feedback, context);
  AddFeedbackDeployCommand(*feedback, context);
}

}  // namespace hubmill
