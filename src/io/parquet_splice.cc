// Everything that is absolute in a Parquet file: ColumnChunk.file_offset, the offsets of the first
// data, dictionary and index page and of the Bloom filter in ColumnMetaData, RowGroup.file_offset,
// the offsets of the page indexes, and PageLocation.offset inside an offset index.
#include "io/parquet_splice.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"

namespace hubmill {
namespace {

constexpr std::string_view kMagic = "PAR1";
constexpr int64_t kTailBytes = 8;  // Footer length and magic.

namespace file_meta_data {
constexpr int16_t kRows = 3, kRowGroups = 4;
}
namespace row_group {
constexpr int16_t kColumns = 1, kFileOffset = 5, kOrdinal = 7;
}
namespace column_chunk {
constexpr int16_t kFileOffset = 2, kMetaData = 3, kOffsetIndexOffset = 4, kOffsetIndexLength = 5,
                  kColumnIndexOffset = 6, kColumnIndexLength = 7;
}
namespace column_meta_data {
constexpr int16_t kDataPage = 9, kIndexPage = 10, kDictionaryPage = 11, kBloomFilter = 14;
}
namespace offset_index {
constexpr int16_t kPageLocations = 1, kPageOffset = 1;
}

Status BadPiece(const char* what) {
  return RunFailed("cannot splice Parquet row groups: ", what, "; remedy: report this as a bug");
}

std::string_view BytesOf(const ParquetPiece& piece) {
  return {reinterpret_cast<const char*>(piece.file->data()), size_t(piece.file->size())};
}

void Shift(ThriftValue* of, int16_t id, int64_t by) {
  ThriftValue* value = of->Find(id);
  if (value != nullptr && value->number != 0) value->number += by;  // 0 means "not known".
}

/// The bytes that an (offset, length) pair of fields names; empty where they are absent.
Result<std::string_view> Section(const ParquetPiece& piece, const ThriftValue& column,
                                 int16_t offset_id, int16_t length_id) {
  const ThriftValue* offset = column.Find(offset_id);
  const ThriftValue* length = column.Find(length_id);
  if (offset == nullptr || length == nullptr) return std::string_view();
  const int64_t size = piece.file->size();
  if (offset->number < 0 || offset->number > size || length->number < 0 ||
      length->number > size - offset->number) {
    return BadPiece("a page index lies outside the file");
  }
  return BytesOf(piece).substr(size_t(offset->number), size_t(length->number));
}

/// Where the data of a piece ends and its page indexes, or its footer, begin.
int64_t DataEnd(const ParquetPiece& piece, int64_t footer_begin) {
  int64_t end = footer_begin;
  for (const ThriftValue& group : piece.footer.Find(file_meta_data::kRowGroups)->items) {
    const ThriftValue* columns = group.Find(row_group::kColumns);
    if (columns == nullptr) continue;
    for (const ThriftValue& column : columns->items) {
      for (int16_t id : {column_chunk::kOffsetIndexOffset, column_chunk::kColumnIndexOffset}) {
        const ThriftValue* offset = column.Find(id);
        if (offset != nullptr) end = std::min(end, offset->number);
      }
    }
  }
  return end;
}

int64_t FooterBegin(std::string_view file) {
  uint32_t length = 0;
  std::memcpy(&length, file.data() + file.size() - kTailBytes, 4);
  return int64_t(file.size()) - kTailBytes - int64_t(length);
}

}  // namespace

Result<ParquetPiece> ParseParquetPiece(std::shared_ptr<arrow::Buffer> file) {
  ParquetPiece piece{.file = std::move(file), .footer = {}, .rows = 0};
  const std::string_view bytes = BytesOf(piece);
  if (bytes.size() < kMagic.size() + kTailBytes || !bytes.starts_with(kMagic) ||
      !bytes.ends_with(kMagic)) {
    return BadPiece("not a Parquet file");
  }
  const int64_t footer_begin = FooterBegin(bytes);
  if (footer_begin < int64_t(kMagic.size())) return BadPiece("the footer is longer than the file");
  std::string_view footer =
      bytes.substr(size_t(footer_begin), bytes.size() - kTailBytes - size_t(footer_begin));
  ARROW_ASSIGN_OR_RAISE(piece.footer, ParseThrift(&footer));
  const ThriftValue* rows = piece.footer.Find(file_meta_data::kRows);
  const ThriftValue* groups = piece.footer.Find(file_meta_data::kRowGroups);
  if (rows == nullptr || groups == nullptr || groups->type != ThriftType::kList) {
    return BadPiece("the footer lacks rows or row groups");
  }
  piece.rows = rows->number;
  const int64_t data_end = DataEnd(piece, footer_begin);
  if (data_end < int64_t(kMagic.size())) return BadPiece("a page index lies before the data");
  return piece;
}

Status ParquetSplicer::Write(std::string_view bytes) {
  offset_ += int64_t(bytes.size());
  return write_(bytes);
}

Status ParquetSplicer::MoveColumn(const ParquetPiece& piece, int64_t data_end, int64_t shift,
                                  ThriftValue* column) {
  using namespace column_chunk;
  PageIndexes& kept = indexes_.emplace_back();
  ARROW_ASSIGN_OR_RAISE(auto column_index,
                        Section(piece, *column, kColumnIndexOffset, kColumnIndexLength));
  kept.column_index = column_index;
  ARROW_ASSIGN_OR_RAISE(auto offset_index,
                        Section(piece, *column, kOffsetIndexOffset, kOffsetIndexLength));
  if (!offset_index.empty()) {
    ARROW_ASSIGN_OR_RAISE(kept.offset_index, ParseThrift(&offset_index));
    kept.has_offset_index = true;
    ThriftValue* pages = kept.offset_index.Find(offset_index::kPageLocations);
    if (pages == nullptr) return BadPiece("an offset index without pages");
    for (ThriftValue& page : pages->items) Shift(&page, offset_index::kPageOffset, shift);
  }
  Shift(column, kFileOffset, shift);
  ThriftValue* meta = column->Find(kMetaData);
  if (meta == nullptr) return BadPiece("a column chunk without metadata");
  for (int16_t id : {column_meta_data::kDataPage, column_meta_data::kIndexPage,
                     column_meta_data::kDictionaryPage, column_meta_data::kBloomFilter}) {
    const ThriftValue* offset = meta->Find(id);
    if (offset != nullptr && offset->number > data_end) return BadPiece("a page beyond the data");
    Shift(meta, id, shift);
  }
  return Status::OK();
}

Status ParquetSplicer::Append(const ParquetPiece& piece) {
  if (offset_ == 0) {
    footer_ = piece.footer;
    footer_.Find(file_meta_data::kRowGroups)->items.clear();
    ARROW_RETURN_NOT_OK(Write(kMagic));
  }
  const std::string_view bytes = BytesOf(piece);
  const int64_t data_end = DataEnd(piece, FooterBegin(bytes));
  const int64_t shift = offset_ - int64_t(kMagic.size());
  ARROW_RETURN_NOT_OK(Write(bytes.substr(kMagic.size(), size_t(data_end) - kMagic.size())));
  std::vector<ThriftValue>& groups = footer_.Find(file_meta_data::kRowGroups)->items;
  for (ThriftValue group : piece.footer.Find(file_meta_data::kRowGroups)->items) {
    if (row_groups_ >= kRowGroupsMax) {
      return RunFailed("too many row groups in one file: row_groups_max=", kRowGroupsMax,
                       "; remedy: set a smaller shard_mb or a larger row_group_mb");
    }
    Shift(&group, row_group::kFileOffset, shift);
    ThriftValue* ordinal = group.Find(row_group::kOrdinal);
    if (ordinal != nullptr) ordinal->number = row_groups_;
    ThriftValue* columns = group.Find(row_group::kColumns);
    if (columns == nullptr) return BadPiece("a row group without columns");
    for (ThriftValue& column : columns->items) {
      ARROW_RETURN_NOT_OK(MoveColumn(piece, data_end, shift, &column));
    }
    groups.push_back(std::move(group));
    ++row_groups_;
  }
  rows_ += piece.rows;
  return Status::OK();
}

Status ParquetSplicer::Finish() {
  using namespace column_chunk;
  HUBMILL_CHECK(offset_ > 0, "a file has at least one piece");
  std::vector<ThriftValue*> columns;
  for (ThriftValue& group : footer_.Find(file_meta_data::kRowGroups)->items) {
    for (ThriftValue& column : group.Find(row_group::kColumns)->items) columns.push_back(&column);
  }
  HUBMILL_CHECK(columns.size() == indexes_.size(), "one pair of page indexes a column chunk");
  for (size_t i = 0; i < columns.size(); ++i) {
    if (indexes_[i].column_index.empty()) continue;
    columns[i]->Find(kColumnIndexOffset)->number = offset_;
    ARROW_RETURN_NOT_OK(Write(indexes_[i].column_index));
  }
  std::string text;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (!indexes_[i].has_offset_index) continue;
    text.clear();
    RenderThrift(indexes_[i].offset_index, &text);
    columns[i]->Find(kOffsetIndexOffset)->number = offset_;
    columns[i]->Find(kOffsetIndexLength)->number = int64_t(text.size());
    ARROW_RETURN_NOT_OK(Write(text));
  }
  footer_.Find(file_meta_data::kRows)->number = rows_;
  text.clear();
  RenderThrift(footer_, &text);
  const uint32_t length = uint32_t(text.size());
  text.append(reinterpret_cast<const char*>(&length), 4);
  text.append(kMagic);
  return Write(text);
}

}  // namespace hubmill
