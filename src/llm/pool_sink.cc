#include "llm/pool_sink.h"

#include <arrow/array/array_binary.h>
#include <arrow/array/array_primitive.h>
#include <arrow/array/builder_primitive.h>

#include <algorithm>
#include <filesystem>
#include <span>
#include <utility>

#include "io/id_index.h"
#include "io/lineage.h"
#include "io/memory_bytes.h"
#include "io/parquet_shard.h"
#include "io/row_bytes.h"
#include "io/row_group_encoder.h"
#include "io/shard_files.h"
#include "llm/pool_groups.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;

constexpr char kSplit[] = "train";

class PoolBlock : public Block {
 public:
  PoolBlock(size_t stream, PoolGroup group, std::shared_ptr<arrow::Schema> schema,
            const RowGroupOptions& encoding)
      : stream_(stream),
        group_(std::move(group)),
        schema_(std::move(schema)),
        encoding_(encoding) {}

  Status Encode() override {
    arrow::RecordBatchVector rows;
    for (PoolPart& part : group_.parts) {
      ARROW_ASSIGN_OR_RAISE(auto gathered, GatherPart(part));
      part = {};
      rows.push_back(std::move(gathered));
    }
    group_.parts.clear();
    ARROW_ASSIGN_OR_RAISE(memory_bytes_, MemoryBytes(rows));
    ARROW_ASSIGN_OR_RAISE(piece_, EncodeRowGroup(schema_, std::move(rows), encoding_));
    return Status::OK();
  }

  size_t stream() const { return stream_; }
  int32_t shard() const { return group_.shard; }
  const ParquetPiece& piece() const { return piece_; }
  int64_t memory_bytes() const { return memory_bytes_; }

 private:
  const size_t stream_;
  PoolGroup group_;
  std::shared_ptr<arrow::Schema> schema_;
  const RowGroupOptions& encoding_;
  ParquetPiece piece_;
  int64_t memory_bytes_ = 0;
};

std::string OriginalName(const std::string& pool, size_t shard) {
  std::string digits = std::to_string(shard);
  if (digits.size() < 5) digits.insert(0, 5 - digits.size(), '0');
  return pool + "/" + pool + "__" + digits + ".parquet";
}

/// A second name for a file; a copy where the file system has no links.
Status LinkFile(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::create_directories(fs::path(to).parent_path(), error);
  if (error) return FileFailure("create a folder", to, error.value());
  fs::create_hard_link(from, to, error);
  if (error) fs::copy_file(from, to, error);
  if (error) return FileFailure("copy a file", to, error.value());
  return SyncFolder(fs::path(to).parent_path().string());
}

class PoolFiles final : public PoolSink {
 public:
  PoolFiles(std::string staging_dir, std::shared_ptr<arrow::Schema> schema,
            std::vector<PoolStream> streams, PoolChoices choices, const PoolSinkOptions& options)
      : staging_dir_(std::move(staging_dir)),
        schema_(std::move(schema)),
        streams_(std::move(streams)),
        choices_(std::move(choices)),
        options_(options),
        encoding_{.compression = options.compression, .level = options.level} {
    const auto id = schema_->GetFieldByName("id");
    if (id != nullptr && id->type()->id() == arrow::Type::STRING) {
      id_column_ = schema_->GetFieldIndex("id");
    }
    for (size_t i = 0; i < streams_.size(); ++i) {
      states_.emplace_back(options_.group_bytes, options_.shard_rows);
    }
  }

  Result<std::vector<std::unique_ptr<Block>>> Cut(Batch batch) override {
    std::vector<std::unique_ptr<Block>> blocks;
    const int last = batch.rows->num_columns() - 1;
    const auto& column = static_cast<const arrow::UInt64Array&>(*batch.rows->column(last));
    const std::span<const uint64_t> masks(column.raw_values(), size_t(column.length()));
    ARROW_ASSIGN_OR_RAISE(const auto rows, batch.rows->RemoveColumn(last));
    const std::vector<int64_t> sizes = RowBytes(*rows);
    for (uint64_t mask : masks) ++masks_[mask];
    std::vector<int64_t> indices;
    for (size_t i = 0; i < streams_.size(); ++i) {
      State& state = states_[i];
      indices.clear();
      SelectRows(i, masks, &indices);
      if (indices.empty()) continue;
      ARROW_RETURN_NOT_OK(Open(i));
      ARROW_RETURN_NOT_OK(state.lineage->Append(batch.origins.Select(indices)));
      ARROW_RETURN_NOT_OK(AddIds(*rows, indices, state.ids.get()));
      std::vector<PoolGroup> groups;
      ARROW_RETURN_NOT_OK(state.groups.Add(rows, indices, sizes, &groups));
      AddBlocks(i, std::move(groups), &blocks);
    }
    rows_before_ += int64_t(masks.size());
    return blocks;
  }

  Result<std::vector<std::unique_ptr<Block>>> Finish() override {
    std::vector<std::unique_ptr<Block>> blocks;
    for (size_t i = 0; i < states_.size(); ++i) {
      std::vector<PoolGroup> groups;
      states_[i].groups.Finish(&groups);
      AddBlocks(i, std::move(groups), &blocks);
    }
    return blocks;
  }

  Status Append(std::unique_ptr<Block> appended) override {
    const auto& block = static_cast<const PoolBlock&>(*appended);
    ARROW_ASSIGN_OR_RAISE(ParquetShard * shard,
                          states_[block.stream()].shards->At(0, block.shard()));
    return shard->Append(block.piece(), block.memory_bytes());
  }

  Result<std::vector<OutputFile>> Close() override {
    std::vector<OutputFile> all;
    for (size_t i = 0; i < states_.size(); ++i) {
      if (states_[i].shards == nullptr) continue;
      ARROW_RETURN_NOT_OK(CloseStream(i));
      all.insert(all.end(), states_[i].files.begin(), states_[i].files.end());
    }
    return all;
  }

  const std::vector<OutputFile>& files(size_t i) const override { return states_[i].files; }
  const PoolMasks& masks() const override { return masks_; }

 private:
  struct State {
    State(int64_t group_bytes, int64_t shard_rows) : groups(group_bytes, shard_rows) {}
    PoolGroups groups;
    std::unique_ptr<LineageWriter> lineage;  // Null before the first row.
    std::unique_ptr<IdIndexWriter> ids;
    std::unique_ptr<OpenShards<ParquetShard>> shards;  // So is this.
    std::vector<OutputFile> files;
  };

  /// The rows of a batch that belong to stream `i`.
  void SelectRows(size_t i, std::span<const uint64_t> masks, std::vector<int64_t>* indices) const {
    const PoolStream& stream = streams_[i];
    if (!stream.order_by.empty()) {
      const std::vector<int64_t>& chosen = choices_[i];
      auto at = std::lower_bound(chosen.begin(), chosen.end(), rows_before_);
      for (; at != chosen.end() && *at < rows_before_ + int64_t(masks.size()); ++at) {
        indices->push_back(*at - rows_before_);
      }
      return;
    }
    for (size_t row = 0; row < masks.size(); ++row) {
      const int64_t rows = states_[i].groups.rows() + int64_t(indices->size());
      if (stream.limit >= 0 && rows >= stream.limit) return;
      if ((masks[row] >> i & 1) != 0) indices->push_back(int64_t(row));
    }
  }

  std::string LineagePath(const std::string& pool) const {
    return staging_dir_ + "/.hubmill/lineage/" + pool + ".parquet";
  }
  std::string IdsPath(const std::string& pool) const {
    return staging_dir_ + "/.hubmill/ids/" + pool + ".ids";
  }

  Status AddIds(const arrow::RecordBatch& rows, const std::vector<int64_t>& indices,
                IdIndexWriter* ids) const {
    if (ids == nullptr) return Status::OK();
    const auto& column = static_cast<const arrow::StringArray&>(*rows.column(id_column_));
    for (int64_t row : indices) ARROW_RETURN_NOT_OK(ids->Add(column.GetView(row)));
    return Status::OK();
  }

  /// At the first row of a stream; one without rows leaves nothing.
  Status Open(size_t i) {
    State& state = states_[i];
    if (state.lineage != nullptr) return Status::OK();
    const std::string& pool = streams_[i].pools[0];
    ARROW_ASSIGN_OR_RAISE(state.lineage, LineageWriter::Open(LineagePath(pool), {kSplit}));
    if (id_column_ >= 0) {
      ARROW_ASSIGN_OR_RAISE(state.ids, IdIndexWriter::Open(IdsPath(pool)));
    }
    state.shards =
        std::make_unique<OpenShards<ParquetShard>>(SinkContext{.staging_dir = staging_dir_,
                                                               .data_dir = pool,
                                                               .schema = schema_,
                                                               .splits = {kSplit},
                                                               .single_file = ""},
                                                   ".parquet");
    return Status::OK();
  }

  void AddBlocks(size_t stream, std::vector<PoolGroup> groups,
                 std::vector<std::unique_ptr<Block>>* blocks) {
    for (PoolGroup& group : groups) {
      blocks->push_back(std::make_unique<PoolBlock>(stream, std::move(group), schema_, encoding_));
    }
  }

  Status CloseStream(size_t i) {
    State& state = states_[i];
    const std::vector<std::string>& pools = streams_[i].pools;
    ARROW_RETURN_NOT_OK(state.lineage->Close());
    const bool has_ids = state.ids != nullptr;
    if (has_ids) ARROW_RETURN_NOT_OK(state.ids->Finish());
    state.ids.reset();
    ARROW_ASSIGN_OR_RAISE(state.files, state.shards->Close([](ParquetShard*) {
      return RunFailed("a pool without rows was opened");
    }));
    for (size_t shard = 0; shard < state.files.size() && options_.original_names; ++shard) {
      const std::string name = OriginalName(pools[0], shard);
      std::error_code error;
      fs::rename(staging_dir_ + "/" + state.files[shard].path, staging_dir_ + "/" + name, error);
      if (error) return FileFailure("rename a file", name, error.value());
      state.files[shard].path = name;
    }
    for (size_t other = 1; other < pools.size(); ++other) {
      for (const OutputFile& file : state.files) {
        ARROW_RETURN_NOT_OK(
            LinkFile(staging_dir_ + "/" + file.path,
                     staging_dir_ + "/" + FileOfPool(file.path, pools[0], pools[other])));
      }
      ARROW_RETURN_NOT_OK(LinkFile(LineagePath(pools[0]), LineagePath(pools[other])));
      if (has_ids) ARROW_RETURN_NOT_OK(LinkFile(IdsPath(pools[0]), IdsPath(pools[other])));
    }
    return Status::OK();
  }

  const std::string staging_dir_;
  const std::shared_ptr<arrow::Schema> schema_;
  const std::vector<PoolStream> streams_;
  const PoolChoices choices_;
  int64_t rows_before_ = 0;  // Of the input, before the next batch.
  const PoolSinkOptions options_;
  const RowGroupOptions encoding_;
  std::vector<State> states_;  // By stream.
  PoolMasks masks_;
  int id_column_ = -1;
};

}  // namespace

std::string FileOfPool(const std::string& path, const std::string& from, const std::string& to) {
  std::string name = path.substr(from.size());  // "/train-…", or "/FROM__…".
  if (name.starts_with("/" + from + "__")) name = "/" + to + name.substr(1 + from.size());
  return to + name;
}

Result<std::shared_ptr<arrow::Schema>> PoolStage::Bind(
    const std::shared_ptr<arrow::Schema>& input) {
  if (input->GetFieldByName(kPoolMaskColumn) != nullptr) {
    return DataRefused("a column has the name of the pools' own: column=", kPoolMaskColumn,
                       "; remedy: rename it");
  }
  return input->AddField(input->num_fields(),
                         arrow::field(kPoolMaskColumn, arrow::uint64(), false));
}

Result<Applied> PoolStage::Apply(const Batch& input) const {
  ARROW_ASSIGN_OR_RAISE(const std::vector<uint64_t> masks, membership_.Masks(*input.rows));
  arrow::UInt64Builder builder;
  ARROW_RETURN_NOT_OK(builder.AppendValues(masks));
  ARROW_ASSIGN_OR_RAISE(auto column, builder.Finish());
  Applied applied;
  ARROW_ASSIGN_OR_RAISE(
      applied.rows,
      input.rows->AddColumn(input.rows->num_columns(),
                            arrow::field(kPoolMaskColumn, arrow::uint64(), false), column));
  return applied;
}

Result<std::unique_ptr<PoolSink>> PoolSink::Open(const std::string& staging_dir,
                                                 std::shared_ptr<arrow::Schema> schema,
                                                 std::vector<PoolStream> streams,
                                                 PoolChoices choices,
                                                 const PoolSinkOptions& options) {
  ARROW_RETURN_NOT_OK(CheckParquetSchema(*schema));
  return std::make_unique<PoolFiles>(staging_dir, std::move(schema), std::move(streams),
                                     std::move(choices), options);
}

}  // namespace hubmill
