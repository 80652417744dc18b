#include "net/http_message.h"

#include <gtest/gtest.h>

#include "net/string_body.h"

namespace hubmill::http {
namespace {

TEST(HttpMessageTest, SplitsThePathBeforeItDecodes) {
  Request request;
  ASSERT_FALSE(ParseRequestHead(
      "GET /api/datasets/a/d/tree/refs%2Fpr%2F1/x%20y?recursive=True&q=a%26b+c HTTP/1.1\r\n"
      "Host: h:1\r\nRange: bytes=1-2",
      &request));
  EXPECT_EQ(request.segments,
            (std::vector<std::string>{"api", "datasets", "a", "d", "tree", "refs/pr/1", "x y"}));
  EXPECT_TRUE(request.Flag("recursive"));
  EXPECT_EQ(request.Query("q"), "a&b c");
  EXPECT_EQ(request.Header("range"), "bytes=1-2");
  EXPECT_TRUE(request.keep_alive);
}

TEST(HttpMessageTest, RefusesBrokenHeads) {
  const std::pair<const char*, int> cases[] = {
      {"GET", 400},
      {"GET / HTTP/2.0", 505},
      {"GET /%zz HTTP/1.1", 400},
      {"GET /%00 HTTP/1.1", 400},
      {"GET x HTTP/1.1", 400},
      {"G@T / HTTP/1.1", 400},
      {"GET / HTTP/1.1\r\n: x", 400},
      {"GET / HTTP/1.1\r\nA B: x", 400},
      {"POST / HTTP/1.1\r\nContent-Length: -1", 400},
      {"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999", 400},
      {"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2", 400},
      {"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked", 400},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: gzip", 501}};
  for (const auto& [head, status] : cases) {
    Request request;
    const auto problem = ParseRequestHead(head, &request);
    ASSERT_TRUE(problem.has_value()) << head;
    EXPECT_EQ(problem->status, status) << head;
  }
}

TEST(HttpMessageTest, ReadsRangesAsRfc9110Says) {
  ByteRange range = {};
  EXPECT_EQ(ParseRange("bytes=2-4", 10, &range), RangeKind::kPart);
  EXPECT_EQ(range.first, 2);
  EXPECT_EQ(range.last, 4);
  EXPECT_EQ(ParseRange("bytes=8-99", 10, &range), RangeKind::kPart);
  EXPECT_EQ(range.last, 9);
  EXPECT_EQ(ParseRange("bytes=-3", 10, &range), RangeKind::kPart);
  EXPECT_EQ(range.first, 7);
  EXPECT_EQ(ParseRange("bytes=-30", 10, &range), RangeKind::kPart);
  EXPECT_EQ(range.first, 0);
  EXPECT_EQ(ParseRange("bytes=10-", 10, &range), RangeKind::kUnsatisfiable);
  EXPECT_EQ(ParseRange("bytes=-0", 10, &range), RangeKind::kUnsatisfiable);
  EXPECT_EQ(ParseRange("bytes=0-", 0, &range), RangeKind::kUnsatisfiable);
  for (const char* header :
       {"", "items=1-2", "bytes=4-2", "bytes=x-2", "bytes=1-2,4-5", "bytes="}) {
    EXPECT_EQ(ParseRange(header, 10, &range), RangeKind::kWhole) << header;
  }
}

TEST(HttpMessageTest, PercentCodingIsReversible) {
  std::string all;
  for (int byte = 1; byte < 256; ++byte) all.push_back(static_cast<char>(byte));
  EXPECT_EQ(PercentDecode(PercentEncode(all, false), false), all);
  EXPECT_EQ(PercentEncode("a/b c", true), "a/b%20c");
  EXPECT_EQ(PercentDecode("%4", false), std::nullopt);
}

TEST(HttpMessageTest, ABodyAboveItsBoundIsRefused) {
  StringBody small(std::string(100, 'x'), 7);
  EXPECT_EQ(small.ReadAll(100).ValueOrDie().size(), 100u);
  StringBody large(std::string(101, 'x'), 7);
  EXPECT_FALSE(large.ReadAll(100).ok());
}

}  // namespace
}  // namespace hubmill::http
