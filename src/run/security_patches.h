// Patches of manifests: applied, scanned again, and kept only where nothing is left to find.
#pragma once

#include <string>
#include <vector>

#include "run/security_configs.h"
#include "security/configs/compat_scan.h"
#include "security/configs/config_record.h"

namespace hubmill {

struct VerifiedPatches {
  std::vector<ConfigRecord> records;  // In the order of the records that they patch.
  PatchCounts counts;
};

/// The patch of a record is PATCHES_DIR/SOURCE.patch (or .diff), else the one beside it that has
/// the last part of SOURCE as its name: a unified diff.  It is kept where it applies, the result is
/// a manifest of the same objects that tells no tool to look away, and no tool finds anything in
/// it; else it is counted: symlink, "unreadable NAME", not_utf8, does_not_apply, no_manifest,
/// object_changed, suppressed, nothing_to_fix, findings_remain, new_findings, tool_failed,
/// for_no_record.
Result<VerifiedPatches> VerifyPatches(const std::string& patches_dir,
                                      const std::vector<ConfigRecord>& records,
                                      std::span<const Tool> tools, const ToolRunOptions& options,
                                      Progress* progress);

/// As the original: PATCHES_DIR/NAME.patch as an ndiff delta, kept unless OPA finds something; with
/// the findings and the hash of the text before.
Result<VerifiedPatches> VerifyPatchesCompat(const std::string& patches_dir,
                                            const std::vector<ConfigRecord>& records,
                                            const CompatTools& tools);

}  // namespace hubmill
