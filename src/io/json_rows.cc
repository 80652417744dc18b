// The comma, the key and the colon of a column are the same in every row, so they are one text.
#include "io/json_rows.h"

#include <utility>

#include "base/json_text.h"
#include "io/json_values.h"

namespace hubmill {

Status CheckJsonSchema(const arrow::Schema& schema) {
  for (const auto& field : schema.fields()) {
    if (HasJsonForm(*field->type())) continue;
    return DataRefused("JSON cannot hold this type: column=", field->name(),
                       " type=", field->type()->ToString(),
                       "; remedy: convert or drop the column, or write Parquet");
  }
  return Status::OK();
}

JsonRows::JsonRows(const arrow::RecordBatch& rows, const JsonRowsOptions& options)
    : options_(options) {
  for (int i = 0; i < rows.num_columns(); ++i) {
    const auto& field = rows.schema()->field(i);
    std::string& key = keys_.emplace_back();
    if (i > 0 && !options.omit_nulls) key = options.python_style ? ", " : ",";
    AppendJsonString(field->name(), &key, {.ascii_only = options.ascii});
    key += options.python_style ? ": " : ":";
    arrays_.push_back(rows.column(i));
    columns_.push_back(MakeJsonValueWriter(*field, *arrays_.back(), options, JsonRefusal::kFail));
  }
}

JsonRows::~JsonRows() = default;

Status JsonRows::Append(int64_t index, std::string* out) const {
  out->push_back('{');
  bool first = true;
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (options_.omit_nulls) {
      if (columns_[i]->IsNull(index)) continue;
      if (!first) out->append(options_.python_style ? ", " : ",");
      first = false;
    }
    out->append(keys_[i]);
    ARROW_RETURN_NOT_OK(columns_[i]->Append(index, out));
  }
  out->push_back('}');
  return Status::OK();
}

Status AppendRowJson(const arrow::RecordBatch& rows, int64_t index, std::string* out) {
  const auto row = rows.Slice(index, 1);
  out->push_back('{');
  for (int i = 0; i < row->num_columns(); ++i) {
    if (i > 0) out->push_back(',');
    AppendJsonString(row->schema()->field(i)->name(), out);
    out->push_back(':');
    const auto column = row->column(i);
    ARROW_RETURN_NOT_OK(
        MakeJsonValueWriter(*row->schema()->field(i), *column, {}, JsonRefusal::kWriteNull)
            ->Append(0, out));
  }
  out->push_back('}');
  return Status::OK();
}

}  // namespace hubmill
