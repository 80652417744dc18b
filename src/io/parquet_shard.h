// One Parquet file that grows by encoded row groups.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "io/hashed_file.h"
#include "io/parquet_splice.h"

namespace hubmill {

/// For OpenShards.  Not thread-safe.
class ParquetShard {
 public:
  explicit ParquetShard(HashedFile file)
      : file_(std::move(file)),
        splicer_([this](std::string_view bytes) { return file_.Write(bytes); }) {}

  Status Append(const ParquetPiece& piece, int64_t memory_bytes) {
    memory_bytes_ += memory_bytes;
    return splicer_.Append(piece);
  }
  Status Finish() { return splicer_.Finish(); }
  HashedFile& file() { return file_; }
  int64_t rows() const { return splicer_.rows(); }
  int64_t memory_bytes() const { return memory_bytes_; }

 private:
  HashedFile file_;
  ParquetSplicer splicer_;
  int64_t memory_bytes_ = 0;
};

}  // namespace hubmill
