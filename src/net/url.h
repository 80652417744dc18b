// The little of URLs that a client needs: percent-encoding, origins, and where a redirect leads.
#pragma once

#include <string>
#include <string_view>

#include "core/failure.h"

namespace hubmill {

/// Percent-encodes everything but letters, digits and "-._~"; also '/' unless `keep_slashes`.
std::string EncodeUrl(std::string_view text, bool keep_slashes = false);

/// "https://host:port" of an absolute http(s) URL, lower case, the default port left out; empty
/// where `url` is none.  URLs with user:password@ have no origin here.
std::string OriginOf(std::string_view url);

/// Where `location` leads, seen from `base`.  An error where that is no http(s) URL.
Result<std::string> ResolveUrl(std::string_view base, std::string_view location);

/// The rel="next" target of a Link header, or empty.
std::string NextLink(std::string_view link_header);

}  // namespace hubmill
