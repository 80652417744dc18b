// hubmill feedback deploy: a Space that prepares the sets, made and brought up to date.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "cli/feedback_command.h"
#include "cli/hub_connection.h"
#include "cli/run_output.h"
#include "cli/terminal.h"
#include "run/feedback_deploy.h"
#include "run/hub_access.h"

namespace hubmill {
namespace {

constexpr char kFooter[] =
    "Makes both data sets and the Space (private), sets its secrets and variables from the\n"
    "environment or .env (HF_TOKEN, POSTGRES_URL, DEPARTMENT_DATASET, URGENCY_DATASET; optional:\n"
    "WANDB_API_KEY, WANDB_PROJECT_NAME, MIN_DATASET_LEN, DATASET_AUTHOR, DATASET_LICENSE,\n"
    "FEEDBACK_OPTIONS), uploads its files and restarts it.  Done again, it changes what has "
    "changed.\n"
    "Example:\n"
    "  hubmill feedback deploy --space my-org/prepare-dataset --dry-run\n"
    "docs/recipes/feedback-watch.md tells the rest.";

constexpr const char* kDatasets[] = {"DEPARTMENT_DATASET", "URGENCY_DATASET"};
constexpr const char* kOptionalVariables[] = {"WANDB_PROJECT_NAME", "MIN_DATASET_LEN",
                                              "DATASET_AUTHOR", "DATASET_LICENSE",
                                              "FEEDBACK_OPTIONS"};

struct DeployArguments : HubChoice {
  DeployOptions options;
  OutputArguments output;
};

/// The numbers of "hubmill-0.10.0-py3-none-any.whl" before the second dash: 0, 10, 0.
std::vector<int64_t> VersionOf(const std::string& wheel) {
  std::vector<int64_t> numbers;
  std::istringstream version(wheel.substr(wheel.find('-') + 1));
  for (int64_t number = 0; version >> number;) {
    numbers.push_back(number);
    if (version.get() != '.') break;
  }
  return numbers;
}

/// The newest wheel that `make package` left.
std::string FindWheel() {
  std::error_code error;
  std::string newest;
  for (const auto& entry : std::filesystem::directory_iterator("dist", error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("hubmill-") || !name.ends_with(".whl")) continue;
    newest = std::max(newest, name, [](const std::string& a, const std::string& b) {
      return std::pair(VersionOf(a), a) < std::pair(VersionOf(b), b);
    });
  }
  return newest.empty() ? "" : "dist/" + newest;
}

/// Fills in secrets, variables and data sets; everything that is missing is named at once.
Status FillFromSettings(DeployOptions* options) {
  ARROW_ASSIGN_OR_RAISE(const EnvironmentLookup settings, FindSettings());
  std::string missing;
  const auto need = [&](const char* name, const std::string& value) {
    if (value.empty()) missing += (missing.empty() ? "" : ", ") + std::string(name);
    return value;
  };
  const auto setting = [&settings](const char* name) { return settings(name).value_or(""); };
  ARROW_ASSIGN_OR_RAISE(const std::string token, FindToken(settings));
  options->secrets.emplace_back("HF_TOKEN", need("HF_TOKEN", token));
  for (const char* name : kDatasets) {
    options->datasets.push_back(need(name, setting(name)));
    options->variables.emplace_back(name, setting(name));
  }
  std::string url = setting("POSTGRES_URL");
  if (url.empty()) url = setting("DATABASE_URL");
  options->secrets.emplace_back("POSTGRES_URL", need("POSTGRES_URL or DATABASE_URL", url));
  const std::string key = setting("WANDB_API_KEY");
  if (!key.empty()) options->secrets.emplace_back("WANDB_API_KEY", key);
  for (const char* name : kOptionalVariables) {
    if (!setting(name).empty()) options->variables.emplace_back(name, setting(name));
  }
  if (missing.empty()) return Status::OK();
  return WrongUsage("settings are missing: ", missing,
                    "; remedy: set them in the environment or in .env");
}

Status Deploy(const DeployArguments& arguments) {
  DeployOptions options = arguments.options;
  if (options.wheel.empty()) options.wheel = FindWheel();
  ARROW_RETURN_NOT_OK(FillFromSettings(&options));
  ARROW_ASSIGN_OR_RAISE(const HubConnection hub, OpenHub(arguments));
  ARROW_ASSIGN_OR_RAISE(const std::vector<DeployStep> steps, DeploySpace(*hub, options));
  if (arguments.output.quiet) return Status::OK();
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const DeployStep& step : steps) {
    if (!arguments.output.json) PrintFacts(step.what + ": " + step.state + "\n");
    list.push_back({{"what", step.what}, {"state", step.state}});
  }
  if (arguments.output.json) PrintFacts(list.dump(2) + "\n");
  return Status::OK();
}

}  // namespace

void AddFeedbackDeployCommand(CLI::App& feedback, CommandContext* context) {
  auto arguments = std::make_shared<DeployArguments>();
  CLI::App* command = feedback.add_subcommand(
      "deploy", "A Docker Space that prepares the sets each time it is restarted");
  command->footer(kFooter);
  command->add_option("--space", arguments->options.space, "OWNER/NAME of the Space")->required();
  command->add_option("--wheel", arguments->options.wheel,
                      "The hubmill that it runs (the newest dist/hubmill-*.whl)");
  command->add_flag("--public", arguments->options.is_public, "What is made is public");
  command->add_flag("--dry-run", arguments->options.dry_run,
                    "Say what would be done; change nothing");
  AddHubChoice(command, arguments.get());
  command->add_flag("--json", arguments->output.json, "Facts as JSON");
  command->add_flag("--quiet", arguments->output.quiet, "No facts");
  command->callback([arguments, context] {
    const Status status = Deploy(*arguments);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace hubmill
