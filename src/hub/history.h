// What a repository's refs led to before: commits of old, and refs that are neither branch nor tag.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "hub/client.h"

namespace hubmill {

class HubSession;

struct HubCommit {
  std::string id;       // 40 hex
  std::string message;  // Title and text, as somebody wrote them.
};

/// Thread-safe.
class HubHistory {
 public:
  static Result<std::unique_ptr<HubHistory>> Make(HubOptions options);
  ~HubHistory();

  /// The commits that lead to `revision`, newest first, at most `count_max`; `more` tells whether
  /// there are others.
  Result<std::vector<HubCommit>> ListCommits(const RepoId& repo, const std::string& revision,
                                             int64_t count_max, bool* more);

  /// Pull requests (refs/pr/1) and what the Hub made of the files (refs/convert/parquet), by their
  /// full names.  Whoever may read the repository may read them.
  Result<std::vector<HubRef>> ListOtherRefs(const RepoId& repo);

 private:
  explicit HubHistory(std::unique_ptr<HubSession> session);
  std::unique_ptr<HubSession> session_;
};

}  // namespace hubmill
