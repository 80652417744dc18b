// Cut by row_cutter.h, text by json_rows.h, files by shard_files.h.
#include "io/jsonl_sink.h"

#include <utility>

#include "io/compress_block.h"
#include "io/json_rows.h"
#include "io/memory_bytes.h"
#include "io/row_cutter.h"
#include "io/shard_files.h"

namespace hubmill {
namespace {

constexpr int64_t kBlockBytes = 4 << 20;

enum class Codec { kNone, kGzip, kZstd };

constexpr int kGzipLevelDefault = 6;
constexpr int kZstdLevelDefault = 3;

struct Compression {
  Codec codec = Codec::kNone;
  int level = 0;  // 0: the codec's default.
};

Result<std::string> Compress(const Compression& to, std::string text) {
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

class JsonlBlock : public Block {
 public:
  JsonlBlock(CutRows rows, const JsonRowsOptions& options, Compression compression)
      : rows_(std::move(rows)), options_(options), compression_(compression) {}

  Status Encode() override {
    ARROW_ASSIGN_OR_RAISE(memory_bytes_, MemoryBytes(rows_.parts));
    std::string text;
    text.reserve(kBlockBytes + kBlockBytes / 8);
    for (const auto& part : rows_.parts) {
      const JsonRows json(*part, options_);
      for (int64_t i = 0; i < part->num_rows(); ++i) {
        ARROW_RETURN_NOT_OK(json.Append(i, &text));
        text.push_back('\n');
      }
    }
    rows_.parts.clear();
    return Compress(compression_, std::move(text)).Value(&text_);
  }

  const std::string& text() const { return text_; }
  int32_t split() const { return rows_.split; }
  int32_t shard() const { return rows_.shard; }
  int64_t memory_bytes() const { return memory_bytes_; }
  int64_t rows() const { return rows_.rows; }

 private:
  CutRows rows_;
  JsonRowsOptions options_;
  Compression compression_;
  std::string text_;
  int64_t memory_bytes_ = 0;
};

struct OpenShard {
  HashedFile file;
  int32_t shard = 0;
  int64_t rows = 0;
  int64_t memory_bytes = 0;
};

class JsonlSink : public Sink {
 public:
  JsonlSink(const JsonlSinkOptions& options, Codec codec, const SinkContext& context,
            const std::string& extension)
      : text_{.python_style = options.style == "python",
              .ascii = options.ascii,
              .omit_nulls = options.nulls == "omit"},
        compression_{.codec = codec, .level = int(options.level)},
        cutter_({.group_bytes = kBlockBytes,
                 .shard_bytes = options.shard_mb << 20,
                 .one_split = !context.single_file.empty(),
                 .one_shard = !context.single_file.empty()},
                context.splits),
        files_(context, extension),
        open_(context.splits.size()) {}

  Result<std::vector<std::unique_ptr<Block>>> Cut(Batch batch) override {
    ARROW_ASSIGN_OR_RAISE(auto groups, cutter_.Cut(batch));
    return ToBlocks(std::move(groups));
  }

  Result<std::vector<std::unique_ptr<Block>>> Finish() override {
    return ToBlocks(cutter_.Finish());
  }

  Status Append(std::unique_ptr<Block> appended) override {
    const auto& block = static_cast<const JsonlBlock&>(*appended);
    std::unique_ptr<OpenShard>& open = open_[size_t(block.split())];
    if (open != nullptr && open->shard != block.shard()) {
      ARROW_RETURN_NOT_OK(CloseShard(block.split()));
    }
    if (open == nullptr) ARROW_RETURN_NOT_OK(OpenNext(block.split(), block.shard()));
    open->rows += block.rows();
    open->memory_bytes += block.memory_bytes();
    return open->file.Write(block.text());
  }

  Result<std::vector<OutputFile>> Close() override {
    for (int32_t split = 0; split < files_.split_count(); ++split) {
      if (open_[size_t(split)] != nullptr) ARROW_RETURN_NOT_OK(CloseShard(split));
    }
    for (int32_t split = 0; split < files_.split_count(); ++split) {
      if (files_.single() ? files_.file_count() > 0 : files_.CountOf(split) > 0) continue;
      ARROW_RETURN_NOT_OK(OpenNext(split, 0));
      ARROW_ASSIGN_OR_RAISE(std::string empty, Compress(compression_, ""));
      ARROW_RETURN_NOT_OK(open_[size_t(split)]->file.Write(empty));
      ARROW_RETURN_NOT_OK(CloseShard(split));
    }
    return files_.Close();
  }

 private:
  std::vector<std::unique_ptr<Block>> ToBlocks(std::vector<CutRows> groups) {
    std::vector<std::unique_ptr<Block>> blocks;
    for (CutRows& group : groups) {
      blocks.push_back(std::make_unique<JsonlBlock>(std::move(group), text_, compression_));
    }
    return blocks;
  }

  Status OpenNext(int32_t split, int32_t shard) {
    ARROW_ASSIGN_OR_RAISE(HashedFile file, files_.Create(split, shard));
    open_[size_t(split)] =
        std::make_unique<OpenShard>(OpenShard{.file = std::move(file), .shard = shard});
    return Status::OK();
  }

  Status CloseShard(int32_t split) {
    std::unique_ptr<OpenShard> shard = std::move(open_[size_t(split)]);
    ARROW_RETURN_NOT_OK(shard->file.Close());
    files_.Add(split, shard->rows, shard->memory_bytes, std::move(shard->file));
    return Status::OK();
  }

  JsonRowsOptions text_;
  Compression compression_;
  RowCutter cutter_;
  ShardFiles files_;
  std::vector<std::unique_ptr<OpenShard>> open_;  // By split.
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
  table
      .Field("shard_mb", &JsonlSinkOptions::shard_mb,
             "Size of a file in MiB of values, before encoding.")
      .Range(1, 16'384);
}

Result<std::unique_ptr<Sink>> MakeJsonlSink(const JsonlSinkOptions& options,
                                            const SinkContext& context) {
  ARROW_RETURN_NOT_OK(CheckJsonSchema(*context.schema));
  if (options.compression == "gzip" && options.level > 9) {
    return WrongUsage("no such gzip level: level=", options.level,
                      " max=9; remedy: 1 to 9, or zstd");
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
