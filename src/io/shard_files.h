// The files that a sink writes: one or more shards a split, named when their number is known.
//
// "train-00000-of-00003" holds the total, which is known at the end only, so shards are written
// under temporary names and renamed by Close().
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/registry.h"
#include "core/sink.h"
#include "io/hashed_file.h"

namespace hubmill {

/// Not thread-safe.  REQUIRES: shards of a split are opened in ascending order from 0.
class ShardFiles {
 public:
  /// `extension` starts with a dot.
  ShardFiles(const SinkContext& context, std::string extension);

  /// Creates shard number `shard` of `split`.
  Result<HashedFile> Create(int32_t split, int32_t shard) const;

  /// Takes a closed file.  `memory_bytes` is of its rows (memory_bytes.h).
  void Add(int32_t split, int64_t rows, int64_t memory_bytes, HashedFile file);

  /// Files of `split` so far.
  int64_t CountOf(int32_t split) const;

  /// Gives every file its final name and describes them: by split, then shard.
  Result<std::vector<OutputFile>> Close();

  bool single() const { return !single_file_.empty(); }
  int32_t split_count() const { return int32_t(splits_.size()); }
  int64_t file_count() const { return int64_t(written_.size()); }

 private:
  struct Written {
    int32_t split = 0;
    int64_t rows = 0;
    int64_t memory_bytes = 0;
    HashedFile file;
  };

  std::string staging_dir_;
  std::string data_dir_;
  std::string single_file_;
  std::string extension_;
  std::vector<std::string> splits_;
  std::vector<Written> written_;
};

}  // namespace hubmill
