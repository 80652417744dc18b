// Secrets are removed where text leaves, not where it is made: every message of net/ and hub/
// passes through Redact(), so that no caller has to remember it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hubmill {

/// `text` with every occurrence of a secret, of anything that looks like a Hub token (hf_...,
/// api_org_...), of what follows "Bearer " or "Basic ", of a URL's user:password@ and of a URL's
/// query written as "***".  Secrets shorter than kSecretBytesMin are not looked for.
std::string Redact(std::string_view text, const std::vector<std::string>& secrets = {});

inline constexpr size_t kSecretBytesMin = 4;

/// Text that a stranger chose, fit for one line of a message: control bytes become spaces, at most
/// `bytes_max` bytes, redacted.
std::string OneLine(std::string_view text, size_t bytes_max = 300,
                    const std::vector<std::string>& secrets = {});

}  // namespace hubmill
