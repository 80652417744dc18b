// One commit of one repository as a folder, made by the `git` program.
//
// The folder appears with one rename once it is complete.  Until then it grows beside its place in
// FOLDER.partial, where a run that was killed is continued; what git cannot continue is made anew.
// git runs without a shell, without questions, and without the user's and the system's settings,
// hooks and filters; it refuses by itself paths that lead out of a checkout.  Files are written as
// they are committed (.git/info/attributes), and a checkout that is there is compared by hashes
// (git_tree.h): no setting, filter or index of its own counts.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "core/failure.h"
#include "run/git_tree.h"

namespace hubmill {

struct GitOptions {
  int time_limit_s = 600;  // Of one command of git.
  const std::atomic<bool>* cancel = nullptr;
};

enum class CheckoutState : uint8_t {
  kMissing = 0,
  kPartial,      // Begun, not complete.
  kRight,        // At that commit, nothing changed.
  kOtherCommit,  // At another one, nothing changed.
  kChanged,      // Files in it are other ones than its commit has, or more.
  kNoCheckout,   // Something else stands there.
};

/// "missing", "partial", "right", "other commit", "changed", "no checkout".
const char* NameOf(CheckoutState state);

struct Checkout {
  CheckoutState state = CheckoutState::kMissing;
  std::string commit;     // Where it is, if it is a checkout.
  FolderChanges changes;  // kChanged: what.
};

/// Not thread-safe: two at a time must not make the same folder.
class Git {
 public:
  /// Fails (kWrongUsage) where there is no git.
  static Result<Git> Find(const GitOptions& options);

  Result<Checkout> Look(const std::string& folder, const std::string& commit) const;

  /// Makes `folder`, or puts `commit` in the place of another one there.  REQUIRES: it is missing,
  /// partial or at another commit.  Failures (kService) say what git said.
  Status Fetch(const std::string& url, const std::string& commit, const std::string& folder) const;

  /// The newest commit of the default branch.
  Result<std::string> Newest(const std::string& url) const;

 private:
  Git() = default;
  Result<std::string> Run(const std::string& directory, const std::vector<std::string>& arguments,
                          const std::vector<std::string>& environment = {}) const;
  Status Compare(const std::string& folder, Checkout* checkout) const;
  Status FetchInto(const std::string& url, const std::string& commit,
                   const std::string& partial) const;

  std::string program_;
  GitOptions options_;
};

}  // namespace hubmill
