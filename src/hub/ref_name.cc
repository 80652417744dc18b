#include "hub/ref_name.h"

#include "hub/repo_id.h"

namespace hubmill {
namespace {

Status CheckNoCommitId(const char* kind, std::string_view name) {
  constexpr std::string_view kHexDigits = "0123456789abcdefABCDEF";
  if (name.size() != 40 || name.find_first_not_of(kHexDigits) != name.npos) return Status::OK();
  return WrongUsage("a ", kind, " of 40 hexadecimal digits is taken for a commit: ", kind, "=",
                    name, "; remedy: another name, for example v1");
}

}  // namespace

Status CheckBranchName(std::string_view name) {
  ARROW_RETURN_NOT_OK(CheckRevision(name));
  return CheckNoCommitId("branch", name);
}

Status CheckTagName(std::string_view name) {
  ARROW_RETURN_NOT_OK(CheckRevision(name));
  if (name == "main") {
    return WrongUsage("a tag called like the branch main is never seen: tag=main",
                      "; remedy: another name, for example v1");
  }
  return CheckNoCommitId("tag", name);
}

}  // namespace hubmill
