// hubmill track sync FILE...
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/terminal.h"
#include "run/track.h"

namespace hubmill {
namespace {

constexpr char kFooter[] =
    "FILE: the events of a run that could not reach W&B, or was not to.  What the server has "
    "already\n"
    "is not sent again.  WANDB_API_KEY (and WANDB_BASE_URL) come from the environment or .env.\n"
    "Example:\n"
    "  hubmill track sync events/*.jsonl";

Result<WandbSettings> SettingsWithKey() {
  ARROW_ASSIGN_OR_RAISE(WandbSettings settings, FindWandbSettings());
  if (!settings.api_key.empty()) return settings;
  return WrongUsage("there is no key for W&B; remedy: set WANDB_API_KEY, or write it to .env");
}

/// Sends what can be sent; returns the exit status of the last failure.
int Sync(const std::vector<std::string>& files) {
  const Result<WandbSettings> settings = SettingsWithKey();
  if (!settings.ok()) return ReportFailure(settings.status());
  int exit_status = 0;
  for (const std::string& file : files) {
    const Result<int64_t> sent = SyncEvents(file, *settings);
    if (sent.ok()) {
      PrintFacts(Concat(file, ": ", *sent, " events sent\n"));
    } else {
      exit_status = ReportFailure(WithContext(sent.status(), "cannot sync " + file + ": "));
    }
  }
  return exit_status;
}

}  // namespace

void AddTrackCommand(CLI::App& app, CommandContext* context) {
  CLI::App* group = app.add_subcommand("track", "Events of runs, to Weights & Biases");
  group->require_subcommand(1);
  CLI::App* sync = group->add_subcommand("sync", "Send events that were recorded offline");
  sync->footer(kFooter);
  auto files = std::make_shared<std::vector<std::string>>();
  sync->add_option("FILE", *files, "Files of events")->required();
  sync->callback([files, context] { context->exit_status = Sync(*files); });
}

}  // namespace hubmill
