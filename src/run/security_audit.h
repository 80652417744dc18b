// hubmill security audit: whether a repository may be released as it is.
//
// A public repository must hold no row of a private set, no canary of one and nothing that reads
// like a credential.  A private one must carry a canary in every file with evaluation rows, so that
// copies are found.  Every file of every branch and tag is downloaded and looked at; what cannot be
// read is a finding too.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/executor.h"
#include "core/failure.h"
#include "hub/client.h"

namespace hubmill {

inline constexpr size_t kAuditFindingsMax = 100;  // More are counted.

struct AuditOptions {
  std::string repo;
  std::string revision;                   // Empty: every branch and tag.
  std::vector<std::string> private_dirs;  // Folders of private sets (*.jsonl) to look for.
  bool as_public = false;                 // Hold a private repository to the rules of a public one.
};

struct AuditReport {
  std::string repo;
  std::vector<std::string> revisions;  // "main 3f2…"
  bool is_private = false;
  std::string gated;
  int64_t files = 0;          // Different ones.
  int64_t texts = 0;          // Cells, lines and files that were looked at.
  int64_t private_rows = 0;   // That are known from `private_dirs`.
  int64_t private_other = 0;  // Lines there that hold no question.
  bool canary = false;
  bool rows = false;  // Whether it holds evaluation rows at all.
  int64_t faults = 0;
  std::vector<std::string> findings;  // "FILE: what"; never a value.  Empty: it may be released.
  std::vector<std::string> pictures;  // Nobody looked into these.
};

/// kDataRefused is not used: the findings say it.  kWrongUsage: `private_dirs` hold no row;
/// kService where the Hub cannot be read.
Result<AuditReport> AuditRepo(HubClient& hub, const AuditOptions& options, Progress* progress);

}  // namespace hubmill
