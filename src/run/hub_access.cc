#include "run/hub_access.h"

#include <filesystem>

#include "hubmill/hubmill.h"
#include "run/dotenv.h"

namespace hubmill {

Result<EnvironmentLookup> FindSettings() {
  std::error_code error;
  ARROW_ASSIGN_OR_RAISE(DotenvPairs pairs,
                        FindDotenv(std::filesystem::current_path(error).string()));
  return [process = ProcessEnvironment(), pairs = std::move(pairs)](const std::string& name) {
    std::optional<std::string> value = process(name);
    for (const auto& [key, text] : pairs) {
      if (!value && key == name && !text.empty()) value = text;
    }
    return value;
  };
}

Result<HubAccess> FindHubAccess(const std::string& hub, const std::string& token) {
  ARROW_ASSIGN_OR_RAISE(const EnvironmentLookup settings, FindSettings());
  HubAccess access;
  ARROW_ASSIGN_OR_RAISE(access.hub.endpoint, FindEndpoint(hub, settings));
  access.hub.token = token;
  if (token.empty()) {
    ARROW_ASSIGN_OR_RAISE(access.hub.token, FindToken(settings));
  }
  access.hub.http.user_agent = std::string("hubmill/") + Version();
  ARROW_ASSIGN_OR_RAISE(access.cache, FindHubCache(settings));
  return access;
}

}  // namespace hubmill
