#include "cli/security_build.h"

#include <charconv>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "cli/recipe_file.h"
#include "cli/security_command.h"
#include "cli/terminal.h"

namespace hubmill {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kFlowRowsMax = 100'000'000;

Json ObjectOf(const std::vector<std::pair<std::string, int64_t>>& counts) {
  Json out = Json::object();
  for (const auto& [name, count] : counts) out[name] = count;
  return out;
}

void PrintJson(const SecurityFlowsReport& report, const SecurityFlowsOptions& options) {
  Json sets = Json::array();
  for (const FlowSetReport& set : report.sets) {
    sets.push_back({{"source", set.source},
                    {"file", set.file},
                    {"sha256", set.sha256},
                    {"rows", set.rows},
                    {"rows_read", set.rows_read},
                    {"splits", ObjectOf(set.splits)},
                    {"labels", ObjectOf(set.labels)},
                    {"attack_families", ObjectOf(set.families)},
                    {"rejects", ObjectOf(set.rejects)},
                    {"revision", set.revision}});
  }
  const Json out{{"dry_run", options.dry_run}, {"mode", options.test ? "test" : "full"},
                 {"compat", options.compat},   {"rows_asked", options.rows},
                 {"sets", std::move(sets)},    {"sampling_file", report.sampling_file},
                 {"notes", report.notes},      {"wall_s", report.wall_s}};
  PrintFacts(out.dump(2) + "\n");
}

std::string CountsText(const std::vector<std::pair<std::string, int64_t>>& counts) {
  std::string text;
  for (const auto& [name, count] : counts) {
    if (count > 0) text += Concat(text.empty() ? "" : ", ", name, " ", WithCommas(count));
  }
  return text.empty() ? "none" : text;
}

void PrintText(const SecurityFlowsReport& report, const SecurityFlowsOptions& options) {
  int64_t read = 0, written = 0, bytes = 0;
  for (const FlowSetReport& set : report.sets) {
    read += set.rows_read;
    written += set.rows;
    bytes += set.bytes_read;
    if (options.dry_run) {
      PrintFacts(Concat(set.source, ": columns found; would write ", set.file, "\n"));
      continue;
    }
    PrintFacts(Concat(
        set.file, ": ", WithCommas(set.rows), " rows\n  splits: ", CountsText(set.splits),
        "\n  labels: ", CountsText(set.labels), "\n  attack families: ", CountsText(set.families),
        "\n  left out: ", CountsText(set.rejects), "\n"));
    if (!set.revision.empty()) PrintFacts("  revision: " + set.revision + "\n");
  }
  PrintFacts(options.dry_run ? "output: none, a dry run\n" : report.sampling_file + "\n");
  if (!options.dry_run) PrintMessage(SummaryLine(read, written, bytes, report.wall_s));
}

}  // namespace

std::string HubAddressOf(const std::string& hf_id) {
  return hf_id.find("://") == hf_id.npos ? "hub://" + hf_id + "?split=train" : hf_id;
}

Status ReadFlowRows(const char* option, const char* variable, int64_t full_rows, int64_t test_rows,
                    FlowBuildArguments* arguments) {
  SecurityFlowsOptions& options = arguments->options;
  options.test = arguments->mode == "test";
  options.drop_unknown = arguments->unknown_labels == "drop";
  if (options.test) {
    options.rows = test_rows;
    return Status::OK();
  }
  const bool given = !arguments->rows.empty();
  const std::string text = given ? arguments->rows : EnvironmentOrDotenv(variable).value_or("");
  options.rows = full_rows;
  if (text.empty()) return Status::OK();
  const auto read = std::from_chars(text.data(), text.data() + text.size(), options.rows);
  const int64_t least = options.compat ? 1 : 2;
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || options.rows < least ||
      options.rows > kFlowRowsMax) {
    return WrongUsage(given ? option : variable, " is no number of rows from ", least, " to ",
                      kFlowRowsMax, "; remedy: for example ", full_rows);
  }
  return Status::OK();
}

void AddFlowBuildOptions(CLI::App* command, FlowBuildArguments* arguments) {
  SecurityFlowsOptions& options = arguments->options;
  options.out_dir = kE1DataDir;
  command
      ->add_option("--mode", arguments->mode,
                   "full, or test: few rows, in files of their own, for tests alone (full)")
      ->check(CLI::IsMember({"full", "test"}));
  command->add_option("--outdir", options.out_dir,
                      "Folder of the files (" + std::string(kE1DataDir) + ")");
  command->add_option("--seed", options.seed, "Seed of every draw (42)")
      ->check(CLI::Range(int64_t{0}, kSeedMax - 1));
  command->add_flag("--compat", options.compat,
                    "The original's scripts bit for bit, their oddities included");
  command
      ->add_option("--unknown-labels", arguments->unknown_labels,
                   "Rows whose label no table knows refuse the build, or drop out (refuse)")
      ->check(CLI::IsMember({"refuse", "drop"}));
  command->add_flag("--allow-fewer", options.allow_fewer,
                    "Where a class has too few rows, make the set smaller");
  command->add_flag("--skip-bad-rows", options.reject_bad_rows,
                    "Drop and count rows that cannot be read, instead of failing");
  command->add_flag("--dry-run", options.dry_run,
                    "Check inputs and columns; read no rows, write nothing");
  command->add_option("--threads", options.threads, "Threads (0: one a core); changes no result")
      ->check(CLI::Range(0, kThreadsMax));
  AddHubChoice(command, arguments);
  AddOutputOptions(*command, &arguments->output);
}

Status BuildFlows(FlowBuildArguments* arguments) {
  SecurityFlowsOptions& options = arguments->options;
  if (options.out_dir.empty()) {
    return WrongUsage("--outdir is empty; remedy: name a folder, or leave the option out");
  }
  ARROW_ASSIGN_OR_RAISE(const RunHub hub, OpenHubOfRun(*arguments));
  options.hub = hub.url;
  options.hub_token = hub.token;
  options.load = [&options](const std::string& name, const std::vector<std::string>& set) {
    return LoadRecipeNamed(name, set, options.seed);
  };
  SecurityFlowsReport report;
  {
    Progress progress;
    InterruptScope interrupt(&progress);
    ProgressBar bar(&progress, arguments->output.BarWanted());
    ARROW_ASSIGN_OR_RAISE(report, RunSecurityFlows(options, &progress));
  }
  if (arguments->output.json) {
    PrintJson(report, options);
    return Status::OK();
  }
  if (arguments->output.quiet) return Status::OK();
  for (const std::string& note : report.notes) PrintMessage("note: " + note);
  PrintText(report, options);
  return Status::OK();
}

}  // namespace hubmill
