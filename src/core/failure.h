// The kinds of failure that a user can tell apart by the exit status.  Everything travels as
// arrow::Status; the kind is a detail attached to it.
//
// Messages: fixed words first, values last as `name=value`, then "; remedy: ...".  Never a personal
// datum, never a secret.
#pragma once

#include <arrow/result.h>
#include <arrow/status.h>

#include <sstream>
#include <string>
#include <utility>

namespace hubmill {

using arrow::Result;
using arrow::Status;

/// The exit status of every subcommand (design.md, section 5).
enum class FailureKind : int {
  kRunFailed = 1,    // The world failed us: disk, file, network, or a bug.
  kWrongUsage = 2,   // The command line, a recipe or a setting is wrong.
  kDataRefused = 3,  // Schema, guard or validator refused the data.
  kService = 4,      // A Hub or a database could not be used.
};

/// A Status of the given kind.
Status Failure(FailureKind kind, std::string message);

/// The kind of `status`; kRunFailed where none is attached.  REQUIRES: !status.ok().
FailureKind KindOf(const Status& status);

/// `status` with `context` before its message; code and kind stay.
Status WithContext(const Status& status, const std::string& context);

/// The arguments as text, one after the other.
template <typename... Args>
std::string Concat(const Args&... args) {
  std::ostringstream out;
  (out << ... << args);
  return out.str();
}
template <typename... Args>
Status WrongUsage(Args&&... args) {
  return Failure(FailureKind::kWrongUsage, Concat(std::forward<Args>(args)...));
}
template <typename... Args>
Status DataRefused(Args&&... args) {
  return Failure(FailureKind::kDataRefused, Concat(std::forward<Args>(args)...));
}
template <typename... Args>
Status RunFailed(Args&&... args) {
  return Failure(FailureKind::kRunFailed, Concat(std::forward<Args>(args)...));
}

}  // namespace hubmill
