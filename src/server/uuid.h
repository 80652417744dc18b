// Random identifiers of jobs: UUIDs of version 4 (RFC 9562), in their one canonical text.
#pragma once

#include <string>
#include <string_view>

namespace hubmill::server {

/// "3f2b…": 122 bits from the operating system, which nobody can guess.  Thread-safe.
std::string NewUuid();

/// Lower-case hex digits, dashes, version 4 and variant: nothing else names a job, so that no text
/// of a client's is ever part of a path or a query.
bool IsUuid4(std::string_view text);

}  // namespace hubmill::server
