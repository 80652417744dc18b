#include "run/dedup_clusters.h"

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>

#include "base/utf8.h"
#include "hubmill/hubmill.h"
#include "net/redact.h"

namespace hubmill {
namespace {

constexpr int64_t kBatchRows = 64 << 10;

class ClusterRows {
 public:
  explicit ClusterRows(const std::vector<std::string>& names) : names_(names) {}

  static std::shared_ptr<arrow::Schema> Schema() {
    return arrow::schema(
        {arrow::field("id", arrow::utf8()), arrow::field("cluster", arrow::utf8()),
         arrow::field("size", arrow::int64()), arrow::field("kept", arrow::boolean()),
         arrow::field("representative", arrow::utf8()), arrow::field("estimated", arrow::float32()),
         arrow::field("exact", arrow::float32()), arrow::field("other", arrow::boolean())});
  }

  Status Append(const DedupIndex& index, const DedupDecision& decision, uint32_t row,
                int64_t size) {
    const auto id_of = [&](uint32_t at) {
      const RowPlace place = index.places().At(at);
      const std::string& name = names_[size_t(place.file)];
      return Concat(IsValidUtf8(name) ? name : OneLine(name, name.size()), ":", place.row);
    };
    const uint32_t stays = decision.representative[row];
    ARROW_RETURN_NOT_OK(id_.Append(id_of(row)));
    ARROW_RETURN_NOT_OK(cluster_.Append(id_of(decision.roots[row])));
    ARROW_RETURN_NOT_OK(size_.Append(size));
    ARROW_RETURN_NOT_OK(kept_.Append(stays == row));
    ARROW_RETURN_NOT_OK(representative_.Append(id_of(stays)));
    const auto like = decision.likeness.find(row);
    const bool known = like != decision.likeness.end();
    ARROW_RETURN_NOT_OK(known ? estimated_.Append(like->second.estimated)
                              : estimated_.AppendNull());
    const bool exact = index.options().method == DedupMethod::kExact;
    const float likeness = exact ? 1 : known ? like->second.exact : -1;
    ARROW_RETURN_NOT_OK(likeness < 0 ? exact_.AppendNull() : exact_.Append(likeness));
    return other_.Append(row < index.foreign());
  }

  int64_t size() const { return id_.length(); }

  Result<std::shared_ptr<arrow::RecordBatch>> Finish() {
    arrow::ArrayVector columns;
    const int64_t rows = size();
    for (arrow::ArrayBuilder* builder : std::initializer_list<arrow::ArrayBuilder*>{
             &id_, &cluster_, &size_, &kept_, &representative_, &estimated_, &exact_, &other_}) {
      ARROW_ASSIGN_OR_RAISE(auto column, builder->Finish());
      columns.push_back(std::move(column));
    }
    return arrow::RecordBatch::Make(Schema(), rows, std::move(columns));
  }

 private:
  const std::vector<std::string>& names_;
  arrow::StringBuilder id_;
  arrow::StringBuilder cluster_;
  arrow::Int64Builder size_;
  arrow::BooleanBuilder kept_;
  arrow::StringBuilder representative_;
  arrow::FloatBuilder estimated_;
  arrow::FloatBuilder exact_;
  arrow::BooleanBuilder other_;
};

Status AppendBlocks(std::vector<std::unique_ptr<Block>> blocks, Sink* sink) {
  for (auto& block : blocks) {
    ARROW_RETURN_NOT_OK(block->Encode());
    ARROW_RETURN_NOT_OK(sink->Append(std::move(block)));
  }
  return Status::OK();
}

}  // namespace

Status WriteClusters(const SingleFile& file, const DedupIndex& index, const DedupDecision& decision,
                     const std::vector<std::string>& names) {
  Setting none;
  none.kind = Setting::Kind::kMap;
  ARROW_ASSIGN_OR_RAISE(auto sink, AllBlocks().sinks.at("parquet").make(
                                       none, {.file = "dedup", .owner = "--clusters"},
                                       {.staging_dir = file.staging_dir(),
                                        .data_dir = "",
                                        .schema = ClusterRows::Schema(),
                                        .splits = {"train"},
                                        .single_file = file.name()}));
  std::vector<uint32_t> sizes(decision.roots.size());
  for (const uint32_t root : decision.roots) ++sizes[root];
  ClusterRows rows(names);
  int64_t written = 0;
  const auto flush = [&]() -> Status {
    const int64_t count = rows.size();
    if (count == 0) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(auto batch, rows.Finish());
    ARROW_ASSIGN_OR_RAISE(
        auto blocks, sink->Cut({std::move(batch), Origins({.row = written + 1, .count = count})}));
    written += count;
    return AppendBlocks(std::move(blocks), sink.get());
  };
  for (uint32_t row = 0; row < decision.roots.size(); ++row) {
    const uint32_t size = sizes[decision.roots[row]];
    if (size < 2) continue;
    ARROW_RETURN_NOT_OK(rows.Append(index, decision, row, size));
    if (rows.size() >= kBatchRows) ARROW_RETURN_NOT_OK(flush());
  }
  ARROW_RETURN_NOT_OK(flush());
  ARROW_ASSIGN_OR_RAISE(auto last, sink->Finish());
  ARROW_RETURN_NOT_OK(AppendBlocks(std::move(last), sink.get()));
  return sink->Close().status();
}

}  // namespace hubmill
