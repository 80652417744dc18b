#include "cli/statistics_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/safe_text.h"
#include "cli/terminal.h"

namespace hubmill {
namespace {

constexpr size_t kNameWidth = 32;
constexpr size_t kLabelWidth = 20;
constexpr size_t kLabelsShown = 4;
constexpr size_t kChangesShown = 3;
constexpr size_t kCellWidth = 72;

using Line = std::vector<std::string>;

std::string Short(const std::string& text, size_t width) {
  const std::string line = SafeLine(text);
  if (DisplayWidth(line) <= width) return line;
  return FitWidth(line, width);
}

std::string Padding(const std::string& text, size_t width) {
  const size_t used = DisplayWidth(text);
  return std::string(width > used ? width - used : 0, ' ');
}

/// The first column and those from `left` on to the left, the others to the right.
std::string RenderAligned(const std::vector<Line>& lines, size_t left) {
  std::vector<size_t> widths(lines[0].size(), 0);
  for (const Line& line : lines) {
    for (size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], DisplayWidth(line[i]));
  }
  std::string out;
  for (const Line& line : lines) {
    std::string text;
    for (size_t i = 0; i < line.size(); ++i) {
      const std::string pad = Padding(line[i], widths[i]);
      if (i > 0) text += "  ";
      text += i == 0 || i == 1 || i >= left ? line[i] + pad : pad + line[i];
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out += "  " + text + "\n";
  }
  return out;
}

std::string Decimal(double value, const char* format = "%.6g") {
  char text[64];
  std::snprintf(text, sizeof(text), format, value);
  return text;
}

std::string Text(const Number& number) {
  if (const auto* whole = std::get_if<int64_t>(&number)) return std::to_string(*whole);
  if (const auto* large = std::get_if<uint64_t>(&number)) return std::to_string(*large);
  if (const auto* real = std::get_if<double>(&number)) return Decimal(*real);
  if (const auto* time = std::get_if<std::string>(&number)) return *time;
  return "-";
}

std::string Percent(double share) {
  if (share > 0 && share < 0.0005) return "<0.1 %";
  if (share < 1 && share > 0.9995) return ">99.9 %";
  return Decimal(share * 100, "%.1f") + " %";
}

std::string Labels(const ColumnStatistics& column, int64_t rows) {
  std::vector<std::pair<std::string, int64_t>> labels = column.frequencies;
  std::stable_sort(labels.begin(), labels.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  for (size_t i = 0; i < std::min(labels.size(), kLabelsShown); ++i) {
    text += text.empty() ? "" : ", ";
    text += (labels[i].first.empty() ? "\"\"" : Short(labels[i].first, kLabelWidth)) + " " +
            Percent(double(labels[i].second) / double(std::max<int64_t>(rows, 1)));
  }
  if (labels.size() > kLabelsShown) {
    text += ", " + std::to_string(labels.size() - kLabelsShown) + " more";
  }
  return text;
}

std::string Distance(double value) { return Decimal(value, "%.4f"); }

std::string Changes(const char* word, const std::vector<CategoryChange>& changes) {
  if (changes.empty()) return "";
  std::string text = std::string(word) + " ";
  for (size_t i = 0; i < std::min(changes.size(), kChangesShown); ++i) {
    text += (i == 0 ? "" : ", ") + Short(changes[i].name, kLabelWidth) + " (" +
            WithCommas(changes[i].count) + ")";
  }
  if (changes.size() > kChangesShown) {
    text += ", " + std::to_string(changes.size() - kChangesShown) + " more";
  }
  return text;
}

std::string DriftDetails(const ColumnDrift& column) {
  switch (column.presence) {
    case ColumnPresence::kAppeared:
      return "new column";
    case ColumnPresence::kVanished:
      return "column is gone";
    case ColumnPresence::kOtherKind:
      return "was " + column.type_before;
    case ColumnPresence::kBoth:
      break;
  }
  Line parts;
  if (column.categories) {
    parts.push_back("JS " + Distance(column.categories->jensen_shannon));
    parts.push_back("PSI " + Distance(column.categories->psi));
    parts.push_back(Changes("new:", column.categories->appeared));
    parts.push_back(Changes("gone:", column.categories->vanished));
  }
  if (column.numbers) {
    parts.push_back("W1 " + Decimal(column.numbers->wasserstein, "%.4g"));
    parts.push_back("PSI " + Distance(column.numbers->psi));
    if (column.numbers->resolution > 0) {
      parts.push_back("KS within " + Decimal(column.numbers->resolution, "%.1g"));
    }
  }
  std::string text;
  for (const std::string& part : parts) {
    if (!part.empty()) text += (text.empty() ? "" : "  ") + part;
  }
  return text;
}

std::string MeasureOf(const ColumnDrift& column) {
  if (column.categories) return "TV";
  return column.numbers ? "KS" : "-";
}

std::string Plural(int64_t count, const char* one, const char* many) {
  return WithCommas(count) + " " + (count == 1 ? one : many);
}

std::string ColumnNames(const std::vector<DiffColumn>& columns) {
  std::string text;
  for (const DiffColumn& column : columns) {
    text += (text.empty() ? "" : ", ") + Short(column.name, kNameWidth) + " (" + column.type;
    text += column.type_now.empty() ? ")" : " → " + column.type_now + ")";
  }
  return text;
}

/// A cell without JSON's quotes; of a form ({"$deep": TEXT, …}) the text.
std::string CellText(const nlohmann::ordered_json& cell) {
  if (cell.is_string()) return cell.get<std::string>();
  const bool form = cell.is_object() && !cell.empty() && cell.begin().key().starts_with('$');
  return form && cell.front().is_string() ? cell.front().get<std::string>() : cell.dump();
}

/// `name: cell` of each column of a sample's cells, on lines of their own.
std::string SampleCells(const std::string& sign, const std::string& cells) {
  std::string out;
  if (cells.empty()) return out;
  const auto json = nlohmann::ordered_json::parse(cells);
  for (const auto& [name, cell] : json.items()) {
    out += "      " + sign + " " + Short(name, kNameWidth) + ": " +
           Short(CellText(cell), kCellWidth) + "\n";
  }
  return out;
}

std::string RowText(int64_t row) { return "row " + WithCommas(row); }

std::string Samples(const SetDiff& diff) {
  std::string out;
  for (const DiffSample& sample : diff.removed_samples) {
    out += "    removed, " + RowText(sample.rows.before) + "\n" +
           SampleCells("-", sample.cells_before);
  }
  for (const DiffSample& sample : diff.added_samples) {
    out += "    added, " + RowText(sample.rows.now) + "\n" + SampleCells("+", sample.cells_now);
  }
  for (const DiffSample& sample : diff.changed_samples) {
    out += "    changed, " + RowText(sample.rows.before) + " → " + RowText(sample.rows.now) + "\n" +
           SampleCells("-", sample.cells_before) + SampleCells("+", sample.cells_now);
  }
  return out;
}

std::string Duplicates(const SetDiff& diff) {
  std::string out;
  const auto side = [&](const char* name, const DuplicateKeys& keys) {
    if (keys.keys == 0) return;
    out += std::string("  keys that come more than once ") + name + ": " + WithCommas(keys.keys) +
           " (" + Plural(keys.rows, "row", "rows") + ")\n";
  };
  side("before", diff.duplicates_before);
  side("now", diff.duplicates_now);
  return out;
}

}  // namespace

std::string HistogramBars(const std::vector<int64_t>& counts) {
  static constexpr std::array<const char*, 8> kBars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const int64_t most = counts.empty() ? 0 : *std::max_element(counts.begin(), counts.end());
  std::string bars;
  for (const int64_t count : counts) {
    const double height = std::ceil(8 * double(count) / double(std::max<int64_t>(most, 1)));
    bars += count == 0 ? " " : kBars[size_t(std::clamp(height, 1.0, 8.0)) - 1];
  }
  return bars;
}

std::string BadRowsText(int64_t rows, const std::string& first) {
  if (rows == 0) return "";
  return ", " + Plural(rows, "line that is no row", "lines that are no row") +
         " passed over; the first: " + SafeLine(first);
}

std::string RenderStatistics(const NamedStatistics& named) {
  const SplitStatistics& statistics = named.statistics;
  std::string out = SafeLine(named.split) + ": " + Plural(statistics.num_examples, "row", "rows");
  out += BadRowsText(statistics.bad_rows, statistics.first_bad_row);
  std::vector<Line> lines = {{"column", "type", "null", "min", "median", "mean", "max", "std", ""}};
  for (const ColumnStatistics& column : statistics.columns) {
    const NumberFacts& numbers = column.numbers;
    const bool counted = !column.frequencies.empty();
    lines.push_back({Short(column.name, kNameWidth), column.type, Percent(column.nan_proportion),
                     Text(numbers.min), Text(numbers.median), Text(numbers.mean), Text(numbers.max),
                     Text(numbers.std),
                     counted ? Labels(column, statistics.num_examples)
                             : HistogramBars(numbers.histogram.counts)});
  }
  return out + "\n" + RenderAligned(lines, 8);
}

std::string RenderDrift(const NamedDrift& named) {
  const Drift& drift = named.drift;
  std::string out = SafeLine(named.split) + ": " + Plural(drift.rows, "row", "rows") + ", " +
                    Plural(drift.rows_before, "row", "rows") + " before\n";
  std::vector<Line> lines = {{"column", "type", "distance", "by", "null", "before", ""}};
  for (const ColumnDrift& column : drift.columns) {
    lines.push_back({Short(column.name, kNameWidth),
                     column.type.empty() ? column.type_before : column.type,
                     Distance(column.distance), MeasureOf(column), Percent(column.null_share),
                     Percent(column.null_share_before), DriftDetails(column)});
  }
  return out + RenderAligned(lines, 6);
}

std::string RenderDiff(const NamedDiff& named) {
  const SetDiff& diff = named.diff;
  std::string out = SafeLine(named.split) + ": ";
  if (named.split_before != named.split) out += "(was " + SafeLine(named.split_before) + ") ";
  out += WithCommas(diff.rows_before) + " → " + Plural(diff.rows_now, "row", "rows") + ": " +
         WithCommas(diff.same) + " the same, " + WithCommas(diff.added) + " added, " +
         WithCommas(diff.removed) + " removed";
  out += diff.key.empty() ? "\n" : ", " + WithCommas(diff.changed) + " changed\n";
  if (diff.bad_rows_before + diff.bad_rows_now > 0) {
    out += "  lines that are no rows, not compared: " + WithCommas(diff.bad_rows_before) +
           " before, " + WithCommas(diff.bad_rows_now) + " now\n";
  }
  const auto columns = [&](const char* what, const std::vector<DiffColumn>& list) {
    if (!list.empty()) out += std::string("  columns ") + what + ": " + ColumnNames(list) + "\n";
  };
  columns("added", diff.columns_added);
  columns("removed", diff.columns_removed);
  columns("of another type", diff.types_changed);
  if (!diff.columns_added.empty() || !diff.columns_removed.empty()) {
    out +=
        "  rows are compared by the columns of both: " + WithCommas(int64_t(diff.compared.size())) +
        "\n";
  }
  out += Duplicates(diff);
  if (!diff.changed_columns.empty()) {
    std::vector<Line> lines = {{"changed column", "", "rows"}};
    for (const ChangedColumn& column : diff.changed_columns) {
      lines.push_back({Short(column.name, kNameWidth), "", WithCommas(column.rows)});
    }
    out += RenderAligned(lines, lines[0].size());
  }
  return out + Samples(diff);
}

}  // namespace hubmill
