#include "hub/hub_uris.h"

#include "hub/card_text.h"
#include "hub/data_layout.h"
#include "hub/hub_address.h"
#include "hub/hub_file_system.h"

namespace hubmill {

HubUris::HubUris(std::function<Result<HubAccess>()> find_access, const Progress* progress)
    : find_access_(std::move(find_access)), progress_(progress) {}

bool HubUris::Knows(std::string_view text) const { return IsHubAddress(text); }

Status HubUris::Connect() {
  if (reading_ != nullptr) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(HubAccess access, find_access_());
  auto reading = std::make_shared<HubReading>();
  reading->threads = access.hub.threads;
  reading->progress = progress_;
  reading->cache = std::make_unique<HubCache>(std::move(access.cache));
  ARROW_ASSIGN_OR_RAISE(reading->client, HubClient::Make(std::move(access.hub)));
  reading_ = std::move(reading);
  return Status::OK();
}

Result<std::string> HubUris::PinnedCommit(const RepoId& repo, const std::string& revision) {
  if (IsCommitId(revision)) return revision;
  std::string& commit = commits_[repo.ApiPath() + "@" + revision];
  if (commit.empty()) {
    ARROW_ASSIGN_OR_RAISE(const RepoInfo info, reading_->client->Info(repo, revision));
    commit = info.commit;
  }
  return commit;
}

Result<ResolvedUri> HubUris::Resolve(const std::string& uri,
                                     const std::function<bool(std::string_view)>& reads) {
  ARROW_ASSIGN_OR_RAISE(const HubAddress address, ParseHubAddress(uri));
  ARROW_RETURN_NOT_OK(Connect());
  ARROW_ASSIGN_OR_RAISE(const RepoId repo, reading_->client->Complete(address.repo));
  ResolvedUri resolved;
  ARROW_ASSIGN_OR_RAISE(resolved.revision, PinnedCommit(repo, address.revision));
  auto files = std::make_shared<HubFileSystem>(reading_, repo, resolved.revision);
  resolved.file_system = files;
  resolved.root = address.root + "/";
  resolved.path = address.path;
  if (!address.path.empty()) return resolved;
  ARROW_ASSIGN_OR_RAISE(const std::vector<std::string> paths, files->ListFiles());
  ARROW_ASSIGN_OR_RAISE(const std::string readme, files->ReadText("README.md", kCardBytesMax));
  ARROW_ASSIGN_OR_RAISE(const Card card, ParseCard(readme));
  ARROW_ASSIGN_OR_RAISE(resolved.splits, LayOutSplits(address, card, paths, reads));
  return resolved;
}

}  // namespace hubmill
