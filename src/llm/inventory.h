// What is in the files of a split: rows, columns, types, nulls.  JSON lines are counted exactly, a
// block at a time on any thread; Parquet is told by footers, and a column is read only where its
// footer does not say how many nulls it has.
//
// Counts are sums, so results of blocks and files can be added in any order.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.h"
#include "io/input_files.h"

namespace hubmill {

inline constexpr size_t kFieldsMax =
    4096;  // Of a split, the first by name; the rest is kOtherFields.
inline constexpr char kOtherFields[] = "(others)";

/// A column, or a field of JSON objects; "a.b" is the field b of the objects in a.
struct FieldCounts {
  std::map<std::string, int64_t> types;  // Of values that are not null.
  int64_t present = 0;                   // Rows that have it, nulls included.
  int64_t nulls = 0;

  int64_t filled() const { return present - nulls; }
  void Add(const FieldCounts& other);
};

struct FileCounts {
  int64_t rows = 0;
  int64_t bad_lines = 0;  // Blank, no JSON, no UTF-8, or no object.
  std::map<std::string, FieldCounts> fields;
  int64_t rows_with_accuracy = 0;  // metadata.SETTING.accuracy, as distillation sets have it.
  int64_t rows_with_tools = 0;     // A catalog of tools that is not empty.

  void Add(const FileCounts& other);
};

/// Counts lines.  Python's NaN and Infinity are numbers, and of repeated keys the last value
/// counts. Not thread-safe; one object may count many texts.
class JsonLinesCounter {
 public:
  JsonLinesCounter();
  ~JsonLinesCounter();
  /// REQUIRES: `text` holds whole lines, and zeros follow it (io/line_blocks.h).
  void Count(std::string_view text);
  FileCounts counts() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Thread-safe.  A damaged file is kDataRefused and named.
Result<FileCounts> CountParquet(const InputFile& file);

/// The split that a file's name tells: "low-00000-of-00003.parquet", "low.jsonl",
/// "high.part_01.jsonl" (high_part01), "low/part-00000.parquet", "pool/pool__00000.parquet".
std::string SplitOfFile(std::string_view path);

}  // namespace hubmill
