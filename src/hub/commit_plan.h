// What a commit request means on a given head: which files are new or other, which stay, which go.
// Internal to hub/.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "hub/session.h"

namespace hubmill {

/// An addition as the Hub wants it.
struct PlannedAdd {
  const CommitAdd* add = nullptr;
  int64_t size_bytes = 0;
  bool large = false;      // By LFS; else within the commit.
  bool ignored = false;    // By the repository's .gitignore.
  bool unchanged = false;  // The head has these bytes at this path.
  std::string sha256;      // Large files only, once read.
  std::string git_id;      // Regular files only, once read.
};

/// A copy, resolved: a large file by its checksum, a regular one as bytes.
struct PlannedCopy {
  std::string path;
  TreeEntry from;
  std::string bytes;
  bool unchanged = false;
};

struct CommitPlan {
  std::string head;
  std::vector<PlannedAdd> adds;
  std::vector<PlannedCopy> copies;
  std::vector<std::string> deletes;        // Files that are there.
  std::map<std::string, TreeEntry> there;  // What the head has at the paths in question.

  bool ChangesNothing() const;
};

/// Sizes, samples and modes of all additions, in the request's order.
Result<std::vector<PlannedAdd>> AskUploadModes(HubSession& session, const CommitRequest& request,
                                               const Progress* progress);

/// Reads the regular additions' ids where `there` has a file of that size.  Large ones are compared
/// while they are uploaded.
Status CompareRegular(const std::map<std::string, TreeEntry>& there, int threads,
                      std::vector<PlannedAdd>* adds);

/// The NDJSON of a commit, in memory or, where it is large, in a temporary file.
class CommitBody {
 public:
  CommitBody() = default;
  ~CommitBody();
  CommitBody(const CommitBody&) = delete;
  CommitBody& operator=(const CommitBody&) = delete;

  Status Append(const Json& line);
  /// Sets the request's body.  This must outlive the request.
  Status MoveTo(HttpRequest* request);

 private:
  Status Flush();
  std::string buffer_;
  std::string file_;
  int fd_ = -1;
  int64_t written_ = 0;
};

}  // namespace hubmill
