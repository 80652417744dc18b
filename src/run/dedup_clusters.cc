#include "run/dedup_clusters.h"

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>

#include "run/side_table.h"

namespace hubmill {
namespace {

class ClusterRows {
 public:
  explicit ClusterRows(const std::vector<SourceFile>& files) : files_(files) {}

  static std::shared_ptr<arrow::Schema> Schema() {
    return arrow::schema(
        {arrow::field("id", arrow::utf8()), arrow::field("cluster", arrow::utf8()),
         arrow::field("size", arrow::int64()), arrow::field("kept", arrow::boolean()),
         arrow::field("representative", arrow::utf8()), arrow::field("estimated", arrow::float32()),
         arrow::field("exact", arrow::float32()), arrow::field("other", arrow::boolean()),
         arrow::field("file_bytes", arrow::int64())});
  }

  Status Append(const DedupIndex& index, const DedupDecision& decision, uint32_t row,
                int64_t size) {
    const auto id_of = [&](uint32_t at) {
      const RowPlace place = index.places().At(at);
      return RowId(files_[size_t(place.file)].name, place.row);
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
    ARROW_RETURN_NOT_OK(other_.Append(row < index.foreign()));
    const int64_t bytes = files_[size_t(index.places().At(row).file)].size_bytes;
    return bytes < 0 ? file_bytes_.AppendNull() : file_bytes_.Append(bytes);
  }

  int64_t size() const { return id_.length(); }

  Result<std::shared_ptr<arrow::RecordBatch>> Finish() {
    arrow::ArrayVector columns;
    const int64_t rows = size();
    for (arrow::ArrayBuilder* builder : std::initializer_list<arrow::ArrayBuilder*>{
             &id_, &cluster_, &size_, &kept_, &representative_, &estimated_, &exact_, &other_,
             &file_bytes_}) {
      ARROW_ASSIGN_OR_RAISE(auto column, builder->Finish());
      columns.push_back(std::move(column));
    }
    return arrow::RecordBatch::Make(Schema(), rows, std::move(columns));
  }

 private:
  const std::vector<SourceFile>& files_;
  arrow::StringBuilder id_;
  arrow::StringBuilder cluster_;
  arrow::Int64Builder size_;
  arrow::BooleanBuilder kept_;
  arrow::StringBuilder representative_;
  arrow::FloatBuilder estimated_;
  arrow::FloatBuilder exact_;
  arrow::BooleanBuilder other_;
  arrow::Int64Builder file_bytes_;
};

}  // namespace

Status WriteClusters(const SingleFile& file, const DedupIndex& index, const DedupDecision& decision,
                     const std::vector<SourceFile>& files) {
  ARROW_ASSIGN_OR_RAISE(SideTable table,
                        SideTable::Open(file, ClusterRows::Schema(), "--clusters"));
  const std::vector<uint32_t> sizes = OwnClusterSizes(index, decision.roots);
  ClusterRows rows(files);
  const auto flush = [&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(auto batch, rows.Finish());
    return table.Append(std::move(batch));
  };
  for (uint32_t row = 0; row < decision.roots.size(); ++row) {
    const uint32_t size = sizes[decision.roots[row]];
    if (size < 2) continue;
    ARROW_RETURN_NOT_OK(rows.Append(index, decision, row, size));
    if (rows.size() >= SideTable::kBatchRows) ARROW_RETURN_NOT_OK(flush());
  }
  ARROW_RETURN_NOT_OK(flush());
  return table.Close();
}

}  // namespace hubmill
