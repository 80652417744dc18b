// hubmill security audit: whether a repository may be released as it is.
//
// A public repository must hold no row of a private set, no canary of one and nothing that reads
// like a credential.  A private one must carry a canary in every file with evaluation rows, so that
// copies are found.  Every file of every branch and tag is downloaded and looked at; what cannot be
// read is a finding too.
//
// What was public once stays public: earlier commits and their messages, pull requests and what the
// Hub converted are looked at too, each different file once.  Of a private repository they are only
// searched for credentials, since no later push can put a canary there.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/executor.h"
#include "core/failure.h"
#include "hub/client.h"
#include "hub/history.h"

namespace hubmill {

inline constexpr size_t kAuditFindingsMax = 100;    // More are counted.
inline constexpr int64_t kAuditCommitsMax = 1'000;  // Of a branch or tag, unless told otherwise.

struct AuditOptions {
  std::string repo;
  std::string revision;                   // Empty: every branch and tag.
  std::vector<std::string> private_dirs;  // Folders of private sets (*.jsonl) to look for.
  int64_t commits_max = 0;                // Of each ref, newest first; 0: kAuditCommitsMax.
  bool as_public = false;                 // Hold a private repository to the rules of a public one.
};

struct AuditReport {
  std::string repo;
  std::vector<std::string> revisions;  // "main 3f2…"
  bool is_private = false;
  std::string gated;
  int64_t commits = 0;           // Looked at, earlier ones too.
  std::vector<std::string> cut;  // Refs that have more commits than were looked at.
  int64_t faults_earlier = 0;    // Of `faults`, those of earlier commits.
  int64_t files = 0;             // Different ones.
  int64_t texts = 0;             // Cells, lines and files that were looked at.
  int64_t private_rows = 0;      // That are known from `private_dirs`.
  int64_t private_other = 0;     // Lines there that hold no question.
  bool canary = false;
  bool rows = false;  // Whether it holds evaluation rows at all.
  int64_t faults = 0;
  std::vector<std::string> findings;  // "FILE: what"; never a value.  Empty: it may be released.
  std::vector<std::string> pictures;  // Nobody looked into these.
};

/// kDataRefused is not used: the findings say it.  kWrongUsage: `private_dirs` hold no row;
/// kService where the Hub cannot be read.  Older commits than kAuditCommitsMax are a fault, unless
/// `commits_max` says that they need not be looked at.
Result<AuditReport> AuditRepo(HubClient& hub, HubHistory& history, const AuditOptions& options,
                              Progress* progress);

}  // namespace hubmill
