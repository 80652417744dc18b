// From a row's id to its number, without a scan: a file of hashes in order.
//
// Why not what Parquet has: ids are hashes or random, so the smallest and largest of a page exclude
// nothing; a bloom filter says in which row groups to look, but each of thousands must be asked,
// and one column then read.  Here a lookup reads one stretch of about 100 KiB: hashes are spread
// evenly, so where one lies follows from its value.
//
// The file: "HMIDS1\n\0"; the number of rows (8 bytes, little-endian); then for each row 10 bytes,
// in ascending order: the first 5 bytes of the id's XXH3 hash and 5 bytes of the row's number from
// 0, both big-endian.  Two ids may share a hash (of ten million, one lookup in 100,000 meets
// another's), so the reader looks at the row.  docs/formats/output-folder.md.
#pragma once

#include <arrow/io/type_fwd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.h"

namespace hubmill {

/// Not thread-safe.  Memory: 1 MiB, and at the end 1/256 of the file.
class IdIndexWriter {
 public:
  /// Writes `path` at Finish(), and a temporary file beside it before.
  static Result<std::unique_ptr<IdIndexWriter>> Open(const std::string& path);
  virtual ~IdIndexWriter() = default;

  /// The id of the next row.
  virtual Status Add(std::string_view id) = 0;
  virtual Status Finish() = 0;
};

/// The rows that may have `id`, ascending.  A damaged file is kDataRefused; `name` is for messages.
Result<std::vector<int64_t>> FindId(arrow::io::RandomAccessFile& file, const std::string& name,
                                    std::string_view id);

}  // namespace hubmill
