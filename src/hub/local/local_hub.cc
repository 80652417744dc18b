#include "hub/local/local_hub.h"

#include <fcntl.h>
#include <git2.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <thread>

#include "hub/local/faults.h"
#include "hub/local/path_rules.h"
#include "hub/local/routes.h"
#include "net/http_server.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;

// libgit2 keeps no tree above 4 KiB by itself, and so would unpack that of 1,000 files for each
// request that names one of them.
constexpr size_t kCachedTreeBytesMax = 1 << 20;
constexpr ssize_t kCacheBytesMax = 64 << 20;

using local_hub::Account;
using local_hub::HubState;

// Text that is made once and kept in the folder.
Result<std::string> Kept(const std::string& root, const char* name, size_t bytes) {
  const std::string path = root + "/" + name;
  if (fs::exists(path)) return local_hub::ReadWhole(path, 1 << 10);
  std::string text = local_hub::RandomHex(bytes);
  ARROW_RETURN_NOT_OK(local_hub::WriteWhole(root + "/tmp", path, text, true));
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  return text;
}

// Parts of uploads that nobody completed within a day: their addresses have expired.
void RemoveOldParts(const std::string& root) {
  std::error_code error;
  const auto oldest = fs::file_time_type::clock::now() - std::chrono::hours(24);
  for (const auto& upload : fs::directory_iterator(root + "/parts", error)) {
    if (upload.last_write_time(error) < oldest) fs::remove_all(upload.path(), error);
  }
}

constexpr std::string_view kShortHolder = "command";  // In the lock file, in a URL's place.
constexpr auto kLockPoll = std::chrono::milliseconds(50);

// Holds the folder; -1 where it is in use.  The file holds the URL of the server that has it.
int LockFolder(const std::string& root) {
  const int fd = open((root + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  if (fd >= 0) close(fd);
  return -1;
}

/// Holds the folder; another command that holds it for its own length is waited for.
Result<int> WaitForFolder(const std::string& root, int64_t wait_ms) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_ms);
  std::string seen;  // Of a server that was killed; whoever comes next overwrites it at once.
  while (true) {
    const int lock = LockFolder(root);
    if (lock >= 0) return lock;
    const bool in_use = errno == EWOULDBLOCK;
    const std::string reason = std::strerror(errno);
    const std::string url = local_hub::ReadWhole(root + "/lock", 1 << 10).ValueOr("");
    const bool last = std::chrono::steady_clock::now() >= end;
    const bool serves = in_use && !url.empty() && url != kShortHolder;
    if (serves && (last || url == seen)) {
      return RunFailed("the Hub's folder is served already: path=", root, " url=", url,
                       "; remedy: --hub ", url, ", or stop that server");
    }
    if (!in_use || last) {
      return RunFailed("the Hub's folder cannot be used: path=", root, " reason=", reason,
                       "; remedy: wait for the command that uses it, or choose another folder");
    }
    seen = serves ? url : "";
    std::this_thread::sleep_for(kLockPoll);
  }
}

// Whether the folder is still the one that was locked, and not removed or made anew since.
bool HoldsFolder(int lock, const std::string& root) {
  struct stat held, there;
  return fstat(lock, &held) == 0 && stat((root + "/lock").c_str(), &there) == 0 &&
         held.st_ino == there.st_ino && held.st_dev == there.st_dev;
}

Result<std::vector<Account>> ReadAccounts(const LocalHubOptions& options) {
  std::vector<Account> accounts;
  for (const LocalHubAccount& account : options.accounts) {
    if (!local_hub::IsRepoWord(account.name)) {
      return WrongUsage("not a user name: name=", account.name,
                        "; remedy: letters, digits, `-`, `_`, `.`");
    }
    if (account.token.empty() && !accounts.empty()) {
      return WrongUsage("an account has no token: name=", account.name);
    }
    accounts.push_back({account.name, account.token, account.can_write, accounts.empty()});
  }
  if (accounts.empty()) return WrongUsage("the Hub needs an account");
  return accounts;
}

}  // namespace

struct LocalHub::State {
  ~State() {
    server.reset();
    hub.reset();
    if (lock >= 0) close(lock);
  }
  // Never shut down again: connection threads give back libgit2's thread-local state when they end,
  // which may be a moment after the server saw them go.
  State() { git_libgit2_init(); }

  int lock = -1;
  std::string url;
  std::unique_ptr<HubState> hub;
  std::unique_ptr<local_hub::Faults> faults;
  std::unique_ptr<http::HttpServer> server;
};

LocalHub::LocalHub(std::unique_ptr<State> state) : state_(std::move(state)) {}
LocalHub::~LocalHub() { Stop(); }
const std::string& LocalHub::url() const { return state_->url; }
void LocalHub::Stop() {
  if (state_->server) state_->server->Stop();
  if (state_->lock >= 0) close(std::exchange(state_->lock, -1));
}

Result<std::unique_ptr<LocalHub>> LocalHub::Start(const LocalHubOptions& options) {
  auto state = std::make_unique<State>();
  ARROW_ASSIGN_OR_RAISE(std::vector<Account> accounts, ReadAccounts(options));
  if (options.root.empty()) return WrongUsage("the Hub needs a folder; remedy: give --root");
  std::error_code error;
  fs::create_directories(options.root, error);
  const std::string root = fs::absolute(options.root, error).string();
  ARROW_ASSIGN_OR_RAISE(state->lock, WaitForFolder(root, options.wait_ms));
  // Until a server says its URL, and all along for a command, others may wait.
  if (ftruncate(state->lock, 0) != 0 ||
      pwrite(state->lock, kShortHolder.data(), kShortHolder.size(), 0) < 0) {
    return RunFailed("cannot write into the Hub's folder: path=", root,
                     " reason=", std::strerror(errno), "; remedy: make room");
  }
  git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, options.durable ? 1 : 0);
  git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
  git_libgit2_opts(GIT_OPT_SET_CACHE_OBJECT_LIMIT, GIT_OBJECT_TREE, kCachedTreeBytesMax);
  git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, kCacheBytesMax);
  fs::remove_all(root + "/tmp", error);  // What a killed server left unfinished.
  fs::create_directories(root + "/tmp", error);
  RemoveOldParts(root);
  ARROW_ASSIGN_OR_RAISE(std::string secret, Kept(root, "secret", 32));
  ARROW_ASSIGN_OR_RAISE(std::string store_id, Kept(root, "store_id", 8));
  ARROW_ASSIGN_OR_RAISE(auto catalog, local_hub::RepoCatalog::Open(root, options.durable));
  state->hub.reset(new HubState{.root = root,
                                .secret = std::move(secret),
                                .store_id = std::move(store_id),
                                .multipart_bytes = options.multipart_bytes,
                                .page_entries_max = static_cast<size_t>(
                                    options.page_entries_max > 0 ? options.page_entries_max : 1),
                                .accounts = local_hub::Accounts(std::move(accounts)),
                                .objects = local_hub::ObjectStore(root, options.durable),
                                .catalog = std::move(catalog)});
  state->faults = std::make_unique<local_hub::Faults>(options.fault_seed, options.test_controls);
  ARROW_ASSIGN_OR_RAISE(
      state->server,
      http::HttpServer::Start({.host = options.host, .port = options.port},
                              [hub = state->hub.get(), faults = state->faults.get(),
                               lock = state->lock](const auto& request) {
                                return faults->Answer(request, [&] {
                                  if (HoldsFolder(lock, hub->root)) return Route(*hub, request);
                                  return local_hub::Problem(
                                      503, "",
                                      "The Hub's folder was removed while it was served; "
                                      "remedy: start the server again");
                                });
                              }));
  state->url = "http://" + options.host + ":" + std::to_string(state->server->port());
  if (options.wait_ms > 0) return std::unique_ptr<LocalHub>(new LocalHub(std::move(state)));
  if (ftruncate(state->lock, 0) != 0 ||
      pwrite(state->lock, state->url.data(), state->url.size(), 0) < 0) {
    return RunFailed("cannot write into the Hub's folder: path=", root,
                     " reason=", std::strerror(errno), "; remedy: make room");
  }
  return std::unique_ptr<LocalHub>(new LocalHub(std::move(state)));
}

}  // namespace hubmill
