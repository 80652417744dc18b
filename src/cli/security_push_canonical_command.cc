// hubmill security push-canonical: a built set to a private repository, after the validators.
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/publish_command.h"
#include "cli/recipe_file.h"
#include "cli/security_command.h"
#include "cli/terminal.h"
#include "run/security_push.h"

namespace hubmill {
namespace {

using Json = nlohmann::ordered_json;

struct PushArguments : HubChoice {
  std::string env;
  std::string answer = "class";
  bool compat = false;
  bool offline = false;
  std::string replaced;  // "default", or empty.
  CanonicalPushOptions options;
  OutputArguments output;
};

Status CheckUsage(const PushArguments& arguments) {
  std::string all;
  const auto refuse = [&all](bool wrong, const char* why) {
    if (wrong) all += (all.empty() ? "" : "\n") + std::string(why);
  };
  refuse(arguments.options.repo.empty() && !arguments.offline,
         "--repo is missing; remedy: --repo OWNER/NAME");
  refuse(arguments.offline && !arguments.options.dry_run,
         "--offline publishes nothing; remedy: add --dry-run");
  refuse(arguments.env == "e2" && arguments.answer == "string",
         "--answer is about e1; remedy: leave it out");
  return all.empty() ? Status::OK() : WrongUsage(all);
}

void PrintSet(const PushArguments& arguments, const CanonicalSet& set) {
  if (arguments.output.quiet) return;
  for (const std::string& problem : set.problems) PrintMessage(problem);
  for (const std::string& key : set.left_out) PrintMessage("note: left out: key=" + key);
  for (const std::string& file : set.missing) PrintMessage("note: not there: file=" + file);
  for (const EvalFileCheck& file : set.check.files) {
    for (const std::string& note : file.notes) PrintMessage("note: " + file.file + ": " + note);
  }
  if (arguments.output.json) return;
  const bool e1 = arguments.env == "e1";
  PrintFacts(Concat("set: ", arguments.env,
                    "\ncolumns: ", e1 ? "question, answer, meta" : "question, info, meta", "\n"));
  for (const auto& [split, rows] : set.splits) {
    PrintFacts(Concat("split ", split, ": ", WithCommas(rows), " rows\n"));
  }
}

Json ReportOf(const CanonicalSet& set) {
  Json splits = Json::object();
  for (const auto& [split, rows] : set.splits) splits[split] = rows;
  return {{"splits", splits}, {"left_out", set.left_out}, {"missing", set.missing}};
}

Result<Recipe> LoadSet(const PushArguments& arguments) {
  return LoadRecipeNamed(
      "security-" + arguments.env,
      {"data=" + arguments.options.data_dir, "suffix=" + arguments.options.suffix},
      RunOptions().seed);
}

Status Push(PushArguments& arguments) {
  ARROW_RETURN_NOT_OK(CheckUsage(arguments));
  CanonicalPushOptions& options = arguments.options;
  options.set = arguments.env == "e1" ? EvalSet::kE1 : EvalSet::kE2;
  options.rules = arguments.compat ? EvalRules::kOriginal : EvalRules::kStrict;
  options.answer_text = arguments.answer == "string";
  options.replace = !arguments.replaced.empty();
  if (options.data_dir.empty()) {
    options.data_dir = options.set == EvalSet::kE1 ? kE1DataDir : kE2DataDir;
  }
  CanonicalSet set;
  const Status checked = CheckCanonical(options, &set);
  PrintSet(arguments, set);
  ARROW_RETURN_NOT_OK(checked);
  if (arguments.offline) {
    if (arguments.output.json) PrintFacts(ReportOf(set).dump(2) + "\n");
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(const Recipe recipe, LoadSet(arguments));
  CanonicalPush done;
  {
    ARROW_ASSIGN_OR_RAISE(const HubConnection hub, OpenHub(arguments));
    Progress progress;
    InterruptScope interrupt(&progress);
    ProgressBar bar(&progress, arguments.output.BarWanted());
    ARROW_ASSIGN_OR_RAISE(done, PushCanonical(*hub, recipe, options, set, &progress));
  }
  const OutputArguments output = WithPlace(arguments, arguments.output, &done.publish);
  if (output.json) {
    Json report = ReportOf(set);
    report["gated"] = done.gated;
    if (options.dry_run) {
      report["gated_would_be"] = options.gated.empty() ? done.gated : options.gated;
      report["would_recreate"] = !done.deleted.empty();
    }
    report["recreated"] = done.recreated;
    report["deleted_with_repository"] = done.deleted;
    report["publish"] = Json::parse(done.publish.ToJson());
    PrintFacts(report.dump(2) + "\n");
    return Status::OK();
  }
  PrintPublish(done.publish, output);
  if (output.quiet) return Status::OK();
  PrintFacts(Concat("  gated: ", done.gated.empty() ? "no" : done.gated,
                    options.dry_run && !options.gated.empty() ? ", would be " + options.gated : "",
                    "\n"));
  if (options.dry_run && !options.recreate.empty() && done.deleted.empty()) {
    PrintFacts("  there is no repository yet that --recreate would delete\n");
  } else if (options.dry_run && !options.recreate.empty()) {
    PrintFacts("  the repository would be deleted first, with its history and these files:\n");
    for (const std::string& file : done.deleted) PrintFacts("    " + file + "\n");
  }
  return Status::OK();
}

void AddSetOptions(CLI::App* command, PushArguments* arguments) {
  CanonicalPushOptions& options = arguments->options;
  command->add_option("--env", arguments->env, "e1 or e2")
      ->required()
      ->check(CLI::IsMember({"e1", "e2"}));
  command->add_option("--repo", options.repo, "OWNER/NAME of a private repository");
  command->add_option("--data-dir", options.data_dir, "Folder of the built set (the set's own)");
  command->add_option("--suffix", options.suffix, "Of the files: v1, or test for the fixtures")
      ->check(CLI::IsMember({"v1", "test"}));
  command->add_option("--answer", arguments->answer, "e1: class (a ClassLabel) or string")
      ->check(CLI::IsMember({"class", "string"}));
  command->add_flag("--compat", arguments->compat, "Hold rows to the original's rules only");
  command->add_flag("--allow-missing", options.allow_missing,
                    "Publish without files that are not there");
  command->add_flag("--allow-extra-keys", options.allow_extra_keys,
                    "Leave out keys that the set does not have");
}

}  // namespace

void AddSecurityPushCanonicalCommand(CLI::App& security, CommandContext* context) {
  auto arguments = std::make_shared<PushArguments>();
  CLI::App* command = security.add_subcommand(
      "push-canonical", "A built set to a private repository, in one commit, after the validators");
  command->footer(
      "Example:\n"
      "  hubmill security push-canonical --env e1 --repo alice/security-verifiers-e1 --dry-run");
  AddSetOptions(command, arguments.get());
  command
      ->add_option("--gated", arguments->options.gated,
                   "auto or manual: readers must ask, and the card says what (as it is)")
      ->check(CLI::IsMember({"auto", "manual"}));
  command->add_option("--recreate", arguments->options.recreate,
                      "OWNER/NAME once more: delete the repository with its history first");
  command
      ->add_option("--replace-config", arguments->replaced,
                   "default: nothing of the published rows stays, whatever splits and types it has")
      ->check(CLI::IsMember({"default"}));
  command->add_flag("--dry-run", arguments->options.dry_run, "Say what would change");
  command->add_flag("--offline", arguments->offline, "With --dry-run: do not ask the Hub");
  AddHubChoice(command, arguments.get());
  AddOutputOptions(*command, &arguments->output);
  command->callback([arguments, context] {
    const Status status = Push(*arguments);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace hubmill
