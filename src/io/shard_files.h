// The files that a sink writes: one or more shards a split, named when their number is known.
//
// "train-00000-of-00003" holds the total, which is known at the end only, so shards are written
// under temporary names and renamed by Close().
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/registry.h"
#include "core/sink.h"
#include "io/hashed_file.h"

namespace hubmill {

/// Not thread-safe.  REQUIRES: shards of a split are opened in ascending order from 0.
class ShardFiles {
 public:
  /// `extension` starts with a dot.  `pattern`: the files' path in the output folder without
  /// extension, {split} and {shard} in it; empty: SPLIT-NNNNN-of-NNNNN in the data folder.
  ShardFiles(const SinkContext& context, std::string extension, std::string pattern = "");

  /// Creates shard number `shard` of `split`.
  Result<HashedFile> Create(int32_t split, int32_t shard) const;

  /// Takes a closed file.  `memory_bytes` is of its rows (memory_bytes.h).
  void Add(int32_t split, int64_t rows, int64_t memory_bytes, HashedFile file);

  /// Files of `split` so far.
  int64_t CountOf(int32_t split) const;

  /// Gives every file its final name and describes them: by split, then shard.
  Result<std::vector<OutputFile>> Close();

  bool single() const { return !single_file_.empty(); }
  /// Whether a split without rows has a file: readers that find splits by `pattern` need none.
  bool empty_files() const { return pattern_.empty(); }
  int32_t split_count() const { return int32_t(splits_.size()); }
  std::string PathOf(const std::string& split, int64_t shard, int64_t shards) const;
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
  std::string pattern_;
  std::vector<std::string> splits_;
  std::vector<Written> written_;
};

/// The shard that is open of each split.  Shard: made from (HashedFile), not moved afterwards;
/// `Status Finish()` writes what is still due, `file()`, `rows()` and `memory_bytes()` describe it.
/// Not thread-safe.
template <typename Shard>
class OpenShards {
 public:
  OpenShards(const SinkContext& context, std::string extension, std::string pattern = "")
      : files_(context, std::move(extension), std::move(pattern)), open_(context.splits.size()) {}

  /// The shard to write to; the one before it is closed.
  Result<Shard*> At(int32_t split, int32_t shard) {
    Open& open = open_[size_t(split)];
    if (open.shard != nullptr && open.number != shard) ARROW_RETURN_NOT_OK(CloseShard(split));
    if (open.shard == nullptr) {
      ARROW_ASSIGN_OR_RAISE(HashedFile file, files_.Create(split, shard));
      open = {.shard = std::make_unique<Shard>(std::move(file)), .number = shard};
    }
    return open.shard.get();
  }

  /// Closes all; `write_empty(Shard*)` makes the one file of a split that has no rows.
  template <typename WriteEmpty>
  Result<std::vector<OutputFile>> Close(const WriteEmpty& write_empty) {
    for (int32_t split = 0; split < files_.split_count(); ++split) {
      ARROW_RETURN_NOT_OK(CloseShard(split));
    }
    for (int32_t split = 0; files_.empty_files() && split < files_.split_count(); ++split) {
      if (files_.single() ? files_.file_count() > 0 : files_.CountOf(split) > 0) continue;
      ARROW_ASSIGN_OR_RAISE(Shard * shard, At(split, 0));
      ARROW_RETURN_NOT_OK(write_empty(shard));
      ARROW_RETURN_NOT_OK(CloseShard(split));
    }
    return files_.Close();
  }

 private:
  struct Open {
    std::unique_ptr<Shard> shard;
    int32_t number = 0;
  };

  Status CloseShard(int32_t split) {
    const std::unique_ptr<Shard> shard = std::move(open_[size_t(split)].shard);
    if (shard == nullptr) return Status::OK();
    ARROW_RETURN_NOT_OK(shard->Finish());
    ARROW_RETURN_NOT_OK(shard->file().Close());
    files_.Add(split, shard->rows(), shard->memory_bytes(), std::move(shard->file()));
    return Status::OK();
  }

  ShardFiles files_;
  std::vector<Open> open_;  // By split.
};

}  // namespace hubmill
