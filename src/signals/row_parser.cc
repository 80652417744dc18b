#include "signals/row_parser.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "io/json_scan.h"

namespace hubmill {
namespace {

constexpr size_t kZerosBehind = 128;  // A key that is compared is up to 65 bytes.
constexpr int kDigitsExact = 15;  // Every decimal of so many digits is the shortest of its double.
constexpr int kSmallestPlainZeros = 5;  // 0.000001 is plain, 0.0000001 is 1e-7.
constexpr double kPowers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                              1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

uint64_t EightBytes(const char* p) {
  uint64_t bytes;
  std::memcpy(&bytes, p, sizeof(bytes));
  return bytes;
}

/// A comparison without a call, which keys are too short for.
inline bool StartsWith(const char* p, const std::string& key) {
  const size_t size = key.size();
  if (size < 8) return std::memcmp(p, key.data(), size) == 0;
  for (size_t i = 0; i + 8 < size; i += 8) {
    if (EightBytes(p + i) != EightBytes(key.data() + i)) return false;
  }
  return EightBytes(p + size - 8) == EightBytes(key.data() + size - 8);
}

const char* SlowNumber(const char* start, FieldValue* value) {
  bool is_integer = false;
  const char* end = SkipJsonNumber(start, &is_integer);
  if (end == nullptr) return nullptr;
  value->raw = {start, size_t(end - start)};
  value->canonical = false;
  if (!ParseDouble(value->raw, &value->number)) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    value->number = *start == '-' ? -kInfinity : kInfinity;
  }
  return end;
}

}  // namespace

/// A number of up to 15 digits without exponent is exact: its digits over a power of ten is the
/// nearest double, and its own text is the shortest, where it has no needless zeros.
const char* ReadSignalsNumber(const char* p, FieldValue* value) {
  value->kind = FieldKind::kNumber;
  const char* const start = p;
  const bool minus = *p == '-';
  p += minus ? 1 : 0;
  if (!IsDigit(*p)) return nullptr;
  const char* const integer = p;
  uint64_t digits = 0;
  for (; IsDigit(*p) && p - integer <= kDigitsExact; ++p) digits = digits * 10 + uint64_t(*p - '0');
  const auto integer_digits = int(p - integer);
  if (integer_digits > 1 && *integer == '0') return nullptr;
  int fraction_digits = 0;
  bool plain = true;
  if (*p == '.') {
    const char* const fraction = ++p;
    for (; IsDigit(*p) && p - fraction <= kDigitsExact; ++p) {
      digits = digits * 10 + uint64_t(*p - '0');
    }
    fraction_digits = int(p - fraction);
    if (fraction_digits == 0) return nullptr;
    int zeros = 0;
    while (zeros < fraction_digits && fraction[zeros] == '0') ++zeros;
    plain = p[-1] != '0' && (*integer != '0' || zeros <= kSmallestPlainZeros);
  }
  if (IsDigit(*p) || *p == 'e' || *p == 'E' || *p == '.' ||
      integer_digits + fraction_digits > kDigitsExact) {
    return SlowNumber(start, value);
  }
  value->raw = {start, size_t(p - start)};
  value->canonical = plain && !(minus && digits == 0);
  const double magnitude = double(digits) / kPowers[fraction_digits];
  value->number = minus ? -magnitude : magnitude;
  return p;
}

std::string NameOfPlace(const SignalsSchema& schema, RowPlace place) {
  constexpr const char* kNames[] = {"(line)",
                                    "id",
                                    "example_id",
                                    "created_at",
                                    "source",
                                    "industry_key",
                                    "feature_schema",
                                    "schema_version",
                                    "window_rule",
                                    "features",
                                    "targets",
                                    "labels",
                                    "targets.pressure_keys",
                                    "targets.boundary_class",
                                    "labels.reviewer_score",
                                    "labels.client_feedback",
                                    "labels.mapping_was_wrong",
                                    "labels.outcome_next_step_chosen"};
  static_assert(std::size(kNames) == size_t(RowPlace::kPlaces));
  if (place < RowPlace::kPlaces) return kNames[size_t(place)];
  return "features." + schema.features[size_t(place) - size_t(RowPlace::kPlaces)].key;
}

RowParser::RowParser(const SignalsSchema* schema)
    : schema_(schema), successor_(schema->features.size() + 1) {
  for (size_t i = 0; i < schema->features.size(); ++i) {
    quoted_.push_back(schema->features[i].key + '"');
    index_.emplace(schema->features[i].key, int(i));
    successor_[i] = int(i);
  }
  successor_.back() = -1;
}

void RowParser::Clear(ParsedRow* row) const {
  row->is_object = false;
  for (FieldValue& field : row->fields) field.kind = FieldKind::kAbsent;
  row->features.resize(schema_->features.size());
  for (FieldValue& feature : row->features) feature.kind = FieldKind::kAbsent;
  row->unknown.clear();
  row->repeated.clear();
}

/// What a repeated object held counts no more.
void RowParser::Forget(RowPlace place) {
  const auto forget = [this](RowPlace first, RowPlace last) {
    for (auto at = size_t(first); at <= size_t(last); ++at) {
      row_->fields[at].kind = FieldKind::kAbsent;
    }
  };
  if (place == RowPlace::kTargets) forget(RowPlace::kPressureKeys, RowPlace::kBoundaryClass);
  if (place == RowPlace::kLabels) forget(RowPlace::kReviewerScore, RowPlace::kOutcomeNextStep);
  if (place != RowPlace::kFeatures) return;
  for (FieldValue& feature : row_->features) feature.kind = FieldKind::kAbsent;
  row_->unknown.clear();
}

const char* RowParser::ReadString(const char* p, FieldValue* value) {
  const char* const end = SkipJsonString(p + 1);
  if (end == nullptr) return nullptr;
  value->kind = FieldKind::kString;
  value->raw = {p, size_t(end - p)};
  value->text = {p + 1, size_t(end - p) - 2};
  if (std::memchr(value->text.data(), '\\', value->text.size()) == nullptr) return end;
  std::string& text = unescaped_.emplace_back();
  ReadJsonString(p + 1, &text);
  value->text = text;
  return end;
}

const char* RowParser::ReadKey(const char* p, std::string_view* key) {
  if (*p != '"') return nullptr;
  FieldValue value;
  p = ReadString(p, &value);
  *key = value.text;
  return p;
}

const char* RowParser::ReadValue(const char* p, FieldValue* value) {
  const char* const start = p;
  switch (*p) {
    case '"':
      return ReadString(p, value);
    case 't':
      value->kind = FieldKind::kTrue;
      p = std::strncmp(p, "true", 4) == 0 ? p + 4 : nullptr;
      break;
    case 'f':
      value->kind = FieldKind::kFalse;
      p = std::strncmp(p, "false", 5) == 0 ? p + 5 : nullptr;
      break;
    case 'n':
      value->kind = FieldKind::kNull;
      p = std::strncmp(p, "null", 4) == 0 ? p + 4 : nullptr;
      break;
    case '[':
    case '{':
      value->kind = *p == '[' ? FieldKind::kList : FieldKind::kObject;
      if (SkipJsonValue(&p) != JsonError::kNone) return nullptr;
      break;
    default:
      return ReadSignalsNumber(p, value);
  }
  if (p != nullptr) value->raw = {start, size_t(p - start)};
  return p;
}

/// A member whose value is needed, or is an object with members that are.
const char* RowParser::ReadMember(const char* p, RowPlace place) {
  static constexpr KeyPlace kTargets[] = {{"pressure_keys", RowPlace::kPressureKeys},
                                          {"boundary_class", RowPlace::kBoundaryClass}};
  static constexpr KeyPlace kLabels[] = {{"reviewer_score", RowPlace::kReviewerScore},
                                         {"client_feedback", RowPlace::kClientFeedback},
                                         {"mapping_was_wrong", RowPlace::kMappingWasWrong},
                                         {"outcome_next_step_chosen", RowPlace::kOutcomeNextStep}};
  FieldValue& value = row_->fields[size_t(place)];
  if (value.kind != FieldKind::kAbsent) {
    row_->repeated.push_back(place);
    Forget(place);
  }
  if (*p != '{') return ReadValue(p, &value);
  const char* const start = p;
  switch (place) {
    case RowPlace::kFeatures:
      p = ReadFeatures(p);
      break;
    case RowPlace::kTargets:
      p = ReadObject(p, kTargets);
      break;
    case RowPlace::kLabels:
      p = ReadObject(p, kLabels);
      break;
    default:
      return ReadValue(p, &value);
  }
  value.kind = FieldKind::kObject;
  if (p != nullptr) value.raw = {start, size_t(p - start)};
  return p;
}

template <size_t kCount>
const char* RowParser::ReadObject(const char* p, const KeyPlace (&places)[kCount]) {
  p = SkipJsonSpace(p + 1);
  if (*p == '}') return p + 1;
  while (true) {
    std::string_view key;
    p = ReadKey(p, &key);
    if (p == nullptr) return nullptr;
    p = SkipJsonSpace(p);
    if (*p != ':') return nullptr;
    p = SkipJsonSpace(p + 1);
    RowPlace place = RowPlace::kPlaces;
    for (const KeyPlace& known : places) {
      if (known.key == key) place = known.place;
    }
    if (place != RowPlace::kPlaces) {
      p = ReadMember(p, place);
      if (p == nullptr) return nullptr;
    } else if (SkipJsonValue(&p) != JsonError::kNone) {
      return nullptr;
    }
    p = SkipJsonSpace(p);
    if (*p == '}') return p + 1;
    if (*p != ',') return nullptr;
    p = SkipJsonSpace(p + 1);
  }
}

/// Passes a key of the features; `index` is -1 where the schema does not list it.
const char* RowParser::FeatureKey(const char* p, int last, int* index, std::string_view* key) {
  if (*p != '"') return nullptr;
  int& successor = last < 0 ? successor_.back() : successor_[size_t(last)];
  if (successor >= 0) {
    const std::string& quoted = quoted_[size_t(successor)];
    if (StartsWith(p + 1, quoted)) {
      *index = successor;
      return p + 1 + quoted.size();
    }
  }
  p = ReadKey(p, key);
  if (p == nullptr) return nullptr;
  const auto found = index_.find(*key);
  *index = found == index_.end() ? -1 : found->second;
  if (*index >= 0) successor = *index;
  return p;
}

const char* RowParser::ReadFeatures(const char* p) {
  int last = -1;
  p = SkipJsonSpace(p + 1);
  if (*p == '}') return p + 1;
  while (true) {
    int index = -1;
    std::string_view key;
    p = FeatureKey(p, last, &index, &key);
    if (p == nullptr) return nullptr;
    p = SkipJsonSpace(p);
    if (*p != ':') return nullptr;
    p = SkipJsonSpace(p + 1);
    if (index < 0) {
      row_->unknown.push_back(key);
      if (SkipJsonValue(&p) != JsonError::kNone) return nullptr;
    } else {
      FieldValue& value = row_->features[size_t(index)];
      if (value.kind != FieldKind::kAbsent) row_->repeated.push_back(PlaceOfFeature(size_t(index)));
      p = ReadValue(p, &value);
      if (p == nullptr) return nullptr;
      last = index;
    }
    p = SkipJsonSpace(p);
    if (*p == '}') return p + 1;
    if (*p != ',') return nullptr;
    p = SkipJsonSpace(p + 1);
  }
}

bool RowParser::Parse(std::string_view line, ParsedRow* row) {
  static constexpr KeyPlace kRow[] = {{"id", RowPlace::kId},
                                      {"example_id", RowPlace::kExampleId},
                                      {"created_at", RowPlace::kCreatedAt},
                                      {"source", RowPlace::kSource},
                                      {"industry_key", RowPlace::kIndustryKey},
                                      {"feature_schema", RowPlace::kFeatureSchema},
                                      {"schema_version", RowPlace::kSchemaVersion},
                                      {"window_rule", RowPlace::kWindowRule},
                                      {"features", RowPlace::kFeatures},
                                      {"targets", RowPlace::kTargets},
                                      {"labels", RowPlace::kLabels}};
  line_.assign(line);
  line_.append(kZerosBehind, '\0');
  unescaped_.clear();
  Clear(row);
  row_ = row;
  const char* const end = line_.data() + line.size();
  const char* p = SkipJsonSpace(line_.data());
  row->is_object = *p == '{';
  if (row->is_object) {
    p = ReadObject(p, kRow);
  } else if (SkipJsonValue(&p) != JsonError::kNone) {
    p = nullptr;
  }
  return p != nullptr && SkipJsonSpace(p) == end;
}

}  // namespace hubmill
