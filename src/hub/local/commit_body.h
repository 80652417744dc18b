// The body of a commit request: one JSON object a line (spec hub.md, 1.5).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "hub/local/http.h"

namespace hubmill::local_hub {

constexpr size_t kCommitLineBytesMax = 96 << 20;  // One regular file, in base64.
constexpr size_t kCommitLinesMax = 25'000;

enum class LineKind { kHeader, kFile, kLargeFile, kDeletedFile, kDeletedFolder, kCopy };

struct CommitLine {
  LineKind kind = LineKind::kHeader;
  std::string path;         // A folder's without its last slash.
  std::string content;      // kFile, decoded.
  std::string sha256;       // kLargeFile
  int64_t size = -1;        // kLargeFile; -1 where the client names a stored object only.
  std::string source_path;  // kCopy
  std::string source_revision;
  std::string summary, description, parent;  // kHeader
};

/// Parses and checks one line; the path is one that a repository may hold.
Result<CommitLine> ParseCommitLine(std::string_view line);

/// Reads a body line by line without holding more than one.
class LineReader {
 public:
  explicit LineReader(BodyReader* body) : body_(body) {}
  /// The next line that is not empty, valid until the next call; nullopt at the end.
  Result<std::optional<std::string_view>> Next(size_t bytes_max);

 private:
  BodyReader* body_;
  std::string buffer_;
  size_t begin_ = 0;
  size_t searched_ = 0;
  bool at_end_ = false;
};

}  // namespace hubmill::local_hub
