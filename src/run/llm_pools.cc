#include "run/llm_pools.h"

#include <arrow/array/array_primitive.h>
#include <arrow/compute/initialize.h>
#include <arrow/io/interfaces.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/bulk_pool.h"
#include "io/file_output.h"
#include "io/input_files.h"
#include "io/output_folder.h"
#include "io/parquet_source.h"
#include "io/reject_writer.h"
#include "run/card.h"
#include "run/hub_access.h"
#include "run/license_rollup.h"
#include "run/plan.h"
#include "run/run_clock.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;  // Sorted keys, as the source program writes them.

constexpr char kPoolsManifest[] = "pools_manifest.json";
constexpr int64_t kKeptBytes = 16 << 20;  // The open groups of a dozen pools need the memory more.
constexpr int64_t kBatchRows = 1024;      // What an open group of a pool keeps alive is a batch.

/// Rows that are only counted.
class CountSink final : public Sink {
 public:
  Result<std::vector<std::unique_ptr<Block>>> Cut(Batch batch) override {
    const auto& column = static_cast<const arrow::UInt64Array&>(*batch.rows->columns().back());
    for (int64_t i = 0; i < column.length(); ++i) ++masks[column.Value(i)];
    return std::vector<std::unique_ptr<Block>>();
  }
  Result<std::vector<std::unique_ptr<Block>>> Finish() override {
    return std::vector<std::unique_ptr<Block>>();
  }
  Status Append(std::unique_ptr<Block>) override { return Status::OK(); }
  Result<std::vector<OutputFile>> Close() override { return std::vector<OutputFile>(); }

  PoolMasks masks;
};

bool IsWithin(const fs::path& inner, const fs::path& outer) {
  const auto at = std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end());
  return at.first == outer.end();
}

/// A run that reads what it writes, or replaces what it reads, ends in neither.
Status CheckApart(const std::string& in_dir, const std::string& out_dir) {
  if (IsUri(in_dir) || IsUri(out_dir)) return Status::OK();
  std::error_code error;
  const auto whole = [&error](const std::string& path) {
    return fs::weakly_canonical(fs::absolute(path, error), error) / "";
  };
  const fs::path in = whole(in_dir).parent_path();
  const fs::path out = whole(out_dir).parent_path();
  if (!IsWithin(out, in) && !IsWithin(in, out)) return Status::OK();
  return WrongUsage("the pools would lie among their own input: in_dir=", in_dir,
                    " out_dir=", out_dir, "; remedy: name an --out_dir beside --in_dir");
}

/// An input that lies beside the output is named from there, another one that was
/// given by an absolute path from within `in_dir`: the manifest is published, and tells nothing of
/// this machine.
std::string NameBeside(const std::string& name, const std::string& in_dir,
                       const std::string& out_dir) {
  if (IsUri(name)) return WithoutSecrets(name);
  std::error_code error;
  const auto whole = [&error](const std::string& path) {
    return (fs::absolute(path, error).lexically_normal() / "").parent_path();
  };
  const auto within = [&](const fs::path& folder) {
    const fs::path relative = whole(name).lexically_relative(folder);
    return relative.empty() || *relative.begin() == ".." ? "" : relative.string();
  };
  std::string beside = IsUri(out_dir) ? "" : within(whole(out_dir).parent_path());
  if (!beside.empty()) return beside;
  if (fs::path(name).is_relative()) return name;  // As the run's own caller may find it.
  const std::string inner = within(whole(in_dir));
  const bool file = inner.empty() || (inner == "." && !fs::is_directory(in_dir, error));
  return file ? whole(name).filename().string() : inner;
}

Result<PoolRules> ReadRules(const PoolsOptions& options) {
  if (options.rules_file.empty()) {
    return ParsePoolRules(ShippedPools(!options.compat), "the shipped pools", options.thresholds);
  }
  ARROW_ASSIGN_OR_RAISE(const InputFiles files,
                        ExpandPaths(Setting::Scalar(options.rules_file), {".yaml", ".yml"}));
  ARROW_ASSIGN_OR_RAISE(auto file, OpenRandomAccess(files.files[0]));
  ARROW_ASSIGN_OR_RAISE(const int64_t size, file->GetSize());
  if (size > kRecipeBytesMax) {
    return WrongUsage("a file of pools is too large: file=", options.rules_file, " bytes=", size,
                      " max=", kRecipeBytesMax);
  }
  ARROW_ASSIGN_OR_RAISE(const auto text, file->Read(size));
  return ParsePoolRules(std::string_view(*text), options.rules_file, options.thresholds);
}

std::string LocalTime() {
  const time_t now = time(nullptr);
  tm local{};
  localtime_r(&now, &local);
  std::array<char, 40> text{};
  strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S %z", &local);
  return text.data();
}

/// What the rows' masks say of a pool: its limit is the stream's.
int64_t RowsOf(const PoolMasks& masks, uint64_t bits, int64_t limit) {
  int64_t rows = 0;
  for (const auto& [mask, count] : masks) {
    if ((mask & bits) == bits) rows += count;
  }
  return limit >= 0 ? std::min(rows, limit) : rows;
}

class PoolsRun {
 public:
  PoolsRun(const PoolsOptions& options, Progress* progress)
      : options_(options), progress_(progress) {}

  Result<PoolsReport> Run() {
    const RunClock clock;
    report_.run = {.recipe = "llm_pools", .version = Version()};
    report_.run.output_dir = WithoutSecrets(options_.out_dir);
    ARROW_RETURN_NOT_OK(CheckRejectsApart(options_.out_dir, options_.rejects_dir));
    ARROW_RETURN_NOT_OK(Open());
    if (options_.dry_run) {
      CountSink sink;
      ARROW_RETURN_NOT_OK(Pass(sink));
      CountPools(sink.masks, nullptr);
      return std::move(report_);
    }
    ARROW_ASSIGN_OR_RAISE(auto folder,
                          OutputFolder::Open(options_.out_dir, "llm pools", /*fresh=*/true));
    const Status written = WriteInto(*folder);
    if (!written.ok()) {
      ARROW_RETURN_NOT_OK(folder->Discard());
      return written;
    }
    ARROW_RETURN_NOT_OK(folder->Commit());
    clock.Stop(&report_.run);
    return std::move(report_);
  }

 private:
  Status Open() {
    ARROW_RETURN_NOT_OK(arrow::compute::Initialize());
    KeepBulkBytes(kKeptBytes);
    Setting paths = Setting::List({});
    std::vector<std::string> folders = options_.in_dirs;
    if (!options_.in_dir.empty()) folders.insert(folders.begin(), options_.in_dir);
    for (const std::string& folder : folders) {
      in_dirs_.push_back(folder);
      ARROW_RETURN_NOT_OK(CheckApart(folder, options_.out_dir));
      paths.items.push_back(Setting::Scalar(folder));
    }
    ARROW_ASSIGN_OR_RAISE(const PoolRules rules, ReadRules(options_));
    if (folders.size() == 1) paths = paths.items[0];
    ARROW_ASSIGN_OR_RAISE(InputFiles inputs, ExpandPaths(paths, ParquetExtensions(), &uris_));
    for (InputFile& file : inputs.files) file.split = 0;  // A row's split is a column of its own.
    inputs.splits = {"train"};
    ParquetOptions reading{.schema = options_.compat ? "first" : "union"};
    const SourceContext context{.batch_rows_max = kBatchRows};
    ARROW_ASSIGN_OR_RAISE(source_, OpenParquet(inputs, reading, context));
    const bool ranked = std::any_of(rules.pools.begin(), rules.pools.end(),
                                    [](const PoolRule& rule) { return !rule.order_by.empty(); });
    if (options_.dry_run || ranked) {
      reading.columns = ColumnsOf(rules, options_.drops, *source_->schema());
      ARROW_ASSIGN_OR_RAISE(source_, OpenParquet(inputs, reading, context));
    }
    ARROW_ASSIGN_OR_RAISE(membership_, PoolMembership::Bind(rules, *source_->schema()));
    if (ranked && !options_.dry_run) {
      ARROW_RETURN_NOT_OK(ChooseRows());
      reading.columns.clear();
      ARROW_ASSIGN_OR_RAISE(source_, OpenParquet(inputs, reading, context));
      ARROW_ASSIGN_OR_RAISE(membership_, PoolMembership::Bind(rules, *source_->schema()));
    }
    for (const PoolRule& rule : rules.pools) order_.push_back(rule.name);
    if (progress_ == nullptr) return Status::OK();
    int64_t bytes = 0;
    for (const SourceFile& file : source_->files()) bytes += file.size_bytes;
    progress_->bytes_total = bytes;
    return Status::OK();
  }

  /// Looks at all rows for the pools with `order_by`.
  Status ChooseRows() {
    ARROW_ASSIGN_OR_RAISE(auto ranks, PoolRanks::Make(membership_.streams(), *source_->schema()));
    ARROW_RETURN_NOT_OK(Pass(*ranks));
    choices_ = ranks->Choose();
    return Status::OK();
  }

  Status Pass(Sink& sink, RejectSink* rejects = nullptr) {
    PoolStage stage(membership_);
    ARROW_ASSIGN_OR_RAISE(auto schema, stage.Bind(source_->schema()));
    ARROW_ASSIGN_OR_RAISE(const PoolDrops drops,
                          PoolDrops::Bind(options_.drops, source_->schema(), &uris_));
    std::vector<NamedStage> stages = drops.named;
    stages.push_back({.name = "pools", .transform = &stage, .schema = std::move(schema)});
    DatasetReport pass;
    ARROW_RETURN_NOT_OK(RunPhase(*source_, stages, sink,
                                 {.threads = options_.threads, .bytes_ahead_max = 0}, rejects,
                                 progress_, &pass));
    report_.rows_in = pass.stages.front().rows_out;
    report_.drops.clear();
    for (const StageReport& dropping : pass.stages) {
      for (const auto& [reason, rows] : dropping.drops) report_.drops[reason] += rows;
    }
    before_ = std::move(pass.stages);
    before_.pop_back();  // The pools themselves: each has an account of its own.
    return Status::OK();
  }

  Status WriteInto(OutputFolder& folder) {
    const std::string& staging = folder.staging_dir();
    ARROW_ASSIGN_OR_RAISE(auto sink,
                          PoolSink::Open(staging, source_->schema(), membership_.streams(),
                                         std::move(choices_), options_.sink));
    std::unique_ptr<RejectWriter> rejects;
    if (!options_.rejects_dir.empty()) {
      ARROW_ASSIGN_OR_RAISE(rejects, RejectWriter::Open(options_.rejects_dir));
      rejects->BeginDataset("pools");
    }
    ARROW_RETURN_NOT_OK(Pass(*sink, rejects.get()));
    if (rejects != nullptr) ARROW_RETURN_NOT_OK(rejects->Finish());
    ARROW_RETURN_NOT_OK(sink->Close().status());
    CountPools(sink->masks(), sink.get());
    Plan plan;
    for (const DatasetReport& pool : report_.run.datasets) {
      DatasetPlan dataset{.name = pool.name, .data_dir = pool.name};
      dataset.phases.push_back({.schema = source_->schema(), .splits = {"train"}});
      plan.datasets.push_back(std::move(dataset));
    }
    const Recipe recipe{.name = "llm_pools",
                        .description =
                            "Candidate pools: rows of normalized conversations, one "
                            "config a pool; `pools_manifest.json` says which rows."};
    ARROW_ASSIGN_OR_RAISE(const std::string card, RenderCard(recipe, plan, report_.run));
    ARROW_RETURN_NOT_OK(WriteFile(staging + "/README.md", card));
    ARROW_RETURN_NOT_OK(
        WriteFile(staging + "/" + kPoolsManifest, Manifest(sink->masks()).dump(2) + "\n"));
    nlohmann::ordered_json manifest = nlohmann::ordered_json::parse(report_.run.ToManifest());
    ARROW_RETURN_NOT_OK(RollUpLicenses(staging, report_.run));
    manifest["also"] = {kPoolsManifest, kLicensesFile};
    return WriteFile(staging + "/manifest.json", manifest.dump(2) + "\n");
  }

  /// Fills the report; `sink` is null where nothing was written.
  void CountPools(const PoolMasks& masks, const PoolSink* sink) {
    const uint64_t base = uint64_t{1} << PoolMembership::kBaseBit;
    report_.rows_base = RowsOf(masks, base, -1);
    for (const std::string& name : order_) {
      const auto& streams = membership_.streams();
      for (size_t i = 0; i < streams.size(); ++i) {
        const auto& pools = streams[i].pools;
        if (std::find(pools.begin(), pools.end(), name) == pools.end()) continue;
        PoolFacts facts{.name = name, .where = streams[i].where};
        const int64_t fulfil = RowsOf(masks, uint64_t{1} << i, -1);
        facts.rows = RowsOf(masks, uint64_t{1} << i, streams[i].limit);
        if (sink != nullptr && facts.rows > 0) {
          facts.shards = int64_t(sink->files(i).size());
          AddDataset(facts, pools[0], fulfil, sink->files(i));
        }
        bits_[name] = uint64_t{1} << i;
        report_.pools.push_back(std::move(facts));
      }
    }
  }

  void AddDataset(const PoolFacts& facts, const std::string& first, int64_t fulfil,
                  const std::vector<OutputFile>& files) {
    DatasetReport pool{.name = facts.name};
    pool.rows_read = report_.rows_in;
    pool.rows_written = facts.rows;
    pool.split_rows["train"] = facts.rows;
    pool.inputs = source_->files();
    for (SourceFile& file : pool.inputs) {
      pool.bytes_read += file.size_bytes;
      file.name = NameBeside(file.name, InDirOf(file.name), options_.out_dir);
    }
    pool.stages = before_;
    const int64_t rows_in = before_.back().rows_out;
    StageReport stage{.name = "pools", .rows_in = rows_in, .rows_out = facts.rows};
    for (const auto& [reason, rows] :
         {std::pair<const char*, int64_t>("base", rows_in - report_.rows_base),
          {"where", report_.rows_base - fulfil},
          {"limit", fulfil - facts.rows}}) {
      if (rows > 0) stage.drops[reason] = rows;
    }
    pool.stages.push_back(std::move(stage));
    for (OutputFile file : files) {
      file.path = FileOfPool(file.path, first, facts.name);
      pool.outputs.push_back(std::move(file));
    }
    report_.run.datasets.push_back(std::move(pool));
  }

  /// The input folder that a file lies in.
  std::string InDirOf(const std::string& file) const {
    const auto found = std::find_if(in_dirs_.begin(), in_dirs_.end(),
                                    [&](const auto& folder) { return file.starts_with(folder); });
    return found == in_dirs_.end() ? file : *found;
  }

  Json Manifest(const PoolMasks& masks) const {
    Json out{{"in_dir", WithoutSecrets(options_.in_dir)}, {"files", source_->files().size()}};
    if (!options_.compat) {
      std::vector<std::string> names;
      for (const std::string& in : in_dirs_) names.push_back(NameBeside(in, in, options_.out_dir));
      out["in_dir"] = options_.in_dir.empty() ? Json(names) : Json(names[0]);
    }
    Json& pools = out["pools"] = Json::object();
    for (const PoolFacts& facts : report_.pools) {
      pools[facts.name] = {{"rows", facts.rows}, {"shards", facts.shards}};
    }
    if (options_.compat) {
      out["generated_at"] = LocalTime();
      return out;
    }
    out["rows_in"] = report_.rows_in;
    out["rows_base"] = report_.rows_base;
    if (!report_.drops.empty()) out["dropped"] = report_.drops;
    out["thresholds"] = {{"correctness_hi", options_.thresholds.correctness_hi},
                         {"correctness_lo", options_.thresholds.correctness_lo},
                         {"long_context_tokens", options_.thresholds.long_context_tokens}};
    Json& overlaps = out["overlaps"] = Json::object();
    for (const PoolFacts& a : report_.pools) {
      pools[a.name]["where"] = a.where;
      for (const PoolFacts& b : report_.pools) {
        const int64_t rows = RowsOf(masks, bits_.at(a.name) | bits_.at(b.name), -1);
        if (a.name < b.name && rows > 0) overlaps[a.name][b.name] = rows;
      }
    }
    return out;
  }

  static std::vector<std::string> ColumnsOf(const PoolRules& rules, const PoolDropOptions& drops,
                                            const arrow::Schema& schema) {
    std::vector<std::string> named = PoolColumns(rules);
    for (std::string& name : PoolDropColumns(drops, schema)) named.push_back(std::move(name));
    std::vector<std::string> columns;
    for (const std::string& name : schema.field_names()) {
      if (std::find(named.begin(), named.end(), name) != named.end()) columns.push_back(name);
    }
    if (columns.empty()) columns.push_back(schema.field(0)->name());  // Rows are counted at least.
    return columns;
  }

  const PoolsOptions& options_;
  Progress* const progress_;
  HubUris uris_{[this] { return FindHubAccess(options_.hub, options_.hub_token); }, progress_};
  std::vector<std::string> in_dirs_;
  std::unique_ptr<Source> source_;
  PoolMembership membership_;
  PoolChoices choices_;
  std::vector<std::string> order_;
  std::map<std::string, uint64_t> bits_;
  std::vector<StageReport> before_;  // What the last pass read and dropped.
  PoolsReport report_;
};

}  // namespace

Result<PoolsReport> RunPools(const PoolsOptions& options, Progress* progress) {
  return PoolsRun(options, progress).Run();
}

}  // namespace hubmill
