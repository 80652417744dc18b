// hubmill show DATA [--row N]
#include "cli/show_command.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/hub_connection.h"
#include "cli/row_text.h"
#include "cli/safe_text.h"
#include "cli/statistics_text.h"
#include "cli/terminal.h"
#include "core/executor.h"
#include "hub/hub_uris.h"
#include "run/hub_access.h"
#include "view/cell.h"
#include "view/data_set.h"
#include "view/row_table.h"
#include "view/search.h"

namespace hubmill {
namespace {

constexpr char kFooter[] =
    "DATA: a .parquet, .jsonl or .csv file (.gz and .zst too), a folder, OWNER/NAME or\n"
    "      hub://OWNER/NAME@REVISION.  Rows count from 0.\n"
    "Examples:\n"
    "  hubmill show samples/chat.jsonl\n"
    "  hubmill show samples/chat.jsonl --row 12\n"
    "  hubmill show samples/feedback.csv --filter \"length(message) > 60\" --columns id,message\n"
    "  hubmill show alice/tickets --hub local --search refund --json";

constexpr int64_t kRowsDefault = 10;
constexpr int64_t kRowsMax = 1'000'000'000;
constexpr int64_t kRowsAtOnce = 1000;
constexpr size_t kWidthDefault = 120;  // Where stdout is no terminal.
constexpr size_t kWidthMin = 20;

struct ShowArguments {
  std::string data;
  std::string config;
  std::string split;
  int64_t row = -1;
  std::string rows;  // N..M
  int64_t limit = -1;
  std::vector<std::string> columns;
  std::string search;
  std::string filter;
  bool json = false;
  HubChoice hub;
};

size_t TerminalWidth() {
  winsize size{};
  if (isatty(STDOUT_FILENO) != 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
      size.ws_col > 0) {
    return std::max<size_t>(size.ws_col, kWidthMin);
  }
  const char* columns = std::getenv("COLUMNS");
  const int64_t told = columns == nullptr ? 0 : std::strtoll(columns, nullptr, 10);
  return told >= int64_t(kWidthMin) && told < 100'000 ? size_t(told) : kWidthDefault;
}

/// Rows [first_row, end_row) of `N..M`, which names both ends.
Result<RowSpan> ParseRows(const std::string& text) {
  const auto refuse = [&] {
    return WrongUsage("rows are not written so: --rows ", text,
                      "; remedy: first and last row, for example --rows 20..29");
  };
  const size_t dots = text.find("..");
  if (dots == text.npos) return refuse();
  RowSpan span;
  const auto read = [&text](size_t begin, size_t end, int64_t* out) {
    const auto parsed = std::from_chars(text.data() + begin, text.data() + end, *out);
    return parsed.ec == std::errc() && parsed.ptr == text.data() + end && *out >= 0;
  };
  int64_t last = 0;
  if (!read(0, dots, &span.first_row) || !read(dots + 2, text.size(), &last) ||
      last < span.first_row || last >= INT64_MAX - 1) {
    return refuse();
  }
  span.end_row = last + 1;
  return span;
}

Status RowBehindEnd(int64_t row, int64_t rows) {
  if (rows == 0) return WrongUsage("a split has no rows: row=", row, "; remedy: another --split");
  return WrongUsage("a row is behind the end: row=", row, " rows=", rows, "; remedy: rows 0 to ",
                    rows - 1);
}

class Show {
 public:
  explicit Show(const ShowArguments& arguments) : arguments_(arguments) {}

  Status Run() {
    ARROW_RETURN_NOT_OK(CheckArguments());
    ARROW_ASSIGN_OR_RAISE(const RunHub hub, OpenHubOfRun(arguments_.hub));
    HubUris uris([&hub] { return FindHubAccess(hub.url, hub.token); }, nullptr);
    ARROW_ASSIGN_OR_RAISE(const DataSet set, DataSet::OpenInput(arguments_.data, uris));
    for (const std::string& problem : set.problems) PrintMessage("note: " + SafeLine(problem));
    ARROW_ASSIGN_OR_RAISE(const DataSplit* split, set.Find(arguments_.config, arguments_.split));
    ARROW_ASSIGN_OR_RAISE(table_, split->OpenRows());
    split_name_ = split->name;
    InterruptScope interrupt(&progress_);
    if (searching()) return ShowHits();
    if (arguments_.row >= 0) return ShowRow();
    return ShowRows();
  }

 private:
  const std::atomic<bool>* cancel() const { return &progress_.cancel; }
  bool searching() const { return !arguments_.search.empty() || !arguments_.filter.empty(); }

  Status CheckArguments() {
    const int ways = (arguments_.row >= 0 ? 1 : 0) + (arguments_.rows.empty() ? 0 : 1);
    if (ways + (arguments_.limit >= 0 ? 1 : 0) > 1) {
      return WrongUsage("--row, --rows and --limit exclude each other; remedy: give one");
    }
    if (searching() && arguments_.row >= 0) {
      return WrongUsage("--row and a search exclude each other; remedy: give one");
    }
    if (!arguments_.rows.empty()) {
      ARROW_ASSIGN_OR_RAISE(span_, ParseRows(arguments_.rows));
    } else if (!searching()) {
      span_.end_row = arguments_.limit >= 0 ? arguments_.limit : kRowsDefault;
    }
    return Status::OK();
  }

  Status Describe(const std::shared_ptr<arrow::RecordBatch>& sample) {
    ARROW_ASSIGN_OR_RAISE(const auto schema, table_->ChooseColumns(arguments_.columns));
    columns_ = DescribeColumns(*schema, sample.get());
    return Status::OK();
  }

  Status ShowRow() {
    ARROW_ASSIGN_OR_RAISE(const auto batch,
                          table_->Read(arguments_.row, 1, arguments_.columns, cancel()));
    if (batch->num_rows() == 0) {
      ARROW_ASSIGN_OR_RAISE(const int64_t rows, table_->CountRows(cancel()));
      return RowBehindEnd(arguments_.row, rows);
    }
    ARROW_RETURN_NOT_OK(Describe(batch));
    const NumberedRow row{.row = arguments_.row, .batch = batch, .index = 0};
    PrintFacts(arguments_.json ? RenderRowJson(row, columns_) : RenderRow(row, columns_));
    return Status::OK();
  }

  Status ShowRows() {
    std::vector<NumberedRow> shown;
    bool described = false;
    for (int64_t at = span_.first_row; at < span_.end_row;) {
      if (progress_.cancel.load()) return RunFailed("cancelled");
      const int64_t wanted = std::min(span_.end_row - at, kRowsAtOnce);
      ARROW_ASSIGN_OR_RAISE(const auto batch,
                            table_->Read(at, wanted, arguments_.columns, cancel()));
      if (!described) ARROW_RETURN_NOT_OK(Describe(batch));
      described = true;
      if (batch->num_rows() == 0) break;
      for (int64_t i = 0; i < batch->num_rows() && !progress_.cancel.load(); ++i) {
        const NumberedRow row{.row = at + i, .batch = batch, .index = i};
        if (arguments_.json) {
          PrintFacts(RenderRowJson(row, columns_));
        } else {
          shown.push_back(row);
        }
      }
      at += batch->num_rows();
      // A table is laid out by its first rows; more of them follow in tables of their own.
      if (!arguments_.json && int64_t(shown.size()) >= kRowsAtOnce) Flush(&shown);
    }
    if (!described) ARROW_RETURN_NOT_OK(Describe(nullptr));
    if (table_->rows() >= 0 && span_.first_row > 0 && span_.first_row >= table_->rows()) {
      return RowBehindEnd(span_.first_row, table_->rows());
    }
    if (arguments_.json) return Status::OK();
    if (!shown.empty() || span_.first_row == 0) Flush(&shown);
    ARROW_RETURN_NOT_OK(CountIfQuick());
    PrintFacts(Summary());
    return Status::OK();
  }

  void Flush(std::vector<NumberedRow>* rows) {
    PrintFacts(RenderRows(*rows, columns_, TerminalWidth()));
    rows->clear();
  }

  /// Rows of lines are counted where that takes no time.
  Status CountIfQuick() {
    return table_->CountsQuickly() ? table_->CountRows(cancel()).status() : Status::OK();
  }

  std::string Summary() const {
    std::string out = SafeLine(split_name_) + ": ";
    out += table_->rows() < 0 ? "rows not counted" : WithCommas(table_->rows()) + " rows";
    out += ", " + WithCommas(table_->schema()->num_fields()) + " columns";
    return out + BadRowsText(table_->bad_rows(), table_->first_bad_row()) + "\n";
  }

  Status ShowHits() {
    const SearchOptions options{.text = arguments_.search,
                                .filter = arguments_.filter,
                                .columns = arguments_.columns,
                                .hits_max = arguments_.limit >= 0 ? arguments_.limit : kRowsDefault,
                                .span = span_};
    std::vector<NumberedRow> found;
    const SearchCallbacks callbacks{
        .hit =
            [&](int64_t row, const std::shared_ptr<arrow::RecordBatch>& cells) {
              if (columns_.empty()) columns_ = DescribeColumns(*cells->schema(), cells.get());
              const NumberedRow hit{.row = row, .batch = cells, .index = 0};
              if (arguments_.json) {
                PrintFacts(RenderRowJson(hit, columns_));
              } else {
                found.push_back(hit);
              }
              return true;
            },
        .progress = {},
        .cancel = cancel()};
    ARROW_ASSIGN_OR_RAISE(const SearchEnd end, SearchRows(*table_, options, callbacks));
    if (progress_.cancel.load()) return RunFailed("cancelled");
    if (arguments_.json) return Status::OK();
    if (!found.empty()) Flush(&found);
    PrintFacts(
        WithCommas(end.hits) + (end.complete ? " rows found in " : " rows found in the first ") +
        WithCommas(end.rows) + (end.complete ? " rows" : " rows; --limit finds more") + "\n");
    return Status::OK();
  }

  const ShowArguments& arguments_;
  Progress progress_;
  RowSpan span_;
  std::shared_ptr<RowTable> table_;
  std::string split_name_;
  std::vector<ColumnView> columns_;
};

}  // namespace

void AddShowCommand(CLI::App& app, CommandContext* context) {
  auto arguments = std::make_shared<ShowArguments>();
  CLI::App* command = app.add_subcommand("show", "Rows of a file, a folder or a repository");
  command->footer(kFooter);
  command->add_option("DATA", arguments->data, "A file, a folder or a repository")->required();
  command->add_option("--config", arguments->config, "Config (default: the default one)");
  command->add_option("--split", arguments->split, "Split (default: train, or the first)");
  command->add_option("--row", arguments->row, "One row, whole")
      ->check(CLI::Range(int64_t{0}, INT64_MAX / 2));
  command->add_option("--rows", arguments->rows, "First and last row: N..M");
  command->add_option("--limit", arguments->limit, "The first N rows, or N of those found (10)")
      ->check(CLI::Range(int64_t{0}, kRowsMax));
  command->add_option("--columns", arguments->columns, "Only these columns: a,b")->delimiter(',');
  command->add_option("--search", arguments->search, "Rows that hold this text, in any case");
  command->add_option("--filter", arguments->filter,
                      "Rows for which this holds, as in the stage filter");
  command->add_flag("--json", arguments->json, "One line of JSON a row, values whole");
  AddHubChoice(command, &arguments->hub);
  command->callback([arguments, context] {
    const Status status = Show(*arguments).Run();
    if (!status.ok()) context->exit_status = ReportFailure(status);
  });
}

}  // namespace hubmill
