// Each line is first checked as JSON (json_minify.h), then taken apart field by field.
#include "run/metadata_table.h"

#include <arrow/type.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "base/utf8.h"
#include "io/json_minify.h"
#include "io/json_scan.h"
#include "io/json_time.h"
#include "io/line_blocks.h"
#include "net/redact.h"

namespace hubmill {
namespace {

struct Field {
  std::string key;
  bool is_text = false;
  std::string text;
};

/// The members of the object in `minified`, in order.  REQUIRES: MinifyJson() gave it.
std::vector<Field> FieldsOf(const std::string& minified) {
  const std::string padded = minified + std::string(kBlockPadding, '\0');
  std::vector<Field> out;
  for (const char* p = padded.data() + 1; *p != '}';) {
    if (*p == ',') ++p;
    Field& field = out.emplace_back();
    p = ReadJsonString(p + 1, &field.key) + 1;  // Behind the colon.
    field.is_text = *p == '"';
    if (field.is_text) {
      p = ReadJsonString(p + 1, &field.text);
    } else {
      SkipJsonValue(&p);
    }
  }
  return out;
}

constexpr size_t kUnknownShownMax = 5;

std::string Joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + OneLine(name, 60);
  return out;
}

class Checker {
 public:
  std::vector<std::string> Check(std::string_view text, int64_t* rows) {
    *rows = 0;
    while (!text.empty() && problems_.size() < kMetadataProblemsMax) {
      row_ = ++*rows;
      const size_t end = text.find('\n');
      if (end == text.npos) Report("", "the line has no end; remedy: check that the file is whole");
      CheckLine(text.substr(0, end));
      text.remove_prefix(end == text.npos ? text.size() : end + 1);
    }
    if (*rows == 0) problems_.push_back("there are no rows");
    return std::move(problems_);
  }

 private:
  void Report(const std::string& field, const std::string& what) {
    problems_.push_back(Concat("row=", row_, field.empty() ? "" : " field=" + field, ": ", what));
  }

  void CheckLine(std::string_view line) {
    if (line.find_first_not_of(" \t\r") == line.npos) return Report("", "the line is blank");
    if (!IsValidUtf8(line)) return Report("", "the text is not UTF-8");
    if (line.starts_with("\xEF\xBB\xBF")) return Report("", "a byte order mark; remedy: remove it");
    if (line.ends_with('\r')) return Report("", "the line ends in CRLF; remedy: end lines in LF");
    Result<std::string> minified = MinifyJson(line);
    if (!minified.ok()) return Report("", "not valid JSON: " + minified.status().message());
    if (minified->front() != '{') return Report("", "not a JSON object");
    const std::vector<Field> fields = FieldsOf(*minified);
    if (CheckKeys(fields)) CheckValues(fields);
  }

  bool CheckKeys(const std::vector<Field>& fields) {
    const std::vector<std::string> wanted(std::begin(kMetadataColumns), std::end(kMetadataColumns));
    std::vector<std::string> found, missing, unknown;
    for (const Field& field : fields) found.push_back(field.key);
    if (found == wanted) return true;
    for (const std::string& key : wanted) {
      if (std::find(found.begin(), found.end(), key) == found.end()) missing.push_back(key);
    }
    for (const std::string& key : found) {
      if (std::find(wanted.begin(), wanted.end(), key) == wanted.end()) unknown.push_back(key);
    }
    for (const std::string& key : missing) Report(key, "the field is missing");
    if (!unknown.empty()) {
      const size_t shown = std::min(unknown.size(), kUnknownShownMax);
      Report("", Concat("unknown fields: count=", unknown.size(),
                        " fields=", Joined({unknown.begin(), unknown.begin() + int64_t(shown)})));
    }
    if (missing.empty() && unknown.empty()) Report("", "the fields stand in another order");
    if (wanted_shown_++ == 0) problems_.back() += "; remedy: exactly " + Joined(wanted);
    return false;
  }

  /// REQUIRES: CheckKeys() held.
  void CheckValues(const std::vector<Field>& fields) {
    bool whole = true;
    for (const Field& field : fields) {
      if (!field.is_text) {
        Report(field.key, "not a text");
      } else if (field.text.empty()) {
        Report(field.key, "the text is empty");
      } else {
        continue;
      }
      whole = false;
    }
    if (!whole) return;
    const auto first = names_.try_emplace({fields[0].text, fields[1].text}, row_);
    if (!first.second) {
      Report("name",
             Concat("section and name as in an earlier row: first_row=", first.first->second));
    }
    CheckPayload(fields[3].text);
    if (version_.empty()) version_ = fields[4].text;
    if (fields[4].text != version_) Report("version", "another version than in the first row");
    if (!IsUtcTimestamp(fields[5].text)) {
      Report("created_at", "not a UTC time; remedy: write it as 2025-10-13T00:00:00Z");
    }
  }

  void CheckPayload(const std::string& payload) {
    Result<std::string> minified = MinifyJson(payload);
    if (!minified.ok()) {
      Report("payload_json", "not valid JSON: " + minified.status().message());
    } else if (payload != *minified) {
      const auto other =
          std::mismatch(payload.begin(), payload.end(), minified->begin(), minified->end());
      Report("payload_json",
             Concat("not minified: first_byte=", 1 + (other.first - payload.begin()),
                    "; remedy: json.dumps(value, separators=(\",\", \":\"))"));
    } else if (payload[0] != '{' && payload[0] != '[') {
      Report("payload_json", "neither an object nor a list");
    } else if (payload.size() == 2) {
      Report("payload_json", "an object or list without anything in it");
    }
  }

  int64_t row_ = 0;
  int wanted_shown_ = 0;
  std::string version_;
  std::map<std::pair<std::string, std::string>, int64_t> names_;  // The row of each.
  std::vector<std::string> problems_;
};

}  // namespace

bool IsUtcTimestamp(std::string_view text) {
  constexpr size_t kSecondsEnd = 19, kDecimalsMax = 9;
  if (text.starts_with("0000")) return false;  // Calendars and Python's datetime begin at year 1.
  if (text.size() <= kSecondsEnd || text[10] != 'T' || text[16] != ':' || text.back() != 'Z') {
    return false;
  }
  if (text.size() > kSecondsEnd + 1 + 1 + kDecimalsMax) return false;
  if (text[kSecondsEnd] != 'Z' && text[kSecondsEnd] != '.') return false;
  int64_t micros = 0;
  return ParseTimestamp(text, &micros);
}

std::string UtcTimestamp(int64_t unix_seconds) {
  std::string out;
  AppendIsoTime(*arrow::timestamp(arrow::TimeUnit::SECOND, "UTC"), unix_seconds, &out);
  return out;
}

std::vector<std::string> CheckMetadata(std::string_view text, int64_t* rows) {
  return Checker().Check(text, rows);
}

}  // namespace hubmill
