// Which Arrow file system a path or URI means.  In the pyarrow wheel S3 lives in a library of its
// own beside libarrow, which registers its factory when it is loaded; other builds have it inside.
#include <arrow/filesystem/filesystem.h>
#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <mutex>

#include "io/input_files.h"

namespace hubmill {
namespace {

constexpr char kS3Library[] = "libarrow_s3.so.2600";
constexpr std::string_view kServiceError = "AWS Error ";  // Then a word as NO_SUCH_BUCKET.

void LoadS3Once() {
  static std::once_flag once;
  std::call_once(once, [] {
    Dl_info info;
    using Function = Status (*)(const char*);
    Function function = &arrow::fs::LoadFileSystemFactories;
    if (dladdr(reinterpret_cast<void*>(function), &info) == 0 || info.dli_fname == nullptr) return;
    auto library = std::filesystem::path(info.dli_fname).parent_path() / kS3Library;
    std::error_code error;
    if (!std::filesystem::exists(library, error)) return;
    // A library that cannot be loaded leaves the scheme unknown, which the caller reports.
    (void)arrow::fs::LoadFileSystemFactories(library.c_str());
  });
}

/// S3 must be shut down before its statics go; they are made with the first S3 file system, so what
/// is registered after that runs before their end.
void FinalizeS3AtExit() {
  static std::once_flag once;
  std::call_once(once, [] { std::atexit(arrow::fs::EnsureFinalized); });
}

void ReplaceAll(std::string* text, const std::string& what, const std::string& with) {
  if (what.empty()) return;
  for (size_t at = 0; (at = text->find(what, at)) != text->npos; at += with.size()) {
    text->replace(at, what.size(), with);
  }
}

/// Arrow's message may quote the URI, or parts of it.
std::string Redact(std::string message, const std::string& uri) {
  ReplaceAll(&message, uri, WithoutSecrets(uri));
  size_t start = uri.find("://") + 3;
  size_t slash = uri.find('/', start);
  size_t at = uri.rfind('@', slash);
  if (at != uri.npos && at > start) ReplaceAll(&message, uri.substr(start, at - start), "***");
  size_t query = uri.find('?');
  while (query != uri.npos) {
    size_t end = uri.find('&', query + 1);
    size_t equals = uri.find('=', query + 1);
    if (equals < end) ReplaceAll(&message, uri.substr(equals + 1, end - equals - 1), "***");
    query = end;
  }
  return message;
}

}  // namespace

bool IsUri(std::string_view text) {
  size_t colon = text.find("://");
  if (colon == text.npos || colon < 2) return false;
  for (char c : text.substr(0, colon)) {
    if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '+' && c != '-') return false;
  }
  return true;
}

std::string WithoutSecrets(const std::string& path_or_uri) {
  if (!IsUri(path_or_uri)) return path_or_uri;
  std::string out = path_or_uri;
  size_t query = out.find('?');
  if (query != out.npos) out.resize(query);
  size_t start = out.find("://") + 3;
  size_t at = out.rfind('@', out.find('/', start));
  if (at != out.npos && at >= start) out.erase(start, at + 1 - start);
  return out;
}

bool IsServiceFailure(std::string_view why) { return why.find(kServiceError) != why.npos; }

Status ServiceFailure(const std::string& act, const std::string& uri, std::string_view why) {
  std::string_view word = "unknown";
  if (const size_t at = why.find(kServiceError); at != why.npos) {
    word = why.substr(at + kServiceError.size());
    word = word.substr(0, word.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"));
  }
  return Failure(FailureKind::kService,
                 Concat("cannot ", act, ": uri=", WithoutSecrets(uri), " why=", word,
                        "; remedy: check the address, the credentials and the network"));
}

Result<FileSystemPath> ResolveFileSystem(const std::string& path_or_uri) {
  FileSystemPath out;
  if (path_or_uri.find('\0') != path_or_uri.npos) {
    return WrongUsage("a path holds a NUL byte; remedy: correct it");
  }
  std::string resolved = path_or_uri;
  if (!IsUri(path_or_uri)) {
    std::error_code error;
    resolved = std::filesystem::absolute(path_or_uri, error).string();
    if (error) {
      return WrongUsage("a path cannot be resolved: path=", path_or_uri,
                        "; remedy: check the working directory");
    }
  }
  if (path_or_uri.starts_with("s3://")) LoadS3Once();
  auto found = arrow::fs::FileSystemFromUriOrPath(resolved, &out.path);
  if (!found.ok()) {
    return WrongUsage("no file system for this path: path=", WithoutSecrets(path_or_uri),
                      " why=", Redact(found.status().message(), resolved),
                      "; remedy: correct the address");
  }
  if (path_or_uri.starts_with("s3://")) FinalizeS3AtExit();
  out.file_system = std::move(*found);
  return out;
}

}  // namespace hubmill
