// hubmill hub space create, status, pause, restart, secrets, variables: names and order of the
// official `hf spaces`, which is another name for it here.
//
// A secret comes from the environment, .env, or a file or standard input, never from the command
// line, where any user of the machine could read it; and it is never printed.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>

#include "cli/hub_command.h"
#include "hub/endpoint.h"
#include "net/redact.h"
#include "run/dotenv.h"

namespace hubmill {
namespace {

struct ValueArguments : HubArguments {
  SpaceValueKind kind = SpaceValueKind::kVariable;
  std::vector<std::string> given;  // NAME, or NAME=VALUE for variables.
  std::string file;                // "-": standard input.
  std::string key;
};

const char* WordOf(SpaceValueKind kind) {
  return kind == SpaceValueKind::kSecret ? "secret" : "variable";
}

Status Show(const HubArguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const auto client, OpenHub(arguments));
  ARROW_ASSIGN_OR_RAISE(const RepoId repo, RepoOf(arguments, *client));
  ARROW_ASSIGN_OR_RAISE(const SpaceRuntime runtime, client->Space(repo));
  PrintHubFacts(arguments.output, {{"repo", repo.full()},
                                   {"stage", runtime.stage},
                                   {"hardware", runtime.hardware_current},
                                   {"hardware_requested", runtime.hardware_requested}});
  return Status::OK();
}

Result<DotenvPairs> ReadPairs(const std::string& file) {
  if (file == "-") {
    std::string text;
    char buffer[4096];
    while (std::cin.read(buffer, sizeof buffer), std::cin.gcount() > 0) {
      text.append(buffer, static_cast<size_t>(std::cin.gcount()));
      if (text.size() > kDotenvBytesMax) return WrongUsage("standard input is too large");
    }
    return ParseDotenv(text, "standard input");
  }
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return WrongUsage("cannot read a file of values: file=", file);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (text.size() > kDotenvBytesMax)
    return WrongUsage("a file of values is too large: file=", file);
  return ParseDotenv(text, file);
}

// A program could not read a variable of another name.
Status CheckName(const std::string& name) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
  constexpr std::string_view kDigits = "0123456789";
  const bool right = !name.empty() && kLetters.find(name[0]) != kLetters.npos &&
                     std::all_of(name.begin(), name.end(), [&](char c) {
                       return kLetters.find(c) != kLetters.npos || kDigits.find(c) != kDigits.npos;
                     });
  if (right) return Status::OK();
  return WrongUsage("not the name of an environment variable: name=", OneLine(name, 80),
                    "; remedy: letters, digits and _, no digit first");
}

// What was named, from the command line where that may be, else from the environment or .env.
Result<DotenvPairs> ValuesOf(const ValueArguments& arguments) {
  DotenvPairs values;
  if (!arguments.file.empty()) {
    ARROW_ASSIGN_OR_RAISE(values, ReadPairs(arguments.file));
  }
  std::error_code error;
  ARROW_ASSIGN_OR_RAISE(const DotenvPairs dotenv,
                        FindDotenv(std::filesystem::current_path(error).string()));
  const EnvironmentLookup environment = ProcessEnvironment();
  for (const std::string& text : arguments.given) {
    const size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    if (equals != std::string::npos && arguments.kind == SpaceValueKind::kSecret) {
      return WrongUsage("a secret on the command line can be read by others: name=", name,
                        "; remedy: put it into the environment and give its name alone, or use "
                        "--secrets-file -");
    }
    ARROW_RETURN_NOT_OK(CheckName(name));
    std::optional<std::string> value;
    if (equals != std::string::npos) value = text.substr(equals + 1);
    if (!value) value = environment(name);
    for (const auto& [key, kept] : dotenv) {
      if (!value && key == name) value = kept;
    }
    if (!value) {
      return WrongUsage("the environment has no such variable: name=", name,
                        "; remedy: set it, or write it into .env");
    }
    values.emplace_back(name, *value);
  }
  if (values.empty()) return WrongUsage("nothing to add; remedy: name a ", WordOf(arguments.kind));
  return values;
}

Status AddValues(const ValueArguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const DotenvPairs values, ValuesOf(arguments));
  ARROW_ASSIGN_OR_RAISE(const auto client, OpenHub(arguments));
  ARROW_ASSIGN_OR_RAISE(const RepoId repo, RepoOf(arguments, *client));
  HubFacts facts = {{"repo", repo.full()}};
  for (const auto& [key, value] : values) {
    ARROW_RETURN_NOT_OK(client->SetSpaceValue(repo, arguments.kind, {key, value, ""}));
    facts.emplace_back(key, "set");
  }
  PrintHubFacts(arguments.output, facts);
  return Status::OK();
}

Status DeleteValue(const ValueArguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const auto client, OpenHub(arguments));
  ARROW_ASSIGN_OR_RAISE(const RepoId repo, RepoOf(arguments, *client));
  ARROW_ASSIGN_OR_RAISE(const auto values, client->ListSpaceValues(repo, arguments.kind));
  if (std::none_of(values.begin(), values.end(),
                   [&](const SpaceValue& value) { return value.key == arguments.key; })) {
    return Failure(FailureKind::kService,
                   Concat("the Space has no such ", WordOf(arguments.kind), ": repo=", repo.full(),
                          " name=", arguments.key, "; remedy: `hubmill hub space ",
                          WordOf(arguments.kind), "s ls` lists them"));
  }
  ARROW_RETURN_NOT_OK(client->DeleteSpaceValue(repo, arguments.kind, arguments.key));
  PrintHubFacts(arguments.output, {{"repo", repo.full()}, {arguments.key, "deleted"}});
  return Status::OK();
}

Status ListValues(const ValueArguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const auto client, OpenHub(arguments));
  ARROW_ASSIGN_OR_RAISE(const RepoId repo, RepoOf(arguments, *client));
  ARROW_ASSIGN_OR_RAISE(const auto values, client->ListSpaceValues(repo, arguments.kind));
  HubFacts facts;
  for (const SpaceValue& value : values) {
    const bool secret = arguments.kind == SpaceValueKind::kSecret;
    facts.emplace_back(value.key, secret ? "***" : value.value);
  }
  PrintHubFacts(arguments.output, facts);
  return Status::OK();
}

void AddValueCommands(CLI::App& space, CommandContext* context, SpaceValueKind kind) {
  const bool secret = kind == SpaceValueKind::kSecret;
  CLI::App* group = space.add_subcommand(
      secret ? "secrets" : "variables",
      secret ? "Secrets of a Space: written, never read back" : "Environment of a Space");
  group->require_subcommand(1);
  const auto arguments = [kind] {
    auto made = std::make_shared<ValueArguments>();
    made->type = "space";
    made->kind = kind;
    return made;
  };
  auto add = arguments();
  CLI::App* command = AddHubSubcommand(*group, context, "add", "Add or replace", add.get(),
                                       [add] { return AddValues(*add); });
  command
      ->add_option(secret ? "--secrets,-s" : "--env,-e", add->given,
                   secret ? "NAME; the value comes from the environment or .env"
                          : "NAME=VALUE, or NAME: then from the environment or .env")
      ->allow_extra_args(false);
  command->add_option(secret ? "--secrets-file" : "--env-file", add->file,
                      "Lines of NAME=VALUE; - reads standard input");
  command->footer(secret ? "Example:\n  hubmill hub space secrets add alice/demo -s HF_TOKEN"
                         : "Example:\n  hubmill hub space variables add alice/demo -e DEBUG=1");
  auto remove = arguments();
  command = AddHubSubcommand(*group, context, "delete", "Delete one", remove.get(),
                             [remove] { return DeleteValue(*remove); });
  command->add_option("KEY", remove->key, "Its name")->required();
  command->footer(
      Concat("Example:\n  hubmill hub space ", WordOf(kind), "s delete alice/demo KEY"));
  auto list = arguments();
  command = AddHubSubcommand(*group, context, "list", "List", list.get(),
                             [list] { return ListValues(*list); });
  command->alias("ls");
  command->footer(Concat("Example:\n  hubmill hub space ", WordOf(kind), "s ls alice/demo"));
}

}  // namespace

void AddHubSpaceCommands(CLI::App& hub, CommandContext* context) {
  CLI::App* space = hub.add_subcommand("space", "Spaces: create, pause, restart, status, values");
  space->alias("spaces");
  space->footer(
      "REPO is a Space: OWNER/NAME, or NAME for one of your own.\n"
      "Examples:\n"
      "  hubmill hub space create alice/demo --sdk docker\n"
      "  hubmill hub space status alice/demo");
  space->require_subcommand(1);
  AddHubCreateCommand(*space, context, "space");
  AddHubPauseCommands(*space, context);
  auto show = std::make_shared<HubArguments>();
  show->type = "space";
  AddHubSubcommand(*space, context, "status", "What a Space does now", show.get(), [show] {
    return Show(*show);
  })->footer("Example:\n  hubmill hub space status alice/demo");
  AddValueCommands(*space, context, SpaceValueKind::kSecret);
  AddValueCommands(*space, context, SpaceValueKind::kVariable);
}

}  // namespace hubmill
