// What `security build-iot23` and `security build-ood` share.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/hub_connection.h"
#include "cli/run_output.h"
#include "run/security_flows.h"

namespace hubmill {

struct FlowBuildArguments : HubChoice {
  SecurityFlowsOptions options;
  std::string mode = "full";
  std::string rows;  // As given; empty: the environment, then the default.
  std::string unknown_labels = "refuse";
  std::vector<std::string> inputs;  // PATH, or SOURCE=PATH.
  OutputArguments output;
};

/// Adds every option but those that name sources and rows.
void AddFlowBuildOptions(CLI::App* command, FlowBuildArguments* arguments);

/// `--mode test` forces `test_rows`; else the option, else the environment variable `variable`,
/// else `full_rows`.  kWrongUsage names option or variable.
Status ReadFlowRows(const char* option, const char* variable, int64_t full_rows, int64_t test_rows,
                    FlowBuildArguments* arguments);

/// hub://ID?split=train, or ID itself where it is an address already.
std::string HubAddressOf(const std::string& hf_id);

/// Runs the build and prints its facts.  REQUIRES: options.inputs and rows are set.
Status BuildFlows(FlowBuildArguments* arguments);

}  // namespace hubmill
