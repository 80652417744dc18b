// hubmill track sync FILE...
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/terminal.h"
#include "run/wandb_access.h"
#include "tracking/tracker.h"

namespace hubmill {
namespace {

constexpr char kFooter[] =
    "FILE: the events of a run that could not reach W&B, or was not to.  What the server has already\n"
    "is not sent again.  WANDB_API_KEY (and WANDB_BASE_URL) come from the environment or .env.\n"
    "Example:\n"
    "  hubmill track sync out/events/k3j9x0qa.jsonl";

Status Sync(const std::vector<std::string>& files) {
  ARROW_ASSIGN_OR_RAISE(const WandbSettings settings, FindWandbSettings());
  if (settings.api_key.empty()) {
    return WrongUsage("there is no key for W&B; remedy: set WANDB_API_KEY, or write it to .env");
  }
  for (const std::string& file : files) {
    const auto sent = SyncEvents(file, settings);
    if (!sent.ok()) return WithContext(sent.status(), file + ": ");
    PrintFacts(Concat(file, ": ", *sent, " events sent\n"));
  }
  return Status::OK();
}

}  // namespace

void AddTrackCommand(CLI::App& app, CommandContext* context) {
  CLI::App* group = app.add_subcommand("track", "Events of runs, to Weights & Biases");
  group->require_subcommand(1);
  CLI::App* sync = group->add_subcommand("sync", "Send events that were recorded offline");
  sync->footer(kFooter);
  auto files = std::make_shared<std::vector<std::string>>();
  sync->add_option("FILE", *files, "Files of events")->required();
  sync->callback([files, context] {
    const Status status = Sync(*files);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace hubmill
