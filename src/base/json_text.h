// JSON text, written the way Python's json.dumps writes it.
//
// Almost all of a string needs no escape, so the writer looks for the next byte that does (32 bytes
// a step with AVX2) and copies what lies before it as one block.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/simd_level.h"

namespace hubmill {

struct JsonTextOptions {
  // Write every non-ASCII character as \uXXXX (json.dumps's ensure_ascii); invalid UTF-8 bytes
  // become \ufffd.  Off: bytes above 0x7F are copied as they are, valid or not.
  bool ascii_only = false;
};

/// Appends `text` as a JSON string with its quotes.
void AppendJsonString(std::string_view text, std::string* out, JsonTextOptions options = {});

/// The same with a given level, for tests.
void AppendJsonStringAt(SimdLevel level, std::string_view text, std::string* out,
                        JsonTextOptions options = {});

void AppendJsonInt(int64_t value, std::string* out);

/// The shortest digits that read back as `value`, in Python's form: 1.0, 0.0001, 1e-05, 1e+16.
/// False, and nothing appended, for NaN and the infinities, which JSON does not have.
[[nodiscard]] bool AppendJsonDouble(double value, std::string* out);

}  // namespace hubmill
