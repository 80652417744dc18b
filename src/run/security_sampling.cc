#include "run/security_sampling.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/hash.h"
#include "io/child_process.h"
#include "security/sets/canary.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr char kWarning[] = "CI fixture only - not for evaluation";

/// As Python's json.dumps(indent=2) writes it.
std::string Pretty(const Json& value) {
  return value.dump(2, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
}

Json VersionsOf(const std::map<std::string, std::string>& versions) {
  Json out = Json::object();
  for (const ToolId id : kToolIds) {
    const std::string name(FactsOf(id).name);
    const auto found = versions.find(name);
    if (found != versions.end()) out[name] = found->second;
  }
  return out;
}

/// Of path and hash of every record, in order: two sets with the same hash have the same files.
std::string ContentHash(const ConfigSet& set) {
  Sha256Stream hash;
  for (size_t i = 0; i < set.scans.size(); ++i) {
    if (!set.scans[i].failure.empty()) continue;
    const ConfigFile& file = set.tree.files[i];
    hash.Update(Concat(file.path.size(), ":", file.path, file.hash, "\n"));
  }
  return hash.HexDigest();
}

Json LeftOutFiles(const ConfigSet& set) {
  Json files = Json::array();
  for (size_t i = 0; i < set.scans.size() && files.size() < kLeftOutShownMax; ++i) {
    const FileScan& scan = set.scans[i];
    if (scan.failure.empty()) continue;
    files.push_back(
        {{"source", set.tree.files[i].path}, {"tool", scan.failed_tool}, {"why", scan.failure}});
  }
  return files;
}

Json SkippedFiles(const ConfigSet& set) {
  Json files = Json::array();
  for (const SkippedConfig* file : FirstSkipped(set.tree, kSkippedShownMax)) {
    Json& one = files.emplace_back(Json{{"source", file->path}, {"reason", file->reason}});
    if (file->line > 0) one["line"] = file->line;
    if (!file->why.empty()) one["cause"] = file->why;
  }
  return files;
}

Json DatasetOf(const ConfigSet& set, bool compat) {
  const auto kept = static_cast<int64_t>(set.tree.files.size());
  Json out{{"files_scanned", kept},
           {"total_items", set.records},
           {"with_violations", set.with_violations}};
  if (compat) return out;
  out["violations"] = set.violations;
  out["files_found"] = set.tree.found;
  AddLeftOut(set, &out);
  out["revisions"] = set.revisions;
  out["content_sha256"] = ContentHash(set);
  return out;
}

Json ToolFactsOf(const ToolSet& tools, const SecurityConfigsReport& report) {
  Json out = Json::object();
  for (const Tool& tool : tools.tools) {
    const std::string name(FactsOf(tool.adapter->id()).name);
    const auto use = report.tools.find(name);
    const auto pin = tools.pins.find(name);
    out[name] = {{"version", tool.version},
                 {"pin", pin == tools.pins.end() ? Json() : Json(pin->second)},
                 {"rules_sha256",
                  {{"k8s", tool.adapter->RulesHash(ConfigLang::kK8s)},
                   {"tf", tool.adapter->RulesHash(ConfigLang::kTf)}}},
                 {"findings", use == report.tools.end() ? 0 : use->second.findings}};
  }
  return out;
}

/// A small file of a checkout, which a stranger made: no link, no pipe; empty where it is not one.
std::string SmallText(const fs::path& path) {
  constexpr int64_t kBytesMax = 4 << 20;
  const Descriptor file(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat facts {};
  if (file.get() < 0 || fstat(file.get(), &facts) != 0 || !S_ISREG(facts.st_mode) ||
      facts.st_size > kBytesMax) {
    return "";
  }
  std::string text(size_t(facts.st_size), '\0');
  const ssize_t size = read(file.get(), text.data(), text.size());
  text.resize(size_t(std::max<ssize_t>(size, 0)));
  return text;
}

std::string FirstLine(const fs::path& path) {
  const std::string text = SmallText(path);
  return text.substr(0, text.find('\n'));
}

bool IsCommit(const std::string& text) {
  return (text.size() == 40 || text.size() == 64) &&
         text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// The commit that a checkout stands at; empty where this is none.
std::string CommitOf(const fs::path& checkout) {
  const fs::path git = checkout / ".git";
  const std::string head = FirstLine(git / "HEAD");
  if (IsCommit(head)) return head;
  if (!head.starts_with("ref: refs/") || head.find("..") != std::string::npos) return "";
  const std::string ref = head.substr(5);
  if (const std::string commit = FirstLine(git / ref); IsCommit(commit)) return commit;
  std::istringstream packed(SmallText(git / "packed-refs"));
  for (std::string line; std::getline(packed, line);) {
    const size_t blank = line.find(' ');
    if (blank != std::string::npos && line.substr(blank + 1) == ref) return line.substr(0, blank);
  }
  return "";
}

}  // namespace

void AddLeftOut(const ConfigSet& set, Json* out) {
  Json& one = *out;
  one["skipped"] = set.tree.reasons;
  one["skipped_files"] = SkippedFiles(set);
  one["skipped_files_not_shown"] = set.tree.skipped.size() - one["skipped_files"].size();
  one["left_out"] = set.left_out;
  one["left_out_files"] = LeftOutFiles(set);
}

std::string RenderVersions(const std::map<std::string, std::string>& versions) {
  return Pretty(VersionsOf(versions));
}

std::string RenderSampling(const SecurityConfigsOptions& options, const ToolSet& tools,
                           const SecurityConfigsReport& report) {
  const bool compat = options.compat;
  const std::string& rego = options.tools.rego_dir;
  Json out{{"mode", options.test_mode ? "test" : "full"},
           {"k8s_root", report.sets[0].root},
           {"tf_root", report.sets[1].root},
           {"rego_dir", rego.empty() && !compat ? Json() : Json(rego)}};
  out["datasets"] = {{"k8s", DatasetOf(report.sets[0], compat)},
                     {"terraform", DatasetOf(report.sets[1], compat)}};
  out["tools"] = VersionsOf(report.versions);
  out["patch_verified"] = report.with_patches ? Json(report.patches.kept) : Json();
  if (options.test_mode) out["warning"] = kWarning;
  if (compat) return Pretty(out);
  if (report.with_patches) {
    out["patches"] = {{"found", report.patches.found},
                      {"kept", report.patches.kept},
                      {"not_kept", report.patches.reasons}};
  }
  out["tool_facts"] = ToolFactsOf(tools, report);
  out["canary"] = kCanary;
  return Pretty(out);
}

std::map<std::string, std::string> CheckoutRevisions(const std::string& root) {
  std::map<std::string, std::string> revisions;
  if (std::string commit = CommitOf(root); !commit.empty()) revisions["."] = std::move(commit);
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(root, error)) {
    std::string commit = CommitOf(entry.path());
    if (!commit.empty()) revisions[entry.path().filename().string()] = std::move(commit);
  }
  return revisions;
}

}  // namespace hubmill
