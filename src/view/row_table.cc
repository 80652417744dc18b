#include "view/row_table.h"

#include <arrow/filesystem/filesystem.h>
#include <arrow/type_traits.h>
#include <arrow/util/key_value_metadata.h>

#include <utility>

#include "base/json_text.h"
#include "core/setting.h"
#include "io/hf_features.h"
#include "view/data_set.h"
#include "view/line_table.h"
#include "view/parquet_table.h"

namespace hubmill {
namespace {

constexpr size_t kShownColumnsMax = 20;  // In messages.

int64_t NanosecondsOf(const arrow::fs::FileInfo& info) {
  return int64_t(info.mtime().time_since_epoch().count());
}

}  // namespace

Result<std::shared_ptr<RowTable>> RowTable::Open(std::vector<InputFile> files,
                                                 RowTableOptions options) {
  const std::string format = files.empty() ? "parquet" : FormatOfName(files[0].path);
  for (const InputFile& file : files) {
    const std::string own = FormatOfName(file.path);
    if (own.empty()) {
      return WrongUsage("a file's format is not known by its extension: file=", file.name,
                        "; remedy: name .parquet, .jsonl, .csv or .tsv files");
    }
    if (own != format) {
      return WrongUsage("files have different formats: file=", file.name,
                        " first_file=", files[0].name, "; remedy: look at one file");
    }
  }
  std::shared_ptr<RowTable> table;
  if (format == "parquet") {
    ARROW_ASSIGN_OR_RAISE(table, ParquetTable::Open(std::move(files), options));
  } else {
    ARROW_ASSIGN_OR_RAISE(table, LineTable::Open(std::move(files), format, options));
  }
  ARROW_RETURN_NOT_OK(table->NameClasses());
  return table;
}

Status RowTable::NameClasses() {
  for (int i = 0; i < schema_->num_fields(); ++i) {
    const auto& field = schema_->field(i);
    const auto named = options_.class_names.find(field->name());
    if (named == options_.class_names.end() || !arrow::is_integer(field->type()->id())) continue;
    std::string names;
    for (const std::string& name : named->second) {
      names += names.empty() ? '[' : ',';
      AppendJsonString(name, &names);
    }
    const auto metadata = arrow::KeyValueMetadata::Make({kClassNamesKey}, {names + "]"});
    ARROW_ASSIGN_OR_RAISE(schema_, schema_->SetField(i, field->WithMergedMetadata(metadata)));
  }
  return Status::OK();
}

Result<std::shared_ptr<arrow::Schema>> RowTable::ChooseColumns(
    const std::vector<std::string>& columns) const {
  if (columns.empty()) return schema_;
  arrow::FieldVector fields;
  for (const std::string& column : columns) {
    auto field = schema_->GetFieldByName(column);
    if (field == nullptr) {
      const std::vector<std::string> names = schema_->field_names();
      const std::string near = NearestName(column, names);
      std::string known;
      for (size_t i = 0; i < names.size() && i < kShownColumnsMax; ++i) {
        known += (known.empty() ? "" : ", ") + names[i];
      }
      if (names.size() > kShownColumnsMax) known += ", …";
      return WrongUsage("a column does not exist: column=", column, " known=", known, "; remedy: ",
                        near.empty() ? "name one of these" : "did you mean " + near + "?");
    }
    for (const auto& chosen : fields) {
      if (chosen->name() == column) {
        return WrongUsage("a column is named twice: column=", column, "; remedy: name it once");
      }
    }
    fields.push_back(std::move(field));
  }
  return arrow::schema(std::move(fields), schema_->metadata());
}

bool RowTable::CountsQuickly() const {
  if (rows() >= 0) return true;
  int64_t left_bytes = kQuickCountBytesMax;
  for (const InputFile& file : files_) {
    const bool packed = file.path.ends_with(".gz") || file.path.ends_with(".zst");
    if (packed || file.size_bytes < 0 || file.size_bytes > left_bytes) return false;
    left_bytes -= file.size_bytes;
  }
  return true;
}

Status RowTable::NoteFiles() {
  noted_.resize(files_.size());
  for (size_t i = 0; i < files_.size(); ++i) {
    if (!files_[i].revision.empty()) continue;  // A commit does not change.
    const auto info = files_[i].file_system->GetFileInfo(files_[i].path);
    if (!info.ok()) continue;  // Who opens it says why.
    noted_[i] = {.size_bytes = info->size(), .mtime_ns = NanosecondsOf(*info)};
  }
  return Status::OK();
}

Status RowTable::CheckFile(size_t file) const {
  const Noted& noted = noted_[file];
  if (noted.size_bytes < 0) return Status::OK();
  const auto info = files_[file].file_system->GetFileInfo(files_[file].path);
  if (info.ok() && info->size() == noted.size_bytes && NanosecondsOf(*info) == noted.mtime_ns) {
    return Status::OK();
  }
  return DataRefused("a file changed while it was read: file=", files_[file].name,
                     "; remedy: open it again");
}

Status RowTable::CheckUnchanged() const {
  for (size_t i = 0; i < files_.size(); ++i) ARROW_RETURN_NOT_OK(CheckFile(i));
  return Status::OK();
}

}  // namespace hubmill
