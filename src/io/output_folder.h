// OutputFolder: a run's files appear all together or not at all.
//
// Files are written to a staging folder beside the target, on the same file system:
//   PARENT/.NAME.hubmill-staging/
// and Commit() puts it in the target's place with one rename; an earlier output of hubmill there is
// exchanged in the same instant (renameat2 RENAME_EXCHANGE) and then deleted.  Killed at any
// moment, the target holds the old output or the new one, and the staging folder holds what is
// complete, with a journal that lets the next run with the same fingerprint go on from there.
//
// For a URI (s3://…) there is no rename: files are staged in a local temporary folder and uploaded
// at Commit, manifest.json last, so a reader that waits for the manifest sees a whole output.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.h"

namespace hubmill {

/// Not thread-safe.  One process at a time may hold a target (flock); a second one is refused.
class OutputFolder {
 public:
  /// Refuses (kWrongUsage) a target that is no folder, or one that holds anything but an earlier
  /// output of hubmill (its manifest.json lists every file); a link is followed.  Staged work of an
  /// interrupted run is kept if its fingerprint is the same and `fresh` is false, else deleted.
  static Result<std::unique_ptr<OutputFolder>> Open(const std::string& target,
                                                    const std::string& fingerprint, bool fresh);

  /// Lets go of the lock.  The staging folder stays for the next run unless Commit() succeeded;
  /// parents of the target that Open() made go where nothing is in them.
  ~OutputFolder();

  const std::string& staging_dir() const { return staging_dir_; }

  /// What MarkComplete() was given for `name`, in this run or an interrupted one before it.
  std::optional<std::string> Completed(const std::string& name) const;

  /// Writes down, durably, that everything of `name` is in the staging folder.  `facts` is one
  /// line.
  Status MarkComplete(const std::string& name, const std::string& facts);

  /// Deletes everything staged: a failed run of which nothing was complete leaves nothing behind.
  Status Discard();

  /// Makes everything visible.  REQUIRES: staging_dir() holds manifest.json; called at most once.
  Status Commit();

 private:
  OutputFolder() = default;
  Status OpenStaging(const std::string& fingerprint, bool fresh);
  Status ReadJournal(const std::string& fingerprint);
  Status AppendJournal(const std::string& line);
  Status CommitLocal();
  Status CommitRemote();

  std::string target_;       // As given.
  std::string local_path_;   // Absolute; empty for a URI.
  std::string staging_dir_;  // Absolute.
  std::string journal_path_;
  int lock_fd_ = -1;
  std::string lock_path_;
  std::vector<std::string> made_;  // Parents that were not there, innermost first.
  std::map<std::string, std::string> completed_;
};

/// One output file: written under a temporary name beside it, renamed at Commit.
class SingleFile {
 public:
  /// Refuses a target that is a folder, device, pipe or socket; a link is followed.  An existing
  /// file is replaced at Commit.
  static Result<std::unique_ptr<SingleFile>> Open(const std::string& target);
  /// Removes the temporary folder, and parents that Open() made where nothing is in them.
  ~SingleFile();

  /// A folder beside the target, to write `name()` in.
  const std::string& staging_dir() const { return staging_dir_; }
  const std::string& name() const { return name_; }

  Status Commit();

 private:
  SingleFile() = default;
  std::string target_;  // Absolute, or a URI as given.
  std::string staging_dir_;
  std::string name_;
  std::vector<std::string> made_;  // As OutputFolder has it.
  bool remote_ = false;
};

}  // namespace hubmill
