#include "llm/inventory.h"

#include <simdjson.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "base/json_value.h"
#include "io/json_scan.h"

namespace hubmill {
namespace {

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
}

const char* TypeName(JsonValue::Kind kind) {
  switch (kind) {
    case JsonValue::Kind::kNull:
      return "null";
    case JsonValue::Kind::kBool:
      return "bool";
    case JsonValue::Kind::kInt:
      return "int";
    case JsonValue::Kind::kDouble:
      return "float";
    case JsonValue::Kind::kString:
      return "string";
    case JsonValue::Kind::kList:
      return "list";
    case JsonValue::Kind::kObject:
      return "object";
  }
  return "";
}

bool IsDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

void FieldCounts::Add(const FieldCounts& other) {
  present += other.present;
  nulls += other.nulls;
  for (const auto& [type, count] : other.types) types[type] += count;
}

void FileCounts::Add(const FileCounts& other) {
  rows += other.rows;
  bad_lines += other.bad_lines;
  rows_with_accuracy += other.rows_with_accuracy;
  rows_with_tools += other.rows_with_tools;
  for (const auto& [name, from] : other.fields) fields[name].Add(from);
  // The first names in order stay, so that it does not matter what was added to what.
  while (fields.size() > kFieldsMax + fields.count(kOtherFields)) {
    auto last = std::prev(fields.end());
    if (last->first == kOtherFields) --last;
    const FieldCounts moved = last->second;
    fields.erase(last);
    fields[kOtherFields].Add(moved);
  }
}

/// A line is walked by the scanner, which keeps no values; what it does not take (Python's NaN,
/// repeated keys, broken text) is left to the parser of whole values, as Python reads it.  What a
/// line says counts only when the line is whole.
struct JsonLinesCounter::Impl {
  struct Field {
    FieldCounts counts;
    int64_t line = -1;  // The last one that had it.
  };
  struct Seen {
    Field* field;
    JsonValue::Kind kind;
  };

  void CountLine(const char* begin, std::string_view line) {
    ++lines;
    if (IsBlank(line) || !(Scan(begin) || Parse(line))) {
      ++totals.bad_lines;
      return;
    }
    ++totals.rows;
    totals.rows_with_accuracy += accuracy ? 1 : 0;
    totals.rows_with_tools += tools ? 1 : 0;
    for (const Seen& each : seen) {
      FieldCounts& counts = each.field->counts;
      ++counts.present;
      if (each.kind == JsonValue::Kind::kNull) {
        ++counts.nulls;
      } else {
        ++counts.types[TypeName(each.kind)];
      }
    }
    for (; fields.size() > kFieldsMax; fields.erase(std::prev(fields.end()))) {
      others.counts.Add(fields.rbegin()->second.counts);
    }
  }

  void Begin() {
    seen.clear();
    path.clear();
    accuracy = tools = false;
  }

  /// False where the line has the field already.
  bool See(JsonValue::Kind kind, bool filled, int depth) {
    auto found = fields.find(path);
    if (found == fields.end() && fields.size() >= kFieldsMax && path > fields.rbegin()->first) {
      seen.push_back({&others, kind});
      return true;
    }
    if (found == fields.end()) found = fields.try_emplace(path).first;
    const bool again = found->second.line == lines;
    found->second.line = lines;
    seen.push_back({&found->second, kind});
    if (depth == 0 && filled && path == "tools") tools = true;
    if (depth == 2 && kind != JsonValue::Kind::kNull && path.starts_with("metadata.") &&
        path.ends_with(".accuracy")) {
      accuracy = true;
    }
    return !again;
  }

  bool Scan(const char* p) {
    Begin();
    p = SkipJsonSpace(p);
    if (*p != '{' || !ScanObject(&p, 0)) return false;
    p = SkipJsonSpace(p);
    return *p == '\n' || *p == '\0';
  }

  bool ScanObject(const char** at, int depth) {
    const size_t length = path.size();
    const char* p = SkipJsonSpace(*at + 1);
    bool first = true;
    for (; *p != '}'; first = false) {
      if (!first && *p++ != ',') return false;
      p = SkipJsonSpace(p);
      if (*p != '"' || (p = ReadJsonString(p + 1, &key)) == nullptr) return false;
      p = SkipJsonSpace(p);
      if (*p++ != ':') return false;
      p = SkipJsonSpace(p);
      if (depth > 0) path += '.';
      path += key;
      if (!ScanValue(&p, depth)) return false;
      path.resize(length);
      p = SkipJsonSpace(p);
    }
    *at = p + 1;
    return true;
  }

  bool ScanValue(const char** at, int depth) {
    using Kind = JsonValue::Kind;
    const char* p = *at;
    bool integer = false;
    switch (*p) {
      case '{': {
        if (!See(Kind::kObject, *SkipJsonSpace(p + 1) != '}', depth)) return false;
        if (depth < kDepthMax) return ScanObject(at, depth + 1);
        break;
      }
      case '[':
        if (!See(Kind::kList, *SkipJsonSpace(p + 1) != ']', depth)) return false;
        break;
      case '"':
        if (!See(Kind::kString, true, depth)) return false;
        break;
      case 'n':
        if (!See(Kind::kNull, false, depth)) return false;
        break;
      case 't':
      case 'f':
        if (!See(Kind::kBool, true, depth)) return false;
        break;
      default:
        *at = SkipJsonNumber(p, &integer);
        return *at != nullptr && See(integer ? Kind::kInt : Kind::kDouble, true, depth);
    }
    return SkipJsonValue(at) == JsonError::kNone;
  }

  bool Parse(std::string_view line) {
    ++lines;  // What Scan() saw of it does not count as repeated.
    Begin();
    JsonValue value;
    if (ParseJsonValue(line, &value) || !value.IsObject()) return false;
    Walk(value, 0);
    return true;
  }

  void Walk(const JsonValue& object, int depth) {
    const size_t length = path.size();
    for (const JsonMember& member : object.members) {
      if (depth > 0) path += '.';
      path += member.key;
      const JsonValue& value = member.value;
      See(value.kind, !value.items.empty() || !value.members.empty(), depth);
      if (value.IsObject() && depth < kDepthMax) Walk(value, depth + 1);
      path.resize(length);
    }
  }

  static constexpr int kDepthMax = 8;
  std::map<std::string, Field> fields;
  Field others;
  FileCounts totals;  // Without fields.
  std::vector<Seen> seen;
  std::string path;
  std::string key;
  int64_t lines = 0;
  bool accuracy = false;
  bool tools = false;
};

JsonLinesCounter::JsonLinesCounter() : impl_(std::make_unique<Impl>()) {}
JsonLinesCounter::~JsonLinesCounter() = default;

void JsonLinesCounter::Count(std::string_view text) {
  const bool utf8 = simdjson::validate_utf8(text.data(), text.size());
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const bool readable = utf8 || simdjson::validate_utf8(line.data(), line.size());
    impl_->CountLine(line.data(), readable ? line : std::string_view());
  }
}

FileCounts JsonLinesCounter::counts() const {
  FileCounts out = impl_->totals;
  for (const auto& [name, field] : impl_->fields) {
    if (field.counts.present > 0) out.fields[name] = field.counts;
  }
  if (impl_->others.counts.present > 0) out.fields[kOtherFields].Add(impl_->others.counts);
  return out;
}

std::string SplitOfFile(std::string_view path) {
  const size_t slash = path.rfind('/');
  std::string_view folder = slash == path.npos ? "" : path.substr(0, slash);
  folder = folder.substr(folder.rfind('/') + 1);  // npos + 1 is 0.
  std::string_view name = path.substr(slash + 1);
  for (std::string_view end : {".gz", ".zst", ".parquet", ".jsonl", ".ndjson", ".json"}) {
    if (name.ends_with(end)) name.remove_suffix(end.size());
  }
  const size_t of = name.rfind("-of-");
  if (of != name.npos && IsDigits(name.substr(of + 4))) {
    name = name.substr(0, name.substr(0, of).rfind('-'));
  } else if (const size_t part = name.find(".part_"); part != name.npos) {
    return std::string(name.substr(0, part)) + "_part" + std::string(name.substr(part + 6));
  } else if (const size_t shard = name.rfind("__");
             shard != name.npos && IsDigits(name.substr(shard + 2))) {
    name = name.substr(0, shard);
  }
  const bool numbered = name.starts_with("part-") || name.starts_with("shard-");
  if (numbered && !folder.empty() && folder != "data") return std::string(folder);
  return std::string(name.substr(0, numbered ? name.find('-') : name.npos));
}

}  // namespace hubmill
