// The writers behind json_rows.h: one a column type.
#pragma once

#include <arrow/array.h>
#include <arrow/type.h>

#include <cstdint>
#include <memory>
#include <string>

#include "core/failure.h"
#include "io/json_rows.h"

namespace hubmill {

/// Appends the values of one array.  Thread-safe.
class JsonValueWriter {
 public:
  explicit JsonValueWriter(const arrow::Array& array) : array_(array) {}
  virtual ~JsonValueWriter() = default;

  bool IsNull(int64_t index) const { return array_.IsNull(index); }

  /// Appends value `index`, "null" where it is null.
  Status Append(int64_t index, std::string* out) const {
    if (!array_.IsNull(index)) return AppendValid(index, out);
    out->append("null");
    return Status::OK();
  }

 private:
  virtual Status AppendValid(int64_t index, std::string* out) const = 0;

  const arrow::Array& array_;
};

/// How to treat what JSON cannot hold.
enum class JsonRefusal { kFail, kWriteNull };

/// `field` names the column in messages.  REQUIRES: `array` outlives the writer; with kFail, the
/// type passed CheckJsonSchema().
std::unique_ptr<JsonValueWriter> MakeJsonValueWriter(const arrow::Field& field,
                                                     const arrow::Array& array,
                                                     const JsonRowsOptions& options,
                                                     JsonRefusal refusal);

/// Whether the type, and all below it, has a JSON form.
bool HasJsonForm(const arrow::DataType& type);

}  // namespace hubmill
