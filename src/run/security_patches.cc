#include "run/security_patches.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "io/temporary_folder.h"
#include "security/configs/manifest.h"
#include "security/configs/unified_diff.h"
#include "security/tools/tool_adapter.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;

/// A patch that applied, and the record that it is for.
struct AppliedPatch {
  const ConfigRecord* before;
  std::string patch;
  std::string patch_source;  // Below the folder.
};

Result<std::string> ReadPatch(const fs::path& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  if (error || !file || size > kDiffBytesMax) {
    return WrongUsage("cannot read a patch: path=", path.string(),
                      "; remedy: it must be a readable file of at most ", kDiffBytesMax, " bytes");
  }
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// All *.patch and *.diff files, by their path below the folder.
Result<std::set<std::string>> ListPatches(const std::string& folder) {
  std::set<std::string> names;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    const fs::path& path = at->path();
    if (!at->is_regular_file(error)) continue;
    if (path.extension() == ".patch" || path.extension() == ".diff") {
      names.insert(path.lexically_relative(folder).generic_string());
    }
  }
  if (error) {
    return RunFailed("cannot read a folder: path=", folder, " why=", error.message(),
                     "; remedy: check its permissions");
  }
  return names;
}

/// The patch of a record; empty where it has none.
std::string PatchOf(const std::string& source, const std::set<std::string>& patches) {
  const std::string name = fs::path(source).filename().string();
  for (const std::string& candidate : {source, name}) {
    for (const char* end : {".patch", ".diff"}) {
      if (patches.contains(candidate + end)) return candidate + end;
    }
  }
  return "";
}

/// Why a patched file is not kept; empty where it is.
std::string WhyNot(const ConfigRecord& before, const FileScan& after) {
  if (!after.failure.empty()) return "tool_failed";
  if (after.findings.empty()) return "";
  std::set<std::string> rules;
  for (const Finding& finding : before.violations)
    rules.insert(finding.tool + "/" + finding.rule_id);
  for (const Finding& finding : after.findings) {
    if (!rules.contains(finding.tool + "/" + finding.rule_id)) return "new_findings";
  }
  return "findings_remain";
}

/// Applies what can be applied; `files` gets the patched texts.
Result<std::vector<AppliedPatch>> ApplyAll(const std::string& folder,
                                           const std::vector<ConfigRecord>& records,
                                           PatchCounts* counts, std::vector<ConfigFile>* files) {
  ARROW_ASSIGN_OR_RAISE(const std::set<std::string> patches, ListPatches(folder));
  counts->found = static_cast<int64_t>(patches.size());
  std::vector<AppliedPatch> applied;
  std::set<std::string> used;
  for (const ConfigRecord& record : records) {
    const std::string name = PatchOf(record.source, patches);
    if (name.empty()) continue;
    used.insert(name);
    if (record.violations.empty()) {
      ++counts->reasons["nothing_to_fix"];
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(std::string patch, ReadPatch(fs::path(folder) / name));
    auto text = ApplyUnifiedDiff(record.question, patch, record.source);
    if (!text.ok()) {
      ++counts->reasons["does_not_apply"];
      continue;
    }
    if (ReadManifest(*text, {.bytes_max = static_cast<int64_t>(text->size())}).fault !=
        ManifestFault::kNone) {
      ++counts->reasons["no_manifest"];
      continue;
    }
    std::string hash = ConfigHash(*text);
    files->push_back({record.lang, record.source, *std::move(text), std::move(hash)});
    applied.push_back({&record, std::move(patch), name});
  }
  const auto unused = static_cast<int64_t>(patches.size() - used.size());
  if (unused > 0) counts->reasons["for_no_record"] = unused;
  return applied;
}

}  // namespace

Result<VerifiedPatches> VerifyPatches(const std::string& patches_dir,
                                      const std::vector<ConfigRecord>& records,
                                      std::span<const Tool> tools, const ToolRunOptions& options,
                                      Progress* progress) {
  VerifiedPatches verified;
  std::vector<ConfigFile> files;
  ARROW_ASSIGN_OR_RAISE(std::vector<AppliedPatch> applied,
                        ApplyAll(patches_dir, records, &verified.counts, &files));
  ARROW_ASSIGN_OR_RAISE(const ScanReport scanned, ScanConfigs(tools, files, options, progress));
  for (size_t i = 0; i < applied.size(); ++i) {
    const ConfigRecord& before = *applied[i].before;
    const std::string why = WhyNot(before, scanned.files[i]);
    if (!why.empty()) {
      ++verified.counts.reasons[why];
      continue;
    }
    ++verified.counts.kept;
    verified.records.push_back({.question = files[i].text,
                                .violations = before.violations,
                                .patch = std::move(applied[i].patch),
                                .lang = before.lang,
                                .source = before.source,
                                .hash = files[i].hash,
                                .patch_source = applied[i].patch_source});
  }
  return verified;
}

Result<VerifiedPatches> VerifyPatchesCompat(const std::string& patches_dir,
                                            const std::vector<ConfigRecord>& records,
                                            const CompatTools& tools) {
  VerifiedPatches verified;
  ARROW_ASSIGN_OR_RAISE(const auto scratch, TemporaryFolder::Make("patched"));
  for (const ConfigRecord& record : records) {
    const fs::path path =
        fs::path(patches_dir) / (fs::path(record.source).filename().string() + ".patch");
    if (!fs::exists(path)) continue;
    ++verified.counts.found;
    ARROW_ASSIGN_OR_RAISE(std::string patch, ReadPatch(path));
    ConfigRecord kept = record;
    kept.question = RestoreNdiff(patch);
    kept.patch = std::move(patch);
    kept.patch_source = path.string();
    const std::string file = scratch->path() + "/patched.yaml";
    ARROW_RETURN_NOT_OK(WriteToolFile(file, kept.question));
    ARROW_ASSIGN_OR_RAISE(const auto findings, CompatFindings(tools, file, record.lang));
    const bool denied = std::any_of(findings.begin(), findings.end(),
                                    [](const Finding& finding) { return finding.tool == "opa"; });
    if (denied) {
      ++verified.counts.reasons["findings_remain"];
      continue;
    }
    ++verified.counts.kept;
    verified.records.push_back(std::move(kept));
  }
  return verified;
}

}  // namespace hubmill
