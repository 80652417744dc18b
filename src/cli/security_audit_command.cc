// hubmill security audit: a release check.
#include <memory>

#include "cli/hub_command.h"
#include "cli/security_command.h"
#include "cli/terminal.h"
#include "run/hub_access.h"
#include "run/security_audit.h"

namespace hubmill {
namespace {

struct AuditArguments : HubChoice {
  AuditOptions options;
  OutputArguments output;
};

Status Audit(AuditArguments& arguments) {
  AuditReport report;
  {
    ARROW_ASSIGN_OR_RAISE(const RunHub place, OpenHubOfRun(arguments));
    ARROW_ASSIGN_OR_RAISE(HubAccess access, FindHubAccess(place.url, place.token));
    access.hub.threads = arguments.threads;
    ARROW_ASSIGN_OR_RAISE(const auto hub, HubClient::Make(access.hub));
    ARROW_ASSIGN_OR_RAISE(const auto history, HubHistory::Make(access.hub));
    Progress progress;
    InterruptScope interrupt(&progress);
    ProgressBar bar(&progress, arguments.output.BarWanted());
    ARROW_ASSIGN_OR_RAISE(report, AuditRepo(*hub, *history, arguments.options, &progress));
  }
  PrintHubFacts(arguments.output, {{"repo", report.repo},
                                   {"revisions", report.revisions},
                                   {"visibility", report.is_private ? "private" : "public"},
                                   {"gated", report.gated.empty() ? "no" : report.gated},
                                   {"commits", report.commits},
                                   {"older_commits_not_looked_at", report.cut},
                                   {"files", report.files},
                                   {"texts", report.texts},
                                   {"private_rows_known", report.private_rows},
                                   {"evaluation_rows", report.rows},
                                   {"canary", report.canary},
                                   {"faults", report.faults},
                                   {"findings", report.findings},
                                   {"pictures_not_looked_into", report.pictures}});
  if (report.private_other > 0 && !arguments.output.quiet) {
    PrintMessage(
        Concat("note: lines of --private that hold no question: lines=", report.private_other));
  }
  if (report.faults == 0) return Status::OK();
  std::string all;
  for (const std::string& finding : report.findings) all += "\n  " + finding;
  const int64_t more = report.faults - int64_t(report.findings.size());
  if (more > 0) all += Concat("\n  and ", more, " more");
  return DataRefused(
      "this repository must not be released as it is: repo=", report.repo,
      " faults=", report.faults, all, "\nremedy: make it private (`hubmill hub visibility ",
      report.repo, " private`), and take out what must not be there",
      report.faults_earlier == 0
          ? ""
          : "\nWhat an earlier commit holds stays there: publish the newest files to "
            "a new repository, and replace a credential that was seen.");
}

}  // namespace

void AddSecurityAuditCommand(CLI::App& security, CommandContext* context) {
  auto arguments = std::make_shared<AuditArguments>();
  CLI::App* command = security.add_subcommand(
      "audit", "Whether a repository holds rows, canaries or credentials that must not be public");
  command->footer(
      "A public repository must hold none of them; each file of a private set must carry a "
      "canary.\n"
      "Every branch, tag and pull request is looked at, with the commits that led there: what "
      "they\n"
      "held is public too.\n"
      "Example:\n"
      "  hubmill security audit alice/security-verifiers-e1-metadata --private "
      "environments/sv-env-network-logs/data");
  command->add_option("REPO", arguments->options.repo, "OWNER/NAME")->required();
  command->add_option("--private", arguments->options.private_dirs,
                      "Folder with rows of a private set (*.jsonl) to look for; may be repeated");
  command->add_option("--revision", arguments->options.revision,
                      "Branch, tag or commit (every branch and tag)");
  command
      ->add_option("--commits", arguments->options.commits_max,
                   Concat("Commits of each to look at, newest first (all; more than ",
                          kAuditCommitsMax, " are refused)"))
      ->check(CLI::Range(int64_t{1}, int64_t{1'000'000}));
  command->add_flag("--as-public", arguments->options.as_public,
                    "Hold a private repository to the rules of a public one");
  AddHubChoice(command, arguments.get());
  AddOutputOptions(*command, &arguments->output);
  command->callback([arguments, context] {
    const Status status = Audit(*arguments);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace hubmill
