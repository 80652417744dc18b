// hubmill security build-k8s-tf: configuration files and what real tools found in them.
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/run_output.h"
#include "cli/security_command.h"
#include "cli/terminal.h"
#include "run/security_configs.h"
#include "run/security_sampling.h"

namespace hubmill {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kFooter[] =
    "The tools: KubeLinter, Semgrep, OPA and checkov, found by the environment (KUBELINTER, "
    "SEMGREP, OPA,\nCHECKOV), in .hubmill/tools, or in PATH.  What they said is kept in "
    ".hubmill/cache/security.\n"
    "Examples:\n"
    "  hubmill security build-k8s-tf --mode test --outdir out/e2\n"
    "  hubmill security build-k8s-tf --k8s-root sources/kubernetes --tf-root sources/terraform\n"
    "docs/recipes/security-tools.md tells the rest.";

constexpr int64_t kSkippedPrintedMax = 3;  // Of each reason.
constexpr char kCacheDir[] = ".hubmill/cache/security";

struct BuildArguments {
  SecurityConfigsOptions options;
  std::string mode = "full";
  std::string on_tool_failure = "leave-out";
  bool no_cache = false;
  int64_t memory_mb = 0;
  OutputArguments output;
};

Json SetJson(const ConfigSet& set) {
  Json out{{"root", set.root},
           {"files_found", set.tree.found},
           {"rows", set.records},
           {"with_violations", set.with_violations},
           {"violations", set.violations}};
  AddLeftOut(set, &out);
  return out;
}

Json RenderJson(const SecurityConfigsReport& report, const SecurityConfigsOptions& options) {
  Json out{{"dry_run", options.dry_run},
           {"output", options.dry_run ? "" : report.out_dir},
           {"k8s", SetJson(report.sets[0])},
           {"terraform", SetJson(report.sets[1])},
           {"versions", report.versions}};
  Json& tools = out["tools"] = Json::object();
  for (const auto& [name, use] : report.tools) {
    tools[name] = {{"texts", use.texts},
                   {"cached", use.cached},
                   {"calls", use.calls},
                   {"failures", use.failures},
                   {"findings", use.findings}};
  }
  out["patches"] = report.with_patches ? Json{{"found", report.patches.found},
                                              {"kept", report.patches.kept},
                                              {"not_kept", report.patches.reasons}}
                                       : Json();
  Json& files = out["files"] = Json::array();
  for (const auto& file : report.files) files.push_back(file.first);
  out["wall_s"] = report.wall_s;
  return out;
}

void AddCounts(const std::map<std::string, int64_t>& counts, const char* what, std::string* out) {
  for (const auto& [reason, count] : counts) {
    *out += Concat("  ", what, " ", reason, ": ", WithCommas(count), "\n");
  }
}

void AddSkipped(const ConfigSet& set, std::string* out) {
  const auto first = FirstSkipped(set.tree, kSkippedPrintedMax);
  for (const auto& [reason, count] : set.tree.reasons) {
    *out += Concat("  skipped, ", reason, ": ", WithCommas(count), "\n");
    int64_t printed = 0;
    for (const SkippedConfig* file : first) {
      if (file->reason != reason) continue;
      *out += Concat("    ", file->path, file->line > 0 ? Concat(":", file->line) : "",
                     file->why.empty() ? "" : ": ", file->why, "\n");
      ++printed;
    }
    if (printed > 0 && printed < count) {
      *out += Concat("    and ", WithCommas(count - printed), " more\n");
    }
  }
}

void PrintText(const SecurityConfigsReport& report, const SecurityConfigsOptions& options) {
  std::string text;
  for (const ConfigSet& set : report.sets) {
    text += Concat(set.lang == ConfigLang::kK8s ? "kubernetes" : "terraform", ": ",
                   WithCommas(set.tree.found), " files, ", WithCommas(set.records), " rows, ",
                   WithCommas(set.with_violations), " with violations (",
                   WithCommas(set.violations), ")\n");
    AddSkipped(set, &text);
    AddCounts(set.left_out, "left out, no answer of", &text);
  }
  for (const auto& [name, version] : report.versions) {
    text += Concat(name, ": ", version);
    const auto use = report.tools.find(name);
    if (use != report.tools.end()) {
      text +=
          Concat(", ", WithCommas(use->second.texts), " texts, ", WithCommas(use->second.cached),
                 " from the cache, ", WithCommas(use->second.findings), " findings");
    }
    text += "\n";
  }
  if (report.with_patches) {
    text += Concat("patches: ", WithCommas(report.patches.found), " found, ",
                   WithCommas(report.patches.kept), " kept\n");
    AddCounts(report.patches.reasons, "not kept,", &text);
  }
  text += options.dry_run ? "output: none, a dry run\n" : "output: " + report.out_dir + "\n";
  PrintFacts(text);
}

Status Build(BuildArguments& arguments) {
  SecurityConfigsOptions& options = arguments.options;
  options.test_mode = arguments.mode == "test";
  options.fail_on_tool_failure = arguments.on_tool_failure == "fail";
  options.run.memory_bytes = arguments.memory_mb << 20;
  if (arguments.no_cache) options.run.cache_dir.clear();
  SecurityConfigsReport report;
  {
    Progress progress;
    InterruptScope interrupt(&progress);
    ProgressBar bar(&progress, arguments.output.BarWanted());
    ARROW_ASSIGN_OR_RAISE(report, BuildSecurityConfigs(options, &progress));
  }
  if (arguments.output.json) {
    PrintFacts(RenderJson(report, options).dump(2, ' ', false, Json::error_handler_t::replace) +
               "\n");
  } else if (!arguments.output.quiet) {
    PrintText(report, options);
  }
  return Status::OK();
}

void AddInputOptions(CLI::App* command, SecurityConfigsOptions* options) {
  command->add_option("--k8s-root,--k8s_root", options->k8s_root,
                      "Folder with Kubernetes manifests (*.yaml, *.yml)");
  command->add_option("--tf-root,--tf_root", options->tf_root,
                      "Folder with Terraform files (*.tf)");
  command->add_option("--patches-dir,--patches_dir", options->patches_dir,
                      "Folder with unified diffs, SOURCE.patch or .diff; kept where they fix all");
  command->add_option("--max-file-bytes", options->bytes_max, "Larger files are skipped (1 MiB)")
      ->check(CLI::Range(int64_t{1}, kConfigBytesMost));
  command->add_option("--limit", options->files_max, "Only the first N files of each set (all)")
      ->check(CLI::Range(int64_t{0}, kLimitMax));
}

void AddToolOptions(CLI::App* command, BuildArguments* arguments) {
  SecurityConfigsOptions& options = arguments->options;
  command->add_option("--rego-dir,--rego_dir", options.tools.rego_dir,
                      "Folder with OPA policies, instead of hubmill's own");
  command->add_option("--tools-dir", options.tools.tools_dir,
                      "Where install-tools put the tools (.hubmill/tools)");
  command->add_option("--versions", options.tools.versions_file,
                      "KEY=VALUE file with the tools' versions (hubmill's own)");
  command->add_flag("--any-version", options.tools.any_version,
                    "Other versions than the pinned ones; they are recorded");
  command->add_flag("--allow-missing-tools", options.tools.allow_missing,
                    "Without the tools that are not there; they are recorded as skipped");
  command
      ->add_option("--on-tool-failure", arguments->on_tool_failure,
                   "A file that a tool cannot answer for is left out and counted, or fails the run")
      ->check(CLI::IsMember({"leave-out", "fail"}));
  command
      ->add_option("--tool-time-limit", options.run.time_limit_s,
                   "Seconds of one file; a call with n files gets n/64 times more (120)")
      ->check(CLI::Range(1, 86'400));
  command
      ->add_option("--tool-memory-mb", arguments->memory_mb,
                   "MiB of one call, all its processes (0: the tool's own bound)")
      ->check(CLI::Range(int64_t{0}, int64_t{1} << 20));
  command->add_option("--cache-dir", options.run.cache_dir,
                      "Where the tools' answers are kept (.hubmill/cache/security)");
  command->add_flag("--no-cache", arguments->no_cache, "Ask the tools about everything again");
}

}  // namespace

void AddSecurityBuildK8sTfCommand(CLI::App& security, CommandContext* context) {
  auto arguments = std::make_shared<BuildArguments>();
  SecurityConfigsOptions& options = arguments->options;
  options.out_dir = kE2DataDir;
  options.run.cache_dir = kCacheDir;
  CLI::App* command = security.add_subcommand(
      "build-k8s-tf",
      "Manifests and Terraform files, labelled by KubeLinter, Semgrep, OPA, checkov");
  command->footer(kFooter);
  AddInputOptions(command, &options);
  command->add_option("--outdir", options.out_dir, Concat("Output folder (", kE2DataDir, ")"));
  command
      ->add_option("--mode", arguments->mode,
                   "full, or test: at most 30 rows a set, of samples where no root is given")
      ->check(CLI::IsMember({"full", "test"}));
  command->add_flag("--compat", options.compat, "As the original, losses included");
  AddToolOptions(command, arguments.get());
  command->add_option("--threads", options.run.threads, "Threads (0: one a core)")
      ->check(CLI::Range(0, kThreadsMax));
  command->add_flag("--dry-run", options.dry_run, "Everything but writing");
  AddOutputOptions(*command, &arguments->output);
  command->callback([arguments, context] {
    const Status status = Build(*arguments);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace hubmill
