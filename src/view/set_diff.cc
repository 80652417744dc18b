#include "view/set_diff.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <thread>

#include "core/executor.h"
#include "core/setting.h"
#include "io/type_text.h"
#include "view/canonical_value.h"
#include "view/cell.h"
#include "view/column_statistics.h"
#include "view/row_match.h"

namespace hubmill {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kTileBytes = 1 << 20;           // Hashes of rows at a time.
constexpr size_t kReadAlone = 100;               // So many changed rows are read one by one.
constexpr size_t kFingerprintBytes = 256 << 20;  // Of changed rows, a round.

/// What is compared, and how.
struct Comparison {
  std::vector<std::string> columns;  // By name.
  std::vector<ValueForm> forms;      // Of the columns.
  std::vector<size_t> key;           // Among the columns.
};

Status CheckKey(const arrow::Schema& schema, const char* side, const std::string& column) {
  if (schema.GetFieldIndex(column) >= 0) return Status::OK();
  const std::string nearest = NearestName(column, schema.field_names());
  return WrongUsage("no such key column: name=", column, " in=", side,
                    nearest.empty() ? "; remedy: name a column that both have"
                                    : "; remedy: did you mean " + nearest + "?");
}

/// large_string is string, and so on: the difference is one of layout.
std::string TypeText(const arrow::DataType& type) {
  constexpr std::string_view kLarge = "large_";
  std::string text = PrintType(type);
  for (size_t at = text.find(kLarge); at != text.npos; at = text.find(kLarge, at)) {
    text.erase(at, kLarge.size());
  }
  return text;
}

/// Compares the schemas, and finds out which columns rows are compared by.
Result<Comparison> Bind(const arrow::Schema& before, const arrow::Schema& now,
                        const std::vector<std::string>& key, SetDiff* diff) {
  Comparison comparison;
  ARROW_RETURN_NOT_OK(CheckNamesDiffer(before));
  ARROW_RETURN_NOT_OK(CheckNamesDiffer(now));
  for (const std::string& column : key) {
    ARROW_RETURN_NOT_OK(CheckKey(before, "before", column));
    ARROW_RETURN_NOT_OK(CheckKey(now, "now", column));
  }
  std::map<std::string, ValueForm> common;
  for (const auto& field : before.fields()) {
    const auto other = now.GetFieldByName(field->name());
    if (other == nullptr) {
      diff->columns_removed.push_back({field->name(), TypeText(*field->type()), ""});
      continue;
    }
    common[field->name()] = FormOf(*field->type(), *other->type());
    const std::string type = TypeText(*field->type());
    const std::string type_now = TypeText(*other->type());
    if (type != type_now) diff->types_changed.push_back({field->name(), type, type_now});
  }
  for (const auto& field : now.fields()) {
    if (before.GetFieldByName(field->name()) != nullptr) continue;
    diff->columns_added.push_back({field->name(), TypeText(*field->type()), ""});
  }
  for (const auto& [name, form] : common) {
    comparison.columns.push_back(name);
    comparison.forms.push_back(form);
  }
  for (const std::string& column : key) {
    const auto at = std::lower_bound(comparison.columns.begin(), comparison.columns.end(), column);
    comparison.key.push_back(static_cast<size_t>(at - comparison.columns.begin()));
  }
  diff->key = key;
  diff->compared = comparison.columns;
  return comparison;
}

std::string_view BytesOf(const Hash128* hashes, size_t count) {
  return {reinterpret_cast<const char*>(hashes), count * sizeof(Hash128)};
}

/// The entries of a batch, whose columns are those of the comparison.
Status AddEntries(const Comparison& comparison, const arrow::RecordBatch& batch, int64_t first_row,
                  bool second, RowEntries* entries) {
  const size_t columns = comparison.columns.size();
  const int64_t tile = std::max<int64_t>(1, int64_t(kTileBytes / sizeof(Hash128) / columns));
  std::vector<Hash128> hashes(static_cast<size_t>(std::min(tile, batch.num_rows())) * columns);
  std::vector<Hash128> key_hashes(comparison.key.size());
  std::vector<RowEntry> found;
  found.reserve(static_cast<size_t>(batch.num_rows()));
  for (int64_t first = 0; first < batch.num_rows(); first += tile) {
    const int64_t rows = std::min(tile, batch.num_rows() - first);
    for (size_t column = 0; column < columns; ++column) {
      HashValues(*batch.column(int(column)), first, rows, comparison.forms[column], columns,
                 hashes.data() + column);
    }
    for (int64_t row = 0; row < rows; ++row) {
      const Hash128* of_row = hashes.data() + static_cast<size_t>(row) * columns;
      const std::string_view whole = BytesOf(of_row, columns);
      const auto number = static_cast<uint64_t>(first_row + first + row);
      RowEntry entry{.place = number | (second ? RowEntry::kSecond : 0)};
      if (key_hashes.empty()) {
        entry.key = Xxh3Hash128(whole);
      } else {
        for (size_t i = 0; i < key_hashes.size(); ++i) key_hashes[i] = of_row[comparison.key[i]];
        entry.key = Xxh3Hash128(BytesOf(key_hashes.data(), key_hashes.size()));
        entry.rest = Xxh3Hash64(whole);
      }
      found.push_back(entry);
    }
  }
  return entries->Add(found);
}

/// The changed rows of a round, found by their number on one side.
class RowsOfRound {
 public:
  RowsOfRound(const std::vector<RowPair>& pairs, size_t first, size_t end, int64_t RowPair::*side)
      : pairs_(pairs), side_(side), order_(end - first) {
    std::iota(order_.begin(), order_.end(), first);
    std::sort(order_.begin(), order_.end(),
              [&](size_t a, size_t b) { return pairs[a].*side < pairs[b].*side; });
  }

  /// Calls `use(index, row)`, the index of the pair and the row within the batch.
  template <typename Use>
  void ForEachIn(int64_t first_row, int64_t rows, const Use& use) const {
    auto at = std::lower_bound(order_.begin(), order_.end(), first_row,
                               [&](size_t pair, int64_t row) { return pairs_[pair].*side_ < row; });
    for (; at != order_.end() && pairs_[*at].*side_ < first_row + rows; ++at) {
      use(*at, pairs_[*at].*side_ - first_row);
    }
  }

 private:
  const std::vector<RowPair>& pairs_;
  int64_t RowPair::*const side_;
  std::vector<size_t> order_;
};

class Differ {
 public:
  Differ(RowTable& before, RowTable& now, const SetDiffOptions& options)
      : before_(before), now_(now), options_(options) {
    const int64_t before_rows = before.rows();
    const int64_t now_rows = now.rows();
    rows_total_ = before_rows < 0 || now_rows < 0 ? -1 : before_rows + now_rows;
  }

  Result<SetDiff> Run() {
    ARROW_ASSIGN_OR_RAISE(comparison_,
                          Bind(*before_.schema(), *now_.schema(), options_.key, &diff_));
    if (comparison_.columns.empty()) {  // Nothing that rows could be equal by.
      ARROW_ASSIGN_OR_RAISE(diff_.rows_before, before_.CountRows(options_.scan.cancel));
      ARROW_ASSIGN_OR_RAISE(diff_.rows_now, now_.CountRows(options_.scan.cancel));
      NoteBadRows();
      diff_.removed = diff_.rows_before;
      diff_.added = diff_.rows_now;
      return std::move(diff_);
    }
    ARROW_ASSIGN_OR_RAISE(RowMatch match, Match());
    ARROW_RETURN_NOT_OK(CountChangedColumns(match.changed));
    ARROW_RETURN_NOT_OK(TakeSamples(match));
    return std::move(diff_);
  }

 private:
  void NoteBadRows() {
    diff_.bad_rows_before = before_.bad_rows();
    diff_.bad_rows_now = now_.bad_rows();
  }

  Result<int64_t> Scan(RowTable& table, const std::vector<std::string>& columns,
                       const UseBatch& use) {
    ScanOptions scan = options_.scan;
    if (options_.scan.progress) {
      scan.progress = [this](int64_t rows, int64_t) {
        options_.scan.progress(rows_passed_ + rows, rows_total_);
      };
    }
    ARROW_ASSIGN_OR_RAISE(const int64_t rows, ScanInParallel(table, columns, scan, use));
    rows_passed_ += rows;
    return rows;
  }

  std::string SpillDir() const {
    if (!options_.spill_dir.empty()) return options_.spill_dir;
    const char* folder = std::getenv("TMPDIR");
    return folder != nullptr && *folder != 0 ? folder : "/tmp";
  }

  Result<RowMatch> Match() {
    RowEntries entries(options_.memory_bytes_max, SpillDir());
    const auto gather = [&](RowTable& table, bool second) {
      return Scan(table, comparison_.columns,
                  [&, second](const arrow::RecordBatch& batch, int64_t first_row) {
                    return AddEntries(comparison_, batch, first_row, second, &entries);
                  });
    };
    ARROW_ASSIGN_OR_RAISE(diff_.rows_before, gather(before_, false));
    ARROW_ASSIGN_OR_RAISE(diff_.rows_now, gather(now_, true));
    NoteBadRows();
    diff_.spilled_bytes = entries.spilled_bytes();
    ARROW_ASSIGN_OR_RAISE(RowMatch match, MatchRows(entries, !comparison_.key.empty(),
                                                    static_cast<size_t>(options_.samples),
                                                    ThreadsOf(options_.scan.threads)));
    diff_.same = match.same;
    diff_.added = match.added;
    diff_.removed = match.removed;
    diff_.changed = static_cast<int64_t>(match.changed.size());
    diff_.duplicates_before = match.duplicates_before;
    diff_.duplicates_now = match.duplicates_now;
    diff_.duplicate_samples = std::move(match.duplicate_rows);
    return match;
  }

  /// The columns beside the key, which are the same in rows of one key.
  std::vector<size_t> OtherColumns() const {
    std::vector<size_t> others;
    for (size_t i = 0; i < comparison_.columns.size(); ++i) {
      if (std::count(comparison_.key.begin(), comparison_.key.end(), i) == 0) others.push_back(i);
    }
    return others;
  }

  /// Which columns differ in two rows, as indices of the comparison.
  Result<std::vector<size_t>> ChangedIn(const RowPair& rows) {
    ARROW_ASSIGN_OR_RAISE(const auto a, before_.Read(rows.before, 1, comparison_.columns));
    ARROW_ASSIGN_OR_RAISE(const auto b, now_.Read(rows.now, 1, comparison_.columns));
    if (a->num_rows() != 1 || b->num_rows() != 1) return Changed();
    std::vector<size_t> changed;
    for (size_t i = 0; i < comparison_.columns.size(); ++i) {
      const ValueForm form = comparison_.forms[i];
      if (HashValue(*a->column(int(i)), 0, form) != HashValue(*b->column(int(i)), 0, form)) {
        changed.push_back(i);
      }
    }
    return changed;
  }

  static Status Changed() {
    return DataRefused(
        "the rows changed while they were read; remedy: run again when nothing writes to them");
  }

  Status CountChangedColumns(const std::vector<RowPair>& changed) {
    const std::vector<size_t> others = OtherColumns();
    std::vector<std::atomic<int64_t>> counts(comparison_.columns.size());
    if (changed.size() <= kReadAlone) {
      for (const RowPair& pair : changed) {
        ARROW_ASSIGN_OR_RAISE(const auto columns, ChangedIn(pair));
        for (const size_t column : columns) ++counts[column];
      }
    } else {
      const size_t round = std::max<size_t>(1, kFingerprintBytes / (4 * (others.size() + 1)));
      for (size_t first = 0; first < changed.size(); first += round) {
        ARROW_RETURN_NOT_OK(
            CountRound(changed, first, std::min(first + round, changed.size()), others, &counts));
      }
    }
    for (const size_t column : others) {
      if (counts[column] == 0) continue;
      diff_.changed_columns.push_back({comparison_.columns[column], counts[column]});
    }
    std::stable_sort(diff_.changed_columns.begin(), diff_.changed_columns.end(),
                     [](const auto& a, const auto& b) { return a.rows > b.rows; });
    return Status::OK();
  }

  /// Reads both tables once more: 32 bits of each value of the changed rows [first, end) of the
  /// one, then those of the other.
  Status CountRound(const std::vector<RowPair>& changed, size_t first, size_t end,
                    const std::vector<size_t>& others, std::vector<std::atomic<int64_t>>* counts) {
    std::vector<std::string> columns;
    for (const size_t column : others) columns.push_back(comparison_.columns[column]);
    std::vector<uint32_t> prints((end - first) * others.size());
    const auto print_of = [&](const arrow::RecordBatch& batch, int64_t row, size_t i) {
      return uint32_t(HashValue(*batch.column(int(i)), row, comparison_.forms[others[i]]).low);
    };
    const RowsOfRound rows_before(changed, first, end, &RowPair::before);
    ARROW_RETURN_NOT_OK(
        Scan(before_, columns, [&](const arrow::RecordBatch& batch, int64_t first_row) -> Status {
          rows_before.ForEachIn(first_row, batch.num_rows(), [&](size_t pair, int64_t row) {
            for (size_t i = 0; i < others.size(); ++i) {
              prints[(pair - first) * others.size() + i] = print_of(batch, row, i);
            }
          });
          return Status::OK();
        }).status());
    const RowsOfRound rows_now(changed, first, end, &RowPair::now);
    return Scan(now_, columns,
                [&](const arrow::RecordBatch& batch, int64_t first_row) -> Status {
                  rows_now.ForEachIn(first_row, batch.num_rows(), [&](size_t pair, int64_t row) {
                    for (size_t i = 0; i < others.size(); ++i) {
                      const uint32_t print = prints[(pair - first) * others.size() + i];
                      if (print != print_of(batch, row, i)) ++(*counts)[others[i]];
                    }
                  });
                  return Status::OK();
                })
        .status();
  }

  /// {"column": cell, …} of a row; of `columns`, all where empty.
  Result<std::string> CellsOf(RowTable& table, int64_t row,
                              const std::vector<std::string>& columns) {
    ARROW_ASSIGN_OR_RAISE(const auto batch, table.Read(row, 1, columns));
    if (batch->num_rows() != 1) return Changed();
    Json cells = Json::object();
    for (int i = 0; i < batch->num_columns(); ++i) {
      std::string cell;
      AppendCell(*batch->column(i), 0, &cell);
      cells[ValidUtf8(batch->schema()->field(i)->name())] = Json::parse(cell);
    }
    return cells.dump();
  }

  Status TakeSamples(const RowMatch& match) {
    for (const RowPair& rows : match.added_rows) {
      DiffSample sample{.rows = rows};
      ARROW_ASSIGN_OR_RAISE(sample.cells_now, CellsOf(now_, rows.now, {}));
      diff_.added_samples.push_back(std::move(sample));
    }
    for (const RowPair& rows : match.removed_rows) {
      DiffSample sample{.rows = rows};
      ARROW_ASSIGN_OR_RAISE(sample.cells_before, CellsOf(before_, rows.before, {}));
      diff_.removed_samples.push_back(std::move(sample));
    }
    const size_t wanted = std::min(match.changed.size(), static_cast<size_t>(options_.samples));
    for (size_t i = 0; i < wanted; ++i) {
      DiffSample sample{.rows = match.changed[i]};
      ARROW_ASSIGN_OR_RAISE(const auto changed, ChangedIn(sample.rows));
      std::vector<std::string> shown = options_.key;
      for (const size_t column : changed) {
        sample.columns.push_back(comparison_.columns[column]);
        shown.push_back(comparison_.columns[column]);
      }
      ARROW_ASSIGN_OR_RAISE(sample.cells_before, CellsOf(before_, sample.rows.before, shown));
      ARROW_ASSIGN_OR_RAISE(sample.cells_now, CellsOf(now_, sample.rows.now, shown));
      diff_.changed_samples.push_back(std::move(sample));
    }
    return Status::OK();
  }

  RowTable& before_;
  RowTable& now_;
  const SetDiffOptions& options_;
  Comparison comparison_;
  SetDiff diff_;
  int64_t rows_total_ = -1;
  int64_t rows_passed_ = 0;  // Of the scans that are done.
};

Json NumberOrNull(int64_t row) { return row < 0 ? Json() : Json(row); }

Json SamplesJson(const std::vector<DiffSample>& samples) {
  Json list = Json::array();
  for (const DiffSample& sample : samples) {
    Json json = {{"row_before", NumberOrNull(sample.rows.before)},
                 {"row_now", NumberOrNull(sample.rows.now)}};
    if (!sample.columns.empty()) json["columns"] = sample.columns;
    if (!sample.cells_before.empty()) json["before"] = Json::parse(sample.cells_before);
    if (!sample.cells_now.empty()) json["now"] = Json::parse(sample.cells_now);
    list.push_back(std::move(json));
  }
  return list;
}

Json ColumnsJson(const std::vector<DiffColumn>& columns) {
  Json list = Json::array();
  for (const DiffColumn& column : columns) {
    Json json = {{"name", ValidUtf8(column.name)}, {"type", column.type}};
    if (!column.type_now.empty()) json["type_now"] = column.type_now;
    list.push_back(std::move(json));
  }
  return list;
}

Json DuplicatesJson(const SetDiff& diff) {
  Json samples = Json::array();
  for (const RowPair& rows : diff.duplicate_samples) {
    samples.push_back(
        {{"row_before", NumberOrNull(rows.before)}, {"row_now", NumberOrNull(rows.now)}});
  }
  return {
      {"before", {{"keys", diff.duplicates_before.keys}, {"rows", diff.duplicates_before.rows}}},
      {"now", {{"keys", diff.duplicates_now.keys}, {"rows", diff.duplicates_now.rows}}},
      {"samples", std::move(samples)}};
}

}  // namespace

bool SetDiff::Differs() const {
  return added > 0 || removed > 0 || changed > 0 || !columns_added.empty() ||
         !columns_removed.empty() || !types_changed.empty() || bad_rows_before != bad_rows_now;
}

Json SetDiff::ToJson() const {
  Json changes = Json::array();
  for (const ChangedColumn& column : changed_columns) {
    changes.push_back({{"name", column.name}, {"rows", column.rows}});
  }
  Json json = {{"rows_before", rows_before},
               {"rows_now", rows_now},
               {"same", same},
               {"added", added},
               {"removed", removed},
               {"changed", changed},
               {"key", key},
               {"columns",
                {{"compared", compared},
                 {"added", ColumnsJson(columns_added)},
                 {"removed", ColumnsJson(columns_removed)},
                 {"types_changed", ColumnsJson(types_changed)},
                 {"changed", std::move(changes)}}}};
  if (bad_rows_before + bad_rows_now > 0) {
    json["bad_rows"] = {{"before", bad_rows_before}, {"now", bad_rows_now}};
  }
  if (!key.empty()) json["duplicate_keys"] = DuplicatesJson(*this);
  json["samples"] = {{"added", SamplesJson(added_samples)},
                     {"removed", SamplesJson(removed_samples)},
                     {"changed", SamplesJson(changed_samples)}};
  return json;
}

Result<SetDiff> CompareTables(RowTable& before, RowTable& now, const SetDiffOptions& options) {
  return Differ(before, now, options).Run();
}

}  // namespace hubmill
