// hubmill security clone-sources
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/security_command.h"
#include "cli/terminal.h"
#include "cli/text_table.h"
#include "run/security_sources.h"

namespace hubmill {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kFooter[] =
    "Examples:\n"
    "  hubmill security clone-sources --dry-run\n"
    "  hubmill security clone-sources --tf-only --mirror file:///srv/mirrors\n"
    "Exit status 4 where a repository could not be fetched; the others are there then.\n"
    "docs/recipes/security-configs.md tells the rest.";

struct CloneArguments {
  CloneSourcesOptions options;
  bool k8s_only = false;
  bool tf_only = false;
  bool json = false;
};

const char* OutcomeOf(const ClonedSource& one, bool dry_run) {
  if (!one.failure.empty()) return "failed";
  if (one.fetched) return "fetched";
  if (one.found.state == CheckoutState::kRight) return "there";
  return dry_run ? "to fetch" : "";
}

void PrintText(const CloneSourcesReport& report, const CloneSourcesOptions& options) {
  std::vector<TableLine> lines = {{"repository", "commit", "folder", "outcome"}};
  for (const ClonedSource& one : report.sources) {
    lines.push_back({one.source.repo, one.source.commit.substr(0, 12),
                     options.into + "/" + one.source.into, OutcomeOf(one, options.dry_run)});
  }
  PrintFacts(RenderTable(lines));
  PrintFacts(Concat("yaml files: ", WithCommas(report.k8s_files),
                    "\ntf files: ", WithCommas(report.tf_files), "\n"));
  for (const ClonedSource& one : report.sources) {
    if (!one.failure.empty()) PrintMessage(one.source.repo + ": " + one.failure);
  }
}

void PrintJson(const CloneSourcesReport& report, const CloneSourcesOptions& options) {
  Json sources = Json::array();
  for (const ClonedSource& one : report.sources) {
    sources.push_back({{"repo", one.source.repo},
                       {"commit", one.source.commit},
                       {"folder", options.into + "/" + one.source.into},
                       {"url", one.url},
                       {"found", NameOf(one.found.state)},
                       {"outcome", OutcomeOf(one, options.dry_run)},
                       {"failure", one.failure}});
  }
  const Json out{{"into", options.into},
                 {"sources", sources},
                 {"yaml_files", report.k8s_files},
                 {"tf_files", report.tf_files},
                 {"failures", report.failures}};
  PrintFacts(out.dump(2) + "\n");
}

Status Clone(CloneArguments& arguments) {
  CloneSourcesOptions& options = arguments.options;
  options.k8s = !arguments.tf_only;
  options.tf = !arguments.k8s_only;
  Progress progress;
  CloneSourcesReport report;
  {
    InterruptScope interrupt(&progress);
    ARROW_ASSIGN_OR_RAISE(report, CloneSources(options, &progress));
  }
  if (arguments.json) {
    PrintJson(report, options);
  } else {
    PrintText(report, options);
  }
  if (report.failures == 0) return Status::OK();
  std::string names;
  for (const ClonedSource& one : report.sources) {
    if (!one.failure.empty()) names += (names.empty() ? "" : ",") + one.source.repo;
  }
  return Failure(FailureKind::kService, Concat("sources are missing: failed=", report.failures,
                                               " of=", report.sources.size(), " repos=", names,
                                               "; remedy: see why above, then run it again"));
}

}  // namespace

void AddSecurityCloneSourcesCommand(CLI::App& security, CommandContext* context) {
  auto arguments = std::make_shared<CloneArguments>();
  CloneSourcesOptions& options = arguments->options;
  CLI::App* command = security.add_subcommand(
      "clone-sources", "Fetch the repositories that configuration files come from, at one commit");
  command->footer(kFooter);
  auto* k8s = command->add_flag("--k8s-only", arguments->k8s_only, "Only those of Kubernetes");
  command->add_flag("--tf-only", arguments->tf_only, "Only those of Terraform")->excludes(k8s);
  command->add_option("--into", options.into, "Folder to fill (scripts/data/sources)");
  auto* lock = command->add_option("--lock", options.lock,
                                   "List of repositories and commits (the one in hubmill)");
  command->add_option("--mirror", options.mirror,
                      "Folder or URL that has them as OWNER/NAME, instead of github.com");
  command->add_flag("--update", options.update, "Take the newest commits and write them to --lock")
      ->needs(lock);
  command->add_option("--time-limit", options.time_limit_s, "Seconds that one git command may take")
      ->check(CLI::Range(1, 86'400));
  command->add_flag("--dry-run", options.dry_run, "Say what would be fetched, write nothing");
  command->add_flag("--json", arguments->json, "Facts as one JSON object");
  command->callback([arguments, context] {
    const Status status = Clone(*arguments);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace hubmill
