// hub:// in a run: which Hub, which commit, which files.
//
// A revision is looked up once a run and repository, whatever moves meanwhile; every file is then
// read at that commit, which the manifest records.  A commit id is not looked up at all.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "core/uri_resolver.h"
#include "hub/client.h"
#include "hub/hub_cache.h"

namespace hubmill {

struct HubReading;

struct HubAccess {
  HubOptions hub;
  HubCacheOptions cache;
};

class HubUris final : public UriResolver {
 public:
  /// `find_access` is asked at the first hub:// address, so that a run without one needs no Hub.
  /// `progress` may be null, else it outlives every file.
  HubUris(std::function<Result<HubAccess>()> find_access, const Progress* progress);

  bool Knows(std::string_view text) const override;
  Result<ResolvedUri> Resolve(const std::string& uri,
                              const std::function<bool(std::string_view)>& reads) override;

 private:
  Status Connect();
  Result<std::string> PinnedCommit(const RepoId& repo, const std::string& revision);

  std::function<Result<HubAccess>()> find_access_;
  const Progress* progress_;
  std::shared_ptr<HubReading> reading_;         // Null before the first address.
  std::map<std::string, std::string> commits_;  // By repository and revision.
};

}  // namespace hubmill
