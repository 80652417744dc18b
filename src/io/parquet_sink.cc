// One open file a split; the file of a shard is closed when the first group of the next arrives.
#include "io/parquet_sink.h"

#include <utility>

#include "io/memory_bytes.h"
#include "io/parquet_splice.h"
#include "io/row_cutter.h"
#include "io/row_group_encoder.h"
#include "io/shard_files.h"

namespace hubmill {
namespace {

class ParquetBlock : public Block {
 public:
  ParquetBlock(CutRows rows, std::shared_ptr<arrow::Schema> schema, const RowGroupOptions& options)
      : rows_(std::move(rows)), schema_(std::move(schema)), options_(options) {}

  Status Encode() override {
    ARROW_ASSIGN_OR_RAISE(memory_bytes_, MemoryBytes(rows_.parts));
    ARROW_ASSIGN_OR_RAISE(piece_, EncodeRowGroup(schema_, std::move(rows_.parts), options_));
    return Status::OK();
  }

  const ParquetPiece& piece() const { return piece_; }
  int32_t split() const { return rows_.split; }
  int32_t shard() const { return rows_.shard; }
  int64_t memory_bytes() const { return memory_bytes_; }

 private:
  CutRows rows_;
  std::shared_ptr<arrow::Schema> schema_;
  RowGroupOptions options_;
  ParquetPiece piece_;
  int64_t memory_bytes_ = 0;
};

/// A shard being written.  Not movable: the splicer writes into its file.
struct OpenShard {
  OpenShard(HashedFile opened, int32_t number)
      : file(std::move(opened)),
        shard(number),
        splicer([this](std::string_view bytes) { return file.Write(bytes); }) {}
  OpenShard(const OpenShard&) = delete;
  OpenShard& operator=(const OpenShard&) = delete;

  HashedFile file;
  int32_t shard;
  int64_t memory_bytes = 0;
  ParquetSplicer splicer;
};

class ParquetSink : public Sink {
 public:
  ParquetSink(const ParquetSinkOptions& options, const SinkContext& context)
      : schema_(context.schema),
        encoding_{.compression = options.compression, .level = int(options.level)},
        cutter_({.group_bytes = options.row_group_mb << 20,
                 .shard_bytes = options.shard_mb << 20,
                 .one_split = !context.single_file.empty(),
                 .one_shard = !context.single_file.empty()},
                context.splits),
        files_(context, ".parquet"),
        open_(context.splits.size()) {}

  Result<std::vector<std::unique_ptr<Block>>> Cut(Batch batch) override {
    ARROW_ASSIGN_OR_RAISE(auto groups, cutter_.Cut(batch));
    return ToBlocks(std::move(groups));
  }

  Result<std::vector<std::unique_ptr<Block>>> Finish() override {
    return ToBlocks(cutter_.Finish());
  }

  Status Append(std::unique_ptr<Block> appended) override {
    const auto& block = static_cast<const ParquetBlock&>(*appended);
    std::unique_ptr<OpenShard>& open = open_[size_t(block.split())];
    if (open != nullptr && open->shard != block.shard()) {
      ARROW_RETURN_NOT_OK(CloseShard(block.split()));
    }
    if (open == nullptr) ARROW_RETURN_NOT_OK(OpenNext(block.split(), block.shard()));
    open->memory_bytes += block.memory_bytes();
    return open->splicer.Append(block.piece());
  }

  Result<std::vector<OutputFile>> Close() override {
    for (int32_t split = 0; split < files_.split_count(); ++split) {
      if (open_[size_t(split)] != nullptr) ARROW_RETURN_NOT_OK(CloseShard(split));
    }
    for (int32_t split = 0; split < files_.split_count(); ++split) {
      if (files_.single() ? files_.file_count() > 0 : files_.CountOf(split) > 0) continue;
      ARROW_RETURN_NOT_OK(OpenNext(split, 0));
      ARROW_ASSIGN_OR_RAISE(ParquetPiece empty, EncodeRowGroup(schema_, {}, encoding_));
      ARROW_RETURN_NOT_OK(open_[size_t(split)]->splicer.Append(empty));
      ARROW_RETURN_NOT_OK(CloseShard(split));
    }
    return files_.Close();
  }

 private:
  std::vector<std::unique_ptr<Block>> ToBlocks(std::vector<CutRows> groups) {
    std::vector<std::unique_ptr<Block>> blocks;
    for (CutRows& group : groups) {
      blocks.push_back(std::make_unique<ParquetBlock>(std::move(group), schema_, encoding_));
    }
    return blocks;
  }

  Status OpenNext(int32_t split, int32_t shard) {
    ARROW_ASSIGN_OR_RAISE(HashedFile file, files_.Create(split, shard));
    open_[size_t(split)] = std::make_unique<OpenShard>(std::move(file), shard);
    return Status::OK();
  }

  Status CloseShard(int32_t split) {
    std::unique_ptr<OpenShard> shard = std::move(open_[size_t(split)]);
    ARROW_RETURN_NOT_OK(shard->splicer.Finish());
    ARROW_RETURN_NOT_OK(shard->file.Close());
    files_.Add(split, shard->splicer.rows(), shard->memory_bytes, std::move(shard->file));
    return Status::OK();
  }

  std::shared_ptr<arrow::Schema> schema_;
  RowGroupOptions encoding_;
  RowCutter cutter_;
  ShardFiles files_;
  std::vector<std::unique_ptr<OpenShard>> open_;  // By split.
};

}  // namespace

void ParquetSinkOptions::Describe(OptionTable<ParquetSinkOptions>& table) {
  table.Field("compression", &ParquetSinkOptions::compression, "Codec of the pages.")
      .Choices({"zstd", "snappy", "none"});
  table.Field("level", &ParquetSinkOptions::level, "zstd level: 1 is fastest, 22 smallest.")
      .Range(1, 22);
  table
      .Field("row_group_mb", &ParquetSinkOptions::row_group_mb,
             "Size of a row group in MiB of values, before encoding.")
      .Range(1, 64);
  table
      .Field("shard_mb", &ParquetSinkOptions::shard_mb,
             "Size of a file in MiB of values, before encoding.")
      .Range(1, 16'384);
}

Result<std::unique_ptr<Sink>> MakeParquetSink(const ParquetSinkOptions& options,
                                              const SinkContext& context) {
  ARROW_RETURN_NOT_OK(CheckParquetSchema(*context.schema));
  return std::make_unique<ParquetSink>(options, context);
}

}  // namespace hubmill
