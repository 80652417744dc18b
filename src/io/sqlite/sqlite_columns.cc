#include "io/sqlite/sqlite_columns.h"

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/utf8.h"

namespace hubmill {
namespace {

constexpr int64_t kWholeInDoubleMax = int64_t{1} << 53;

std::shared_ptr<arrow::DataType> ArrowTypeOf(SqliteColumnType type) {
  switch (type) {
    case SqliteColumnType::kBool:
      return arrow::boolean();
    case SqliteColumnType::kInteger:
      return arrow::int64();
    case SqliteColumnType::kReal:
      return arrow::float64();
    case SqliteColumnType::kBlob:
      return arrow::binary();
    case SqliteColumnType::kText:
    case SqliteColumnType::kUnknown:
      break;
  }
  return arrow::utf8();
}

SqliteColumnType TypeOfValue(SqliteType type) {
  switch (type) {
    case SqliteType::kInteger:
      return SqliteColumnType::kInteger;
    case SqliteType::kReal:
      return SqliteColumnType::kReal;
    case SqliteType::kText:
      return SqliteColumnType::kText;
    case SqliteType::kBlob:
      return SqliteColumnType::kBlob;
    case SqliteType::kNull:
      break;
  }
  return SqliteColumnType::kUnknown;
}

const char* WordOf(SqliteType type) {
  switch (type) {
    case SqliteType::kInteger:
      return "a whole number";
    case SqliteType::kReal:
      return "a real number";
    case SqliteType::kText:
      return "a text";
    case SqliteType::kBlob:
      return "a blob";
    case SqliteType::kNull:
      break;
  }
  return "null";
}

/// Whether a value that is not null stands for one of `type`.
bool Fits(const SqliteStatement& row, int column, SqliteColumnType type) {
  const SqliteType value = row.Type(column);
  switch (type) {
    case SqliteColumnType::kBool:
      return value == SqliteType::kInteger && (row.Integer(column) | 1) == 1;
    case SqliteColumnType::kInteger:
      return value == SqliteType::kInteger;
    case SqliteColumnType::kReal:
      return value == SqliteType::kReal ||
             (value == SqliteType::kInteger && row.Integer(column) <= kWholeInDoubleMax &&
              row.Integer(column) >= -kWholeInDoubleMax);
    case SqliteColumnType::kBlob:
      return value == SqliteType::kBlob;
    case SqliteColumnType::kText:
    case SqliteColumnType::kUnknown:
      break;
  }
  return value == SqliteType::kText;
}

Status AppendValue(const SqliteStatement& row, int column, SqliteColumnType type,
                   arrow::ArrayBuilder* builder) {
  switch (type) {
    case SqliteColumnType::kBool:
      return static_cast<arrow::BooleanBuilder*>(builder)->Append(row.Integer(column) != 0);
    case SqliteColumnType::kInteger:
      return static_cast<arrow::Int64Builder*>(builder)->Append(row.Integer(column));
    case SqliteColumnType::kReal:
      return static_cast<arrow::DoubleBuilder*>(builder)->Append(row.Real(column));
    default:  // arrow::StringBuilder is a BinaryBuilder.
      return static_cast<arrow::BinaryBuilder*>(builder)->Append(row.Text(column));
  }
}

}  // namespace

SqliteColumnType DeclaredColumnType(const std::string& declared) {
  std::string name = declared;
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return char(std::toupper(c)); });
  const auto has = [&name](const char* part) { return name.find(part) != name.npos; };
  if (has("BOOL")) return SqliteColumnType::kBool;
  if (has("INT")) return SqliteColumnType::kInteger;
  if (has("CHAR") || has("CLOB") || has("TEXT")) return SqliteColumnType::kText;
  if (has("BLOB")) return SqliteColumnType::kBlob;
  if (has("REAL") || has("FLOA") || has("DOUB")) return SqliteColumnType::kReal;
  return SqliteColumnType::kUnknown;
}

Result<SqliteColumns> SqliteColumns::Bind(SqliteStatement statement) {
  SqliteColumns columns;
  const int count = statement.column_count();
  if (count == 0) {
    return WrongUsage("the query returns no columns; remedy: a SELECT");
  }
  for (int i = 0; i < count; ++i) {
    columns.types_.push_back(DeclaredColumnType(statement.DeclaredType(i)));
  }
  auto& types = columns.types_;
  const auto known = [&types] {
    return std::find(types.begin(), types.end(), SqliteColumnType::kUnknown) == types.end();
  };
  for (int64_t row = 0; row < kSqliteSampledRowsMax && !known(); ++row) {
    ARROW_ASSIGN_OR_RAISE(const bool more, statement.Step());
    if (!more) break;
    for (int i = 0; i < count; ++i) {
      auto& type = types[size_t(i)];
      if (type == SqliteColumnType::kUnknown) type = TypeOfValue(statement.Type(i));
    }
  }
  arrow::FieldVector fields;
  for (int i = 0; i < count; ++i) {
    fields.push_back(arrow::field(statement.Name(i), ArrowTypeOf(types[size_t(i)])));
  }
  columns.schema_ = arrow::schema(std::move(fields));
  return columns;
}

Status SqliteColumns::AppendRow(const SqliteStatement& row,
                                const std::vector<std::unique_ptr<arrow::ArrayBuilder>>& builders,
                                BadRow* bad) const {
  for (int i = 0; i < int(types_.size()); ++i) {
    if (row.Type(i) == SqliteType::kNull) continue;
    const std::string& name = schema_->field(i)->name();
    if (!Fits(row, i, types_[size_t(i)])) {
      bad->reason = "wrong_type";
      bad->why = Concat("column=", name, " is of type ", schema_->field(i)->type()->ToString(),
                        " and holds ", WordOf(row.Type(i)), "; remedy: CAST(", name,
                        " AS TEXT) in the query");
    } else if (row.Type(i) == SqliteType::kText && !IsValidUtf8(row.Text(i))) {
      bad->reason = "invalid_utf8";
      bad->why = Concat("column=", name, " is not UTF-8; remedy: mend the text in the database");
    }
    if (!bad->reason.empty()) return Status::OK();
  }
  for (int i = 0; i < int(types_.size()); ++i) {
    arrow::ArrayBuilder* builder = builders[size_t(i)].get();
    ARROW_RETURN_NOT_OK(row.Type(i) == SqliteType::kNull
                            ? builder->AppendNull()
                            : AppendValue(row, i, types_[size_t(i)], builder));
  }
  return Status::OK();
}

}  // namespace hubmill
