// A value's JSON goes through two passes: MinifyJson() checks it and makes strings alike, and
// ValueText below makes equal values alike: numbers, the order of keys, members that are null.
#include "dedup/group_keys.h"

#include <arrow/util/key_value_metadata.h>

#include <charconv>
#include <cmath>
#include <map>
#include <string>
#include <string_view>

#include "base/json_text.h"
#include "io/json_minify.h"
#include "io/json_rows.h"
#include "io/json_scan.h"

namespace hubmill {
namespace {

constexpr double kTwoTo63 = 9223372036854775808.0;
constexpr double kTwoTo64 = 2 * kTwoTo63;

template <typename Int>
bool AppendWhole(std::string_view digits, std::string* out) {
  Int number = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (read.ec != std::errc() || read.ptr != digits.data() + digits.size()) return false;
  *out += std::to_string(number);  // -0 is 0.
  return true;
}

/// Whole numbers of 64 bits with all their digits, whatever their spelling; others as float64.
void AppendNumber(std::string_view digits, std::string* out) {
  if (AppendWhole<int64_t>(digits, out) || AppendWhole<uint64_t>(digits, out)) return;
  double number = 0;
  if (!ParseDouble(digits, &number) || !std::isfinite(number)) {
    *out += digits;
  } else if (number == std::trunc(number) && number >= 0 && number < kTwoTo64) {
    *out += std::to_string(uint64_t(number));
  } else if (number == std::trunc(number) && number < 0 && number >= -kTwoTo63) {
    *out += std::to_string(int64_t(number));
  } else if (!AppendJsonDouble(number, out)) {
    *out += digits;
  }
}

/// Equal values give equal texts.  REQUIRES: MinifyJson() gave the text, so that it is JSON without
/// white space, and its depth is bounded.
class ValueText {
 public:
  explicit ValueText(std::string_view minified) : rest_(minified) {}

  std::string Run() {
    std::string out;
    Value(&out);
    return out;
  }

 private:
  void Value(std::string* out) {
    switch (rest_[0]) {
      case '{':
        return Object(out);
      case '[':
        return Array(out);
      case '"':
        *out += String();
        return;
      default:
        break;
    }
    const std::string_view word = rest_.substr(0, rest_.find_first_of(",]}"));
    rest_.remove_prefix(word.size());
    if (word == "true" || word == "false" || word == "null") {
      *out += word;
    } else {
      AppendNumber(word, out);
    }
  }

  void Object(std::string* out) {
    std::map<std::string_view, std::string> members;
    for (rest_.remove_prefix(1); rest_[0] != '}';) {
      if (rest_[0] == ',') rest_.remove_prefix(1);
      const std::string_view key = String();
      rest_.remove_prefix(1);  // The colon.
      std::string value;
      Value(&value);
      if (value != "null") members.emplace(key, std::move(value));  // As where it is missing.
    }
    rest_.remove_prefix(1);
    char before = '{';
    for (const auto& [key, value] : members) {
      out->push_back(before);
      out->append(key).append(":").append(value);
      before = ',';
    }
    *out += members.empty() ? "{}" : "}";
  }

  void Array(std::string* out) {
    out->push_back('[');
    for (rest_.remove_prefix(1); rest_[0] != ']';) {
      if (rest_[0] == ',') {
        rest_.remove_prefix(1);
        out->push_back(',');
      }
      Value(out);
    }
    rest_.remove_prefix(1);
    out->push_back(']');
  }

  /// With its quotes.
  std::string_view String() {
    size_t end = 1;
    while (rest_[end] != '"') end += rest_[end] == '\\' ? 2 : 1;
    const std::string_view text = rest_.substr(0, end + 1);
    rest_.remove_prefix(end + 1);
    return text;
  }

  std::string_view rest_;
};

std::shared_ptr<arrow::Schema> SchemaOfGroup(const arrow::Schema& schema, int column,
                                             bool is_json) {
  const auto field = schema.field(column)->WithName("g");
  if (!is_json) return arrow::schema({field});
  return arrow::schema({field->WithMetadata(arrow::key_value_metadata({kJsonTextKey}, {"1"}))});
}

}  // namespace

Status CheckGroupColumn(const arrow::Schema& schema, int column) {
  return CheckJsonSchema(*arrow::schema({schema.field(column)}));
}

std::vector<Hash128> GroupKeys(const arrow::RecordBatch& rows, int column, bool is_json) {
  const auto group = arrow::RecordBatch::Make(SchemaOfGroup(*rows.schema(), column, is_json),
                                              rows.num_rows(), {rows.column(column)});
  std::vector<Hash128> keys;
  keys.reserve(size_t(rows.num_rows()));
  std::string text;
  for (int64_t row = 0; row < rows.num_rows(); ++row) {
    text.clear();
    // What JSON cannot hold (NaN) is written as null; what is no canonical JSON stays as it stands.
    if (!AppendRowJson(*group, row, &text).ok()) text = "{}";
    if (auto canonical = MinifyJson(text); canonical.ok()) text = ValueText(*canonical).Run();
    keys.push_back(Xxh3Hash128(text));
  }
  return keys;
}

}  // namespace hubmill
