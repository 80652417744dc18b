#include "run/security_flows.h"

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "base/hash.h"
#include "hub/digest.h"
#include "io/folder_update.h"
#include "io/temporary_folder.h"
#include "security/sets/canary.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr char kWarning[] = "CI fixture only - not for evaluation";
constexpr char kDeduplication[] = "content-based (5-tuple + bytes + duration + state + service)";
constexpr int64_t kSetBytesMax = int64_t{4} << 30;

/// What is told of one set: counted in its rows, and by the run that made it.
struct FlowSet {
  const FlowInput* input = nullptr;
  DatasetReport run;
  std::string lines;  // The data file's text.
  int64_t total = 0;
  Json splits = Json::object();
  Json labels = {{"Malicious", 0}, {"Benign", 0}};
  Json labels_by_split = Json::object();
  Json families = Json::object();  // In the order in which they are met.
  std::set<std::string> hashes;
};

void Count(Json* counts, const std::string& name) {
  Json& count = (*counts)[name];
  count = count.is_null() ? int64_t{1} : count.get<int64_t>() + 1;
}

Status CountRows(FlowSet* set) {
  std::string_view rest = set->lines;
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    const Json row = Json::parse(rest.substr(0, end));
    rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
    const Json& meta = row.at("meta");
    const std::string split = meta.at("split");
    const std::string answer = row.at("answer");
    ++set->total;
    Count(&set->splits, split);
    Count(&set->labels, answer);
    Count(&set->labels_by_split[split], answer);
    Count(&set->families, meta.at("attack_family"));
    set->hashes.insert(meta.at("hash").get<std::string>());
  }
  return Status::OK();
}

Result<std::string> ReadOutputs(const std::string& folder, const DatasetReport& run) {
  if (run.split_rows.size() > 1) {
    return DataRefused("the input has several splits: input=", run.inputs.at(0).name,
                       "; remedy: name one, as hub://OWNER/NAME?split=train");
  }
  std::string text;
  for (const OutputFile& file : run.outputs) {
    ARROW_ASSIGN_OR_RAISE(const std::string part,
                          ReadWholeFile(folder + "/" + file.path, kSetBytesMax));
    text += part;
  }
  return text;
}

/// The last part of a local path, which names no folder of this machine; an address as it is.
std::string ShownName(const std::string& name) {
  return name.find("://") == name.npos ? fs::path(name).filename().string() : name;
}

class SecurityFlows {
 public:
  SecurityFlows(const SecurityFlowsOptions& options, Progress* progress)
      : options_(options), progress_(progress) {}

  Result<SecurityFlowsReport> Run() {
    const auto start = std::chrono::steady_clock::now();
    ARROW_ASSIGN_OR_RAISE(scratch_, TemporaryFolder::Make("security"));
    for (const FlowInput& input : options_.inputs) ARROW_RETURN_NOT_OK(Build(input));
    Describe();
    if (!options_.dry_run) ARROW_RETURN_NOT_OK(Write());
    report_.wall_s =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return std::move(report_);
  }

 private:
  bool IsIot() const { return options_.inputs.at(0).source == "iot23"; }

  Result<Recipe> LoadRecipe(const FlowInput& input) const {
    const std::string rows = "rows=" + std::to_string(options_.rows);
    const std::string bad = options_.reject_bad_rows ? "on_bad_row=reject" : "on_bad_row=fail";
    std::vector<std::string> set = {"path=" + input.path, rows, bad};
    if (!IsIot() || options_.compat) set.push_back("source=" + input.source);
    if (options_.compat) {
      set.push_back("skip_words=" + std::to_string(random_words_));
      return options_.load("security-flows-compat", set);
    }
    set.push_back(options_.allow_fewer ? "fewer=true" : "fewer=false");
    set.push_back(options_.drop_unknown ? "unknown=drop" : "unknown=refuse");
    return options_.load(IsIot() ? "security-iot23" : "security-ood", set);
  }

  Status Build(const FlowInput& input) {
    ARROW_ASSIGN_OR_RAISE(const Recipe recipe, LoadRecipe(input));
    RunOptions run{.output_dir = scratch_->path() + "/" + input.source,
                   .dry_run = options_.dry_run,
                   .threads = options_.threads,
                   .seed = options_.seed,
                   .hub = options_.hub,
                   .hub_token = options_.hub_token};
    Result<RunReport> made = RunRecipe(recipe, run, progress_);
    if (!made.ok()) return WithContext(made.status(), input.source + ": ");
    FlowSet set{.input = &input, .run = made->datasets.at(0)};
    if (IsIot()) set.splits = {{"train", 0}, {"dev", 0}, {"test", 0}};
    if (!options_.dry_run) {
      ARROW_ASSIGN_OR_RAISE(set.lines, ReadOutputs(run.output_dir, set.run));
      ARROW_RETURN_NOT_OK(CountRows(&set));
      if (set.total == 0 && !options_.test) return RefuseEmpty(set);
      if (set.lines.empty()) set.lines = "\n";  // As the original writes an empty set.
    }
    for (const StageReport& stage : set.run.stages) {
      const auto words = stage.counts.find("random_words");
      if (words != stage.counts.end()) random_words_ = words->second;
    }
    sets_.push_back(std::move(set));
    return Status::OK();
  }

  static Status RefuseEmpty(const FlowSet& set) {
    const Json rejects = RejectsOf(set);
    std::string drops;
    for (const auto& [reason, rows] : rejects.items()) {
      drops += Concat(" ", reason, "=", rows.get<int64_t>());
    }
    return DataRefused(set.input->source, ": no row is left: rows_read=", set.run.rows_read,
                       drops.empty() ? "" : " left_out:", drops,
                       "; remedy: ask for more rows, or give a source that has both classes");
  }

  std::string Ending() const { return options_.test ? "test" : "v1"; }

  std::string FileOf(const FlowSet& set) const {
    const std::string& source = set.input->source;
    return (IsIot() ? "iot23-train-dev-test-" : source + "-ood-") + Ending() + ".jsonl";
  }

  void Describe() {
    for (const FlowSet& set : sets_) {
      FlowSetReport out{.source = set.input->source,
                        .file = options_.out_dir + "/" + FileOf(set),
                        .sha256 = options_.dry_run ? "" : Sha256Hex(set.lines),
                        .rows = set.total,
                        .rows_read = set.run.rows_read,
                        .bytes_read = set.run.bytes_read};
      const auto list = [](const Json& counts, auto* to) {
        for (const auto& [name, rows] : counts.items()) to->emplace_back(name, rows);
      };
      list(set.splits, &out.splits);
      list(set.labels, &out.labels);
      list(set.families, &out.families);
      list(RejectsOf(set), &out.rejects);
      for (const SourceFile& file : set.run.inputs) out.revision = file.revision;
      if (!options_.dry_run && set.total < options_.rows) {
        report_.notes.push_back(Concat("fewer rows than asked for: source=", set.input->source,
                                       " rows=", set.total, " asked=", options_.rows));
      }
      report_.sets.push_back(std::move(out));
    }
    report_.sampling_file =
        Concat(options_.out_dir, "/sampling-", IsIot() ? "iot23-" : "e1-ood-", Ending(), ".json");
  }

  static Json RejectsOf(const FlowSet& set) {
    Json rejects = Json::object();
    for (const StageReport& stage : set.run.stages) {
      for (const auto& [reason, rows] : stage.drops) rejects[stage.name + "." + reason] = rows;
    }
    return rejects;
  }

  /// What default mode tells beyond the original: what was read, made and left out.
  Result<Json> Provenance(const FlowSet& set) const {
    Json inputs = Json::array();
    std::string revision;
    for (const SourceFile& file : set.run.inputs) {
      Json input{{"name", ShownName(file.name)}, {"bytes", file.size_bytes}};
      if (set.input->local) {
        ARROW_ASSIGN_OR_RAISE(const FileDigest digest, Sha256OfFile(file.name));
        input["bytes"] = digest.size_bytes;
        input["sha256"] = digest.hex;
      } else {
        input["hash"] = file.hash;
        revision = file.revision;
      }
      inputs.push_back(std::move(input));
    }
    Json labels_unknown = Json::object();
    for (const StageReport& stage : set.run.stages) {
      for (const auto& [name, rows] : stage.counts) {
        if (name.starts_with("label \"")) labels_unknown[name.substr(7, name.size() - 8)] = rows;
      }
    }
    Json out{{"revision", revision.empty() ? Json() : Json(revision)},
             {"inputs", std::move(inputs)},
             {"rows_read", set.run.rows_read},
             {"rejects", RejectsOf(set)},
             {"labels_unknown", std::move(labels_unknown)},
             {"file",
              {{"name", FileOf(set)},
               {"bytes", int64_t(set.lines.size())},
               {"sha256", Sha256Hex(set.lines)}}}};
    return out;
  }

  Json HubIdOf(const FlowInput& input) const {
    return input.hf_id.empty() ? Json() : Json(input.hf_id);
  }

  Result<Json> IotSampling() const {
    const FlowSet& set = sets_.at(0);
    Json out{{"mode", options_.test ? "test" : "full"},
             {"seed", options_.seed},
             {"total", set.total},
             {"by_split", set.splits}};
    if (options_.test) out["warning"] = kWarning;
    if (options_.compat) return out;
    out["hf_id"] = HubIdOf(*set.input);
    out["deduplication"] = kDeduplication;
    out["labels"] = set.labels;
    out["labels_by_split"] = set.labels_by_split;
    out["attack_families"] = set.families;
    out["unique_hashes"] = int64_t(set.hashes.size());
    ARROW_ASSIGN_OR_RAISE(const Json provenance, Provenance(set));
    out.update(provenance);
    return out;
  }

  Result<Json> OodSampling() const {
    Json out{{"mode", options_.test ? "test" : "full"},
             {"seed", options_.seed},
             {"n_requested", options_.rows},
             {"deduplication", kDeduplication},
             {"datasets", Json::object()}};
    for (const FlowSet& set : sets_) {
      Json& one = out["datasets"][set.input->source];
      one = {{"hf_id", HubIdOf(*set.input)},
             {"total", set.total},
             {"labels", set.labels},
             {"attack_families", set.families},
             {"unique_hashes", int64_t(set.hashes.size())}};
      if (options_.compat) continue;
      ARROW_ASSIGN_OR_RAISE(const Json provenance, Provenance(set));
      one.update(provenance);
    }
    if (options_.test) out["warning"] = kWarning;
    return out;
  }

  /// Writes all files beside their places, then renames them, the sampling file last.
  Status Write() {
    ARROW_ASSIGN_OR_RAISE(Json sampling, IsIot() ? IotSampling() : OodSampling());
    if (!options_.compat) {
      sampling["hubmill"] = Version();
      sampling["canary"] = kCanary;
    }
    FolderFiles files;
    for (size_t i = 0; i < sets_.size(); ++i) {
      files[fs::path(report_.sets[i].file).filename()] = std::move(sets_[i].lines);
    }
    const std::string last = fs::path(report_.sampling_file).filename();
    files[last] = sampling.dump(2, ' ', /*ensure_ascii=*/true);
    return UpdateFolder(options_.out_dir, files, {}, last);
  }

  const SecurityFlowsOptions& options_;
  Progress* const progress_;
  std::unique_ptr<TemporaryFolder> scratch_;
  std::vector<FlowSet> sets_;
  int64_t random_words_ = 0;
  SecurityFlowsReport report_;
};

}  // namespace

Result<SecurityFlowsReport> RunSecurityFlows(const SecurityFlowsOptions& options,
                                             Progress* progress) {
  return SecurityFlows(options, progress).Run();
}

}  // namespace hubmill
