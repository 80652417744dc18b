// All objects of a commit are written as one pack, which lies on the disk before the ref moves
// (git_pack.h), so that a crash leaves at worst objects nobody refers to.  The tree of a commit is
// made by an in-memory index, which would silently drop what is in the way of a file; so that a
// file over a folder, or below a file, is refused (CheckFree).
#include "hub/local/git_store.h"

#include <git2.h>
#include <git2/sys/repository.h>

#include <algorithm>
#include <charconv>
#include <ctime>

namespace hubmill::local_hub {
namespace {

constexpr int64_t kPointerBytesMax = 512;
constexpr std::string_view kPointerStart = "version https://git-lfs.github.com/spec/v1\n";
constexpr size_t kEntriesMax = 2'000'000;
constexpr int kPackPriority = 100;  // Before libgit2's own backends.

template <typename T, void (*Free)(T*)>
struct Freer {
  void operator()(T* object) const { Free(object); }
};
using CommitPtr = std::unique_ptr<git_commit, Freer<git_commit, git_commit_free>>;
using TreePtr = std::unique_ptr<git_tree, Freer<git_tree, git_tree_free>>;
using EntryPtr = std::unique_ptr<git_tree_entry, Freer<git_tree_entry, git_tree_entry_free>>;
using IndexPtr = std::unique_ptr<git_index, Freer<git_index, git_index_free>>;
using SignaturePtr = std::unique_ptr<git_signature, Freer<git_signature, git_signature_free>>;
using ObjectPtr = std::unique_ptr<git_object, Freer<git_object, git_object_free>>;
using ReferencePtr = std::unique_ptr<git_reference, Freer<git_reference, git_reference_free>>;
using OdbObjectPtr = std::unique_ptr<git_odb_object, Freer<git_odb_object, git_odb_object_free>>;

std::string HexOid(const git_oid* oid) {
  char text[GIT_OID_HEXSZ + 1];
  return git_oid_tostr(text, sizeof text, oid);
}

Status GitFailed(const char* what) {
  const git_error* error = git_error_last();
  return RunFailed("git store: ", what,
                   " reason=", error && error->message ? error->message : "unknown");
}

CommitPtr FindCommit(git_repository* repository, const std::string& id) {
  git_oid oid;
  git_commit* commit = nullptr;
  if (git_oid_fromstr(&oid, id.c_str()) != 0 || git_commit_lookup(&commit, repository, &oid) != 0) {
    return nullptr;
  }
  return CommitPtr(commit);
}

TreePtr TreeOf(git_repository* repository, const std::string& commit) {
  const CommitPtr found = FindCommit(repository, commit);
  git_tree* tree = nullptr;
  if (!found || git_commit_tree(&tree, found.get()) != 0) return nullptr;
  return TreePtr(tree);
}

EntryPtr EntryByPath(const git_tree* tree, const std::string& path) {
  git_tree_entry* entry = nullptr;
  if (git_tree_entry_bypath(&entry, tree, path.c_str()) != 0) return nullptr;
  return EntryPtr(entry);
}

std::optional<std::string> CommitOfRef(git_repository* repository, const std::string& name) {
  git_reference* raw = nullptr;
  if (git_reference_lookup(&raw, repository, name.c_str()) != 0) return std::nullopt;
  const ReferencePtr reference(raw);
  git_object* object = nullptr;
  if (git_reference_peel(&object, raw, GIT_OBJECT_COMMIT) != 0) return std::nullopt;
  const ObjectPtr owner(object);
  return HexOid(git_object_id(object));
}

TreeEntry ToEntry(const git_tree_entry* entry, std::string path) {
  TreeEntry out;
  out.path = std::move(path);
  out.oid = HexOid(git_tree_entry_id(entry));
  out.is_folder = git_tree_entry_type(entry) == GIT_OBJECT_TREE;
  return out;
}

bool Walk(git_repository* repository, const git_tree* tree, const std::string& prefix,
          bool recursive, std::vector<TreeEntry>* out) {
  const size_t count = git_tree_entrycount(tree);
  for (size_t i = 0; i < count; ++i) {
    const git_tree_entry* entry = git_tree_entry_byindex(tree, i);
    if (out->size() >= kEntriesMax) return false;
    out->push_back(ToEntry(entry, prefix + git_tree_entry_name(entry)));
    if (!recursive || !out->back().is_folder) continue;
    const std::string below = out->back().path + "/";
    git_tree* child = nullptr;
    if (git_tree_lookup(&child, repository, git_tree_entry_id(entry)) != 0) return false;
    const TreePtr owner(child);
    if (!Walk(repository, child, below, true, out)) return false;
  }
  return true;
}

bool LooksLikeCommitId(const std::string& text) {
  return text.size() >= 7 && text.size() <= 40 &&
         text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
}

// Whether nothing that the tree or an earlier change holds is in the way of a file at `path`.
Status CheckFree(git_index* index, const std::string& path) {
  constexpr char kRemedy[] = "; remedy: delete it earlier in the same commit, or use another path";
  if (git_index_find_prefix(nullptr, index, (path + "/").c_str()) == 0) {
    return DataRefused("commit: a folder is in the way of a file: path=", path, " folder=", path,
                       "/", kRemedy);
  }
  for (size_t end = path.find('/'); end != std::string::npos; end = path.find('/', end + 1)) {
    const std::string above = path.substr(0, end);
    if (git_index_get_bypath(index, above.c_str(), 0) != nullptr) {
      return DataRefused("commit: a file is in the way of a folder: path=", path, " file=", above,
                         kRemedy);
    }
  }
  return Status::OK();
}

Status Apply(git_index* index, const Change& change) {
  if (change.kind == ChangeKind::kDeleteFolder) {
    if (git_index_remove_directory(index, change.path.c_str(), 0) != 0) {
      return GitFailed("cannot remove a folder;");
    }
    return Status::OK();
  }
  if (change.kind == ChangeKind::kDeleteFile) {
    if (git_index_get_bypath(index, change.path.c_str(), 0) == nullptr) {
      return DataRefused("a file to be deleted does not exist: path=", change.path);
    }
    return git_index_remove(index, change.path.c_str(), 0) == 0
               ? Status::OK()
               : GitFailed("cannot remove a file;");
  }
  ARROW_RETURN_NOT_OK(CheckFree(index, change.path));
  git_index_entry entry = {};
  entry.mode = GIT_FILEMODE_BLOB;
  entry.path = change.path.c_str();
  if (git_oid_fromstr(&entry.id, change.blob.c_str()) != 0 || git_index_add(index, &entry) != 0) {
    return GitFailed("cannot add a file;");
  }
  return Status::OK();
}

CommitInfo ToInfo(const git_commit* commit) {
  CommitInfo info;
  info.id = HexOid(git_commit_id(commit));
  const char* summary = git_commit_summary(const_cast<git_commit*>(commit));
  const char* body = git_commit_body(const_cast<git_commit*>(commit));
  info.title = summary ? summary : "";
  info.message = body ? body : "";
  info.author = git_commit_author(commit)->name;
  info.time_s = git_commit_time(commit);
  return info;
}

std::string NameOf(const std::string& ref) {
  for (const std::string_view prefix : {"refs/heads/", "refs/tags/"}) {
    if (ref.starts_with(prefix)) return ref.substr(prefix.size());
  }
  return ref;
}

}  // namespace

std::string RenderPointer(const LfsPointer& pointer) {
  return std::string(kPointerStart) + "oid sha256:" + pointer.sha256 + "\nsize " +
         std::to_string(pointer.size) + "\n";
}

std::optional<LfsPointer> ParsePointer(std::string_view text) {
  constexpr std::string_view kOid = "oid sha256:", kSize = "size ";
  if (!text.starts_with(kPointerStart)) return std::nullopt;
  text.remove_prefix(kPointerStart.size());
  if (!text.starts_with(kOid) || text.size() < kOid.size() + 66) return std::nullopt;
  LfsPointer pointer;
  pointer.sha256 = text.substr(kOid.size(), 64);
  text.remove_prefix(kOid.size() + 65);
  if (!text.starts_with(kSize)) return std::nullopt;
  text.remove_prefix(kSize.size());
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pointer.size);
  if (error != std::errc() || pointer.size < 0) return std::nullopt;
  if (pointer.sha256.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return std::nullopt;
  }
  return pointer;
}

bool IsRefName(const std::string& ref) {
  return git_reference_is_valid_name(ref.c_str()) == 1 && ref.size() <= 255;
}

Status GitStore::Create(const std::string& path) {
  git_repository_init_options options = GIT_REPOSITORY_INIT_OPTIONS_INIT;
  options.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKPATH;
  options.initial_head = "main";
  git_repository* repository = nullptr;
  if (git_repository_init_ext(&repository, path.c_str(), &options) != 0) {
    return GitFailed("cannot create a repository;");
  }
  git_repository_free(repository);
  return Status::OK();
}

Result<std::unique_ptr<GitStore>> GitStore::Open(const GitStoreOptions& options) {
  git_repository* repository = nullptr;
  git_odb* odb = nullptr;
  if (git_repository_open_bare(&repository, options.path.c_str()) != 0) {
    return GitFailed("cannot open a repository;");
  }
  if (git_repository_odb(&odb, repository) != 0) {
    git_repository_free(repository);
    return GitFailed("cannot open the objects;");
  }
  std::unique_ptr<GitStore> store(
      new GitStore(repository, odb,
                   std::make_unique<PackWriter>(options.path + "/objects/pack", options.temp_folder,
                                                options.durable)));
  if (git_odb_add_backend(odb, NewPackBackend(store->pack_.get()), kPackPriority) != 0) {
    return GitFailed("cannot open the objects;");
  }
  return store;
}

GitStore::~GitStore() {
  git_odb_free(odb_);
  git_repository_free(repository_);
}

std::optional<std::string> GitStore::Resolve(const std::string& revision) const {
  if (revision.starts_with("refs/")) {
    if (!IsRefName(revision)) return std::nullopt;
    return CommitOfRef(repository_, revision);
  }
  for (const char* prefix : {"refs/heads/", "refs/tags/"}) {
    const std::string name = prefix + revision;
    if (!IsRefName(name)) continue;
    if (auto commit = CommitOfRef(repository_, name)) return commit;
  }
  if (!LooksLikeCommitId(revision)) return std::nullopt;
  git_oid oid;
  git_object* object = nullptr;
  if (git_oid_fromstrn(&oid, revision.data(), revision.size()) != 0 ||
      git_object_lookup_prefix(&object, repository_, &oid, revision.size(), GIT_OBJECT_COMMIT)) {
    return std::nullopt;
  }
  const ObjectPtr owner(object);
  return HexOid(git_object_id(object));
}

std::optional<std::string> GitStore::BranchRef(const std::string& revision) const {
  const std::string ref = revision.starts_with("refs/") ? revision : "refs/heads/" + revision;
  if (!IsRefName(ref) || ref.starts_with("refs/tags/")) return std::nullopt;
  git_oid oid;
  if (git_reference_name_to_id(&oid, repository_, ref.c_str()) != 0) return std::nullopt;
  return ref;
}

std::optional<TreeEntry> GitStore::EntryAt(const std::string& commit,
                                           const std::string& path) const {
  const TreePtr tree = TreeOf(repository_, commit);
  if (!tree) return std::nullopt;
  if (path.empty()) {
    TreeEntry root;
    root.oid = HexOid(git_tree_id(tree.get()));
    root.is_folder = true;
    return root;
  }
  const EntryPtr entry = EntryByPath(tree.get(), path);
  if (!entry) return std::nullopt;
  return ToEntry(entry.get(), path);
}

std::optional<std::vector<TreeEntry>> GitStore::List(const std::string& commit,
                                                     const std::string& path,
                                                     bool recursive) const {
  TreePtr tree = TreeOf(repository_, commit);
  if (!tree) return std::nullopt;
  if (!path.empty()) {
    const EntryPtr entry = EntryByPath(tree.get(), path);
    git_tree* child = nullptr;
    if (!entry || git_tree_entry_type(entry.get()) != GIT_OBJECT_TREE ||
        git_tree_lookup(&child, repository_, git_tree_entry_id(entry.get())) != 0) {
      return std::nullopt;
    }
    tree.reset(child);
  }
  std::vector<TreeEntry> entries;
  Walk(repository_, tree.get(), path.empty() ? "" : path + "/", recursive, &entries);
  return entries;
}

void GitStore::Describe(TreeEntry* entry) const {
  if (entry->is_folder) return;
  git_oid oid;
  size_t size = 0;
  git_object_t type;
  if (git_oid_fromstr(&oid, entry->oid.c_str()) != 0 ||
      git_odb_read_header(&size, &type, odb_, &oid) != 0) {
    return;
  }
  entry->size = static_cast<int64_t>(size);
  if (entry->size > kPointerBytesMax || entry->size < 100) return;
  const Result<std::string> text = ReadBlob(entry->oid);
  if (!text.ok()) return;
  entry->lfs = ParsePointer(*text);
  if (entry->lfs) entry->size = entry->lfs->size;
}

Result<std::string> GitStore::ReadBlob(const std::string& id) const {
  git_oid oid;
  git_odb_object* object = nullptr;
  if (git_oid_fromstr(&oid, id.c_str()) != 0 || git_odb_read(&object, odb_, &oid) != 0) {
    return GitFailed("cannot read an object;");
  }
  const OdbObjectPtr owner(object);
  return std::string(static_cast<const char*>(git_odb_object_data(object)),
                     git_odb_object_size(object));
}

Result<std::string> GitStore::WriteBlob(std::string_view content) const {
  git_oid oid;
  if (git_odb_hash(&oid, content.data(), content.size(), GIT_OBJECT_BLOB) != 0) {
    return GitFailed("cannot hash an object;");
  }
  // Not by git_odb_write, which lists the folder of packs for each object that is new.
  if (git_odb_exists_ext(odb_, &oid, GIT_ODB_LOOKUP_NO_REFRESH) == 0) {
    GitId id;
    std::copy(std::begin(oid.id), std::end(oid.id), id.begin());
    ARROW_RETURN_NOT_OK(pack_->Add(id, GIT_OBJECT_BLOB, content));
  }
  return HexOid(&oid);
}

Result<std::string> GitStore::Commit(const CommitRequest& request) const {
  git_index* raw_index = nullptr;
  if (git_index_new(&raw_index) != 0) return GitFailed("cannot make an index;");
  const IndexPtr index(raw_index);
  const CommitPtr base = request.base.empty() ? nullptr : FindCommit(repository_, request.base);
  TreePtr tree;
  if (base) {
    tree = TreeOf(repository_, request.base);
    if (!tree || git_index_read_tree(index.get(), tree.get()) != 0) {
      return GitFailed("cannot read the base;");
    }
  } else if (!request.base.empty()) {
    return GitFailed("cannot read the base;");
  }
  for (const Change& change : request.changes) {
    ARROW_RETURN_NOT_OK(Apply(index.get(), change));
  }
  git_oid tree_id, commit_id;
  git_tree* new_tree = nullptr;
  git_signature* signature = nullptr;
  if (git_index_write_tree_to(&tree_id, index.get(), repository_) != 0 ||
      git_tree_lookup(&new_tree, repository_, &tree_id) != 0) {
    return GitFailed("cannot write the tree;");
  }
  const TreePtr new_tree_owner(new_tree);
  if (tree && git_oid_equal(git_tree_id(tree.get()), &tree_id)) {
    ARROW_RETURN_NOT_OK(SetRef(request.ref, request.base));
    return request.base;
  }
  const std::string mail = request.author + "@users.noreply.localhost";
  if (git_signature_now(&signature, request.author.c_str(), mail.c_str()) != 0) {
    return GitFailed("cannot sign;");
  }
  const SignaturePtr signature_owner(signature);
  const git_commit* parents[1] = {base.get()};
  if (git_commit_create(&commit_id, repository_, nullptr, signature, signature, "UTF-8",
                        request.message.c_str(), new_tree, base ? 1 : 0,
                        const_cast<const git_commit**>(parents)) != 0) {
    return GitFailed("cannot write the commit;");
  }
  ARROW_RETURN_NOT_OK(pack_->Publish().status());
  ARROW_RETURN_NOT_OK(SetRef(request.ref, HexOid(&commit_id)));
  return HexOid(&commit_id);
}

std::vector<Ref> GitStore::Refs() const {
  git_strarray names = {};
  std::vector<Ref> refs;
  if (git_reference_list(&names, repository_) != 0) return refs;
  for (size_t i = 0; i < names.count; ++i) {
    const std::string ref = names.strings[i];
    if (auto commit = CommitOfRef(repository_, ref)) refs.push_back({NameOf(ref), ref, *commit});
  }
  git_strarray_dispose(&names);
  std::sort(refs.begin(), refs.end(), [](const Ref& a, const Ref& b) { return a.ref < b.ref; });
  return refs;
}

Status GitStore::SetRef(const std::string& ref, const std::string& commit) const {
  git_oid oid;
  git_reference* reference = nullptr;
  if (git_oid_fromstr(&oid, commit.c_str()) != 0 ||
      git_reference_create(&reference, repository_, ref.c_str(), &oid, 1, nullptr) != 0) {
    return GitFailed("cannot move a ref;");
  }
  git_reference_free(reference);
  return Status::OK();
}

Status GitStore::DeleteRef(const std::string& ref) const {
  if (git_reference_remove(repository_, ref.c_str()) != 0) return GitFailed("cannot delete a ref;");
  return Status::OK();
}

Status GitStore::CreateTag(const std::string& name, const std::string& commit,
                           const std::string& message, const std::string& author) const {
  if (message.empty()) return SetRef("refs/tags/" + name, commit);
  const CommitPtr target = FindCommit(repository_, commit);
  git_signature* signature = nullptr;
  const std::string mail = author + "@users.noreply.localhost";
  if (!target || git_signature_now(&signature, author.c_str(), mail.c_str()) != 0) {
    return GitFailed("cannot sign;");
  }
  const SignaturePtr owner(signature);
  git_oid oid;
  if (git_tag_annotation_create(&oid, repository_, name.c_str(),
                                reinterpret_cast<const git_object*>(target.get()), signature,
                                message.c_str()) != 0) {
    return GitFailed("cannot create a tag;");
  }
  ARROW_RETURN_NOT_OK(pack_->Publish().status());
  return SetRef("refs/tags/" + name, HexOid(&oid));
}

CommitInfo GitStore::InfoOf(const std::string& commit) const {
  const CommitPtr found = FindCommit(repository_, commit);
  return found ? ToInfo(found.get()) : CommitInfo();
}

std::vector<CommitInfo> GitStore::History(const std::string& commit, size_t skip,
                                          size_t count) const {
  std::vector<CommitInfo> history;
  CommitPtr at = FindCommit(repository_, commit);
  for (size_t i = 0; at && history.size() < count; ++i) {
    if (i >= skip) history.push_back(ToInfo(at.get()));
    git_commit* parent = nullptr;
    if (git_commit_parent(&parent, at.get(), 0) != 0) parent = nullptr;
    at.reset(parent);
  }
  return history;
}

std::vector<CommitInfo> GitStore::LastChanges(const std::string& commit,
                                              const std::vector<TreeEntry>& entries,
                                              size_t depth) const {
  std::vector<CommitInfo> changes(entries.size());
  CommitPtr at = FindCommit(repository_, commit);
  size_t open = entries.size();
  for (size_t i = 0; at && open > 0 && i < depth; ++i) {
    git_commit* raw_parent = nullptr;
    CommitPtr parent(git_commit_parent(&raw_parent, at.get(), 0) == 0 ? raw_parent : nullptr);
    const TreePtr tree =
        parent ? TreeOf(repository_, HexOid(git_commit_id(parent.get()))) : nullptr;
    for (size_t k = 0; k < entries.size(); ++k) {
      if (!changes[k].id.empty()) continue;
      const EntryPtr before = tree ? EntryByPath(tree.get(), entries[k].path) : nullptr;
      if (before && parent && i + 1 < depth &&
          HexOid(git_tree_entry_id(before.get())) == entries[k].oid) {
        continue;
      }
      changes[k] = ToInfo(at.get());
      --open;
    }
    at = std::move(parent);
  }
  return changes;
}

}  // namespace hubmill::local_hub
