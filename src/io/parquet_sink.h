// Writes Parquet files: zstd, content-defined pages, page index, `datasets` features.
//
// zstd is the limit of writing Parquet (at level 1 about 230 MB of English text a second and core),
// and Arrow's writer encodes one file on one thread.  So a Block is one row group, encoded on any
// thread as a complete one-row-group file in memory (row_group_encoder.h), and Append() joins them:
// it copies the column chunks and moves the offsets in the footer (parquet_splice.h).  The obvious
// way, one file a thread, would make the number of files depend on the threads; Arrow's own
// use_threads works on the columns of one group, and a text data set has one column that matters.
//
// The bytes of a file depend on rows and options alone: groups and shards are cut by row_cutter.h,
// and a group is joined into whole columns before it is encoded.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/registry.h"
#include "core/sink.h"

namespace hubmill {

struct ParquetSinkOptions {
  std::string compression = "zstd";
  int64_t level = 3;          // zstd: 1 is fastest; 9 and more cost minutes a gigabyte.
  int64_t row_group_mb = 16;  // MiB of values before encoding; memory is about twice that a thread.
  int64_t shard_mb = 1024;    // MiB of values before encoding, rounded up to a row group.
  int64_t shard_rows = 0;     // Exactly so many rows a file but the last; 0: no such bound.
  std::string file_name;      // Path without extension, with {split} and {shard} in it.

  static void Describe(OptionTable<ParquetSinkOptions>& table);
};

/// What is wrong with options that are each good by themselves.
Status CheckParquetSinkOptions(const ParquetSinkOptions& options);

Result<std::unique_ptr<Sink>> MakeParquetSink(const ParquetSinkOptions& options,
                                              const SinkContext& context);

}  // namespace hubmill
