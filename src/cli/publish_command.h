// Options of publishing that `hubmill run --push` and `hubmill publish` share.
#pragma once

#include <string>
#include <vector>

#include "cli/hub_connection.h"
#include "cli/run_output.h"
#include "run/publish.h"

namespace hubmill {

/// As given; empty: what the recipe says.
struct PublishArguments : HubChoice {
  std::string repo;
  std::string tag;
  std::vector<std::string> replace_configs;
};

/// --repo, --tag, --replace-config and the choice of the Hub; returns the first three.
std::vector<CLI::Option*> AddPublishOptions(CLI::App* command, PublishArguments* arguments);

/// `output` that tells where to see what `report` says was published.
OutputArguments WithPlace(const HubChoice& choice, OutputArguments output, PublishReport* report);

/// `options` with what was given on the command line.
PublishOptions WithArguments(PublishOptions options, const PublishArguments& arguments);

}  // namespace hubmill
