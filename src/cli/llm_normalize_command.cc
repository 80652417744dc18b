// hubmill llm normalize: a distillation set to rows of Harmony text.
//
// A thin front over RunRecipe(): it finds the files and their splits, composes a recipe of source,
// stages and sink, and adds what the published sets have beside their rows.
#include <memory>
#include <string>
#include <vector>

#include "cli/hub_connection.h"
#include "cli/llm_command.h"
#include "cli/llm_options.h"
#include "cli/push_target.h"
#include "cli/run_output.h"
#include "cli/terminal.h"
#include "run/llm_normalize.h"

namespace hubmill {
namespace {

constexpr char kFooter[] =
    "Every option may be written with dashes or underscores.  DATASET is read from the Hub unless "
    "--input\nnames a copy.  What is dropped is counted by reason; --rejects keeps file, line and "
    "reason.\n"
    "Examples:\n"
    "  hubmill llm normalize --dataset nvidia/Nemotron-Math-v2 --splits low --out_dir out/math\n"
    "  hubmill llm normalize --dataset alice/chats --input chats.jsonl.zst --out_dir out/chats\n"
    "docs/recipes/llm.md has the columns, the adapters and the rules.";

struct NormalizeArguments : PushArguments {
  NormalizeOptions options;
  bool no_eval_json = false;
  OutputArguments output;
};

Status Normalize(NormalizeArguments& arguments) {
  NormalizeOptions& options = arguments.options;
  options.eval_json = !arguments.no_eval_json;
  ARROW_ASSIGN_OR_RAISE(const RunHub hub, OpenHubOfRun(arguments));
  options.run.hub = hub.url;
  options.run.hub_token = hub.token;
  RunReport report;
  {
    Progress progress;
    InterruptScope interrupt(&progress);
    ProgressBar bar(&progress, arguments.output.BarWanted());
    ARROW_ASSIGN_OR_RAISE(const PushTarget target,
                          PushTarget::Open(arguments, hub, options.out_dir));
    ARROW_ASSIGN_OR_RAISE(const NormalizeInputs inputs, FindNormalizeInputs(options));
    ARROW_ASSIGN_OR_RAISE(report, RunNormalize(options, inputs, &progress));
    ARROW_ASSIGN_OR_RAISE(report.publish, target.Publish(&progress));
  }
  const OutputArguments output =
      report.publish ? WithPlace(arguments, arguments.output, &*report.publish) : arguments.output;
  PrintReport(report, output, /*dry_run=*/false);
  return Status::OK();
}

void AddReadingOptions(CLI::App* command, NormalizeArguments* arguments) {
  command->add_option("--dataset", arguments->options.dataset, "Its id, which selects the adapter");
  command->add_option("--input", arguments->options.input,
                      "File or folder that is read instead of the Hub");
  command->add_option("--splits", arguments->options.splits, "Only these, in this order");
  command->add_option("--adapter", arguments->options.adapter,
                      "A YAML file, or the name of a shipped one");
  AddPushOptions(command, arguments);
}

void AddRuleOptions(CLI::App* command, NormalizeArguments* arguments) {
  command->add_flag("--compat", arguments->options.compat,
                    "As the original, losses included: its 30 columns, ids, files and counts");
  AddRowOptions(command, &arguments->options);
  command->add_flag("--dedup", arguments->options.dedup, "Drop exact repeats, over all splits");
  command->add_flag(BothNames("--drop_invalid_harmony"), arguments->options.drop_invalid_harmony,
                    "Drop rows whose text does not parse");
  command->add_flag(BothNames("--drop_empty_completion"), arguments->options.drop_empty_completion,
                    "Drop rows without an answer");
  command->add_flag(BothNames("--drop_invalid_tool_schema"),
                    arguments->options.drop_invalid_tool_schema,
                    "Drop rows whose tool messages are malformed");
  command->add_flag(BothNames("--soft_tags"), arguments->options.soft_tags,
                    "Columns that label extreme length and suspicious repetition");
  command->add_flag(BothNames("--no_eval_json"), arguments->no_eval_json,
                    "Without the column meta_eval_json");
}

void AddWritingOptions(CLI::App* command, NormalizeArguments* arguments) {
  command->add_option(BothNames("--out_dir"), arguments->options.out_dir,
                      "Output folder (cpu_out)");
  AddFileOptions(command, &arguments->options.rows_per_shard, &arguments->options.compression,
                 &arguments->options.level);
  command->add_flag(BothNames("--hf_layout"), arguments->options.hf_layout,
                    "data/SPLIT/part-NNNNN.parquet, which the `datasets` library loads");
  command->add_flag(BothNames("--write_readme"), arguments->options.write_readme,
                    "With --compat and --hf_layout: the original's README.md; else there always "
                    "is one");
  command
      ->add_option(BothNames("--num_workers") + ",--threads", arguments->options.run.threads,
                   "Threads (0: one a core); changes no result")
      ->check(CLI::Range(0, 1024));
  command->add_option("--rejects", arguments->options.run.rejects_dir,
                      "Keep dropped rows in this folder");
  command->add_flag("--fresh", arguments->options.run.fresh, "Forget what an interrupted run left");
  AddOutputOptions(*command, &arguments->output);
}

}  // namespace

void AddLlmNormalizeCommand(CLI::App& llm, CommandContext* context) {
  auto arguments = std::make_shared<NormalizeArguments>();
  CLI::App* command = llm.add_subcommand("normalize", "A distillation set to rows of Harmony text");
  command->footer(kFooter);
  AddReadingOptions(command, arguments.get());
  AddRuleOptions(command, arguments.get());
  AddWritingOptions(command, arguments.get());
  command->callback([arguments, context] {
    const Status status = Normalize(*arguments);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace hubmill
