// What reads a whole split: search, statistics, comparison.  Answers are events, so that people see
// how far it is and may leave; where the client leaves, the reading ends.
#include <atomic>
#include <chrono>
#include <nlohmann/json.hpp>

#include "server/data_call.h"
#include "view/cell.h"
#include "view/data_compare.h"
#include "view/search.h"

namespace hubmill::server {
namespace {

constexpr int64_t kHitsDefault = 100;
constexpr int64_t kHitsMax = 1000;
constexpr int kDiffSamples = 20;  // Of each kind.
constexpr auto kProgressEvery = std::chrono::milliseconds(200);

/// The events of one reading.  Used by one thread; `left` may be read by others.
class Events {
 public:
  explicit Events(const http::StreamSend* send) : send_(*send) {}

  /// `data`: JSON on one line.
  bool Send(std::string_view event, std::string_view data) {
    if (!send_(Concat("event: ", event, "\ndata: ", data, "\n\n"))) left_ = true;
    return !left_;
  }
  /// At most five a second.
  bool Progress(int64_t rows, int64_t rows_total) {
    const auto now = std::chrono::steady_clock::now();
    if (now - told_ < kProgressEvery) return !left_;
    told_ = now;
    return Send("progress", Concat("{\"rows\":", rows, ",\"rows_total\":",
                                   rows_total < 0 ? "null" : Concat(rows_total), "}"));
  }
  const std::atomic<bool>* left() const { return &left_; }

 private:
  const http::StreamSend& send_;
  std::atomic<bool> left_ = false;
  std::chrono::steady_clock::time_point told_ = std::chrono::steady_clock::now();
};

/// `read` sends all but the end, which it returns as JSON; a failure is the event `problem`.
http::Response Scan(const ApiCall& call, std::function<Result<std::string>(Events& events)> read) {
  auto admission = std::make_shared<Admission>(&call.api.scans(), kScansMax);
  if (!admission->admitted()) return TooMany("too many whole splits are being read");
  http::Response response(200, "text/event-stream", "");
  response.stream = [admission, read = std::move(read)](const http::StreamSend& send) {
    Events events(&send);
    const Result<std::string> end = read(events);
    if (end.ok()) {
      events.Send("end", *end);
      return;
    }
    events.Send("problem", TextOf({{"error", end.status().message()}}));
  };
  return response;
}

Result<std::string> Search(RowTable& table, const SearchOptions& options, Events& events) {
  SearchCallbacks callbacks;
  callbacks.hit = [&](int64_t row, const std::shared_ptr<arrow::RecordBatch>& cells) {
    std::string text;
    AppendRow(*cells, 0, row, &text);
    return events.Send("hit", text);
  };
  callbacks.progress = [&](int64_t rows, int64_t total) { events.Progress(rows, total); };
  callbacks.cancel = events.left();
  ARROW_ASSIGN_OR_RAISE(const SearchEnd end, SearchRows(table, options, callbacks));
  return Concat("{\"hits\":", end.hits, ",\"rows\":", end.rows,
                ",\"complete\":", end.complete ? "true" : "false", "}");
}

ScanOptions ScanFor(Events& events) {
  return {.cancel = events.left(),
          .progress = [&](int64_t rows, int64_t total) { events.Progress(rows, total); }};
}

/// What changed, and how far the values of each column moved.
Result<std::string> Compare(RowTable& before, RowTable& now, const std::vector<std::string>& key,
                            Events& events) {
  ARROW_ASSIGN_OR_RAISE(
      const SetDiff diff,
      CompareTables(before, now, {.key = key, .samples = kDiffSamples, .scan = ScanFor(events)}));
  ARROW_ASSIGN_OR_RAISE(const SplitStatistics reference,
                        ComputeTableStatistics(before, {}, ScanFor(events)));
  ARROW_ASSIGN_OR_RAISE(const SplitStatistics current,
                        ComputeTableStatistics(now, {}, ScanFor(events)));
  nlohmann::ordered_json end = diff.ToJson();
  end["drift"] = ComputeDrift(reference, current).ToJson();
  return TextOf(end);
}

}  // namespace

Result<http::Response> SearchData(const ApiCall& call) {
  ARROW_RETURN_NOT_OK(CheckDataQuery(
      call, {"set", "revision", "config", "split", "q", "filter", "limit", "columns"}));
  SearchOptions options;
  options.text = call.request.Query("q");
  options.filter = call.request.Query("filter");
  ARROW_ASSIGN_OR_RAISE(options.hits_max, NumberOf(call, "limit", kHitsDefault, 1, kHitsMax));
  ARROW_ASSIGN_OR_RAISE(options.columns, TextsOf(call, "columns"));
  std::optional<http::Response> refusal;
  ARROW_ASSIGN_OR_RAISE(const auto set, SetOfCall(call, &refusal));
  if (refusal) return *std::move(refusal);
  ARROW_ASSIGN_OR_RAISE(const auto table, TableOfCall(call, *set));
  return Scan(call,
              [set, table, options](Events& events) { return Search(*table, options, events); });
}

Result<http::Response> ShowStatistics(const ApiCall& call) {
  ARROW_RETURN_NOT_OK(CheckDataQuery(call, {"set", "revision", "config", "split", "columns"}));
  ARROW_ASSIGN_OR_RAISE(const auto columns, TextsOf(call, "columns"));
  std::optional<http::Response> refusal;
  ARROW_ASSIGN_OR_RAISE(const auto set, SetOfCall(call, &refusal));
  if (refusal) return *std::move(refusal);
  ARROW_ASSIGN_OR_RAISE(const auto table, TableOfCall(call, *set));
  const std::string question =
      Concat("stats\n", call.request.Query("config"), "\n", call.request.Query("split"), "\n",
             call.request.Query("columns"));
  return Scan(call, [set, table, columns, question](Events& events) -> Result<std::string> {
    if (const auto kept = set->KeptAnswer(question)) return *kept;
    ARROW_ASSIGN_OR_RAISE(const SplitStatistics found,
                          ComputeTableStatistics(*table, columns, ScanFor(events)));
    std::string answer = TextOf(found.ToJson());
    set->KeepAnswer(question, answer);
    return answer;
  });
}

Result<http::Response> CompareData(const ApiCall& call) {
  ARROW_RETURN_NOT_OK(
      CheckDataQuery(call, {"set", "from", "to", "other", "config", "split", "key"}));
  ARROW_ASSIGN_OR_RAISE(const auto key, TextsOf(call, "key"));
  const std::string id(call.request.Query("set")), other(call.request.Query("other"));
  DataCatalog& data = call.api.data();
  ARROW_ASSIGN_OR_RAISE(const auto before, data.Open(id, std::string(call.request.Query("from"))));
  ARROW_ASSIGN_OR_RAISE(
      const auto now, data.Open(other.empty() ? id : other, std::string(call.request.Query("to"))));
  if (before == nullptr || now == nullptr) {
    return NoSuchSet();
  }
  ARROW_ASSIGN_OR_RAISE(const auto old_rows, TableOfCall(call, *before));
  ARROW_ASSIGN_OR_RAISE(const auto new_rows, TableOfCall(call, *now));
  return Scan(call, [before, now, old_rows, new_rows, key](Events& events) {
    return Compare(*old_rows, *new_rows, key, events);
  });
}

}  // namespace hubmill::server
