#include "run/security_configs.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>

#include "io/temporary_folder.h"
#include "run/security_patches.h"
#include "run/security_sampling.h"
#include "security/configs/compat_scan.h"
#include "security/configs/config_record.h"
#include "security/tools/tool_files.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;

constexpr char kSampleRoot[] = "samples/security/configs";

std::string WithoutSlash(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

class Builder {
 public:
  Builder(const SecurityConfigsOptions& options, Progress* progress)
      : options_(options), progress_(progress) {}

  Result<SecurityConfigsReport> Build() {
    ARROW_RETURN_NOT_OK(CheckRoots());
    ARROW_RETURN_NOT_OK(Open());
    ARROW_RETURN_NOT_OK(options_.compat ? ScanCompat() : ScanAll());
    ARROW_RETURN_NOT_OK(CheckFailures());
    for (ConfigSet& set : report_.sets) Render(&set);
    ARROW_RETURN_NOT_OK(CheckRows());
    if (!options_.patches_dir.empty()) ARROW_RETURN_NOT_OK(Patches());
    report_.versions = options_.compat ? tools_.said : tools_.versions;
    report_.files[FileName("sampling-e2", ".json")] = RenderSampling(options_, tools_, report_);
    if (!options_.test_mode) {  // It is the record of what is published.
      report_.files["tools-versions.json"] = RenderVersions(report_.versions);
    }
    report_.out_dir = options_.out_dir;
    if (progress_->cancel.load()) return RunFailed("interrupted; remedy: run again");
    if (!options_.dry_run)
      ARROW_RETURN_NOT_OK(
          UpdateFolder(options_.out_dir, report_.files, Old(), FileName("sampling-e2", ".json")));
    return std::move(report_);
  }

 private:
  std::string FileName(const std::string& name, const char* end) const {
    return name + (options_.test_mode ? "-test" : "-v1") + end;
  }

  /// Finds files and tools; all that is wrong with either is told at once.
  Status Open() {
    Result<ToolSet> tools = OpenTools(ToolOptions(), Wanted(), &progress_->cancel);
    std::string wrong;
    for (const Status& status : {Discover(ConfigLang::kK8s, options_.k8s_root),
                                 Discover(ConfigLang::kTf, options_.tf_root), tools.status()}) {
      if (status.ok()) continue;
      if (KindOf(status) != FailureKind::kWrongUsage) return status;
      wrong += (wrong.empty() ? "" : "\n") + status.message();
    }
    if (!wrong.empty()) return WrongUsage(wrong);
    tools_ = std::move(tools).ValueUnsafe();
    return Status::OK();
  }

  /// Of an earlier build with patches.
  std::vector<std::string> Old() const {
    const std::string name = FileName("k8s-patch-verified", ".jsonl");
    return report_.files.contains(name) ? std::vector<std::string>{}
                                        : std::vector<std::string>{name};
  }

  Status CheckRoots() const {
    if (options_.k8s_root.empty() != options_.tf_root.empty() ||
        (options_.k8s_root.empty() && !options_.test_mode)) {
      return WrongUsage(
          "--k8s-root and --tf-root are needed, both; remedy: hubmill security clone-sources "
          "fetches sources, and --mode test needs none");
    }
    if (options_.out_dir.empty()) {
      return WrongUsage("--outdir is empty; remedy: name a folder, or leave the option out");
    }
    if (!options_.patches_dir.empty() && !fs::is_directory(options_.patches_dir)) {
      return WrongUsage("no such folder: --patches-dir=", options_.patches_dir,
                        "; remedy: name one with *.patch or *.diff files");
    }
    return Status::OK();
  }

  ToolSetOptions ToolOptions() const {
    ToolSetOptions options = options_.tools;
    options.cache_dir = options_.run.cache_dir;
    if (options_.compat) {
      options.any_version = true;
      options.rego_dir.clear();  // The original takes a folder that is not there for an empty one.
    }
    return options;
  }

  std::vector<ToolId> Wanted() const {
    std::vector<ToolId> wanted(kToolIds.begin(), kToolIds.end());
    if (options_.compat) wanted.pop_back();  // The original does not know checkov.
    return wanted;
  }

  /// The samples of this program, where no root was given.
  Result<std::string> SampleRoot() {
    if (samples_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(samples_, TemporaryFolder::Make("samples"));
      for (const auto& [name, text] : SampleConfigFiles()) {
        ARROW_RETURN_NOT_OK(WriteToolFile(samples_->path() + "/" + name, text));
      }
    }
    return samples_->path();
  }

  Status Discover(ConfigLang lang, const std::string& given) {
    ConfigSet& set = report_.sets.emplace_back();
    set.lang = lang;
    std::string root = WithoutSlash(given);
    set.root = root;
    if (given.empty()) {
      const std::string folder = std::string("/") + NameOf(lang);
      ARROW_ASSIGN_OR_RAISE(root, SampleRoot());
      root += folder;
      set.root = kSampleRoot + folder;
    }
    const DiscoverOptions discover{.bytes_max = options_.bytes_max, .compat = options_.compat};
    ARROW_ASSIGN_OR_RAISE(set.tree, DiscoverConfigs(root, lang, discover));
    set.revisions = CheckoutRevisions(root);
    int64_t most = options_.files_max > 0 ? options_.files_max : INT64_MAX;
    if (options_.test_mode && !options_.compat) most = std::min(most, kTestFilesMax);
    if (static_cast<int64_t>(set.tree.files.size()) > most) {
      const auto over = static_cast<int64_t>(set.tree.files.size()) - most;
      set.tree.reasons["over_the_limit"] += over;
      for (auto file = set.tree.files.begin() + static_cast<ptrdiff_t>(most);
           file != set.tree.files.end(); ++file) {
        set.tree.skipped.push_back({.path = file->path, .reason = "over_the_limit"});
      }
      set.tree.files.resize(static_cast<size_t>(most));
    }
    return Status::OK();
  }

  Status ScanAll() {
    std::vector<ConfigFile> files;
    for (const ConfigSet& set : report_.sets) {
      files.insert(files.end(), set.tree.files.begin(), set.tree.files.end());
    }
    ARROW_ASSIGN_OR_RAISE(ScanReport scanned,
                          ScanConfigs(tools_.tools, files, options_.run, progress_));
    auto next = scanned.files.begin();
    for (ConfigSet& set : report_.sets) {
      const auto end = next + static_cast<ptrdiff_t>(set.tree.files.size());
      set.scans.assign(std::make_move_iterator(next), std::make_move_iterator(end));
      next = end;
    }
    report_.tools = std::move(scanned.tools);
    return Status::OK();
  }

  CompatTools ToolsAsTheOriginal() const {
    CompatTools tools{.policies = CompatPolicies(options_.tools.rego_dir),
                      .time_limit_s = options_.run.time_limit_s,
                      .cancel = &progress_->cancel};
    for (const Tool& tool : tools_.tools) tools.programs[tool.adapter->id()] = tool.program;
    return tools;
  }

  Status ScanCompat() {
    const CompatTools tools = ToolsAsTheOriginal();
    for (ConfigSet& set : report_.sets) {
      for (const ConfigFile& file : set.tree.files) {
        FileScan& scan = set.scans.emplace_back();
        ARROW_ASSIGN_OR_RAISE(scan.findings,
                              CompatFindings(tools, set.root + "/" + file.path, file.lang));
        ++progress_->rows_read;
      }
    }
    return Status::OK();
  }

  Status CheckFailures() {
    for (ConfigSet& set : report_.sets) {
      for (size_t i = 0; i < set.scans.size(); ++i) {
        const FileScan& scan = set.scans[i];
        if (scan.failure.empty()) continue;
        ++set.left_out[scan.failed_tool];
        if (options_.fail_on_tool_failure) {
          return DataRefused("a tool gave no answer for a file: tool=", scan.failed_tool,
                             " file=", set.tree.files[i].path, " why=", scan.failure,
                             "; remedy: mend or remove the file, or --on-tool-failure leave-out");
        }
      }
    }
    return Status::OK();
  }

  ConfigRecord RecordOf(const ConfigSet& set, size_t i) const {
    const ConfigFile& file = set.tree.files[i];
    return {.question = file.text,
            .violations = set.scans[i].findings,
            .lang = set.lang,
            .source = options_.compat ? set.root + "/" + file.path : file.path,
            .hash = file.hash};
  }

  void Render(ConfigSet* set) {
    const char* name = set->lang == ConfigLang::kK8s ? "k8s-labeled" : "terraform-labeled";
    std::string& text = report_.files[FileName(name, ".jsonl")];
    for (size_t i = 0; i < set->scans.size(); ++i) {
      if (!set->scans[i].failure.empty()) continue;
      text += RenderConfigRecord(RecordOf(*set, i), !options_.compat);
      ++set->records;
      set->with_violations += !set->scans[i].findings.empty();
      set->violations += static_cast<int64_t>(set->scans[i].findings.size());
      ++progress_->rows_written;
    }
  }

  /// A full build of nothing is no set: most likely a wrong folder.
  Status CheckRows() const {
    if (options_.test_mode) return Status::OK();
    std::string wrong;
    for (const ConfigSet& set : report_.sets) {
      if (set.records > 0) continue;
      wrong += Concat(wrong.empty() ? "" : "\n", "no file of a set can be a row: root=", set.root,
                      " files=", set.tree.found);
      for (const auto& [reason, count] : set.tree.reasons) wrong += Concat(" ", reason, "=", count);
      for (const auto& [tool, count] : set.left_out)
        wrong += Concat(" no_answer_of_", tool, "=", count);
      if (const auto first = FirstSkipped(set.tree, 1); !first.empty()) {
        wrong += Concat(" first=", first[0]->path, " line=", first[0]->line,
                        " why=", first[0]->reason, " ", first[0]->why);
      }
      wrong += "; remedy: name a folder with ";
      wrong += set.lang == ConfigLang::kK8s ? "manifests" : "Terraform files";
      wrong += " (hubmill security clone-sources), or mend the files";
    }
    return wrong.empty() ? Status::OK() : DataRefused(wrong);
  }

  Status Patches() {
    report_.with_patches = true;
    const ConfigSet& set = report_.sets.front();
    std::vector<ConfigRecord> records;
    for (size_t i = 0; i < set.scans.size(); ++i) {
      if (set.scans[i].failure.empty()) records.push_back(RecordOf(set, i));
    }
    ARROW_ASSIGN_OR_RAISE(
        VerifiedPatches verified,
        options_.compat
            ? VerifyPatchesCompat(options_.patches_dir, records, ToolsAsTheOriginal())
            : VerifyPatches(options_.patches_dir, records, tools_.tools, options_.run, progress_));
    std::string& text = report_.files[FileName("k8s-patch-verified", ".jsonl")];
    for (const ConfigRecord& record : verified.records) {
      text += RenderConfigRecord(record, !options_.compat);
    }
    report_.patches = std::move(verified.counts);
    return Status::OK();
  }

  const SecurityConfigsOptions& options_;
  Progress* progress_;
  ToolSet tools_;
  std::unique_ptr<TemporaryFolder> samples_;
  SecurityConfigsReport report_;
};

}  // namespace

std::vector<const SkippedConfig*> FirstSkipped(const ConfigTree& tree, int64_t most) {
  std::map<std::string_view, int64_t> shown;
  std::vector<const SkippedConfig*> first;
  for (const SkippedConfig& file : tree.skipped) {
    if (++shown[file.reason] <= most) first.push_back(&file);
  }
  return first;
}

Result<SecurityConfigsReport> BuildSecurityConfigs(const SecurityConfigsOptions& options,
                                                   Progress* progress) {
  const auto start = std::chrono::steady_clock::now();
  ARROW_ASSIGN_OR_RAISE(SecurityConfigsReport report, Builder(options, progress).Build());
  report.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace hubmill
