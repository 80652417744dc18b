#include "run/signals_export.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "base/utc_text.h"
#include "hubmill/hubmill.h"
#include "io/file_output.h"
#include "io/input_files.h"
#include "io/output_folder.h"
#include "io/reject_writer.h"
#include "run/card.h"
#include "run/hub_access.h"
#include "run/signals_pass.h"
#include "signals/bundle_info.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;

constexpr char kNoRows[] = "No valid rows to export";
constexpr char kSignature[] = "\n<!-- written by hubmill; sha256 of the text above: ";
constexpr char kSignatureEnd[] = " -->\n";

/// rejects.jsonl in a folder of its own.
class Rejects {
 public:
  static Result<std::unique_ptr<Rejects>> Open(const std::string& folder) {
    auto rejects = std::make_unique<Rejects>();
    ARROW_ASSIGN_OR_RAISE(rejects->file_, SingleFile::Open(folder + "/rejects.jsonl"));
    rejects->out_.open(rejects->file_->staging_dir() + "/" + rejects->file_->name());
    return rejects;
  }
  Status Append(const std::string& line) {
    out_ << line;
    return out_ ? Status::OK() : RunFailed("cannot write the rejects; remedy: free disk space");
  }
  Status Commit() {
    out_.close();
    if (!out_) return RunFailed("cannot write the rejects; remedy: free disk space");
    return file_->Commit();
  }

 private:
  std::unique_ptr<SingleFile> file_;
  std::ofstream out_;
};

Setting MapOf(const StringMap& entries) {
  Setting map;
  map.kind = Setting::Kind::kMap;
  for (const auto& [name, value] : entries) {
    map.entries.emplace_back(name, Setting::Scalar(value));
    map.entry_marks.push_back({});
  }
  return map;
}

/// `value` is one of the feature's words, where the schema has the feature.
Status CheckFilter(const SignalsSchema& schema, const char* option, const char* key,
                   const std::string& value) {
  const int at = schema.Find(key);
  if (value.empty() || at < 0) return Status::OK();
  const auto& words = schema.features[size_t(at)].values;
  if (std::find(words.begin(), words.end(), value) != words.end()) return Status::OK();
  std::string known;
  for (const std::string& word : words) known += (known.empty() ? "" : ", ") + word;
  return WrongUsage(option, " is no word of the schema; remedy: one of ", known);
}

class SignalsExport {
 public:
  SignalsExport(const SignalsExportOptions& options, Progress* progress)
      : options_(options),
        progress_(progress),
        uris_([&options] { return FindHubAccess(options.hub, options.hub_token); }, progress) {}

  Result<SignalsExportReport> Run() {
    const auto start = std::chrono::steady_clock::now();
    ARROW_RETURN_NOT_OK(Prepare());
    ARROW_RETURN_NOT_OK(options_.dry_run ? Try() : Write());
    Describe();
    report_.wall_s =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return std::move(report_);
  }

 private:
  Status Prepare() {
    ARROW_ASSIGN_OR_RAISE(report_.schema, FindSignalsSchema(options_.schema));
    SignalsSchema& schema = report_.schema;
    if (options_.enforce) schema.enforce = *options_.enforce;
    if (options_.compat && schema.pressure_list) {
      return WrongUsage("--compat is for the original's features; remedy: --schema signals_v1_48");
    }
    if (options_.max_rows == 0) {
      return DataRefused(kNoRows, ": the limit is 0 rows; remedy: a larger --max-rows");
    }
    report_.out_dir = WithoutSecrets(options_.out_dir);
    ARROW_RETURN_NOT_OK(CheckFilter(schema, "--source", "source", options_.source));
    ARROW_RETURN_NOT_OK(CheckFilter(schema, "--industry", "industry_key", options_.industry));
    return CheckRejectsApart(options_.out_dir, options_.rejects_dir);
  }

  Status Write() {
    ARROW_ASSIGN_OR_RAISE(const auto folder,
                          OutputFolder::Open(options_.out_dir, "signals", /*fresh=*/true));
    const Status written = WriteInto(*folder);
    if (written.ok()) return folder->Commit();
    ARROW_RETURN_NOT_OK(folder->Discard());
    return written;
  }

  /// The rows of small cells are known when all were seen: then once more without these.
  Status WriteInto(const OutputFolder& folder) {
    const std::string& staging = folder.staging_dir();
    for (bool again = true; again;) {
      std::error_code ignored;  // What stays is told when it is to be made anew.
      fs::remove(staging + "/" + kDatasetFile, ignored);
      fs::remove_all(staging + "/" + kSplitsFolder, ignored);
      cells_ = std::make_unique<SignalsCells>();
      const auto sink = BundleSink::Make(staging, options_.split, cells_.get());
      ARROW_RETURN_NOT_OK(Pass(*sink));
      ARROW_RETURN_NOT_OK(sink->Close().status());
      ARROW_ASSIGN_OR_RAISE(again, Judge());
      if (!again) ARROW_RETURN_NOT_OK(Finish(*sink, staging));
    }
    return Status::OK();
  }

  Status Try() {
    for (bool again = true; again;) {
      cells_ = std::make_unique<SignalsCells>();
      NoSink sink;
      ARROW_RETURN_NOT_OK(Pass(sink));
      ARROW_ASSIGN_OR_RAISE(again, Judge());
    }
    return Status::OK();
  }

  Status Pass(Sink& sink) {
    std::unique_ptr<Rejects> rejects;
    ChooseOptions choose{.max_rows = options_.max_rows,
                         .quarantine = options_.quarantine,
                         .excluded_cells = excluded_};
    if (!options_.rejects_dir.empty()) {
      ARROW_ASSIGN_OR_RAISE(rejects, Rejects::Open(options_.rejects_dir));
      choose.reject = [&rejects](const std::string& line) { return rejects->Append(line); };
    }
    const SignalsPass pass{.inputs = options_.inputs,
                           .schema = &report_.schema,
                           .guard = {.row = {.compat = options_.compat,
                                             .source = options_.source,
                                             .industry = options_.industry}},
                           .choose = std::move(choose),
                           .threads = options_.threads,
                           .uris = &uris_};
    auto counts = RunSignalsPass(pass, sink, cells_.get(), &inputs_, progress_);
    const bool nothing_there = !counts.ok() && KindOf(counts.status()) == FailureKind::kWrongUsage;
    if (nothing_there && options_.inputs == SignalsExportOptions().inputs) {
      return WithContext(counts.status(), Concat(kNoRows, ": no training data in ", kSignalsInput,
                                                 ", or name it by --input: "));
    }
    ARROW_ASSIGN_OR_RAISE(report_.counts, std::move(counts));
    return rejects == nullptr ? Status::OK() : rejects->Commit();
  }

  /// A failure where what was seen may not leave; true where a pass without small cells may.
  Result<bool> Judge() {
    if (!options_.quarantine) {
      ARROW_RETURN_NOT_OK(
          RefusedRows(report_.counts, "the export was refused, nothing is written"));
    }
    ARROW_RETURN_NOT_OK(CheckRows());
    std::string small;
    for (const SignalsCell& cell : cells_->All()) {
      if (cell.rows >= options_.min_cell) continue;
      excluded_.emplace(cell.source, cell.industry);
      small += Concat("\n  source=", SlugOf(cell.source), " industry_key=", SlugOf(cell.industry),
                      " rows=", cell.rows);
    }
    if (small.empty()) return false;
    if (!options_.quarantine) {
      return DataRefused("cells of so few rows tell who they are: min_cell=", options_.min_cell,
                         small,
                         "\nremedy: --on-bad-row quarantine leaves these rows out, or a smaller "
                         "--min-cell");
    }
    if (std::find(options_.inputs.begin(), options_.inputs.end(), "-") != options_.inputs.end()) {
      return WrongUsage(
          "standard input cannot be read twice, as rows of small cells need; remedy: save it to a "
          "file, and name that by --input");
    }
    return true;
  }

  Status CheckRows() const {
    const SignalsCounts& counts = report_.counts;
    if (counts.rows > 0) return Status::OK();
    return DataRefused(kNoRows, ": lines=", counts.lines, " not_json=", counts.not_json,
                       " filtered=", counts.filtered, " refused=", counts.refused,
                       " small_cell=", counts.small_cell,
                       "; remedy: check the filters --source and --industry, and the rows by "
                       "`hubmill signals guard FILE`");
  }

  Status Finish(BundleSink& sink, const std::string& staging) {
    const auto cells = cells_->All();
    report_.splits = SplitsOf(options_.split, cells);
    ARROW_ASSIGN_OR_RAISE(report_.files, sink.NameSplits(report_.splits));
    const BundleInfo info{.generated_at = UtcMillisText(options_.unix_millis),
                          .rows = report_.counts.rows,
                          .cells = cells,
                          .splits = report_.splits,
                          .slugs = !options_.compat,
                          .git_sha = GitHead(".")};
    const std::string text = RenderBundleInfo(report_.schema, info);
    ARROW_RETURN_NOT_OK(WriteFile(staging + "/" + kInfoFile, text));
    ARROW_ASSIGN_OR_RAISE(const std::string card,
                          RenderBundleCard(report_.schema, options_.split, report_.files,
                                           /*columns=*/!options_.compat));
    ARROW_RETURN_NOT_OK(WriteFile(staging + "/README.md", card));
    report_.files.push_back(
        {.path = kInfoFile, .size_bytes = int64_t(text.size()), .sha256 = Sha256Hex(text)});
    return WriteFile(staging + "/manifest.json", Manifest());
  }

  std::string Manifest() const {
    const SignalsCounts& counts = report_.counts;
    const SignalsSchema& schema = report_.schema;
    RunReport run{.recipe = "signals", .version = Version()};
    DatasetReport all{.name = "default", .rows_read = counts.lines, .rows_written = counts.rows};
    all.options = MapOf({{"schema", schema.name},
                         {"schema_version", schema.version},
                         {"schema_hash", SchemaHash(schema.version, schema.Keys())},
                         {"legacy_schema_hash", LegacySchemaHash(schema.Keys())},
                         {"ranges", schema.enforce ? "enforce" : "report"},
                         {"compat", options_.compat ? "true" : "false"},
                         {"split", NameOf(options_.split)}});
    for (size_t i = 0; i < inputs_.size(); ++i) {
      all.inputs.push_back({.name = Concat("input-", i + 1),
                            .size_bytes = inputs_[i].size_bytes,
                            .hash = counts.limit_reached ? "" : inputs_[i].hash});
    }
    StageReport guard{.name = "guard", .rows_in = counts.lines, .rows_out = counts.rows};
    for (const auto& [reason, rows] : {std::pair<const char*, int64_t>("not_json", counts.not_json),
                                       {"filtered", counts.filtered},
                                       {"refused", counts.refused},
                                       {"small_cell", counts.small_cell}}) {
      if (rows > 0) guard.drops[reason] = rows;
    }
    all.stages.push_back(std::move(guard));
    DatasetReport splits{.name = NameOf(options_.split)};
    for (const OutputFile& file : report_.files) {
      const bool split = file.path.starts_with(kSplitsFolder);
      (split ? splits : all).outputs.push_back(file);
      if (!file.split.empty()) (split ? splits : all).split_rows[file.split] = file.rows;
    }
    splits.rows_read = splits.rows_written = counts.rows;
    run.datasets.push_back(std::move(all));
    if (!splits.outputs.empty()) run.datasets.push_back(std::move(splits));
    return run.ToManifest();
  }

  void Describe() {
    report_.cells = cells_->All();
    if (report_.splits.empty()) report_.splits = SplitsOf(options_.split, report_.cells);
    for (const SourceFile& file : inputs_)
      report_.bytes_read += std::max<int64_t>(0, file.size_bytes);
    const SignalsCounts& counts = report_.counts;
    auto& notes = report_.notes;
    if (counts.not_json > 0) {
      std::string note = Concat("lines that are no JSON were skipped: lines=", counts.not_json);
      for (const std::string& place : counts.broken) note += "\n  " + place;
      notes.push_back(std::move(note));
    }
    for (const auto& [key, rows] : counts.unknown) {
      notes.push_back(Concat("Non-allowlisted feature skipped: key=", key, " rows=", rows));
    }
    if (counts.duplicates > 0) {
      notes.push_back(Concat("ids stand more than once, and the rows stay: rows=",
                             counts.duplicates, "; remedy: remove them where they come from"));
    }
    int64_t numbers = 0;
    for (const int64_t count : counts.out_of_range) numbers += count;
    if (numbers > 0) {
      notes.push_back(Concat("numbers outside their range were exported: values=", numbers,
                             "; remedy: --ranges enforce refuses such rows"));
    }
    if (counts.limit_reached) {
      notes.push_back(Concat("the limit was reached, what follows was not read: max_rows=",
                             options_.max_rows, "; remedy: a larger --max-rows"));
    }
    if (options_.compat) {
      notes.emplace_back(
          "--compat checks the features' strings only: personal data may be in the other fields, "
          "and `hubmill signals push` will refuse such rows");
    }
  }

  const SignalsExportOptions& options_;
  Progress* const progress_;
  HubUris uris_;
  std::unique_ptr<SignalsCells> cells_ = std::make_unique<SignalsCells>();
  std::set<std::pair<std::string, std::string>> excluded_;
  std::vector<SourceFile> inputs_;
  SignalsExportReport report_;
};

}  // namespace

Result<SignalsExportReport> RunSignalsExport(const SignalsExportOptions& options,
                                             Progress* progress) {
  return SignalsExport(options, progress).Run();
}

Result<std::string> RenderBundleCard(const SignalsSchema& schema, SplitStrategy strategy,
                                     const std::vector<OutputFile>& files, bool columns) {
  const auto features = columns ? FeaturesOf(*ColumnsOf(schema)) : std::vector<CardFeature>();
  CardConfig all{.name = "default", .is_default = true, .features = features, .download_bytes = 0};
  CardConfig splits{.name = NameOf(strategy), .features = features, .download_bytes = 0};
  for (const OutputFile& file : files) {
    if (file.split.empty()) continue;
    CardConfig& config = file.path == kDatasetFile ? all : splits;
    config.splits.push_back(
        {.name = file.split, .bytes = file.memory_bytes, .rows = file.rows, .paths = {file.path}});
    config.download_bytes += file.size_bytes;
  }
  std::string text = Concat(
      "\n# ", schema.name,
      "\n\nNumbers and words of a schema, a business a row; no text that a person wrote. Made and "
      "guarded by\nhubmill (`hubmill signals export`).\n\n`dataset.jsonl` has every row, and is "
      "what a reader loads.");
  if (!splits.splits.empty()) {
    text += Concat(" `splits/` holds the same rows again, one file\na value, as the config `",
                   splits.name, "`: views, not training and test sets.");
  }
  text += Concat("\n\n`schema_hash` ", SchemaHash(schema.version, schema.Keys()),
                 " is the start of the SHA-256 of `", schema.version,
                 ":` and these keys with commas between;\nwithout the prefix it is ",
                 LegacySchemaHash(schema.Keys()), ".\n\n");
  for (const SignalsFeature& feature : schema.features) {
    text += Concat("- `", feature.key, "` (", NameOf(feature.type), ")",
                   feature.about.empty() ? "" : ": " + feature.about, "\n");
  }
  std::vector<CardConfig> configs = {all};
  if (!splits.splits.empty()) configs.push_back(splits);
  return MergeCard(SignedBody(text), configs);
}

std::string SignedBody(const std::string& text) {
  return Concat(text, kSignature, Sha256Hex(text), kSignatureEnd);
}

bool IsOwnBody(std::string_view body) {
  const size_t at = body.rfind(kSignature);
  return at != body.npos && body == SignedBody(std::string(body.substr(0, at)));
}

}  // namespace hubmill
