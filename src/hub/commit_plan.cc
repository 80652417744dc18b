#include "hub/commit_plan.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <set>

#include "base/base64.h"
#include "core/parallel.h"
#include "hub/digest.h"
#include "hub/secrets_file.h"
#include "net/redact.h"
#include "net/url.h"

namespace hubmill {
namespace {

constexpr size_t kPreuploadMax = 256;        // Files a call.
constexpr size_t kSampleBytes = 512;         // The Hub tells text from binary by these.
constexpr size_t kBodyMemoryMax = 16 << 20;  // Above this a commit's body goes through a file.
constexpr size_t kWrongMax = 10;             // Reported at once.

Result<std::string> SampleOf(const CommitAdd& add, int64_t* size) {
  if (add.file.empty()) {
    *size = static_cast<int64_t>(add.bytes.size());
    return add.bytes.substr(0, kSampleBytes);
  }
  const int fd = open(add.file.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat facts {};
  std::string sample(kSampleBytes, '\0');
  const bool good = fd >= 0 && fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode);
  const ssize_t got = good ? pread(fd, sample.data(), sample.size(), 0) : -1;
  const int error = errno;
  if (fd >= 0) close(fd);
  if (got < 0) {
    return WrongUsage(
        "cannot read a file to upload: file=", OneLine(add.file),
        good || fd < 0 ? Concat(" error=", std::strerror(error)) : " error=not a file");
  }
  sample.resize(static_cast<size_t>(got));
  *size = facts.st_size;
  return sample;
}

Status AskModes(HubSession& session, const CommitRequest& request, const Progress* progress,
                size_t start, std::vector<PlannedAdd>* adds) {
  const size_t end = std::min(start + kPreuploadMax, adds->size());
  Json files = Json::array();
  std::map<std::string, size_t> index;
  for (size_t i = start; i < end; ++i) {
    PlannedAdd& planned = (*adds)[i];
    ARROW_ASSIGN_OR_RAISE(const std::string sample, SampleOf(*planned.add, &planned.size_bytes));
    files.push_back(
        {{"path", planned.add->path}, {"sample", Base64(sample)}, {"size", planned.size_bytes}});
    index[planned.add->path] = i;
  }
  const HubQuestion question{
      .what = "prepare an upload", .repo = request.repo.full(), .revision = request.branch};
  ARROW_ASSIGN_OR_RAISE(
      const Json answer,
      session.AskJson(
          session.JsonRequest("POST",
                              request.repo.ApiPath() + "/preupload/" + EncodeUrl(request.branch),
                              {{"files", std::move(files)}}, progress),
          question));
  size_t answered = 0;
  if (answer.is_object() && answer.contains("files") && answer["files"].is_array()) {
    for (const Json& file : answer["files"]) {
      const auto found = index.find(TextOf(file, "path"));
      if (found == index.end()) continue;
      PlannedAdd& planned = (*adds)[found->second];
      planned.large = TextOf(file, "uploadMode") == "lfs" && planned.size_bytes > 0;
      planned.ignored = BoolOf(file, "shouldIgnore");
      index.erase(found);
      ++answered;
    }
  }
  if (answered == end - start) return Status::OK();
  return Failure(FailureKind::kService, "the Hub's preupload answer leaves out files");
}

}  // namespace

bool CommitPlan::ChangesNothing() const {
  if (!deletes.empty()) return false;
  for (const PlannedAdd& add : adds) {
    if (!add.unchanged && !add.ignored) return false;
  }
  for (const PlannedCopy& copy : copies) {
    if (!copy.unchanged) return false;
  }
  return true;
}

Status CheckCommitRequest(const CommitRequest& request) {
  ARROW_RETURN_NOT_OK(CheckRevision(request.branch));
  if (!request.parent.empty() && !IsCommitId(request.parent)) {
    return WrongUsage("not a commit id: parent=", OneLine(request.parent, 60),
                      "; remedy: all 40 digits of it");
  }
  std::vector<std::string> wrong;
  std::set<std::string> once;
  const auto check = [&](const std::string& path, bool adds) {
    const Status status = CheckRepoPath(path);
    if (!status.ok()) wrong.push_back(status.message());
    if (adds && !once.insert(path).second) {
      wrong.push_back("two operations write the same file: path=" + OneLine(path, 120));
    }
  };
  for (const CommitAdd& add : request.adds) {
    check(add.path, true);
    if (!IsSecretsFile(add.path) && !IsSecretsFile(add.file)) continue;
    wrong.push_back("a file of settings may hold a token and is not uploaded: path=" +
                    OneLine(IsSecretsFile(add.path) ? add.path : add.file, 120) +
                    "; remedy: a copy of another name, without secrets");
  }
  for (const CommitCopy& copy : request.copies) {
    check(copy.path, true);
    check(copy.from, false);
  }
  for (const std::string& path : request.deletes) check(path, false);
  for (const std::string& path : request.folder_deletes) check(path, false);
  const size_t count = request.adds.size() + request.copies.size() + request.deletes.size();
  if (count > kCommitOperationsMax) {
    return WrongUsage("too many files for one commit: files=", count, " max=", kCommitOperationsMax,
                      "; remedy: write fewer, larger files");
  }
  if (wrong.empty()) return Status::OK();
  std::string message = wrong[0];
  for (size_t i = 1; i < std::min(wrong.size(), kWrongMax); ++i) message += "\n" + wrong[i];
  if (wrong.size() > kWrongMax) message += Concat("\n(and ", wrong.size() - kWrongMax, " more)");
  return WrongUsage(message);
}

Result<std::vector<PlannedAdd>> AskUploadModes(HubSession& session, const CommitRequest& request,
                                               const Progress* progress) {
  std::vector<PlannedAdd> adds;
  for (const CommitAdd& add : request.adds) adds.push_back({.add = &add});
  const size_t calls = (adds.size() + kPreuploadMax - 1) / kPreuploadMax;
  ARROW_RETURN_NOT_OK(ForEachParallel(calls, session.options().threads, [&](size_t i) {
    return AskModes(session, request, progress, i * kPreuploadMax, &adds);
  }));
  for (const PlannedAdd& add : adds) {
    if (!add.large && add.size_bytes > kInlineFileBytesMax) {
      return Failure(
          FailureKind::kService,
          Concat("the Hub wants a file within the commit that is too large for it: path=",
                 OneLine(add.add->path, 120), " size_bytes=", add.size_bytes,
                 "; remedy: add its suffix to the repository's .gitattributes with "
                 "filter=lfs"));
    }
  }
  return adds;
}

Status CompareRegular(const std::map<std::string, TreeEntry>& there, int threads,
                      std::vector<PlannedAdd>* adds) {
  return ForEachParallel(adds->size(), threads, [&](size_t i) -> Status {
    PlannedAdd& planned = (*adds)[i];
    planned.unchanged = false;
    const auto found = there.find(planned.add->path);
    if (planned.large || planned.ignored || found == there.end()) return Status::OK();
    const TreeEntry& entry = found->second;
    if (entry.directory || entry.large() || entry.size_bytes != planned.size_bytes) {
      return Status::OK();
    }
    if (planned.git_id.empty()) {
      if (planned.add->file.empty()) {
        planned.git_id = GitBlobId(planned.add->bytes);
      } else {
        ARROW_ASSIGN_OR_RAISE(const FileDigest digest, GitBlobIdOfFile(planned.add->file));
        planned.git_id = digest.hex;
      }
    }
    planned.unchanged = planned.git_id == entry.git_id;
    return Status::OK();
  });
}

CommitBody::~CommitBody() {
  if (fd_ >= 0) close(fd_);
  if (!file_.empty()) unlink(file_.c_str());
}

Status CommitBody::Append(const Json& line) {
  buffer_ += DumpJson(line);
  buffer_ += '\n';
  return buffer_.size() > kBodyMemoryMax ? Flush() : Status::OK();
}

Status CommitBody::Flush() {
  if (fd_ < 0) {
    const char* folder = std::getenv("TMPDIR");
    file_ = Concat(folder != nullptr && *folder != 0 ? folder : "/tmp", "/hubmill-commit-XXXXXX");
    fd_ = mkostemp(file_.data(), O_CLOEXEC);
    if (fd_ < 0) {
      const std::string name = std::exchange(file_, {});
      return RunFailed("cannot make a temporary file: file=", name, " error=", std::strerror(errno),
                       "; remedy: set TMPDIR to a folder with room");
    }
  }
  for (size_t at = 0; at < buffer_.size();) {
    const ssize_t wrote = write(fd_, buffer_.data() + at, buffer_.size() - at);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) {
      return RunFailed("cannot write a temporary file: error=", std::strerror(errno),
                       "; remedy: set TMPDIR to a folder with room");
    }
    at += static_cast<size_t>(wrote);
  }
  written_ += static_cast<int64_t>(buffer_.size());
  buffer_.clear();
  return Status::OK();
}

Status CommitBody::MoveTo(HttpRequest* request) {
  if (fd_ < 0) {
    request->body = std::move(buffer_);
    return Status::OK();
  }
  ARROW_RETURN_NOT_OK(Flush());
  request->body_file = file_;
  request->body_bytes = written_;
  return Status::OK();
}

}  // namespace hubmill
