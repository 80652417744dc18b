// hubmill metadata: the table that describes an evaluation set, as a file and on a Hub.
//
// A thin front over RunRecipe() with the recipes metadata-e1 and metadata-e2, which are the table.
// Everything is made and checked in a scratch folder first; then the table is published; then FILE
// takes its name.  So whatever fails, no file and no commit is left behind.
#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "cli/hub_command.h"
#include "cli/publish_command.h"
#include "cli/recipe_file.h"
#include "cli/terminal.h"
#include "cli/text_file.h"
#include "hubmill/hubmill.h"
#include "io/temporary_folder.h"
#include "run/metadata_table.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;

constexpr char kStdout[] = "-";  // As a file.

constexpr char kFooter[] =
    "The sampling files lie in --data-dir; every one that is missing or broken is named, and "
    "nothing\n"
    "is written.  SOURCE_DATE_EPOCH, where it is set, is the time of the rows.\n"
    "Examples:\n"
    "  hubmill metadata --env e1 --out meta.jsonl --data-dir samples/metadata\n"
    "  hubmill metadata --env e1 --out meta.jsonl --push --repo alice/set-metadata --public\n"
    "  hubmill metadata check meta.jsonl";

struct MetadataArguments : PublishArguments {
  std::string env;
  std::string out;
  std::string data_dir;
  std::string split = "meta";
  std::string created_at;
  bool created_at_given = false;
  bool push = false;
  bool is_private = false;
  bool is_public = false;
  bool allow_missing = false;
  bool dry_run = false;
  OutputArguments output;
};

/// Everything that is wrong with the command line, at once.
Status CheckUsage(const MetadataArguments& arguments) {
  std::string all;
  const auto refuse = [&all](bool wrong, const char* why) {
    if (wrong) all += (all.empty() ? "" : "\n") + std::string(why);
  };
  refuse(arguments.env.empty(), "--env is missing; remedy: --env e1 or --env e2");
  std::error_code error;
  refuse(arguments.out.empty(), "--out is missing; remedy: --out FILE");
  refuse(arguments.out == kStdout && arguments.output.json && !arguments.dry_run,
         "--out - and --json would both write to standard output; remedy: --out FILE");
  refuse(fs::is_directory(arguments.out, error), "--out is a folder; remedy: --out FILE");
  refuse(arguments.push && arguments.repo.empty(),
         "--push says no repository; remedy: --repo OWNER/NAME");
  refuse(arguments.created_at_given && !IsUtcTimestamp(arguments.created_at),
         "--created-at is not a UTC time in ISO 8601; remedy: write it as 2025-10-13T00:00:00Z");
  return all.empty() ? Status::OK() : WrongUsage(all);
}

/// --created-at, else SOURCE_DATE_EPOCH, else now.
Result<std::string> TimeOfRows(const MetadataArguments& arguments, Clock& clock) {
  if (arguments.created_at_given) return arguments.created_at;
  const char* epoch = std::getenv("SOURCE_DATE_EPOCH");
  if (epoch == nullptr || *epoch == '\0') return UtcTimestamp(clock.UnixNanos() / 1'000'000'000);
  constexpr int64_t kYear10000 = 253'402'300'800;
  const std::string_view text = epoch;
  int64_t seconds = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || seconds < 0 ||
      seconds >= kYear10000) {
    return WrongUsage(
        "SOURCE_DATE_EPOCH is not a number of seconds; remedy: unset it, or for "
        "example SOURCE_DATE_EPOCH=1760313600");
  }
  return UtcTimestamp(seconds);
}

Result<Recipe> LoadTable(const MetadataArguments& arguments, const std::string& created_at) {
  std::vector<std::string> set = {"split=" + arguments.split, "created_at=" + created_at};
  if (!arguments.data_dir.empty()) set.push_back("data=" + arguments.data_dir);
  if (arguments.allow_missing) set.push_back("missing=reject");
  return LoadRecipeNamed("metadata-" + arguments.env, set, RunOptions().seed);
}

/// A file, or standard input (`-`), never more of it than a table may hold.
Result<std::string> ReadWhole(const std::string& path) {
  std::error_code ignored;  // What cannot be looked at cannot be opened either.
  if (fs::is_directory(path, ignored)) {
    return WrongUsage("a folder is no metadata table: file=", path,
                      "; remedy: name the file in it");
  }
  std::ifstream file;
  if (path != "-") file.open(path, std::ios::binary);
  std::istream& in = path == "-" ? std::cin : file;
  std::string text;
  char buffer[1 << 16];
  while (in.good() && text.size() <= size_t(kMetadataBytesMax)) {
    in.read(buffer, sizeof buffer);
    text.append(buffer, size_t(in.gcount()));
  }
  if (text.size() > size_t(kMetadataBytesMax)) {
    return DataRefused("too large for a metadata table: file=", path,
                       " bytes_max=", kMetadataBytesMax);
  }
  if ((path != "-" && !file.is_open()) || in.bad()) {
    return WrongUsage("cannot read a file: file=", path,
                      "; remedy: check the path and its permissions");
  }
  return text;
}

Status RefuseTable(const std::string& file, const std::vector<std::string>& problems) {
  if (problems.empty()) return Status::OK();
  std::string all = Concat("not a metadata table: file=", file, " problems=", problems.size(),
                           problems.size() < kMetadataProblemsMax ? "" : " or more");
  for (const std::string& problem : problems) all += "\n  " + problem;
  return DataRefused(all);
}

/// `hubmill run` of the table as JSON lines, in the text that Python's json.dumps writes.
Result<std::string> MakeLines(Recipe recipe, const std::string& scratch) {
  Setting& options = recipe.datasets[0].sink.options;
  recipe.datasets[0].sink.name = "jsonl";
  options = Setting();
  options.kind = Setting::Kind::kMap;
  options.entries = {{"style", Setting::Scalar("python")}, {"ascii", Setting::Scalar("true")}};
  options.entry_marks.resize(options.entries.size());
  const RunOptions run{
      .output_dir = scratch + "/lines", .threads = 1, .rejects_dir = scratch + "/rejects"};
  Result<RunReport> report = RunRecipe(recipe, run, nullptr);
  if (!report.ok() && KindOf(report.status()) == FailureKind::kDataRefused) {
    return DataRefused(
        report.status().message(),
        "\nremedy: mend the files in --data-dir; --allow-missing leaves out the rows "
        "whose file is missing or broken");
  }
  ARROW_RETURN_NOT_OK(report.status());
  return ReadWhole(run.output_dir + "/" + report->datasets.at(0).outputs.at(0).path);
}

/// The rows that --allow-missing left out, and why.
Result<std::vector<std::string>> RowsLeftOut(const std::string& scratch) {
  std::vector<std::string> out;
  std::ifstream file(scratch + "/rejects/rejects.jsonl");
  for (std::string line; std::getline(file, line);) {
    const auto reject = nlohmann::json::parse(line);
    out.push_back(Concat("left out: row=", reject.at("row").get<int64_t>(), " ",
                         reject.at("why").get<std::string>()));
  }
  return out;
}

std::vector<std::string> PathsOf(const std::vector<PublishedFile>& files) {
  std::vector<std::string> out;
  for (const PublishedFile& file : files) out.push_back(file.path);
  return out;
}

void AddPublishFacts(const MetadataArguments& arguments, const PublishReport& done, HubFacts* facts,
                     std::vector<std::string>* notes) {
  const std::string place = LocalPlace(arguments, "/datasets/" + done.repo);
  const bool dry_run = arguments.dry_run;
  const bool created = dry_run ? done.commit.empty() : done.created;
  notes->insert(notes->end(), done.notes.begin(), done.notes.end());
  if (done.is_private && !arguments.is_private) {
    const char* what =
        dry_run && created ? "a new repository would be private" : "the repository is private";
    notes->push_back(Concat(
        what, ", so only who may read it sees the table: repo=", done.repo, "; remedy: ",
        dry_run && created ? "--public" : "`hubmill hub visibility " + done.repo + " public`"));
  }
  facts->insert(facts->end(), {{"repo", done.repo},
                               place.empty() ? HubFacts::value_type{"url", done.url}
                                             : HubFacts::value_type{"see", place},
                               {"visibility", done.is_private ? "private" : "public"},
                               {"created", created},
                               {dry_run ? "head" : "commit", done.commit},
                               {"tag", done.tag},
                               {"unchanged", done.unchanged},
                               {"files_added", int64_t(done.added.size())},
                               {"files_changed", int64_t(done.changed.size())},
                               {"files_deleted", int64_t(done.deleted.size())}});
  if (!dry_run) return;
  facts->insert(facts->end(), {{"add", PathsOf(done.added)},
                               {"change", PathsOf(done.changed)},
                               {"delete", PathsOf(done.deleted)},
                               {"README.md", done.card_lines}});
}

/// Publishes the table as Parquet, in one commit, and adds what was done.
Status Publish(const MetadataArguments& arguments, const Recipe& recipe, const std::string& scratch,
               HubFacts* facts, std::vector<std::string>* notes) {
  PublishOptions options = WithArguments(PublishOptionsOf(recipe), arguments);
  options.create_private = !arguments.is_public;
  options.require_private = arguments.is_private;
  options.dry_run = arguments.dry_run;
  ARROW_ASSIGN_OR_RAISE(const HubConnection hub, OpenHub(arguments));
  const RunOptions run{.output_dir = scratch + "/table", .threads = 1};
  ARROW_ASSIGN_OR_RAISE(const RunReport report,
                        RunAndPublish(recipe, run, *hub, options, /*progress=*/nullptr));
  AddPublishFacts(arguments, *report.publish, facts, notes);
  return Status::OK();
}

Status Export(const MetadataArguments& arguments) {
  ARROW_RETURN_NOT_OK(CheckUsage(arguments));
  SystemClock clock;
  ARROW_ASSIGN_OR_RAISE(const std::string created_at, TimeOfRows(arguments, clock));
  ARROW_ASSIGN_OR_RAISE(const Recipe recipe, LoadTable(arguments, created_at));
  ARROW_ASSIGN_OR_RAISE(const auto scratch, TemporaryFolder::Make("metadata"));
  ARROW_ASSIGN_OR_RAISE(const std::string lines, MakeLines(recipe, scratch->path()));
  int64_t rows = 0;
  ARROW_RETURN_NOT_OK(RefuseTable(arguments.out, CheckMetadata(lines, &rows)));
  ARROW_ASSIGN_OR_RAISE(std::vector<std::string> notes, RowsLeftOut(scratch->path()));
  HubFacts facts = {{"dry_run", arguments.dry_run},
                    {"env", arguments.env},
                    {"rows", rows},
                    {"rows_left_out", int64_t(notes.size())},
                    {"created_at", created_at},
                    {arguments.dry_run ? "file_not_written" : "file", arguments.out}};
  if (arguments.push) {
    ARROW_RETURN_NOT_OK(Publish(arguments, recipe, scratch->path(), &facts, &notes));
  } else if (!arguments.dry_run) {
    notes.push_back("not published; remedy: --push --repo OWNER/NAME");
  }
  const bool to_stdout = arguments.out == kStdout;
  if (!arguments.dry_run && !to_stdout) ARROW_RETURN_NOT_OK(WriteTextFile(arguments.out, lines));
  for (const std::string& note : notes) {
    if (!arguments.output.quiet) PrintMessage("note: " + note);
  }
  if (!to_stdout || arguments.dry_run) {
    PrintHubFacts(arguments.output, facts);
  } else {
    PrintFacts(lines);
  }
  return Status::OK();
}

Status Check(const std::string& file, const OutputArguments& output) {
  ARROW_ASSIGN_OR_RAISE(const std::string text, ReadWhole(file));
  int64_t rows = 0;
  const std::vector<std::string> problems = CheckMetadata(text, &rows);
  HubFacts facts = {{"file", file}, {"rows", rows}, {"problems", int64_t(problems.size())}};
  if (output.json) facts.emplace_back("problem", problems);
  if (problems.empty() || output.json) PrintHubFacts(output, facts);
  return RefuseTable(file, problems);
}

void AddCheckCommand(CLI::App& metadata, CommandContext* context) {
  struct CheckArguments {
    std::string file;
    OutputArguments output;
  };
  auto arguments = std::make_shared<CheckArguments>();
  CLI::App* command = metadata.add_subcommand("check", "Check a metadata file, row by row");
  command->footer("Example:\n  hubmill metadata check meta.jsonl");
  command->add_option("FILE", arguments->file, "JSON lines; - is standard input")->required();
  AddOutputOptions(*command, &arguments->output);
  command->callback([arguments, context] {
    const Status status = Check(arguments->file, arguments->output);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace

void AddMetadataCommand(CLI::App& app, CommandContext* context) {
  auto arguments = std::make_shared<MetadataArguments>();
  CLI::App* command = app.add_subcommand("metadata", "The table that describes an evaluation set");
  command->footer(kFooter);
  command->add_option("--env", arguments->env, "Which set: e1 (network logs), e2 (configuration)")
      ->check(CLI::IsMember({"e1", "e2"}));
  command->add_option("--out", arguments->out,
                      "JSON lines to write; an existing file is replaced; - is standard output");
  command->add_option("--data-dir", arguments->data_dir, "Folder of the sampling files");
  command->add_option("--split", arguments->split, "Split that the rows are in (meta)");
  auto* created_at = command->add_option("--created-at", arguments->created_at,
                                         "UTC time of the rows, as 2025-10-13T00:00:00Z (now)");
  command->add_flag("--allow-missing", arguments->allow_missing,
                    "Leave out rows whose file is missing or broken");
  auto* push =
      command->add_flag("--push", arguments->push, "Publish as the config `metadata` of --repo");
  for (CLI::Option* option : AddPublishOptions(command, arguments.get())) option->needs(push);
  auto* is_private = command->add_flag("--private", arguments->is_private,
                                       "Refuse a public repository; a new one is private");
  command->add_flag("--public", arguments->is_public, "A new repository is public")
      ->excludes(is_private)
      ->needs(push);
  is_private->needs(push);
  command->add_flag("--dry-run", arguments->dry_run,
                    "Say what would be published; write and publish nothing");
  command->add_flag("--json", arguments->output.json, "Facts as one JSON object");
  command->add_flag("--quiet,-q", arguments->output.quiet, "No facts, only errors");
  command->require_subcommand(0, 1);
  AddCheckCommand(*command, context);
  command->callback([arguments, command, created_at, context] {
    if (!command->get_subcommands().empty()) return;  // `check` has run.
    arguments->created_at_given = created_at->count() > 0;
    const Status status = Export(*arguments);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace hubmill
