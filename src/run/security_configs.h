// hubmill security build-k8s-tf: manifests and Terraform files, and what tools found in them.
//
// The files of a set become visible together or not at all, beside what else the folder holds:
// k8s-labeled-SUFFIX.jsonl, terraform-labeled-SUFFIX.jsonl, k8s-patch-verified-SUFFIX.jsonl,
// sampling-e2-SUFFIX.json, tools-versions.json; SUFFIX is v1, or test.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/executor.h"
#include "io/folder_update.h"
#include "security/configs/config_files.h"
#include "security/tools/tool_runner.h"
#include "security/tools/tool_set.h"

namespace hubmill {

inline constexpr int64_t kTestFilesMax = 30;     // Of each set, in test mode.
inline constexpr size_t kLeftOutShownMax = 100;  // In the sampling file; all are counted.
inline constexpr int64_t kSkippedShownMax = 50;  // Of each reason, in the same way.

struct SecurityConfigsOptions {
  std::string k8s_root;  // Test mode: may be empty, for the samples of this program.
  std::string tf_root;   // The same.
  std::string patches_dir;
  std::string out_dir;
  bool test_mode = false;
  bool compat = false;   // As the original, losses included; ignores pins, cache and batches.
  bool dry_run = false;  // Everything but writing.
  bool fail_on_tool_failure = false;  // Instead of leaving such files out.
  int64_t bytes_max = 1 << 20;        // Of one file.
  int64_t files_max = 0;              // Of each set, the first ones; 0: all.
  ToolSetOptions tools;
  ToolRunOptions run;
};

/// One of the two sets.
struct ConfigSet {
  ConfigLang lang = ConfigLang::kK8s;
  std::string root;  // As given.
  ConfigTree tree;
  std::vector<FileScan> scans;                   // Of tree.files.
  std::map<std::string, int64_t> left_out;       // Files without an answer, by tool.
  std::map<std::string, std::string> revisions;  // Commits of the checkouts, by folder.
  int64_t records = 0;
  int64_t with_violations = 0;
  int64_t violations = 0;
};

struct PatchCounts {
  int64_t found = 0;  // Files *.patch and *.diff.
  int64_t kept = 0;
  std::map<std::string, int64_t> reasons;  // Why others are not.
};

struct SecurityConfigsReport {
  std::vector<ConfigSet> sets;  // Kubernetes, Terraform.
  std::map<std::string, std::string> versions;
  std::map<std::string, ToolUse> tools;
  bool with_patches = false;
  PatchCounts patches;
  FolderFiles files;  // What was, or would be, written.
  std::string out_dir;
  double wall_s = 0;
};

/// The first `most` files of each reason, in order.
std::vector<const SkippedConfig*> FirstSkipped(const ConfigTree& tree, int64_t most);

/// kWrongUsage: a root that is missing or holds no such file, a tool that is missing or has another
/// version; kDataRefused: a tool failed and that was not to be, or a set of a full build would have
/// no row.
Result<SecurityConfigsReport> BuildSecurityConfigs(const SecurityConfigsOptions& options,
                                                   Progress* progress);

}  // namespace hubmill
