// hubmill hub cache
#include <memory>

#include "cli/hub_command.h"
#include "cli/terminal.h"
#include "hub/hub_cache.h"
#include "run/hub_access.h"

namespace hubmill {
namespace {

struct CacheArguments {
  bool clear = false;
  OutputArguments output;
};

Status ShowCache(const CacheArguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const EnvironmentLookup settings, FindSettings());
  ARROW_ASSIGN_OR_RAISE(const HubCacheOptions options, FindHubCache(settings));
  HubCache cache(options);
  if (arguments.clear) cache.Remove("");
  const HubCacheUse use = cache.Measure();
  PrintHubFacts(arguments.output, {{"folder", options.folder},
                                   {"entries", use.entries},
                                   {"bytes", use.bytes},
                                   {"bytes_max", options.bytes_max}});
  return Status::OK();
}

}  // namespace

void AddHubCacheCommand(CLI::App& hub, CommandContext* context) {
  auto arguments = std::make_shared<CacheArguments>();
  CLI::App* command = hub.add_subcommand("cache", "What was read from Hubs and is kept");
  command->add_flag("--clear", arguments->clear, "Delete all of it");
  command->add_flag("--json", arguments->output.json, "Facts as one JSON object");
  command->add_flag("--quiet,-q", arguments->output.quiet, "No facts, only errors");
  command->footer(
      "It lies in HUBMILL_CACHE, else ~/.cache/hubmill/hub, and holds HUBMILL_CACHE_GB (50) at\n"
      "most: what was not used for longest goes first; 0 keeps nothing.\n"
      "Example:\n  hubmill hub cache --clear");
  command->callback([arguments, context] {
    const Status status = ShowCache(*arguments);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace hubmill
