// Which Arrow type a column of a SQLite query has, and its values as such.
//
// SQLite gives each value a type of its own, whatever the table declares.  A column here has one:
// that which the table declares where it is one of the usual names, else that of the first value
// that is not null.  A value of another type makes its row a bad one; nothing is converted in
// silence.
#pragma once

#include <arrow/array/builder_base.h>
#include <arrow/type.h>

#include <memory>
#include <string>
#include <vector>

#include "core/source.h"
#include "io/sqlite/sqlite_database.h"

namespace hubmill {

inline constexpr int64_t kSqliteSampledRowsMax = 10'000;  // That are looked at for types.

enum class SqliteColumnType { kUnknown, kBool, kInteger, kReal, kText, kBlob };

/// Of a declaration such as "VARCHAR(20)".
SqliteColumnType DeclaredColumnType(const std::string& declared);

/// The columns of one query.  Not thread-safe.
class SqliteColumns {
 public:
  /// Reads as many rows of `statement` as the types need; that one is used up then.
  static Result<SqliteColumns> Bind(SqliteStatement statement);

  const std::shared_ptr<arrow::Schema>& schema() const { return schema_; }

  /// Appends the current row to `builders`, or, where it is a bad one, nothing: `bad->reason` is
  /// set.
  Status AppendRow(const SqliteStatement& row,
                   const std::vector<std::unique_ptr<arrow::ArrayBuilder>>& builders,
                   BadRow* bad) const;

 private:
  std::vector<SqliteColumnType> types_;
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace hubmill
