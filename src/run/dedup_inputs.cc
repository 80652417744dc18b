#include "run/dedup_inputs.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "io/csv_source.h"
#include "io/input_files.h"
#include "io/jsonl_source.h"
#include "run/dedup_output.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;

// The column of whole lines; no key of a JSON line that means anything has a tab at its start.
constexpr char kLineColumn[] = "\tline";
// As fast as 1 MiB, and half the memory: some ten blocks are held at a time.
constexpr char kLineBlockKb[] = "512";

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

/// "jsonl", "csv", "tsv" or "parquet", by a file's name; empty: another one.
std::string FormatOfName(std::string name) {
  name = name.substr(0, IsUri(name) ? name.find('?') : name.npos);
  for (const char* end : {".gz", ".zst"}) {
    if (name.ends_with(end)) name.resize(name.size() - std::string_view(end).size());
  }
  const auto ends = [&](const std::string& end) { return name.ends_with(end); };
  if (std::any_of(JsonlExtensions().begin(), JsonlExtensions().end(), ends)) return "jsonl";
  for (const char* format : {"csv", "tsv", "parquet"}) {
    if (ends(Concat(".", format))) return format;
  }
  return "";
}

constexpr char kFileUri[] = "file://";

std::string LocalPath(const std::string& path) {
  return path.starts_with(kFileUri) ? path.substr(sizeof(kFileUri) - 1) : path;
}

/// Whether two paths lead, or will lead, to one file of this machine.
bool AreOneFile(const std::string& path, const std::string& other) {
  const std::string a = LocalPath(path);
  const std::string b = LocalPath(other);
  std::error_code error;
  if (a == b || fs::equivalent(a, b, error)) return true;
  return fs::weakly_canonical(fs::absolute(a), error) ==
         fs::weakly_canonical(fs::absolute(b), error);
}

int64_t MebibytesOf(int64_t bytes) { return (bytes + (1 << 20) - 1) >> 20; }

/// Whether a file of this machine lies in a folder, or below it.
bool IsWithin(const std::string& path, const std::string& folder) {
  std::error_code error;
  const fs::path inner = fs::weakly_canonical(fs::absolute(LocalPath(path)), error);
  const fs::path outer = fs::weakly_canonical(fs::absolute(LocalPath(folder)), error);
  const std::string begin = (outer / "").string();
  return inner.string().starts_with(begin.ends_with("//") ? "/" : begin);
}

/// What changes when a file is written, or another takes its name.
std::string StateOf(const SourceFile& file) {
  struct stat state {};
  if (stat(LocalPath(file.name).c_str(), &state) != 0) {
    return Concat(file.name, " ", file.size_bytes, " ", file.revision);
  }
  return Concat(file.name, " ", state.st_ino, " ", state.st_size, " ", state.st_mtim.tv_sec, ".",
                state.st_mtim.tv_nsec, " ", state.st_ctim.tv_sec, ".", state.st_ctim.tv_nsec);
}

Status ChangedMeanwhile(const std::string& what) {
  return RunFailed("an input changed while it was read: ", what,
                   "; remedy: run again when nothing writes to it");
}

}  // namespace

Status DedupInputs::Look() {
  if (options_.inputs.empty()) return WrongUsage("no input; remedy: hubmill dedup IN... --out OUT");
  for (const auto* paths : {&options_.inputs, &options_.against}) {
    if (std::find(paths->begin(), paths->end(), "-") == paths->end()) continue;
    return WrongUsage(
        "dedup reads its inputs more than once, and standard input cannot be; remedy: a file");
  }
  ARROW_RETURN_NOT_OK(CheckTable("--clusters", options_.clusters, {options_.output}));
  ARROW_RETURN_NOT_OK(
      CheckTable("--overlaps", options_.overlaps, {options_.output, options_.clusters}));
  own_ = {.paths = &options_.inputs, .own = true};
  against_ = {.paths = &options_.against};
  ARROW_RETURN_NOT_OK(LookAt(&own_));
  ARROW_RETURN_NOT_OK(LookAt(&against_));
  ARROW_RETURN_NOT_OK(ReadOutputName());
  lines_ = own_.format == "jsonl" && sink_ == "jsonl";
  return Status::OK();
}

/// What the output's name, or --format, says of sink and compression.
Status DedupInputs::ReadOutputName() {
  const std::string shown = WithoutSecrets(options_.output);
  std::string format = options_.output_format;
  if (IsFolderName(options_.output)) {
    if (format.empty()) format = own_.format == "jsonl" ? "jsonl" : "parquet";
  } else {
    std::string by_name;
    for (const char* end : {"jsonl", "jsonl.gz", "jsonl.zst", "parquet"}) {
      if (shown.ends_with(Concat(".", end))) by_name = end;
    }
    if (by_name.empty()) {
      return WrongUsage("cannot tell the output's format: output=", shown,
                        "; remedy: name it *.jsonl, *.jsonl.gz, *.jsonl.zst or *.parquet, or a "
                        "folder with a slash at its end");
    }
    if (!format.empty() && format != by_name) {
      return WrongUsage("the output's name and its format differ: output=", shown,
                        " format=", format, "; remedy: change one of the two");
    }
    if (options_.shard_bytes > 0) {
      return WrongUsage("--shard-bytes cuts a folder's files, and the output is one file: output=",
                        shown, "; remedy: name a folder, with a slash at its end");
    }
    format = by_name;
  }
  sink_ = format == "parquet" ? "parquet" : "jsonl";
  compression_ = format.ends_with(".gz") ? "gzip" : format.ends_with(".zst") ? "zstd" : "";
  if (options_.level > 0 && sink_ == "jsonl" && compression_.empty()) {
    return WrongUsage("--level is of compression, and the output has none: output=", shown,
                      "; remedy: name it *.jsonl.zst, *.jsonl.gz or *.parquet");
  }
  if (options_.level > 9 && compression_ == "gzip") {
    return WrongUsage("no such gzip level: level=", options_.level, " max=9; remedy: 1 to 9");
  }
  return Status::OK();
}

/// Refuses a table beside the output that is no Parquet file, or one of the files `written`.
Status DedupInputs::CheckTable(const std::string& option, const std::string& path,
                               const std::vector<std::string>& written) const {
  if (path.empty()) return Status::OK();
  if (!path.ends_with(".parquet")) {
    return WrongUsage(option, " is a Parquet file: path=", path, "; remedy: name it *.parquet");
  }
  for (const std::string& other : written) {
    if (other.empty()) continue;
    if (IsFolderName(other) && IsWithin(path, other)) {
      return WrongUsage(option, " lies in the output folder: path=", path,
                        "; remedy: put it beside");
    }
    if (!AreOneFile(path, other)) continue;
    return WrongUsage(option, " and another output are one file: path=", path,
                      "; remedy: name another one");
  }
  return Status::OK();
}

Status DedupInputs::CheckOutput(const std::string& path) const {
  for (const std::string* written : {&options_.output, &options_.clusters, &options_.overlaps}) {
    if (written->empty()) continue;
    const std::string local = LocalPath(*written);
    const bool folder = written == &options_.output && !IsUri(local) && IsFolderName(local);
    if (!AreOneFile(path, local) && !(folder && IsWithin(path, local))) continue;
    return WrongUsage("the output is also an input: path=", *written,
                      "; remedy: name another output");
  }
  return Status::OK();
}

/// Finds the source that reads all paths of a side.
Status DedupInputs::LookAt(Side* side) const {
  std::vector<std::string> extensions = JsonlExtensions();
  extensions.insert(extensions.end(), {".parquet", ".csv", ".tsv"});
  std::set<std::string> formats;
  for (const std::string& path : *side->paths) {
    const std::string local = LocalPath(path);
    if (IsUri(local)) {
      if (path == options_.output) ARROW_RETURN_NOT_OK(CheckOutput(path));
      formats.insert(FormatOfName(path));
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(const InputFiles found, ExpandPaths(Quoted(local), extensions));
    for (const InputFile& file : found.files) {
      ARROW_RETURN_NOT_OK(CheckOutput(file.name));
      formats.insert(FormatOfName(file.name));
    }
  }
  const bool known = formats.size() == 1 && !formats.begin()->empty();
  side->format = known ? *formats.begin() : "files";
  side->tabs = side->format == "tsv";
  if (side->tabs) side->format = "csv";
  if (!options_.input_format.empty() && (side->own || !known)) {
    side->format = options_.input_format;
  }
  return Status::OK();
}

/// Whether JSON lines are read for the named columns alone.  All passes must agree on which rows
/// are bad, so what is written as whole rows is compared as such where bad rows are left out.
bool DedupInputs::ReadsParts(const Side& side, DedupView view) const {
  if (side.format != "jsonl") return false;
  switch (view) {
    case DedupView::kCompared:
      return lines_ || !options_.reject_bad_rows || !side.own;
    case DedupView::kBoth:
      return lines_;
    case DedupView::kWritten:
      return lines_ && options_.reject_bad_rows;
  }
  return false;
}

Recipe DedupInputs::RecipeOf(const Side& side, DedupView view) const {
  DatasetRecipe dataset{.name = "default", .reject_bad_rows = options_.reject_bad_rows};
  Setting& source = dataset.source.options;
  dataset.source.name = side.format;
  AddOption(&source, "path", ListOf(*side.paths));
  std::vector<std::string> columns = {options_.text};
  const std::string best = side.own ? options_.best : "";
  for (const std::string& column : {options_.within, best}) {
    const bool there = std::find(columns.begin(), columns.end(), column) != columns.end();
    if (!column.empty() && !there) columns.push_back(column);
  }
  if (lines_ && side.format == "jsonl") {
    AddOption(&source, "block_kb", Setting::Scalar(kLineBlockKb));
  }
  const bool by_lines = lines_ && side.own && view != DedupView::kCompared;
  if (ReadsParts(side, view)) {
    Setting schema;
    for (const std::string& column : columns) {
      AddOption(&schema, column,
                Quoted(column == options_.text ? "string"
                       : column == best        ? "float64"
                                               : "json"));
    }
    AddOption(&source, "schema", std::move(schema));
    AddOption(&source, "extra_fields", Quoted("drop"));
  }
  if (by_lines) {
    AddOption(&source, "raw", Quoted(kLineColumn));
    // Paragraphs are taken out of lines, which are then texts of their own.
    if (options_.method != DedupMethod::kParagraph) {
      AddOption(&source, "raw_views", Setting::Scalar("true"));
    }
  }
  if (side.format == "jsonl" || side.format == "csv") {
    AddOption(&source, "line_mb_max", WriteValue(MebibytesOf(options_.line_bytes_max)));
  }
  if (side.format == "parquet" && view == DedupView::kCompared)
    AddOption(&source, "columns", ListOf(columns));
  if (side.format == "csv") {
    Setting schema;
    AddOption(&schema, options_.text, Quoted("string"));
    AddOption(&source, "schema", std::move(schema));
    if (side.tabs) AddOption(&source, "delimiter", Quoted("\t"));
  }
  dataset.sink.name = sink_;
  dataset.sink.options.kind = Setting::Kind::kMap;
  if (!compression_.empty()) AddOption(&dataset.sink.options, "compression", Quoted(compression_));
  if (options_.level > 0) {
    AddOption(&dataset.sink.options, "level", Setting::Scalar(std::to_string(options_.level)));
  }
  if (lines_) AddOption(&dataset.sink.options, "raw", Quoted(kLineColumn));
  if (options_.shard_bytes > 0) {
    AddOption(&dataset.sink.options, "shard_mb", WriteValue(MebibytesOf(options_.shard_bytes)));
  }
  Recipe recipe{.file = "dedup", .name = "dedup"};
  recipe.datasets.push_back(std::move(dataset));
  return recipe;
}

Result<Plan> DedupInputs::OpenSide(Side* side, DedupView view) {
  const RunOptions run{.output_dir = options_.output,
                       .threads = options_.threads,
                       .hub = options_.hub,
                       .hub_token = options_.hub_token};
  ARROW_ASSIGN_OR_RAISE(Plan plan, MakePlan(RecipeOf(*side, view), run, progress_));
  std::vector<std::string> states;
  for (const SourceFile& file : plan.datasets[0].source->files()) states.push_back(StateOf(file));
  if (side->states.empty()) side->states = states;
  if (side->states != states) return ChangedMeanwhile("before a later pass");
  if (progress_ != nullptr && plan.BytesToRead() >= 0) {
    progress_->bytes_total = progress_->bytes_done + plan.BytesToRead();
  }
  return plan;
}

Result<Plan> DedupInputs::Open(DedupView view) { return OpenSide(&own_, view); }

Result<Plan> DedupInputs::OpenAgainst() { return OpenSide(&against_, DedupView::kCompared); }

Status DedupInputs::CheckUnchanged(const Source& source) const {
  std::vector<std::string> states;
  for (const SourceFile& file : source.files()) states.push_back(StateOf(file));
  return states == own_.states ? Status::OK() : ChangedMeanwhile("in the last pass");
}

std::string DedupInputs::WrittenColumn() const { return lines_ ? kLineColumn : ""; }

}  // namespace hubmill
