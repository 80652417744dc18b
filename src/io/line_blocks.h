// Cuts inputs into blocks of whole rows, for sources that are text.
//
// One thread reads, hashes and cuts; the blocks are decoded on any thread.  Reading here rather
// than in Decode() keeps it to one copy out of the page cache: the hash needs every byte in order
// anyway, and read + hash + cut run at several GB/s, far above what the stages behind can take. The
// same path serves plain files, .gz, .zst, URIs and standard input.  Nothing is memory-mapped,
// since a file that shrinks while it is read would then kill the process.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "io/byte_stream.h"
#include "io/input_files.h"

namespace hubmill {

inline constexpr int64_t kLineBytesMax = 64 << 20;  // Default of `line_mb_max`.
inline constexpr int64_t kBlockPadding = 64;        // Zero bytes after a block's text.

struct LineBlock {
  std::shared_ptr<arrow::Buffer> memory;  // Holds `text`, and kBlockPadding zeros after it.
  std::string_view text;                  // Whole rows; the file's last may lack its newline.
  bool too_long = false;  // No text: one row that is longer than the bound stood here.
  bool file_start = false;
  bool file_end = false;
  int32_t file = 0;
  int64_t bytes = 0;  // Raw bytes read for it.
};

/// The block's text without the byte order mark that a file may start with.
std::string_view TextOf(const LineBlock& block);

/// Where a text may be cut.  Used for one file after another, each from its start.
class TextCutter {
 public:
  virtual ~TextCutter() = default;

  /// `text` starts at a row's start; the part before `scanned` was seen in earlier calls with the
  /// same start.  Returns the end of the last whole row, or 0 where there is none.
  virtual size_t LastRowEnd(std::string_view text, size_t scanned) = 0;

  /// Forgets what it knows of the rest: the next text starts at a row's start.
  virtual void Restart() = 0;

  /// Continues within a row: the end of this row in `text` (a new piece each time), or npos.
  virtual size_t RowEndIn(std::string_view text) = 0;

  /// Where to go on in `text`, which holds a row's start and no end of it although it is longer
  /// than a row may be: after the row's first line.  0: the row has one line only.
  virtual size_t LineEndIn(std::string_view) { return 0; }
};

/// Rows end with LF.
class LineCutter final : public TextCutter {
 public:
  size_t LastRowEnd(std::string_view text, size_t scanned) override;
  void Restart() override {}
  size_t RowEndIn(std::string_view text) override;
};

/// Not thread-safe.
class LineBlocks {
 public:
  struct Options {
    int64_t block_bytes = 1 << 20;
    int64_t line_bytes_max = kLineBytesMax;
  };

  /// `inputs` and `cutter` must outlive this.
  LineBlocks(const std::vector<InputFile>* inputs, TextCutter* cutter, Options options)
      : inputs_(inputs), cutter_(cutter), options_(options) {}

  /// The next block, in order; nothing at the end.
  Result<std::optional<LineBlock>> Next();

  /// Leaves what is left of the file that is open, or the next one; its hash is empty.
  void SkipFile();

  /// Puts blocks back, to be handed out again before all others: sampling of standard input.
  void Unread(std::deque<LineBlock> blocks) { unread_ = std::move(blocks); }

  /// The hash of file `index`, and its size where that was not known.  REQUIRES: its last block was
  /// handed out.
  void Describe(size_t index, SourceFile* file) const;
  size_t files_done() const { return hashes_.size(); }

 private:
  Status OpenNext();
  Result<bool> ReadMore();
  Result<LineBlock> SkipLongRow();
  Result<LineBlock> SkipLongRowsLine(size_t end);
  Status CutBlock(size_t end, LineBlock* block);
  Status Grow(int64_t capacity);

  const std::vector<InputFile>* inputs_;
  TextCutter* cutter_;
  Options options_;
  std::unique_ptr<ByteStream> stream_;
  std::shared_ptr<arrow::Buffer> buffer_;  // [0, filled_) is text that was not handed out.
  int64_t filled_ = 0;
  bool ended_ = false;  // The stream has.
  bool file_start_ = false;
  int lines_skipped_ = 0;  // Of rows too long, in this file.
  int64_t raw_bytes_told_ = 0;
  std::vector<std::string> hashes_;
  std::vector<int64_t> sizes_;  // As read: compressed where the file is.
  std::deque<LineBlock> unread_;
};

}  // namespace hubmill
