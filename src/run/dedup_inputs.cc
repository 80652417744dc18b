#include "run/dedup_inputs.h"

#include <algorithm>
#include <filesystem>

#include "io/csv_source.h"
#include "io/input_files.h"
#include "io/jsonl_source.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;

// The column of whole lines; no key of a JSON line that means anything has a tab at its start.
constexpr char kLineColumn[] = "\tline";

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

Setting ListOf(const std::vector<std::string>& texts) {
  std::vector<Setting> items;
  for (const std::string& text : texts) items.push_back(Quoted(text));
  return Setting::List(std::move(items));
}

bool IsJsonlName(std::string name) {
  for (const char* end : {".gz", ".zst"}) {
    if (name.ends_with(end)) name.resize(name.size() - std::string_view(end).size());
  }
  return std::any_of(JsonlExtensions().begin(), JsonlExtensions().end(),
                     [&](const std::string& end) { return name.ends_with(end); });
}

/// Whether two local paths lead to one file.
bool AreOneFile(const std::string& a, const std::string& b) {
  std::error_code error;
  return a == b || (!IsUri(a) && !IsUri(b) && fs::equivalent(a, b, error));
}

}  // namespace

Status DedupInputs::Look() {
  if (options_.inputs.empty()) return WrongUsage("no input; remedy: hubmill dedup IN... --out OUT");
  for (const auto* paths : {&options_.inputs, &options_.against}) {
    if (std::find(paths->begin(), paths->end(), "-") == paths->end()) continue;
    return WrongUsage(
        "dedup reads its inputs more than once, and standard input cannot be; remedy: a file");
  }
  std::string name = options_.output;
  for (const char* end : {".gz", ".zst"}) {
    if (!name.ends_with(end)) continue;
    compression_ = std::string_view(end) == ".gz" ? "gzip" : "zstd";
    name.resize(name.size() - std::string_view(end).size());
  }
  if (name.ends_with(".jsonl")) sink_ = "jsonl";
  if (name.ends_with(".parquet") && compression_.empty()) sink_ = "parquet";
  if (sink_.empty()) {
    return WrongUsage("cannot tell the output's format: output=", WithoutSecrets(options_.output),
                      "; remedy: name it *.jsonl, *.jsonl.gz, *.jsonl.zst or *.parquet");
  }
  ARROW_ASSIGN_OR_RAISE(format_, FormatOf(options_.inputs));
  if (!options_.against.empty()) {
    ARROW_ASSIGN_OR_RAISE(against_format_, FormatOf(options_.against));
  }
  lines_ = format_ == "jsonl" && sink_ == "jsonl";
  return Status::OK();
}

/// The source that reads all of `paths`.
Result<std::string> DedupInputs::FormatOf(const std::vector<std::string>& paths) const {
  bool local = true;
  for (const std::string& path : paths) local = local && !IsUri(path);
  if (!local) return options_.input_format.empty() ? "files" : options_.input_format;
  std::vector<std::string> extensions = JsonlExtensions();
  extensions.insert(extensions.end(), {".parquet", ".csv", ".tsv"});
  ARROW_ASSIGN_OR_RAISE(const InputFiles found, ExpandPaths(ListOf(paths), extensions));
  bool jsonl = true;
  for (const InputFile& file : found.files) {
    jsonl = jsonl && IsJsonlName(file.name);
    for (const std::string* written : {&options_.output, &options_.clusters}) {
      if (written->empty() || !AreOneFile(file.name, *written)) continue;
      return WrongUsage("the output is also an input: path=", *written,
                        "; remedy: name another output");
    }
  }
  if (!options_.input_format.empty()) return options_.input_format;
  return jsonl ? "jsonl" : "files";
}

Recipe DedupInputs::RecipeOf(const std::vector<std::string>& paths, const std::string& format,
                             DedupView view) const {
  DatasetRecipe dataset{.name = "default", .reject_bad_rows = options_.reject_bad_rows};
  Setting& source = dataset.source.options;
  dataset.source.name = format;
  AddOption(&source, "path", ListOf(paths));
  const bool compared = view != DedupView::kWritten || options_.reject_bad_rows;
  const bool by_lines = lines_ && view != DedupView::kCompared;
  if (format == "jsonl" && (view == DedupView::kCompared || by_lines)) {
    if (compared) {
      Setting schema;
      AddOption(&schema, options_.text, Quoted("string"));
      if (!options_.within.empty()) AddOption(&schema, options_.within, Quoted("json"));
      if (!options_.best.empty()) AddOption(&schema, options_.best, Quoted("float64"));
      AddOption(&source, "schema", std::move(schema));
      AddOption(&source, "extra_fields", Quoted("drop"));
    }
    if (by_lines) AddOption(&source, "raw", Quoted(kLineColumn));
  }
  if (format == "parquet" && view == DedupView::kCompared) {
    std::vector<std::string> columns = {options_.text};
    for (const std::string& column : {options_.within, options_.best}) {
      if (!column.empty() && column != options_.text) columns.push_back(column);
    }
    AddOption(&source, "columns", ListOf(columns));
  }
  dataset.sink.name = sink_;
  dataset.sink.options.kind = Setting::Kind::kMap;
  if (!compression_.empty()) AddOption(&dataset.sink.options, "compression", Quoted(compression_));
  if (lines_) AddOption(&dataset.sink.options, "raw", Quoted(kLineColumn));
  Recipe recipe{.file = "dedup", .name = "dedup"};
  recipe.datasets.push_back(std::move(dataset));
  return recipe;
}

Result<Plan> DedupInputs::OpenPaths(const std::vector<std::string>& paths,
                                    const std::string& format, DedupView view) const {
  const RunOptions run{.output_dir = options_.output,
                       .threads = options_.threads,
                       .hub = options_.hub,
                       .hub_token = options_.hub_token};
  ARROW_ASSIGN_OR_RAISE(Plan plan, MakePlan(RecipeOf(paths, format, view), run, progress_));
  if (progress_ != nullptr && plan.BytesToRead() >= 0) {
    progress_->bytes_total = progress_->bytes_done + plan.BytesToRead();
  }
  return plan;
}

Result<Plan> DedupInputs::Open(DedupView view) { return OpenPaths(options_.inputs, format_, view); }

Result<Plan> DedupInputs::OpenAgainst() {
  return OpenPaths(options_.against, against_format_, DedupView::kCompared);
}

Result<std::unique_ptr<Sink>> DedupInputs::OpenSink(const DatasetPlan& plan,
                                                    const SingleFile& file) const {
  const Recipe recipe = RecipeOf(options_.inputs, format_, DedupView::kWritten);
  const BlockUse& use = recipe.datasets[0].sink;
  return AllBlocks().sinks.at(use.name).make(use.options,
                                             {.file = recipe.file, .owner = "sink " + use.name},
                                             {.staging_dir = file.staging_dir(),
                                              .data_dir = "",
                                              .schema = plan.schema(),
                                              .splits = plan.splits(),
                                              .single_file = file.name()});
}

}  // namespace hubmill
