#include "signals/row_check.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/json_value.h"
#include "io/json_scan.h"
#include "text/contact_guard.h"

namespace hubmill {
namespace {

constexpr size_t kIdBytesMax = 64;
constexpr size_t kPressureKeysMax = 3;
constexpr size_t kTimeBytesMax = 40;

void SetBit(FeatureBits* bits, size_t index) { (*bits)[index / 64] |= uint64_t{1} << (index % 64); }

bool IsAlnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// Why a string that is no word of its key may not leave.
RowFault FaultOf(RowPlace place, std::string_view text, RowRule otherwise = RowRule::kUnexpected) {
  const size_t units = Utf16Length(text);
  if (units > kSignalsStringMax) {
    return {.place = place, .rule = RowRule::kTooLong, .size = uint32_t(units)};
  }
  switch (FindContact(text)) {
    case ContactKind::kEmail:
      return {.place = place, .rule = RowRule::kEmail};
    case ContactKind::kPhone:
      return {.place = place, .rule = RowRule::kPhone};
    case ContactKind::kAddress:
      return {.place = place, .rule = RowRule::kAddress};
    case ContactKind::kNone:
      break;
  }
  return {.place = place, .rule = otherwise};
}

bool Holds(const std::vector<std::string>& words, std::string_view text) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

/// Ids that machines make, in which ten digits in a row mean nothing: a UUID, or 32, 40 or 64
/// lower-case hex digits with a letter among them.
bool IsOpaqueId(std::string_view id) {
  const auto hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  const bool uuid = id.size() == 36;
  if (!uuid && id.size() != 32 && id.size() != 40 && id.size() != 64) return false;
  bool letter = false;
  for (size_t i = 0; i < id.size(); ++i) {
    const bool dash = uuid && (i == 8 || i == 13 || i == 18 || i == 23);
    if (dash ? id[i] != '-' : !hex(id[i])) return false;
    letter = letter || id[i] >= 'a';
  }
  return letter;
}

/// A list of strings without escapes, as nearly every one is; false for anything else.
bool ReadSimpleList(std::string_view text, std::vector<std::string>* keys) {
  size_t at = 0;
  const auto skip = [&](char c) {
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
    const bool there = at < text.size() && text[at] == c;
    at += there ? 1 : 0;
    return there;
  };
  if (!skip('[')) return false;
  for (bool more = !skip(']'); more; more = !skip(']')) {
    if ((!keys->empty() && !skip(',')) || !skip('"')) return false;
    const size_t end = text.find_first_of("\"\\", at);
    if (end == text.npos || text[end] == '\\') return false;
    for (size_t i = at; i < end; ++i) {
      if (static_cast<unsigned char>(text[i]) < 0x20) return false;
    }
    keys->emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return at == text.size();
}

class RowCheck {
 public:
  RowCheck(const SignalsSchema& schema, const ParsedRow& row, RowFacts* facts,
           std::vector<RowFault>* faults)
      : schema_(schema), row_(row), facts_(*facts), faults_(*faults) {}

  void Check() {
    if (!row_.is_object) return Fault(RowPlace::kLine, RowRule::kNotAnObject);
    for (const RowPlace place : row_.repeated) Fault(place, RowRule::kRepeatedKey);
    CheckId();
    CheckTime(row_[RowPlace::kCreatedAt]);
    CheckSchema(RowPlace::kFeatureSchema);
    CheckSchema(RowPlace::kSchemaVersion);
    CheckKey(RowPlace::kSource, "source");
    CheckKey(RowPlace::kIndustryKey, "industry_key");
    if (row_[RowPlace::kWindowRule].kind != FieldKind::kAbsent) {
      CheckKey(RowPlace::kWindowRule, "window_rule");
    }
    CheckFeatures();
    CheckTargets();
    CheckLabels();
  }

 private:
  void Fault(RowPlace place, RowRule rule) { faults_.push_back({.place = place, .rule = rule}); }

  /// A row of a bundle: it has null where the example had nothing.
  bool IsExported() const { return row_[RowPlace::kId].kind == FieldKind::kAbsent; }

  void CheckId() {
    const RowPlace place = IsExported() ? RowPlace::kExampleId : RowPlace::kId;
    const FieldValue& id = row_[place];
    if (id.kind == FieldKind::kAbsent) return Fault(RowPlace::kId, RowRule::kMissing);
    if (!id.IsString()) return Fault(place, RowRule::kNotAnId);
    const bool good = !id.text.empty() && id.text.size() <= kIdBytesMax &&
                      std::all_of(id.text.begin(), id.text.end(),
                                  [](char c) { return IsAlnum(c) || c == '_' || c == '-'; });
    if (!good) return faults_.push_back(FaultOf(place, id.text, RowRule::kNotAnId));
    if (FindContact(id.text) != ContactKind::kNone && !IsOpaqueId(id.text)) {
      faults_.push_back(FaultOf(place, id.text));
    }
  }

  void CheckTime(const FieldValue& time) {
    if (time.kind == FieldKind::kAbsent) return;
    if (!time.IsString()) return Fault(RowPlace::kCreatedAt, RowRule::kNotATime);
    if (IsRfc3339(time.text)) return;
    faults_.push_back(FaultOf(RowPlace::kCreatedAt, time.text, RowRule::kNotATime));
  }

  void CheckSchema(RowPlace place) {
    const FieldValue& value = row_[place];
    if (value.kind == FieldKind::kAbsent) return;
    if (!value.IsString() || value.text != schema_.version) Fault(place, RowRule::kOtherSchema);
  }

  /// A field of the row itself has the words of the feature of that name.
  void CheckKey(RowPlace place, std::string_view key) {
    const FieldValue& value = row_[place];
    if (value.kind == FieldKind::kAbsent) return Fault(place, RowRule::kMissing);
    const int feature = schema_.Find(key);
    if (value.kind == FieldKind::kNull && place == RowPlace::kWindowRule) return;
    CheckWord(place, value, feature < 0 ? kNoWords : schema_.features[size_t(feature)].values);
  }

  void CheckWord(RowPlace place, const FieldValue& value, const std::vector<std::string>& words) {
    if (!value.IsString()) return Fault(place, RowRule::kNotText);
    if (!Holds(words, value.text)) faults_.push_back(FaultOf(place, value.text));
  }

  void CheckFeatures() {
    const FieldValue& features = row_[RowPlace::kFeatures];
    if (features.kind == FieldKind::kAbsent) return Fault(RowPlace::kFeatures, RowRule::kMissing);
    if (features.kind != FieldKind::kObject) {
      return Fault(RowPlace::kFeatures, RowRule::kNotAnObject);
    }
    for (size_t i = 0; i < row_.features.size(); ++i) {
      const FieldValue& value = row_.features[i];
      if (value.kind == FieldKind::kNumber && schema_.features[i].type != FeatureType::kEnum) {
        CheckNumber(i, value);
      } else if (value.kind != FieldKind::kAbsent) {
        CheckOther(i, value);
      }
    }
  }

  void CheckNumber(size_t i, const FieldValue& value) {
    const SignalsFeature& feature = schema_.features[i];
    if (!std::isinf(value.number)) SetBit(&facts_.filled, i);
    const bool in_range = value.number >= feature.min && value.number <= feature.max;
    const bool whole = !feature.whole() || value.number == std::floor(value.number);
    if (in_range && whole) return;
    if (!schema_.enforce) return SetBit(&facts_.out_of_range, i);
    Fault(PlaceOfFeature(i), in_range ? RowRule::kNotWhole : RowRule::kOutOfRange);
  }

  void CheckOther(size_t i, const FieldValue& value) {
    const SignalsFeature& feature = schema_.features[i];
    const RowPlace place = PlaceOfFeature(i);
    const bool is_enum = feature.type == FeatureType::kEnum;
    switch (value.kind) {
      case FieldKind::kNull:
        if (schema_.enforce && !feature.nulls && !IsExported()) Fault(place, RowRule::kNull);
        return;
      case FieldKind::kString:
        if (!is_enum) return faults_.push_back(FaultOf(place, value.text));
        SetBit(&facts_.filled, i);
        return CheckWord(place, value, feature.values);
      case FieldKind::kNumber:
        return Fault(place, RowRule::kNotText);
      default:
        if (schema_.enforce)
          return Fault(place, is_enum ? RowRule::kNotText : RowRule::kNotANumber);
        SetBit(&facts_.not_numbers, i);
    }
  }

  static bool IsSlug(std::string_view text) {
    return !text.empty() && text.size() <= kIdBytesMax && text[0] >= 'a' && text[0] <= 'z' &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return (IsAlnum(c) && !(c >= 'A' && c <= 'Z')) || c == '_'; });
  }

  void CheckTargets() {
    const FieldValue& targets = row_[RowPlace::kTargets];
    if (targets.kind == FieldKind::kAbsent || targets.kind == FieldKind::kNull) return;
    if (targets.kind != FieldKind::kObject) return Fault(RowPlace::kTargets, RowRule::kNotAnObject);
    const FieldValue& keys = row_[RowPlace::kPressureKeys];
    if (keys.kind != FieldKind::kAbsent && keys.kind != FieldKind::kNull) CheckPressureKeys(keys);
    CheckOptionalWord(RowPlace::kBoundaryClass, schema_.boundaries);
  }

  void CheckPressureKeys(const FieldValue& value) {
    std::vector<std::string> keys;
    if (!ReadPressureKeys(value, &keys)) {
      return faults_.push_back(FaultOf(RowPlace::kPressureKeys, value.raw, RowRule::kNotAList));
    }
    if (keys.size() > kPressureKeysMax) Fault(RowPlace::kPressureKeys, RowRule::kTooMany);
    for (const std::string& key : keys) {
      if (IsSlug(key) && FindContact(key) == ContactKind::kNone) continue;
      faults_.push_back(FaultOf(RowPlace::kPressureKeys, key));
    }
  }

  /// Absent, null and "" are left out of the row.
  void CheckOptionalWord(RowPlace place, const std::vector<std::string>& words) {
    const FieldValue& value = row_[place];
    if (value.kind == FieldKind::kAbsent || value.kind == FieldKind::kNull) return;
    if (value.IsString() && value.text.empty()) return;
    CheckWord(place, value, words);
  }

  void CheckLabels() {
    const FieldValue& labels = row_[RowPlace::kLabels];
    if (labels.kind == FieldKind::kAbsent || labels.kind == FieldKind::kNull) return;
    if (labels.kind != FieldKind::kObject) return Fault(RowPlace::kLabels, RowRule::kNotAnObject);
    const FieldValue& score = row_[RowPlace::kReviewerScore];
    if (score.kind == FieldKind::kNumber) {
      const bool in_range = score.number >= schema_.score_min && score.number <= schema_.score_max;
      if (!in_range) Fault(RowPlace::kReviewerScore, RowRule::kOutOfRange);
      if (in_range && score.number != std::floor(score.number)) {
        Fault(RowPlace::kReviewerScore, RowRule::kNotWhole);
      }
    } else if (score.IsString()) {
      faults_.push_back(FaultOf(RowPlace::kReviewerScore, score.text, RowRule::kNotANumber));
    } else if (score.kind != FieldKind::kAbsent && score.kind != FieldKind::kNull) {
      Fault(RowPlace::kReviewerScore, RowRule::kNotANumber);
    }
    CheckOptionalWord(RowPlace::kClientFeedback, schema_.feedback);
    for (const RowPlace place : {RowPlace::kMappingWasWrong, RowPlace::kOutcomeNextStep}) {
      const FieldValue& value = row_[place];
      if (value.IsString()) {
        faults_.push_back(FaultOf(place, value.text, RowRule::kNotABoolean));
      } else if (value.kind >= FieldKind::kNumber) {
        Fault(place, RowRule::kNotABoolean);
      }
    }
  }

  static const std::vector<std::string> kNoWords;
  const SignalsSchema& schema_;
  const ParsedRow& row_;
  RowFacts& facts_;
  std::vector<RowFault>& faults_;
};

const std::vector<std::string> RowCheck::kNoWords;

}  // namespace

bool IsRfc3339(std::string_view text) {
  if (text.size() < 20 || text.size() > kTimeBytesMax || text[10] != 'T' || text[16] != ':') {
    return false;
  }
  const char last = text.back();
  const bool offset = text.size() >= 25 && text[text.size() - 3] == ':' &&
                      (text[text.size() - 6] == '+' || text[text.size() - 6] == '-');
  const size_t digits = text.size() - (last == 'Z' ? 1 : 6);
  constexpr size_t kNanoseconds = 29;  // 2026-01-01T00:00:00.123456789
  int64_t micros = 0;
  return (last == 'Z' || offset) && digits <= kNanoseconds && ParseTimestamp(text, &micros);
}

bool ReadPressureKeys(const FieldValue& value, std::vector<std::string>* keys) {
  if (value.kind != FieldKind::kList && !value.IsString()) return false;
  const std::string_view text = value.IsString() ? value.text : value.raw;
  if (ReadSimpleList(text, keys)) return true;
  keys->clear();
  JsonValue list;
  if (ParseJsonValue(text, &list) || !list.IsList()) return false;
  for (const JsonValue& item : list.items) {
    if (!item.IsString()) return false;
    keys->push_back(item.text);
  }
  return true;
}

void CheckRow(const SignalsSchema& schema, const ParsedRow& row, RowFacts* facts,
              std::vector<RowFault>* faults) {
  RowCheck(schema, row, facts, faults).Check();
}

void CheckRowCompat(const SignalsSchema& schema, const ParsedRow& row, RowFacts* facts,
                    std::vector<RowFault>* faults) {
  if (!row.is_object) {
    return faults->push_back({.place = RowPlace::kLine, .rule = RowRule::kNotAnObject});
  }
  const FieldKind kind = row[RowPlace::kFeatures].kind;
  if (kind != FieldKind::kObject) {
    const bool missing = kind == FieldKind::kAbsent;
    return faults->push_back({.place = RowPlace::kFeatures,
                              .rule = missing ? RowRule::kMissing : RowRule::kNotAnObject});
  }
  for (size_t i = 0; i < row.features.size(); ++i) {
    const FieldValue& value = row.features[i];
    if (value.kind == FieldKind::kNumber) {
      if (!std::isinf(value.number)) SetBit(&facts->filled, i);
    } else if (value.IsString()) {
      SetBit(&facts->filled, i);
      const bool known = std::any_of(
          schema.features.begin(), schema.features.end(),
          [&](const SignalsFeature& feature) { return Holds(feature.values, value.text); });
      if (!known) faults->push_back(FaultOf(PlaceOfFeature(i), value.text));
    } else if (value.kind != FieldKind::kAbsent && value.kind != FieldKind::kNull) {
      SetBit(&facts->not_numbers, i);
    }
  }
}

}  // namespace hubmill
