#include "cli/hub_connection.h"

#include <filesystem>

#include "cli/terminal.h"
#include "hub/endpoint.h"
#include "hubmill/hubmill.h"
#include "run/dotenv.h"

namespace hubmill {
namespace {

constexpr char kLocal[] = "local";
// No secret: the server listens on the loopback interface only, for one command.
constexpr char kLocalUser[] = "local";
constexpr char kLocalToken[] = "hf_local_embedded";

Result<HubConnection> OpenLocalHub(const HubChoice& choice, HubOptions options) {
  ARROW_ASSIGN_OR_RAISE(
      auto server,
      LocalHub::Start({.root = choice.hub_root, .accounts = {{kLocalUser, kLocalToken, true}}}));
  options.endpoint = server->url();
  options.token = kLocalToken;
  ARROW_ASSIGN_OR_RAISE(auto client, HubClient::Make(std::move(options)));
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

void PrintLocalHub(const HubChoice& choice) {
  if (choice.hub != kLocal) return;
  PrintMessage("the embedded Hub has ended; `hubmill hub serve --root " + choice.hub_root +
               "` serves it again");
}

Result<HubConnection> OpenHub(const HubChoice& choice) {
  HubOptions options{.threads = choice.threads};
  options.http.user_agent = std::string("hubmill/") + Version();
  if (choice.hub == kLocal) return OpenLocalHub(choice, std::move(options));
  std::error_code error;
  ARROW_ASSIGN_OR_RAISE(const DotenvPairs pairs,
                        FindDotenv(std::filesystem::current_path(error).string()));
  const EnvironmentLookup process = ProcessEnvironment();
  const EnvironmentLookup lookup = [&](const std::string& name) {
    std::optional<std::string> value = process(name);
    for (const auto& [key, text] : pairs) {
      if (!value && key == name && !text.empty()) value = text;
    }
    return value;
  };
  ARROW_ASSIGN_OR_RAISE(options.endpoint, FindEndpoint(choice.hub, lookup));
  ARROW_ASSIGN_OR_RAISE(options.token, FindToken(lookup));
  ARROW_ASSIGN_OR_RAISE(auto client, HubClient::Make(std::move(options)));
  return HubConnection(nullptr, std::move(client));
}

}  // namespace hubmill
