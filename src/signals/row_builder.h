// The guard: a training example in, the exported row out, or why it may not leave.
//
// A row leaves only by what the schema lists.  A string that leaves is a word of the schema, an id,
// a time or a slug, each checked; everything else is a number, a boolean or null.  A refusal tells
// key and rule, never the value.  `compat` does as the original program, which checks the features'
// strings only: docs/recipes/signals.md has the differences, each with a test.
#pragma once

#include <arrow/buffer_builder.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "signals/row_parser.h"

namespace hubmill {

enum class RowRule : uint8_t {
  kTooLong,
  kEmail,
  kPhone,
  kAddress,
  kUnexpected,
  kMissing,
  kNull,
  kNotAnObject,
  kRepeatedKey,
  kNotText,
  kNotANumber,
  kNotABoolean,
  kNotAList,
  kNotAnId,
  kNotATime,
  kOutOfRange,
  kNotWhole,
  kTooMany,
  kOtherSchema,
  kNotExported,
};

/// "email", "out_of_range": stable identifiers.
const char* NameOf(RowRule rule);

struct RowFault {
  RowPlace place = RowPlace::kLine;
  RowRule rule = RowRule::kMissing;
  uint32_t size = 0;  // Of a kTooLong: UTF-16 code units.
};

/// "PII detected in feature string: key=features.industry_key rule=email"
std::string TextOf(const SignalsSchema& schema, const RowFault& fault);

struct RowOptions {
  bool compat = false;
  std::string source;    // Only rows of this one; empty: all.
  std::string industry;  // Likewise.
};

enum class RowState : uint8_t { kRow, kNotJson, kFiltered, kRefused };

using FeatureBits = std::array<uint64_t, kSignalsFeaturesMax / 64>;

/// What is known of a row beside its text.
struct RowFacts {
  Hash128 id;                  // Of its id; zeros where it has none.
  FeatureBits filled{};        // Features that are not null in the row.
  FeatureBits out_of_range{};  // Numbers that are only reported.
  FeatureBits not_numbers{};   // Booleans, lists and objects, which became null.
  RowState state = RowState::kRow;
};

struct BuiltRow {
  RowFacts facts;
  std::string_view source;  // Of the row; both live until the next Build().
  std::string_view industry;
  std::vector<RowFault> faults;  // Of a kRefused, in the order of the places.
  const std::vector<std::string_view>* unknown = nullptr;  // Keys of features that were left out.
};

/// Not thread-safe; kept from row to row.
class RowBuilder {
 public:
  /// `schema` outlives the builder.
  RowBuilder(const SignalsSchema* schema, RowOptions options);
  ~RowBuilder();

  /// Appends the exported row and its newline to `out`; nothing unless the state is kRow.
  /// REQUIRES: `line` is valid UTF-8 without a newline.
  Status Build(std::string_view line, BuiltRow* row, arrow::BufferBuilder* out);

 private:
  bool Filtered() const;

  const SignalsSchema* schema_;
  const RowOptions options_;
  RowParser parser_;
  ParsedRow parsed_;
  class Writer;
  std::unique_ptr<Writer> writer_;
};

}  // namespace hubmill
