// Rows are made where they are stepped, on the one thread that calls Next(): SQLite hands them out
// value by value, and a database on the local disk is quick to read beside what the stages do.
#include "io/sqlite/sqlite_source.h"

#include <arrow/record_batch.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "core/bulk_pool.h"
#include "io/split_queries.h"
#include "io/sqlite/sqlite_columns.h"

namespace hubmill {
namespace {

class ReadyMorsel final : public Morsel {
 public:
  explicit ReadyMorsel(Decoded decoded, int64_t size_bytes) : decoded_(std::move(decoded)) {
    bytes = size_bytes;
  }
  Result<Decoded> Decode() override { return std::move(decoded_); }

 private:
  Decoded decoded_;
};

/// Reads one query after the other, in one transaction.
class SqliteReader final : public Source {
 public:
  SqliteReader(SqliteDatabase database, std::vector<SplitQuery> queries,
               const SourceContext& context, const std::string& path)
      : database_(std::move(database)), queries_(std::move(queries)), context_(context) {
    files_.push_back({.name = path});
  }

  Status Bind() {
    ARROW_RETURN_NOT_OK(database_.Execute("BEGIN"));
    for (const SplitQuery& query : queries_) {
      auto bound = BindQuery(query.sql);
      if (!bound.ok()) return WithContext(bound.status(), "query of split " + query.split + ": ");
      columns_.push_back(std::move(bound).ValueUnsafe());
      splits_.push_back(query.split);
      if (!schema()->Equals(*columns_.back().schema())) {
        return WrongUsage("the queries have different columns: split=", query.split, " has ",
                          columns_.back().schema()->ToString(), ", split=", queries_[0].split,
                          " has ", schema()->ToString(), "; remedy: casts in the queries");
      }
    }
    return Status::OK();
  }

  const std::shared_ptr<arrow::Schema>& schema() const override { return columns_[0].schema(); }
  const std::vector<SourceFile>& files() const override { return files_; }
  const std::vector<std::string>& splits() const override { return splits_; }

  Result<std::unique_ptr<Morsel>> Next() override {
    if (at_ == queries_.size()) {
      files_[0].hash = "xxh128:" + HexOf(hash_.Digest128());
      files_[0].size_bytes = bytes_read_;
      return nullptr;
    }
    if (statement_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(SqliteStatement statement, database_.Prepare(queries_[at_].sql));
      statement_ = std::make_unique<SqliteStatement>(std::move(statement));
    }
    return ReadMorsel();
  }

 private:
  Result<SqliteColumns> BindQuery(const std::string& sql) {
    ARROW_ASSIGN_OR_RAISE(SqliteStatement statement, database_.Prepare(sql));
    return SqliteColumns::Bind(std::move(statement));
  }

  Result<std::unique_ptr<Morsel>> ReadMorsel() {
    std::vector<std::unique_ptr<arrow::ArrayBuilder>> builders;
    for (const auto& field : schema()->fields()) {
      ARROW_ASSIGN_OR_RAISE(auto builder, arrow::MakeBuilder(field->type(), BulkPool()));
      builders.push_back(std::move(builder));
    }
    Decoded decoded;
    Origins origins;
    int64_t bytes = 0;
    while (decoded.row_numbers < context_.batch_rows_max && bytes < context_.morsel_bytes) {
      ARROW_ASSIGN_OR_RAISE(const bool more, statement_->Step());
      if (!more) {
        statement_.reset();
        break;
      }
      bytes += HashRow();
      BadRow bad{.row = ++decoded.row_numbers};
      ARROW_RETURN_NOT_OK(columns_[at_].AppendRow(*statement_, builders, &bad));
      if (bad.reason.empty()) {
        origins.Append({.split = int32_t(at_), .row = bad.row, .count = 1});
      } else {
        decoded.bad_rows.push_back(std::move(bad));
      }
    }
    if (statement_ == nullptr) ++at_;
    arrow::ArrayVector arrays;
    for (const auto& builder : builders) {
      ARROW_ASSIGN_OR_RAISE(auto array, builder->Finish());
      arrays.push_back(std::move(array));
    }
    bytes_read_ += bytes;
    const int64_t rows = origins.row_count();
    decoded.batches.push_back(
        {arrow::RecordBatch::Make(schema(), rows, std::move(arrays)), std::move(origins)});
    return std::make_unique<ReadyMorsel>(std::move(decoded), bytes);
  }

  /// Each value as its type, its length and its bytes; returns how many bytes these are.
  int64_t HashRow() {
    row_bytes_.clear();
    for (int i = 0; i < statement_->column_count(); ++i) {
      const SqliteType type = statement_->Type(i);
      row_bytes_ += char(type);
      if (type == SqliteType::kInteger) AppendNumber(statement_->Integer(i));
      if (type == SqliteType::kReal) AppendNumber(statement_->Real(i));
      if (type == SqliteType::kText || type == SqliteType::kBlob) {
        const std::string_view text = statement_->Text(i);
        AppendNumber(int64_t(text.size()));
        row_bytes_ += text;
      }
    }
    hash_.Update(row_bytes_);
    return int64_t(row_bytes_.size());
  }

  template <typename Number>
  void AppendNumber(Number number) {
    row_bytes_.append(reinterpret_cast<const char*>(&number), sizeof number);
  }

  SqliteDatabase database_;
  const std::vector<SplitQuery> queries_;
  const SourceContext context_;
  std::vector<SourceFile> files_;
  std::vector<std::string> splits_;
  std::vector<SqliteColumns> columns_;  // One a query.
  std::unique_ptr<SqliteStatement> statement_;
  size_t at_ = 0;  // The query that is read.
  Xxh3Stream hash_;
  int64_t bytes_read_ = 0;
  std::string row_bytes_;
};

}  // namespace

void SqliteOptions::Describe(OptionTable<SqliteOptions>& table) {
  table.Field("path", &SqliteOptions::path, "The database's file.").Required();
  table
      .Field("query", &SqliteOptions::query,
             "A SELECT, whose rows are split train; or a map from splits to these.")
      .Required();
}

SourceEntry SqliteSource() {
  SourceEntry entry = DescribeEntry<SourceEntry, SqliteOptions>(
      {.name = "sqlite",
       .summary = "Rows of queries to a SQLite database.",
       .details =
           "The file is opened for reading alone, and all queries are read in one transaction: "
           "they "
           "see the same state of the database. Give every query an ORDER BY over a unique key. "
           "Row numbers count through the queries in their order.\n\n"
           "| the table declares | column |\n|---|---|\n"
           "| …BOOL… | bool; the values 0 and 1 |\n"
           "| …INT… | int64 |\n"
           "| …CHAR…, …CLOB…, …TEXT… | string |\n"
           "| …BLOB… | binary |\n"
           "| …REAL…, …FLOA…, …DOUB… | double |\n"
           "| anything else; an expression | that of the first value that is not null (int64, "
           "double, string, binary) among the first 10,000 rows; string where there is none |\n\n"
           "SQLite keeps whatever it is given: a value of another type makes its row a bad one "
           "(`wrong_type`; nothing is converted in silence), and so does text that is not UTF-8 "
           "(`invalid_utf8`). Dates are what the database holds, mostly text; `cast` turns them "
           "into "
           "dates. A file that another program keeps locked is waited for, 10 seconds. Memory: one "
           "morsel (1 MiB, or the longest row) a thread.",
       .example = "source:\n  sqlite:\n    path: feedback.sqlite\n"
                  "    query: SELECT id, message, label FROM feedback ORDER BY id\n",
       .shorthand = ""},
      "source");
  AlsoCheckQueries(&entry);
  entry.make = [](const Setting& setting, const OptionContext& option_context,
                  const SourceContext& context) -> Result<std::unique_ptr<Source>> {
    ARROW_ASSIGN_OR_RAISE(auto options, ReadOptions<SqliteOptions>(setting, "", option_context));
    ErrorList errors;
    std::vector<SplitQuery> queries = ReadSplitQueries(options.query, option_context, &errors);
    ARROW_RETURN_NOT_OK(errors.ToStatus());
    ARROW_ASSIGN_OR_RAISE(SqliteDatabase database,
                          SqliteDatabase::Open(options.path, SqliteAccess::kRead));
    auto source = std::make_unique<SqliteReader>(std::move(database), std::move(queries), context,
                                                 options.path);
    ARROW_RETURN_NOT_OK(source->Bind());
    return source;
  };
  return entry;
}

}  // namespace hubmill
