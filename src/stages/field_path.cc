#include "stages/field_path.h"

#include <arrow/array/array_nested.h>

#include <algorithm>

#include "stages/columns.h"

namespace hubmill {

Result<FieldPath> FindField(const arrow::Schema& schema, const std::string& name,
                            std::shared_ptr<arrow::DataType>* type) {
  if (name.find('.') == name.npos || !schema.GetAllFieldIndices(name).empty()) {
    ARROW_ASSIGN_OR_RAISE(const int index, ColumnIndex(schema, name));
    *type = schema.field(index)->type();
    return FieldPath{index};
  }
  size_t end = name.find('.');
  ARROW_ASSIGN_OR_RAISE(const int column, ColumnIndex(schema, name.substr(0, end)));
  FieldPath path{column};
  *type = schema.field(column)->type();
  while (end < name.size()) {
    const size_t begin = end + 1;
    end = std::min(name.find('.', begin), name.size());
    const std::string part = name.substr(begin, end - begin);
    const int index = (*type)->id() == arrow::Type::STRUCT
                          ? static_cast<const arrow::StructType&>(**type).GetFieldIndex(part)
                          : -1;
    if (index < 0) {
      return DataRefused("no such field: column=", name, " field=", part,
                         "; remedy: name a field of a struct");
    }
    path.push_back(index);
    *type = (*type)->field(index)->type();
  }
  return path;
}

Result<FieldPath> FindTextField(const arrow::Schema& schema, const std::string& name) {
  std::shared_ptr<arrow::DataType> type;
  ARROW_ASSIGN_OR_RAISE(FieldPath path, FindField(schema, name, &type));
  if (IsText(*type)) return path;
  if (path.size() == 1) return TextColumnIndex(schema, name).status();
  return DataRefused("field is not text: column=", name, " type=", type->ToString(),
                     "; remedy: name a text field");
}

Result<std::shared_ptr<arrow::Array>> FieldAt(const arrow::RecordBatch& rows,
                                              const FieldPath& path) {
  std::shared_ptr<arrow::Array> array = rows.column(path.front());
  for (size_t i = 1; i < path.size(); ++i) {
    const auto& whole = static_cast<const arrow::StructArray&>(*array);
    ARROW_ASSIGN_OR_RAISE(array, whole.GetFlattenedField(path[i]));
  }
  return array;
}

}  // namespace hubmill
