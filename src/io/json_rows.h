// Arrow rows as JSON text.
//
// Each column has a writer of its type, bound once a batch, so a row costs one indirect call a
// column and almost all time goes into copying text (base/json_text.h).
//
// Text as it is; integers; doubles in the shortest form that reads back (1.0); decimals as numbers;
// dates "2024-05-01"; times "12:00:00.5"; timestamps in ISO 8601 with as many decimals as their
// unit has, with "Z" where the type has a time zone (the instant is UTC); structs and maps with
// text keys as objects, other maps as lists of {"key","value"}.  Refused: bytes, unions, durations
// (columns), and NaN, infinity or a map that holds a key twice (values).
#pragma once

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/failure.h"

namespace hubmill {

/// Field metadata "1": the text column holds JSON, which is written as it stands.
inline constexpr char kJsonTextKey[] = "hubmill.json";

struct JsonRowsOptions {
  bool python_style = false;  // ", " and ": " as json.dumps writes them; else compact.
  bool ascii = false;         // Write every other character as \uXXXX.
  bool omit_nulls = false;    // Leave out columns and struct fields that are null.
};

/// Refuses columns that JSON cannot hold, before any row is read.
Status CheckJsonSchema(const arrow::Schema& schema);

class JsonValueWriter;

/// Writes the rows of one batch.  Thread-safe between objects.  REQUIRES: the schema passed
/// CheckJsonSchema().
class JsonRows {
 public:
  JsonRows(const arrow::RecordBatch& rows, const JsonRowsOptions& options);
  ~JsonRows();

  /// Appends row `index` as an object, without a line break.  After a failure `out` holds a part of
  /// the row.
  Status Append(int64_t index, std::string* out) const;

 private:
  std::vector<std::string> keys_;  // With the comma before and the colon after, for all rows alike.
  arrow::ArrayVector arrays_;
  std::vector<std::unique_ptr<JsonValueWriter>> columns_;
  JsonRowsOptions options_;
};

/// One row in compact form, for rejects: what JSON cannot hold is written as null.
Status AppendRowJson(const arrow::RecordBatch& rows, int64_t index, std::string* out);

}  // namespace hubmill
