// The pages for people: one document, one script and one style sheet, built from web/ and part of
// the binary.  They hold no data, so they need no token; what they show they ask of the API.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/http_message.h"

namespace hubmill {

/// index.html.gz, app.js.gz and app.css.gz, each as gzip.
const std::vector<std::pair<std::string, std::string>>& PageFiles();

}  // namespace hubmill

namespace hubmill::server {

/// What a page may do: its own script and style, and requests to this server.  Nothing inline.
inline constexpr char kPagePolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// The answer where the request is for `/` or `/assets/...`, by whatever method; else nullopt.
/// `/` is asked for anew each time (ETag); an asset's name has its hash, and so it never changes.
/// Compressed where the client accepts gzip.  Thread-safe.
std::optional<http::Response> AnswerPage(const http::Request& request);

}  // namespace hubmill::server
