#include "server/job_server.h"

#include <filesystem>
#include <utility>

#include "net/http_server.h"
#include "server/api.h"
#include "server/job_runner.h"

namespace hubmill::server {
namespace {

constexpr int kConnectionsMax = 512;
constexpr int kIdleSecondsMax = 60;
constexpr size_t kReceiveBytes = 16 << 10;

bool IsLoopback(const std::string& host) { return host == "localhost" || host.starts_with("127."); }

/// No page of another site may show, read or guess anything here.
http::Pairs SecurityHeaders() {
  return {{"X-Content-Type-Options", "nosniff"},
          {"Cache-Control", "no-store"},
          {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
          {"Cross-Origin-Resource-Policy", "same-origin"},
          {"Referrer-Policy", "no-referrer"}};
}

Result<std::string> Absolute(const std::string& path) {
  std::error_code error;
  const std::string absolute = std::filesystem::absolute(path, error).string();
  if (error) return RunFailed("cannot resolve a path: path=", path, " why=", error.message());
  return absolute;
}

/// Absolute and without a slash at its end; kWrongUsage where there is no such folder.
Result<std::string> DataFolder(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(const std::string absolute, Absolute(path));
  std::error_code error;
  if (std::filesystem::is_directory(absolute, error)) {
    return (std::filesystem::path(absolute) / "").parent_path().string();
  }
  return WrongUsage("no such folder: --data=", path, "; remedy: name a folder that is there");
}

Result<std::string> ThisProgram() {
  std::error_code error;
  const std::string program = std::filesystem::read_symlink("/proc/self/exe", error).string();
  if (error) return RunFailed("cannot find this program: why=", error.message());
  return program;
}

Status CheckToken(const JobServerOptions& options, const std::string& token) {
  if (!token.empty() || IsLoopback(options.host)) return Status::OK();
  return WrongUsage("others could reach this server, and it has no token: host=", options.host,
                    "; remedy: set the variable HUBMILL_TOKEN to a long random text, or listen on ",
                    "127.0.0.1");
}

}  // namespace

struct JobServer::Parts {
  Parts(DataDirLock lock_in, RecipeCatalog recipes_in)
      : lock(std::move(lock_in)), recipes(std::move(recipes_in)) {}

  DataDirLock lock;
  RecipeCatalog recipes;
  std::unique_ptr<JobRunner> runner;
  std::unique_ptr<Api> api;
  std::unique_ptr<http::HttpServer> http;
};

JobServer::JobServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

JobServer::~JobServer() { Stop(); }

Result<std::unique_ptr<JobServer>> JobServer::Start(JobServerOptions options) {
  const std::string token = options.env("HUBMILL_TOKEN").value_or("");
  ARROW_RETURN_NOT_OK(CheckToken(options, token));
  ARROW_ASSIGN_OR_RAISE(
      RecipeCatalog recipes,
      RecipeCatalog::Open(
          {.folder = options.recipes, .input_roots = options.input_roots, .env = options.env}));
  ARROW_ASSIGN_OR_RAISE(const std::string data_dir, Absolute(options.data_dir));
  ARROW_ASSIGN_OR_RAISE(DataDirLock lock, DataDirLock::Take(data_dir));
  if (options.program.empty()) {
    ARROW_ASSIGN_OR_RAISE(options.program, ThisProgram());
  }
  auto parts = std::make_unique<Parts>(std::move(lock), std::move(recipes));
  ApiOptions api{.token = token,
                 .loopback = IsLoopback(options.host),
                 .allow_push = options.allow_push,
                 .export_folder = options.env("HF_EXPORT_OUT_DIR").value_or(""),
                 .internal = InternalGuard::FromEnvironment(options.env)};
  if (api.export_folder.empty()) api.export_folder = "runs/hf_export";
  for (const std::string& folder : options.data_folders) {
    ARROW_ASSIGN_OR_RAISE(const std::string absolute, DataFolder(folder));
    api.data.folders.push_back(absolute);
  }
  api.data.hub = options.hub;
  while (api.export_folder.size() > 1 && api.export_folder.ends_with('/')) {
    api.export_folder.pop_back();
  }
  RunnerOptions runner{.folder = data_dir,
                       .program = options.program,
                       .workers = options.workers,
                       .queue_max = options.queue_max};
  ARROW_ASSIGN_OR_RAISE(runner.export_folder, Absolute(api.export_folder));
  ARROW_ASSIGN_OR_RAISE(std::unique_ptr<JobStore> store, JobStore::Open(data_dir + "/jobs.db"));
  ARROW_ASSIGN_OR_RAISE(parts->runner, JobRunner::Start(std::move(store), runner));
  parts->api = std::make_unique<Api>(parts->runner.get(), &parts->recipes, std::move(api));
  const http::HttpServerOptions http{.host = options.host,
                                     .port = options.port,
                                     .connections_max = kConnectionsMax,
                                     .idle_s_max = kIdleSecondsMax,
                                     .request_s_max = options.request_s_max,
                                     .receive_bytes = kReceiveBytes,
                                     .headers = SecurityHeaders()};
  // Pages for people (not /api/…) will be answered here, beside the API.
  ARROW_ASSIGN_OR_RAISE(
      parts->http,
      http::HttpServer::Start(http, [api = parts->api.get()](const http::Request& request) {
        return api->Answer(request);
      }));
  std::unique_ptr<JobServer> server(new JobServer(std::move(parts)));
  const std::string shown = options.host == "localhost" ? "127.0.0.1" : options.host;
  server->url_ = Concat("http://", shown, ":", server->parts_->http->port());
  return server;
}

void JobServer::Stop() {
  parts_->runner->Stop();  // First: it wakes the followers of events.
  parts_->http->Stop();
}

}  // namespace hubmill::server
