// Compresses one block of text to a gzip member or a zstd frame of its own.
#pragma once

#include <string>
#include <string_view>

#include "core/failure.h"

namespace hubmill {

/// RFC 1952, no file name and no time, so equal text gives equal bytes.
Result<std::string> GzipMember(std::string_view text, int level);

/// RFC 8878, with a content checksum.
Result<std::string> ZstdFrame(std::string_view text, int level);

}  // namespace hubmill
