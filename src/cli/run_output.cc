#include "cli/run_output.h"

#include "cli/terminal.h"

namespace hubmill {
namespace {

void PrintDrops(const StageReport& stage) {
  for (const auto& [reason, rows] : stage.drops) {
    PrintFacts("  dropped " + WithCommas(rows) + " rows: " + stage.name + ", " + reason + "\n");
  }
}

void PrintDataset(const DatasetReport& dataset) {
  PrintFacts(dataset.name + ": " + WithCommas(dataset.rows_read) + " rows in, " +
             WithCommas(dataset.rows_written) + " rows out" +
             (dataset.resumed ? " (complete from an earlier run)" : "") + "\n");
  for (const auto& [split, rows] : dataset.split_rows) {
    PrintFacts("  " + split + ": " + WithCommas(rows) + " rows\n");
  }
  for (const StageReport& stage : dataset.stages) {
    PrintDrops(stage);
    for (const auto& [what, count] : stage.counts) {
      PrintFacts("  " + stage.name + ": " + what + " " + WithCommas(count) + "\n");
    }
  }
  int64_t bytes = 0;
  for (const OutputFile& file : dataset.outputs) bytes += file.size_bytes;
  PrintFacts("  " + WithCommas(static_cast<int64_t>(dataset.outputs.size())) + " files, " +
             WithUnit(static_cast<double>(bytes), "B") + "\n");
}

}  // namespace

void AddOutputOptions(CLI::App& command, OutputArguments* arguments) {
  command.add_flag("--json", arguments->json, "Facts as one JSON object");
  command.add_flag("--quiet", arguments->quiet, "No facts and no messages but errors");
  command.add_flag("--no-progress", arguments->no_progress, "No progress bar");
}

void PrintReport(const RunReport& report, const OutputArguments& arguments, bool dry_run) {
  if (arguments.json) {
    PrintFacts(report.ToJson() + "\n");
    return;
  }
  if (arguments.quiet) return;
  for (const std::string& note : report.notes) PrintMessage("note: " + note);
  if (dry_run) {
    PrintFacts("dry run: everything checked, nothing written: " + report.output_dir + "\n");
    return;
  }
  int64_t rows_in = 0, rows_out = 0, bytes = 0;
  for (const DatasetReport& dataset : report.datasets) {
    PrintDataset(dataset);
    rows_in += dataset.rows_read;
    rows_out += dataset.rows_written;
    bytes += dataset.bytes_read;
  }
  PrintFacts("output: " + report.output_dir + "\n");
  PrintMessage(SummaryLine(rows_in, rows_out, bytes, report.wall_s));
}

}  // namespace hubmill
