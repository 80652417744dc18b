// hubmill security validate: rows against their schema, and whole sets against what they must be.
#include <memory>

#include "cli/hub_connection.h"
#include "cli/recipe_file.h"
#include "cli/run_output.h"
#include "cli/security_command.h"
#include "cli/terminal.h"
#include "cli/text_file.h"
#include "run/security_validate.h"

namespace hubmill {
namespace {

struct SplitsArguments {
  std::string env;
  std::string dir;
  bool compat = false;
  bool allow_empty = false;
};

struct DeepArguments : HubChoice {
  std::string env;
  std::vector<std::string> sources;  // As given: iot23=PATH.
  std::string output;                // File for the report.
  bool json = false;
  DeepOptions options;
};

EvalSet SetOf(const std::string& env) { return env == "e1" ? EvalSet::kE1 : EvalSet::kE2; }
const char* DataDirOf(EvalSet set) { return set == EvalSet::kE1 ? kE1DataDir : kE2DataDir; }

/// Rows that break the schema, in all files of the folder; told as the original tells it.
Result<int64_t> CheckSplits(const SplitsArguments& arguments, EvalSet set) {
  const std::string dir = arguments.dir.empty() ? DataDirOf(set) : arguments.dir;
  ARROW_ASSIGN_OR_RAISE(const std::vector<std::string> paths, EvalFilesIn(dir));
  const std::string tag = Concat("[", NameOf(set), "] ");
  if (paths.empty()) {
    PrintMessage(Concat("Warning: No JSONL files found in ", dir));
    if (arguments.allow_empty || arguments.compat) return 0;
    return DataRefused("no data is no valid data: folder=", dir,
                       "; remedy: build the set, or --allow-empty");
  }
  PrintFacts(Concat(tag, "Validating ", paths.size(), " JSONL files in ", dir, "\n"));
  int64_t bad = 0;
  for (const std::string& path : paths) {
    const EvalRules rules = arguments.compat ? EvalRules::kOriginal : EvalRules::kStrict;
    ARROW_ASSIGN_OR_RAISE(const EvalFile file, ReadEvalFile(set, rules, path));
    for (const std::string& problem : file.problems) PrintMessage(tag + problem);
    if (file.bad > int64_t(file.problems.size())) {
      PrintMessage(
          Concat(tag, path, ": and ", file.bad - int64_t(file.problems.size()), " more rows"));
    }
    PrintFacts(Concat(tag, file.name, ": OK=", file.rows.size(), " BAD=", file.bad, "\n"));
    bad += file.bad;
  }
  PrintFacts(Concat("\n", tag, "Summary: Total BAD rows = ", bad, "\n"));
  return bad;
}

Status ValidateSplits(const SplitsArguments& arguments) {
  if (arguments.env.empty() && !arguments.dir.empty()) {
    return WrongUsage("--dir does not say of which set; remedy: --env e1 or --env e2");
  }
  int64_t bad = 0;
  Status failed = Status::OK();  // Of a set; the other is looked at nevertheless.
  for (const EvalSet set : {EvalSet::kE1, EvalSet::kE2}) {
    if (!arguments.env.empty() && SetOf(arguments.env) != set) continue;
    const Result<int64_t> in_set = CheckSplits(arguments, set);
    if (in_set.ok()) {
      bad += *in_set;
    } else {
      failed = failed.ok() ? in_set.status()
                           : failed.WithMessage(failed.message(), "\n", in_set.status().message());
    }
  }
  ARROW_RETURN_NOT_OK(failed);
  if (bad == 0) return Status::OK();
  return DataRefused("rows break the schema: rows=", bad, "; remedy: build the set again");
}

/// One file of a set, for people.
std::string Shown(EvalSet set, const EvalFileCheck& check) {
  std::string out = Concat(check.errors.empty() ? "ok      " : "FAILED  ", check.file, "\n");
  if (!check.found) return out + "        not there\n";
  out += Concat("        rows ", WithCommas(check.rows), ", bad ", WithCommas(check.bad),
                ", different hashes ", WithCommas(check.unique_hashes), "\n");
  if (set == EvalSet::kE1) {
    for (const auto& [split, counts] : check.labels) {
      out += Concat("        ", split, ": Malicious ", WithCommas(counts.malicious), ", Benign ",
                    WithCommas(counts.benign), "\n");
    }
  } else {
    out += Concat("        violations ", WithCommas(check.findings), " in ",
                  WithCommas(check.with_findings), " files");
    for (const auto& [tool, count] : check.by_tool)
      out += Concat(", ", tool, " ", WithCommas(count));
    for (const auto& [severity, count] : check.by_severity) {
      out += Concat(", ", severity, " ", WithCommas(count));
    }
    out += "\n";
  }
  for (const std::string& error : check.errors) out += "        error: " + error + "\n";
  for (const std::string& note : check.notes) out += "        note: " + note + "\n";
  return out;
}

/// --source NAME=PATH, with the names that build-ood has for them.
Status ReadSources(const std::vector<std::string>& given, DeepOptions* options) {
  const std::map<std::string, std::string> names = {
      {"iot23", "iot23"}, {"cic", "cic-ids-2017"}, {"unsw", "unsw-nb15"}};
  for (const std::string& text : given) {
    const size_t equals = text.find('=');
    const auto name = names.find(text.substr(0, equals));
    if (equals == text.npos || name == names.end() || options->set != EvalSet::kE1) {
      return WrongUsage("--source is no source of e1: source=", text,
                        "; remedy: --source iot23=PATH, cic=PATH or unsw=PATH");
    }
    options->flow_sources[name->second] = text.substr(equals + 1);
  }
  return Status::OK();
}

Status ValidateSet(DeepArguments& arguments) {
  DeepOptions& options = arguments.options;
  options.set = SetOf(arguments.env);
  if (options.data_dir.empty()) options.data_dir = DataDirOf(options.set);
  const bool of_e1 = options.datasets == "iot23" || options.datasets == "ood";
  if (options.datasets != "all" && of_e1 != (options.set == EvalSet::kE1)) {
    return WrongUsage("--datasets names none of this set: datasets=", options.datasets,
                      " env=", arguments.env,
                      "; remedy: iot23 or ood of e1, k8s or terraform of e2");
  }
  if (options.set == EvalSet::kE1 && !(options.k8s_root + options.tf_root).empty()) {
    return WrongUsage("flows have no source root; remedy: --env e2");
  }
  if (arguments.output.ends_with(".jsonl")) {
    return WrongUsage("a report is no file of rows: output=", arguments.output,
                      "; remedy: --output report.json");
  }
  ARROW_RETURN_NOT_OK(ReadSources(arguments.sources, &options));
  ARROW_ASSIGN_OR_RAISE(const RunHub hub, OpenHubOfRun(arguments));
  options.run.hub = hub.url;
  options.run.hub_token = hub.token;
  options.load = [](const std::string& name, const std::vector<std::string>& set) {
    return LoadRecipeNamed(name, set, RunOptions().seed);
  };
  ARROW_ASSIGN_OR_RAISE(const DeepReport report, ValidateDeep(options));
  const std::string json = report.ToJson(options.set);
  if (!arguments.output.empty()) ARROW_RETURN_NOT_OK(WriteTextFile(arguments.output, json + "\n"));
  for (const std::string& problem : report.problems) PrintMessage(problem);
  if (arguments.json) {
    PrintFacts(json + "\n");
  } else {
    for (const EvalFileCheck& file : report.check.files) PrintFacts(Shown(options.set, file));
    PrintFacts(Concat("across splits: same question ", report.check.repeated_across,
                      ", nearly the same ", report.check.near_across, "\n"));
    for (const std::string& error : report.check.errors) PrintFacts("error: " + error + "\n");
    for (const std::string& note : report.check.notes) PrintFacts("note: " + note + "\n");
    PrintFacts(report.check.passed() ? "PASSED\n" : "FAILED\n");
  }
  if (report.check.passed()) return Status::OK();
  return DataRefused("the set is not fit to judge anybody by: folder=", options.data_dir,
                     "; remedy: mend what is named above, and build it again");
}

void AddSplitsCommand(CLI::App& validate, CommandContext* context) {
  auto arguments = std::make_shared<SplitsArguments>();
  CLI::App* command = validate.add_subcommand(
      "splits", "Each row of every *.jsonl in a folder against the schema of its set");
  command->footer(
      "Example:\n  hubmill security validate splits --env e1 --dir samples/security/data/e1");
  command->add_option("--env", arguments->env, "e1 or e2 (both)")
      ->check(CLI::IsMember({"e1", "e2"}));
  command->add_option("--dir", arguments->dir, "Folder of the rows (the set's own)");
  command->add_flag("--compat", arguments->compat,
                    "The original's rules: empty texts, any severity and tool, no data pass");
  command->add_flag("--allow-empty", arguments->allow_empty, "A folder without rows passes");
  command->callback([arguments, context] {
    const Status status = ValidateSplits(*arguments);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

void AddDeepCommand(CLI::App& validate, CommandContext* context) {
  auto arguments = std::make_shared<DeepArguments>();
  CLI::App* command = validate.add_subcommand(
      "deep", "A whole set: balance of labels, repeats within and across splits, content, sources");
  command->footer(
      "Example:\n"
      "  hubmill security validate deep --env e1 --data-dir samples/security/data/e1 --suffix "
      "test");
  command->add_option("--env", arguments->env, "e1 or e2")
      ->required()
      ->check(CLI::IsMember({"e1", "e2"}));
  command->add_option("--data-dir", arguments->options.data_dir, "Folder of the set (its own)");
  command->add_option("--datasets", arguments->options.datasets, "A part of it, or all")
      ->check(CLI::IsMember({"iot23", "ood", "k8s", "terraform", "all"}));
  command->add_option("--suffix", arguments->options.suffix, "Of the files: v1, or test")
      ->check(CLI::IsMember({"v1", "test"}));
  command
      ->add_option("--near-max", arguments->options.near_max,
                   "e1: percent of rows that may be nearly the same as in another split (100)")
      ->check(CLI::Range(0.0, 100.0));
  command->add_option(
      "--source", arguments->sources,
      "e1: iot23=PATH, cic=PATH or unsw=PATH, made to questions again and compared");
  command->add_option("--k8s-source-root", arguments->options.k8s_root,
                      "e2: compare with the manifests there");
  command->add_option("--tf-source-root", arguments->options.tf_root,
                      "e2: compare with the Terraform files there");
  command->add_option("--versions", arguments->options.versions_file,
                      "e2: KEY=VALUE file with the tools' versions (hubmill's own)");
  command->add_option("--output", arguments->output, "File for the report, as JSON");
  command->add_flag("--json", arguments->json, "The report as JSON");
  AddHubChoice(command, arguments.get());
  command->callback([arguments, context] {
    const Status status = ValidateSet(*arguments);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace

void AddSecurityValidateCommands(CLI::App& security, CommandContext* context) {
  CLI::App* validate =
      security.add_subcommand("validate", "Whether a built set is what it must be (3: it is not)");
  validate->require_subcommand(1);
  AddSplitsCommand(*validate, context);
  AddDeepCommand(*validate, context);
}

}  // namespace hubmill
