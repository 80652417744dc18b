#include "stages/columns.h"

#include <arrow/array/array_binary.h>
#include <arrow/compute/cast.h>
#include <arrow/compute/initialize.h>

#include <set>

#include "base/check.h"
#include "core/setting.h"
#include "io/type_text.h"

namespace hubmill {

Result<int> ColumnIndex(const arrow::Schema& schema, const std::string& name) {
  const std::vector<int> found = schema.GetAllFieldIndices(name);
  if (found.size() == 1) return found[0];
  if (!found.empty()) {
    return DataRefused("column name is not unique: column=", name,
                       "; remedy: give the columns of the source different names");
  }
  const std::vector<std::string> known = schema.field_names();
  const std::string nearest = NearestName(name, known);
  if (!nearest.empty()) {
    return DataRefused("no such column: column=", name, "; remedy: did you mean ", nearest, "?");
  }
  constexpr size_t kNamesShownMax = 20;
  std::string list;
  for (size_t i = 0; i < known.size() && i < kNamesShownMax; ++i) {
    list += (i > 0 ? ", " : "") + known[i];
  }
  if (known.size() > kNamesShownMax) list += ", ...";
  return DataRefused("no such column: column=", name, "; remedy: use one of the columns ", list);
}

Result<std::vector<int>> ColumnIndices(const arrow::Schema& schema,
                                       const std::vector<std::string>& names) {
  std::vector<int> indices;
  for (const std::string& name : names) {
    ARROW_ASSIGN_OR_RAISE(int index, ColumnIndex(schema, name));
    indices.push_back(index);
  }
  return indices;
}

bool IsText(const arrow::DataType& type) {
  return type.id() == arrow::Type::STRING || type.id() == arrow::Type::LARGE_STRING;
}

Result<int> TextColumnIndex(const arrow::Schema& schema, const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(int index, ColumnIndex(schema, name));
  const arrow::DataType& type = *schema.field(index)->type();
  if (!IsText(type)) {
    return DataRefused("column is not text: column=", name, " type=", type.ToString(),
                       "; remedy: cast it to string before this stage");
  }
  return index;
}

Result<int> AnyTextColumnIndex(const arrow::Schema& schema, const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(int index, ColumnIndex(schema, name));
  const arrow::DataType* type = schema.field(index)->type().get();
  if (type->id() == arrow::Type::DICTIONARY) {
    type = static_cast<const arrow::DictionaryType&>(*type).value_type().get();
  }
  if (IsText(*type) || type->id() == arrow::Type::STRING_VIEW) return index;
  return TextColumnIndex(schema, name);  // Which says what is wrong.
}

Result<std::shared_ptr<arrow::Array>> PlainText(const std::shared_ptr<arrow::Array>& column) {
  if (IsText(*column->type())) return column;
  ARROW_RETURN_NOT_OK(UseComputeKernels());
  std::shared_ptr<arrow::Array> plain = column;
  if (plain->type_id() == arrow::Type::DICTIONARY) {
    const auto& type = static_cast<const arrow::DictionaryType&>(*plain->type());
    ARROW_ASSIGN_OR_RAISE(plain, arrow::compute::Cast(*plain, type.value_type()));
    if (IsText(*plain->type())) return plain;
  }
  return arrow::compute::Cast(*plain, arrow::large_utf8());
}

Status CheckNameList(const std::vector<std::string>& names, const char* option) {
  if (names.empty()) {
    return WrongUsage("no column named: option=", option, "; remedy: name at least one column");
  }
  std::set<std::string> seen;
  for (const std::string& name : names) {
    if (!seen.insert(name).second) {
      return WrongUsage("column named twice: option=", option, " column=", name,
                        "; remedy: name it once");
    }
  }
  return Status::OK();
}

Result<std::shared_ptr<arrow::DataType>> ParseColumnType(const std::string& text) {
  ARROW_ASSIGN_OR_RAISE(const TypeTree tree, ParseTypeText(text));
  return ArrowTypeOf(tree);
}

Status UseComputeKernels() {
  static const Status status = arrow::compute::Initialize();
  return status;
}

TextView::TextView(const arrow::Array& array) : array_(&array) {
  if (array.type_id() == arrow::Type::STRING) {
    const auto& text = static_cast<const arrow::StringArray&>(array);
    offsets32_ = text.raw_value_offsets();
    data_ = reinterpret_cast<const char*>(text.raw_data());
  } else {
    HUBMILL_CHECK(array.type_id() == arrow::Type::LARGE_STRING, "a text column");
    const auto& text = static_cast<const arrow::LargeStringArray&>(array);
    offsets64_ = text.raw_value_offsets();
    data_ = reinterpret_cast<const char*>(text.raw_data());
  }
  if (data_ == nullptr) data_ = "";
}

}  // namespace hubmill
