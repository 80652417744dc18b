// The data sets that a server can show: what its jobs made, folders below those of its operator,
// and a Hub's.
//
// A client names one by an id that is compared with what is there, as with jobs: no path of a
// client's is ever opened.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hub/hub_uris.h"
#include "server/jobs.h"
#include "view/data_set.h"
#include "view/row_table.h"

namespace hubmill::server {

inline constexpr size_t kSetsMax = 1000;      // In a list, of each kind.
inline constexpr size_t kOpenSetsMax = 16;    // Kept open.
inline constexpr int kOpenSetSecondsMax = 5;  // Then what its id stands for is looked up again.
inline constexpr int64_t kVersionsMax = 100;
inline constexpr size_t kAnswersMax = 64;  // Kept of each set.
// People wait for the Hub's answers, so a Hub that is silent is told soon.
inline constexpr int64_t kHubConnectMsMax = 5'000;
inline constexpr int64_t kHubAnswerMsMax = 12'000;  // Of a question, with all its attempts.
inline constexpr int64_t kHubStallSMax = 10;        // Of the bytes of a file.
inline constexpr int kHubAttemptsMax = 2;

struct DataCatalogOptions {
  std::vector<std::string> folders;  // Absolute.
  std::optional<HubAccess> hub;      // None: no Hub's data sets.
};

struct SetFacts {
  std::string id;     // "run/UUID", "folder/NAME" or "hub/OWNER/NAME"
  std::string title;  // For people.
  std::string kind;   // "run", "folder", "hub"
  bool is_private = false;
  std::string gated;     // "auto", "manual"; empty: no.
  std::string modified;  // "2026-11-21T05:00:00.000Z"; empty: not known.
};

/// A commit of a repository; of a run, another job of its recipe.
struct SetVersion {
  std::string commit;
  std::string title;
  std::vector<std::string> refs;  // Branches and tags that stand there.
};

struct SetRef {
  std::string name;  // "main", "v1.0"
  std::string kind;  // "branch", "tag"
  std::string commit;
};

struct SetVersions {
  std::vector<SetRef> refs;  // Of a Hub's data set: branches, then tags, as the Hub has them.
  std::vector<SetVersion> versions;  // Newest first, at most kVersionsMax; empty for a folder.
  bool more = false;                 // There are older ones.
};

/// A data set at one revision.  Thread-safe.
class OpenSet {
 public:
  OpenSet(SetFacts facts, DataSet data, std::vector<InputFile> rejects)
      : facts_(std::move(facts)), data_(std::move(data)), rejects_(std::move(rejects)) {}

  const SetFacts& facts() const { return facts_; }
  const DataSet& data() const { return data_; }
  /// rejects.jsonl files: those in the set, and that of the run that made it.
  const std::vector<InputFile>& rejects() const { return rejects_; }
  /// The rows of a split, opened once.
  Result<std::shared_ptr<RowTable>> Table(const std::string& config, const std::string& split);
  /// The rows of these files, opened once.
  Result<std::shared_ptr<RowTable>> TableOf(const std::vector<InputFile>& files);
  /// An answer that took a reading of a whole split, kept as long as the set is; or nothing.
  std::optional<std::string> KeptAnswer(const std::string& question);
  void KeepAnswer(const std::string& question, const std::string& answer);
  /// Whether `other`, opened later, has the same files.
  bool SameFilesAs(const OpenSet& other) const;
  /// Whether no file that was opened has changed since.
  bool Unchanged();

 private:
  Result<std::shared_ptr<RowTable>> Opened(const DataSplit& split);

  const SetFacts facts_;
  const DataSet data_;
  const std::vector<InputFile> rejects_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<RowTable>> tables_;  // By their files' and classes' names.
  std::map<std::string, std::string> answers_;
};

/// Thread-safe.
class DataCatalog {
 public:
  /// `jobs` outlives it.
  DataCatalog(Jobs* jobs, DataCatalogOptions options);

  /// Newest runs first, then folders by name, then the Hub's.  What cannot be listed is told in
  /// `problems`, and the rest is listed.
  std::vector<SetFacts> List(const std::string& search, std::vector<std::string>* problems);

  /// Null where there is none of that id.
  Result<std::shared_ptr<OpenSet>> Open(const std::string& id, const std::string& revision);

  /// Those of a Hub's data set are the commits of its branch main.
  Result<SetVersions> Versions(const OpenSet& set);

  /// Versions of the set of that id, of a Hub's the commits that lead to `revision` (empty: main);
  /// nothing where there is no such set.  Its files are not looked at.
  Result<std::optional<SetVersions>> FindVersions(const std::string& id,
                                                  const std::string& revision);

 private:
  struct Kept {
    std::shared_ptr<OpenSet> set;
    int64_t opened_s = 0;  // Of a steady clock.
  };
  Result<std::vector<SetFacts>> ListRuns(const std::string& recipe);
  std::vector<std::pair<SetFacts, std::string>> ListFolders() const;  // With their paths.
  Result<std::vector<SetFacts>> ListHub(const std::string& search) const;
  Result<SetVersions> RunVersions(const std::string& recipe);
  Result<SetVersions> HubVersions(const RepoId& repo, const std::string& revision) const;
  /// The repository that the id of a Hub's data set names; nothing where it names none.
  std::optional<RepoId> RepoOf(const std::string& id) const;
  Result<std::shared_ptr<OpenSet>> OpenAnew(const std::string& id, const std::string& revision);
  Result<std::shared_ptr<OpenSet>> OpenRun(const std::string& job_id);
  Result<std::shared_ptr<OpenSet>> OpenPlace(SetFacts facts, const std::string& input,
                                             std::vector<InputFile> rejects);

  Jobs& jobs_;
  const DataCatalogOptions options_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, Kept> open_;  // By id and revision.
};

}  // namespace hubmill::server
