// hubmill hub upload, download
#include <fnmatch.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <set>

#include "cli/hub_command.h"
#include "cli/terminal.h"
#include "hub/hub_error.h"
#include "hub/secrets_file.h"
#include "hub/write_access.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;

struct UploadArguments : HubArguments {
  std::string local;
  std::string remote;
  std::string message;
  std::string description;
  std::string parent;
  std::vector<std::string> include;
  std::vector<std::string> exclude;
  std::vector<std::string> remove;
  bool is_private = false;
  bool is_public = false;
  bool dry_run = false;
};

struct DownloadArguments : HubArguments {
  std::vector<std::string> files;
  std::string local_dir;
  DownloadOptions options;
};

bool Matches(const std::vector<std::string>& patterns, const std::string& path) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return fnmatch(pattern.c_str(), path.c_str(), 0) == 0;
  });
}

std::string WithoutSlashes(std::string path) {
  while (!path.empty() && path.back() == '/') path.pop_back();
  if (path.compare(0, 2, "./") == 0) path.erase(0, 2);
  return path == "." ? "" : path;
}

/// Where a file goes: to REMOTE, or into it where it ends in a slash.
std::string PathOfFile(const std::string& remote, const std::string& name) {
  const std::string path = WithoutSlashes(remote);
  if (path.empty()) return name;
  return remote.ends_with('/') ? path + "/" + name : path;
}

struct LeftOut {
  std::vector<std::string> no_files;
  std::vector<std::string> secrets;  // IsSecretsFile()
};

Status AddFiles(const UploadArguments& arguments, CommitRequest* request, LeftOut* left_out) {
  const std::string remote = WithoutSlashes(arguments.remote);
  ARROW_ASSIGN_OR_RAISE(const std::vector<std::string> files,
                        ListLocalFiles(arguments.local, &left_out->no_files));
  std::error_code error;
  if (fs::is_regular_file(arguments.local, error)) {
    request->adds.push_back({PathOfFile(arguments.remote, files.at(0)), arguments.local, ""});
    return Status::OK();
  }
  for (const std::string& file : files) {
    if (!arguments.include.empty() && !Matches(arguments.include, file)) continue;
    if (Matches(arguments.exclude, file)) continue;
    if (IsSecretsFile(file)) {
      left_out->secrets.push_back(file);
      continue;
    }
    request->adds.push_back({remote.empty() ? file : remote + "/" + file,
                             (fs::path(arguments.local) / file).string(), ""});
  }
  if (!request->adds.empty() || !arguments.remove.empty()) return Status::OK();
  return WrongUsage("there is no file to upload: folder=", arguments.local,
                    "; remedy: check --include and --exclude");
}

// --delete: remote files that match and are not uploaded.
Status AddDeletes(const UploadArguments& arguments, HubClient& client, CommitRequest* request) {
  if (arguments.remove.empty()) return Status::OK();
  const std::string remote = WithoutSlashes(arguments.remote);
  const std::string below = remote.empty() ? "" : remote + "/";
  ARROW_ASSIGN_OR_RAISE(const auto entries,
                        client.ListTree(request->repo, request->branch, remote, true, true));
  for (const TreeEntry& entry : entries) {
    const bool inside = entry.path.compare(0, below.size(), below) == 0;
    if (entry.directory || !inside || entry.path == ".gitattributes") continue;
    if (Matches(arguments.remove, entry.path.substr(below.size()))) {
      request->deletes.push_back(entry.path);
    }
  }
  return Status::OK();
}

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void PrintRate(const OutputArguments& output, const char* what, int64_t bytes, double seconds) {
  if (output.quiet || output.json) return;
  PrintMessage(Concat(what, " ", WithUnit(static_cast<double>(bytes), "B"), " in ",
                      static_cast<int64_t>(seconds * 1000), " ms, ",
                      WithUnit(static_cast<double>(bytes) / std::max(seconds, 1e-3), "B/s")));
}

/// What uploading into a repository that is still to be made would do; it is not made.
Result<CommitResult> UploadToNothing(const UploadArguments& arguments, HubClient& client,
                                     const CommitRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const HubUser user, client.WhoAmI());
  ARROW_RETURN_NOT_OK(CheckMayCreate(user, request.repo));
  const std::string note = NoteOfCreate(user, request.repo);
  if (!arguments.output.quiet && !note.empty()) PrintMessage("note: " + note);
  CommitResult result;
  for (const CommitAdd& add : request.adds) result.added.push_back(add.path);
  std::sort(result.added.begin(), result.added.end());
  return result;
}

Result<CommitResult> Send(const UploadArguments& arguments, HubClient& client,
                          CommitRequest* request) {
  ARROW_RETURN_NOT_OK(AddDeletes(arguments, client, request));
  Progress progress;
  InterruptScope interrupt(&progress);
  ProgressBar bar(&progress, arguments.output.BarWanted());
  Result<CommitResult> result = client.Commit(*request, &progress);
  if (result.ok() || !IsStaleParent(result.status()) || request->parent.empty()) return result;
  ARROW_ASSIGN_OR_RAISE(const RepoInfo info, client.Info(request->repo, request->branch));
  return Failure(FailureKind::kService,
                 Concat("--parent is not the head of the branch; nothing was committed: repo=",
                        request->repo.full(), " branch=", request->branch,
                        " parent=", request->parent, " head=", info.commit,
                        "; remedy: see what it holds, then give the head, or leave --parent out"));
}

Status Upload(const UploadArguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const auto client, OpenHub(arguments));
  ARROW_ASSIGN_OR_RAISE(const RepoId repo, RepoOf(arguments, *client));
  CommitRequest request{.repo = repo,
                        .branch = arguments.revision,
                        .message = arguments.message,
                        .description = arguments.description,
                        .parent = arguments.parent,
                        .dry_run = arguments.dry_run};
  if (request.message.empty()) {
    request.message = "Upload " + fs::path(WithoutSlashes(arguments.local)).filename().string();
  }
  LeftOut left_out;
  const Status added = AddFiles(arguments, &request, &left_out);
  for (const std::string& path : left_out.no_files) {
    if (!arguments.output.quiet) PrintMessage("note: left out, it is no file: path=" + path);
  }
  for (const std::string& path : left_out.secrets) {
    if (!arguments.output.quiet) PrintMessage("note: left out, it may hold a token: path=" + path);
  }
  ARROW_RETURN_NOT_OK(added);
  ARROW_RETURN_NOT_OK(CheckCommitRequest(request));
  ARROW_ASSIGN_OR_RAISE(const auto found, client->FindRepo(repo));
  if (!found && !arguments.dry_run) {
    ARROW_RETURN_NOT_OK(client->CreateRepo(repo, {.is_private = !arguments.is_public}).status());
  }
  const auto start = std::chrono::steady_clock::now();
  ARROW_ASSIGN_OR_RAISE(const CommitResult result,
                        !found && arguments.dry_run ? UploadToNothing(arguments, *client, request)
                                                    : Send(arguments, *client, &request));
  HubFacts facts = {{"repo", repo.full()},
                    {"created", !found},
                    {arguments.dry_run ? "head" : "commit", result.commit},
                    {"unchanged", result.unchanged},
                    {"files_written", int64_t(result.added.size())},
                    {"files_unchanged", result.files_unchanged},
                    {"files_deleted", int64_t(result.deleted.size())},
                    {"files_ignored", int64_t(result.ignored.size())},
                    {"files_skipped", int64_t(left_out.no_files.size() + left_out.secrets.size())},
                    {"bytes_uploaded", result.bytes_uploaded},
                    PlaceFact(arguments, client->endpoint(), repo.WebPath())};
  if (!found)
    facts.insert(facts.begin() + 2, {"visibility", arguments.is_public ? "public" : "private"});
  if (arguments.dry_run) AddChanges(arguments.output, result, &facts);
  PrintHubFacts(arguments.output, facts);
  if (!arguments.dry_run) {
    PrintRate(arguments.output, "uploaded", result.bytes_uploaded, SecondsSince(start));
  }
  return Status::OK();
}

Status Download(const DownloadArguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const auto client, OpenHub(arguments));
  ARROW_ASSIGN_OR_RAISE(const RepoId repo, RepoOf(arguments, *client));
  const std::string folder = arguments.local_dir.empty() ? repo.name : arguments.local_dir;
  const auto start = std::chrono::steady_clock::now();
  DownloadResult result;
  {
    Progress progress;
    InterruptScope interrupt(&progress);
    ProgressBar bar(&progress, arguments.output.BarWanted());
    if (arguments.files.empty()) {
      ARROW_ASSIGN_OR_RAISE(result, client->DownloadRepo(repo, arguments.revision, folder,
                                                         arguments.options, &progress));
    }
    for (const std::string& file : arguments.files) {
      ARROW_RETURN_NOT_OK(CheckRepoPath(file));
      ARROW_ASSIGN_OR_RAISE(
          const DownloadResult one,
          client->DownloadFile(repo, arguments.revision, file, folder + "/" + file, &progress));
      result.commit = one.commit;
      result.files += one.files;
      result.files_unchanged += one.files_unchanged;
      result.bytes += one.bytes;
    }
  }
  PrintHubFacts(arguments.output, {{"repo", repo.full()},
                                   {"commit", result.commit},
                                   {"files", result.files},
                                   {"files_unchanged", result.files_unchanged},
                                   {"bytes_downloaded", result.bytes},
                                   {"folder", folder}});
  PrintRate(arguments.output, "downloaded", result.bytes, SecondsSince(start));
  return Status::OK();
}

}  // namespace

void AddHubTransferCommands(CLI::App& hub, CommandContext* context) {
  auto upload = std::make_shared<UploadArguments>();
  CLI::App* command =
      AddHubSubcommand(hub, context, "upload", "Upload a file or folder in one commit",
                       upload.get(), [upload] { return Upload(*upload); });
  command->add_option("LOCAL", upload->local, "A file or folder")->required();
  command->add_option("REMOTE", upload->remote,
                      "Where it goes in the repository; a folder ends in a slash");
  AddRevisionOption(command, upload.get());
  AddThreadsOption(command, upload.get());
  command->add_option("--message,--commit-message,-m", upload->message, "Of the commit");
  command->add_option("--commit-description", upload->description, "Below the message");
  command->add_option("--parent", upload->parent, "Refuse where this is no longer the head");
  command->add_option("--include", upload->include, "Only files that match");
  command->add_option("--exclude", upload->exclude, "Not files that match");
  command->add_option("--delete", upload->remove,
                      "Delete remote files that match, in the same commit");
  auto* is_private = command->add_flag("--private", upload->is_private,
                                       "A new repository is private (as by default)");
  command->add_flag("--public", upload->is_public, "A new repository is public")
      ->excludes(is_private);
  command->add_flag("--dry-run", upload->dry_run, "Only say what would change");
  command->footer(
      "What the repository has already is not sent; where it has all, no commit is made.\n"
      ".git folders and .env files, which may hold a token, are left out.\n"
      "Example:\n  hubmill hub upload alice/chat out/chat --delete '*.parquet'");

  auto download = std::make_shared<DownloadArguments>();
  command = AddHubSubcommand(hub, context, "download", "Download files, verified and resumed",
                             download.get(), [download] { return Download(*download); });
  command->add_option("FILES", download->files, "Files of the repository; none: all");
  AddRevisionOption(command, download.get());
  AddThreadsOption(command, download.get());
  command->add_option("--local-dir", download->local_dir, "Folder (the repository's name)");
  command->add_option("--include", download->options.include, "Only files that match");
  command->add_option("--exclude", download->options.exclude, "Not files that match");
  command->footer(
      "Example:\n  hubmill hub download alice/chat --local-dir chat --include 'data/*'");
}

}  // namespace hubmill
