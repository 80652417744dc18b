// One file as output differs from a recipe run in its last step only: there is one split, one file,
// and it is renamed into place by itself.
#include "run/convert.h"

#include "hubmill/hubmill.h"
#include "io/input_files.h"
#include "io/output_folder.h"
#include "run/plan.h"
#include "run/run_clock.h"

namespace hubmill {
namespace {

bool EndsWith(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

void AddOption(Setting* map, const std::string& key, Setting value) {
  map->kind = Setting::Kind::kMap;
  map->entries.emplace_back(key, std::move(value));
  map->entry_marks.push_back({});
}

Setting Quoted(const std::string& text) {
  Setting value = Setting::Scalar(text);
  value.quoted = true;  // A path such as "1.10" or "true" stays a string.
  return value;
}

/// "parquet" or "jsonl", by the option or the output's name.
Result<std::string> OutputFormatOf(const ConvertOptions& options) {
  const std::string output = WithoutSecrets(options.output);
  std::string by_name;
  if (EndsWith(output, "/")) by_name = "parquet";
  if (EndsWith(output, ".parquet")) by_name = "parquet";
  for (const char* end : {".jsonl", ".jsonl.gz", ".jsonl.zst"}) {
    if (EndsWith(output, end)) by_name = "jsonl";
  }
  if (by_name.empty()) {
    return WrongUsage(
        "cannot tell the output's format: output=", output,
        "; remedy: name it *.parquet, *.jsonl, *.jsonl.gz or *.jsonl.zst, or a folder "
        "with a slash at its end");
  }
  if (!EndsWith(output, "/") && !options.output_format.empty() &&
      options.output_format != by_name) {
    return WrongUsage("the output's name and its format differ: output=", output,
                      " format=", options.output_format, "; remedy: change one of the two");
  }
  return options.output_format.empty() ? by_name : options.output_format;
}

/// The recipe that the options stand for.
Result<Recipe> RecipeOf(const ConvertOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const std::string format, OutputFormatOf(options));
  std::vector<Setting> paths;
  for (const std::string& input : options.inputs) {
    if (input == options.output) {
      return WrongUsage("the output is also an input: path=", WithoutSecrets(input),
                        "; remedy: name another output");
    }
    if (input == "-" && options.input_format.empty()) {
      return WrongUsage("standard input has no name to tell its format by; remedy: --from jsonl");
    }
    paths.push_back(Quoted(input));
  }
  DatasetRecipe dataset{.name = "default", .reject_bad_rows = options.reject_bad_rows};
  if (options.inputs == std::vector<std::string>{"-"}) {
    dataset.source.name = "stdin";
    AddOption(&dataset.source.options, "format", Quoted(options.input_format));
  } else {
    dataset.source.name = options.input_format.empty() ? "files" : options.input_format;
    AddOption(&dataset.source.options, "path", Setting::List(std::move(paths)));
  }
  if (!options.clean_column.empty()) {
    BlockUse clean{.name = "clean_text"};
    AddOption(&clean.options, "columns", Setting::List({Quoted(options.clean_column)}));
    dataset.stages.push_back(std::move(clean));
  }
  dataset.sink.name = format;
  dataset.sink.options.kind = Setting::Kind::kMap;
  const std::string output = WithoutSecrets(options.output);
  if (EndsWith(output, ".gz")) {
    AddOption(&dataset.sink.options, "compression", Quoted("gzip"));
  } else if (EndsWith(output, ".zst")) {
    AddOption(&dataset.sink.options, "compression", Quoted("zstd"));
  }
  if (options.level) AddOption(&dataset.sink.options, "level", WriteValue(*options.level));
  Recipe recipe{.file = "convert", .name = "convert"};
  recipe.datasets.push_back(std::move(dataset));
  return recipe;
}

Result<std::unique_ptr<Sink>> OpenSink(const Recipe& recipe, const DatasetPlan& plan,
                                       const SingleFile& file) {
  const BlockUse& use = recipe.datasets[0].sink;
  return AllBlocks().sinks.at(use.name).make(use.options,
                                             {.file = recipe.file, .owner = "sink " + use.name},
                                             {.staging_dir = file.staging_dir(),
                                              .data_dir = "",
                                              .schema = plan.schema(),
                                              .splits = plan.splits(),
                                              .single_file = file.name()});
}

/// Reads, converts and commits one file; fills the report of the data set.
Status RunToFile(const Recipe& recipe, const RunOptions& options, Progress* progress,
                 DatasetReport* report) {
  ARROW_ASSIGN_OR_RAISE(Plan plan, MakePlan(recipe, options, progress));
  DatasetPlan& dataset = plan.datasets[0];
  if (progress != nullptr) progress->bytes_total = plan.BytesToRead();
  ARROW_ASSIGN_OR_RAISE(auto file, SingleFile::Open(options.output_dir));
  ARROW_ASSIGN_OR_RAISE(auto sink, OpenSink(recipe, dataset, *file));
  const PhaseOptions phase{.threads = options.threads,
                           .rows_max = options.rows_max,
                           .reject_bad_rows = dataset.reject_bad_rows};
  report->name = dataset.name;
  report->options = dataset.options;
  ARROW_RETURN_NOT_OK(RunPhase(*dataset.source, dataset.phases[0].stages, *sink, phase,
                               /*rejects=*/nullptr, progress, report));
  ARROW_ASSIGN_OR_RAISE(report->outputs, sink->Close());
  ARROW_RETURN_NOT_OK(file->Commit());
  ReportInputs(*dataset.source, report);
  return Status::OK();
}

/// Whether a remedy names an option, as a word in backticks, or another stage.
bool IsOfRecipes(const std::string& remedy) {
  if (remedy.find("before this stage") != remedy.npos) return true;
  for (size_t i = 1; i < remedy.size(); ++i) {
    if (remedy[i - 1] == '`' && remedy[i] >= 'a' && remedy[i] <= 'z') return true;
  }
  return false;
}

/// Sources name their own options as remedies, and `convert` has none of these.
Status WithRecipeRemedy(const Status& status) {
  const std::string& text = status.message();
  const size_t remedy = text.find("; remedy: ");
  if (remedy == std::string::npos || !IsOfRecipes(text.substr(remedy))) return status;
  const bool bad_row = text.starts_with("bad row: ");
  return Failure(
      KindOf(status),
      Concat(text, "\nconvert has no such options; remedy: ",
             bad_row ? "--skip-bad-rows leaves these rows out; or " : "",
             "hubmill run RECIPE, with source: {FORMAT: {path: IN, OPTION: VALUE}} in the recipe"));
}

Result<RunReport> Convert(const ConvertOptions& options, Progress* progress) {
  ARROW_ASSIGN_OR_RAISE(const Recipe recipe, RecipeOf(options));
  const RunOptions run{.output_dir = options.output,
                       .threads = options.threads,
                       .batch_rows_max = options.batch_rows_max,
                       .rows_max = options.rows_max,
                       .hub = options.hub,
                       .hub_token = options.hub_token};
  const std::string shown = WithoutSecrets(options.output);
  if (EndsWith(shown, "/")) return RunRecipe(recipe, run, progress);
  const RunClock clock;
  RunReport report{.recipe = recipe.name, .version = Version(), .output_dir = shown};
  report.datasets.emplace_back();
  ARROW_RETURN_NOT_OK(RunToFile(recipe, run, progress, &report.datasets[0]));
  clock.Stop(&report);
  return report;
}

}  // namespace

Result<RunReport> RunConvert(const ConvertOptions& options, Progress* progress) {
  Result<RunReport> report = Convert(options, progress);
  return report.ok() ? std::move(report) : WithRecipeRemedy(report.status());
}

}  // namespace hubmill
