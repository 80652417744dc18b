// hubmill signals export: a bundle, and with --push its place on a Hub.
#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/clock.h"
#include "cli/publish_command.h"
#include "cli/signals_command.h"
#include "cli/terminal.h"
#include "run/signals_export.h"

namespace hubmill {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kFooter[] =
    "Settings of the environment or .env: HF_EXPORT_ENABLED (must be true for --push),\n"
    "HF_TOKEN, HF_DATASET_REPO, HF_DATASET_PRIVATE (true), HF_EXPORT_MAX_ROWS (50000),\n"
    "HF_EXPORT_SPLIT_STRATEGY (by_source_industry), HF_EXPORT_OUT_DIR (runs/hf_export).\n"
    "SOURCE_DATE_EPOCH, where it is set, is the time of the bundle.\n"
    "Examples:\n"
    "  hubmill signals export --input samples/signals/train --out-dir my_export\n"
    "  hubmill signals export --source=mock --industry=hvac --max-rows=1000\n"
    "  hubmill signals export --push --repo alice/signals\n"
    "docs/recipes/signals.md tells the rest.";

struct ExportArguments : SignalsPushArguments {
  SignalsExportOptions options;
  std::string out_dir;
  std::string split;
  std::string max_rows;
  std::string on_bad_row = "fail";
  std::string ranges;
  bool push = false;
  OutputArguments output;
};

/// A whole number of decimal digits; nothing for anything else.
std::optional<int64_t> ReadWhole(const std::string& text) {
  int64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || value < 0) {
    return std::nullopt;
  }
  return value;
}

/// SOURCE_DATE_EPOCH, else now.
Result<int64_t> TimeOfBundle() {
  const std::string epoch = SignalsSetting("SOURCE_DATE_EPOCH");
  if (epoch.empty()) return SystemClock().UnixNanos() / 1'000'000;
  constexpr int64_t kYear10000 = 253'402'300'800;
  const std::optional<int64_t> seconds = ReadWhole(epoch);
  if (seconds && *seconds < kYear10000) return *seconds * 1000;
  return WrongUsage(
      "SOURCE_DATE_EPOCH is not a number of seconds; remedy: unset it, or for example "
      "SOURCE_DATE_EPOCH=1760313600");
}

/// Options, then settings, then defaults; everything wrong at once.
Status ReadSettings(ExportArguments* arguments) {
  SignalsExportOptions& options = arguments->options;
  std::string all;
  const auto refuse = [&all](const std::string& why) { all += (all.empty() ? "" : "\n") + why; };
  const bool given = !arguments->max_rows.empty();
  const std::string limit =
      given ? arguments->max_rows : SignalsSetting("HF_EXPORT_MAX_ROWS", "50000");
  if (const auto rows = ReadWhole(limit)) {
    options.max_rows = *rows;
  } else {
    refuse(Concat(given ? "--max-rows" : "HF_EXPORT_MAX_ROWS",
                  " is no number of rows; remedy: a whole number, for example 1000"));
  }
  const bool split_given = !arguments->split.empty();
  const std::string split = split_given
                                ? arguments->split
                                : SignalsSetting("HF_EXPORT_SPLIT_STRATEGY", NameOf(options.split));
  if (!ParseSplitStrategy(split, &options.split)) {
    refuse(Concat(split_given ? "--split" : "HF_EXPORT_SPLIT_STRATEGY",
                  " is no way to split; remedy: none, by_source, by_industry or "
                  "by_source_industry"));
  }
  options.out_dir = arguments->out_dir.empty()
                        ? SignalsSetting("HF_EXPORT_OUT_DIR", options.out_dir)
                        : arguments->out_dir;
  options.quarantine = arguments->on_bad_row == "quarantine";
  if (!arguments->ranges.empty()) options.enforce = arguments->ranges == "enforce";
  const Result<int64_t> millis = TimeOfBundle();
  if (!millis.ok()) refuse(millis.status().message());
  if (!all.empty()) return WrongUsage(all);
  options.unix_millis = *millis;
  return Status::OK();
}

Json NamedCounts(const SignalsSchema& schema, const std::vector<int64_t>& counts, bool all) {
  Json out = Json::object();
  for (size_t i = 0; i < counts.size(); ++i) {
    if (all || counts[i] > 0) out[schema.features[i].key] = counts[i];
  }
  return out;
}

Json RenderJson(const SignalsExportReport& report, const ExportArguments& arguments) {
  const SignalsCounts& counts = report.counts;
  const SignalsSchema& schema = report.schema;
  Json out{{"dry_run", arguments.options.dry_run},
           {"output", arguments.options.dry_run ? "" : report.out_dir},
           {"schema", schema.name},
           {"schema_version", schema.version},
           {"schema_hash", SchemaHash(schema.version, schema.Keys())},
           {"legacy_schema_hash", LegacySchemaHash(schema.Keys())},
           {"lines", counts.lines},
           {"rows", counts.rows},
           {"not_json", counts.not_json},
           {"filtered", counts.filtered},
           {"refused", counts.refused},
           {"rules", counts.rules},
           {"small_cell", counts.small_cell},
           {"duplicates", counts.duplicates},
           {"unknown_features", counts.unknown},
           {"coverage", NamedCounts(schema, counts.filled, true)},
           {"out_of_range", NamedCounts(schema, counts.out_of_range, false)},
           {"not_numbers", NamedCounts(schema, counts.not_numbers, false)}};
  Json& splits = out["splits"] = Json::object();
  for (const SignalsSplit& split : report.splits) splits[split.slug] = split.rows;
  Json& files = out["files"] = Json::array();
  for (const OutputFile& file : report.files) {
    files.push_back({{"path", file.path}, {"size", file.size_bytes}, {"sha256", file.sha256}});
  }
  out["notes"] = report.notes;
  out["wall_s"] = report.wall_s;
  return out;
}

/// How many rows have each feature, in short: all of them stand in --json.
std::string CoverageText(const SignalsExportReport& report) {
  const SignalsCounts& counts = report.counts;
  size_t full = 0;
  std::string some, none;
  for (size_t i = 0; i < counts.filled.size(); ++i) {
    const std::string& key = report.schema.features[i].key;
    if (counts.filled[i] == counts.rows) {
      ++full;
    } else if (counts.filled[i] == 0) {
      none += " " + key;
    } else {
      some += Concat(" ", key, "=", 100 * counts.filled[i] / counts.rows, "%");
    }
  }
  std::string text =
      Concat("coverage: ", full, " of ", counts.filled.size(), " features in every row\n");
  if (!some.empty()) text += "  in some:" + some + "\n";
  if (!none.empty()) text += "  in none:" + none + "\n";
  return text;
}

void PrintText(const SignalsExportReport& report, const ExportArguments& arguments) {
  const SignalsSchema& schema = report.schema;
  PrintFacts(Concat("schema: ", schema.name,
                    "\nschema_hash: ", SchemaHash(schema.version, schema.Keys()),
                    "\nlegacy_schema_hash: ", LegacySchemaHash(schema.Keys()), "\n"));
  PrintSignalsCounts(report.counts);
  for (const SignalsSplit& split : report.splits) {
    PrintFacts(Concat("  ", split.slug, ": ", WithCommas(split.rows), "\n"));
  }
  PrintFacts(CoverageText(report));
  PrintFacts(arguments.options.dry_run ? "output: none, a dry run\n"
                                       : "output: " + report.out_dir + "\n");
}

Status Export(ExportArguments& arguments) {
  ARROW_RETURN_NOT_OK(ReadSettings(&arguments));
  SignalsExportOptions& options = arguments.options;
  std::optional<SignalsExportReport> report;
  std::optional<PublishReport> pushed;
  std::string why_not;
  Status failed;
  {
    Progress progress;
    InterruptScope interrupt(&progress);
    ProgressBar bar(&progress, arguments.output.BarWanted());
    options.hub = arguments.hub == "local" ? "" : arguments.hub;
    ARROW_ASSIGN_OR_RAISE(report, RunSignalsExport(options, &progress));
    if (arguments.push && !options.dry_run) {
      ARROW_ASSIGN_OR_RAISE(why_not, WhyNoPush(arguments, /*asked=*/true));
      if (why_not.empty()) {
        const SignalsPushOptions push{
            .bundle_dir = options.out_dir, .schema = options.schema, .threads = options.threads};
        auto done = PushBundle(arguments, push, &progress);
        failed = done.status();
        if (done.ok()) pushed = *std::move(done);
      }
    }
  }
  if (!arguments.output.quiet) {
    for (const std::string& note : report->notes) PrintMessage("note: " + note);
  }
  const std::string error = failed.ok() ? why_not : failed.message();
  if (arguments.output.json) {
    Json out = RenderJson(*report, arguments);
    if (pushed) out["push"] = Json::parse(pushed->ToJson());
    if (arguments.push && !options.dry_run) out["pushed"] = pushed.has_value();
    if (pushed) out["revision"] = pushed->commit;
    if (!error.empty()) out["error"] = error;
    PrintFacts(out.dump(2) + "\n");
  } else if (!arguments.output.quiet) {
    PrintText(*report, arguments);
    if (pushed) PrintPublish(*pushed, WithPlace(arguments, arguments.output, &*pushed));
    if (pushed) PrintFacts("revision: " + pushed->commit + "\n");
    PrintMessage(
        SummaryLine(report->counts.lines, report->counts.rows, report->bytes_read, report->wall_s));
  }
  ARROW_RETURN_NOT_OK(failed);
  if (why_not.empty()) return Status::OK();
  return WrongUsage("not pushed: ", why_not, "; the bundle stays in ", report->out_dir,
                    why_not.starts_with("HF_TOKEN")
                        ? "; remedy: set HF_TOKEN in the environment or .env"
                        : "; remedy: HF_EXPORT_ENABLED=true in the environment or .env");
}

}  // namespace

void AddSignalsExportCommand(CLI::App& signals, CommandContext* context) {
  auto arguments = std::make_shared<ExportArguments>();
  SignalsExportOptions& options = arguments->options;
  CLI::App* command =
      signals.add_subcommand("export", "Training examples to a bundle, through the guard");
  command->footer(kFooter);
  command->add_option("--source", options.source, "Only rows of this source: mock, real");
  command->add_option("--industry", options.industry, "Only rows of this industry_key: hvac, …");
  command->add_option("--max-rows", arguments->max_rows, "The first N rows (HF_EXPORT_MAX_ROWS)");
  command->add_option("--out-dir", arguments->out_dir, "The bundle's folder (HF_EXPORT_OUT_DIR)");
  command->add_option("--split", arguments->split,
                      "none, by_source, by_industry, by_source_industry "
                      "(HF_EXPORT_SPLIT_STRATEGY)");
  command
      ->add_option("--input", options.inputs,
                   "JSON lines: a file, folder, URI or - (data/learning/train); may be repeated")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--schema", options.schema, "Name or file (signals_v1)");
  command
      ->add_option("--on-bad-row", arguments->on_bad_row,
                   "A refused row refuses the export (fail), or is left out (quarantine)")
      ->check(CLI::IsMember({"fail", "quarantine"}));
  command
      ->add_option("--min-cell", options.min_cell,
                   "Least rows of a source and industry; fewer tell who they are (0)")
      ->check(CLI::Range(int64_t{0}, kLimitMax));
  command
      ->add_option("--ranges", arguments->ranges,
                   "A number out of its range: enforce refuses the row, report counts it (the "
                   "schema's own)")
      ->check(CLI::IsMember({"enforce", "report"}));
  command->add_option("--rejects", options.rejects_dir,
                      "Folder for rejects.jsonl: file, row, key and rule of refused rows");
  command->add_flag("--compat", options.compat,
                    "Let through what the original lets through (--schema signals_v1_48)");
  command->add_flag("--dry-run", options.dry_run, "Everything but writing and pushing");
  command->add_option("--threads", options.threads, "Threads (0: one a core)")
      ->check(CLI::Range(0, kThreadsMax));
  command->add_flag("--push", arguments->push, "Push the bundle to a Hub, in one commit");
  AddSignalsPushOptions(command, arguments.get());
  AddOutputOptions(*command, &arguments->output);
  command->callback([arguments, context] {
    const Status status = Export(*arguments);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace hubmill
