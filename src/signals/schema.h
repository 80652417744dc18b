// A signals schema: which features of a business may be exported, in which order, and what each of
// them may be.  A YAML file that any team writes for itself; docs/recipes/signals.md has the
// format.
//
// The schema is the guard: what it does not list cannot leave, whatever the input holds.  So a
// string may only be one of the words that the schema states for its key.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/setting.h"

namespace hubmill {

enum class FeatureType : uint8_t { kEnum, kCount, kDays, kRatio, kFlag, kNumber };
const char* NameOf(FeatureType type);

struct SignalsFeature {
  std::string key;
  FeatureType type = FeatureType::kNumber;
  std::vector<std::string> values;  // Of a kEnum.
  bool nulls = true;                // Whether the input may say null; what is absent always may.
  double min = 0;                   // Of a number, both included.
  double max = 0;
  std::string about;

  bool whole() const { return type == FeatureType::kCount || type == FeatureType::kFlag; }
};

struct SignalsSchema {
  std::string file;           // For messages; "builtin:NAME" of those in the binary.
  std::string name;           // signals_v1_48
  std::string version;        // signals_v1: stands in every row.
  bool enforce = true;        // A number outside its range refuses the row; else it is counted.
  bool pressure_list = true;  // A JSON list; else a string that holds JSON.
  std::vector<std::string> boundaries;  // boundary_class; empty: never exported.
  std::vector<std::string> feedback;    // client_feedback; empty: never exported.
  double score_min = 0;                 // reviewer_score, a whole number.
  double score_max = 5;
  std::vector<SignalsFeature> features;  // In the order of the export.

  /// Index of the feature, or -1.
  int Find(std::string_view key) const;
  std::vector<std::string> Keys() const;
};

inline constexpr size_t kSignalsFeaturesMax = 256;
inline constexpr size_t kSignalsStringMax = 100;  // UTF-16 code units of an exported string.

/// Reads a schema.  Everything that is wrong is named at once, with file:line:column (kWrongUsage).
Result<SignalsSchema> ParseSignalsSchema(std::string_view text, const std::string& file);

/// A built-in schema by its name, or the file of that path.
Result<SignalsSchema> FindSignalsSchema(const std::string& name_or_file);

/// The schemas built into this binary: name and YAML text.
const std::vector<std::pair<std::string, std::string>>& BuiltinSchemas();

/// The first 8 hex digits of SHA-256 over `VERSION:key,key,…`: the schema_hash of every row.
std::string SchemaHash(const std::string& version, const std::vector<std::string>& keys);
/// The same over `key,key,…` alone, which the original's models carry under the same name.
std::string LegacySchemaHash(const std::vector<std::string>& keys);

/// What a reader of `before` has to know of `after`: "added: KEY", "removed: KEY", or that the
/// order is another; empty where nothing changed.
std::vector<std::string> FeatureChanges(const std::vector<std::string>& before,
                                        const std::vector<std::string>& after);

/// Refuses (kDataRefused) other features under the version of `before`.
Status CheckVersionKept(const SignalsSchema& before, const SignalsSchema& after);

/// The blocked word that `key` holds (rag_, raw_, …), or empty: such a key is never a feature.
std::string_view BlockedWordIn(std::string_view key);

}  // namespace hubmill
