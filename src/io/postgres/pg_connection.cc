#include "io/postgres/pg_connection.h"

#include <poll.h>
#include <postgresql/libpq-fe.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include "io/postgres/pg_url.h"

namespace hubmill {
namespace {

// The server sends 8 KiB at a time, and libpq receives 16: without these two the client would wake
// up and receive for each, a fifth of its CPU time.  libpq keeps the room that an answer once took;
// and a moment's wait lets the kernel collect what comes.
constexpr int kReceiveBytes = 512 << 10;
constexpr std::chrono::microseconds kNap(100);

using Clock = std::chrono::steady_clock;

constexpr int kLookMs = 100;  // How soon a wait sees that the run was cancelled.
constexpr std::chrono::seconds kSilenceMargin(10);  // Beyond the server's own time limit.
constexpr int64_t kDaySeconds = 86'400;

constexpr size_t kSignatureBytes = 11;
constexpr size_t kHeaderBytes = kSignatureBytes + 8;  // Flags, and the length of an extension.
constexpr std::string_view kSignature("PGCOPY\n\377\r\n\0", kSignatureBytes);
constexpr std::string_view kTrailer("\377\377", 2);

Status ServiceFailed(const std::string& message) { return Failure(FailureKind::kService, message); }

std::string FirstLine(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

/// Whether messages of this class speak of the query and the server only: others (22 and 23, what a
/// function raises) may quote values of the data.
bool NamesNoValue(std::string_view state) {
  constexpr std::string_view kClasses[] = {"08", "0A", "25", "26", "28", "3D", "3F", "40",
                                           "42", "53", "54", "55", "57", "58", "72"};
  return std::any_of(std::begin(kClasses), std::end(kClasses),
                     [state](std::string_view known) { return state.starts_with(known); });
}

/// SQLSTATE codes (appendix A of PostgreSQL's manual) after which another try may help.
bool MayPass(std::string_view state) {
  return state.starts_with("08") || state.starts_with("53") || state == "40001" ||
         state == "40P01" || state == "57P01" || state == "57P02" || state == "57P03" ||
         state == "57P05";
}

std::string RemedyFor(std::string_view state) {
  if (state.starts_with("28")) return "check user and password in the URL, and pg_hba.conf";
  if (state == "3D000") return "check the database's name in the URL";
  if (state.starts_with("53")) return "wait until the server has room";
  if (state.starts_with("57P")) return "wait until the server runs, then run again";
  if (state == "57014") return "raise `timeout_s`, or make the query faster";
  if (state == "42501") return "grant this role SELECT on it";
  if (state == "42P01" || state == "42703") return "check the names in the query, and search_path";
  if (state == "42601") return "correct the query";
  if (state == "25006") return "the query must only read";
  if (!NamesNoValue(state))
    return "run the query in psql: its message may quote a value of the data";
  return "see the server's log";
}

/// Waits a moment for what libpq waits for; whether it came.
bool AwaitSocket(PGconn* connection, bool to_read) {
  pollfd wait{
      .fd = PQsocket(connection), .events = short(to_read ? POLLIN : POLLOUT), .revents = 0};
  return poll(&wait, 1, kLookMs) != 0;
}

}  // namespace

PgConnection::PgConnection(pg_conn* connection, const PgSettings& settings)
    : connection_(connection),
      cancel_(settings.cancel),
      silence_max_(settings.statement_timeout_s == 0
                       ? std::chrono::seconds(0)
                       : std::chrono::seconds(settings.statement_timeout_s) + kSilenceMargin) {}

PgFailure PgConnection::WhyNoConnection(const pg_conn* connection) {
  // With PQERRORS_SQLSTATE a server's refusal is "FATAL:  28P01", in every language.
  const std::string message = PQerrorMessage(connection);
  std::string state;
  for (size_t at = 0; at + 5 <= message.size(); ++at) {
    const std::string_view word = std::string_view(message).substr(at, 5);
    const bool code = std::all_of(word.begin(), word.end(), [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
    });
    const bool ends = at + 5 == message.size() || message[at + 5] == '\n';
    if (code && ends && at > 0 && message[at - 1] == ' ') state = word;
  }
  if (!state.empty()) {
    return {ServiceFailed(Concat("the database refused the connection: sqlstate=", state,
                                 "; remedy: ", RemedyFor(state))),
            MayPass(state)};
  }
  if (PQconnectionNeedsPassword(connection) != 0) {
    return {ServiceFailed("the database asks for a password; remedy: set it in the URL")};
  }
  const bool tls = message.find("SSL") != message.npos;
  return {ServiceFailed(Concat(
              "cannot connect to the database: why=", FirstLine(message), "; remedy: ",
              tls ? "check sslmode and the certificates that the URL names, and the server's TLS"
                  : "check host and port in the URL, and that the server runs")),
          !tls};
}

std::unique_ptr<PgConnection> PgConnection::Open(const PgSettings& settings, PgFailure* failure) {
  *failure = {CheckPgUrl(settings.url)};
  if (!failure->status.ok()) return nullptr;
  const std::string url = PlainPgUrl(settings.url);
  // What stands before "dbname" is a default; what stands after it overrules the URL.
  const char* keys[] = {
      "keepalives_idle", "keepalives_interval", "keepalives_count",          "tcp_user_timeout",
      "dbname",          "client_encoding",     "fallback_application_name", nullptr};
  const char* values[] = {"30", "10", "3", "60000", url.c_str(), "UTF8", "hubmill", nullptr};
  std::unique_ptr<PgConnection> out(
      new PgConnection(PQconnectStartParams(keys, values, 1), settings));
  PGconn* connection = out->connection_;
  if (connection == nullptr) {
    *failure = {ServiceFailed("cannot connect to the database: out of memory")};
    return nullptr;
  }
  if (PQstatus(connection) == CONNECTION_BAD) {
    *failure = WhyNoConnection(connection);
    // Nobody was asked: a setting is wrong, or the host has no address (yet).
    failure->again = std::strstr(PQerrorMessage(connection), "host name") != nullptr;
    return nullptr;
  }
  PQsetErrorVerbosity(connection, PQERRORS_SQLSTATE);
  const auto timeout = PgUrlSetting(url, "connect_timeout");
  const int64_t named = timeout ? atoll(timeout->c_str()) : 0;
  const int64_t seconds = std::min(named > 0 ? named : settings.connect_timeout_s, kDaySeconds);
  const auto deadline = Clock::now() + std::chrono::seconds(seconds);
  bool to_read = false;
  while (true) {
    if (out->cancelled()) {
      *failure = {RunFailed("interrupted")};
      return nullptr;
    }
    if (Clock::now() > deadline) {
      *failure = {ServiceFailed(Concat("the database does not answer: seconds=", seconds,
                                       "; remedy: check host and port in the URL")),
                  true};
      return nullptr;
    }
    if (!AwaitSocket(connection, to_read)) continue;
    const PostgresPollingStatusType state = PQconnectPoll(connection);
    if (state == PGRES_POLLING_OK) break;
    if (state == PGRES_POLLING_FAILED) {
      *failure = WhyNoConnection(connection);
      return nullptr;
    }
    to_read = state == PGRES_POLLING_READING;
  }
  PQsetErrorVerbosity(connection, PQERRORS_DEFAULT);
  PQsetNoticeProcessor(
      connection, [](void*, const char*) {}, nullptr);
  out->name_ =
      Concat("postgresql://", PQhost(connection), ":", PQport(connection), "/", PQdb(connection));
  std::vector<std::string> begin = {"BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"};
  if (!settings.snapshot.empty()) {
    begin.push_back("SET TRANSACTION SNAPSHOT '" + settings.snapshot + "'");
  }
  begin.push_back(Concat("SET LOCAL statement_timeout = '", settings.statement_timeout_s, "s'"));
  begin.push_back("SET LOCAL idle_in_transaction_session_timeout = 0");  // It waits for its turn.
  begin.push_back("SET LOCAL timezone = 'UTC'");
  for (size_t i = 0; i < begin.size(); ++i) {
    const auto answer = out->Execute(begin[i]);
    if (answer.ok() && PQresultStatus(answer->get()) == PGRES_COMMAND_OK) continue;
    const Status status = answer.ok() ? out->Refused(answer->get()) : answer.status();
    const bool stale = answer.ok() && i == 1 && !settings.snapshot.empty() && !out->again_;
    *failure = {.status = status, .again = out->again_, .stale_snapshot = stale};
    return nullptr;
  }
  return out;
}

std::string PgConnection::ExportSnapshot() {
  const auto answer = Execute("SELECT pg_catalog.pg_export_snapshot()");
  const bool made = answer.ok() && PQresultStatus(answer->get()) == PGRES_TUPLES_OK;
  return made ? PQgetvalue(answer->get(), 0, 0) : "";
}

bool PgConnection::Alive() {
  const auto answer = Execute("SELECT 1");
  return answer.ok() && PQresultStatus(answer->get()) == PGRES_TUPLES_OK;
}

PgConnection::~PgConnection() {
  if (cancelled() && PQtransactionStatus(connection_) == PQTRANS_ACTIVE) {
    char why[256];
    PGcancel* cancel = PQgetCancel(connection_);
    if (cancel != nullptr) PQcancel(cancel, why, sizeof(why));
    PQfreeCancel(cancel);
  }
  PQfinish(connection_);
}

Status PgConnection::AwaitMore(Clock::time_point since) {
  again_ = false;
  if (cancelled()) return RunFailed("interrupted");
  const bool came = AwaitSocket(connection_, true);
  const auto silence = Clock::now() - since;
  if (!came && silence_max_.count() > 0 && silence > silence_max_) {
    return ServiceFailed(Concat("the database does not answer: seconds=",
                                std::chrono::duration_cast<std::chrono::seconds>(silence).count(),
                                " database=", name_, "; remedy: ", RemedyFor("57014")));
  }
  // Also where nothing came: TLS may hold back what was received before.
  return PQconsumeInput(connection_) != 0 ? Status::OK() : Refused(nullptr);
}

Result<PgConnection::Answer> PgConnection::Receive(int sent) {
  if (sent == 0) return Refused(nullptr);
  Answer last(nullptr, &PQclear);
  while (true) {
    const auto since = Clock::now();
    while (PQisBusy(connection_) != 0) ARROW_RETURN_NOT_OK(AwaitMore(since));
    Answer answer(PQgetResult(connection_), &PQclear);
    if (answer == nullptr) return last;
    last = std::move(answer);
    if (PQresultStatus(last.get()) == PGRES_COPY_OUT) return last;
  }
}

Result<PgConnection::Answer> PgConnection::Execute(const std::string& sql) {
  return Receive(PQsendQuery(connection_, sql.c_str()));
}

Status PgConnection::Refused(const pg_result* result) {
  const char* state_text =
      result != nullptr ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : nullptr;
  if (state_text == nullptr || PQstatus(connection_) == CONNECTION_BAD) {
    again_ = true;
    return ServiceFailed(
        Concat("the connection to the database was cut: database=", name_, "; remedy: run again"));
  }
  const std::string state = state_text;
  again_ = MayPass(state);
  const std::string message =
      NamesNoValue(state) ? Concat("why=", PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY), " ")
                          : "";
  const std::string text = Concat("the database refused the query: ", message, "sqlstate=", state,
                                  " database=", name_, "; remedy: ", RemedyFor(state));
  const bool query_is_wrong = state == "25006" || (state.starts_with("42") && state != "42501");
  return query_is_wrong ? WrongUsage(text) : ServiceFailed(text);
}

Status PgConnection::FindTypes(const pg_result* description, std::vector<PgColumn>* columns) {
  std::map<Oid, PgType> text_types;  // Enums, domains over text, citext, and arrays of them.
  std::string numbers;
  for (int i = 0; i < PQnfields(description); ++i) {
    if (PgTypeOf(PQftype(description, i), -1)) continue;
    numbers += Concat(numbers.empty() ? "" : ",", PQftype(description, i));
  }
  std::map<Oid, std::string> names;
  if (!numbers.empty()) {
    // What is sent as text is text; an array counts by its items.
    ARROW_ASSIGN_OR_RAISE(
        const Answer found,
        Execute("SELECT t.oid, t.oid::regtype, t.typcategory = 'A', "
                "coalesce(item.typsend, t.typsend)::regproc::text ~ "
                "'(^|[.])(enum_send|textsend|varcharsend|bpcharsend|namesend|citextsend)$' "
                "FROM pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_type item "
                "ON t.typcategory = 'A' AND item.oid = t.typelem WHERE t.oid IN (" +
                numbers + ")"));
    if (PQresultStatus(found.get()) != PGRES_TUPLES_OK) return Refused(found.get());
    for (int row = 0; row < PQntuples(found.get()); ++row) {
      const auto number = Oid(std::stoul(PQgetvalue(found.get(), row, 0)));
      names[number] = PQgetvalue(found.get(), row, 1);
      if (*PQgetvalue(found.get(), row, 3) != 't') continue;
      text_types[number] = {.kind = PgKind::kText,
                            .array = *PQgetvalue(found.get(), row, 2) == 't'};
    }
  }
  std::string unknown;
  for (int i = 0; i < PQnfields(description); ++i) {
    const Oid number = PQftype(description, i);
    std::optional<PgType> type = PgTypeOf(number, PQfmod(description, i));
    if (const auto text = text_types.find(number); !type && text != text_types.end()) {
      type = text->second;
    }
    const std::string name = PQfname(description, i);
    if (!type) {
      unknown += Concat(unknown.empty() ? "" : ", ", name, " (", names[number], ")");
      continue;
    }
    columns->push_back({.name = name, .type = *type});
  }
  if (unknown.empty()) return Status::OK();
  return WrongUsage("columns of the query have types that cannot be read: columns=", unknown,
                    "; remedy: make them text in the query, for example column::text AS column");
}

Result<std::vector<PgColumn>> PgConnection::Describe(const std::string& query) {
  ARROW_ASSIGN_OR_RAISE(const Answer prepared,
                        Receive(PQsendPrepare(connection_, "", query.c_str(), 0, nullptr)));
  if (PQresultStatus(prepared.get()) != PGRES_COMMAND_OK) return Refused(prepared.get());
  ARROW_ASSIGN_OR_RAISE(const Answer description, Receive(PQsendDescribePrepared(connection_, "")));
  if (PQresultStatus(description.get()) != PGRES_COMMAND_OK) return Refused(description.get());
  if (PQnfields(description.get()) == 0) {
    return WrongUsage("the query returns no columns; remedy: a SELECT");
  }
  std::vector<PgColumn> columns;
  ARROW_RETURN_NOT_OK(FindTypes(description.get(), &columns));
  std::set<std::string> seen;
  for (const PgColumn& column : columns) {
    if (column.name == "?column?" || !seen.insert(column.name).second) {
      return WrongUsage("a column of the query has no name of its own: column=", column.name,
                        "; remedy: name it by AS");
    }
  }
  return columns;
}

Status PgConnection::Start(const std::string& query) {
  if (!wide_) {
    ARROW_RETURN_NOT_OK(
        Execute(Concat("SELECT pg_catalog.repeat(' ', ", kReceiveBytes, ")")).status());
    wide_ = true;
  }
  // The line end closes a comment at the query's end.
  ARROW_ASSIGN_OR_RAISE(const Answer answer,
                        Execute("COPY (" + query + "\n) TO STDOUT (FORMAT binary)"));
  if (PQresultStatus(answer.get()) != PGRES_COPY_OUT) return Refused(answer.get());
  at_start_ = true;
  return Status::OK();
}

Result<bool> PgConnection::NextRow(arrow::BufferBuilder* out) {
  while (true) {
    char* bytes = nullptr;
    int size = PQgetCopyData(connection_, &bytes, 1);
    if (size == 0) {
      std::this_thread::sleep_for(kNap);
      for (const auto since = Clock::now(); size == 0;) {
        ARROW_RETURN_NOT_OK(AwaitMore(since));
        size = PQgetCopyData(connection_, &bytes, 1);
      }
    }
    if (size > 0) {
      const std::unique_ptr<char, void (*)(void*)> owner(bytes, &PQfreemem);
      std::string_view row(bytes, size_t(size));
      if (at_start_) {  // The header comes with the first row, or with the trailer.
        if (row.size() < kHeaderBytes || !row.starts_with(kSignature)) {
          again_ = false;
          return RunFailed("the database's answer is malformed: database=", name_,
                           "; remedy: check that the URL is that of a PostgreSQL server");
        }
        row.remove_prefix(kHeaderBytes);
        at_start_ = false;
      }
      if (row.empty() || row == kTrailer) continue;
      ARROW_RETURN_NOT_OK(out->Append(row));
      return true;
    }
    if (size == -2) return Refused(nullptr);
    ARROW_ASSIGN_OR_RAISE(const Answer end, Receive(1));
    if (PQresultStatus(end.get()) != PGRES_COMMAND_OK) return Refused(end.get());
    return false;
  }
}

}  // namespace hubmill
