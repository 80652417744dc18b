// The flat metadata table: what describes a data set, in six text columns that any viewer shows.
//
// Facts of any shape go into one column as JSON text, so every row has the same columns and types.
// The recipes `metadata-e1` and `metadata-e2` write such tables; docs/recipes/metadata.md tells the
// rules and who reads them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.h"

namespace hubmill {

inline constexpr const char* kMetadataColumns[] = {"section",      "name",    "description",
                                                   "payload_json", "version", "created_at"};
inline constexpr int64_t kMetadataBytesMax = 256 << 20;
inline constexpr size_t kMetadataProblemsMax = 100;

/// Whether `text` is a UTC time in ISO 8601 that exists: 2025-10-13T00:00:00Z, up to nine decimals.
bool IsUtcTimestamp(std::string_view text);

/// The time `unix_seconds` in that form.
std::string UtcTimestamp(int64_t unix_seconds);

/// What is wrong with `text`, JSON lines of such a table, in row order: one line of text a problem,
/// with row and field, never with a value.  The first kMetadataProblemsMax; empty where all is
/// well. `rows` becomes the number of lines.
std::vector<std::string> CheckMetadata(std::string_view text, int64_t* rows);

}  // namespace hubmill
