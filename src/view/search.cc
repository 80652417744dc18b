// Row groups are searched on several threads and told of in order.  A thread takes the next row
// group that lies at most kAheadUnits before the one whose hits are being told, so that memory is
// bounded and a search that ends early wastes little.
#include "view/search.h"

#include <arrow/array/array_primitive.h>
#include <arrow/array/concatenate.h>
#include <arrow/compute/api.h>
#include <arrow/compute/exec.h>
#include <arrow/scalar.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "stages/expression.h"
#include "view/data_set.h"
#include "view/text_match.h"

namespace hubmill {
namespace {

constexpr size_t kAheadUnits = 4;
constexpr int kSearchThreadsMax = 16;

void AddColumns(const ExpressionNode& node, std::vector<std::string>* names) {
  if (node.kind == ExpressionNode::Kind::kColumn && !node.path.empty()) {
    names->push_back(node.path[0]);
  }
  for (const auto& operand : node.operands) AddColumns(*operand, names);
}

/// A row in memory of its own: a slice would keep the whole batch.
Result<std::shared_ptr<arrow::RecordBatch>> CopyRow(const arrow::RecordBatch& batch, int64_t row) {
  arrow::ArrayVector columns;
  for (const auto& column : batch.columns()) {
    ARROW_ASSIGN_OR_RAISE(auto copy, arrow::Concatenate({column->Slice(row, 1)}));
    columns.push_back(std::move(copy));
  }
  return arrow::RecordBatch::Make(batch.schema(), 1, std::move(columns));
}

struct Hit {
  int64_t row = 0;
  std::shared_ptr<arrow::RecordBatch> cells;  // Null: not read yet.
};

/// Rows that are searched together.
struct Unit {
  RowSpan span;
  std::deque<Hit> hits;  // Found and not told yet.
  int64_t rows = 0;      // Looked at.
  bool done = false;
  Status status;
};

class Search {
 public:
  Search(RowTable& table, const SearchOptions& options, const SearchCallbacks& callbacks)
      : table_(table), options_(options), callbacks_(callbacks), matcher_(options.text) {}

  ~Search() { Stop(); }
  Search(const Search&) = delete;
  Search& operator=(const Search&) = delete;

  Status Bind();
  Result<SearchEnd> Run();

 private:
  void CutUnits();
  void Work();
  Status SearchUnit(Unit* unit);
  /// Rows of `batch` that are hits.
  Result<std::vector<uint8_t>> Judge(const arrow::RecordBatch& batch) const;
  Status Filter(const arrow::RecordBatch& batch, std::vector<uint8_t>* hits) const;
  /// Tells of a hit; false: the caller wants no more.
  Result<bool> Tell(const Hit& hit);
  bool Cancelled() const { return callbacks_.cancel != nullptr && callbacks_.cancel->load(); }
  void Stop();

  RowTable& table_;
  const SearchOptions& options_;
  const SearchCallbacks& callbacks_;
  const TextMatcher matcher_;
  std::vector<std::string> scanned_;  // Columns; empty: all.
  std::vector<std::string> texts_;    // Columns that the text is looked for in; empty: all.
  bool cells_scanned_ = true;         // The columns of the hits are among those scanned.
  std::shared_ptr<arrow::Schema> filter_schema_;
  std::optional<arrow::compute::Expression> condition_;

  std::mutex mutex_;  // Of the units and what follows.
  std::condition_variable changed_;
  std::vector<Unit> units_;
  size_t next_ = 0;  // To be taken by a thread.
  size_t told_ = 0;  // Whose hits are being told.
  std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_;
};

Status Search::Bind() {
  if (options_.text.empty() && options_.filter.empty()) {
    return WrongUsage("a search needs a text or a filter; remedy: give one");
  }
  if (options_.text.size() > kSearchTextBytesMax) {
    return WrongUsage("the text to look for is too long: bytes=", options_.text.size(),
                      " max=", kSearchTextBytesMax, "; remedy: look for a part of it");
  }
  if (options_.hits_max < 1 || options_.hits_max > kSearchHitsMax) {
    return WrongUsage("a search gives 1 to ", kSearchHitsMax, " rows: limit=", options_.hits_max,
                      "; remedy: a smaller limit, or a narrower search");
  }
  // Each checks its names.
  ARROW_RETURN_NOT_OK(table_.ChooseColumns(options_.columns).status());
  ARROW_RETURN_NOT_OK(table_.ChooseColumns(options_.in_columns).status());
  texts_ = options_.in_columns;
  std::vector<std::string> needed = options_.in_columns;
  if (!options_.filter.empty()) {
    ARROW_ASSIGN_OR_RAISE(const ExpressionPtr root, ParseExpression(options_.filter));
    auto bound = BindExpression(*root, *table_.schema());
    if (!bound.ok()) return WrongUsage(bound.status().message());
    AddColumns(*root, &needed);
    std::sort(needed.begin(), needed.end());
    needed.erase(std::unique(needed.begin(), needed.end()), needed.end());
    std::vector<std::string> names;
    AddColumns(*root, &names);
    arrow::FieldVector fields;
    for (const auto& field : table_.schema()->fields()) {
      if (std::find(names.begin(), names.end(), field->name()) != names.end()) {
        fields.push_back(field);
      }
    }
    filter_schema_ = arrow::schema(std::move(fields));
    ARROW_ASSIGN_OR_RAISE(condition_, BindExpression(*root, *filter_schema_));
  }
  const bool everywhere = !options_.text.empty() && options_.in_columns.empty();
  const bool parquet = !table_.files().empty() && FormatOfName(table_.files()[0].path) == "parquet";
  if (everywhere || !parquet) return Status::OK();
  // Only what is looked at is scanned; hits are few and read by their numbers.
  if (needed.empty()) return Status::OK();  // A condition without columns.
  scanned_ = needed;
  const auto& shown = options_.columns;
  cells_scanned_ = !shown.empty() && std::all_of(shown.begin(), shown.end(), [&](const auto& name) {
    return std::find(needed.begin(), needed.end(), name) != needed.end();
  });
  return Status::OK();
}

void Search::CutUnits() {
  const std::vector<int64_t> starts = table_.Starts();
  const int64_t total = table_.rows();
  const int64_t end = total < 0 ? options_.span.end_row : std::min(options_.span.end_row, total);
  const int64_t first = std::max<int64_t>(options_.span.first_row, 0);
  for (size_t i = 0; i < starts.size(); ++i) {
    const int64_t next = i + 1 < starts.size() ? starts[i + 1] : INT64_MAX;
    const RowSpan span{.first_row = std::max(first, starts[i]), .end_row = std::min(end, next)};
    if (span.first_row < span.end_row) units_.push_back({.span = span});
  }
}

Status Search::Filter(const arrow::RecordBatch& batch, std::vector<uint8_t>* hits) const {
  arrow::ArrayVector columns;
  for (const auto& field : filter_schema_->fields()) {
    columns.push_back(batch.GetColumnByName(field->name()));
  }
  const auto rows = arrow::RecordBatch::Make(filter_schema_, batch.num_rows(), std::move(columns));
  auto result =
      arrow::compute::ExecuteScalarExpression(*condition_, arrow::compute::ExecBatch(*rows));
  if (!result.ok()) {
    return DataRefused("a condition cannot be computed: why=", result.status().message(),
                       "; remedy: compare smaller numbers, or other columns");
  }
  if (result->is_scalar()) {
    const auto& truth = result->scalar_as<arrow::BooleanScalar>();
    if (!truth.is_valid || !truth.value) std::fill(hits->begin(), hits->end(), 0);
    return Status::OK();
  }
  const auto array = result->make_array();
  const auto& truth = static_cast<const arrow::BooleanArray&>(*array);
  for (int64_t i = 0; i < truth.length(); ++i) {
    if (truth.IsNull(i) || !truth.Value(i)) (*hits)[size_t(i)] = 0;
  }
  return Status::OK();
}

Result<std::vector<uint8_t>> Search::Judge(const arrow::RecordBatch& batch) const {
  std::vector<uint8_t> hits(size_t(batch.num_rows()), options_.text.empty() ? 1 : 0);
  if (!options_.text.empty()) {
    for (int i = 0; i < batch.num_columns(); ++i) {
      const bool wanted = texts_.empty() || std::find(texts_.begin(), texts_.end(),
                                                      batch.column_name(i)) != texts_.end();
      if (wanted) matcher_.Mark(*batch.column(i), &hits);
    }
  }
  const bool any = std::find(hits.begin(), hits.end(), 1) != hits.end();
  if (condition_ && any) ARROW_RETURN_NOT_OK(Filter(batch, &hits));
  return hits;
}

Status Search::SearchUnit(Unit* unit) {
  int64_t found = 0;
  return table_.Scan(
      scanned_, unit->span,
      [&](const std::shared_ptr<arrow::RecordBatch>& batch, int64_t first) -> Result<bool> {
        if (stop_ || Cancelled()) return false;
        ARROW_ASSIGN_OR_RAISE(const std::vector<uint8_t> hits, Judge(*batch));
        std::deque<Hit> here;
        for (size_t i = 0; i < hits.size() && found < options_.hits_max; ++i) {
          if (hits[i] == 0) continue;
          ++found;
          Hit hit{.row = first + int64_t(i), .cells = nullptr};
          if (cells_scanned_) {
            ARROW_ASSIGN_OR_RAISE(hit.cells, CopyRow(*batch, int64_t(i)));
          }
          here.push_back(std::move(hit));
        }
        const std::lock_guard lock(mutex_);
        for (Hit& hit : here) unit->hits.push_back(std::move(hit));
        unit->rows = first + batch->num_rows() - unit->span.first_row;
        changed_.notify_all();
        return found < options_.hits_max;
      });
}

void Search::Work() {
  while (true) {
    Unit* unit = nullptr;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(
          lock, [this] { return stop_ || next_ >= units_.size() || next_ < told_ + kAheadUnits; });
      if (stop_ || next_ >= units_.size()) return;
      unit = &units_[next_++];
    }
    Status status = SearchUnit(unit);
    const std::lock_guard lock(mutex_);
    unit->status = std::move(status);
    unit->done = true;
    changed_.notify_all();
  }
}

Result<bool> Search::Tell(const Hit& hit) {
  std::shared_ptr<arrow::RecordBatch> cells = hit.cells;
  if (cells == nullptr) {
    ARROW_ASSIGN_OR_RAISE(cells, table_.Read(hit.row, 1, options_.columns));
  } else if (!options_.columns.empty()) {
    ARROW_ASSIGN_OR_RAISE(const auto schema, table_.ChooseColumns(options_.columns));
    arrow::ArrayVector columns;
    for (const auto& name : options_.columns) columns.push_back(cells->GetColumnByName(name));
    cells = arrow::RecordBatch::Make(schema, 1, std::move(columns));
  }
  return !callbacks_.hit || callbacks_.hit(hit.row, cells);
}

void Search::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    changed_.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

Result<SearchEnd> Search::Run() {
  CutUnits();
  const int threads =
      std::clamp(options_.threads, 1, std::min(int(units_.size()) + 1, kSearchThreadsMax));
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
  SearchEnd end;
  for (size_t i = 0; i < units_.size(); ++i) {
    Unit& unit = units_[i];
    const int64_t before = end.rows;
    for (bool done = false; !done;) {
      std::deque<Hit> hits;
      {
        std::unique_lock lock(mutex_);
        told_ = i;
        changed_.notify_all();
        changed_.wait(
            lock, [&] { return unit.done || !unit.hits.empty() || before + unit.rows > end.rows; });
        hits.swap(unit.hits);
        end.rows = before + unit.rows;
        done = unit.done;
      }
      for (const Hit& hit : hits) {
        ARROW_ASSIGN_OR_RAISE(const bool more, Tell(hit));
        ++end.hits;
        if (more && end.hits < options_.hits_max) continue;
        end.rows = hit.row + 1 - std::max<int64_t>(options_.span.first_row, 0);
        return end;
      }
      if (done) ARROW_RETURN_NOT_OK(unit.status);
      if (callbacks_.progress) callbacks_.progress(end.rows, table_.rows());
      if (Cancelled()) return end;
    }
  }
  end.complete = true;
  return end;
}

}  // namespace

Result<SearchEnd> SearchRows(RowTable& table, const SearchOptions& options,
                             const SearchCallbacks& callbacks) {
  Search search(table, options, callbacks);
  ARROW_RETURN_NOT_OK(search.Bind());
  return search.Run();
}

}  // namespace hubmill
