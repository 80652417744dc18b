// Read this from the bottom up: Run() is the whole command as a list of steps.
//
// state.json is written after each step, by a rename, and only ever trusted together with the
// checksum of the manifest that the step wrote: a folder that somebody changed is made again.
#include "run/llm_run.h"

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/check.h"
#include "base/hash.h"
#include "hub/digest.h"
#include "io/file_output.h"
#include "llm/normalize_manifest.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr char kLimit[] = "limit";  // Not read, in the account of this command.
constexpr int64_t kStateBytesMax = 64 << 20;

int64_t SumOf(const std::map<std::string, int64_t>& drops) {
  return std::accumulate(drops.begin(), drops.end(), int64_t{0},
                         [](int64_t sum, const auto& drop) { return sum + drop.second; });
}

/// Rows by fate, of a data set that was normalized now.
void CountRows(const DatasetReport& dataset, LlmSetReport* out) {
  out->read = dataset.stages.at(0).rows_in;
  out->written = dataset.rows_written;
  for (const StageReport& stage : dataset.stages) {
    for (const auto& [reason, rows] : stage.drops) {
      if (reason == kLimit) {
        out->read -= rows;
      } else {
        out->drops[reason] += rows;
      }
    }
  }
  HUBMILL_CHECK(out->read == out->written + SumOf(out->drops), "every record has a fate");
}

/// The files of a run that is over: what each step made, and from what.
class StateFile {
 public:
  explicit StateFile(const std::string& folder) : path_(folder + "/state.json") {
    const auto text = ReadWholeFile(path_, kStateBytesMax);
    if (text.ok()) steps_ = Json::parse(*text, nullptr, /*allow_exceptions=*/false);
    if (!steps_.is_object()) steps_ = Json::object();  // None, or not ours: everything is made.
  }

  /// The facts of a step that made `folder` from the same `state`; null where it must be made.
  Json Find(const std::string& step, const std::string& state, const std::string& folder) const {
    const auto found = steps_.find(step);
    if (found == steps_.end() || !found->is_object()) return nullptr;
    if (found->value("state", "") != state) return nullptr;
    const auto digest = Sha256OfFile(folder + "/manifest.json");
    if (!digest.ok() || found->value("manifest_sha256", "") != digest->hex) return nullptr;
    return *found;
  }

  Status Keep(const std::string& step, const std::string& state, const std::string& folder,
              Json facts) {
    ARROW_ASSIGN_OR_RAISE(const FileDigest digest, Sha256OfFile(folder + "/manifest.json"));
    facts["state"] = state;
    facts["manifest_sha256"] = digest.hex;
    steps_[step] = std::move(facts);
    ARROW_RETURN_NOT_OK(WriteFile(path_ + ".new", steps_.dump(2) + "\n"));
    std::error_code error;
    fs::rename(path_ + ".new", path_, error);
    return error ? RunFailed("cannot write a file: file=", path_, " why=", error.message())
                 : Status::OK();
  }

 private:
  std::string path_;
  Json steps_;
};

Json ToJson(const LlmSetReport& set) {
  return {{"dataset", set.dataset},
          {"read", set.read},
          {"written", set.written},
          {"dropped", set.drops}};
}

/// What the pools depend on beside the rows.
Result<std::string> PoolsState(const PoolsOptions& pools, const std::string& sets) {
  std::string rules;
  if (!pools.rules_file.empty()) {
    ARROW_ASSIGN_OR_RAISE(rules, ReadWholeFile(pools.rules_file, kStateBytesMax));
  }
  const PoolThresholds& limits = pools.thresholds;
  return HexOf(Xxh3Hash128(Concat(Version(), "\n", sets, rules, "\n", limits.correctness_hi, " ",
                                  limits.correctness_lo, " ", limits.long_context_tokens, " ",
                                  pools.drops.dedup, " ", pools.sink.shard_rows, " ",
                                  pools.sink.compression, " ", pools.sink.level)));
}

/// Rejects that are wanted are made, whatever is known.
bool RejectsMissing(const std::string& dir) {
  std::error_code error;
  return !dir.empty() && !fs::is_directory(dir, error);
}

void StartStep(Progress* progress) {
  if (progress == nullptr) return;
  progress->bytes_done = progress->rows_read = progress->rows_written = 0;
  progress->bytes_total = -1;
}

class LlmRun {
 public:
  LlmRun(const LlmRunOptions& options, Progress* progress)
      : options_(options), progress_(progress), state_(options.out_dir) {}

  Result<LlmRunReport> Run() {
    ARROW_RETURN_NOT_OK(CheckFolders());
    std::error_code error;
    fs::create_directories(options_.out_dir, error);
    if (error) {
      return RunFailed("cannot make a folder: folder=", options_.out_dir, " why=", error.message());
    }
    for (const LlmSet& set : options_.sets) {
      StartStep(progress_);
      Result<LlmSetReport> made = Normalize(set);
      if (!made.ok()) return WithContext(made.status(), "data set " + set.dataset + ": ");
      report_.sets.push_back(std::move(*made));
    }
    ARROW_RETURN_NOT_OK(MakePools());
    return std::move(report_);
  }

 private:
  /// Each data set has a folder of its own.
  Status CheckFolders() const {
    std::map<std::string, std::string> seen;
    for (const LlmSet& set : options_.sets) {
      const auto [first, is_new] = seen.emplace(FileNameOfId(set.dataset), set.dataset);
      if (is_new) continue;
      return WrongUsage("two data sets would have one folder: folder=", first->first,
                        " data_set=", first->second, " data_set=", set.dataset,
                        "; remedy: name each once, or rename one");
    }
    return Status::OK();
  }

  NormalizeOptions OptionsOf(const LlmSet& set, const std::string& folder) const {
    NormalizeOptions options = options_.normalize;
    options.dataset = set.dataset;
    options.input = set.input;
    options.adapter = set.adapter;
    options.out_dir = folder;
    options.hf_layout = options.soft_tags = true;
    options.dedup = options.drop_invalid_harmony = options.drop_empty_completion =
        options.drop_invalid_tool_schema = !options_.keep;
    if (!options_.rejects_dir.empty()) {
      options.run.rejects_dir = options_.rejects_dir + "/" + FileNameOfId(set.dataset);
    }
    return options;
  }

  Result<LlmSetReport> Normalize(const LlmSet& set) {
    const auto start = std::chrono::steady_clock::now();
    const std::string tag = FileNameOfId(set.dataset);
    LlmSetReport out{.dataset = set.dataset, .folder = options_.out_dir + "/normalized/" + tag};
    const NormalizeOptions options = OptionsOf(set, out.folder);
    ARROW_ASSIGN_OR_RAISE(const NormalizeInputs inputs, FindNormalizeInputs(options));
    states_ += tag + " " + inputs.state + "\n";
    Json known;
    if (!options.run.fresh && !RejectsMissing(options.run.rejects_dir)) {
      known = state_.Find(tag, inputs.state, out.folder);
    }
    out.unchanged = known.is_object();
    if (out.unchanged) {
      out.read = known.value("read", int64_t{0});
      out.written = known.value("written", int64_t{0});
      out.drops = known.value("dropped", out.drops);
    } else {
      ARROW_ASSIGN_OR_RAISE(const RunReport run, RunNormalize(options, inputs, progress_));
      CountRows(run.datasets.at(0), &out);
      ARROW_RETURN_NOT_OK(state_.Keep(tag, inputs.state, out.folder, ToJson(out)));
      if (!options_.keep_cache) ARROW_RETURN_NOT_OK(ForgetCached(options, inputs));
    }
    out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return out;
  }

  Status MakePools() {
    PoolsOptions pools = options_.pools;
    pools.out_dir = report_.pools_dir = options_.out_dir + "/pools";
    for (const LlmSetReport& set : report_.sets) {
      if (set.written > 0) pools.in_dirs.push_back(set.folder);
    }
    if (pools.in_dirs.empty()) {
      return DataRefused("no row is left for the pools: out=", options_.out_dir,
                         "; remedy: look at the drops by --rejects DIR, or run with --keep");
    }
    // Within a data set they are gone already.
    pools.drops.dedup = !options_.keep && pools.in_dirs.size() > 1;
    if (pools.drops.dedup && !options_.rejects_dir.empty()) {
      pools.rejects_dir = options_.rejects_dir + "/_pools";  // No data set's: they have no such id.
    }
    ARROW_ASSIGN_OR_RAISE(const std::string state, PoolsState(pools, states_));
    Json known;
    if (!options_.normalize.run.fresh && !RejectsMissing(pools.rejects_dir)) {
      known = state_.Find("pools", state, pools.out_dir);
    }
    if (known.is_object()) {
      report_.pools_unchanged = true;
      report_.repeats = known.value("repeats", int64_t{0});
      return Status::OK();
    }
    StartStep(progress_);
    ARROW_ASSIGN_OR_RAISE(report_.pools, RunPools(pools, progress_));
    for (const auto& [reason, rows] : report_.pools.drops) report_.repeats += rows;
    return state_.Keep("pools", state, pools.out_dir, {{"repeats", report_.repeats}});
  }

  const LlmRunOptions& options_;
  Progress* const progress_;
  StateFile state_;
  std::string states_;  // Of the data sets, in their order.
  LlmRunReport report_;
};

}  // namespace

Result<LlmRunReport> RunLlm(const LlmRunOptions& options, Progress* progress) {
  return LlmRun(options, progress).Run();
}

}  // namespace hubmill
