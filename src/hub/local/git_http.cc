// `git clone` over smart HTTP: the repository is real, so git's own upload-pack answers
// (git-http-backend's protocol, gitprotocol-http(5)).  Reading only; uploads are commits by the
// API.  Input and output go through files without a name, so that a large pack costs no memory.
#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>

#include "hub/local/routes.h"

extern char** environ;

namespace hubmill::local_hub {
namespace {

constexpr size_t kWantsBytesMax = 16 << 20;

Result<int> NamelessFile(const HubState& hub) {
  const int fd = open(hub.objects.temp_folder().c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0) return RunFailed("cannot make a temporary file: reason=", std::strerror(errno));
  return fd;
}

// Runs git with the given standard input and output; both stay open.
Status RunGit(std::vector<std::string> arguments, int in, int out, const std::string& protocol) {
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::vector<std::string> variables = {"GIT_PROTOCOL=" + protocol, "GIT_CONFIG_NOSYSTEM=1"};
  std::vector<char*> environment;
  for (char** at = environ; *at; ++at) {
    if (std::strncmp(*at, "GIT_", 4) != 0) environment.push_back(*at);
  }
  for (std::string& variable : variables) environment.push_back(variable.data());
  environment.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in, 0);
  posix_spawn_file_actions_adddup2(&actions, out, 1);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  pid_t child = -1;
  const int error = posix_spawnp(&child, "git", &actions, nullptr, argv.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    return RunFailed("cannot start git: reason=", std::strerror(error),
                     "; remedy: install git, which cloning needs");
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return RunFailed("git upload-pack failed");
  return Status::OK();
}

Result<std::string> Gunzip(const std::string& packed) {
  z_stream stream = {};
  if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) return RunFailed("no zlib");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string raw;
  int result = Z_OK;
  while (result == Z_OK && raw.size() <= kWantsBytesMax) {
    char buffer[16 << 10];
    stream.next_out = reinterpret_cast<Bytef*>(buffer);
    stream.avail_out = sizeof buffer;
    result = inflate(&stream, Z_NO_FLUSH);
    raw.append(buffer, sizeof buffer - stream.avail_out);
  }
  inflateEnd(&stream);
  if (result != Z_STREAM_END) return DataRefused("the compressed request is broken or too large");
  return raw;
}

std::string ProtocolOf(const Call& call) {
  const std::string_view header = call.request.Header("Git-Protocol");
  return header == "version=2" || header == "version=1" ? std::string(header) : "";
}

Response NeedsLogin(RepoAccess access) {
  access.problem->Set("WWW-Authenticate", "Basic realm=\"hubmill\"");
  return std::move(*access.problem);
}

// git's answer as a response; `prefix` goes before it.
Result<Response> Answer(const Call& call, HubRepo* repo, const std::string& prefix, bool advertise,
                        int in, const char* type) {
  ARROW_ASSIGN_OR_RAISE(const int out, NamelessFile(call.hub));
  FileBody file(out, 0, 0);
  if (write(out, prefix.data(), prefix.size()) != static_cast<ssize_t>(prefix.size())) {
    return RunFailed("cannot write a temporary file");
  }
  std::vector<std::string> arguments = {"git",
                                        "-c",
                                        "safe.directory=*",
                                        "-c",
                                        "uploadpack.allowFilter=true",
                                        "upload-pack",
                                        "--stateless-rpc"};
  if (advertise) arguments.push_back("--advertise-refs");
  arguments.push_back(repo->GitFolder());
  // A lease keeps the folder in its place while git reads it.
  ARROW_ASSIGN_OR_RAISE(const HubRepo::Lease lease, repo->Git());
  ARROW_RETURN_NOT_OK(RunGit(std::move(arguments), in, out, ProtocolOf(call)));
  struct stat info;
  if (fstat(out, &info) != 0) return RunFailed("cannot read a temporary file");
  file.Narrow(0, info.st_size);
  Response response;
  response.Set("Content-Type", type);
  response.Set("Cache-Control", "no-cache");
  response.file.emplace(std::move(file));
  return response;
}

}  // namespace

Result<Response> GitInfoRefs(const Call& call, const RepoId& id) {
  if (call.request.Query("service") != "git-upload-pack") {
    return Problem(403, "", "only git clone and git fetch are served; remedy: commit by the API");
  }
  RepoAccess access = FindRepo(call, id, Need::kFiles);
  if (access.problem) return NeedsLogin(std::move(access));
  ARROW_ASSIGN_OR_RAISE(const int in, NamelessFile(call.hub));
  const FileBody input(in, 0, 0);
  const std::string prefix =
      ProtocolOf(call) == "version=2" ? "" : "001e# service=git-upload-pack\n0000";
  return Answer(call, access.repo.get(), prefix, true, in,
                "application/x-git-upload-pack-advertisement");
}

Result<Response> GitUploadPack(const Call& call, const RepoId& id) {
  RepoAccess access = FindRepo(call, id, Need::kFiles);
  if (access.problem) return NeedsLogin(std::move(access));
  ARROW_ASSIGN_OR_RAISE(std::string wants, call.request.body->ReadAll(kWantsBytesMax));
  if (call.request.Header("Content-Encoding") == "gzip") {  // git does so above 1 KiB.
    ARROW_ASSIGN_OR_RAISE(wants, Gunzip(wants));
  }
  ARROW_ASSIGN_OR_RAISE(const int in, NamelessFile(call.hub));
  const FileBody input(in, 0, 0);
  if (pwrite(in, wants.data(), wants.size(), 0) != static_cast<ssize_t>(wants.size())) {
    return RunFailed("cannot write a temporary file");
  }
  return Answer(call, access.repo.get(), "", false, in, "application/x-git-upload-pack-result");
}

}  // namespace hubmill::local_hub
