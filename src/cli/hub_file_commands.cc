// hubmill hub ls, cp, rm, diff, verify
#include <map>
#include <memory>

#include "cli/hub_command.h"
#include "cli/terminal.h"
#include "net/redact.h"

namespace hubmill {
namespace {

struct ListArguments : HubArguments {
  std::string path;
  bool recursive = false;
};

struct ChangeArguments : HubArguments {
  std::vector<std::string> paths;
  std::string message;
  std::string from_revision;
  bool dry_run = false;
};

struct DiffArguments : HubArguments {
  std::string before;
  std::string after = "main";
};

struct VerifyArguments : HubArguments {
  std::string local;
  std::string remote;
};

std::string Padded(const std::string& text, size_t width) {
  return text.size() >= width ? text : std::string(width - text.size(), ' ') + text;
}

/// Of a folder what lies in it, of a file itself.
Result<std::vector<TreeEntry>> EntriesAt(const ListArguments& arguments, HubClient& client,
                                         const RepoId& repo) {
  std::string path = arguments.path;
  while (path.ends_with('/')) path.pop_back();
  const bool as_folder = path.size() < arguments.path.size() || path.empty();
  ARROW_ASSIGN_OR_RAISE(auto entries, client.ListTree(repo, arguments.revision, path,
                                                      arguments.recursive, !as_folder));
  if (!entries.empty() || as_folder) return entries;
  ARROW_ASSIGN_OR_RAISE(entries, client.FindPaths(repo, arguments.revision, {path}));
  if (!entries.empty()) return entries;
  return client.ListTree(repo, arguments.revision, path, arguments.recursive);  // It refuses.
}

Status List(const ListArguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const auto client, OpenHub(arguments));
  ARROW_ASSIGN_OR_RAISE(const RepoId repo, RepoOf(arguments, *client));
  ARROW_ASSIGN_OR_RAISE(const auto entries, EntriesAt(arguments, *client, repo));
  if (arguments.output.json) {
    HubFacts facts;
    for (const TreeEntry& entry : entries) {
      if (!entry.directory) facts.emplace_back(entry.path, entry.size_bytes);
      if (entry.directory && !arguments.recursive) facts.emplace_back(entry.path + "/", nullptr);
    }
    PrintHubFacts(arguments.output, facts);
    return Status::OK();
  }
  for (const TreeEntry& entry : entries) {
    if (entry.directory && arguments.recursive) continue;
    PrintFacts(Padded(entry.directory ? "-" : WithCommas(entry.size_bytes), 15) + "  " +
               entry.path + (entry.directory ? "/\n" : "\n"));
  }
  return Status::OK();
}

Status ShowCommit(const ChangeArguments& arguments, const RepoId& repo,
                  const CommitResult& result) {
  HubFacts facts = {{"repo", repo.full()},
                    {arguments.dry_run ? "head" : "commit", result.commit},
                    {"unchanged", result.unchanged},
                    {"files_written", int64_t(result.added.size())},
                    {"files_deleted", int64_t(result.deleted.size())}};
  if (arguments.dry_run) AddChanges(arguments.output, result, &facts);
  PrintHubFacts(arguments.output, facts);
  return Status::OK();
}

Status Copy(const ChangeArguments& arguments) {
  if (arguments.paths.size() != 2) {
    return WrongUsage("cp needs two paths; remedy: hubmill hub cp REPO FROM TO");
  }
  ARROW_ASSIGN_OR_RAISE(const auto client, OpenHub(arguments));
  ARROW_ASSIGN_OR_RAISE(const RepoId repo, RepoOf(arguments, *client));
  CommitRequest request{.repo = repo,
                        .branch = arguments.revision,
                        .message = arguments.message,
                        .dry_run = arguments.dry_run};
  if (request.message.empty()) request.message = "Copy " + arguments.paths[0];
  request.copies = {{arguments.paths[1], arguments.paths[0], arguments.from_revision}};
  ARROW_ASSIGN_OR_RAISE(const CommitResult result, client->Commit(request));
  return ShowCommit(arguments, repo, result);
}

Status Remove(const ChangeArguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const auto client, OpenHub(arguments));
  ARROW_ASSIGN_OR_RAISE(const RepoId repo, RepoOf(arguments, *client));
  CommitRequest request{.repo = repo,
                        .branch = arguments.revision,
                        .message = arguments.message,
                        .dry_run = arguments.dry_run};
  if (request.message.empty()) request.message = "Delete " + arguments.paths[0];
  for (std::string path : arguments.paths) {
    const bool folder = !path.empty() && path.back() == '/';
    if (folder) path.pop_back();
    (folder ? request.folder_deletes : request.deletes).push_back(path);
  }
  ARROW_ASSIGN_OR_RAISE(const CommitResult result, client->Commit(request));
  if (result.unchanged) {
    std::string paths;
    for (const std::string& path : arguments.paths) paths += " path=" + OneLine(path, 120);
    return WrongUsage("there is nothing of that name to delete: repo=", repo.full(),
                      " revision=", arguments.revision, paths, "; remedy: see `hubmill hub ls ",
                      repo.full(), "`; a folder ends in a slash");
  }
  return ShowCommit(arguments, repo, result);
}

Status Diff(const DiffArguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const auto client, OpenHub(arguments));
  ARROW_ASSIGN_OR_RAISE(const RepoId repo, RepoOf(arguments, *client));
  ARROW_ASSIGN_OR_RAISE(const auto before, client->ListTree(repo, arguments.before));
  ARROW_ASSIGN_OR_RAISE(const auto after, client->ListTree(repo, arguments.after));
  std::map<std::string, std::pair<const TreeEntry*, const TreeEntry*>> paths;
  for (const TreeEntry& entry : before) paths[entry.path].first = &entry;
  for (const TreeEntry& entry : after) paths[entry.path].second = &entry;
  HubFacts facts;
  for (const auto& [path, pair] : paths) {
    const auto& [old, now] = pair;
    if ((old != nullptr && old->directory) || (now != nullptr && now->directory)) continue;
    if (old == nullptr) {
      facts.emplace_back(path, "added");
    } else if (now == nullptr) {
      facts.emplace_back(path, "deleted");
    } else if (old->git_id != now->git_id) {
      facts.emplace_back(path, "changed");
    }
  }
  if (arguments.output.json) {
    PrintHubFacts(arguments.output, facts);
    return Status::OK();
  }
  for (const auto& [path, value] : facts) {
    const auto& what = std::get<std::string>(value);
    PrintFacts(what + std::string(9 - what.size(), ' ') + path + "\n");
  }
  return Status::OK();
}

const char* WordOf(FolderDifference::Kind kind) {
  switch (kind) {
    case FolderDifference::Kind::kOnlyLocal:
      return "only_local";
    case FolderDifference::Kind::kOnlyRemote:
      return "only_remote";
    case FolderDifference::Kind::kOther:
      return "other_bytes";
  }
  return "";
}

Status Verify(const VerifyArguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const auto client, OpenHub(arguments));
  ARROW_ASSIGN_OR_RAISE(const RepoId repo, RepoOf(arguments, *client));
  ARROW_ASSIGN_OR_RAISE(
      const auto differences,
      client->CompareFolder(repo, arguments.revision, arguments.local, arguments.remote));
  HubFacts facts;
  for (const FolderDifference& difference : differences) {
    facts.emplace_back(difference.path, WordOf(difference.kind));
  }
  if (facts.empty()) {
    PrintHubFacts(arguments.output, {{"repo", repo.full()}, {"identical", true}});
    return Status::OK();
  }
  PrintHubFacts(arguments.output, facts);
  return DataRefused("the folder and the repository differ: repo=", repo.full(),
                     " differences=", facts.size(),
                     "; remedy: `hubmill hub upload` or `hubmill hub download`");
}

void AddChangeOptions(CLI::App* command, ChangeArguments* arguments) {
  AddRevisionOption(command, arguments);
  command->add_option("--message,--commit-message,-m", arguments->message, "Of the commit");
  command->add_flag("--dry-run", arguments->dry_run, "Only say what would change");
}

}  // namespace

void AddHubFileCommands(CLI::App& hub, CommandContext* context) {
  auto list = std::make_shared<ListArguments>();
  CLI::App* command = AddHubSubcommand(hub, context, "ls", "List files", list.get(),
                                       [list] { return List(*list); });
  command->add_option("PATH", list->path, "A folder or file of the repository");
  AddRevisionOption(command, list.get());
  command->add_flag("--recursive,-r,-R", list->recursive, "Folders too");
  command->footer("Example:\n  hubmill hub ls alice/chat data");

  auto copy = std::make_shared<ChangeArguments>();
  command = AddHubSubcommand(hub, context, "cp", "Copy a file within a repository", copy.get(),
                             [copy] { return Copy(*copy); });
  command->add_option("PATHS", copy->paths, "FROM TO")->required()->expected(2);
  command->add_option("--from-revision", copy->from_revision, "Where FROM is taken from (main)");
  AddChangeOptions(command, copy.get());
  command->footer("Example:\n  hubmill hub cp alice/chat README.md docs/card.md");

  auto remove = std::make_shared<ChangeArguments>();
  command = AddHubSubcommand(hub, context, "rm", "Delete files in one commit", remove.get(),
                             [remove] { return Remove(*remove); });
  command->add_option("PATHS", remove->paths, "Files; a folder ends in a slash")->required();
  AddChangeOptions(command, remove.get());
  command->footer("Example:\n  hubmill hub rm alice/chat old/ notes.txt");

  auto diff = std::make_shared<DiffArguments>();
  command = AddHubSubcommand(hub, context, "diff", "Files that differ between two revisions",
                             diff.get(), [diff] { return Diff(*diff); });
  command->add_option("BEFORE", diff->before, "Branch, tag or commit")->required();
  command->add_option("AFTER", diff->after, "Branch, tag or commit (main)");
  command->footer("Example:\n  hubmill hub diff alice/chat v1.0 main");

  auto verify = std::make_shared<VerifyArguments>();
  command = AddHubSubcommand(hub, context, "verify", "Compare a folder with a repository",
                             verify.get(), [verify] { return Verify(*verify); });
  command->add_option("LOCAL", verify->local, "A folder")->required();
  command->add_option("REMOTE", verify->remote, "A folder of the repository");
  AddRevisionOption(command, verify.get());
  command->footer(
      "Exit status 3 where they differ.  Left out: .env files, and manifest and lineage of a run,\n"
      "which publishing puts below .hubmill/.\nExample:\n  hubmill hub verify alice/chat out/chat");
}

}  // namespace hubmill
