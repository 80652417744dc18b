// Base64 (RFC 4648, section 4), with padding.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hubmill {

std::string Base64(std::string_view bytes);

/// nullopt where `text` is not base64.
std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace hubmill
