#include "hub/write_access.h"

#include <algorithm>

namespace hubmill {
namespace {

const HubOrg* FindOrg(const HubUser& user, const std::string& name) {
  const auto found = std::find_if(user.orgs.begin(), user.orgs.end(),
                                  [&](const HubOrg& org) { return org.name == name; });
  return found == user.orgs.end() ? nullptr : &*found;
}

}  // namespace

Status CheckMayWrite(const HubUser& user) {
  if (user.token_role != "read") return Status::OK();
  return Failure(FailureKind::kService, Concat("the token may only read: user=", user.name,
                                               "; remedy: a token with write access in HF_TOKEN"));
}

Status CheckMayCreate(const HubUser& user, const RepoId& repo) {
  ARROW_RETURN_NOT_OK(CheckMayWrite(user));
  const HubOrg* org = FindOrg(user, repo.space);
  if (org == nullptr || org->role != "read") return Status::OK();
  return Failure(FailureKind::kService,
                 Concat("the token's user may only read in the organisation: user=", user.name,
                        " organisation=", repo.space,
                        "; remedy: another owner, or write access from one of its admins"));
}

std::string NoteOfCreate(const HubUser& user, const RepoId& repo) {
  if (repo.space == user.name || FindOrg(user, repo.space) != nullptr) return "";
  return Concat("the Hub does not say whether the user may make a repository of this owner: user=",
                user.name, " owner=", repo.space, "; remedy: where it is refused, another owner");
}

}  // namespace hubmill
