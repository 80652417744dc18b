#include "io/json_decode.h"

#include <arrow/array/data.h>
#include <arrow/array/util.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <simdjson.h>

#include <cstring>
#include <limits>
#include <string>

#include "io/json_scan.h"
#include "io/row_batches.h"

namespace hubmill {
namespace {

using Kind = TypeTree::Kind;

constexpr size_t kShownNameMax = 100;
constexpr int64_t kCopyRoom = 32;  // What CopyJsonString() may write past its limit, and more.

/// The longest a valid whole number in int64 can be, sign excluded.
constexpr int kIntDigitsMax = 19;

const char* FoundType(char c) {
  switch (c) {
    case '"':
      return "string";
    case '{':
      return "struct";
    case '[':
      return "list";
    case 't':
    case 'f':
      return "bool";
    case '-':
      return "number";
    default:
      return c >= '0' && c <= '9' ? "number" : "";
  }
}

/// Decodes one row after another; holds where it is and what went wrong.
class RowDecoder {
 public:
  RowDecoder(std::string_view text, bool drop_extra_fields)
      : end_(text.data() + text.size()), drop_extra_fields_(drop_extra_fields) {}

  /// One line from `p` (at its first byte that is not space).  Returns where it ends, or null.
  const char* Row(const char* p, ColumnBuffers* root) {
    error_ = JsonError::kNone;
    path_.clear();
    expected_ = found_ = nullptr;
    const char* start = p;
    if (*p != '{') {
      JsonError error = SkipJsonValue(&p);
      p = SkipJsonSpace(p);
      bool whole = error == JsonError::kNone && (p == end_ || *p == '\n');
      error_ = whole ? JsonError::kNotAnObject : JsonError::kInvalidJson;
      found_ = whole ? FoundType(*start) : nullptr;
      return nullptr;
    }
    if (!Struct(&p, root)) return nullptr;
    p = SkipJsonSpace(p);
    if (p != end_ && *p != '\n') {
      Fail(JsonError::kInvalidJson);
      return nullptr;
    }
    return p;
  }

  BadRow Describe(int64_t row) const;

 private:
  bool Fail(JsonError error) {
    error_ = error;
    return false;
  }
  bool Mismatch(char c, const ColumnBuffers& column) {
    found_ = FoundType(c);
    if (*found_ == '\0') return Fail(JsonError::kInvalidJson);
    expected_ = column.plan().type_text.c_str();
    return Fail(JsonError::kTypeMismatch);
  }
  /// Adds a step before the path: called while the recursion unwinds.
  bool Within(const std::string& name) {
    std::string shown = name.substr(0, kShownNameMax);
    path_ = path_.empty() ? shown : path_.starts_with("[]") ? shown + path_ : shown + "." + path_;
    return false;
  }

  bool Struct(const char** at, ColumnBuffers* column);
  bool Field(const char** at, ColumnBuffers* column, size_t* next, size_t* found);
  bool ExtraField(const char** at, std::string_view name);
  bool List(const char** at, ColumnBuffers* column);
  bool Value(const char** at, ColumnBuffers* column);
  bool Text(const char** at, ColumnBuffers* column);
  bool Integer(const char** at, ColumnBuffers* column);
  bool Float(const char** at, ColumnBuffers* column);
  bool Bool(const char** at, ColumnBuffers* column);
  bool Time(const char** at, ColumnBuffers* column);
  bool JsonText(const char** at, ColumnBuffers* column);

  const char* end_;
  bool drop_extra_fields_;
  std::string scratch_;
  JsonError error_ = JsonError::kNone;
  std::string path_;
  const char* expected_ = nullptr;
  const char* found_ = nullptr;
};

bool RowDecoder::Struct(const char** at, ColumnBuffers* column) {
  const char* p = SkipJsonSpace(*at + 1);
  auto& children = column->children();
  size_t next = 0, found = 0;
  if (*p == '}') {
    ++p;
  } else {
    for (;;) {
      if (!Field(&p, column, &next, &found)) return false;
      p = SkipJsonSpace(p);
      if (*p == '}') {
        ++p;
        break;
      }
      if (*p != ',') return Fail(JsonError::kInvalidJson);
      p = SkipJsonSpace(p + 1);
    }
  }
  if (found != children.size()) {
    for (ColumnBuffers& child : children) {
      if (child.length() == column->length()) child.AppendNull();
    }
  }
  column->FinishNested();
  *at = p;
  return true;
}

bool RowDecoder::Field(const char** at, ColumnBuffers* column, size_t* next, size_t* found) {
  const char* p = *at;
  if (*p != '"') return Fail(JsonError::kInvalidJson);
  ++p;
  auto& children = column->children();
  int index = -1;
  if (*next < children.size()) {
    const std::string& key = children[*next].plan().key_text;
    if (!key.empty() && size_t(end_ - p) > key.size() &&
        std::memcmp(p, key.data(), key.size()) == 0) {
      index = int(*next);
      p += key.size();
    }
  }
  if (index < 0) {
    p = ReadJsonString(p, &scratch_);
    if (p == nullptr) return Fail(JsonError::kInvalidJson);
    index = column->plan().Find(scratch_);
  }
  p = SkipJsonSpace(p);
  if (*p != ':') return Fail(JsonError::kInvalidJson);
  *at = SkipJsonSpace(p + 1);
  if (index < 0) return ExtraField(at, scratch_);
  ColumnBuffers& child = children[size_t(index)];
  if (child.length() > column->length()) {
    Fail(JsonError::kDuplicateKey);
    return Within(child.plan().name);
  }
  if (!Value(at, &child)) return Within(child.plan().name);
  *next = size_t(index) + 1;
  ++*found;
  return true;
}

bool RowDecoder::ExtraField(const char** at, std::string_view name) {
  if (!drop_extra_fields_) {
    Fail(JsonError::kUnknownField);
    return Within(std::string(name));
  }
  JsonError error = SkipJsonValue(at);
  return error == JsonError::kNone || Fail(error);
}

bool RowDecoder::List(const char** at, ColumnBuffers* column) {
  const char* p = SkipJsonSpace(*at + 1);
  if (*p == ']') {
    ++p;
  } else {
    for (;;) {
      if (!Value(&p, &column->children()[0])) return Within("[]");
      p = SkipJsonSpace(p);
      if (*p == ']') {
        ++p;
        break;
      }
      if (*p != ',') return Fail(JsonError::kInvalidJson);
      p = SkipJsonSpace(p + 1);
    }
  }
  column->FinishNested();
  *at = p;
  return true;
}

bool RowDecoder::Value(const char** at, ColumnBuffers* column) {
  char c = **at;
  if (c == 'n') {
    if (std::strncmp(*at, "null", 4) != 0) return Fail(JsonError::kInvalidJson);
    *at += 4;
    column->AppendNull();
    return true;
  }
  switch (column->plan().kind) {
    case Kind::kNull:
    case Kind::kString:
      return c == '"' ? Text(at, column) : Mismatch(c, *column);
    case Kind::kInt32:
    case Kind::kInt64:
      return Integer(at, column);
    case Kind::kFloat32:
    case Kind::kFloat64:
      return Float(at, column);
    case Kind::kBool:
      return Bool(at, column);
    case Kind::kTimestamp:
    case Kind::kDate:
      return c == '"' ? Time(at, column) : Mismatch(c, *column);
    case Kind::kJson:
      return JsonText(at, column);
    case Kind::kList:
      return c == '[' ? List(at, column) : Mismatch(c, *column);
    case Kind::kStruct:
      return c == '{' ? Struct(at, column) : Mismatch(c, *column);
  }
  return Fail(JsonError::kInvalidJson);
}

bool RowDecoder::Text(const char** at, ColumnBuffers* column) {
  const char* p = *at + 1;
  column->TextRoom(kCopyRoom * 2);
  uint8_t* to = nullptr;
  int64_t done = 0;
  for (;;) {
    uint8_t* start = column->TextData() + column->TextSize();
    to = start + done;
    CopyState state = CopyJsonString(&p, &to, column->TextEnd() - kCopyRoom);
    if (state == CopyState::kCopied) break;
    if (state == CopyState::kInvalid) return Fail(JsonError::kInvalidJson);
    done = to - start;
    column->TextGrow(done, kCopyRoom * 2);
  }
  column->FinishText(to);
  *at = p;
  return true;
}

bool RowDecoder::Integer(const char** at, ColumnBuffers* column) {
  const char* p = *at;
  const char* start = p;
  bool negative = *p == '-';
  if (negative) ++p;
  const char* digits = p;
  uint64_t value = 0;
  while (*p >= '0' && *p <= '9') value = value * 10 + uint64_t(*p++ - '0');
  int64_t count = p - digits;
  if (count == 0) return negative ? Fail(JsonError::kInvalidJson) : Mismatch(*start, *column);
  if (count > 1 && *digits == '0') return Fail(JsonError::kInvalidJson);
  if (*p == '.' || *p == 'e' || *p == 'E') {
    bool is_integer;
    if (SkipJsonNumber(start, &is_integer) == nullptr) return Fail(JsonError::kInvalidJson);
    found_ = "float64";
    expected_ = column->plan().type_text.c_str();
    return Fail(JsonError::kTypeMismatch);
  }
  bool is_32 = column->plan().kind == Kind::kInt32;
  uint64_t max = is_32 ? uint64_t(INT32_MAX) : uint64_t(INT64_MAX);
  if (count > kIntDigitsMax || value > max + uint64_t(negative)) {
    expected_ = column->plan().type_text.c_str();
    return Fail(JsonError::kNumberOutOfRange);
  }
  int64_t number = negative ? int64_t(-value) : int64_t(value);
  if (is_32) {
    column->AppendFixed(int32_t(number));
  } else {
    column->AppendFixed(number);
  }
  *at = p;
  return true;
}

bool RowDecoder::Float(const char** at, ColumnBuffers* column) {
  if (**at != '-' && (**at < '0' || **at > '9')) return Mismatch(**at, *column);
  bool is_integer;
  const char* p = SkipJsonNumber(*at, &is_integer);
  if (p == nullptr) return Fail(JsonError::kInvalidJson);
  double value;
  bool fits = ParseDouble({*at, size_t(p - *at)}, &value);
  bool is_32 = column->plan().kind == Kind::kFloat32;
  if (is_32 && fits)
    fits =
        value <= std::numeric_limits<float>::max() && value >= std::numeric_limits<float>::lowest();
  if (!fits) {
    expected_ = column->plan().type_text.c_str();
    return Fail(JsonError::kNumberOutOfRange);
  }
  if (is_integer && column->plan().exact && !HoldsExactly(value, {*at, size_t(p - *at)})) {
    return Fail(JsonError::kNumberInexact);
  }
  if (is_32) {
    column->AppendFixed(float(value));
  } else {
    column->AppendFixed(value);
  }
  *at = p;
  return true;
}

bool RowDecoder::Bool(const char** at, ColumnBuffers* column) {
  if (std::strncmp(*at, "true", 4) == 0) {
    column->AppendFixed(uint8_t(1));
    *at += 4;
    return true;
  }
  if (std::strncmp(*at, "false", 5) == 0) {
    column->AppendFixed(uint8_t(0));
    *at += 5;
    return true;
  }
  if (**at == 't' || **at == 'f') return Fail(JsonError::kInvalidJson);
  return Mismatch(**at, *column);
}

bool RowDecoder::Time(const char** at, ColumnBuffers* column) {
  const char* p = ReadJsonString(*at + 1, &scratch_);
  if (p == nullptr) return Fail(JsonError::kInvalidJson);
  bool ok;
  if (column->plan().kind == Kind::kDate) {
    int32_t days;
    if ((ok = ParseDate(scratch_, &days))) column->AppendFixed(days);
  } else {
    int64_t micros;
    if ((ok = ParseTimestamp(scratch_, &micros))) column->AppendFixed(micros);
  }
  if (!ok) return Mismatch('"', *column);
  *at = p;
  return true;
}

bool RowDecoder::JsonText(const char** at, ColumnBuffers* column) {
  const char* p = *at;
  JsonError error = SkipJsonValue(&p);
  if (error != JsonError::kNone) return Fail(error);
  column->AppendText({*at, size_t(p - *at)});
  *at = p;
  return true;
}

BadRow RowDecoder::Describe(int64_t row) const {
  std::string column = path_.substr(0, path_.find_first_of(".["));
  std::string field = path_.empty() ? "" : " field=" + path_;
  switch (error_) {
    case JsonError::kDuplicateKey:
      return {row, "duplicate_key", "a key occurs twice:" + field + "; remedy: correct the row"};
    case JsonError::kTypeMismatch:
      return {
          row, "type_mismatch",
          Concat("a value has the wrong type:", field, " expected=", expected_, " found=", found_,
                 "; remedy: `json: [", column, "]`, another type in `schema:`, or `infer: full`")};
    case JsonError::kUnknownField:
      return {row, "unknown_field",
              "a field is not in the schema:" + field +
                  "; remedy: `extra_fields: drop`, name it in `schema:`, or `infer: full`"};
    case JsonError::kNumberOutOfRange:
      return {row, "number_out_of_range",
              Concat("a number does not fit:", field, " expected=", expected_, "; remedy: `json: [",
                     column, "]` keeps the digits, float64 in `schema:` rounds them")};
    case JsonError::kNumberInexact:
      return {row, "inexact_number",
              Concat("a whole number would lose digits in a column of float64:", field,
                     "; remedy: `json: [", column,
                     "]` keeps the digits, float64 in `schema:` rounds them")};
    case JsonError::kNestingTooDeep:
      return {row, "nesting_too_deep",
              Concat("values are nested too deep:", field, " max=", kJsonDepthMax,
                     "; remedy: correct the row")};
    case JsonError::kNotAnObject:
      return {row, "not_an_object",
              Concat("a row is not an object: found=", found_ == nullptr ? "null" : found_,
                     "; remedy: write one object a line")};
    default:
      return {row, "invalid_json",
              Concat("a row is not valid JSON", field.empty() ? "" : ":", field,
                     "; remedy: correct the row")};
  }
}

/// The lines of one block.
class LinesDecoder {
 public:
  LinesDecoder(std::string_view text, const ColumnPlan& plan,
               const std::shared_ptr<arrow::Schema>& schema, const JsonDecodeOptions& options)
      : text_(text),
        options_(options),
        rows_(&plan, schema, options.batch_rows_max, options.file, options.split),
        decoder_(text, options.drop_extra_fields) {}

  Result<Decoded> Decode() {
    auto& columns = rows_.columns().children();
    if (columns.size() == 1 && columns[0].plan().kind == Kind::kString) {
      columns[0].ReserveText(int64_t(text_.size()) + kCopyRoom * 4);  // Escapes are longer.
    }
    const char* p = text_.data();
    const char* end = p + text_.size();
    bool utf8_checked = simdjson::validate_utf8(text_.data(), text_.size());
    while (p < end) {
      const char* start = p;
      int64_t row = ++out_.row_numbers;
      p = SkipJsonSpace(p);
      if (*p == '\n' || p == end) {  // A blank line.
        if (p < end) ++p;
        continue;
      }
      const char* line_end = nullptr;
      if (!utf8_checked) {
        line_end = LineEnd(p);
        if (!simdjson::validate_utf8(p, size_t(line_end - p))) {
          out_.bad_rows.push_back(
              {row, "invalid_utf8", "a row is not valid UTF-8; remedy: convert the file to UTF-8"});
          p = line_end < end ? line_end + 1 : end;
          continue;
        }
      }
      int64_t rows = rows_.columns().length();
      p = decoder_.Row(p, &rows_.columns());
      bool ok = p != nullptr;
      if (!ok) {
        out_.bad_rows.push_back(decoder_.Describe(row));
        p = line_end != nullptr ? line_end : LineEnd(start);
      }
      if (p - start > options_.line_bytes_max) {
        if (!ok) out_.bad_rows.pop_back();
        ok = false;
        out_.bad_rows.push_back(TooLongRow(row, options_.line_bytes_max));
      }
      if (!ok) rows_.columns().Truncate(rows);
      if (p < end) ++p;
      if (ok) ARROW_RETURN_NOT_OK(rows_.EndRow(row));
    }
    ARROW_ASSIGN_OR_RAISE(out_.batches, rows_.Finish());
    return std::move(out_);
  }

 private:
  const char* LineEnd(const char* from) const {
    const char* end = text_.data() + text_.size();
    const void* found = std::memchr(from, '\n', size_t(end - from));
    return found == nullptr ? end : static_cast<const char*>(found);
  }

  std::string_view text_;
  const JsonDecodeOptions& options_;
  RowBatches rows_;
  RowDecoder decoder_;
  Decoded out_;
};

}  // namespace

BadRow TooLongRow(int64_t row, int64_t line_bytes_max) {
  return {row, "line_too_long",
          Concat("a row is too long: max_mb=", line_bytes_max >> 20,
                 "; remedy: a larger `line_mb_max`, or split the row")};
}

Result<Decoded> DecodeJsonLines(std::string_view text, const ColumnPlan& plan,
                                const std::shared_ptr<arrow::Schema>& schema,
                                const JsonDecodeOptions& options) {
  return LinesDecoder(text, plan, schema, options).Decode();
}

}  // namespace hubmill
