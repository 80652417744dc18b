#include "cli/hub_connection.h"

#include "run/hub_access.h"

namespace hubmill {
namespace {

constexpr char kLocal[] = "local";
// No secret: the server listens on the loopback interface only, for one command.
constexpr char kLocalUser[] = "local";
constexpr int64_t kWaitMs = 30'000;  // For other commands on the same folder.
constexpr char kLocalToken[] = "hf_local_embedded";

Result<HubConnection> OpenLocalHub(const HubChoice& choice) {
  ARROW_ASSIGN_OR_RAISE(auto server, LocalHub::Start({.root = choice.hub_root,
                                                      .accounts = {{kLocalUser, kLocalToken, true}},
                                                      .wait_ms = choice.stays ? 0 : kWaitMs}));
  ARROW_ASSIGN_OR_RAISE(HubAccess access, FindHubAccess(server->url(), kLocalToken));
  access.hub.threads = choice.threads;
  ARROW_ASSIGN_OR_RAISE(auto client, HubClient::Make(std::move(access.hub)));
  return HubConnection(std::move(server), std::move(client));
}

}  // namespace

void AddHubChoice(CLI::App* command, HubChoice* choice) {
  auto* hub = command->add_option("--hub", choice->hub, "URL of the Hub, or local");
  command
      ->add_option("--hub-root", choice->hub_root,
                   "Folder of the embedded Hub (.hubmill/hub), for --hub local")
      ->needs(hub);
}

std::string LocalPlace(const HubChoice& choice, const std::string& path) {
  if (choice.hub != kLocal) return "";
  return "`hubmill hub serve --root " + choice.hub_root + "`, then " + path;
}

std::pair<std::string, std::string> PlaceFact(const HubChoice& choice, const std::string& endpoint,
                                              const std::string& path) {
  const std::string local = LocalPlace(choice, path);
  if (local.empty()) return {"url", endpoint + path};
  return {"see", local};
}

Result<HubConnection> OpenHub(const HubChoice& choice) {
  if (choice.hub == kLocal) return OpenLocalHub(choice);
  ARROW_ASSIGN_OR_RAISE(HubAccess access, FindHubAccess(choice.hub));
  access.hub.threads = choice.threads;
  ARROW_ASSIGN_OR_RAISE(auto client, HubClient::Make(std::move(access.hub)));
  return HubConnection(nullptr, std::move(client));
}

Result<RunHub> OpenHubOfRun(const HubChoice& choice) {
  if (choice.hub != kLocal) return RunHub{.url = choice.hub};
  ARROW_ASSIGN_OR_RAISE(HubConnection connection, OpenLocalHub(choice));
  RunHub hub{.url = connection->endpoint(), .token = kLocalToken};
  hub.connection = std::make_unique<HubConnection>(std::move(connection));
  return hub;
}

}  // namespace hubmill
