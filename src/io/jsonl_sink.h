// Writes JSON lines: UTF-8, one object a line, "\n", keys in the order of the columns.
//
// A Block is about 4 MiB of rows, turned into text (and compressed) on any thread.  Compressed
// blocks are members (gzip) or frames (zstd) of their own: both formats define that a file of
// several reads as one, and so the bytes depend on the rows alone while all cores compress.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/registry.h"
#include "core/sink.h"

namespace hubmill {

struct JsonlSinkOptions {
  std::string compression = "none";
  int64_t level = 0;  // 0: gzip 6, zstd 3.
  std::string style = "compact";
  std::string nulls = "write";
  bool ascii = false;
  std::string raw;          // A text column that is the whole line; empty: none.
  int64_t shard_mb = 1024;  // MiB of values before encoding, rounded up to a block.

  static void Describe(OptionTable<JsonlSinkOptions>& table);
};

/// What is wrong with options that are each good by themselves.
Status CheckJsonlSinkOptions(const JsonlSinkOptions& options);

Result<std::unique_ptr<Sink>> MakeJsonlSink(const JsonlSinkOptions& options,
                                            const SinkContext& context);

}  // namespace hubmill
