#include "hub/local/commit_body.h"

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/json_depth.h"
#include "hub/local/path_rules.h"
#include "hub/local/sha256.h"

namespace hubmill::local_hub {
namespace {

using nlohmann::json;

constexpr size_t kTextBytesMax = 64 << 10;

// The text member `name`; "" where it is absent or null.
Result<std::string> Text(const json& value, const char* name) {
  const auto found = value.find(name);
  if (found == value.end() || found->is_null()) return std::string();
  if (!found->is_string()) return DataRefused("commit: a member is not text: name=", name);
  return found->get<std::string>();
}

Status ReadHeader(const json& value, CommitLine* line) {
  ARROW_ASSIGN_OR_RAISE(line->summary, Text(value, "summary"));
  ARROW_ASSIGN_OR_RAISE(line->description, Text(value, "description"));
  ARROW_ASSIGN_OR_RAISE(line->parent, Text(value, "parentCommit"));
  if (line->summary.size() + line->description.size() > kTextBytesMax) {
    return DataRefused("commit: the message is too long: bytes_max=", kTextBytesMax);
  }
  return Status::OK();
}

Status ReadFile(const json& value, CommitLine* line) {
  const auto content = value.find("content");
  if (content == value.end() || !content->is_string()) {
    return DataRefused("commit: a file has no content");
  }
  const std::string& text = content->get_ref<const std::string&>();
  ARROW_ASSIGN_OR_RAISE(const std::string encoding, Text(value, "encoding"));
  if (encoding == "utf-8" || encoding.empty()) {
    line->content = text;
    return Status::OK();
  }
  if (encoding != "base64") return DataRefused("commit: unknown encoding of a file");
  std::optional<std::string> decoded = DecodeBase64(text);
  if (!decoded) return DataRefused("commit: the content of a file is not base64");
  line->content = std::move(*decoded);
  return Status::OK();
}

Status ReadLargeFile(const json& value, CommitLine* line) {
  ARROW_ASSIGN_OR_RAISE(line->sha256, Text(value, "oid"));
  if (!IsLowerHex(line->sha256, 64)) return DataRefused("commit: oid is not a SHA-256");
  const auto size = value.find("size");
  if (size != value.end() && !size->is_null()) {
    if (!size->is_number_unsigned()) return DataRefused("commit: size is not a count");
    line->size = size->get<int64_t>();
  }
  return Status::OK();
}

std::optional<LineKind> KindOfKey(std::string_view key) {
  constexpr std::pair<std::string_view, LineKind> kKinds[] = {
      {"header", LineKind::kHeader},
      {"file", LineKind::kFile},
      {"lfsFile", LineKind::kLargeFile},
      {"deletedFile", LineKind::kDeletedFile},
      {"deletedFolder", LineKind::kDeletedFolder},
      {"copyFile", LineKind::kCopy},
      {"deletedEntry", LineKind::kDeletedFile}};
  for (const auto& [name, kind] : kKinds) {
    if (name == key) return kind;
  }
  return std::nullopt;
}

}  // namespace

Result<CommitLine> ParseCommitLine(std::string_view text) {
  if (!IsShallowJson(text)) return DataRefused("commit: a line is nested too deeply");
  const json whole = json::parse(text, nullptr, false);
  if (!whole.is_object()) return DataRefused("commit: a line is not a JSON object");
  ARROW_ASSIGN_OR_RAISE(const std::string key, Text(whole, "key"));
  const std::optional<LineKind> kind = KindOfKey(key);
  const auto found = whole.find("value");
  if (!kind || found == whole.end() || !found->is_object()) {
    return DataRefused("commit: a line has no known key with an object as its value");
  }
  const json& value = *found;
  CommitLine line;
  line.kind = *kind;
  if (*kind == LineKind::kHeader) {
    ARROW_RETURN_NOT_OK(ReadHeader(value, &line));
    return line;
  }
  ARROW_ASSIGN_OR_RAISE(line.path, Text(value, "path"));
  if (*kind == LineKind::kDeletedFolder && line.path.ends_with('/')) line.path.pop_back();
  if (const char* problem = PathProblem(line.path)) {
    // The path itself may hold line ends or be 4,000 bytes long: its start tells enough.
    return DataRefused("commit: a file name is not allowed: ", problem);
  }
  if (*kind == LineKind::kFile) ARROW_RETURN_NOT_OK(ReadFile(value, &line));
  if (*kind == LineKind::kLargeFile) ARROW_RETURN_NOT_OK(ReadLargeFile(value, &line));
  if (*kind == LineKind::kCopy) {
    ARROW_ASSIGN_OR_RAISE(line.source_path, Text(value, "srcPath"));
    ARROW_ASSIGN_OR_RAISE(line.source_revision, Text(value, "srcRevision"));
    if (PathProblem(line.source_path)) return DataRefused("commit: srcPath is not allowed");
  }
  return line;
}

Result<std::optional<std::string_view>> LineReader::Next(size_t bytes_max) {
  for (;;) {
    const size_t end = buffer_.find('\n', searched_);
    if (end != std::string::npos || (at_end_ && begin_ < buffer_.size())) {
      const size_t stop = end == std::string::npos ? buffer_.size() : end;
      const std::string_view line = std::string_view(buffer_).substr(begin_, stop - begin_);
      begin_ = searched_ = std::min(stop + 1, buffer_.size());
      if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
      return std::optional<std::string_view>(line);
    }
    if (at_end_) return std::optional<std::string_view>();
    buffer_.erase(0, begin_);
    begin_ = 0;
    searched_ = buffer_.size();
    if (buffer_.size() > bytes_max) {
      return DataRefused("request body too large: one line, bytes_max=", bytes_max);
    }
    constexpr size_t kStep = 256 << 10;
    buffer_.resize(searched_ + kStep);
    ARROW_ASSIGN_OR_RAISE(const size_t count, body_->Read(buffer_.data() + searched_, kStep));
    buffer_.resize(searched_ + count);
    at_end_ = count == 0;
  }
}

}  // namespace hubmill::local_hub
