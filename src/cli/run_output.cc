#include "cli/run_output.h"

#include <algorithm>

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

std::string Padded(std::string text, size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

/// Each file that changes on the Hub, and each line of the card.
void PrintChanges(const PublishReport& report) {
  const auto print = [](const char* verb, const std::vector<PublishedFile>& files) {
    for (const PublishedFile& file : files) {
      PrintFacts("  " + Padded(verb, 8) +
                 Padded(WithUnit(static_cast<double>(file.size_bytes), "B"), 10) + file.path +
                 "\n");
    }
  };
  print("add", report.added);
  print("change", report.changed);
  print("delete", report.deleted);
  for (const std::string& line : report.card_lines) PrintFacts("  README.md  " + line + "\n");
}

std::string Count(size_t count, const char* what) {
  return WithCommas(static_cast<int64_t>(count)) + " " + what;
}

}  // namespace

void PrintPublish(const PublishReport& report, const OutputArguments& arguments) {
  if (arguments.json) return PrintFacts(report.ToJson() + "\n");
  if (arguments.quiet) return;
  for (const std::string& note : report.notes) PrintMessage("note: " + note);
  const std::string where = report.repo + (report.is_private ? " (private)" : " (public)");
  if (report.dry_run) {
    PrintFacts("dry run: this would change in " + where + "; nothing was changed:\n");
    PrintChanges(report);
  } else {
    PrintFacts((report.unchanged ? "published already: " : "published: ") + where + "\n");
    PrintFacts("  revision: " + report.commit + "\n");
    if (!report.tag.empty()) PrintFacts("  tag: " + report.tag + "\n");
    for (const std::string& space : report.restarted) PrintFacts("  restarted: " + space + "\n");
    PrintFacts(arguments.place.empty() ? "  url: " + report.url + "\n"
                                       : "  see: " + arguments.place + "\n");
  }
  PrintFacts("  files: " + Count(report.added.size(), "added, ") +
             Count(report.changed.size(), "changed, ") + Count(report.deleted.size(), "deleted, ") +
             Count(static_cast<size_t>(report.files_unchanged), "unchanged; ") +
             WithUnit(static_cast<double>(report.bytes_uploaded), "B") +
             (report.dry_run ? " to upload at most\n" : " uploaded\n"));
}

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
  if (!report.publish || !report.publish->dry_run) {
    PrintFacts("output: " + report.output_dir + "\n");
  }
  if (report.publish) PrintPublish(*report.publish, arguments);
  PrintMessage(SummaryLine(rows_in, rows_out, bytes, report.wall_s));
}

}  // namespace hubmill
