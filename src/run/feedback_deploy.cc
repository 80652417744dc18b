#include "run/feedback_deploy.h"

#include <filesystem>
#include <optional>
#include <utility>

namespace hubmill {
namespace {

namespace fs = std::filesystem;

class Deployment {
 public:
  Deployment(HubClient& hub, const DeployOptions& options) : hub_(hub), options_(options) {}

  Result<std::vector<DeployStep>> Run() {
    ARROW_RETURN_NOT_OK(CheckWheel());
    ARROW_ASSIGN_OR_RAISE(space_, Parsed(options_.space, RepoType::kSpace));
    std::vector<RepoId> datasets;
    for (const std::string& name : options_.datasets) {
      ARROW_ASSIGN_OR_RAISE(RepoId id, Parsed(name, RepoType::kDataset));
      datasets.push_back(std::move(id));
    }
    for (const RepoId& id : datasets) {
      ARROW_RETURN_NOT_OK(Make("data set " + id.full(), id).status());
    }
    ARROW_ASSIGN_OR_RAISE(const bool is_there, Make("Space " + space_.full(), space_));
    ARROW_RETURN_NOT_OK(SetValues("secret ", SpaceValueKind::kSecret, options_.secrets));
    DotenvPairs variables = options_.variables;
    variables.emplace_back("PREPARE_DATASET_SPACE_ID", space_.full());
    ARROW_RETURN_NOT_OK(SetValues("variable ", SpaceValueKind::kVariable, variables));
    ARROW_RETURN_NOT_OK(Upload(is_there));
    if (!options_.dry_run) ARROW_RETURN_NOT_OK(hub_.RestartSpace(space_).status());
    Tell("Space " + space_.full(), "restarted");
    return std::move(steps_);
  }

 private:
  void Tell(std::string what, const std::string& done) {
    steps_.push_back({std::move(what), (options_.dry_run ? "to be " : "") + done});
  }

  Status CheckWheel() const {
    const std::string name = fs::path(options_.wheel).filename().string();
    std::error_code error;
    const bool is_file = fs::is_regular_file(options_.wheel, error);
    if (is_file && name.starts_with("hubmill-") && name.ends_with(".whl")) return Status::OK();
    return WrongUsage("not a wheel of hubmill: file=", options_.wheel,
                      "; remedy: `make package` makes dist/hubmill-*.whl");
  }

  Result<RepoId> Parsed(const std::string& name, RepoType type) {
    ARROW_ASSIGN_OR_RAISE(const RepoId id, ParseRepoId(name, type));
    return hub_.Complete(id);
  }

  /// Whether the repository is there, afterwards.
  Result<bool> Make(const std::string& what, const RepoId& id) {
    ARROW_ASSIGN_OR_RAISE(const std::optional<RepoInfo> found, hub_.FindRepo(id));
    if (found) {
      steps_.push_back({what, "is there"});
      return true;
    }
    if (!options_.dry_run) {
      ARROW_RETURN_NOT_OK(
          hub_.CreateRepo(id, {.is_private = !options_.is_public, .space_sdk = "docker"}).status());
    }
    Tell(what, "made");
    return !options_.dry_run;
  }

  Status SetValues(const std::string& what, SpaceValueKind kind, const DotenvPairs& values) {
    for (const auto& [key, value] : values) {
      if (!options_.dry_run) {
        ARROW_RETURN_NOT_OK(hub_.SetSpaceValue(space_, kind, {key, value, ""}));
      }
      Tell(what + key, "set");
    }
    return Status::OK();
  }

  Status Upload(bool is_there) {
    CommitRequest commit{
        .repo = space_, .message = "hubmill feedback deploy", .dry_run = options_.dry_run};
    for (const auto& [name, text] : SpaceFiles()) {
      commit.adds.push_back({.path = name, .bytes = text});
    }
    const std::string wheel = fs::path(options_.wheel).filename().string();
    commit.adds.push_back({.path = wheel, .file = options_.wheel});
    if (!is_there) {
      for (const CommitAdd& add : commit.adds) Tell("file " + add.path, "uploaded");
      return Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(const std::vector<TreeEntry> entries,
                          hub_.ListTree(space_, "main", "", false, /*missing_ok=*/true));
    for (const TreeEntry& entry :
         entries) {  // Of an older hubmill; the Dockerfile installs them all.
      const bool other = entry.path.starts_with("hubmill-") && entry.path.ends_with(".whl");
      if (other && entry.path != wheel) commit.deletes.push_back(entry.path);
    }
    ARROW_ASSIGN_OR_RAISE(const CommitResult result, hub_.Commit(commit));
    for (const std::string& path : result.added) Tell("file " + path, "uploaded");
    for (const std::string& path : result.deleted) Tell("file " + path, "deleted");
    if (result.unchanged) steps_.push_back({"files", "unchanged"});
    return Status::OK();
  }

  HubClient& hub_;
  const DeployOptions& options_;
  RepoId space_;
  std::vector<DeployStep> steps_;
};

}  // namespace

Result<std::vector<DeployStep>> DeploySpace(HubClient& hub, const DeployOptions& options) {
  return Deployment(hub, options).Run();
}

}  // namespace hubmill
