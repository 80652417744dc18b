// One line of JSON to the fields that an export may use, without a tree.
//
// Problem.  A training example is 48 to 70 numbers and little else, and millions of them are read
// to be written again in one fixed form.  A tree of them costs an allocation a value.
// Idea.  What is exported is known: so each value goes straight to its slot, as a view of its text.
// Rows of one file have their keys in one order, so the key that followed this one in the last row
// is compared first, and almost always is the one.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "signals/schema.h"

namespace hubmill {

enum class FieldKind : uint8_t { kAbsent, kNull, kTrue, kFalse, kNumber, kString, kList, kObject };

/// A JSON value.  The views live until the next Parse().
struct FieldValue {
  FieldKind kind = FieldKind::kAbsent;
  bool canonical = false;  // Of a number: its text is what ECMAScript writes.
  double number = 0;       // Infinite where it is too large for a double.
  std::string_view raw;    // As it stands in the line.
  std::string_view text;   // Of a string, without quotes and escapes.

  bool IsString() const { return kind == FieldKind::kString; }
};

/// Where a value of a row stands; what comes after kPlaces are the features.
enum class RowPlace : uint16_t {
  kLine,
  kId,
  kExampleId,
  kCreatedAt,
  kSource,
  kIndustryKey,
  kFeatureSchema,
  kSchemaVersion,
  kWindowRule,
  kFeatures,
  kTargets,
  kLabels,
  kPressureKeys,
  kBoundaryClass,
  kReviewerScore,
  kClientFeedback,
  kMappingWasWrong,
  kOutcomeNextStep,
  kPlaces,
};

struct ParsedRow {
  bool is_object = false;
  FieldValue fields[size_t(RowPlace::kPlaces)];
  std::vector<FieldValue> features;       // By the schema's order.
  std::vector<std::string_view> unknown;  // Keys of features that the schema does not list.
  std::vector<RowPlace> repeated;         // Keys that stand twice; the last one counts.

  const FieldValue& operator[](RowPlace place) const { return fields[size_t(place)]; }
};

inline RowPlace PlaceOfFeature(size_t index) { return RowPlace(size_t(RowPlace::kPlaces) + index); }

/// "features.KEY", "labels.client_feedback".
std::string NameOfPlace(const SignalsSchema& schema, RowPlace place);

/// Not thread-safe; kept from row to row.
class RowParser {
 public:
  /// `schema` outlives the parser.
  explicit RowParser(const SignalsSchema* schema);

  /// False where `line` is not one JSON value with valid UTF-8.
  /// REQUIRES: `line` is valid UTF-8.
  bool Parse(std::string_view line, ParsedRow* row);

 private:
  struct KeyPlace {
    std::string_view key;
    RowPlace place;
  };
  const char* ReadKey(const char* p, std::string_view* key);
  const char* ReadValue(const char* p, FieldValue* value);
  const char* ReadString(const char* p, FieldValue* value);
  template <size_t kCount>
  const char* ReadObject(const char* p, const KeyPlace (&places)[kCount]);
  const char* ReadFeatures(const char* p);
  const char* ReadMember(const char* p, RowPlace place);
  const char* FeatureKey(const char* p, int last, int* index, std::string_view* key);
  void Clear(ParsedRow* row) const;
  void Forget(RowPlace place);

  const SignalsSchema* schema_;
  std::vector<std::string> quoted_;  // KEY" of each feature.
  std::unordered_map<std::string_view, int> index_;
  std::vector<int> successor_;  // By feature + 1: the one that followed it; -1 none.
  std::string line_;            // The row, and zeros behind it.
  std::deque<std::string> unescaped_;
  ParsedRow* row_ = nullptr;
};

/// Validates a JSON number and passes it; null where it is none.
const char* ReadSignalsNumber(const char* p, FieldValue* value);

}  // namespace hubmill
