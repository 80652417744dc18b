// hubmill dedup IN... --out OUT
#include <cmath>
#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/hub_connection.h"
#include "cli/run_output.h"
#include "cli/terminal.h"
#include "run/dedup.h"

namespace hubmill {
namespace {

constexpr char kFooter[] =
    "IN:  JSONL, CSV or Parquet files (.gz and .zst too), globs, folders, hub://OWNER/NAME.\n"
    "OUT: a .jsonl(.gz|.zst) or .parquet file, or a folder of shards, with a slash at its end.\n"
    "     From JSONL to JSONL kept lines stay as they are.\n"
    "Reasons of dropped rows: duplicate, near_duplicate, in_other (--against), repeated_text\n"
    "(--method paragraph: nothing is left of the text), overlap.  docs/dedup.md\n"
    "Examples:\n"
    "  hubmill dedup samples/chat.jsonl --text answer --out chat.jsonl\n"
    "  hubmill dedup web/*.jsonl.zst --out web.parquet --method near --threshold 0.8 --verify\n"
    "  hubmill dedup train.jsonl --against eval.jsonl --method near --out clean.jsonl \\\n"
    "      --clusters why.parquet\n"
    "  hubmill dedup web.jsonl --out lean.jsonl --method paragraph --unit line --keep none \\\n"
    "      --max-repeats 100 --min-chars 20\n"
    "  hubmill dedup train.jsonl --against eval.jsonl --method overlap --out clean.jsonl \\\n"
    "      --overlaps shared.parquet";

constexpr int kOverlapWords = 13;  // As GPT-3's and The Pile's decontamination.
constexpr uint64_t kLineBytesMax = uint64_t{1} << 30;
constexpr uint64_t kShardBytesMax = uint64_t{16} << 30;
constexpr uint64_t kMemoryMax = uint64_t{1} << 50;

struct DedupArguments {
  DedupOptions options;
  std::string method = "exact";
  std::string keep = "first";
  std::string unit = "paragraph";
  std::string scope = "global";
  uint64_t memory_bytes = uint64_t{2} << 30;
  uint64_t shard_bytes = 0;
  uint64_t line_bytes = uint64_t{64} << 20;
  HubChoice hub;
  OutputArguments output;
};

/// What stands behind `prefix`, which `text` begins with; empty: it does not.
std::string After(const std::string& text, const std::string& prefix) {
  return text.starts_with(prefix) ? text.substr(prefix.size()) : "";
}

struct Given {
  bool threshold = false;
  bool shape = false;  // --bands or --rows
  bool ngram = false;
  bool pieces = false;  // --unit, --min-chars or --max-repeats
  bool share = false;   // --overlap-share
};

Status CheckOverlap(const DedupArguments& arguments, const Given& given) {
  const DedupOptions& options = arguments.options;
  const bool alone = options.method == DedupMethod::kOverlap;
  if (options.overlap > 0 && options.against.empty()) {
    return WrongUsage("nothing to overlap with; remedy: --against OTHER, an evaluation set say");
  }
  if (options.overlap == 0 && (given.share || !options.overlaps.empty())) {
    return WrongUsage(
        "--overlap-share and --overlaps say more of an overlap; remedy: add --overlap 13, or "
        "--method overlap");
  }
  if (alone && (arguments.keep != "first" || arguments.scope != "global" || options.report ||
                !options.clusters.empty())) {
    return WrongUsage(
        "--method overlap compares no rows of IN with each other; remedy: leave out --keep, "
        "--scope, --report and --clusters (why rows went is in --overlaps), or choose --method "
        "exact or near with --overlap 13");
  }
  return Status::OK();
}

Status CheckMethod(const DedupOptions& options, const Given& given) {
  const bool near = options.method == DedupMethod::kNear;
  const bool paragraph = options.method == DedupMethod::kParagraph;
  if (!near && (given.threshold || given.shape || given.ngram || options.verify)) {
    return WrongUsage(
        "--ngram, --bands, --rows, --threshold and --verify belong to --method near; remedy: add "
        "--method near, or leave them out");
  }
  if (!paragraph && (given.pieces || options.keep == DedupKeep::kNone)) {
    return WrongUsage(
        "--unit, --min-chars, --max-repeats and --keep none belong to --method paragraph; remedy: "
        "add --method paragraph, or leave them out");
  }
  if (paragraph && (options.keep == DedupKeep::kLongest || options.keep == DedupKeep::kBest)) {
    return WrongUsage(
        "paragraphs have no length or number to choose by; remedy: --keep first or --keep none");
  }
  if (paragraph && (options.report || !options.clusters.empty())) {
    return WrongUsage(
        "--clusters and --report are about whole rows; remedy: leave them out of --method "
        "paragraph, whose counts are in the report");
  }
  return Status::OK();
}

Status ReadChoices(DedupArguments& arguments, const Given& given) {
  DedupOptions& options = arguments.options;
  options.method = arguments.method == "near"        ? DedupMethod::kNear
                   : arguments.method == "paragraph" ? DedupMethod::kParagraph
                   : arguments.method == "overlap"   ? DedupMethod::kOverlap
                                                     : DedupMethod::kExact;
  options.unit = arguments.unit == "line" ? PieceUnit::kLine : PieceUnit::kParagraph;
  options.best = After(arguments.keep, "best:");
  options.within = After(arguments.scope, "within:");
  if (arguments.keep == "longest") options.keep = DedupKeep::kLongest;
  if (!options.best.empty()) options.keep = DedupKeep::kBest;
  if (arguments.keep == "none") options.keep = DedupKeep::kNone;
  if (options.keep == DedupKeep::kFirst && arguments.keep != "first") {
    return WrongUsage("no such --keep: value=", arguments.keep,
                      "; remedy: first, longest, best:COLUMN or, of paragraphs, none");
  }
  if (options.within.empty() && arguments.scope != "global") {
    return WrongUsage("no such --scope: value=", arguments.scope,
                      "; remedy: global or within:COLUMN");
  }
  ARROW_RETURN_NOT_OK(CheckMethod(options, given));
  if (options.method == DedupMethod::kOverlap && options.overlap == 0) {
    options.overlap = kOverlapWords;
  }
  ARROW_RETURN_NOT_OK(CheckOverlap(arguments, given));
  if (given.threshold && !given.shape) {
    options.shape = ShapeOfThreshold(options.threshold, options.shape.ngram);
  }
  if (options.shape.bands * options.shape.rows > kMinimaMax) {
    return WrongUsage("bands times rows is above the bound: bands=", options.shape.bands,
                      " rows=", options.shape.rows, " max=", kMinimaMax, "; remedy: take fewer");
  }
  if (given.threshold && given.shape && !options.verify) {
    return WrongUsage(
        "--threshold chooses bands and rows, or is what --verify asks for; remedy: add --verify, "
        "or "
        "leave out --threshold, or --bands and --rows");
  }
  if (arguments.memory_bytes > kMemoryMax) {
    return WrongUsage("--memory is above the bound: bytes=", arguments.memory_bytes,
                      " max=", kMemoryMax, "; remedy: give what the machine has");
  }
  options.memory_bytes_max = int64_t(arguments.memory_bytes);
  if (arguments.shard_bytes > kShardBytesMax) {
    return WrongUsage("--shard-bytes is above the bound: bytes=", arguments.shard_bytes,
                      " max=", kShardBytesMax, "; remedy: smaller shards");
  }
  options.shard_bytes = int64_t(arguments.shard_bytes);
  if (arguments.line_bytes == 0 || arguments.line_bytes > kLineBytesMax) {
    return WrongUsage("--max-line-bytes is out of bounds: bytes=", arguments.line_bytes,
                      " max=", kLineBytesMax, "; remedy: 64MiB, or what the longest line has");
  }
  options.line_bytes_max = int64_t(arguments.line_bytes);
  return Status::OK();
}

/// How likely two texts are to meet, by their likeness.
void PrintShape(const MinHashShape& shape) {
  PrintFacts(Concat("  shingles of ", shape.ngram, " words, ", shape.bands, " bands of ",
                    shape.rows, " minima; texts this much alike meet with probability\n   "));
  for (const double s : {0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9}) {
    const double meet = 1 - std::pow(1 - std::pow(s, shape.rows), shape.bands);
    PrintFacts(Concat(" ", s, ": ", std::round(meet * 1000) / 1000));
  }
  PrintFacts("\n");
}

Status Dedup(DedupArguments& arguments, const Given& given) {
  DedupOptions& options = arguments.options;
  ARROW_RETURN_NOT_OK(ReadChoices(arguments, given));
  ARROW_ASSIGN_OR_RAISE(const RunHub hub, OpenHubOfRun(arguments.hub));
  options.hub = hub.url;
  options.hub_token = hub.token;
  RunReport report;
  {
    Progress progress;
    InterruptScope interrupt(&progress);
    ProgressBar bar(&progress, arguments.output.BarWanted());
    ARROW_ASSIGN_OR_RAISE(report, RunDedup(options, &progress));
  }
  const bool text = !arguments.output.json && !arguments.output.quiet;
  if (text && options.report && options.method == DedupMethod::kNear) PrintShape(options.shape);
  PrintReport(report, arguments.output, options.dry_run);
  return Status::OK();
}

void AddNearOptions(CLI::App& command, DedupOptions* options) {
  command.add_option("--ngram", options->shape.ngram, "near: words in a shingle (5)")
      ->check(CLI::Range(1, 64));
  CLI::Option* bands =
      command.add_option("--bands", options->shape.bands, "near: bands of a signature (14)")
          ->check(CLI::Range(1, 256));
  CLI::Option* rows =
      command.add_option("--rows", options->shape.rows, "near: minima in a band (8)")
          ->check(CLI::Range(1, 64));
  command
      .add_option(
          "--threshold", options->threshold,
          "near: likeness (Jaccard index) from which rows are duplicates: chooses bands and "
          "rows, and is what --verify asks for (0.7)")
      ->check(CLI::Range(0.01, 1.0));
  bands->needs(rows);
  rows->needs(bands);
  command.add_flag("--verify", options->verify,
                   "near: compare the rows themselves; only what is really alike goes");
}

void AddPieceOptions(CLI::App& command, DedupArguments* arguments) {
  command
      .add_option("--unit", arguments->unit,
                  "paragraph: what is compared and taken out, paragraph (default) or line")
      ->check(CLI::IsMember({"paragraph", "line"}));
  command
      .add_option("--min-chars", arguments->options.chars_min,
                  "paragraph: shorter pieces stay and are not counted (1)")
      ->check(CLI::Range(int64_t{1}, int64_t{1'000'000'000}));
  command
      .add_option("--max-repeats", arguments->options.repeats_max,
                  "paragraph: what more rows hold goes: from the later ones, or, with --keep none, "
                  "from all (1)")
      ->check(CLI::Range(int64_t{1}, int64_t{1'000'000'000}));
}

void AddOverlapOptions(CLI::App& command, DedupOptions* options) {
  command
      .add_option("--overlap", options->overlap,
                  "Rows that share a run of so many words with --against go too, whatever the "
                  "method (13 is usual)")
      ->check(CLI::Range(1, 64));
  command
      .add_option("--overlap-share", options->overlap_share,
                  "Only if so large a share of a row's runs of words is in --against (0: one run)")
      ->check(CLI::Range(0.0, 1.0));
  command.add_option("--overlaps", options->overlaps,
                     "Parquet file of the rows that overlap: the shared words, and with which row");
}

}  // namespace

void AddDedupCommand(CLI::App& app, CommandContext* context) {
  auto arguments = std::make_shared<DedupArguments>();
  DedupOptions& options = arguments->options;
  CLI::App* command =
      app.add_subcommand("dedup", "Leave out rows that repeat another row, exactly or nearly");
  command->footer(kFooter);
  command->add_option("IN", options.inputs, "Files, globs, folders or URIs")->required();
  command->add_option("--out", options.output, "The file or folder to write")->required();
  command
      ->add_option("--format", options.output_format,
                   "Of the output (default: by its name; of a folder as the inputs)")
      ->check(CLI::IsMember({"jsonl", "jsonl.gz", "jsonl.zst", "parquet"}));
  command
      ->add_option("--shard-bytes", arguments->shard_bytes,
                   "Of a folder: size of a file before encoding, in whole MiB (1GiB)")
      ->transform(CLI::AsSizeValue(true));
  command
      ->add_option("--method", arguments->method,
                   "exact (default); near; paragraph: repeated ones are taken out of the texts; "
                   "overlap: nothing but --overlap, 13 words unless it says")
      ->check(CLI::IsMember({"exact", "near", "paragraph", "overlap"}));
  command->add_option("--text", options.text, "The column that is compared (text)");
  AddNearOptions(*command, &options);
  AddPieceOptions(*command, arguments.get());
  AddOverlapOptions(*command, &options);
  command->add_option("--keep", arguments->keep,
                      "Which row of several stays: first (default), longest or best:COLUMN (the "
                      "greatest number)");
  command->add_option("--scope", arguments->scope,
                      "global (default), or within:COLUMN: only rows with one value there");
  command->add_option("--against", options.against,
                      "Other data: what is in it too goes, and nothing of it is written");
  command
      ->add_option("--memory", arguments->memory_bytes,
                   "Bound of keys in memory (2GiB); beyond it they go to files below TMPDIR")
      ->transform(CLI::AsSizeValue(true))
      ->default_str("2GiB");
  command->add_option("--clusters", options.clusters,
                      "Parquet file of all rows in clusters: why each row went");
  command->add_flag("--report", options.report, "Also say how clusters are sized, and the S-curve");
  command->add_option("--from", options.input_format, "Format of the inputs (default: by name)")
      ->check(CLI::IsMember({"jsonl", "csv", "parquet"}));
  command
      ->add_option("--level", options.level,
                   "Level of the output's zstd (1 to 22; 3) or gzip (1 to 9; 6)")
      ->check(CLI::Range(1, 22));
  command
      ->add_option("--max-line-bytes", arguments->line_bytes,
                   "Longest line of JSONL or CSV (64MiB, at most 1GiB); a longer one is a bad row")
      ->transform(CLI::AsSizeValue(true))
      ->default_str("64MiB");
  command->add_option("--threads", options.threads, "Threads (0: one a core); changes no result")
      ->check(CLI::Range(0, 1024));
  command->add_flag("--skip-bad-rows", options.reject_bad_rows,
                    "Drop and count rows that cannot be read, instead of failing");
  command->add_flag("--dry-run", options.dry_run, "Check inputs and columns; write nothing");
  AddHubChoice(command, &arguments->hub);
  AddOutputOptions(*command, &arguments->output);
  command->callback([arguments, context, command] {
    const Given given{.threshold = command->count("--threshold") > 0,
                      .shape = command->count("--bands") > 0,
                      .ngram = command->count("--ngram") > 0,
                      .pieces = command->count("--unit") + command->count("--min-chars") +
                                    command->count("--max-repeats") >
                                0,
                      .share = command->count("--overlap-share") > 0};
    const Status status = Dedup(*arguments, given);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace hubmill
