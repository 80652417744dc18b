// What stands beside the rows of a configuration set: how it came to be.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "run/security_configs.h"

namespace hubmill {

/// sampling-e2-*.json: the original's keys first; without compat, also what was left out and why,
/// revisions of the sources, hashes of contents and rules, and the canary.
std::string RenderSampling(const SecurityConfigsOptions& options, const ToolSet& tools,
                           const SecurityConfigsReport& report);

/// Adds `skipped` (how many, by reason), `skipped_files` (the first kSkippedShownMax of each
/// reason: path, reason, line, cause), `skipped_files_not_shown`, `left_out` (how many, by tool)
/// and `left_out_files` to `out`, an object.
void AddLeftOut(const ConfigSet& set, nlohmann::ordered_json* out);

/// tools-versions.json.
std::string RenderVersions(const std::map<std::string, std::string>& versions);

/// The commits of `root` and of the folders in it that are git checkouts, by name ("." is the
/// root); what cannot be read is not there.
std::map<std::string, std::string> CheckoutRevisions(const std::string& root);

}  // namespace hubmill
