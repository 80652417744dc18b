// hubmill hub create, visibility, tag, pause, restart, whoami
#include <memory>

#include "cli/hub_command.h"
#include "cli/terminal.h"

namespace hubmill {
namespace {

struct CreateArguments : HubArguments {
  bool is_private = false;
  bool is_public = false;
  bool exists_ok = false;
  std::string space_sdk = "docker";
};

struct TagArguments : HubArguments {
  std::string tag;
  std::string message;
  bool list = false;
  bool remove = false;
};

struct VisibilityArguments : HubArguments {
  std::string wanted;
};

struct RestartArguments : HubArguments {
  bool factory = false;
};

std::string VisibilityOf(bool is_private) { return is_private ? "private" : "public"; }

Status Create(const CreateArguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const auto client, OpenHub(arguments));
  ARROW_ASSIGN_OR_RAISE(const RepoId repo, RepoOf(arguments, *client));
  ARROW_ASSIGN_OR_RAISE(const bool made,
                        client->CreateRepo(repo, {.is_private = !arguments.is_public,
                                                  .exists_ok = arguments.exists_ok,
                                                  .space_sdk = arguments.space_sdk}));
  ARROW_ASSIGN_OR_RAISE(const RepoInfo info, client->Info(repo));
  PrintHubFacts(arguments.output, {{"repo", info.id.full()},
                                   {"created", made},
                                   {"visibility", VisibilityOf(info.is_private)},
                                   PlaceFact(arguments, client->endpoint(), info.id.WebPath())});
  return Status::OK();
}

Status Visibility(const VisibilityArguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const auto client, OpenHub(arguments));
  ARROW_ASSIGN_OR_RAISE(const RepoId repo, RepoOf(arguments, *client));
  if (!arguments.wanted.empty()) {
    ARROW_RETURN_NOT_OK(client->SetPrivate(repo, arguments.wanted == "private"));
  }
  ARROW_ASSIGN_OR_RAISE(const RepoInfo info, client->Info(repo));
  PrintHubFacts(arguments.output,
                {{"repo", info.id.full()}, {"visibility", VisibilityOf(info.is_private)}});
  return Status::OK();
}

Status ListRefs(const TagArguments& arguments, HubClient& client, const RepoId& repo) {
  ARROW_ASSIGN_OR_RAISE(const RepoRefs refs, client.ListRefs(repo));
  HubFacts facts;
  for (const HubRef& ref : refs.branches) facts.emplace_back("refs/heads/" + ref.name, ref.commit);
  for (const HubRef& ref : refs.tags) facts.emplace_back("refs/tags/" + ref.name, ref.commit);
  PrintHubFacts(arguments.output, facts);
  return Status::OK();
}

Status Tag(const TagArguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const auto client, OpenHub(arguments));
  ARROW_ASSIGN_OR_RAISE(const RepoId repo, RepoOf(arguments, *client));
  if (arguments.list || arguments.tag.empty()) return ListRefs(arguments, *client, repo);
  if (arguments.remove) {
    ARROW_RETURN_NOT_OK(client->DeleteTag(repo, arguments.tag));
    PrintHubFacts(arguments.output, {{"repo", repo.full()}, {"deleted_tag", arguments.tag}});
    return Status::OK();
  }
  ARROW_RETURN_NOT_OK(
      client->CreateTag(repo, arguments.tag, arguments.revision, arguments.message));
  ARROW_ASSIGN_OR_RAISE(const RepoInfo info, client->Info(repo, "refs/tags/" + arguments.tag));
  PrintHubFacts(arguments.output,
                {{"repo", repo.full()}, {"tag", arguments.tag}, {"commit", info.commit}});
  return Status::OK();
}

Status ShowSpace(const HubArguments& arguments, const RepoId& repo, const SpaceRuntime& runtime) {
  PrintHubFacts(arguments.output, {{"repo", repo.full()},
                                   {"stage", runtime.stage},
                                   {"hardware", runtime.hardware_current},
                                   {"hardware_requested", runtime.hardware_requested}});
  return Status::OK();
}

Status Pause(const HubArguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const auto client, OpenHub(arguments));
  ARROW_ASSIGN_OR_RAISE(const RepoId repo, RepoOf(arguments, *client));
  ARROW_ASSIGN_OR_RAISE(const SpaceRuntime runtime, client->PauseSpace(repo));
  return ShowSpace(arguments, repo, runtime);
}

Status Restart(const RestartArguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const auto client, OpenHub(arguments));
  ARROW_ASSIGN_OR_RAISE(const RepoId repo, RepoOf(arguments, *client));
  ARROW_ASSIGN_OR_RAISE(const SpaceRuntime runtime, client->RestartSpace(repo, arguments.factory));
  return ShowSpace(arguments, repo, runtime);
}

Status WhoAmI(const HubArguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const auto client, OpenHub(arguments));
  ARROW_ASSIGN_OR_RAISE(const HubUser user, client->WhoAmI());
  std::string orgs;
  for (const HubOrg& org : user.orgs) orgs += (orgs.empty() ? "" : ",") + org.name;
  PrintHubFacts(arguments.output,
                {{"user", user.name},
                 {"role", user.token_role},
                 {"orgs", orgs},
                 {"endpoint", LocalPlace(arguments, "/").empty() ? client->endpoint() : "local"}});
  return Status::OK();
}

void AddWhoAmI(CLI::App& hub, CommandContext* context) {
  auto arguments = std::make_shared<HubArguments>();
  CLI::App* command = hub.add_subcommand("whoami", "Whose token this is");
  AddHubChoice(command, arguments.get());
  command->add_flag("--json", arguments->output.json, "Facts as one JSON object");
  command->callback([arguments, context] {
    const Status status = WhoAmI(*arguments);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace

void AddHubPauseCommands(CLI::App& hub, CommandContext* context) {
  auto pause = std::make_shared<HubArguments>();
  pause->type = "space";
  AddHubSubcommand(hub, context, "pause", "Pause a Space", pause.get(), [pause] {
    return Pause(*pause);
  })->footer("Example:\n  hubmill hub pause alice/demo");
  auto restart = std::make_shared<RestartArguments>();
  restart->type = "space";
  CLI::App* command = AddHubSubcommand(hub, context, "restart", "Restart a Space", restart.get(),
                                       [restart] { return Restart(*restart); });
  command->add_flag("--factory,--factory-reboot", restart->factory, "Build it anew");
  command->footer("Example:\n  hubmill hub restart alice/demo");
}

void AddHubCreateCommand(CLI::App& hub, CommandContext* context, const std::string& type) {
  auto create = std::make_shared<CreateArguments>();
  create->type = type;
  CLI::App* command = AddHubSubcommand(hub, context, "create", "Create a repository", create.get(),
                                       [create] { return Create(*create); });
  auto* is_private = command->add_flag("--private", create->is_private, "Private (as by default)");
  command->add_flag("--public", create->is_public, "Public")->excludes(is_private);
  command->add_flag("--exist-ok", create->exists_ok, "No error where it is there already");
  command->add_option("--space-sdk,--sdk", create->space_sdk, "Of a Space (docker)")
      ->check(CLI::IsMember({"docker", "gradio", "static", "streamlit"}));
  command->footer(type == "space" ? "REPO is a Space: OWNER/NAME, or NAME for one of your own.\n"
                                    "Example:\n  hubmill hub space create alice/demo --sdk docker"
                                  : "Example:\n  hubmill hub create alice/chat --private");
}

void AddHubRepoCommands(CLI::App& hub, CommandContext* context) {
  AddWhoAmI(hub, context);
  AddHubCreateCommand(hub, context, "dataset");

  auto visibility = std::make_shared<VisibilityArguments>();
  CLI::App* command =
      AddHubSubcommand(hub, context, "visibility", "Show or set who sees a repository",
                       visibility.get(), [visibility] { return Visibility(*visibility); });
  command->add_option("VISIBILITY", visibility->wanted, "private or public; none: only show")
      ->check(CLI::IsMember({"private", "public"}));
  command->footer("Example:\n  hubmill hub visibility alice/chat public");

  auto tag = std::make_shared<TagArguments>();
  command = AddHubSubcommand(hub, context, "tag", "Set, list or delete tags", tag.get(),
                             [tag] { return Tag(*tag); });
  auto* name = command->add_option("TAG", tag->tag, "A new tag; none: list");
  AddRevisionOption(command, tag.get());
  command->add_option("--message,-m", tag->message, "What the tag stands for");
  command->add_flag("--list,-l", tag->list, "List branches and tags");
  command->add_flag("--delete,-d", tag->remove, "Delete the tag")->needs(name);
  command->footer("Example:\n  hubmill hub tag alice/chat v1.0");
  AddHubPauseCommands(hub, context);
}

}  // namespace hubmill
