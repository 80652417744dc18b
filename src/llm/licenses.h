// Licences of single rows, rolled up: under which names a set of rows is published, and which sets
// may not be published at all.
//
// A rendered row is an adaptation of its source, and a published set is one work with one card, so
// this is careful: what only a lawyer could allow is refused.  docs/recipes/llm.md has the
// rules as a table.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace hubmill {

/// "CC BY-SA 4.0" as "cc-by-sa-4.0": lower case, dashes for blanks and underscores.
std::string LicenseId(std::string_view license);

/// Rows by licence, as the rows state it; "" is for rows that state none.
using LicenseCounts = std::map<std::string, int64_t>;

/// Why rows under all of these may not be published together; empty where they may.
std::string LicenseConflict(const LicenseCounts& rows);

/// What the card's key `license` says: identifiers that the Hub knows, each once; `other` for those
/// it does not know, `unknown` for rows that state none.
std::vector<std::string> CardLicenses(const LicenseCounts& rows);

}  // namespace hubmill
