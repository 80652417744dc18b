#include "io/line_blocks.h"

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/bulk_pool.h"

namespace hubmill {

std::string_view TextOf(const LineBlock& block) {
  constexpr std::string_view kBom = "\xEF\xBB\xBF";
  std::string_view text = block.text;
  if (block.file_start && text.starts_with(kBom)) text.remove_prefix(kBom.size());
  return text;
}

size_t LineCutter::LastRowEnd(std::string_view text, size_t scanned) {
  const void* found = memrchr(text.data() + scanned, '\n', text.size() - scanned);
  return found == nullptr ? 0 : size_t(static_cast<const char*>(found) - text.data()) + 1;
}

size_t LineCutter::RowEndIn(std::string_view text) {
  size_t at = text.find('\n');
  return at == text.npos ? text.npos : at + 1;
}

Status LineBlocks::OpenNext() {
  const InputFile& file = (*inputs_)[hashes_.size()];
  std::shared_ptr<arrow::io::InputStream> input;
  Compression compression = Compression::kDetect;
  if (file.file_system == nullptr) {
    input = OpenStandardInput();
  } else {
    ARROW_ASSIGN_OR_RAISE(input, OpenSequential(file));
    compression = CompressionOf(file.path);
  }
  ARROW_ASSIGN_OR_RAISE(stream_, OpenByteStream(std::move(input), compression, file.name));
  filled_ = 0;
  ended_ = false;
  file_start_ = true;
  lines_skipped_ = 0;
  raw_bytes_told_ = 0;
  cutter_->Restart();
  return Status::OK();
}

Status LineBlocks::Grow(int64_t capacity) {
  ARROW_ASSIGN_OR_RAISE(auto grown, arrow::AllocateBuffer(capacity + kBlockPadding, BulkPool()));
  if (filled_ > 0) std::memcpy(grown->mutable_data(), buffer_->data(), size_t(filled_));
  buffer_ = std::move(grown);
  return Status::OK();
}

Result<bool> LineBlocks::ReadMore() {
  int64_t room = buffer_->size() - kBlockPadding - filled_;
  ARROW_ASSIGN_OR_RAISE(int64_t count, stream_->Read(buffer_->mutable_data() + filled_, room));
  filled_ += count;
  ended_ = count == 0;
  return !ended_;
}

Status LineBlocks::CutBlock(size_t end, LineBlock* block) {
  int64_t rest = filled_ - int64_t(end);
  std::shared_ptr<arrow::Buffer> whole = std::move(buffer_);
  buffer_ = nullptr;
  filled_ = 0;
  if (!ended_ || rest > 0) {
    ARROW_RETURN_NOT_OK(Grow(std::max(options_.block_bytes, rest * 2)));
    std::memcpy(buffer_->mutable_data(), whole->data() + end, size_t(rest));
    filled_ = rest;
  }
  std::memset(whole->mutable_data() + end, 0, size_t(kBlockPadding));
  block->text = {reinterpret_cast<const char*>(whole->data()), end};
  block->memory = std::move(whole);
  cutter_->Restart();
  return Status::OK();
}

Result<LineBlock> LineBlocks::SkipLongRow() {
  // The row's start was scanned already; only its end is looked for, in place.
  LineBlock block;
  block.too_long = true;
  filled_ = 0;
  ARROW_RETURN_NOT_OK(Grow(options_.block_bytes));
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(bool more, ReadMore());
    if (!more) break;
    char* data = reinterpret_cast<char*>(buffer_->mutable_data());
    size_t end = cutter_->RowEndIn({data, size_t(filled_)});
    if (end != std::string_view::npos) {
      std::memmove(data, data + end, size_t(filled_) - end);
      filled_ -= int64_t(end);
      break;
    }
    filled_ = 0;
  }
  cutter_->Restart();
  return block;
}

Result<LineBlock> LineBlocks::SkipLongRowsLine(size_t end) {
  // Each time the text is scanned anew: a file may not ask for that at every line.
  constexpr int kLinesMax = 64;
  if (++lines_skipped_ > kLinesMax) {
    return DataRefused("too many quoted records do not end within the longest record's size: file=",
                       (*inputs_)[hashes_.size()].name,
                       "; remedy: double the quotes within quoted fields, or set `quote`");
  }
  char* data = reinterpret_cast<char*>(buffer_->mutable_data());
  filled_ -= int64_t(end);
  std::memmove(data, data + end, size_t(filled_));
  cutter_->Restart();
  LineBlock block;
  block.too_long = true;
  return block;
}

void LineBlocks::Describe(size_t index, SourceFile* file) const {
  file->hash = hashes_[index];
  if (file->size_bytes < 0) file->size_bytes = sizes_[index];
}

void LineBlocks::SkipFile() {
  hashes_.emplace_back();
  sizes_.push_back(-1);
  stream_ = nullptr;
  filled_ = 0;
}

Result<std::optional<LineBlock>> LineBlocks::Next() {
  if (!unread_.empty()) {
    LineBlock block = std::move(unread_.front());
    unread_.pop_front();
    return block;
  }
  if (hashes_.size() == inputs_->size()) return std::nullopt;
  if (stream_ == nullptr) ARROW_RETURN_NOT_OK(OpenNext());
  LineBlock block;
  size_t scanned = 0, end = 0;
  for (;;) {
    if (buffer_ == nullptr) ARROW_RETURN_NOT_OK(Grow(options_.block_bytes));
    int64_t capacity = buffer_->size() - kBlockPadding;
    while (filled_ < capacity) {  // Whole, so that cuts do not depend on a pipe's pace.
      ARROW_ASSIGN_OR_RAISE(bool more, ReadMore());
      if (!more) break;
    }
    std::string_view text(reinterpret_cast<const char*>(buffer_->data()), size_t(filled_));
    end = ended_ ? text.size() : cutter_->LastRowEnd(text, scanned);
    if (end > 0 || ended_) {
      ARROW_RETURN_NOT_OK(CutBlock(end, &block));
      break;
    }
    scanned = text.size();
    if (filled_ > options_.line_bytes_max) {
      const size_t line = cutter_->LineEndIn(text);
      ARROW_ASSIGN_OR_RAISE(block, line > 0 ? SkipLongRowsLine(line) : SkipLongRow());
      break;
    }
    ARROW_RETURN_NOT_OK(Grow(capacity * 2));
  }
  block.file = int32_t(hashes_.size());
  block.file_start = std::exchange(file_start_, false);
  block.bytes = stream_->raw_bytes() - raw_bytes_told_;
  raw_bytes_told_ = stream_->raw_bytes();
  if (ended_ && filled_ == 0) {
    block.file_end = true;
    hashes_.push_back(stream_->Hash());
    sizes_.push_back(stream_->raw_bytes());
    stream_ = nullptr;
  }
  return block;
}

}  // namespace hubmill
