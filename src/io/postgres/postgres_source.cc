#include "io/postgres/postgres_source.h"

#include <arrow/buffer.h>
#include <arrow/type.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "core/bulk_pool.h"
#include "io/postgres/pg_connection.h"
#include "io/postgres/pg_rows.h"
#include "io/postgres/pg_snapshot.h"
#include "io/postgres/pg_url.h"
#include "io/split_queries.h"

namespace hubmill {
namespace {

/// A query, whose rows are one split, and what was handed out of it.
struct Query {
  std::string split;
  std::string sql;
  Xxh3Stream hash;       // Of the rows handed out.
  int64_t rows_out = 0;  // How many these are.
};

std::shared_ptr<arrow::Schema> SchemaOf(const std::vector<PgColumn>& columns) {
  arrow::FieldVector fields;
  for (const PgColumn& column : columns) {
    fields.push_back(arrow::field(column.name, ArrowTypeOf(column.type)));
  }
  return arrow::schema(std::move(fields));
}

std::string OneLine(const arrow::Schema& schema) {
  std::string out;
  for (const auto& field : schema.fields()) {
    out += Concat(out.empty() ? "" : ", ", field->name(), " ", field->type()->ToString());
  }
  return out;
}

struct PgShared {
  std::vector<PgColumn> columns;
  std::shared_ptr<arrow::Schema> schema;
};

class PgMorsel final : public Morsel {
 public:
  PgMorsel(std::shared_ptr<arrow::Buffer> rows, std::shared_ptr<const PgShared> shared,
           PgRowsOptions options)
      : rows_(std::move(rows)), shared_(std::move(shared)), options_(options) {
    file = options.file;
    bytes = rows_->size();
  }

  Result<Decoded> Decode() override {
    auto decoded =
        DecodePgRows(std::string_view(*rows_), shared_->columns, shared_->schema, options_);
    rows_.reset();
    return decoded;
  }

 private:
  std::shared_ptr<arrow::Buffer> rows_;
  std::shared_ptr<const PgShared> shared_;
  PgRowsOptions options_;
};

/// Reads one query after the other, in one snapshot.  Where the connection is cut, it reads again
/// from the first query on in a new snapshot, and goes on where it was if all rows that it has
/// handed out are there again, byte by byte.
class PostgresReader final : public Source {
 public:
  PostgresReader(const PostgresOptions& options, std::vector<Query> queries,
                 const SourceContext& context)
      : settings_{.url = options.url,
                  .connect_timeout_s = options.connect_timeout_s,
                  .statement_timeout_s = options.timeout_s,
                  .cancel = context.cancel},
        retries_(options.retries),
        context_(context),
        queries_(std::move(queries)) {}

  Status Bind() {
    ARROW_ASSIGN_OR_RAISE(snapshot_, PgSnapshot::Share(settings_, retries_));
    settings_.snapshot = snapshot_->id();
    ARROW_RETURN_NOT_OK(Connect());
    auto shared = std::make_shared<PgShared>();
    for (const Query& query : queries_) {
      auto columns = connection_->Describe(query.sql);
      if (!columns.ok())
        return WithContext(columns.status(), "query of split " + query.split + ": ");
      auto schema = SchemaOf(*columns);
      if (shared->schema != nullptr && !shared->schema->Equals(*schema)) {
        return WrongUsage("the queries have different columns: split=", query.split, " has ",
                          OneLine(*schema), "; split=", queries_[0].split, " has ",
                          OneLine(*shared->schema), "; remedy: casts in the queries");
      }
      shared->columns = std::move(columns).ValueUnsafe();
      shared->schema = std::move(schema);
      files_.push_back({.name = Concat(connection_->name(), " (", query.split, ")")});
      splits_.push_back(query.split);
    }
    shared_ = std::move(shared);
    return Status::OK();
  }

  const std::shared_ptr<arrow::Schema>& schema() const override { return shared_->schema; }
  const std::vector<SourceFile>& files() const override { return files_; }
  const std::vector<std::string>& splits() const override { return splits_; }

  Result<std::unique_ptr<Morsel>> Next() override {
    while (at_ < queries_.size()) {
      arrow::BufferBuilder builder(BulkPool());
      ARROW_ASSIGN_OR_RAISE(const int64_t count, ReadRows(&builder));
      if (count == 0) {
        files_[at_].hash = "xxh128:" + HexOf(queries_[at_].hash.Digest128());
        files_[at_].size_bytes = bytes_of_query_;
        bytes_of_query_ = 0;
        state_ = State::kNew;
        ++at_;
        continue;
      }
      Query& query = queries_[at_];
      ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> rows, builder.Finish(false));
      query.hash.Update(std::string_view(*rows));
      query.rows_out += count;
      bytes_of_query_ += rows->size();
      return std::make_unique<PgMorsel>(std::move(rows), shared_,
                                        PgRowsOptions{.file = int32_t(at_),
                                                      .split = int32_t(at_),
                                                      .batch_rows_max = context_.batch_rows_max});
    }
    connection_.reset();
    snapshot_.reset();
    return nullptr;
  }

 private:
  /// Of the current query on `connection_`.
  enum class State { kNew, kStarted, kEnded };

  Status Connect() {
    connection_.reset();
    return ConnectPg(settings_, retries_).Value(&connection_);
  }

  /// The next rows of the current query, a morsel of them; 0 at its end.
  Result<int64_t> ReadRows(arrow::BufferBuilder* rows) {
    for (int64_t retry = 0;; ++retry) {
      const Status status = TryReadRows(rows);
      if (status.ok()) return rows_read_;
      if (!connection_->again() || retry >= retries_) return status;
      rows->Rewind(0);
      if (!PauseBeforeRetry(settings_, retry)) return RunFailed("interrupted");
      ARROW_RETURN_NOT_OK(Connect());
      const Status resumed = ReadAgain();
      if (!resumed.ok() && !connection_->again()) return resumed;
    }
  }

  Status TryReadRows(arrow::BufferBuilder* rows) {
    rows_read_ = 0;
    if (state_ == State::kEnded) return Status::OK();
    if (state_ == State::kNew) {
      ARROW_RETURN_NOT_OK(WithContext(connection_->Start(queries_[at_].sql),
                                      Concat("query of split ", queries_[at_].split, ": ")));
    }
    state_ = State::kStarted;
    ARROW_RETURN_NOT_OK(rows->Reserve(context_.morsel_bytes + (64 << 10)));
    while (rows->length() < context_.morsel_bytes) {
      ARROW_ASSIGN_OR_RAISE(const bool more, connection_->NextRow(rows));
      if (!more) {
        state_ = State::kEnded;
        break;
      }
      ++rows_read_;
    }
    return Status::OK();
  }

  /// On a new connection: reads what was handed out once more, and compares.
  Status ReadAgain() {
    for (size_t i = 0; i <= at_; ++i) {
      ARROW_RETURN_NOT_OK(connection_->Start(queries_[i].sql));
      ARROW_ASSIGN_OR_RAISE(bool same, ReturnsTheSame(queries_[i]));
      if (same && i < at_) {
        arrow::BufferBuilder row;
        ARROW_ASSIGN_OR_RAISE(const bool more, connection_->NextRow(&row));
        same = !more;
      }
      if (!same) {
        return Failure(FailureKind::kService,
                       Concat("the connection to the database was cut, and the rows have changed "
                              "since: split=",
                              queries_[i].split, " database=", connection_->name(),
                              "; remedy: run again; a query without ORDER BY over a unique key may "
                              "return its rows in another order each time"));
      }
    }
    state_ = State::kStarted;
    return Status::OK();
  }

  /// Whether the rows of `query` that were handed out come again.
  Result<bool> ReturnsTheSame(const Query& query) {
    Xxh3Stream hash;
    arrow::BufferBuilder row;
    for (int64_t i = 0; i < query.rows_out; ++i) {
      row.Rewind(0);
      ARROW_ASSIGN_OR_RAISE(const bool more, connection_->NextRow(&row));
      if (!more) return false;
      hash.Update({reinterpret_cast<const char*>(row.data()), size_t(row.length())});
    }
    return hash.Digest128() == query.hash.Digest128();
  }

  PgSettings settings_;
  const int64_t retries_;
  const SourceContext context_;
  std::vector<Query> queries_;
  std::vector<SourceFile> files_;
  std::vector<std::string> splits_;
  std::shared_ptr<const PgShared> shared_;
  std::shared_ptr<PgSnapshot> snapshot_;  // Held until the last row.
  std::unique_ptr<PgConnection> connection_;
  size_t at_ = 0;  // The query that is read.
  State state_ = State::kNew;
  int64_t rows_read_ = 0;
  int64_t bytes_of_query_ = 0;
};

std::vector<Query> ReadQueries(const Setting& setting, const OptionContext& context,
                               ErrorList* errors) {
  std::vector<Query> queries;
  for (SplitQuery& query : ReadSplitQueries(setting, context, errors)) {
    queries.emplace_back();
    queries.back().split = std::move(query.split);
    queries.back().sql = std::move(query.sql);
  }
  return queries;
}

/// A password belongs into the environment; the check sees what only the recipe's text shows.
void CheckUrl(const Setting& setting, const OptionContext& context, ErrorList* errors) {
  const Setting* url = setting.kind == Setting::Kind::kMap ? setting.Find("url") : nullptr;
  if (url == nullptr || url->kind != Setting::Kind::kScalar || url->secret) return;
  if (HasPgPassword(url->scalar)) {
    errors->Add(context.file, url->mark,
                context.owner +
                    ": url: a password stands in the recipe; remedy: url: ${database}, with "
                    "params: {database: {env: DATABASE_URL, secret: true}}");
  }
}

}  // namespace

void PostgresOptions::Describe(OptionTable<PostgresOptions>& table) {
  table
      .Field("url", &PostgresOptions::url,
             "postgresql://USER:PASSWORD@HOST:PORT/DATABASE, from a secret parameter; sslmode and "
             "libpq's other settings may follow as ?sslmode=require.")
      .Required();
  table
      .Field("query", &PostgresOptions::query,
             "A SELECT, whose rows are split train; or a map from splits to these.")
      .Required();
  table
      .Field("timeout_s", &PostgresOptions::timeout_s,
             "Seconds after which the server stops a query; 0: never.")
      .Range(0, 2'000'000);
  table
      .Field("connect_timeout_s", &PostgresOptions::connect_timeout_s,
             "Seconds for one try to connect, where the URL has no connect_timeout.")
      .Range(1, 3600);
  table
      .Field(
          "retries", &PostgresOptions::retries,
          "Further tries, after 2, 4, 8, ... seconds, where the server is away or the connection "
          "is cut.")
      .Range(0, 10);
}

SourceEntry PostgresSource() {
  SourceEntry entry = DescribeEntry<SourceEntry, PostgresOptions>(
      {.name = "postgres",
       .summary = "Rows of queries to a PostgreSQL database.",
       .details =
           "All queries of a source are read in one transaction, REPEATABLE READ and READ ONLY: "
           "they "
           "see the same state of the database and cannot change it. So do all data sets of a "
           "recipe "
           "that read one database. Give every query an ORDER BY "
           "over a unique key: without it PostgreSQL may return the rows in another order each "
           "time, "
           "and the data set changes with it. The row number is that within the query's result.\n\n"
           "| PostgreSQL | column |\n|---|---|\n"
           "| bool; smallint, integer, bigint; real, double precision | bool; int16, int32, int64; "
           "float, double |\n"
           "| numeric(p, s) of up to 38 digits | decimal128(p, s) |\n"
           "| other numeric | string, all its digits |\n"
           "| text, varchar, char, citext, enums, uuid, json, jsonb | string |\n"
           "| bytea | binary |\n"
           "| date, time | date32, time64 |\n"
           "| timestamp, timestamptz | timestamp in microseconds, the second in UTC |\n"
           "| one-dimensional arrays of these | list |\n\n"
           "Other types are refused before anything is read; cast them in the query "
           "(`duration::text AS duration`). Refused as bad rows: infinite dates, NaN in a decimal, "
           "arrays of more dimensions, text that is not UTF-8.\n\n"
           "A server that is away or restarting is tried again. Where the connection is cut within "
           "a "
           "query, it is read again in a new snapshot, and the run goes on if the rows read before "
           "are there again, byte by byte; else it fails, and nothing is written. What runs longer "
           "than `timeout_s` is stopped. Password, user and URL stand in no message and no file. "
           "`postgres://` and `postgresql+psycopg2://` are read as `postgresql://`. Memory: a "
           "morsel "
           "(1 MiB, or the longest row) and its columns a thread.",
       .example = "params:\n  database: {env: DATABASE_URL, secret: true}\n"
                  "source:\n  postgres:\n    url: ${database}\n"
                  "    query: SELECT id, message, label FROM feedback ORDER BY id\n",
       .shorthand = ""},
      "source");
  AlsoCheckQueries(&entry);
  entry.check = [described = entry.check](const Setting& setting, const OptionContext& context,
                                          ErrorList* errors) {
    Setting options = described(setting, context, errors);
    CheckUrl(setting, context, errors);
    return options;
  };
  entry.make = [](const Setting& setting, const OptionContext& option_context,
                  const SourceContext& context) -> Result<std::unique_ptr<Source>> {
    ARROW_ASSIGN_OR_RAISE(auto options, ReadOptions<PostgresOptions>(setting, "", option_context));
    ErrorList errors;
    std::vector<Query> queries = ReadQueries(options.query, option_context, &errors);
    ARROW_RETURN_NOT_OK(errors.ToStatus());
    auto source = std::make_unique<PostgresReader>(options, std::move(queries), context);
    ARROW_RETURN_NOT_OK(source->Bind());
    return source;
  };
  return entry;
}

}  // namespace hubmill
