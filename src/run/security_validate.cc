#include "run/security_validate.h"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "run/security_flow_sources.h"
#include "security/configs/config_files.h"
#include "security/sets/sampling_check.h"
#include "security/tools/tool_program.h"
#include "security/tools/tool_set.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr size_t kSourcesNamedMax = 10;
constexpr uintmax_t kSourceBytesMax = 64 << 20;  // A build takes files of 1 MiB.

/// The text of a file as a record shows it: with LF only.  False where it cannot be read.
bool ReadSource(const std::string& path, std::string* text) {
  std::error_code error;
  if (!fs::is_regular_file(path, error) || fs::file_size(path, error) > kSourceBytesMax || error) {
    return false;
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) return false;
  std::ostringstream bytes;
  bytes << file.rdbuf();
  text->clear();
  const std::string all = std::move(bytes).str();
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i] != '\r') {
      text->push_back(all[i]);
    } else {
      text->push_back('\n');
      if (i + 1 < all.size() && all[i + 1] == '\n') ++i;
    }
  }
  return true;
}

/// Whether `hash` is that of the text, with or without a byte order mark at its start.
bool HasHash(const std::string& text, const std::string& hash) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (ConfigHash(text) == hash) return true;
  return text.starts_with(kMark) && ConfigHash(std::string_view(text).substr(kMark.size())) == hash;
}

/// The file that a row names: below the root, or by a path that begins with the root.
std::string SourcePath(const std::string& root, const std::string& source) {
  const fs::path path(source);
  for (const fs::path& part : path) {
    if (part == "..") return "";
  }
  const std::string below = path.is_absolute() ? source : root + "/" + source;
  if (path.is_absolute() && !source.starts_with(root + "/")) return "";
  std::error_code error;
  if (fs::exists(below, error)) return below;
  return source.starts_with(root + "/") ? source : below;
}

/// Whether a link on the way leads out of the root: a build leaves such a file out.
bool LeadsOut(const std::string& root, const std::string& path) {
  std::error_code error;
  const std::string real_root = fs::canonical(root, error).string();
  const std::string real = fs::canonical(path, error).string();
  return error || !real.starts_with(real_root == "/" ? real_root : real_root + "/");
}

/// Compares each row with the file it came from, found by its whole path.
void CheckSources(const std::string& root, const EvalFile& file, EvalFileCheck* check,
                  int64_t* verified) {
  if (root.empty()) return;
  const std::string base = fs::path(root + "/.").lexically_normal().parent_path().string();
  std::vector<std::string> missing;
  std::vector<std::string> other;
  for (size_t i = 0; i < file.rows.size(); ++i) {
    const std::string path = SourcePath(base, file.rows[i].source);
    std::string text;
    if (path.empty() || LeadsOut(base, path) || !ReadSource(path, &text)) {
      missing.push_back(Concat("line ", file.lines[i]));
    } else if (!HasHash(text, file.rows[i].hash)) {
      other.push_back(Concat("line ", file.lines[i]));
    } else {
      ++*verified;
    }
  }
  const auto fail = [check](const char* why, const std::vector<std::string>& rows) {
    if (rows.empty()) return;
    std::string named;
    for (size_t i = 0; i < std::min(rows.size(), kSourcesNamedMax); ++i) {
      named += (i == 0 ? "" : ", ") + rows[i];
    }
    check->errors.push_back(Concat(why, ": rows=", rows.size(), " at ", named));
  };
  fail("sources are not there", missing);
  fail("sources have another text now", other);
}

/// The flows of one file against the source that `options` name for it, if any.
Status CheckFlows(const DeepOptions& options, const EvalFile& file, EvalFileCheck* check,
                  int64_t* verified) {
  for (const auto& [source, path] : options.flow_sources) {
    if (!file.name.starts_with(source + "-")) continue;
    std::vector<std::string> set = {"path=" + path, "unknown=drop", "on_bad_row=reject"};
    if (source != "iot23") set.push_back("source=" + source);
    ARROW_ASSIGN_OR_RAISE(Recipe recipe,
                          options.load(source == "iot23" ? "security-iot23" : "security-ood", set));
    return CheckFlowSource(std::move(recipe), options.run, file, check, verified);
  }
  return Status::OK();
}

/// The tools that labelled the set against the pinned ones.
Status CheckToolVersions(const DeepOptions& options, EvalCheck* check) {
  ARROW_ASSIGN_OR_RAISE(const auto pins, ReadPins(options.versions_file));
  constexpr char kFile[] = "tools-versions.json";
  std::error_code error;
  const bool there = fs::is_regular_file(options.data_dir + "/" + kFile, error);
  std::ifstream file;
  if (there) file.open(options.data_dir + "/" + kFile, std::ios::binary);
  if (!there || !file) {
    // A build of fixtures writes none.
    if (options.suffix == "v1")
      check->errors.push_back(Concat("the file is missing: file=", kFile));
    return Status::OK();
  }
  const Json recorded = Json::parse(file, nullptr, /*allow_exceptions=*/false);
  if (!recorded.is_object()) {
    check->errors.push_back(Concat("the file is no JSON object: file=", kFile));
    return Status::OK();
  }
  for (const ToolId id : kToolIds) {
    const ToolFacts& facts = FactsOf(id);
    const auto pin = pins.find(std::string(facts.pin));
    const auto found = recorded.find(std::string(facts.name));
    if (pin == pins.end()) continue;
    if (found == recorded.end() || !found->is_string() ||
        found->get_ref<const std::string&>() == kSkippedTool) {
      check->notes.push_back(Concat("a tool said nothing of this set: tool=", facts.name));
      continue;
    }
    const ToolVersion version = VersionOf(id, found->get_ref<const std::string&>());
    if (version.number == pin->second) continue;
    check->errors.push_back(Concat("a tool had another version than its pin: tool=", facts.name,
                                   " recorded=", version.number, " pinned=", pin->second));
  }
  return Status::OK();
}

Json LabelsJson(const LabelCounts& counts) {
  return {
      {"Malicious", counts.malicious}, {"Benign", counts.benign}, {"balanced", counts.balanced()}};
}

Json FileJson(EvalSet set, const EvalFileCheck& check) {
  Json out = {{"dataset", check.dataset}, {"file", check.file},
              {"found", check.found},     {"total_items", check.rows + check.bad},
              {"bad_items", check.bad},   {"unique_hashes", check.unique_hashes}};
  if (set == EvalSet::kE1) {
    out["labels"] = LabelsJson(check.all_labels);
    for (const auto& [split, counts] : check.labels) out["splits"][split] = LabelsJson(counts);
  } else {
    out["violations"] = check.findings;
    out["with_violations"] = check.with_findings;
    out["without_violations"] = check.rows - check.with_findings;
    out["by_tool"] = check.by_tool;
    out["by_severity"] = check.by_severity;
  }
  out["errors"] = check.errors;
  out["notes"] = check.notes;
  out["valid"] = check.errors.empty();
  return out;
}

}  // namespace

std::string DeepReport::ToJson(EvalSet set) const {
  Json out = {{"set", NameOf(set)}, {"passed", check.passed()}};
  for (const EvalFileCheck& file : check.files) out["files"].push_back(FileJson(set, file));
  out["repeated_across_splits"] = check.repeated_across;
  out["near_across_splits"] = check.near_across;
  out["sources_verified"] = sources_verified;
  out["errors"] = check.errors;
  out["notes"] = check.notes;
  for (const auto& [file, text] : sampling) {
    out["metadata"][file] = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  }
  return out.dump(2, ' ', false, Json::error_handler_t::replace);
}

Result<DeepReport> ValidateDeep(const DeepOptions& options) {
  std::error_code error;
  if (!fs::is_directory(options.data_dir, error)) {
    return WrongUsage("Directory not found: ", options.data_dir,
                      "; remedy: build the set first, or --data-dir");
  }
  DeepReport report;
  std::vector<EvalFile> files;
  for (const EvalPart& part : PartsOf(options.set, options.suffix)) {
    if (options.datasets != "all" && options.datasets != part.dataset) continue;
    const std::string path = options.data_dir + "/" + part.file;
    if (!fs::exists(path, error)) {
      report.check.files.push_back({.dataset = part.dataset,
                                    .file = part.file,
                                    .found = false,
                                    .errors = {"the file is missing"}});
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(EvalFile file, ReadEvalFile(options.set, EvalRules::kStrict, path));
    EvalFileCheck check = CheckEvalFile(options.set, part, file);
    if (options.set == EvalSet::kE2) {
      CheckSources(part.dataset == "k8s" ? options.k8s_root : options.tf_root, file, &check,
                   &report.sources_verified);
    }
    ARROW_RETURN_NOT_OK(CheckFlows(options, file, &check, &report.sources_verified));
    const std::string sampling = CheckSampling(part, options.data_dir, &check);
    if (!sampling.empty()) report.sampling[part.sampling] = sampling;
    report.problems.insert(report.problems.end(), file.problems.begin(), file.problems.end());
    report.check.files.push_back(std::move(check));
    files.push_back(std::move(file));
  }
  if (options.set == EvalSet::kE2) ARROW_RETURN_NOT_OK(CheckToolVersions(options, &report.check));
  CheckAcross(options.set, files, options.near_max, &report.check);
  return report;
}

}  // namespace hubmill
