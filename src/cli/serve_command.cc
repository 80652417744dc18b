// hubmill serve: web pages and their API until SIGINT or SIGTERM.  The URL is the one line on
// stdout, written when the server answers.
#include <pthread.h>

#include <csignal>
#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/hub_connection.h"
#include "cli/recipe_file.h"
#include "cli/terminal.h"
#include "run/dotenv.h"
#include "run/hub_access.h"
#include "server/job_server.h"

namespace hubmill {
namespace {

constexpr char kFooter[] =
    "A token in the environment variable HUBMILL_TOKEN is asked of every client; without one only\n"
    "programs on this machine can connect.  docs/serve.md tells the rest.\n"
    "Example:\n"
    "  hubmill serve --port 3000 --data out --hub local\n"
    "  curl -X POST http://localhost:3000/api/v1/jobs -H 'Content-Type: application/json' \\\n"
    "    -d '{\"recipe\": \"sample\", \"limit\": 100}'";
constexpr int kWorkersMax = 64;
constexpr int kQueueMax = 100'000;

/// The Hub whose data sets are shown.  Jobs use the embedded one too, where that is it.
Status ChooseHub(const HubChoice& choice, RunHub* hub, server::JobServerOptions* options) {
  if (choice.hub.empty()) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(*hub, OpenHubOfRun(choice));
  ARROW_ASSIGN_OR_RAISE(options->hub, FindHubAccess(hub->url, hub->token));
  if (hub->connection != nullptr) {
    setenv("HF_ENDPOINT", hub->url.c_str(), 1);
    setenv("HF_TOKEN", hub->token.c_str(), 1);
  }
  return Status::OK();
}

Status Serve(server::JobServerOptions options, const HubChoice& choice) {
  ARROW_RETURN_NOT_OK(FindDotenv(".").status());
  options.env = &EnvironmentOrDotenv;
  // Before any thread starts, so that all of them leave the signals to sigwait.
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  RunHub hub;
  ARROW_RETURN_NOT_OK(ChooseHub(choice, &hub, &options));
  ARROW_ASSIGN_OR_RAISE(const auto server, server::JobServer::Start(std::move(options)));
  PrintFacts(server->url() + "\n");
  FlushFacts(0);
  int received = 0;
  sigwait(&signals, &received);
  server->Stop();
  return Status::OK();
}

}  // namespace

void AddServeCommand(CLI::App& app, CommandContext* context) {
  auto options = std::make_shared<server::JobServerOptions>();
  auto hub = std::make_shared<HubChoice>();
  hub->stays = true;
  CLI::App* command =
      app.add_subcommand("serve", "Serve web pages and an API: start recipes, see data sets");
  command->footer(kFooter);
  command->add_option("--host", options->host, "IPv4 address to listen on (127.0.0.1)");
  command->add_option("--port", options->port, "Port; 0 takes a free one (3000)")
      ->check(CLI::Range(0, 65535));
  command->add_option("--data-dir", options->data_dir,
                      "Folder of jobs, their logs and outputs (.hubmill/serve)");
  command->add_option("--workers", options->workers, "Jobs that run at once (2)")
      ->check(CLI::Range(1, kWorkersMax));
  command->add_option("--queue", options->queue_max, "Jobs that may wait (100)")
      ->check(CLI::Range(1, kQueueMax));
  command->add_option("--recipes", options->recipes,
                      "Folder of recipes that clients may start, too");
  command
      ->add_option("--input-root", options->input_roots,
                   "Folder below which clients may name inputs; may be repeated")
      ->take_all()
      ->allow_extra_args(false);
  command
      ->add_option("--data", options->data_folders,
                   "Folder whose data sets are shown; may be repeated")
      ->take_all()
      ->allow_extra_args(false);
  AddHubChoice(command, hub.get());
  command->add_flag("--allow-push", options->allow_push, "Clients may publish what recipes make");
  command
      ->add_option("--request-s", options->request_s_max,
                   "Seconds in which a request must have arrived (20)")
      ->check(CLI::Range(1, 3600));
  command->add_option("--job-program", options->program, "What jobs start; for tests")->group("");
  command->callback([options, hub, context] {
    const Status status = Serve(*options, *hub);
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace hubmill
