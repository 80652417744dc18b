#include "view/array_check.h"

#include <arrow/array/util.h>
#include <arrow/extension_type.h>
#include <arrow/type.h>

#include <utility>

namespace hubmill {
namespace {

using TypePtr = std::shared_ptr<arrow::DataType>;
using DataPtr = std::shared_ptr<arrow::ArrayData>;

/// `type` with other children.
TypePtr Rebuild(const TypePtr& type, const arrow::FieldVector& fields) {
  switch (type->id()) {
    case arrow::Type::STRING:
      return arrow::binary();
    case arrow::Type::LARGE_STRING:
      return arrow::large_binary();
    case arrow::Type::STRING_VIEW:
      return arrow::binary_view();
    case arrow::Type::STRUCT:
      return arrow::struct_(fields);
    case arrow::Type::LIST:
      return arrow::list(fields[0]);
    case arrow::Type::LARGE_LIST:
      return arrow::large_list(fields[0]);
    case arrow::Type::LIST_VIEW:
      return arrow::list_view(fields[0]);
    case arrow::Type::LARGE_LIST_VIEW:
      return arrow::large_list_view(fields[0]);
    case arrow::Type::FIXED_SIZE_LIST:
      return arrow::fixed_size_list(
          fields[0], static_cast<const arrow::FixedSizeListType&>(*type).list_size());
    case arrow::Type::MAP:
      return std::make_shared<arrow::MapType>(fields[0]);
    default:
      return type;
  }
}

/// The same memory, texts as bytes.
DataPtr WithBytes(const arrow::ArrayData& from) {
  DataPtr data = from.Copy();
  if (data->type->id() == arrow::Type::EXTENSION) {
    data->type = static_cast<const arrow::ExtensionType&>(*from.type).storage_type();
    return WithBytes(*data);
  }
  if (data->type->id() == arrow::Type::DICTIONARY && data->dictionary != nullptr) {
    data->dictionary = WithBytes(*data->dictionary);
    const auto& type = static_cast<const arrow::DictionaryType&>(*from.type);
    data->type = arrow::dictionary(type.index_type(), data->dictionary->type, type.ordered());
    return data;
  }
  arrow::FieldVector fields = from.type->fields();
  for (size_t i = 0; i < data->child_data.size() && i < fields.size(); ++i) {
    data->child_data[i] = WithBytes(*data->child_data[i]);
    fields[i] = fields[i]->WithType(data->child_data[i]->type);
  }
  data->type = Rebuild(data->type, fields);
  return data;
}

}  // namespace

Status CheckArray(const arrow::Array& array) {
  ARROW_RETURN_NOT_OK(array.Validate());
  return arrow::MakeArray(WithBytes(*array.data()))->ValidateFull();
}

Status CheckBatch(const arrow::RecordBatch& batch) {
  for (int i = 0; i < batch.num_columns(); ++i) {
    const auto& column = batch.column(i);
    if (column->length() != batch.num_rows() ||
        !column->type()->Equals(*batch.schema()->field(i)->type())) {
      return Status::Invalid("a column is not as the schema says: column=",
                             batch.schema()->field(i)->name());
    }
    ARROW_RETURN_NOT_OK(CheckArray(*column));
  }
  return Status::OK();
}

}  // namespace hubmill
