#include "signals/guard_rows.h"

#include <arrow/api.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/bulk_pool.h"
#include "text/contact_guard.h"

namespace hubmill {
namespace {

constexpr char kLine[] = "line";
constexpr size_t kKeyShownMax = 64;

/// A text column whose texts lie one after the other in a buffer that is there already.
Result<std::shared_ptr<arrow::Array>> TextColumn(const std::vector<int32_t>& ends,
                                                 arrow::BufferBuilder* text) {
  arrow::TypedBufferBuilder<int32_t> offsets;
  ARROW_RETURN_NOT_OK(offsets.Append(0));
  ARROW_RETURN_NOT_OK(offsets.Append(ends.data(), int64_t(ends.size())));
  ARROW_ASSIGN_OR_RAISE(auto offset_buffer, offsets.Finish());
  ARROW_ASSIGN_OR_RAISE(auto data, text->Finish(/*shrink_to_fit=*/false));
  return std::make_shared<arrow::StringArray>(int64_t(ends.size()), offset_buffer, data);
}

std::string_view BytesOf(const RowFacts& facts) {
  return {reinterpret_cast<const char*>(&facts), sizeof(facts)};
}

std::string_view BytesOf(const std::vector<RowFault>& faults) {
  static_assert(std::is_trivially_copyable_v<RowFault>);
  return {reinterpret_cast<const char*>(faults.data()), faults.size() * sizeof(RowFault)};
}

std::vector<RowFault> FaultsOf(std::string_view bytes) {
  std::vector<RowFault> faults(bytes.size() / sizeof(RowFault));
  if (!faults.empty()) std::memcpy(faults.data(), bytes.data(), bytes.size());
  return faults;
}

/// What GuardRows makes of a batch.
class GuardedColumns {
 public:
  Status Reserve(int64_t bytes) { return text_.Reserve(bytes); }

  Status Append(const BuiltRow& row) {
    ends_.push_back(int32_t(text_.length()));
    ARROW_RETURN_NOT_OK(source_.Append(row.source));
    ARROW_RETURN_NOT_OK(industry_.Append(row.industry));
    ARROW_RETURN_NOT_OK(facts_.Append(BytesOf(row.facts)));
    ARROW_RETURN_NOT_OK(faults_.Append(BytesOf(row.faults)));
    std::string unknown;
    if (row.facts.state == RowState::kRow) {
      for (const std::string_view key : *row.unknown) unknown += ShownKey(key) + "\n";
    }
    return unknown_.Append(unknown);
  }

  Result<std::shared_ptr<arrow::RecordBatch>> Finish(std::shared_ptr<arrow::Schema> schema) {
    const auto rows = int64_t(ends_.size());
    ARROW_ASSIGN_OR_RAISE(auto text, TextColumn(ends_, &text_));
    ARROW_ASSIGN_OR_RAISE(auto source, source_.Finish());
    ARROW_ASSIGN_OR_RAISE(auto industry, industry_.Finish());
    ARROW_ASSIGN_OR_RAISE(auto facts, facts_.Finish());
    ARROW_ASSIGN_OR_RAISE(auto faults, faults_.Finish());
    ARROW_ASSIGN_OR_RAISE(auto unknown, unknown_.Finish());
    return arrow::RecordBatch::Make(std::move(schema), rows,
                                    {text, source, industry, facts, faults, unknown});
  }

  arrow::BufferBuilder* text() { return &text_; }

 private:
  arrow::BufferBuilder text_{BulkPool()};
  std::vector<int32_t> ends_;
  arrow::StringBuilder source_;
  arrow::StringBuilder industry_;
  arrow::BinaryBuilder facts_;
  arrow::BinaryBuilder faults_;
  arrow::StringBuilder unknown_;
};

void AddBits(const FeatureBits& bits, std::vector<int64_t>* counts) {
  for (size_t word = 0; word < bits.size(); ++word) {
    for (uint64_t left = bits[word]; left != 0; left &= left - 1) {
      ++(*counts)[word * 64 + size_t(std::countr_zero(left))];
    }
  }
}

bool IsEmpty(const FeatureBits& bits) {
  return std::all_of(bits.begin(), bits.end(), [](uint64_t word) { return word == 0; });
}

}  // namespace

std::string ShownKey(std::string_view key) {
  const bool plain =
      !key.empty() && key.size() <= kKeyShownMax && std::all_of(key.begin(), key.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
      });
  if (!plain || FindContact(key) != ContactKind::kNone) return "(no plain name)";
  return std::string(key);
}

int32_t SignalsCells::Add(std::string_view source, std::string_view industry) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (size_t i = 0; i < cells_.size(); ++i) {
    if (cells_[i].source != source || cells_[i].industry != industry) continue;
    ++cells_[i].rows;
    return int32_t(i);
  }
  cells_.push_back({.source = std::string(source), .industry = std::string(industry), .rows = 1});
  return int32_t(cells_.size() - 1);
}

SignalsCell SignalsCells::At(int32_t cell) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return cells_[size_t(cell)];
}

std::vector<SignalsCell> SignalsCells::All() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return {cells_.begin(), cells_.end()};
}

Result<std::shared_ptr<arrow::Schema>> GuardRows::Bind(
    const std::shared_ptr<arrow::Schema>& input) {
  if (input->GetFieldIndex(kLine) != 0) return RunFailed("the guard reads raw lines");
  output_ = arrow::schema({arrow::field("row", arrow::utf8(), false),
                           arrow::field("source", arrow::utf8(), false),
                           arrow::field("industry", arrow::utf8(), false),
                           arrow::field("facts", arrow::binary(), false),
                           arrow::field("faults", arrow::binary(), false),
                           arrow::field("unknown", arrow::utf8(), false)});
  return output_;
}

std::unique_ptr<RowBuilder> GuardRows::Take() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (idle_.empty()) return std::make_unique<RowBuilder>(schema_, options_.row);
  std::unique_ptr<RowBuilder> taken = std::move(idle_.back());
  idle_.pop_back();
  return taken;
}

Result<Applied> GuardRows::Apply(const Batch& input) const {
  const auto& lines = static_cast<const arrow::StringArray&>(*input.rows->column(0));
  std::unique_ptr<RowBuilder> builder = Take();
  GuardedColumns columns;
  ARROW_RETURN_NOT_OK(
      columns.Reserve(lines.total_values_length() + lines.total_values_length() / 4));
  BuiltRow row;
  for (int64_t i = 0; i < lines.length(); ++i) {
    const std::string_view line = lines.GetView(i);
    const int64_t start = columns.text()->length();
    ARROW_RETURN_NOT_OK(builder->Build(line, &row, columns.text()));
    if (options_.exported && row.facts.state == RowState::kRow) {
      const auto* text = reinterpret_cast<const char*>(columns.text()->data()) + start;
      const std::string_view built(text, size_t(columns.text()->length() - start) - 1);
      if (built != line) {
        columns.text()->Rewind(start);
        row.facts.state = RowState::kRefused;
        row.faults = {{.place = RowPlace::kLine, .rule = RowRule::kNotExported}};
      }
    }
    ARROW_RETURN_NOT_OK(columns.Append(row));
    if (columns.text()->length() > INT32_MAX) {
      return RunFailed("rows of a part are too large together; remedy: shorter lines");
    }
  }
  Applied applied;
  ARROW_ASSIGN_OR_RAISE(applied.rows, columns.Finish(output_));
  const std::lock_guard<std::mutex> lock(mutex_);
  idle_.push_back(std::move(builder));
  return applied;
}

class ChooseRows::Columns {
 public:
  explicit Columns(const arrow::RecordBatch& rows)
      : source_(static_cast<const arrow::StringArray&>(*rows.column(1))),
        industry_(static_cast<const arrow::StringArray&>(*rows.column(2))),
        facts_(static_cast<const arrow::BinaryArray&>(*rows.column(3))),
        faults_(static_cast<const arrow::BinaryArray&>(*rows.column(4))),
        unknown_(static_cast<const arrow::StringArray&>(*rows.column(5))) {}

  RowFacts Facts(int64_t row) const {
    RowFacts facts;
    std::memcpy(&facts, facts_.GetView(row).data(), sizeof(facts));
    return facts;
  }
  std::string_view Source(int64_t row) const { return source_.GetView(row); }
  std::string_view Industry(int64_t row) const { return industry_.GetView(row); }
  std::vector<RowFault> Faults(int64_t row) const { return FaultsOf(faults_.GetView(row)); }
  std::string_view Unknown(int64_t row) const { return unknown_.GetView(row); }

 private:
  const arrow::StringArray& source_;
  const arrow::StringArray& industry_;
  const arrow::BinaryArray& facts_;
  const arrow::BinaryArray& faults_;
  const arrow::StringArray& unknown_;
};

ChooseRows::ChooseRows(const SignalsSchema* schema, ChooseOptions options, SignalsCells* cells,
                       std::atomic<bool>* full)
    : schema_(schema), options_(std::move(options)), cells_(cells), full_(full) {
  const size_t features = schema->features.size();
  counts_.filled.resize(features);
  counts_.out_of_range.resize(features);
  counts_.not_numbers.resize(features);
}

Result<std::shared_ptr<arrow::Schema>> ChooseRows::Bind(const std::shared_ptr<arrow::Schema>&) {
  output_ = arrow::schema(
      {arrow::field("row", arrow::utf8(), false), arrow::field("cell", arrow::int32(), false)});
  return output_;
}

Result<std::unique_ptr<Prepared>> ChooseRows::Prepare(const Batch&) const {
  return std::make_unique<Prepared>();
}

std::string ChooseRows::PlaceOf(const RowRun& origin) const {
  return Concat("file=", (*options_.files)[size_t(origin.file)].name, " row=", origin.row);
}

Status ChooseRows::Refuse(const Columns& columns, int64_t row, const RowRun& origin) {
  ++counts_.refused;
  for (const RowFault& fault : columns.Faults(row)) {
    ++counts_.rules[NameOf(fault.rule)];
    if (counts_.refusals.size() < kSignalsNamedMax) {
      counts_.refusals.push_back(TextOf(*schema_, fault) + " " + PlaceOf(origin));
    }
    if (options_.reject == nullptr) continue;
    const nlohmann::ordered_json line{{"file", (*options_.files)[size_t(origin.file)].name},
                                      {"row", origin.row},
                                      {"key", NameOfPlace(*schema_, fault.place)},
                                      {"rule", NameOf(fault.rule)}};
    ARROW_RETURN_NOT_OK(options_.reject(line.dump() + "\n"));
  }
  return Status::OK();
}

void ChooseRows::CountRow(const Columns& columns, int64_t row, const RowFacts& facts) {
  ++counts_.rows;
  AddBits(facts.filled, &counts_.filled);
  if (!IsEmpty(facts.out_of_range)) AddBits(facts.out_of_range, &counts_.out_of_range);
  if (!IsEmpty(facts.not_numbers)) AddBits(facts.not_numbers, &counts_.not_numbers);
  if (facts.id != Hash128() && !ids_.insert(facts.id).second) ++counts_.duplicates;
  std::string_view names = columns.Unknown(row);
  while (!names.empty()) {
    const size_t end = names.find('\n');
    const std::string name(names.substr(0, end));
    names.remove_prefix(end + 1);
    const bool room = counts_.unknown.size() < kSignalsUnknownMax;
    ++counts_.unknown[room || counts_.unknown.contains(name) ? name : "(others)"];
  }
}

/// Null where the row stays.
const char* ChooseRows::DropOf(const Columns& columns, int64_t row, const RowRun& origin,
                               Status* status) {
  if (full_->load(std::memory_order_relaxed)) return "beyond_limit";
  const RowFacts facts = columns.Facts(row);
  const char* drop = nullptr;
  ++counts_.lines;
  switch (facts.state) {
    case RowState::kNotJson:
      if (++counts_.not_json <= int64_t(kSignalsNamedMax))
        counts_.broken.push_back(PlaceOf(origin));
      return "not_json";
    case RowState::kFiltered:
      ++counts_.filtered;
      return "filtered";
    case RowState::kRefused:
      *status = Refuse(columns, row, origin);
      drop = "refused";
      if (options_.quarantine) return drop;
      break;
    case RowState::kRow:
      if (options_.excluded_cells.contains(
              {std::string(columns.Source(row)), std::string(columns.Industry(row))})) {
        ++counts_.small_cell;
        return "small_cell";
      }
      CountRow(columns, row, facts);
  }
  if (++before_limit_ == options_.max_rows) {
    counts_.limit_reached = true;
    full_->store(true, std::memory_order_relaxed);
  }
  return drop;
}

Result<Applied> ChooseRows::Decide(const Batch& input, const Prepared&) {
  const Columns columns(*input.rows);
  const int64_t rows = input.rows->num_rows();
  Applied applied;
  arrow::Int32Builder cells;
  ARROW_RETURN_NOT_OK(cells.Reserve(rows));
  int64_t row = 0;
  for (const RowRun& run : input.origins.runs()) {
    RowRun origin = run;
    for (int64_t i = 0; i < run.count; ++i, ++row, ++origin.row) {
      Status status;
      const char* drop = DropOf(columns, row, origin, &status);
      ARROW_RETURN_NOT_OK(status);
      if (drop != nullptr) applied.drops.push_back({.row = row, .reason = drop});
      cells.UnsafeAppend(drop != nullptr ? 0
                                         : cells_->Add(columns.Source(row), columns.Industry(row)));
    }
  }
  ARROW_ASSIGN_OR_RAISE(auto cell_column, cells.Finish());
  applied.rows = arrow::RecordBatch::Make(output_, rows, {input.rows->column(0), cell_column});
  return applied;
}

}  // namespace hubmill
