#include "run/dedup_overlaps.h"

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>

namespace hubmill {
namespace {

std::shared_ptr<arrow::Schema> OverlapSchema() {
  return arrow::schema({arrow::field("id", arrow::utf8()), arrow::field("other", arrow::utf8()),
                        arrow::field("words", arrow::utf8()), arrow::field("word", arrow::int64()),
                        arrow::field("ngrams", arrow::int64()),
                        arrow::field("shared", arrow::int64())});
}

}  // namespace

struct OverlapWriter::Columns {
  arrow::StringBuilder id;
  arrow::StringBuilder other;
  arrow::StringBuilder words;
  arrow::Int64Builder word;
  arrow::Int64Builder ngrams;
  arrow::Int64Builder shared;

  Result<std::shared_ptr<arrow::RecordBatch>> Finish() {
    const int64_t rows = id.length();
    arrow::ArrayVector columns;
    for (arrow::ArrayBuilder* builder : std::initializer_list<arrow::ArrayBuilder*>{
             &id, &other, &words, &word, &ngrams, &shared}) {
      ARROW_ASSIGN_OR_RAISE(auto column, builder->Finish());
      columns.push_back(std::move(column));
    }
    return arrow::RecordBatch::Make(OverlapSchema(), rows, std::move(columns));
  }
};

OverlapWriter::OverlapWriter(SideTable table)
    : table_(std::move(table)), columns_(std::make_unique<Columns>()) {}

OverlapWriter::~OverlapWriter() = default;

Result<std::unique_ptr<OverlapWriter>> OverlapWriter::Open(const SingleFile& file,
                                                           std::vector<std::string> names,
                                                           std::vector<std::string> others) {
  ARROW_ASSIGN_OR_RAISE(SideTable table, SideTable::Open(file, OverlapSchema(), "--overlaps"));
  std::unique_ptr<OverlapWriter> writer(new OverlapWriter(std::move(table)));
  writer->names_ = std::move(names);
  writer->others_ = std::move(others);
  return writer;
}

Status OverlapWriter::Append(const OverlapRow& row) {
  Columns& to = *columns_;
  ARROW_RETURN_NOT_OK(to.id.Append(RowId(names_[size_t(row.row.file)], row.row.row)));
  ARROW_RETURN_NOT_OK(to.other.Append(RowId(others_[size_t(row.other.file)], row.other.row)));
  ARROW_RETURN_NOT_OK(to.words.Append(row.words));
  ARROW_RETURN_NOT_OK(to.word.Append(row.word));
  ARROW_RETURN_NOT_OK(to.ngrams.Append(row.ngrams));
  ARROW_RETURN_NOT_OK(to.shared.Append(row.shared));
  return to.id.length() < SideTable::kBatchRows ? Status::OK() : Flush();
}

Status OverlapWriter::Flush() {
  ARROW_ASSIGN_OR_RAISE(auto rows, columns_->Finish());
  return table_.Append(std::move(rows));
}

Status OverlapWriter::Close() {
  ARROW_RETURN_NOT_OK(Flush());
  return table_.Close();
}

}  // namespace hubmill
