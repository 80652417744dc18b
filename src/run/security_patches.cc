#include "run/security_patches.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <set>

#include "base/utf8.h"
#include "io/child_process.h"
#include "io/temporary_folder.h"
#include "net/redact.h"
#include "security/configs/config_objects.h"
#include "security/configs/manifest.h"
#include "security/configs/unified_diff.h"
#include "security/tools/tool_adapter.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;

constexpr size_t kReasonsMax = 40;  // Beyond, patches that cannot be read are counted unnamed.

/// A patch that applied, and the record that it is for.
struct AppliedPatch {
  const ConfigRecord* before;
  std::string patch;
  std::string patch_source;  // Below the folder.
};

/// What a patch file holds; `why` instead where nobody should read it.
struct PatchText {
  std::string text;
  std::string why;
};

/// A link is not followed: it could bring any file of this machine into the set.
PatchText ReadPatch(const fs::path& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (file.get() < 0) return {.why = errno == ELOOP ? "symlink" : "unreadable"};
  struct stat facts {};
  if (fstat(file.get(), &facts) != 0 || !S_ISREG(facts.st_mode) || facts.st_size < 0 ||
      static_cast<size_t>(facts.st_size) > kDiffBytesMax) {
    return {.why = "unreadable"};
  }
  PatchText patch{.text = std::string(static_cast<size_t>(facts.st_size), '\0')};
  size_t done = 0;
  while (done < patch.text.size()) {
    const ssize_t got = read(file.get(), patch.text.data() + done, patch.text.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return {.why = "unreadable"};
    done += static_cast<size_t>(got);
  }
  if (!IsValidUtf8(patch.text)) return {.why = "not_utf8"};
  return patch;
}

/// Counts a patch that is not kept; one that nobody could read by its name.
void Refuse(const std::string& why, const std::string& name, PatchCounts* counts) {
  const bool named = why == "unreadable" && counts->reasons.size() < kReasonsMax;
  ++counts->reasons[named ? why + " " + OneLine(name) : why];
}

/// All *.patch and *.diff files and what else has such a name, by their path below the folder.
Result<std::set<std::string>> ListPatches(const std::string& folder) {
  std::set<std::string> names;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    const fs::path& path = at->path();
    std::error_code ignored;
    if (fs::is_directory(at->symlink_status(ignored))) continue;
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

/// The text of the record after the patch; `why` where it is no mend of it.
PatchText Apply(const ConfigRecord& record, const std::string& patch) {
  auto text = ApplyUnifiedDiff(record.question, patch, record.source);
  if (!text.ok()) return {.why = "does_not_apply"};
  const auto fault = ReadManifest(*text, {.bytes_max = static_cast<int64_t>(text->size())}).fault;
  if (fault != ManifestFault::kNone) return {.why = "no_manifest"};
  if (!KeepsObjects(record.lang, record.question, *text)) return {.why = "object_changed"};
  if (AddsSilence(record.lang, record.question, *text)) return {.why = "suppressed"};
  return {.text = *std::move(text)};
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
      Refuse("nothing_to_fix", name, counts);
      continue;
    }
    PatchText patch = ReadPatch(fs::path(folder) / name);
    if (patch.why.empty()) {
      PatchText after = Apply(record, patch.text);
      patch.why = after.why;
      if (after.why.empty()) {
        std::string hash = ConfigHash(after.text);
        files->push_back({record.lang, record.source, std::move(after.text), std::move(hash)});
        applied.push_back({&record, std::move(patch.text), name});
        continue;
      }
    }
    Refuse(patch.why, name, counts);
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
  std::set<std::string> kept;
  for (size_t i = 0; i < applied.size(); ++i) {
    const ConfigRecord& before = *applied[i].before;
    const std::string why = WhyNot(before, scanned.files[i]);
    if (!why.empty()) {
      ++verified.counts.reasons[why];
      continue;
    }
    // One named as a file may be of several, and is counted once.
    if (kept.insert(applied[i].patch_source).second) ++verified.counts.kept;
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
    std::error_code error;
    if (!fs::exists(fs::symlink_status(path, error))) continue;
    ++verified.counts.found;
    PatchText patch = ReadPatch(path);
    if (!patch.why.empty()) {
      Refuse(patch.why, path.filename().string(), &verified.counts);
      continue;
    }
    ConfigRecord kept = record;
    kept.question = RestoreNdiff(patch.text);
    kept.patch = std::move(patch.text);
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
