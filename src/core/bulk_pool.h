// A memory pool that keeps large blocks for the next one who needs them.
//
// A run allocates and frees megabytes for each morsel and row group.  General allocators give such
// blocks back to the system soon, which must then clear every page again: 19 % of the CPU time of
// JSONL -> Parquet, measured.  This pool keeps freed blocks of kBlockBytesMin and more, up to
// kKeptBytesMax in all, and gives out the smallest that fits without being half empty; small ones
// pass through to Arrow's default pool.
#pragma once

#include <arrow/memory_pool.h>

#include <cstdint>

namespace hubmill {

inline constexpr int64_t kBlockBytesMin = 128 << 10;
inline constexpr int64_t kKeptBytesMax = 96 << 20;

/// The pool for columns, blocks of input and encoded row groups.  Thread-safe; lives as long as the
/// process.
arrow::MemoryPool* BulkPool();

/// Keeps at most this much from now on, for runs whose memory is bounded more tightly than their
/// time.  Thread-safe.
void KeepBulkBytes(int64_t bytes_max);

}  // namespace hubmill
