// After a commit: whether it holds what was meant, and who is to be told.
#pragma once

#include <string>
#include <vector>

#include "core/run_report.h"
#include "hub/client.h"
#include "run/publish_plan.h"

namespace hubmill {

/// Reads back what the commit holds; kService where it is not what `request` and `plan` meant.
Status CheckCommit(HubClient& hub, const CommitRequest& request, const PublishPlan& plan,
                   const std::string& commit);

/// Restarts the Space of that name.
Status RestartSpace(HubClient& hub, const std::string& name);

/// Restarts Spaces, which then work with the new version.  The data is published, whatever becomes
/// of them: a failure is a note of the report.  Empty names are passed over.
void RestartSpaces(HubClient& hub, const std::vector<std::string>& spaces, PublishReport* report);

}  // namespace hubmill
