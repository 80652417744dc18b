// Serves until SIGINT or SIGTERM.  The URL is the one line on stdout, written when the server
// answers, so that a test can start it with port 0 and read where it is.
#include "cli/hub_serve.h"

#include <pthread.h>

#include <csignal>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/ascii.h"
#include "cli/terminal.h"
#include "hub/local/local_hub.h"

namespace hubmill {
namespace {

struct ServeArguments {
  LocalHubOptions options;
  std::string user = "local";
  std::string token;
  std::vector<std::string> accounts;
  bool no_fsync = false;
};

// "name:token" or "name:token:read".  No message repeats more than the name: the rest may be a
// secret, whatever was meant.
Result<LocalHubAccount> ParseAccount(const std::string& text) {
  const size_t first = text.find(':');
  const size_t second = first == std::string::npos ? first : text.find(':', first + 1);
  LocalHubAccount account;
  account.name = text.substr(0, first);
  if (first != std::string::npos) account.token = text.substr(first + 1, second - first - 1);
  if (account.name.empty() || account.token.empty()) {
    return WrongUsage("--account is not NAME:TOKEN or NAME:TOKEN:read");
  }
  if (second == std::string::npos) return account;
  if (text.compare(second, std::string::npos, ":read") != 0) {
    return WrongUsage("--account: what follows the token is not `read`: account=", account.name,
                      "; remedy: NAME:TOKEN, which may write, or NAME:TOKEN:read");
  }
  account.can_write = false;
  return account;
}

/// A name or token that two accounts have would make one of them the other.
Status CheckAccounts(const std::vector<LocalHubAccount>& accounts) {
  std::map<std::string, std::string> names, owners;  // Lower-case name; token.
  for (const LocalHubAccount& account : accounts) {
    if (!names.emplace(AsciiLowered(account.name), account.name).second) {
      return WrongUsage("two accounts have one name: account=", account.name,
                        "; remedy: another name in --account or --user (local, where not given)");
    }
    const auto owner = owners.emplace(account.token, account.name);
    if (!owner.second && !account.token.empty()) {
      return WrongUsage("two accounts have one token: account=", owner.first->second,
                        " and account=", account.name,
                        "; remedy: a token of its own for each --account and for --token");
    }
  }
  return Status::OK();
}

Status Serve(ServeArguments arguments) {
  LocalHubOptions& options = arguments.options;
  options.accounts = {{arguments.user, arguments.token, true}};
  for (const std::string& text : arguments.accounts) {
    ARROW_ASSIGN_OR_RAISE(LocalHubAccount account, ParseAccount(text));
    options.accounts.push_back(std::move(account));
  }
  ARROW_RETURN_NOT_OK(CheckAccounts(options.accounts));
  options.durable = !arguments.no_fsync;
  // Before any thread starts, so that all of them leave the signals to sigwait.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ARROW_ASSIGN_OR_RAISE(const std::unique_ptr<LocalHub> hub, LocalHub::Start(options));
  PrintFacts(hub->url() + "\n");
  FlushFacts(0);
  int received = 0;
  sigwait(&signals, &received);
  hub->Stop();
  return Status::OK();
}

}  // namespace

void AddHubServeCommand(CLI::App& hub, CommandContext* context) {
  auto arguments = std::make_shared<ServeArguments>();
  LocalHubOptions& options = arguments->options;
  CLI::App* command = hub.add_subcommand(
      "serve", "Serve an embedded Hub from a folder; the official clients use it by HF_ENDPOINT");
  command->footer(
      "Example:\n  hubmill hub serve --root /tmp/hub --port 8080 --user alice --token hf_secret\n"
      "  HF_ENDPOINT=http://127.0.0.1:8080 HF_TOKEN=hf_secret hf upload alice/d data . "
      "--repo-type dataset");
  command->add_option("--root", options.root, "Folder that holds everything")->required();
  command->add_option("--host", options.host, "Address to listen on (127.0.0.1)");
  command->add_option("--port", options.port, "Port; 0 takes a free one (0)");
  command->add_option("--user", arguments->user, "The owner's name (local)");
  command->add_option("--token", arguments->token,
                      "The owner's token; without it everybody is the owner");
  command->add_option("--account", arguments->accounts, "Another user: NAME:TOKEN[:read]")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--multipart-bytes", options.multipart_bytes,
                      "Larger LFS uploads go in parts of this size (268435456)");
  command->add_option("--page-entries", options.page_entries_max,
                      "Entries in one page of a listing (1000)");
  command->add_option("--faults", options.fault_seed,
                      "Fail one answer in eight by this seed (0: none)");
  command->add_flag("--no-fsync", arguments->no_fsync, "Do not wait for the disk");
  command->add_flag("--test-controls", options.test_controls, "Serve /__stub/fault");
  command->callback([arguments, context] {
    const Status status = Serve(*arguments);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace hubmill
