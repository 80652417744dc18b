// The files that stand beside normalized rows: what was read and written by split, and the card, in
// the form that the published sets have them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hubmill {

struct SplitAccount {
  std::string split;
  std::vector<std::string> input_files;
  int64_t rows_in = 0;
  int64_t rows_out = 0;
  int64_t duplicates = 0;
  int64_t shards = 0;
};

struct NormalizeAccount {
  std::string dataset;
  std::string domain;                // Empty: nobody knows.
  std::string generated_at;          // "2026-11-21 02:27:06 +0000"
  std::vector<SplitAccount> splits;  // In the order they were read.
};

/// Seconds since 1970 in the local time zone, as above.
std::string LocalTimestamp(int64_t unix_seconds);

/// Keys sorted, two blanks an indent, a newline at the end.
std::string RenderManifest(const NormalizeAccount& account);

/// README.md of the layout data/SPLIT/*.parquet.
std::string RenderReadme(const NormalizeAccount& account);

/// "alice/chats" as a part of a file's name: alice__chats.
std::string FileNameOfId(std::string_view dataset);

}  // namespace hubmill
