// hubmill signals: an export that cannot leak.
#include "cli/signals_command.h"

#include "cli/recipe_file.h"
#include "cli/terminal.h"
#include "run/hub_access.h"

namespace hubmill {

void AddSignalsCommand(CLI::App& app, CommandContext* context) {
  CLI::App* signals = app.add_subcommand(
      "signals", "Numbers of a business by a schema, exported without anybody's personal data");
  signals->footer("docs/recipes/signals.md tells the rest.");
  signals->require_subcommand(1);
  AddSignalsExportCommand(*signals, context);
  AddSignalsPushCommand(*signals, context);
  AddSignalsGuardCommand(*signals, context);
  AddSignalsSchemaCommands(*signals, context);
}

std::string SignalsSetting(const std::string& name, const std::string& otherwise) {
  const std::optional<std::string> value = EnvironmentOrDotenv(name);
  return value && !value->empty() ? *value : otherwise;
}

std::vector<CLI::Option*> AddSignalsPushOptions(CLI::App* command,
                                                SignalsPushArguments* arguments) {
  auto* repo = command->add_option("--repo", arguments->repo,
                                   "OWNER/NAME (HF_DATASET_REPO, else 2ndmynd/signals_v1_private)");
  auto* message = command->add_option("--commit-message", arguments->message,
                                      "Of the commit (Update signals_v1 dataset)");
  auto* is_private = command->add_flag(
      "--private", arguments->is_private,
      "Refuse a public repository, and make a private one, whatever HF_DATASET_PRIVATE says");
  auto* schema = command->add_flag("--new-schema", arguments->new_schema,
                                   "Other features than the published ones may follow them");
  AddHubChoice(command, arguments);
  return {repo, message, is_private, schema};
}

Result<std::string> WhyNoPush(const HubChoice& choice, bool asked) {
  const std::string enabled = SignalsSetting("HF_EXPORT_ENABLED", asked ? "false" : "true");
  if (enabled != "true") return "HF_EXPORT_ENABLED=false";
  if (choice.hub == "local") return "";  // The embedded Hub has a token of its own.
  ARROW_ASSIGN_OR_RAISE(const EnvironmentLookup settings, FindSettings());
  ARROW_ASSIGN_OR_RAISE(const std::string token, FindToken(settings));
  return token.empty() ? "HF_TOKEN not set" : "";
}

Result<PublishReport> PushBundle(const SignalsPushArguments& arguments, SignalsPushOptions options,
                                 Progress* progress) {
  options.repo = arguments.repo.empty()
                     ? SignalsSetting("HF_DATASET_REPO", "2ndmynd/signals_v1_private")
                     : arguments.repo;
  options.message = arguments.message;
  options.new_schema = arguments.new_schema;
  options.is_private =
      arguments.is_private || SignalsSetting("HF_DATASET_PRIVATE", "true") != "false";
  ARROW_ASSIGN_OR_RAISE(const HubConnection hub, OpenHub(arguments));
  return PushSignals(*hub, options, progress);
}

void PrintSignalsCounts(const SignalsCounts& counts) {
  std::string text = Concat("lines: ", WithCommas(counts.lines), "\n");
  const auto add = [&text](const char* what, int64_t rows) {
    if (rows > 0) text += Concat("  ", what, ": ", WithCommas(rows), "\n");
  };
  add("not JSON", counts.not_json);
  add("filtered", counts.filtered);
  add("refused", counts.refused);
  for (const auto& [rule, faults] : counts.rules) {
    text += Concat("    ", rule, ": ", WithCommas(faults), "\n");
  }
  add("of small cells", counts.small_cell);
  text += Concat("rows: ", WithCommas(counts.rows), "\n");
  PrintFacts(text);
}

}  // namespace hubmill
