// Cut by row_cutter.h, text by json_rows.h, files by shard_files.h.
#include "io/jsonl_sink.h"

#include <arrow/array/array_binary.h>

#include <mutex>
#include <optional>
#include <utility>

#include "core/refused_row.h"
#include "io/compress_block.h"
#include "io/json_rows.h"
#include "io/memory_bytes.h"
#include "io/row_cutter.h"
#include "io/shard_files.h"

namespace hubmill {
namespace {

constexpr int64_t kBlockBytes = 4 << 20;
constexpr int64_t kViewedBytes = 512 << 10;  // Of blocks that hold the input they view.

enum class Codec { kNone, kGzip, kZstd };

constexpr int kGzipLevelDefault = 6;
constexpr int kZstdLevelDefault = 3;

struct Compression {
  Codec codec = Codec::kNone;
  int level = 0;  // 0: the codec's default.
};

Result<std::string> Compress(const Compression& to, const std::string& text) {
  switch (to.codec) {
    case Codec::kGzip:
      return GzipMember(text, to.level == 0 ? kGzipLevelDefault : to.level);
    case Codec::kZstd:
      return ZstdFrame(text, to.level == 0 ? kZstdLevelDefault : to.level);
    case Codec::kNone:
      break;
  }
  return text;
}

/// Texts of written blocks, for the next ones: clearing fresh pages was 6 % of the CPU time of
/// exact deduplication.  Thread-safe.
class SpareTexts {
 public:
  std::string Take() {
    const std::lock_guard lock(mutex_);
    std::string text;
    if (spare_.empty()) {
      text.reserve(kBlockBytes + kBlockBytes / 8);
    } else {
      text.swap(spare_.back());
      spare_.pop_back();
    }
    return text;
  }

  void Return(std::string text) {
    text.clear();
    const std::lock_guard lock(mutex_);
    if (spare_.size() < kSpareMax && text.capacity() < 4 * kBlockBytes) {
      spare_.push_back(std::move(text));
    }
  }

 private:
  static constexpr size_t kSpareMax = 4;
  std::mutex mutex_;
  std::vector<std::string> spare_;
};

class JsonlBlock : public Block, public NamesRefusedRow {
 public:
  /// `raw_column`: whose texts are the lines; -1: all columns make an object.  `viewed`: lines are
  /// written from where they stand, without compression.
  JsonlBlock(CutRows rows, const JsonRowsOptions& options, int raw_column, bool viewed,
             Compression compression, SpareTexts* spare)
      : rows_(std::move(rows)),
        options_(options),
        raw_column_(raw_column),
        viewed_(viewed),
        compression_(compression),
        spare_(*spare) {}

  Status Encode() override {
    ARROW_ASSIGN_OR_RAISE(memory_bytes_, MemoryBytes(rows_.parts));
    if (viewed_) return CheckViewedLines();
    text_ = spare_.Take();
    int64_t row = 0;
    for (const auto& part : rows_.parts) {
      int64_t written = 0;
      const Status status = raw_column_ < 0 ? AppendObjects(*part, &written)
                                            : AppendRaw(*part->column(raw_column_), &written);
      if (!status.ok()) {
        refused_ = rows_.origins.At(row + written);
        return status;
      }
      row += written;
    }
    rows_.parts.clear();
    if (compression_.codec == Codec::kNone) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(std::string compressed, Compress(compression_, text_));
    text_.swap(compressed);
    spare_.Return(std::move(compressed));
    return Status::OK();
  }

  std::optional<RowRun> RefusedRow() const override { return refused_; }

  /// Writes all lines to `file`; afterwards this holds none.
  Status WriteTo(HashedFile* file) {
    if (!viewed_) {
      ARROW_RETURN_NOT_OK(file->Write(text_));
      if (compression_.codec == Codec::kNone) spare_.Return(std::move(text_));
      return Status::OK();
    }
    for (auto& part : rows_.parts) {
      ARROW_RETURN_NOT_OK(WriteViews(LinesOf(*part), file));
      part.reset();
    }
    return Status::OK();
  }

  int32_t split() const { return rows_.split; }
  int32_t shard() const { return rows_.shard; }
  int64_t memory_bytes() const { return memory_bytes_; }
  int64_t rows() const { return rows_.rows; }

 private:
  // Both: `written` is the number of rows, also where the next one is refused.
  Status AppendObjects(const arrow::RecordBatch& rows, int64_t* written) {
    const JsonRows json(rows, options_);
    for (; *written < rows.num_rows(); ++*written) {
      ARROW_RETURN_NOT_OK(json.Append(*written, &text_));
      text_.push_back('\n');
    }
    return Status::OK();
  }

  template <typename Lines>
  static Status CheckLine(const Lines& lines, int64_t row) {
    if (lines.IsValid(row) && lines.GetView(row).find('\n') == std::string_view::npos) {
      return Status::OK();
    }
    return DataRefused("a value of the column `raw` is not one line; remedy: write it as text");
  }

  template <typename Lines>
  Status AppendLines(const Lines& lines, int64_t* written) {
    for (; *written < lines.length(); ++*written) {
      ARROW_RETURN_NOT_OK(CheckLine(lines, *written));
      text_ += lines.GetView(*written);
      text_.push_back('\n');
    }
    return Status::OK();
  }

  Status AppendRaw(const arrow::Array& column, int64_t* written) {
    if (column.type_id() == arrow::Type::STRING_VIEW) {
      return AppendLines(static_cast<const arrow::StringViewArray&>(column), written);
    }
    return AppendLines(static_cast<const arrow::StringArray&>(column), written);
  }

  const arrow::StringViewArray& LinesOf(const arrow::RecordBatch& rows) const {
    return static_cast<const arrow::StringViewArray&>(*rows.column(raw_column_));
  }

  Status CheckViewedLines() {
    int64_t row = 0;
    for (const auto& part : rows_.parts) {
      const arrow::StringViewArray& lines = LinesOf(*part);
      for (int64_t i = 0; i < lines.length(); ++i, ++row) {
        const Status status = CheckLine(lines, i);
        if (status.ok()) continue;
        refused_ = rows_.origins.At(row);
        return status;
      }
    }
    return Status::OK();
  }

  /// Lines that follow each other in one buffer, as where none was dropped, are one write.
  static Status WriteViews(const arrow::StringViewArray& lines, HashedFile* file) {
    const auto* views = lines.raw_values();
    const auto follows = [&](int64_t row) {
      const auto& a = views[row - 1];
      const auto& b = views[row];
      return !a.is_inline() && !b.is_inline() && a.ref.buffer_index == b.ref.buffer_index &&
             int64_t(a.ref.offset) + a.size() + 1 == b.ref.offset &&
             lines.GetView(row).data()[-1] == '\n';
    };
    for (int64_t row = 0; row < lines.length();) {
      const std::string_view first = lines.GetView(row);
      for (++row; row < lines.length() && follows(row);) ++row;
      const std::string_view last = lines.GetView(row - 1);
      const size_t size = size_t(last.data() + last.size() - first.data());
      ARROW_RETURN_NOT_OK(file->Write({first.data(), size}));
      ARROW_RETURN_NOT_OK(file->Write("\n"));
    }
    return Status::OK();
  }

  CutRows rows_;
  JsonRowsOptions options_;
  int raw_column_;
  bool viewed_;
  Compression compression_;
  SpareTexts& spare_;
  std::string text_;
  int64_t memory_bytes_ = 0;
  std::optional<RowRun> refused_;
};

class JsonlShard {
 public:
  explicit JsonlShard(HashedFile file) : file_(std::move(file)) {}

  Status Append(JsonlBlock* block) {
    rows_ += block->rows();
    memory_bytes_ += block->memory_bytes();
    return block->WriteTo(&file_);
  }
  Status Finish() { return Status::OK(); }
  HashedFile& file() { return file_; }
  int64_t rows() const { return rows_; }
  int64_t memory_bytes() const { return memory_bytes_; }

 private:
  HashedFile file_;
  int64_t rows_ = 0;
  int64_t memory_bytes_ = 0;
};

class JsonlSink : public Sink {
 public:
  JsonlSink(const JsonlSinkOptions& options, Codec codec, const SinkContext& context,
            const std::string& extension)
      : text_{.python_style = options.style == "python",
              .ascii = options.ascii,
              .omit_nulls = options.nulls == "omit"},
        raw_column_(options.raw.empty() ? -1 : context.schema->GetFieldIndex(options.raw)),
        viewed_(codec == Codec::kNone && raw_column_ >= 0 &&
                context.schema->field(raw_column_)->type()->id() == arrow::Type::STRING_VIEW),
        compression_{.codec = codec, .level = int(options.level)},
        cutter_({.group_bytes = viewed_ ? kViewedBytes : kBlockBytes,
                 .shard_bytes = options.shard_mb << 20,
                 .one_split = !context.single_file.empty(),
                 .one_shard = !context.single_file.empty(),
                 .origins = true},
                context.splits),
        shards_(context, extension) {}

  Result<std::vector<std::unique_ptr<Block>>> Cut(Batch batch) override {
    ARROW_ASSIGN_OR_RAISE(auto groups, cutter_.Cut(batch));
    return ToBlocks(std::move(groups));
  }

  Result<std::vector<std::unique_ptr<Block>>> Finish() override {
    return ToBlocks(cutter_.Finish());
  }

  Status Append(std::unique_ptr<Block> appended) override {
    auto& block = static_cast<JsonlBlock&>(*appended);
    ARROW_ASSIGN_OR_RAISE(JsonlShard * shard, shards_.At(block.split(), block.shard()));
    return shard->Append(&block);
  }

  Result<std::vector<OutputFile>> Close() override {
    return shards_.Close([this](JsonlShard* shard) -> Status {
      ARROW_ASSIGN_OR_RAISE(const std::string empty, Compress(compression_, ""));
      return shard->file().Write(empty);
    });
  }

 private:
  std::vector<std::unique_ptr<Block>> ToBlocks(std::vector<CutRows> groups) {
    std::vector<std::unique_ptr<Block>> blocks;
    for (CutRows& group : groups) {
      blocks.push_back(std::make_unique<JsonlBlock>(std::move(group), text_, raw_column_, viewed_,
                                                    compression_, &spare_texts_));
    }
    return blocks;
  }

  JsonRowsOptions text_;
  int raw_column_;
  bool viewed_;
  Compression compression_;
  RowCutter cutter_;
  SpareTexts spare_texts_;
  OpenShards<JsonlShard> shards_;
};

}  // namespace

void JsonlSinkOptions::Describe(OptionTable<JsonlSinkOptions>& table) {
  table.Field("compression", &JsonlSinkOptions::compression, "Compression of the files.")
      .Choices({"none", "gzip", "zstd"});
  table
      .Field("level", &JsonlSinkOptions::level,
             "Level of gzip (1 to 9) or zstd (1 to 22); 0 means gzip 6, zstd 3.")
      .Range(0, 22);
  table
      .Field("style", &JsonlSinkOptions::style,
             "Separators: compact, or a space after each as Python's json.dumps writes them.")
      .Choices({"compact", "python"});
  table.Field("nulls", &JsonlSinkOptions::nulls, "Write null, or leave the key out.")
      .Choices({"write", "omit"});
  table.Field("ascii", &JsonlSinkOptions::ascii, "Write every other character as \\uXXXX.");
  table.Field(
      "raw", &JsonlSinkOptions::raw,
      "A text column whose values are the lines, written as they stand (`raw` of the source); "
      "the other columns are left out.");
  table
      .Field("shard_mb", &JsonlSinkOptions::shard_mb,
             "Size of a file in MiB of values, before encoding.")
      .Range(1, 16'384);
}

Status CheckJsonlSinkOptions(const JsonlSinkOptions& options) {
  if (options.compression != "gzip" || options.level <= 9) return Status::OK();
  return WrongUsage("no such gzip level: level=", options.level, " max=9; remedy: 1 to 9, or zstd");
}

Result<std::unique_ptr<Sink>> MakeJsonlSink(const JsonlSinkOptions& options,
                                            const SinkContext& context) {
  ARROW_RETURN_NOT_OK(CheckJsonlSinkOptions(options));
  if (options.raw.empty()) {
    ARROW_RETURN_NOT_OK(CheckJsonSchema(*context.schema));
  } else if (const auto field = context.schema->GetFieldByName(options.raw);
             field == nullptr || (field->type()->id() != arrow::Type::STRING &&
                                  field->type()->id() != arrow::Type::STRING_VIEW)) {
    return DataRefused("`raw` of the sink names no text column: column=", options.raw,
                       "; remedy: the name that the source's `raw` has");
  }
  const Codec codec = options.compression == "gzip"   ? Codec::kGzip
                      : options.compression == "zstd" ? Codec::kZstd
                                                      : Codec::kNone;
  const char* extension = codec == Codec::kGzip   ? ".jsonl.gz"
                          : codec == Codec::kZstd ? ".jsonl.zst"
                                                  : ".jsonl";
  return std::make_unique<JsonlSink>(options, codec, context, extension);
}

}  // namespace hubmill
