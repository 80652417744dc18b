// Cut by row_cutter.h, encoded by row_group_encoder.h, joined by parquet_splice.h, files by
// shard_files.h.
#include "io/parquet_sink.h"

#include <utility>

#include "io/memory_bytes.h"
#include "io/parquet_shard.h"
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

class ParquetSink : public Sink {
 public:
  ParquetSink(const ParquetSinkOptions& options, const SinkContext& context)
      : schema_(context.schema),
        encoding_{.compression = options.compression, .level = int(options.level)},
        cutter_({.group_bytes = options.row_group_mb << 20,
                 .shard_bytes = options.shard_rows > 0 ? INT64_MAX : options.shard_mb << 20,
                 .shard_rows = options.shard_rows > 0 ? options.shard_rows : INT64_MAX,
                 .one_split = !context.single_file.empty(),
                 .one_shard = !context.single_file.empty()},
                context.splits),
        shards_(context, ".parquet", options.file_name) {}

  Result<std::vector<std::unique_ptr<Block>>> Cut(Batch batch) override {
    ARROW_ASSIGN_OR_RAISE(auto groups, cutter_.Cut(batch));
    return ToBlocks(std::move(groups));
  }

  Result<std::vector<std::unique_ptr<Block>>> Finish() override {
    return ToBlocks(cutter_.Finish());
  }

  Status Append(std::unique_ptr<Block> appended) override {
    const auto& block = static_cast<const ParquetBlock&>(*appended);
    ARROW_ASSIGN_OR_RAISE(ParquetShard * shard, shards_.At(block.split(), block.shard()));
    return shard->Append(block.piece(), block.memory_bytes());
  }

  Result<std::vector<OutputFile>> Close() override {
    return shards_.Close([this](ParquetShard* shard) -> Status {
      ARROW_ASSIGN_OR_RAISE(const ParquetPiece empty, EncodeRowGroup(schema_, {}, encoding_));
      return shard->Append(empty, 0);
    });
  }

 private:
  std::vector<std::unique_ptr<Block>> ToBlocks(std::vector<CutRows> groups) {
    std::vector<std::unique_ptr<Block>> blocks;
    for (CutRows& group : groups) {
      blocks.push_back(std::make_unique<ParquetBlock>(std::move(group), schema_, encoding_));
    }
    return blocks;
  }

  std::shared_ptr<arrow::Schema> schema_;
  RowGroupOptions encoding_;
  RowCutter cutter_;
  OpenShards<ParquetShard> shards_;
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
  table
      .Field("shard_rows", &ParquetSinkOptions::shard_rows,
             "Rows of a file, instead of its size; 0: by size.")
      .Range(0, 1e15);
  table.Field("file_name", &ParquetSinkOptions::file_name,
              "Path of a file in the output folder without extension, such as "
              "data/{split}/part-{shard}, where no other data set's files lie; splits without rows "
              "then have no file.");
}

Status CheckParquetSinkOptions(const ParquetSinkOptions& options) {
  const std::string& name = options.file_name;
  const bool known =
      name.empty() || (name.find("{split}") != name.npos && name.find("{shard}") != name.npos);
  if (!known || name.starts_with('/') || name.starts_with('.') || name.find("/.") != name.npos) {
    return WrongUsage("not a pattern of file names: option=file_name value=", name,
                      "; remedy: for example data/{split}/part-{shard}");
  }
  return Status::OK();
}

Result<std::unique_ptr<Sink>> MakeParquetSink(const ParquetSinkOptions& options,
                                              const SinkContext& context) {
  ARROW_RETURN_NOT_OK(CheckParquetSinkOptions(options));
  ARROW_RETURN_NOT_OK(CheckParquetSchema(*context.schema));
  return std::make_unique<ParquetSink>(options, context);
}

}  // namespace hubmill
