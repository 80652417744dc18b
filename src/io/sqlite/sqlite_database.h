// SQLite's C interface with owners, and failures that say what to do.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/failure.h"

struct sqlite3;
struct sqlite3_stmt;

namespace hubmill {

enum class SqliteAccess { kRead, kCreate };
enum class SqliteType { kInteger, kReal, kText, kBlob, kNull };

/// A statement and the row that it stands on.  Not thread-safe; must not outlive its database.
class SqliteStatement {
 public:
  /// Parameters are numbered from 1.
  void Bind(int parameter, int64_t value);
  void Bind(int parameter, std::string_view value);

  /// Steps to the next row; false at the end.
  Result<bool> Step();

  int column_count() const;
  std::string Name(int column) const;
  /// The type that the table declares, as written; empty for an expression.
  std::string DeclaredType(int column) const;

  /// Of the current row; columns are numbered from 0.  Views live until the next Step().
  SqliteType Type(int column) const;
  int64_t Integer(int column) const;
  double Real(int column) const;
  std::string_view Text(int column) const;  // Of text or a blob.

 private:
  friend class SqliteDatabase;
  struct Free {
    void operator()(sqlite3_stmt* statement) const;
  };
  SqliteStatement(sqlite3* database, const std::string& file, sqlite3_stmt* statement)
      : database_(database), file_(file), statement_(statement) {}

  sqlite3* database_;
  std::string file_;
  std::unique_ptr<sqlite3_stmt, Free> statement_;
};

/// One connection.  Not thread-safe.
class SqliteDatabase {
 public:
  /// kRead: the file must be a database; nothing can be changed.  kCreate: made where it is
  /// missing.
  static Result<SqliteDatabase> Open(const std::string& file, SqliteAccess access);

  /// One statement.  kWrongUsage where SQLite does not understand it, or more follows it.
  Result<SqliteStatement> Prepare(const std::string& sql);

  /// A statement that returns no rows.
  Status Execute(const std::string& sql);

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  SqliteDatabase(std::string file, sqlite3* database)
      : file_(std::move(file)), database_(database) {}

  std::string file_;
  std::unique_ptr<sqlite3, Close> database_;
};

inline constexpr int kSqliteBusyMs = 10'000;  // How long another program may hold the file locked.

}  // namespace hubmill
