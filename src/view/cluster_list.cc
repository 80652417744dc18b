#include "view/cluster_list.h"

#include <arrow/array.h>

#include <algorithm>
#include <charconv>

namespace hubmill {
namespace {

/// The columns of a table of clusters, one batch at a time.
struct ClusterBatch {
  std::shared_ptr<arrow::StringArray> id, cluster, representative;
  std::shared_ptr<arrow::Int64Array> size;
  std::shared_ptr<arrow::BooleanArray> kept, other;
  std::shared_ptr<arrow::FloatArray> estimated, exact;
  std::shared_ptr<arrow::Int64Array> file_bytes;  // Null in older tables.
};

template <typename ArrayType>
Status Take(const arrow::RecordBatch& batch, const char* name, std::shared_ptr<ArrayType>* out) {
  *out = std::dynamic_pointer_cast<ArrayType>(batch.GetColumnByName(name));
  if (*out != nullptr) return Status::OK();
  return DataRefused("a table of clusters has another form: column=", name,
                     "; remedy: make it anew with `hubmill dedup --clusters`");
}

Result<ClusterBatch> Columns(const arrow::RecordBatch& batch) {
  ClusterBatch columns;
  ARROW_RETURN_NOT_OK(Take(batch, "id", &columns.id));
  ARROW_RETURN_NOT_OK(Take(batch, "cluster", &columns.cluster));
  ARROW_RETURN_NOT_OK(Take(batch, "size", &columns.size));
  ARROW_RETURN_NOT_OK(Take(batch, "kept", &columns.kept));
  ARROW_RETURN_NOT_OK(Take(batch, "representative", &columns.representative));
  ARROW_RETURN_NOT_OK(Take(batch, "estimated", &columns.estimated));
  ARROW_RETURN_NOT_OK(Take(batch, "exact", &columns.exact));
  ARROW_RETURN_NOT_OK(Take(batch, "other", &columns.other));
  columns.file_bytes =
      std::dynamic_pointer_cast<arrow::Int64Array>(batch.GetColumnByName("file_bytes"));
  return columns;
}

double NumberAt(const arrow::FloatArray& array, int64_t row) {
  return array.IsNull(row) ? -1 : double{array.Value(row)};
}

int64_t BytesAt(const ClusterBatch& columns, int64_t row) {
  const auto& bytes = columns.file_bytes;
  return bytes == nullptr || bytes->IsNull(row) ? -1 : bytes->Value(row);
}

struct Ranked {
  ClusterFacts facts;
  int64_t row = 0;
  bool operator<(const Ranked& other) const {
    if (facts.size != other.facts.size) return facts.size > other.facts.size;
    return row < other.row;
  }
};

}  // namespace

Result<ClusterPage> RankClusters(RowTable& table, int64_t offset, int64_t length) {
  ClusterPage page;
  std::vector<Ranked> best;  // A heap, the smallest of them first.
  const size_t wanted = static_cast<size_t>(offset + length);
  ARROW_RETURN_NOT_OK(table.Scan(
      {}, {}, [&](const std::shared_ptr<arrow::RecordBatch>& batch, int64_t first) -> Result<bool> {
        ARROW_ASSIGN_OR_RAISE(const ClusterBatch columns, Columns(*batch));
        for (int64_t row = 0; row < batch->num_rows(); ++row) {
          if (columns.id->GetView(row) != columns.cluster->GetView(row)) continue;
          ++page.total;
          Ranked next{{columns.cluster->GetString(row), columns.size->Value(row)}, first + row};
          if (best.size() == wanted && !(next < best.front())) continue;
          best.push_back(std::move(next));
          std::push_heap(best.begin(), best.end());
          if (best.size() <= wanted) continue;
          std::pop_heap(best.begin(), best.end());
          best.pop_back();
        }
        return true;
      }));
  std::sort_heap(best.begin(), best.end());
  for (size_t i = static_cast<size_t>(offset); i < best.size(); ++i) {
    page.clusters.push_back(std::move(best[i].facts));
  }
  return page;
}

Result<ClusterMembers> ReadCluster(RowTable& table, const std::string& cluster, int64_t rows_max) {
  ClusterMembers members;
  ARROW_RETURN_NOT_OK(table.Scan(
      {}, {}, [&](const std::shared_ptr<arrow::RecordBatch>& batch, int64_t) -> Result<bool> {
        ARROW_ASSIGN_OR_RAISE(const ClusterBatch columns, Columns(*batch));
        for (int64_t row = 0; row < batch->num_rows(); ++row) {
          if (columns.cluster->GetView(row) != cluster) continue;
          if (++members.total > rows_max) continue;
          members.rows.push_back({.id = columns.id->GetString(row),
                                  .kept = columns.kept->Value(row),
                                  .representative = columns.representative->GetString(row),
                                  .estimated = NumberAt(*columns.estimated, row),
                                  .exact = NumberAt(*columns.exact, row),
                                  .other = columns.other->Value(row),
                                  .file_bytes = BytesAt(columns, row)});
        }
        return true;
      }));
  return members;
}

ClusterPlace PlaceOfId(const std::string& id) {
  const size_t colon = id.rfind(':');
  if (colon == id.npos) return {};
  int64_t row = 0;
  const char* end = id.data() + id.size();
  const auto parsed = std::from_chars(id.data() + colon + 1, end, row);
  if (parsed.ec != std::errc() || parsed.ptr != end || row < 1) return {};
  return {id.substr(0, colon), row};
}

}  // namespace hubmill
