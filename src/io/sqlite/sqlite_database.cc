#include "io/sqlite/sqlite_database.h"

#include <sqlite3.h>

#include <utility>

namespace hubmill {
namespace {

/// What SQLite's result `code` is to a user.
Status FailureOf(sqlite3* database, const std::string& file, int code) {
  const std::string what =
      Concat("file=", file, " why=", database != nullptr ? sqlite3_errmsg(database) : "no memory");
  switch (code & 0xFF) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return DataRefused("not a sound SQLite database: ", what,
                         "; remedy: `sqlite3 FILE 'PRAGMA integrity_check'` tells more");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return RunFailed("the SQLite database is in use: ", what,
                       "; remedy: run again when the other program has ended");
    case SQLITE_ERROR:
    case SQLITE_READONLY:
      return WrongUsage("SQLite refuses a statement: ", what, "; remedy: check the query");
    default:
      return RunFailed("SQLite failed: ", what,
                       "; remedy: check the file, its rights and the disk");
  }
}

}  // namespace

void SqliteStatement::Free::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

void SqliteStatement::Bind(int parameter, int64_t value) {
  sqlite3_bind_int64(statement_.get(), parameter, value);
}

void SqliteStatement::Bind(int parameter, std::string_view value) {
  sqlite3_bind_text64(statement_.get(), parameter, value.data(), value.size(), SQLITE_TRANSIENT,
                      SQLITE_UTF8);
}

Result<bool> SqliteStatement::Step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return FailureOf(database_, file_, code);
}

int SqliteStatement::column_count() const { return sqlite3_column_count(statement_.get()); }

std::string SqliteStatement::Name(int column) const {
  const char* name = sqlite3_column_name(statement_.get(), column);
  return name == nullptr ? "" : name;
}

std::string SqliteStatement::DeclaredType(int column) const {
  const char* type = sqlite3_column_decltype(statement_.get(), column);
  return type == nullptr ? "" : type;
}

SqliteType SqliteStatement::Type(int column) const {
  switch (sqlite3_column_type(statement_.get(), column)) {
    case SQLITE_INTEGER:
      return SqliteType::kInteger;
    case SQLITE_FLOAT:
      return SqliteType::kReal;
    case SQLITE_TEXT:
      return SqliteType::kText;
    case SQLITE_BLOB:
      return SqliteType::kBlob;
    default:
      return SqliteType::kNull;
  }
}

int64_t SqliteStatement::Integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

double SqliteStatement::Real(int column) const {
  return sqlite3_column_double(statement_.get(), column);
}

std::string_view SqliteStatement::Text(int column) const {
  const void* bytes = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return {static_cast<const char*>(bytes), bytes == nullptr ? 0 : size_t(size)};
}

void SqliteDatabase::Close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

Result<SqliteDatabase> SqliteDatabase::Open(const std::string& file, SqliteAccess access) {
  sqlite3* opened = nullptr;
  const int flags = access == SqliteAccess::kRead ? SQLITE_OPEN_READONLY
                                                  : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int code = sqlite3_open_v2(file.c_str(), &opened, flags, nullptr);
  SqliteDatabase database(file, opened);
  if (code != SQLITE_OK) {
    return WrongUsage("cannot open a SQLite database: file=", file,
                      " why=", opened != nullptr ? sqlite3_errmsg(opened) : "no memory",
                      "; remedy: check the path and its rights");
  }
  sqlite3_busy_timeout(opened, kSqliteBusyMs);
  sqlite3_extended_result_codes(opened, 1);
  // A stranger's file may define views and triggers; these may call no function with side effects.
  sqlite3_db_config(opened, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(opened, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  return database;
}

Result<SqliteStatement> SqliteDatabase::Prepare(const std::string& sql) {
  sqlite3_stmt* prepared = nullptr;
  const char* tail = nullptr;
  const int code =
      sqlite3_prepare_v2(database_.get(), sql.data(), int(sql.size()), &prepared, &tail);
  SqliteStatement statement(database_.get(), file_, prepared);
  if (code != SQLITE_OK) return FailureOf(database_.get(), file_, code);
  const std::string_view rest(tail, size_t(sql.data() + sql.size() - tail));
  if (prepared == nullptr || rest.find_first_not_of(" \t\r\n;") != rest.npos) {
    return WrongUsage("one statement is needed, not none and not several: file=", file_,
                      "; remedy: one SELECT a query");
  }
  return statement;
}

Status SqliteDatabase::Execute(const std::string& sql) {
  ARROW_ASSIGN_OR_RAISE(SqliteStatement statement, Prepare(sql));
  return statement.Step().status();
}

}  // namespace hubmill
