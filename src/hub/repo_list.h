// Which data sets a Hub shows to whoever holds a token.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "hub/client.h"

namespace hubmill {

class HubSession;

struct RepoQuestion {
  std::string author;  // A user's or organization's; empty: everybody's.
  std::string search;  // A part of OWNER/NAME; empty: all.
  int64_t count_max = 100;
};

/// Thread-safe.
class HubRepoList {
 public:
  static Result<std::unique_ptr<HubRepoList>> Make(HubOptions options);
  ~HubRepoList();

  /// Data sets in the Hub's order, at most `count_max`; kService where it does not answer, or with
  /// something else.  Entries whose name is none are left out.
  Result<std::vector<RepoInfo>> ListDatasets(const RepoQuestion& question);

 private:
  explicit HubRepoList(std::unique_ptr<HubSession> session);
  std::unique_ptr<HubSession> session_;
};

}  // namespace hubmill
