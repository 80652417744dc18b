#include "server/pages.h"

#include <zlib.h>

#include "base/check.h"
#include "base/hash.h"
#include "server/api_call.h"

namespace hubmill::server {
namespace {

constexpr int64_t kHashDigits = 16;  // As web/build.mjs writes them.
constexpr size_t kPageBytesMax = 4 << 20;

struct Page {
  std::string path;
  const char* content_type;
  std::string etag;
  const std::string* packed;  // Of PageFiles().
  std::string plain;
};

std::string Unpack(const std::string& packed) {
  std::string plain(kPageBytesMax, '\0');
  z_stream stream = {};
  HUBMILL_CHECK(inflateInit2(&stream, 16 + MAX_WBITS) == Z_OK, "no memory to unpack a page");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(plain.data());
  stream.avail_out = static_cast<uInt>(plain.size());
  const int end = inflate(&stream, Z_FINISH);
  plain.resize(stream.total_out);
  inflateEnd(&stream);
  HUBMILL_CHECK(end == Z_STREAM_END, "a page is larger than its bound, or broken");
  plain.shrink_to_fit();
  return plain;
}

Page PageOf(const std::string& file, const std::string& packed) {
  const std::string hash = Sha256Hex(packed).substr(0, kHashDigits);
  const bool script = file == "app.js.gz", style = file == "app.css.gz";
  return {.path = script  ? Concat("/assets/app-", hash, ".js")
                  : style ? Concat("/assets/app-", hash, ".css")
                          : "/",
          .content_type = script  ? "text/javascript; charset=utf-8"
                          : style ? "text/css; charset=utf-8"
                                  : "text/html; charset=utf-8",
          .etag = "\"" + hash + "\"",
          .packed = &packed,
          .plain = Unpack(packed)};
}

const std::vector<Page>& Pages() {
  static const auto* pages = [] {
    auto* made = new std::vector<Page>;
    for (const auto& [file, packed] : PageFiles()) made->push_back(PageOf(file, packed));
    return made;
  }();
  return *pages;
}

/// True where Accept-Encoding lists gzip, and not with the weight 0.
bool AcceptsGzip(std::string_view header) {
  const size_t at = header.find("gzip");
  if (at == header.npos) return false;
  std::string_view weight = header.substr(at + 4);
  weight = weight.substr(0, weight.find(','));
  return weight.find("q=0") == weight.npos || weight.find_first_of("123456789") != weight.npos;
}

http::Response Send(const Page& page, const http::Request& request) {
  const bool gzip = AcceptsGzip(request.Header("accept-encoding"));
  const bool known = request.Header("if-none-match").find(page.etag) != std::string_view::npos;
  http::Response response(known ? 304 : 200, page.content_type,
                          known  ? ""
                          : gzip ? *page.packed
                                 : page.plain);
  if (gzip && !known) response.Set("Content-Encoding", "gzip");
  response.Set("Vary", "Accept-Encoding");
  response.Set("ETag", page.etag);
  response.Set("Cache-Control",
               page.path == "/" ? "no-cache" : "public, max-age=31536000, immutable");
  response.Set("Content-Security-Policy", kPagePolicy);
  return response;
}

}  // namespace

std::optional<http::Response> AnswerPage(const http::Request& request) {
  const std::string_view path =
      std::string_view(request.target).substr(0, request.target.find('?'));
  if (path != "/" && !path.starts_with("/assets/")) return std::nullopt;
  for (const Page& page : Pages()) {
    if (page.path != path) continue;
    if (request.method == "GET" || request.method == "HEAD") return Send(page, request);
    http::Response response = Problem(405, "this method is not allowed here");
    response.Set("Allow", "GET, HEAD");
    return response;
  }
  return Problem(404, "Not found");
}

}  // namespace hubmill::server
