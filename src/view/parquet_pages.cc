// Field numbers: src/main/thrift/parquet.thrift of apache/parquet-format, 2.11.
#include "view/parquet_pages.h"

#include <arrow/io/interfaces.h>

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace hubmill {
namespace {

constexpr std::string_view kMagic = "PAR1";
constexpr int64_t kHeaderBytesFirst = 512;  // Usual headers have 20 to 100.
// Arrow stops at the end of the chunk's bytes, or once it has seen so many values.
constexpr int64_t kValuesWithoutEnd = int64_t{1} << 40;

namespace offset_index {
constexpr int16_t kPageLocations = 1, kOffset = 1, kBytes = 2, kFirstRow = 3;
}
namespace page_header {
constexpr int16_t kType = 1, kCompressedBytes = 3, kDataPage = 5, kDataPageV2 = 8;
constexpr int16_t kNumValues = 1, kNumRowsV2 = 3;
constexpr int64_t kTypeData = 0, kTypeIndex = 1, kTypeDictionary = 2, kTypeDataV2 = 3;
}  // namespace page_header

/// An integer field, or -1.
int64_t NumberOf(const ThriftValue& of, int16_t id) {
  if (of.type != ThriftType::kStruct) return -1;
  const ThriftValue* value = of.Find(id);
  if (value == nullptr || (value->type != ThriftType::kI32 && value->type != ThriftType::kI64)) {
    return -1;
  }
  return value->number;
}

struct PageHead {
  int64_t type = -1;
  int64_t header_bytes = 0;
  int64_t data_bytes = 0;
  int64_t rows = -1;  // Where it tells them.
};

/// The header at the start of `bytes`; a failure where there is none, or not all of it.
Result<PageHead> ParsePageHead(std::string_view bytes, bool repeated) {
  std::string_view rest = bytes;
  ARROW_ASSIGN_OR_RAISE(const ThriftValue tree, ParseThrift(&rest));
  PageHead head;
  head.type = NumberOf(tree, page_header::kType);
  head.header_bytes = int64_t(bytes.size() - rest.size());
  head.data_bytes = NumberOf(tree, page_header::kCompressedBytes);
  if (head.type < 0 || head.data_bytes < 0) return Status::Invalid("a page header lacks its sizes");
  const ThriftValue* v1 = tree.Find(page_header::kDataPage);
  const ThriftValue* v2 = tree.Find(page_header::kDataPageV2);
  if (head.type == page_header::kTypeData && v1 != nullptr && !repeated) {
    head.rows = NumberOf(*v1, page_header::kNumValues);
  } else if (head.type == page_header::kTypeDataV2 && v2 != nullptr) {
    head.rows = NumberOf(*v2, page_header::kNumRowsV2);
  }
  return head;
}

/// The header at `offset`, read in growing pieces; nothing where none ends before `end`.
Result<std::optional<PageHead>> ReadPageHead(arrow::io::RandomAccessFile* file, int64_t offset,
                                             int64_t end, bool repeated) {
  for (int64_t size = kHeaderBytesFirst;; size *= 16) {
    const int64_t bytes = std::min({size, end - offset, kPageHeaderBytesMax});
    ARROW_ASSIGN_OR_RAISE(const auto buffer, file->ReadAt(offset, bytes));
    const std::string_view view(reinterpret_cast<const char*>(buffer->data()),
                                size_t(buffer->size()));
    auto head = ParsePageHead(view, repeated);
    if (head.ok()) return *head;
    if (bytes < size) return std::nullopt;
  }
}

ThriftValue Number(ThriftType type, int64_t number) {
  ThriftValue value;
  value.type = type;
  value.number = number;
  return value;
}
ThriftValue Bytes(std::string bytes) {
  ThriftValue value;
  value.type = ThriftType::kBinary;
  value.bytes = std::move(bytes);
  return value;
}
ThriftValue List(ThriftType item_type, std::vector<ThriftValue> items) {
  ThriftValue value;
  value.type = ThriftType::kList;
  value.item_type = item_type;
  value.items = std::move(items);
  return value;
}
ThriftValue Struct(std::vector<ThriftField> fields) {
  ThriftValue value;
  value.type = ThriftType::kStruct;
  value.fields = std::move(fields);
  return value;
}

/// A ColumnChunk whose pages are `bytes` long and start at `offset`.
ThriftValue ColumnChunk(const ThriftValue& meta, int64_t offset, int64_t bytes) {
  std::vector<ThriftField> fields;
  for (const ThriftField& field : meta.fields) {
    if (field.id >= 1 && field.id <= 4) fields.push_back(field);
  }
  fields.push_back({5, Number(ThriftType::kI64, kValuesWithoutEnd)});
  fields.push_back({6, Number(ThriftType::kI64, bytes)});
  fields.push_back({7, Number(ThriftType::kI64, bytes)});
  fields.push_back({9, Number(ThriftType::kI64, offset)});
  return Struct({{2, Number(ThriftType::kI64, 0)}, {3, Struct(std::move(fields))}});
}

}  // namespace

std::optional<ChunkPages> PagesOfIndex(std::string_view index, const ChunkPlace& chunk) {
  const auto tree = ParseThrift(&index);
  if (!tree.ok()) return std::nullopt;
  const ThriftValue* list = tree->Find(offset_index::kPageLocations);
  if (list == nullptr || list->type != ThriftType::kList || list->items.empty() ||
      list->items.size() > kPagesMax) {
    return std::nullopt;
  }
  ChunkPages pages;
  pages.reserve(list->items.size());
  int64_t end = chunk.begin;
  for (const ThriftValue& item : list->items) {
    const PagePlace page{.offset = NumberOf(item, offset_index::kOffset),
                         .bytes = NumberOf(item, offset_index::kBytes),
                         .first_row = NumberOf(item, offset_index::kFirstRow)};
    const bool row_is_next =
        pages.empty() ? page.first_row == 0 : page.first_row > pages.back().first_row;
    if (!row_is_next || page.first_row >= chunk.rows || page.offset < end || page.bytes <= 0 ||
        page.bytes > chunk.begin + chunk.bytes - page.offset) {
      return std::nullopt;
    }
    end = page.offset + page.bytes;
    pages.push_back(page);
  }
  return pages;
}

Result<std::optional<ChunkPages>> WalkPages(arrow::io::RandomAccessFile* file,
                                            const ChunkPlace& chunk) {
  const int64_t end = chunk.begin + chunk.bytes;
  ChunkPages pages;
  int64_t rows = 0;
  for (int64_t offset = chunk.begin; offset < end && rows < chunk.rows;) {
    ARROW_ASSIGN_OR_RAISE(const auto head, ReadPageHead(file, offset, end, chunk.repeated));
    if (!head || head->data_bytes > end - offset - head->header_bytes) return std::nullopt;
    const int64_t bytes = head->header_bytes + head->data_bytes;
    const bool data =
        head->type == page_header::kTypeData || head->type == page_header::kTypeDataV2;
    if (data) {
      if (head->rows < 0 || head->rows > chunk.rows - rows) return std::nullopt;
      if (head->rows > 0) {
        if (pages.size() >= kPagesMax) return std::nullopt;
        pages.push_back({.offset = offset, .bytes = bytes, .first_row = rows});
      }
      rows += head->rows;
    } else if (head->type != page_header::kTypeDictionary &&
               head->type != page_header::kTypeIndex) {
      return std::nullopt;
    }
    offset += bytes;
  }
  if (rows != chunk.rows || pages.empty()) return std::nullopt;
  return pages;
}

PageSpan FindPages(const ChunkPages& pages, const ChunkPlace& chunk, int64_t first_row,
                   int64_t end_row) {
  HUBMILL_CHECK(0 <= first_row && first_row < end_row && end_row <= chunk.rows && !pages.empty(),
                "rows lie in the row group");
  const auto behind = [&pages](int64_t row) {  // The first page that starts behind `row`.
    return size_t(std::upper_bound(pages.begin(), pages.end(), row,
                                   [](int64_t r, const PagePlace& p) { return r < p.first_row; }) -
                  pages.begin());
  };
  PageSpan span{.first = behind(first_row) - 1, .end = behind(end_row - 1)};
  span.first_row = pages[span.first].first_row;
  span.end_row = span.end < pages.size() ? pages[span.end].first_row : chunk.rows;
  return span;
}

Result<std::string> ReadPages(arrow::io::RandomAccessFile* file, const ChunkPlace& chunk,
                              const ChunkPages& pages, const PageSpan& span) {
  std::string out;
  const auto read = [&](int64_t offset, int64_t bytes) -> Status {
    const size_t before = out.size();
    out.resize(before + size_t(bytes));
    ARROW_ASSIGN_OR_RAISE(const int64_t got, file->ReadAt(offset, bytes, out.data() + before));
    return got == bytes ? Status::OK() : Status::Invalid("the file ends within a page");
  };
  const int64_t dictionary = pages.front().offset - chunk.begin;
  if (dictionary > 0) ARROW_RETURN_NOT_OK(read(chunk.begin, dictionary));
  const int64_t begin = pages[span.first].offset;
  const size_t data_at = out.size();
  const int64_t end = pages[span.end - 1].offset + pages[span.end - 1].bytes;
  ARROW_RETURN_NOT_OK(read(begin, end - begin));
  for (size_t i = span.first; i < span.end; ++i) {
    const std::string_view page = std::string_view(out).substr(
        data_at + size_t(pages[i].offset - begin), size_t(pages[i].bytes));
    ARROW_ASSIGN_OR_RAISE(const PageHead head, ParsePageHead(page, chunk.repeated));
    const int64_t next = i + 1 < pages.size() ? pages[i + 1].first_row : chunk.rows;
    const bool data = head.type == page_header::kTypeData || head.type == page_header::kTypeDataV2;
    if (!data || head.header_bytes + head.data_bytes != pages[i].bytes ||
        (head.rows >= 0 && head.rows != next - pages[i].first_row)) {
      return Status::Invalid("a page is not as its index says: page=", i);
    }
  }
  return out;
}

std::shared_ptr<arrow::Buffer> MakePageFile(std::vector<ThriftValue> schema,
                                            const std::string& arrow_schema,
                                            const std::vector<PageColumn>& columns, int64_t rows) {
  std::string file(kMagic);
  std::vector<ThriftValue> chunks;
  for (const PageColumn& column : columns) {
    chunks.push_back(ColumnChunk(*column.meta, int64_t(file.size()), int64_t(column.bytes.size())));
    file += column.bytes;
  }
  const int64_t total = int64_t(file.size());
  std::vector<ThriftValue> groups;
  groups.push_back(Struct({{1, List(ThriftType::kStruct, std::move(chunks))},
                           {2, Number(ThriftType::kI64, total)},
                           {3, Number(ThriftType::kI64, rows)}}));
  ThriftValue footer = Struct({{1, Number(ThriftType::kI32, 2)},
                               {2, List(ThriftType::kStruct, std::move(schema))},
                               {3, Number(ThriftType::kI64, rows)},
                               {4, List(ThriftType::kStruct, std::move(groups))}});
  if (!arrow_schema.empty()) {
    std::vector<ThriftValue> pairs;
    pairs.push_back(Struct({{1, Bytes("ARROW:schema")}, {2, Bytes(arrow_schema)}}));
    footer.fields.push_back({5, List(ThriftType::kStruct, std::move(pairs))});
  }
  RenderThrift(footer, &file);
  const auto length = uint32_t(int64_t(file.size()) - total);
  file.append(reinterpret_cast<const char*>(&length), 4);
  file.append(kMagic);
  return arrow::Buffer::FromString(std::move(file));
}

}  // namespace hubmill
