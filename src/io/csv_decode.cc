#include "io/csv_decode.h"

#include <arrow/array/data.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "base/windows_1252.h"
#include "io/json_decode.h"
#include "io/json_scan.h"
#include "io/row_batches.h"

namespace hubmill {
namespace {

using Kind = TypeTree::Kind;

bool IsNull(const CsvField& field, const std::vector<std::string>& nulls) {
  return !field.quoted && std::find(nulls.begin(), nulls.end(), field.text) != nulls.end();
}

bool ReadBool(std::string_view text, bool* out) {
  *out = text == "true" || text == "True" || text == "TRUE";
  return *out || text == "false" || text == "False" || text == "FALSE";
}

template <typename T>
bool ReadInteger(std::string_view text, T* out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  return error == std::errc() && end == text.data() + text.size();
}

/// Whether `text` is a number as JSON writes it.
bool IsNumber(std::string_view text, bool* is_integer) {
  // Fields are followed by a delimiter, a quote, a row end or the block's padding, none of which
  // continues a number, so the scan ends in time.
  return !text.empty() && SkipJsonNumber(text.data(), is_integer) == text.data() + text.size();
}

Kind KindOfText(std::string_view text) {
  bool is_integer, flag;
  int64_t integer;
  double number;
  if (ReadBool(text, &flag)) return Kind::kBool;
  if (!IsNumber(text, &is_integer)) return Kind::kString;
  if (is_integer) return ReadInteger(text, &integer) ? Kind::kInt64 : Kind::kString;
  return ParseDouble(text, &number) ? Kind::kFloat64 : Kind::kString;
}

/// Whether an exact column would round the whole number `text`.
bool IsInexact(std::string_view text, const ColumnPlan& plan) {
  bool is_integer;
  double value;
  return plan.exact && IsNumber(text, &is_integer) && is_integer && ParseDouble(text, &value) &&
         !HoldsExactly(value, text);
}

/// Whether a record is to be read as Windows-1252; nothing where it cannot be read.
std::optional<bool> IsWindows1252(std::string_view record, CsvEncoding encoding) {
  if (encoding == CsvEncoding::kWindows1252) return true;
  if (simdjson::validate_utf8(record.data(), record.size())) return false;
  return encoding == CsvEncoding::kAuto ? std::optional(true) : std::nullopt;
}

bool AppendField(const CsvField& field, ColumnBuffers* column) {
  std::string_view text = field.text;
  switch (column->plan().kind) {
    case Kind::kInt32: {
      int32_t value;
      if (!ReadInteger(text, &value)) return false;
      column->AppendFixed(value);
      return true;
    }
    case Kind::kInt64: {
      int64_t value;
      if (!ReadInteger(text, &value)) return false;
      column->AppendFixed(value);
      return true;
    }
    case Kind::kFloat32:
    case Kind::kFloat64: {
      bool is_integer;
      double value;
      if (!IsNumber(text, &is_integer) || !ParseDouble(text, &value)) return false;
      if (column->plan().kind == Kind::kFloat64) {
        column->AppendFixed(value);
      } else {
        if (std::abs(value) > std::numeric_limits<float>::max()) return false;
        column->AppendFixed(float(value));
      }
      return true;
    }
    case Kind::kBool: {
      bool value;
      if (!ReadBool(text, &value)) return false;
      column->AppendFixed(uint8_t(value));
      return true;
    }
    case Kind::kTimestamp: {
      int64_t micros;
      if (!ParseTimestamp(text, &micros)) return false;
      column->AppendFixed(micros);
      return true;
    }
    case Kind::kDate: {
      int32_t days;
      if (!ParseDate(text, &days)) return false;
      column->AppendFixed(days);
      return true;
    }
    default:
      column->AppendText(text);
      return true;
  }
}

/// The records of one block.
class CsvDecoder {
 public:
  CsvDecoder(std::string_view text, const ColumnPlan& plan,
             const std::shared_ptr<arrow::Schema>& schema, const CsvDecodeOptions& options)
      : text_(text),
        options_(options),
        parser_(text, options.dialect),
        rows_(&plan, schema, options.batch_rows_max, options.file, options.split),
        utf8_(options.encoding != CsvEncoding::kWindows1252 &&
              simdjson::validate_utf8(text.data(), text.size())),
        empty_is_null_(options.nulls.size() == 1 && options.nulls[0].empty()) {}

  Result<Decoded> Decode(bool file_start) {
    if (file_start && options_.header && !text_.empty()) ARROW_RETURN_NOT_OK(CheckHeader());
    std::vector<CsvField> fields;
    while (!parser_.at_end()) {
      size_t start = parser_.offset();
      CsvError error = parser_.Next(&fields);
      if (fields.empty() && error == CsvError::kNone) continue;  // A blank line.
      if (error == CsvError::kTangled) return Tangled();
      int64_t row = ++out_.row_numbers;
      std::string_view record = text_.substr(start, parser_.offset() - start);
      if (AddRecord(record, error, fields, row)) ARROW_RETURN_NOT_OK(rows_.EndRow(row));
    }
    ARROW_ASSIGN_OR_RAISE(out_.batches, rows_.Finish());
    return std::move(out_);
  }

 private:
  Status CheckHeader() {
    ARROW_ASSIGN_OR_RAISE(
        auto names, ParseCsvHeader(&parser_, text_, options_.file_name, options_.header_rules));
    if (names == options_.header_names) return Status::OK();
    size_t i = 0;
    while (i < names.size() && i < options_.header_names.size() &&
           names[i] == options_.header_names[i]) {
      ++i;
    }
    return DataRefused("the header differs from the first file's: file=", options_.file_name,
                       " column_number=", i + 1, " columns=", names.size(),
                       " first_columns=", options_.header_names.size(),
                       i < names.size() ? " column=" + names[i].substr(0, 100) : "",
                       "; remedy: give files with equal headers");
  }

  Status Tangled() const {
    return DataRefused("too many records are broken by quotes: file=", options_.file_name,
                       "; remedy: double the quotes within quoted fields, or set `quote`");
  }

  bool Bad(int64_t row, const char* reason, std::string why) {
    out_.bad_rows.push_back({row, reason, std::move(why)});
    return false;
  }

  bool AddRecord(std::string_view record, CsvError error, const std::vector<CsvField>& fields,
                 int64_t row) {
    if (int64_t(record.size()) > options_.line_bytes_max + 2) {
      out_.bad_rows.push_back(TooLongRow(row, options_.line_bytes_max));
      return false;
    }
    if (error == CsvError::kBrokenQuotes) {
      return Bad(row, "broken_quotes",
                 "a quoted field is not closed, or text follows the quote that closes it, which "
                 "may stand lines below; remedy: double the quotes within quoted fields, get the "
                 "file whole where it is cut off, or set `quote`");
    }
    const auto windows_1252 =
        utf8_ ? std::optional(false) : IsWindows1252(record, options_.encoding);
    if (!windows_1252) {
      return Bad(row, "invalid_utf8",
                 "a row is not valid UTF-8; remedy: convert the file to UTF-8, or set `encoding`");
    }
    ColumnBuffers& root = rows_.columns();
    auto& columns = root.children();
    const std::vector<int>& used = options_.fields_used;
    const size_t expected = used.empty() ? columns.size() : options_.header_names.size();
    if (fields.size() != expected) {
      return Bad(row, "wrong_field_count",
                 Concat("a row has a wrong number of fields: expected=", expected,
                        " found=", fields.size(), " lines=",
                        std::max<int64_t>(1, std::count(record.begin(), record.end(), '\n')),
                        "; remedy: quote fields that hold delimiters, or set `delimiter`"));
    }
    for (size_t i = 0; i < columns.size(); ++i) {
      CsvField field = fields[used.empty() ? i : size_t(used[i])];
      if (*windows_1252) {
        converted_.clear();
        AppendWindows1252AsUtf8(field.text, &converted_);
        field.text = converted_;
      }
      const bool is_null =
          empty_is_null_ ? field.text.empty() && !field.quoted : IsNull(field, options_.nulls);
      if (is_null) {
        columns[i].AppendNull();
      } else if (const ColumnPlan& plan = columns[i].plan(); IsInexact(field.text, plan)) {
        root.Truncate(root.length());
        const std::string name = plan.name.substr(0, 100);
        return Bad(row, "inexact_number",
                   Concat("a whole number would lose digits in a column of float64: field=", name,
                          "; remedy: `schema: {", name, ": string}` keeps the digits, `{", name,
                          ": float64}` rounds them"));
      } else if (!AppendField(field, &columns[i])) {
        root.Truncate(root.length());
        return Bad(row, "type_mismatch",
                   Concat("a value has the wrong type: field=", plan.name.substr(0, 100),
                          " expected=", plan.type_text, "; remedy: `schema: {",
                          plan.name.substr(0, 100), ": string}`, or name it in `nulls`"));
      }
    }
    root.FinishNested();
    return true;
  }

  std::string_view text_;
  const CsvDecodeOptions& options_;
  CsvParser parser_;
  RowBatches rows_;
  bool utf8_;
  const bool empty_is_null_;  // And nothing else is.
  std::string converted_;     // A field of another encoding.
  Decoded out_;
};

/// `a`, `a.1`, `a.2`, as pandas calls columns of one name.
std::string NumberRepeat(std::string name, std::map<std::string, int>* seen) {
  const int times = (*seen)[name]++;
  return times == 0 ? name : name + "." + std::to_string(times);
}

}  // namespace

Result<Decoded> DecodeCsv(std::string_view text, bool file_start, const ColumnPlan& plan,
                          const std::shared_ptr<arrow::Schema>& schema,
                          const CsvDecodeOptions& options) {
  return CsvDecoder(text, plan, schema, options).Decode(file_start);
}

Result<std::vector<std::string>> ParseCsvHeader(CsvParser* parser, std::string_view text,
                                                const std::string& file,
                                                const CsvHeaderRules& rules) {
  std::vector<CsvField> fields;
  size_t start = 0;
  CsvError error = CsvError::kNone;
  while (fields.empty() && error == CsvError::kNone && !parser->at_end()) {
    start = parser->offset();
    error = parser->Next(&fields);
  }
  if (error != CsvError::kNone) {
    return DataRefused("the header is broken by a quote: file=", file,
                       "; remedy: correct the header, or set `quote`");
  }
  const auto windows_1252 =
      IsWindows1252(text.substr(start, parser->offset() - start), rules.encoding);
  if (!windows_1252) {
    return DataRefused("the header is not valid UTF-8: file=", file,
                       "; remedy: convert the file to UTF-8, or set `encoding`");
  }
  std::vector<std::string> names;
  std::map<std::string, int> seen;
  for (const CsvField& field : fields) {
    std::string name;
    if (*windows_1252) {
      AppendWindows1252AsUtf8(field.text, &name);
    } else {
      name = field.text;
    }
    if (rules.trim) {
      name.erase(0, std::min(name.size(), name.find_first_not_of(" \t")));
      name.resize(name.find_last_not_of(" \t") + 1);
    }
    if (name.empty()) name = "column_" + std::to_string(names.size() + 1);
    if (rules.number_repeats) name = NumberRepeat(std::move(name), &seen);
    names.push_back(std::move(name));
  }
  std::vector<std::string> sorted = names;
  std::sort(sorted.begin(), sorted.end());
  auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end()) {
    return DataRefused("a column name occurs twice in the header: file=", file,
                       " column=", twice->substr(0, 100),
                       "; remedy: give names in `columns`, or `repeated_headers: number`");
  }
  return names;
}

void CsvTypeInference::Observe(const std::vector<CsvField>& fields,
                               const std::vector<std::string>& nulls) {
  if (fields.size() != seen_.size()) return;  // A bad row, which the decoder reports.
  for (size_t i = 0; i < fields.size(); ++i) {
    Kind& seen = seen_[i];
    if (seen == Kind::kString || IsNull(fields[i], nulls)) continue;
    Kind now = KindOfText(fields[i].text);
    bool numbers = (seen == Kind::kInt64 || seen == Kind::kFloat64) &&
                   (now == Kind::kInt64 || now == Kind::kFloat64);
    seen = seen == Kind::kNull || seen == now ? now : numbers ? Kind::kFloat64 : Kind::kString;
  }
}

}  // namespace hubmill
