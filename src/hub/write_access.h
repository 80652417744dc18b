// What can be told of a token's rights before anything is sent.
#pragma once

#include <string>

#include "hub/hub_types.h"

namespace hubmill {

/// kService where the token of `user` may only read; or, where `repo` is still to be made, its user
/// may only read in the organisation that is to own it.
Status CheckMayWrite(const HubUser& user);
Status CheckMayCreate(const HubUser& user, const RepoId& repo);

/// What to tell people where the Hub does not say whether `user` may make `repo`; else empty.
std::string NoteOfCreate(const HubUser& user, const RepoId& repo);

}  // namespace hubmill
