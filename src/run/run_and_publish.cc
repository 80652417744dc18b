// What `publish:` of a recipe says, and a run whose output is published at once.
#include <algorithm>

#include "io/input_files.h"
#include "io/temporary_folder.h"
#include "net/redact.h"
#include "run/publish.h"
#include "run/published_names.h"

namespace hubmill {
namespace {

Result<RunReport> RunAndPublishUnredacted(const Recipe& recipe, const RunOptions& run,
                                          HubClient& hub, const PublishOptions& publish,
                                          Progress* progress) {
  if (IsUri(run.output_dir)) {
    return WrongUsage("what is published must lie on this machine: out=",
                      OneLine(run.output_dir, 120), "; remedy: give --out a local folder");
  }
  ARROW_RETURN_NOT_OK(CheckPublish(hub, publish));
  RunOptions options = run;
  options.dry_run = false;
  std::unique_ptr<TemporaryFolder> temporary;
  if (publish.dry_run) {
    ARROW_ASSIGN_OR_RAISE(temporary, TemporaryFolder::Make("dry-run"));
    options.output_dir = temporary->path() + "/" + recipe.name;
    options.rejects_dir.clear();
  }
  ARROW_ASSIGN_OR_RAISE(RunReport report, RunRecipe(recipe, options, progress));
  ARROW_ASSIGN_OR_RAISE(report.publish, PublishFolder(hub, report.output_dir, publish, progress));
  std::erase_if(report.publish->notes, [&](const std::string& note) {  // Said once.
    return std::find(report.notes.begin(), report.notes.end(), note) != report.notes.end();
  });
  if (publish.dry_run) report.output_dir = run.output_dir;
  return report;
}

}  // namespace

bool GuardReports(const Recipe& recipe) {
  for (const DatasetRecipe& dataset : recipe.datasets) {
    for (const BlockUse& stage : dataset.stages) {
      if (stage.name != "pii_guard" || stage.options.kind != Setting::Kind::kMap) continue;
      const Setting* action = stage.options.Find("action");
      if (action != nullptr && action->scalar == "report") return true;
    }
  }
  return false;
}

PublishOptions PublishOptionsOf(const Recipe& recipe) {
  const PublishRecipe& from = recipe.publish;
  return {.repo = from.repo,
          .branch = from.branch,
          .message = WithoutFolders(recipe.Redact(from.message), recipe),
          .tag = from.tag,
          .create_private = from.create_private.value_or(true),
          .require_private = from.require_private || from.create_private == true,
          .card_body = WithoutFolders(recipe.Redact(from.card), recipe),
          .front_matter = from.front_matter,
          .metadata = from.metadata,
          .restart = from.restart,
          .guard_reports = GuardReports(recipe)};
}

Result<RunReport> RunAndPublish(const Recipe& recipe, const RunOptions& run, HubClient& hub,
                                const PublishOptions& publish, Progress* progress) {
  Result<RunReport> report = RunAndPublishUnredacted(recipe, run, hub, publish, progress);
  if (report.ok()) return report;
  return report.status().WithMessage(recipe.Redact(report.status().message()));
}

}  // namespace hubmill
