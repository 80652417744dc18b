// Base64 (RFC 4648, section 4), padding required.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hubmill::local_hub {

/// nullopt where `text` is not base64.
std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace hubmill::local_hub
