// Sink: where rows go.
//
// Like a source, a sink works in steps so that the costly one runs on all cores: Cut() receives the
// rows in order and cuts them into blocks (a Parquet row group, a piece of JSONL) by a rule that
// looks at the rows alone, never at batch borders; Block::Encode() compresses on any thread;
// Append() writes the blocks in order.  Files lie in a staging folder until the run's OutputFolder
// is committed as a whole, so a sink itself makes nothing visible.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/batch.h"
#include "core/failure.h"

namespace hubmill {

/// Rows on their way to a file.
class Block {
 public:
  virtual ~Block() = default;

  /// Called once, on any thread.  Afterwards the rows themselves are released.
  virtual Status Encode() = 0;
};

/// One written file, as the manifest records it.
struct OutputFile {
  std::string path;  // Relative to the output folder.
  std::string split;
  int64_t rows = 0;
  int64_t size_bytes = 0;
  int64_t memory_bytes = 0;  // Of the rows as Arrow arrays: what a card calls num_bytes.
  std::string sha256;        // 64 hex digits.
};

/// Thread safety: Cut and Finish are called by one thread at a time, Append by one thread at a
/// time, and both may overlap.
class Sink {
 public:
  virtual ~Sink() = default;

  /// Takes the rows; returns the blocks that are now complete (often none).
  virtual Result<std::vector<std::unique_ptr<Block>>> Cut(Batch batch) = 0;

  /// After the last Cut: the blocks that remain.
  virtual Result<std::vector<std::unique_ptr<Block>>> Finish() = 0;

  /// Writes an encoded block.  Called in the order in which Cut and Finish returned the blocks.
  virtual Status Append(std::unique_ptr<Block> block) = 0;

  /// After the last Append: closes the files (fsync) and describes them.
  virtual Result<std::vector<OutputFile>> Close() = 0;
};

}  // namespace hubmill
