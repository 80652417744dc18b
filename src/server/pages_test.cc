#include "server/pages.h"

#include <gtest/gtest.h>

#include "net/string_body.h"
#include "server/api.h"
#include "server/fake_jobs.h"

namespace hubmill::server {
namespace {

class PagesTest : public testing::Test {
 protected:
  PagesTest() : recipes_(*RecipeCatalog::Open({})), api_(&jobs_, &recipes_, {.token = "s3cret"}) {}

  http::Response Ask(const std::string& method, const std::string& target,
                     const std::string& more = "") {
    http::Request request;
    const std::string head = method + " " + target + " HTTP/1.1\r\n" + more + "Host: localhost";
    EXPECT_FALSE(ParseRequestHead(head, &request));
    http::StringBody reader("", 100);
    request.body = &reader;
    return api_.Answer(request);
  }
  static std::string HeaderOf(const http::Response& response, const char* name) {
    const std::string* value = http::FindPair(response.headers, name);
    return value == nullptr ? "" : *value;
  }
  /// The path of the page's script or style.
  std::string AssetOf(const std::string& ending) {
    const std::string page = Ask("GET", "/").body;
    const size_t end = page.find(ending + "\"") + ending.size();
    const size_t start = page.rfind('"', end - 1) + 1;
    return page.substr(start, end - start);
  }

  FakeJobs jobs_;
  RecipeCatalog recipes_;
  Api api_;
};

TEST_F(PagesTest, ThePageNeedsNoTokenAndItsDataDoes) {
  const http::Response page = Ask("GET", "/");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(HeaderOf(page, "Content-Security-Policy"), kPagePolicy);
  EXPECT_EQ(HeaderOf(page, "Cache-Control"), "no-cache");
  EXPECT_EQ(page.body.find("<!doctype html>"), 0U);
  EXPECT_EQ(Ask("GET", "/?x=1").status, 200);
  EXPECT_EQ(Ask("GET", "/api/v1/jobs").status, 401);
  EXPECT_EQ(Ask("GET", "/", "Origin: http://evil.example\r\n").status, 403);
}

TEST_F(PagesTest, AssetsAreNamedByTheirHashAndNeverChange) {
  for (const std::string ending : {".js", ".css"}) {
    const std::string path = AssetOf(ending);
    const http::Response asset = Ask("GET", path);
    EXPECT_EQ(asset.status, 200) << path;
    EXPECT_NE(HeaderOf(asset, "Cache-Control").find("immutable"), std::string::npos);
    const http::Response again =
        Ask("GET", path, "If-None-Match: " + HeaderOf(asset, "ETag") + "\r\n");
    EXPECT_EQ(again.status, 304);
    EXPECT_EQ(again.body, "");
  }
  EXPECT_EQ(Ask("GET", "/assets/app-0000000000000000.js").status, 404);
  EXPECT_EQ(Ask("GET", "/assets/../index.html").status, 404);
}

TEST_F(PagesTest, CompressedWhereAccepted) {
  const std::string path = AssetOf(".js");
  const http::Response packed = Ask("GET", path, "Accept-Encoding: br, gzip\r\n");
  EXPECT_EQ(HeaderOf(packed, "Content-Encoding"), "gzip");
  EXPECT_EQ(packed.body.substr(0, 2), "\x1f\x8b");
  for (const std::string accepted :
       {"", "Accept-Encoding: br\r\n", "Accept-Encoding: gzip;q=0\r\n"}) {
    const http::Response plain = Ask("GET", path, accepted);
    EXPECT_EQ(HeaderOf(plain, "Content-Encoding"), "") << accepted;
    EXPECT_GT(plain.body.size(), packed.body.size());
  }
}

TEST_F(PagesTest, AllOfItIsSmall) {
  size_t bytes = 0;
  for (const auto& [name, packed] : PageFiles()) bytes += packed.size();
  EXPECT_LT(bytes, 200'000U);
  EXPECT_EQ(PageFiles().size(), 3U);
}

TEST_F(PagesTest, OtherMethodsAreRefused) {
  const http::Response response = Ask("POST", "/");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(HeaderOf(response, "Allow"), "GET, HEAD");
}

}  // namespace
}  // namespace hubmill::server
