// Arrow's take knows no views, and texts are most of the bytes; these are selected here.  A slice
// costs nothing and holds all of what it is cut from: of 500 MB of which one row in 600 stayed,
// that was all.
#include "core/select_rows.h"

#include <arrow/array/array_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/util.h>
#include <arrow/buffer_builder.h>
#include <arrow/compute/api_vector.h>
#include <arrow/compute/exec.h>
#include <arrow/datum.h>
#include <arrow/util/byte_size.h>

#include "core/bulk_pool.h"

namespace hubmill {
namespace {

using View = arrow::BinaryViewType::c_type;
using Array = std::shared_ptr<arrow::Array>;

constexpr int64_t kThinFactor = 4;  // Copied where less than 1 / this of the bytes stays.

bool IsThin(int64_t bytes, int64_t held) {
  return bytes < INT32_MAX && bytes * kThinFactor < held;  // Offsets of views have 32 bits.
}

/// Has `views` stand for copies of what they view, in one buffer that is returned.
Result<std::shared_ptr<arrow::Buffer>> CopyViewed(const arrow::StringViewArray& column,
                                                  const std::vector<int64_t>& kept, int64_t bytes,
                                                  std::vector<View>* views) {
  arrow::BufferBuilder copied;
  ARROW_RETURN_NOT_OK(copied.Reserve(bytes));
  for (size_t i = 0; i < kept.size(); ++i) {
    View& view = (*views)[i];
    if (column.IsNull(kept[i])) view = View{};
    if (view.is_inline()) continue;
    view.ref.buffer_index = 0;
    view.ref.offset = int32_t(copied.length());
    copied.UnsafeAppend(column.GetView(kept[i]));
  }
  return copied.Finish();
}

/// Length, offset and validity of the rows at `kept`.
Status SelectValid(const arrow::Array& column, const std::vector<int64_t>& kept,
                   arrow::ArrayData* data) {
  data->length = int64_t(kept.size());
  data->offset = 0;
  data->buffers[0] = nullptr;
  data->null_count = 0;
  if (column.null_count() == 0) return Status::OK();
  arrow::TypedBufferBuilder<bool> valid;
  ARROW_RETURN_NOT_OK(valid.Reserve(int64_t(kept.size())));
  for (const int64_t row : kept) valid.UnsafeAppend(column.IsValid(row));
  data->null_count = valid.false_count();
  return valid.Finish().Value(&data->buffers[0]);
}

Result<Array> SelectViews(const arrow::Array& column, const std::vector<int64_t>& kept) {
  const auto& texts = static_cast<const arrow::StringViewArray&>(column);
  std::vector<View> views;
  views.reserve(kept.size());
  int64_t bytes = 0;
  for (const int64_t row : kept) {
    views.push_back(texts.raw_values()[row]);
    if (texts.IsValid(row) && !views.back().is_inline()) bytes += views.back().size();
  }
  auto data = column.data()->Copy();
  int64_t held = 0;
  for (size_t i = 2; i < data->buffers.size(); ++i) held += data->buffers[i]->size();
  if (IsThin(bytes, held)) {
    ARROW_ASSIGN_OR_RAISE(auto copied, CopyViewed(texts, kept, bytes, &views));
    data->buffers.resize(2);
    data->buffers.push_back(std::move(copied));
  }
  ARROW_RETURN_NOT_OK(SelectValid(column, kept, data.get()));
  arrow::TypedBufferBuilder<View> builder;
  ARROW_RETURN_NOT_OK(builder.Append(views.data(), int64_t(views.size())));
  ARROW_ASSIGN_OR_RAISE(data->buffers[1], builder.Finish());
  return arrow::MakeArray(data);
}

Result<Array> IndicesOf(const std::vector<int64_t>& kept) {
  arrow::Int64Builder builder;
  ARROW_RETURN_NOT_OK(builder.AppendValues(kept));
  return builder.Finish();
}

Result<Array> TakeRows(const arrow::Array& column, const arrow::Array& indices) {
  arrow::compute::ExecContext context(BulkPool());
  return arrow::compute::Take(column, indices, arrow::compute::TakeOptions::NoBoundsCheck(),
                              &context);
}

/// As Arrow's take, whose buffers grow by doubling: here they are as large as they must be.
Result<Array> SelectTexts(const arrow::Array& column, const std::vector<int64_t>& kept) {
  const auto& texts = static_cast<const arrow::BinaryArray&>(column);
  int64_t bytes = 0;
  for (const int64_t row : kept) bytes += texts.value_length(row);
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> copied,
                        arrow::AllocateBuffer(bytes, BulkPool()));
  ARROW_ASSIGN_OR_RAISE(
      std::shared_ptr<arrow::Buffer> offsets,
      arrow::AllocateBuffer(int64_t(kept.size() + 1) * int64_t(sizeof(int32_t)), BulkPool()));
  auto* const ends = reinterpret_cast<int32_t*>(offsets->mutable_data());
  ends[0] = 0;
  for (size_t i = 0; i < kept.size();) {
    const int64_t first = kept[i];
    const int32_t moved = ends[i] - texts.value_offset(first);  // What texts are moved by.
    int64_t row = first;
    for (; i < kept.size() && kept[i] == row; ++i, ++row) {
      ends[i + 1] = texts.value_offset(row + 1) + moved;
    }
    std::copy_n(texts.raw_data() + texts.value_offset(first),
                texts.value_offset(row) - texts.value_offset(first),
                copied->mutable_data() + texts.value_offset(first) + moved);
  }
  auto data = column.data()->Copy();
  ARROW_RETURN_NOT_OK(SelectValid(column, kept, data.get()));
  data->buffers[1] = std::move(offsets);
  data->buffers[2] = std::move(copied);
  return arrow::MakeArray(data);
}

/// Rows that follow each other.
Result<Array> SelectRun(const Array& column, const std::vector<int64_t>& kept) {
  if (column->type_id() == arrow::Type::STRING_VIEW) return SelectViews(*column, kept);
  Array slice = column->Slice(kept.front(), int64_t(kept.size()));
  const Result<int64_t> bytes = arrow::util::ReferencedBufferSize(*slice);
  if (!bytes.ok() || !IsThin(*bytes, arrow::util::TotalBufferSize(*slice))) return slice;
  ARROW_ASSIGN_OR_RAISE(const Array indices, IndicesOf(kept));
  const Result<Array> taken = TakeRows(*column, *indices);
  return taken.ok() ? *taken : slice;  // Arrow slices every type, and takes most.
}

}  // namespace

Result<std::shared_ptr<arrow::RecordBatch>> SelectRows(
    const std::shared_ptr<arrow::RecordBatch>& rows, const std::vector<int64_t>& kept) {
  if (kept.empty()) return rows->Slice(0, 0);
  const bool is_run = kept.back() - kept.front() + 1 == int64_t(kept.size());
  Array indices;
  if (!is_run) {
    ARROW_ASSIGN_OR_RAISE(indices, IndicesOf(kept));
  }
  arrow::ArrayVector columns;
  for (const auto& column : rows->columns()) {
    Result<Array> selected;
    if (is_run) {
      selected = SelectRun(column, kept);
    } else if (column->type_id() == arrow::Type::STRING_VIEW) {
      selected = SelectViews(*column, kept);
    } else if (column->type_id() == arrow::Type::STRING) {
      selected = SelectTexts(*column, kept);
    } else {
      selected = TakeRows(*column, *indices);
    }
    ARROW_RETURN_NOT_OK(selected.status());
    columns.push_back(*std::move(selected));
  }
  return arrow::RecordBatch::Make(rows->schema(), int64_t(kept.size()), std::move(columns));
}

}  // namespace hubmill
