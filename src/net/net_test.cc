// The HTTP client against a server that answers word for word what the test says: raw sockets, so
// that answers can be cut, truncated, duplicated and wrong.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>
#include <thread>

#include "core/late_answer.h"
#include "net/http_client.h"
#include "net/redact.h"
#include "net/retry.h"
#include "net/url.h"

namespace hubmill {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kStall[] = "<stall>";  // At the end of an answer: the connection stays open.

// Each connection gets the next answer, written as it stands, then is closed.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::vector<std::string> answers) : answers_(std::move(answers)) {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    socklen_t size = sizeof(address);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    listen(listener_, 16);
    thread_ = std::thread([this] { Serve(); });
  }
  ~ScriptedServer() {
    shutdown(listener_, SHUT_RDWR);
    close(listener_);
    thread_.join();
    for (const int connection : stalled_) close(connection);
  }
  std::string Url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  std::vector<std::string> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  static std::string ReadRequest(int connection) {
    std::string text;
    std::vector<char> buffer(1 << 16);
    size_t wanted = std::string::npos;
    while (text.size() < wanted) {
      const ssize_t got = recv(connection, buffer.data(), buffer.size(), 0);
      if (got <= 0) break;
      text.append(buffer.data(), static_cast<size_t>(got));
      const size_t head = text.find("\r\n\r\n");
      if (head == std::string::npos || wanted != std::string::npos) continue;
      const size_t length = text.find("Content-Length: ");
      wanted = head + 4 + (length < head ? std::stoul(text.substr(length + 16)) : 0);
    }
    return text;
  }
  void Serve() {
    for (std::string answer : answers_) {
      const bool stalls = answer.ends_with(kStall);
      if (stalls) answer.resize(answer.size() - sizeof(kStall) + 1);
      const int connection = accept(listener_, nullptr, nullptr);
      if (connection < 0) return;
      std::string request = ReadRequest(connection);
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(std::move(request));
      }
      send(connection, answer.data(), answer.size(), MSG_NOSIGNAL);
      if (stalls) {
        stalled_.push_back(connection);
      } else {
        close(connection);
      }
    }
  }

  std::vector<std::string> answers_;
  std::vector<std::string> requests_;
  std::vector<int> stalled_;  // Of the thread, until it ended.
  std::mutex mutex_;
  int listener_ = -1;
  int port_ = 0;
  std::thread thread_;
};

class TestClock final : public PauseClock {
 public:
  int64_t UnixMillis() override { return 1'700'000'000'000; }
  bool Pause(int64_t ms, const std::function<bool()>&) override {
    pauses.push_back(ms);
    return true;
  }
  std::vector<int64_t> pauses;
};

std::string Answer(int status, const std::string& body, const std::string& headers = "") {
  return Concat("HTTP/1.1 ", status, " Words\r\nConnection: close\r\nContent-Length: ", body.size(),
                "\r\n", headers, "\r\n", body);
}

struct Fixture {
  explicit Fixture(std::vector<std::string> answers, RetryOptions retry = {.seed = 7})
      : server(std::move(answers)),
        client(HttpClient::Make({.retry = retry, .secrets = {"s3cret-value"}, .clock = &clock})
                   .ValueOrDie()) {}
  TestClock clock;
  ScriptedServer server;
  std::unique_ptr<HttpClient> client;
};

std::string TempFile(const std::string& name) {
  const std::string path = ::testing::TempDir() + "/net_test_" + std::to_string(getpid()) + name;
  std::filesystem::remove(path);
  return path;
}
std::string TextOf(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(HttpClient, SendsBodyHeadersAndTokenAndReadsTheAnswer) {
  Fixture fixture({Answer(200, "hello", "X-Thing: a b \r\n")});
  const auto response = fixture.client->Send({.method = "POST",
                                              .url = fixture.server.Url("/x"),
                                              .headers = {"Content-Type: text/plain"},
                                              .bearer = "hf_abcdef",
                                              .body = "question"});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "hello");
  EXPECT_EQ(response->Header("x-thing"), "a b");
  EXPECT_FALSE(response->resent);
  const std::string request = fixture.server.requests().at(0);
  EXPECT_THAT(request, HasSubstr("POST /x HTTP/1.1"));
  EXPECT_THAT(request, HasSubstr("Authorization: Bearer hf_abcdef"));
  EXPECT_THAT(request, HasSubstr("\r\n\r\nquestion"));
  EXPECT_THAT(request, Not(HasSubstr("Expect")));
}

TEST(HttpClient, TriesAgainAfterCutConnectionsAndTransientStatuses) {
  Fixture fixture({"", Answer(503, "busy"), "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
                   Answer(500, ""), Answer(200, "done")});
  const auto response = fixture.client->Send({.url = fixture.server.Url("/")});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->body, "done");
  EXPECT_TRUE(response->resent);
  ASSERT_EQ(fixture.clock.pauses.size(), 4U);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_GE(fixture.clock.pauses[i], 250 << i);
    EXPECT_LE(fixture.clock.pauses[i], 500 << i);
  }
}

TEST(HttpClient, TriesAgainWhereTheHeadWasCut) {
  Fixture fixture({"HTTP/1.1 200 OK\r\nContent-Ty", "HTTP/1.1 40", Answer(200, "whole")});
  const auto response = fixture.client->Send({.url = fixture.server.Url("/")});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->body, "whole");
}

TEST(HttpClient, GivesUpAfterTheLastAttemptAndSaysWhy) {
  Fixture fixture({"", "", ""}, {.attempts_max = 3, .seed = 1});
  const auto response = fixture.client->Send({.url = fixture.server.Url("/a?sig=s3cret-value")});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(KindOf(response.status()), FailureKind::kService);
  EXPECT_THAT(response.status().message(), HasSubstr("the connection was cut"));
  EXPECT_THAT(response.status().message(), HasSubstr("remedy"));
  EXPECT_THAT(response.status().message(), Not(HasSubstr("s3cret")));
  EXPECT_EQ(fixture.clock.pauses.size(), 2U);
}

TEST(HttpClient, DoesNotTryAgainWhatCannotPass) {
  Fixture fixture({Answer(404, "{}")});
  const auto response = fixture.client->Send({.url = fixture.server.Url("/")});
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->status, 404);
  EXPECT_TRUE(fixture.clock.pauses.empty());
}

TEST(HttpClient, ObeysRetryAfterAndRateLimit) {
  Fixture fixture({Answer(429, "", "Retry-After: 55\r\n"),
                   Answer(429, "", "RateLimit: \"api\";r=0;t=20\r\n"), Answer(200, "")});
  ASSERT_TRUE(fixture.client->Send({.url = fixture.server.Url("/")}).ok());
  EXPECT_EQ(fixture.clock.pauses, (std::vector<int64_t>{55'000, 21'000}));
}

TEST(HttpClient, ReturnsTheAnswerWhereTheServerWantsTooLongAWait) {
  Fixture fixture({Answer(429, "", "Retry-After: 86400\r\n")});
  const auto response = fixture.client->Send({.url = fixture.server.Url("/")});
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->status, 429);
  EXPECT_TRUE(fixture.clock.pauses.empty());
}

TEST(HttpClient, AsksAgainForAnAnswerThatDoesNotValidate) {
  Fixture fixture({Answer(200, "{\"a\":"), Answer(200, "{}")});
  const auto valid = [](const HttpResponse& response) {
    return response.body == "{}" ? Status::OK() : Failure(FailureKind::kService, "broken answer");
  };
  const auto response = fixture.client->Send({.url = fixture.server.Url("/"), .validate = valid});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->body, "{}");
}

TEST(HttpClient, BoundsAnswers) {
  Fixture fixture({Answer(200, std::string(5000, 'x'))});
  const auto response =
      fixture.client->Send({.url = fixture.server.Url("/"), .response_bytes_max = 4999});
  ASSERT_FALSE(response.ok());
  EXPECT_THAT(response.status().message(), HasSubstr("larger than it may be: bytes_max=4999"));
  EXPECT_TRUE(fixture.clock.pauses.empty());
}

TEST(HttpClient, StreamsAFileUpAgainAfterACut) {
  const std::string path = TempFile("up");
  std::ofstream(path, std::ios::binary) << "0123456789";
  Fixture fixture({"", Answer(200, "")});
  std::atomic<int64_t> bytes_done{0};
  const auto response = fixture.client->Send({.method = "PUT",
                                              .url = fixture.server.Url("/o"),
                                              .body_file = path,
                                              .body_offset = 2,
                                              .body_bytes = 5,
                                              .bytes_done = &bytes_done});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_THAT(fixture.server.requests().at(1), HasSubstr("\r\n\r\n23456"));
  EXPECT_EQ(bytes_done, 5);
}

TEST(HttpClient, ResumesADownloadWhereItBroke) {
  const std::string path = TempFile("down");
  Fixture fixture(
      {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123",
       "HTTP/1.1 206 Partial\r\nContent-Length: 6\r\nContent-Range: bytes 4-9/10\r\n\r\n45",
       Answer(206, "6789", "Content-Range: bytes 6-9/10\r\n")});
  const auto response =
      fixture.client->Send({.url = fixture.server.Url("/"), .download_file = path});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(TextOf(path), "0123456789");
  EXPECT_EQ(response->file_bytes, 10);
  EXPECT_THAT(fixture.server.requests().at(1), HasSubstr("Range: bytes=4-\r\n"));
  EXPECT_THAT(fixture.server.requests().at(2), HasSubstr("Range: bytes=6-\r\n"));
}

TEST(HttpClient, StartsADownloadAgainWhereRangesAreIgnored) {
  const std::string path = TempFile("again");
  Fixture fixture({"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123", Answer(200, "0123456789")});
  ASSERT_TRUE(fixture.client->Send({.url = fixture.server.Url("/"), .download_file = path}).ok());
  EXPECT_EQ(TextOf(path), "0123456789");
}

TEST(HttpClient, RefusesARangeThatIsIgnored) {
  Fixture fixture({Answer(200, "0123456789")});
  const auto response = fixture.client->Send({.url = fixture.server.Url("/"),
                                              .download_file = TempFile("range"),
                                              .range_first = 2,
                                              .range_last = 3});
  ASSERT_FALSE(response.ok());
  EXPECT_THAT(response.status().message(), HasSubstr("ignores ranges"));
}

TEST(HttpClient, KeepsTheTokenAtItsOrigin) {
  ScriptedServer elsewhere({Answer(200, "file")});
  Fixture fixture(
      {Answer(302, "", "Location: " + elsewhere.Url("/cdn") + "\r\nX-Linked-Etag: \"abc\"\r\n")});
  const auto response =
      fixture.client->Send({.url = fixture.server.Url("/"), .bearer = "hf_abcdef"});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->body, "file");
  EXPECT_EQ(response->first_headers.at("x-linked-etag"), "\"abc\"");
  EXPECT_THAT(elsewhere.requests().at(0), Not(HasSubstr("Authorization")));
}

TEST(HttpClient, FollowsItsOwnOriginWithTheToken) {
  Fixture fixture({Answer(307, "", "Location: /new\r\n"), Answer(200, "moved")});
  const auto response = fixture.client->Send(
      {.method = "POST", .url = fixture.server.Url("/old"), .bearer = "hf_abcdef", .body = "b"});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_THAT(fixture.server.requests().at(1), HasSubstr("POST /new"));
  EXPECT_THAT(fixture.server.requests().at(1), HasSubstr("Bearer hf_abcdef"));
}

TEST(HttpClient, EndsALoopOfRedirects) {
  Fixture fixture(std::vector<std::string>(10, Answer(302, "", "Location: /\r\n")));
  const auto response = fixture.client->Send({.url = fixture.server.Url("/")});
  ASSERT_FALSE(response.ok());
  EXPECT_THAT(response.status().message(), HasSubstr("too many redirects"));
}

TEST(HttpClient, RefusesWhatWouldSplitAHeader) {
  Fixture fixture({});
  EXPECT_EQ(
      KindOf(
          fixture.client->Send({.url = fixture.server.Url("/"), .bearer = "a\r\nX: y"}).status()),
      FailureKind::kWrongUsage);
  EXPECT_FALSE(fixture.client->Send({.url = "http://h/\r\n"}).ok());
  EXPECT_FALSE(fixture.client->Send({.url = "file:///etc/passwd"}).ok());
}

int64_t MillisSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                               start)
      .count();
}

TEST(HttpClient, TellsWhoDoesNotAnswerInTime) {
  for (const std::string& answer :
       {std::string(kStall), std::string("HTTP/1.1 200 OK\r\nConte") + kStall,
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf") + kStall}) {
    ScriptedServer server({answer});
    const auto client = HttpClient::Make({.answer_ms_max = 700}).ValueOrDie();
    const auto start = std::chrono::steady_clock::now();
    const auto response = client->Send({.url = server.Url("/x")});
    EXPECT_LT(MillisSince(start), 2'000);
    ASSERT_FALSE(response.ok());
    EXPECT_TRUE(IsLateAnswer(response.status())) << response.status();
    EXPECT_EQ(KindOf(response.status()), FailureKind::kService);
    EXPECT_TRUE(IsLateAnswer(WithContext(response.status(), "asking: ")));
  }
}

TEST(HttpClient, TriesAgainWithinItsTimeOnly) {
  {
    ScriptedServer server({"", Answer(503, ""), Answer(200, "done")});
    const auto client =
        HttpClient::Make({.retry = {.delay_ms_first = 1}, .answer_ms_max = 60'000}).ValueOrDie();
    EXPECT_EQ(client->Send({.url = server.Url("/")}).ValueOrDie().body, "done");
  }
  // Who goes away is no late answer, and a server's wish to wait is not obeyed beyond the time.
  ScriptedServer server({"", Answer(429, "", "Retry-After: 30\r\n")});
  const auto client =
      HttpClient::Make({.retry = {.attempts_max = 1}, .answer_ms_max = 5'000}).ValueOrDie();
  const auto cut = client->Send({.url = server.Url("/")});
  EXPECT_TRUE(!cut.ok() && !IsLateAnswer(cut.status()));
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(client->Send({.url = server.Url("/"), .attempts_max = 3}).ValueOrDie().status, 429);
  EXPECT_LT(MillisSince(start), 2'000);
}

TEST(HttpClient, DoesNotCutBytesThatMove) {
  const std::string whole(3, 'x');
  for (const bool bulk : {false, true}) {
    ScriptedServer server({Answer(200, whole).substr(0, Answer(200, whole).size() - 1) + kStall});
    const auto client =
        HttpClient::Make({.stall_s_max = 2, .answer_ms_max = bulk ? 60'000 : 500}).ValueOrDie();
    const auto start = std::chrono::steady_clock::now();
    const auto response = client->Send({.url = server.Url("/"), .bulk = bulk, .attempts_max = 1});
    EXPECT_TRUE(!response.ok() && IsLateAnswer(response.status()));
    EXPECT_EQ(MillisSince(start) >= 1'500, bulk);  // Silence ends it, not its length.
  }
}

TEST(HttpClient, StopsWhenCancelled) {
  Fixture fixture({});
  std::atomic<bool> cancel{true};
  const auto response = fixture.client->Send({.url = fixture.server.Url("/"), .cancel = &cancel});
  EXPECT_THAT(response.status().message(), HasSubstr("interrupted"));
}

TEST(Retry, DelaysAreBoundedJitteredAndRepeatable) {
  const RetryOptions options;
  for (int failures = 1; failures < 70; ++failures) {
    const int64_t delay = RetryDelayMs(options, failures, 3);
    EXPECT_EQ(delay, RetryDelayMs(options, failures, 3));
    EXPECT_GE(delay, std::min<int64_t>(500LL << std::min(failures - 1, 20), 16'000) / 2);
    EXPECT_LE(delay, 16'000);
  }
  EXPECT_NE(RetryDelayMs(options, 6, 1), RetryDelayMs(options, 6, 2));
}

TEST(Retry, ReadsWhatTheServerAsks) {
  constexpr int64_t kNow = 784'111'777'000;  // Sun, 06 Nov 1994 08:49:37 GMT
  EXPECT_EQ(ServerWaitMs(503, "7", "", kNow), 7'000);
  EXPECT_EQ(ServerWaitMs(503, "Sun, 06 Nov 1994 08:50:37 GMT", "", kNow), 60'000);
  EXPECT_EQ(ServerWaitMs(503, "soon", "", kNow), -1);
  EXPECT_EQ(ServerWaitMs(429, "", "\"api\";r=0;t=55", kNow), 56'000);
  EXPECT_EQ(ServerWaitMs(429, "", "\"api\";r=3;t=55", kNow), -1);
  EXPECT_EQ(ServerWaitMs(200, "", "\"api\";r=0;t=55", kNow), -1);
}

TEST(Url, EncodesResolvesAndFindsOrigins) {
  EXPECT_EQ(EncodeUrl("refs/pr/1 \xC3\xA4"), "refs%2Fpr%2F1%20%C3%A4");
  EXPECT_EQ(EncodeUrl("a/b c", true), "a/b%20c");
  EXPECT_EQ(OriginOf("HTTPS://Host:443/x"), "https://host");
  EXPECT_EQ(OriginOf("http://host:8080?x"), "http://host:8080");
  EXPECT_EQ(OriginOf("http://user@host/"), "");
  EXPECT_EQ(OriginOf("ftp://host/"), "");
  EXPECT_EQ(*ResolveUrl("http://h/a/b?c", "/d"), "http://h/d");
  EXPECT_EQ(*ResolveUrl("http://h/a/b?c", "d"), "http://h/a/d");
  EXPECT_EQ(*ResolveUrl("http://h", "d"), "http://h/d");
  EXPECT_EQ(*ResolveUrl("https://h/", "//g/x"), "https://g/x");
  EXPECT_FALSE(ResolveUrl("http://h/", "file:///x").ok());
  EXPECT_FALSE(ResolveUrl("http://h/", "http://g/a b").ok());
  EXPECT_EQ(NextLink("<http://h/2>; rel=\"next\", <http://h/9>; rel=\"last\""), "http://h/2");
  EXPECT_EQ(NextLink("<http://h/9>; rel=\"last\""), "");
  EXPECT_EQ(NextLink("<http"), "");
}

TEST(Redact, RemovesTokensQueriesAndKnownSecrets) {
  EXPECT_EQ(Redact("token hf_AbCdEf123456, ok"), "token hf_***, ok");
  EXPECT_EQ(Redact("Authorization: Bearer abc.def-ghi"), "Authorization: Bearer ***");
  EXPECT_EQ(Redact("see https://u:p@h/x?sig=1#f now"), "see https://***@h/x?*** now");
  EXPECT_EQ(Redact("postgres://u:p@h/x"), "postgres://***@h/x");
  EXPECT_EQ(Redact("it is opensesame!", {"opensesame"}), "it is ***!");
  EXPECT_EQ(Redact("half_hf_thing hf_a"), "half_hf_thing hf_a");
  EXPECT_EQ(OneLine("a\nb\x1b[31m"), "a b [31m");
  EXPECT_EQ(OneLine("\xC3\xA4\xC3\xA4", 3), "\xC3\xA4...");
}

}  // namespace
}  // namespace hubmill
