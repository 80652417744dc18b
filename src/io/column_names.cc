// The name itself is shown as JSON shows it, or not at all.
#include "io/column_names.h"

#include <arrow/type.h>
#include <simdjson.h>

#include <string>

#include "base/json_text.h"

namespace hubmill {
namespace {

constexpr size_t kShownNameMax = 100;

Status CheckFields(const arrow::FieldVector& fields, const std::string& within) {
  for (size_t i = 0; i < fields.size(); ++i) {
    const std::string& name = fields[i]->name();
    if (!simdjson::validate_utf8(name)) {
      return DataRefused("a column name is not valid UTF-8: column_number=", i + 1, within,
                         "; remedy: rename it in the file");
    }
    std::string shown;
    AppendJsonString(name.substr(0, kShownNameMax), &shown);
    if (name.find('\0') != name.npos) {
      return DataRefused("a column name holds a NUL: column_number=", i + 1, " column=", shown,
                         within, "; remedy: rename it in the file");
    }
    const arrow::FieldVector children = fields[i]->type()->fields();
    if (children.empty()) continue;
    ARROW_RETURN_NOT_OK(CheckFields(children, " within=" + shown + within));
  }
  return Status::OK();
}

}  // namespace

Status CheckColumnNames(const arrow::Schema& schema) { return CheckFields(schema.fields(), ""); }

}  // namespace hubmill
