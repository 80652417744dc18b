// Which Hub, with which token and which cache: the option, else the process's environment, else a
// .env file in the working directory or above it.
#pragma once

#include <string>

#include "hub/endpoint.h"
#include "hub/hub_uris.h"

namespace hubmill {

/// The process's environment, completed by .env.
Result<EnvironmentLookup> FindSettings();

/// `hub`: the value of --hub, or empty.  `token`: of that Hub; empty: found in the settings.
Result<HubAccess> FindHubAccess(const std::string& hub, const std::string& token = "");

}  // namespace hubmill
