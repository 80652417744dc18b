// A file is read and made canonical once, however many rows quote it; then each row either has all
// its cells or is a bad row that says which files or values it lacks.
#include "io/rows_source.h"

#include <arrow/array/builder_binary.h>
#include <arrow/filesystem/filesystem.h>
#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "base/hash.h"
#include "base/json_text.h"
#include "io/input_files.h"
#include "io/json_minify.h"

namespace hubmill {
namespace {

using Kind = Setting::Kind;

bool IsSplitName(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '.';
  });
}

std::string NotASplitName(const std::string& split) {
  return "not a split's name (letters, digits, . and _): split=" + split + "; remedy: train";
}

/// What a plain YAML scalar is in JSON: a number, true, false or null as JSON spells them, else
/// text.
void AppendScalarJson(const Setting& scalar, std::string* out) {
  const std::string& text = scalar.scalar;
  if (!scalar.quoted && (text.empty() || text == "~")) {
    out->append("null");
    return;
  }
  const bool word = text == "null" || text == "true" || text == "false";
  if (!scalar.quoted && (word || text[0] == '-' || (text[0] >= '0' && text[0] <= '9'))) {
    Result<std::string> number = MinifyJson(text);
    if (number.ok()) {
      out->append(*number);
      return;
    }
  }
  AppendJsonString(text, out, {.ascii_only = true});
}

void AppendSettingJson(const Setting& value, std::string* out) {
  switch (value.kind) {
    case Kind::kNull:
      out->append("null");
      return;
    case Kind::kScalar:
      AppendScalarJson(value, out);
      return;
    case Kind::kList:
      out->push_back('[');
      for (size_t i = 0; i < value.items.size(); ++i) {
        if (i > 0) out->push_back(',');
        AppendSettingJson(value.items[i], out);
      }
      out->push_back(']');
      return;
    case Kind::kMap:
      out->push_back('{');
      for (size_t i = 0; i < value.entries.size(); ++i) {
        if (i > 0) out->push_back(',');
        AppendJsonString(value.entries[i].first, out, {.ascii_only = true});
        out->push_back(':');
        AppendSettingJson(value.entries[i].second, out);
      }
      out->push_back('}');
      return;
  }
}

bool HoldsSecret(const Setting& setting) {
  if (setting.secret) return true;
  const auto& entries = setting.entries;
  return std::any_of(setting.items.begin(), setting.items.end(), HoldsSecret) ||
         std::any_of(entries.begin(), entries.end(),
                     [](const auto& entry) { return HoldsSecret(entry.second); });
}

/// Reads one table; errors are named with the place of the cell.
class TableReader {
 public:
  TableReader(const OptionContext& context, ErrorList* errors)
      : context_(context), errors_(errors) {}

  RowTable Read(const Setting& rows) {
    if (rows.kind != Kind::kList || rows.items.empty()) {
      Refuse(rows, "rows: expected a list of rows, each a map of column: cell");
      return {};
    }
    for (const Setting& row : rows.items) ReadRow(row);
    return std::move(table_);
  }

 private:
  void Refuse(const Setting& where, const std::string& why) {
    errors_->Add(context_.file, where.mark, context_.owner + ": " + why);
  }

  void ReadRow(const Setting& row) {
    if (row.kind != Kind::kMap || row.entries.empty()) {
      Refuse(row, "a row is a map of column: cell");
      return;
    }
    if (table_.columns.empty()) {
      for (const auto& entry : row.entries) table_.columns.push_back(entry.first);
    }
    std::vector<RowCell> cells;
    for (const std::string& column : table_.columns) {
      const Setting* cell = row.Find(column);
      if (cell == nullptr) Refuse(row, "a row lacks a column of the first one: column=" + column);
      cells.push_back(cell == nullptr ? RowCell() : ReadCell(column, *cell));
    }
    for (const auto& [column, cell] : row.entries) {
      const auto& known = table_.columns;
      if (std::find(known.begin(), known.end(), column) != known.end()) continue;
      Refuse(cell, "a row has a column that the first one lacks: column=" + column);
    }
    table_.rows.push_back(std::move(cells));
  }

  RowCell ReadCell(const std::string& column, const Setting& cell) {
    if (HoldsSecret(cell)) {
      Refuse(cell, "a secret would be written to the data: column=" + column);
      return {};
    }
    if (cell.kind == Kind::kNull) return {};
    if (cell.kind == Kind::kScalar) {
      if (!cell.quoted && (cell.scalar == "null" || cell.scalar == "~")) return {};
      return cell.scalar;
    }
    if (cell.kind == Kind::kMap && cell.Find("json") != nullptr && cell.entries.size() == 1) {
      std::string json;
      AppendSettingJson(*cell.Find("json"), &json);
      return json;
    }
    if (cell.kind == Kind::kMap && cell.Find("file") != nullptr) return ReadQuotation(column, cell);
    Refuse(cell, "not a cell: column=" + column +
                     "; remedy: a text, {json: …} or {file: PATH, pointer: /KEY, object: true}");
    return {};
  }

  RowCell ReadQuotation(const std::string& column, const Setting& cell) {
    JsonCell out;
    for (const auto& [key, value] : cell.entries) {
      const std::string why = key == "file"      ? ReadValue(value, &out.file)
                              : key == "pointer" ? ReadValue(value, &out.pointer)
                              : key == "object"  ? ReadValue(value, &out.object)
                              : key == "without" ? ReadValue(value, &out.without)
                                                 : "not an option of a file cell";
      if (!why.empty()) Refuse(value, Concat(key, ": ", why, "; column=", column));
    }
    if (out.file.empty()) Refuse(cell, "file: the path is empty; column=" + column);
    if (!IsJsonPointer(out.pointer)) {
      Refuse(cell, "pointer: not a JSON pointer, for example /datasets/0; column=" + column);
    }
    return out;
  }

  const OptionContext& context_;
  ErrorList* const errors_;
  RowTable table_;
};

/// A file that rows quote.
struct QuotedFile {
  InputFile input;
  std::string json;  // Canonical, once it was read.
  std::string hash;
  std::string reason;  // Of its rows being bad; empty where it is good.
  std::string why;
  int64_t named_by_row = 0;  // The row that said why; the others refer to it.

  std::string Why(const std::string& what) const { return " quotes=" + input.name + ": " + what; }
};

Result<QuotedFile> FindQuoted(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(FileSystemPath where, ResolveFileSystem(path));
  QuotedFile out{.input = {.name = WithoutSecrets(path),
                           .path = where.path,
                           .file_system = where.file_system}};
  auto info = where.file_system->GetFileInfo(where.path);
  if (info.ok() && info->type() == arrow::fs::FileType::NotFound) {
    out.reason = "missing_file";
    out.why = "there is no such file";
  } else if (!info.ok() || info->type() != arrow::fs::FileType::File) {
    out.reason = "unreadable_file";
    out.why = info.ok() ? "not a file" : info.status().CodeAsString();
  } else {
    out.input.size_bytes = info->size();
    if (info->size() > kQuotedFileBytesMax) {
      out.reason = "unreadable_file";
      out.why = Concat("larger than a quotation: bytes_max=", kQuotedFileBytesMax);
    }
  }
  return out;
}

Result<std::string> ReadBytes(const InputFile& input) {
  ARROW_ASSIGN_OR_RAISE(auto file, OpenRandomAccess(input));
  ARROW_ASSIGN_OR_RAISE(auto bytes, file->ReadAt(0, input.size_bytes));
  return bytes->ToString();
}

void ReadQuoted(QuotedFile* file) {
  Result<std::string> bytes = ReadBytes(file->input);
  if (!bytes.ok()) {
    file->reason = "unreadable_file";
    file->why = bytes.status().CodeAsString();
    return;
  }
  file->hash = "xxh128:" + HexOf(Xxh3Hash128(*bytes));
  Result<std::string> json = MinifyJson(*bytes);
  if (json.ok()) {
    file->json = std::move(json).ValueUnsafe();
  } else {
    file->reason = "invalid_json";
    file->why = json.status().message();
  }
}

class RowsMorsel final : public Morsel {
 public:
  explicit RowsMorsel(Decoded decoded) : decoded_(std::move(decoded)) {}
  Result<Decoded> Decode() override { return std::move(decoded_); }

 private:
  Decoded decoded_;
};

class RowsReader final : public Source {
 public:
  RowsReader(RowTable table, std::string split, const std::string& recipe_file)
      : table_(std::move(table)), splits_{std::move(split)} {
    arrow::FieldVector fields;
    for (const std::string& column : table_.columns) {
      fields.push_back(arrow::field(column, arrow::utf8()));
    }
    schema_ = arrow::schema(std::move(fields));
    files_.push_back({.name = recipe_file});
  }

  /// Looks at the files that are quoted, without reading them.
  Status FindFiles() {
    for (const auto& row : table_.rows) {
      for (const RowCell& cell : row) {
        const auto* quotation = std::get_if<JsonCell>(&cell);
        if (quotation == nullptr || quoted_.count(quotation->file) > 0) continue;
        ARROW_ASSIGN_OR_RAISE(QuotedFile file, FindQuoted(quotation->file));
        files_.push_back({.name = file.input.name, .size_bytes = file.input.size_bytes});
        order_.push_back(quotation->file);
        quoted_.emplace(quotation->file, std::move(file));
      }
    }
    return Status::OK();
  }

  const std::shared_ptr<arrow::Schema>& schema() const override { return schema_; }
  const std::vector<SourceFile>& files() const override { return files_; }
  const std::vector<std::string>& splits() const override { return splits_; }

  Result<std::unique_ptr<Morsel>> Next() override {
    if (done_) return nullptr;
    done_ = true;
    int64_t bytes = 0;
    for (size_t i = 0; i < order_.size(); ++i) {
      QuotedFile& file = quoted_.at(order_[i]);
      if (file.reason.empty()) ReadQuoted(&file);
      files_[i + 1].hash = file.hash;
      bytes += std::max<int64_t>(0, file.input.size_bytes);
    }
    ARROW_ASSIGN_OR_RAISE(Decoded decoded, DecodeRows());
    auto morsel = std::make_unique<RowsMorsel>(std::move(decoded));
    morsel->bytes = bytes;
    return morsel;
  }

 private:
  /// The text of a cell, null, or what makes its row bad.
  std::optional<std::string> TextOf(const RowCell& cell, const std::string& column, BadRow* bad) {
    if (const auto* text = std::get_if<std::string>(&cell)) return *text;
    const auto* quotation = std::get_if<JsonCell>(&cell);
    if (quotation == nullptr) return std::nullopt;
    QuotedFile& file = quoted_.at(quotation->file);
    if (!file.reason.empty()) {
      const bool named = file.named_by_row > 0;
      Blame(bad, file.reason, column,
            named ? Concat(": as in row=", file.named_by_row) : file.Why(file.why));
      if (!named) file.named_by_row = bad->row;
      return std::nullopt;
    }
    auto found = FindInJson(file.json, quotation->pointer);
    if (found && !quotation->without.empty()) found = WithoutMember(*found, quotation->without);
    const std::string at = quotation->pointer.empty() ? "" : ": pointer=" + quotation->pointer;
    if (!found) {
      Blame(bad, "missing_value", column, file.Why("there is no such value" + at));
    } else if (quotation->object && (found->front() != '{' || *found == "{}")) {
      Blame(bad, "no_object", column, file.Why("not an object with something in it" + at));
      return std::nullopt;
    }
    return found;
  }

  static void Blame(BadRow* bad, const std::string& reason, const std::string& column,
                    const std::string& why) {
    if (bad->reason.empty()) bad->reason = reason;
    bad->why += Concat(bad->why.empty() ? "" : "; ", "column=", column, why);
  }

  Result<Decoded> DecodeRows() {
    Decoded out;
    Origins origins;
    std::vector<arrow::StringBuilder> builders(table_.columns.size());
    for (const auto& row : table_.rows) {
      BadRow bad{.row = ++out.row_numbers};
      std::vector<std::optional<std::string>> texts;
      for (size_t i = 0; i < row.size(); ++i) {
        texts.push_back(TextOf(row[i], table_.columns[i], &bad));
      }
      if (!bad.reason.empty()) {
        out.bad_rows.push_back(std::move(bad));
        continue;
      }
      origins.Append({.row = out.row_numbers, .count = 1});
      for (size_t i = 0; i < texts.size(); ++i) {
        ARROW_RETURN_NOT_OK(texts[i] ? builders[i].Append(*texts[i]) : builders[i].AppendNull());
      }
    }
    arrow::ArrayVector columns(builders.size());
    for (size_t i = 0; i < columns.size(); ++i)
      ARROW_RETURN_NOT_OK(builders[i].Finish(&columns[i]));
    const int64_t count = origins.row_count();
    out.batches.push_back(
        {arrow::RecordBatch::Make(schema_, count, std::move(columns)), std::move(origins)});
    return out;
  }

  RowTable table_;
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<SourceFile> files_;  // The recipe, then the quoted files.
  std::vector<std::string> splits_;
  std::vector<std::string> order_;  // Of the quoted files.
  std::map<std::string, QuotedFile> quoted_;
  bool done_ = false;
};

}  // namespace

void RowsOptions::Describe(OptionTable<RowsOptions>& table) {
  table.Field("rows", &RowsOptions::rows, "The rows, each a map of column: cell (see the text).")
      .Required();
  table.Field("split", &RowsOptions::split, "Split that the rows are in.");
}

RowTable ReadRowTable(const Setting& rows, const OptionContext& context, ErrorList* errors) {
  return TableReader(context, errors).Read(rows);
}

Result<std::unique_ptr<Source>> OpenRows(RowTable table, const std::string& split,
                                         const std::string& recipe_file) {
  if (!IsSplitName(split)) return WrongUsage(NotASplitName(split));
  auto source = std::make_unique<RowsReader>(std::move(table), split, recipe_file);
  ARROW_RETURN_NOT_OK(source->FindFiles());
  return source;
}

SourceEntry RowsSource() {
  SourceEntry entry = DescribeEntry<SourceEntry, RowsOptions>(
      {.name = "rows",
       .summary = "Rows that stand in the recipe itself; a cell may quote a JSON file.",
       .details =
           "All rows have the columns of the first one, and every column is text (`cast` makes "
           "other types). A cell is one of\n\n"
           "| cell | what is written |\n|---|---|\n"
           "| `text` | the text; null where nothing stands |\n"
           "| `{json: VALUE}` | the YAML value as JSON: numbers, true, false and null as JSON "
           "spells them, all else text |\n"
           "| `{file: PATH}` | the JSON of a file, on any file system that inputs may lie on |\n"
           "| `{file: PATH, pointer: /a/0}` | of it, what the JSON pointer (RFC 6901) names |\n"
           "| `{file: PATH, object: true}` | the same, where it is an object with something in it "
           "|\n"
           "| `{file: PATH, without: KEY}` | the same, without that member, if it has one |\n\n"
           "JSON is written as Python's `json.dumps` writes it with the separators `,` and `:`: "
           "keys in the file's order, other characters than ASCII as `\\uXXXX`, integers with all "
           "their digits, doubles with the fewest that read back.\n\n"
           "Refused as bad rows, all of them named: a file that is missing or cannot be read, a "
           "value that is missing or not the object it must be, JSON that is broken, holds a key "
           "twice, NaN, an infinity or a "
           "lone surrogate, or has more than 1,000 levels. With `on_bad_row: reject` such rows are "
           "left out and counted. The row number is the place in the list. Memory: all rows, and "
           "the quoted files (64 MiB each at most).",
       .example =
           "source:\n  rows:\n    split: meta\n    rows:\n"
           "      - {name: sampling, facts: {file: out/sampling.json, pointer: /by_split}}\n"
           "      - {name: scores, facts: {json: {with_tools: 0.93, without_tools: 0.62}}}\n",
       .shorthand = "rows"},
      "source");
  entry.check = [described = entry.check](const Setting& setting, const OptionContext& context,
                                          ErrorList* errors) {
    Setting options = described(setting, context, errors);
    const Setting expanded = ExpandShorthand(setting, "rows");
    const Setting* rows = expanded.kind == Kind::kMap ? expanded.Find("rows") : nullptr;
    if (rows != nullptr) ReadRowTable(*rows, context, errors);
    const Setting* split = expanded.kind == Kind::kMap ? expanded.Find("split") : nullptr;
    if (split != nullptr && !IsSplitName(split->scalar)) {
      errors->Add(context.file, split->mark,
                  Concat(context.owner, ": ", NotASplitName(split->scalar)));
    }
    return options;
  };
  entry.make = [](const Setting& setting, const OptionContext& option_context,
                  const SourceContext&) -> Result<std::unique_ptr<Source>> {
    ARROW_ASSIGN_OR_RAISE(auto options, ReadOptions<RowsOptions>(setting, "rows", option_context));
    ErrorList errors;
    RowTable table = ReadRowTable(options.rows, option_context, &errors);
    ARROW_RETURN_NOT_OK(errors.ToStatus());
    return OpenRows(std::move(table), options.split, option_context.file);
  };
  return entry;
}

}  // namespace hubmill
