#include "cli/row_text.h"

#include <arrow/array/array_base.h>
#include <arrow/type_traits.h>

#include <algorithm>

#include "base/json_text.h"
#include "base/utf8.h"
#include "cli/conversation_text.h"
#include "cli/safe_text.h"

namespace hubmill {
namespace {

constexpr size_t kNarrowest = 16;  // Columns of a table are not made narrower than this.
constexpr size_t kShortJson = 76;  // Bytes that stay on one line.
constexpr size_t kWholeBytes = size_t{1} << 30;  // Of one value.
constexpr size_t kLookedBytes = 400;             // Of a cell in a table.

/// What a cell of a table shows: the value without JSON's quotes.
std::string LineOf(const arrow::Array& column, int64_t index, const ColumnView& view) {
  std::string json;
  AppendCell(column, index, &json);
  if (view.shape == CellShape::kClass && json != "null") {
    const size_t label = size_t(std::strtoll(json.c_str(), nullptr, 10));
    if (json[0] != '-' && label < view.class_names.size()) json += " " + view.class_names[label];
    return SafeLine(json);
  }
  if (arrow::is_nested(column.type_id())) {
    std::string plain;  // Its beginning, where it is longer.
    static_cast<void>(AppendWholeJson(column, index, kLookedBytes * 4, &plain));
    return SafeLine(plain.substr(0, kLookedBytes * 4));
  }
  const WholeCell whole = WholeCellOf(column, index, kLookedBytes * 4);
  if (whole.is_text) return SafeLine(whole.body);
  const std::string_view shown = json;
  if (shown.starts_with("{\"$")) {  // {"$number":"…"}, {"$binary":"…","bytes":3}
    const size_t begin = shown.find(":\"");
    const size_t end = begin == shown.npos ? shown.npos : shown.find('"', begin + 2);
    if (end != shown.npos) {
      const bool binary = view.shape == CellShape::kBinary;
      return (binary ? "0x" : "") + SafeLine(shown.substr(begin + 2, end - begin - 2));
    }
  }
  if (shown.size() >= 2 && shown.front() == '"') return SafeLine(shown.substr(1, shown.size() - 2));
  return SafeLine(shown);
}

/// Widths of the columns: as wide as they are where all fit, else the widest give way.
std::vector<size_t> FitColumns(std::vector<size_t> widths, size_t room) {
  const auto total = [&] {
    size_t sum = 0;
    for (const size_t width : widths) sum += width + 2;
    return sum;
  };
  // Leave out the last ones while even the narrowest form is too wide.
  size_t least = 0;
  size_t fit = 0;
  while (fit < widths.size() && least + std::min(widths[fit], kNarrowest) + 2 <= room + 2) {
    least += std::min(widths[fit], kNarrowest) + 2;
    ++fit;
  }
  widths.resize(std::max<size_t>(fit, 1));
  while (total() > room + 2) {
    const auto widest = std::max_element(widths.begin(), widths.end());
    if (*widest <= kNarrowest) break;
    --*widest;
  }
  return widths;
}

std::string Indented(const std::string& text, const std::string& by) {
  std::string out;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    if (end > at) out += by + text.substr(at, end - at);
    if (end < text.size()) out.push_back('\n');
    at = end + 1;
  }
  return out;
}

/// The bracket that closes the one at `at`.
size_t ClosingBracket(std::string_view json, size_t at) {
  int depth = 0;
  bool quoted = false;
  for (; at < json.size(); ++at) {
    const char c = json[at];
    if (quoted) {
      if (c == '\\') ++at;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if ((c == ']' || c == '}') && --depth == 0) {
      return at;
    }
  }
  return json.size() - 1;
}

std::string WholeJson(const arrow::Array& column, int64_t index) {
  std::string json;
  if (!AppendWholeJson(column, index, kWholeBytes, &json)) return "\"(longer than 1 GiB)\"";
  return json;
}

std::string ValueText(const arrow::Array& column, int64_t index, const ColumnView& view) {
  if (column.IsNull(index)) return "null";
  if (view.shape == CellShape::kMessages) {
    const auto text = RenderMessages(WholeJson(column, index));
    if (text) return *text;
  }
  const WholeCell whole = WholeCellOf(column, index, kWholeBytes);
  if (whole.is_text) {
    if (view.shape == CellShape::kHarmony) {
      const auto text = RenderHarmonyText(whole.body);
      if (text) return *text;
    }
    return SafeText(whole.body);
  }
  if (arrow::is_nested(column.type_id())) return SafeText(IndentJson(whole.body));
  return LineOf(column, index, view);
}

}  // namespace

std::string IndentJson(std::string_view json) {
  std::string out;
  std::string indent;
  const auto new_line = [&] {
    out.push_back('\n');
    out += indent;
  };
  bool quoted = false;
  for (size_t at = 0; at < json.size(); ++at) {
    const char c = json[at];
    if (quoted) {
      out.push_back(c);
      if (c == '\\' && at + 1 < json.size()) out.push_back(json[++at]);
      if (c == '"') quoted = false;
      continue;
    }
    switch (c) {
      case '"':
        quoted = true;
        out.push_back(c);
        break;
      case '[':
      case '{': {
        const size_t end = ClosingBracket(json, at);
        if (end - at <= kShortJson) {
          out.append(json.substr(at, end - at + 1));
          at = end;
          break;
        }
        out.push_back(c);
        indent += "  ";
        new_line();
        break;
      }
      case ']':
      case '}':
        indent.resize(indent.size() - std::min<size_t>(indent.size(), 2));
        new_line();
        out.push_back(c);
        break;
      case ',':
        out.push_back(c);
        new_line();
        break;
      case ':':
        out += ": ";
        break;
      default:
        out.push_back(c);
    }
  }
  return out;
}

std::string RenderRows(const std::vector<NumberedRow>& rows, const std::vector<ColumnView>& columns,
                       size_t width) {
  std::vector<std::vector<std::string>> lines(rows.size() + 1);
  std::vector<bool> right = {true};
  lines[0].push_back("row");
  for (const ColumnView& column : columns) {
    lines[0].push_back(SafeLine(column.name));
    right.push_back(column.shape == CellShape::kNumber || column.shape == CellShape::kBool);
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    lines[i + 1].push_back(std::to_string(rows[i].row));
    for (size_t at = 0; at < columns.size(); ++at) {
      lines[i + 1].push_back(LineOf(*rows[i].batch->column(int(at)), rows[i].index, columns[at]));
    }
  }
  std::vector<size_t> widths(lines[0].size(), 1);
  for (const auto& line : lines) {
    for (size_t i = 0; i < line.size(); ++i) {
      widths[i] = std::max(widths[i], std::min(DisplayWidth(line[i]), kLookedBytes));
    }
  }
  widths = FitColumns(std::move(widths), width);
  std::string out;
  for (const auto& line : lines) {
    std::string text;
    for (size_t i = 0; i < widths.size(); ++i) {
      std::string cell = FitWidth(line[i], widths[i]);
      const size_t own = DisplayWidth(line[i]);
      if (right[i] && own < widths[i]) cell = std::string(widths[i] - own, ' ') + line[i];
      text += (i == 0 ? "" : "  ") + cell;
    }
    while (text.ends_with(' ')) text.pop_back();
    out += text + "\n";
  }
  if (widths.size() < lines[0].size()) {
    out += "and " + std::to_string(lines[0].size() - widths.size()) + " more columns:";
    size_t used = 0;
    for (size_t i = widths.size(); i < lines[0].size() && used < width; ++i) {
      out += (i == widths.size() ? " " : ", ") + lines[0][i];
      used += lines[0][i].size() + 2;
      if (used >= width && i + 1 < lines[0].size()) out += ", …";
    }
    out += "\n";
  }
  return out;
}

std::string RenderRow(const NumberedRow& row, const std::vector<ColumnView>& columns) {
  std::string out = "row " + std::to_string(row.row) + "\n";
  for (size_t i = 0; i < columns.size(); ++i) {
    const arrow::Array& column = *row.batch->column(int(i));
    out += "\n" + SafeLine(columns[i].name) + " (" + SafeLine(columns[i].type) + ")\n";
    out += Indented(ValueText(column, row.index, columns[i]), "  ") + "\n";
  }
  return out;
}

std::string RenderRowJson(const NumberedRow& row, const std::vector<ColumnView>& columns) {
  std::string out = "{\"row\":" + std::to_string(row.row) + ",\"cells\":{";
  for (size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) out.push_back(',');
    AppendJsonString(columns[i].name, &out, {.ascii_only = !IsValidUtf8(columns[i].name)});
    out.push_back(':');
    out += WholeJson(*row.batch->column(int(i)), row.index);
  }
  return out + "}}\n";
}

}  // namespace hubmill
