#include "run/side_table.h"

#include "base/utf8.h"
#include "hubmill/hubmill.h"
#include "net/redact.h"

namespace hubmill {

std::string RowId(const std::string& file, int64_t row) {
  return Concat(IsValidUtf8(file) ? file : OneLine(file, file.size()), ":", row);
}

Result<SideTable> SideTable::Open(const SingleFile& file, std::shared_ptr<arrow::Schema> schema,
                                  const std::string& owner) {
  Setting none;
  none.kind = Setting::Kind::kMap;
  ARROW_ASSIGN_OR_RAISE(
      auto sink, AllBlocks().sinks.at("parquet").make(none, {.file = "dedup", .owner = owner},
                                                      {.staging_dir = file.staging_dir(),
                                                       .data_dir = "",
                                                       .schema = std::move(schema),
                                                       .splits = {"train"},
                                                       .single_file = file.name()}));
  return SideTable(std::move(sink));
}

Status SideTable::Append(std::shared_ptr<arrow::RecordBatch> rows) {
  const int64_t count = rows->num_rows();
  if (count == 0) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(
      auto blocks, sink_->Cut({std::move(rows), Origins({.row = written_ + 1, .count = count})}));
  written_ += count;
  return AppendBlocks(std::move(blocks));
}

Status SideTable::Close() {
  ARROW_ASSIGN_OR_RAISE(auto last, sink_->Finish());
  ARROW_RETURN_NOT_OK(AppendBlocks(std::move(last)));
  return sink_->Close().status();
}

Status SideTable::AppendBlocks(std::vector<std::unique_ptr<Block>> blocks) {
  for (auto& block : blocks) {
    ARROW_RETURN_NOT_OK(block->Encode());
    ARROW_RETURN_NOT_OK(sink_->Append(std::move(block)));
  }
  return Status::OK();
}

}  // namespace hubmill
