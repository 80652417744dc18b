// The server itself, over a real socket.
#include "hub/local/local_hub.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "hub/local/sha256.h"

namespace hubmill {
namespace {

class LocalHubTest : public testing::Test {
 protected:
  LocalHubTest() : root_(testing::TempDir() + "served-" + local_hub::RandomHex(6)) {}
  ~LocalHubTest() override { std::filesystem::remove_all(root_); }

  // Sends `text` on one connection and returns all that comes back until the server closes.
  static std::string Exchange(const LocalHub& hub, const std::string& text) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(std::stoi(hub.url().substr(hub.url().rfind(':') + 1)));
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(send(fd, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
    std::string all;
    char buffer[4096];
    for (ssize_t count; (count = recv(fd, buffer, sizeof buffer, 0)) > 0;) {
      all.append(buffer, static_cast<size_t>(count));
    }
    close(fd);
    return all;
  }
  static size_t Count(const std::string& text, const std::string& what) {
    size_t count = 0;
    for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
      ++count;
    }
    return count;
  }
  LocalHubOptions Options() const { return {.root = root_, .durable = false}; }

  std::string root_;
};

TEST_F(LocalHubTest, AnswersSeveralRequestsOnOneConnection) {
  const auto hub = LocalHub::Start(Options()).ValueOrDie();
  const std::string one = "GET /api/whoami-v2 HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::string last = "GET /api/whoami-v2 HTTP/1.1\r\nConnection: close\r\n\r\n";
  EXPECT_EQ(Count(Exchange(*hub, one + "\r\n" + one + last), "HTTP/1.1 200 OK"), 3u);
}

TEST_F(LocalHubTest, ReadsChunkedBodiesAndAsksForThemFirst) {
  const auto hub = LocalHub::Start(Options()).ValueOrDie();
  const std::string answer = Exchange(
      *hub,
      "POST /api/repos/create HTTP/1.1\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n"
      "Connection: close\r\n\r\n6\r\n{\"name\r\n5;x=y\r\n\":\"d\"\r\n1\r\n}\r\n0\r\nT: v\r\n\r\n");
  EXPECT_EQ(answer.find("HTTP/1.1 100 Continue\r\n\r\n"), 0u);
  EXPECT_NE(answer.find("/local/d"), std::string::npos) << answer;
}

TEST_F(LocalHubTest, HeadHasTheLengthAndNoBody) {
  const auto hub = LocalHub::Start(Options()).ValueOrDie();
  const std::string answer = Exchange(*hub, "HEAD / HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
  EXPECT_EQ(answer.find("Content-Length: 0"), std::string::npos);
}

TEST_F(LocalHubTest, BadRequestsAreAnsweredAndTheServerLives) {
  const auto hub = LocalHub::Start(Options()).ValueOrDie();
  EXPECT_EQ(Exchange(*hub, "nonsense\r\n\r\n").find("HTTP/1.1 400"), 0u);
  EXPECT_EQ(Exchange(*hub, "GET / HTTP/1.1\r\nA: " + std::string(80'000, 'a') + "\r\n\r\n")
                .find("HTTP/1.1 431"),
            0u);
  EXPECT_EQ(
      Exchange(*hub,
               "POST /api/validate-yaml HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: "
               "close\r\n\r\nzz\r\n")
          .find("HTTP/1.1 400"),
      0u);
  EXPECT_EQ(Exchange(*hub, "GET / HTTP/1.0\r\n\r\n").find("HTTP/1.1 200"), 0u);
}

TEST_F(LocalHubTest, AFolderHasOneServerAndOneStoreId) {
  auto hub = LocalHub::Start(Options()).ValueOrDie();
  const auto second = LocalHub::Start(Options());
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.status().message().find("remedy"), std::string::npos);
  hub->Stop();
  hub.reset();
  EXPECT_TRUE(LocalHub::Start(Options()).ok());
}

TEST_F(LocalHubTest, WrongOptionsAreRefused) {
  EXPECT_FALSE(LocalHub::Start({.root = ""}).ok());
  LocalHubOptions options = Options();
  options.port = 70'000;
  EXPECT_FALSE(LocalHub::Start(options).ok());
  options = Options();
  options.accounts = {{"a b", "t", true}};
  EXPECT_FALSE(LocalHub::Start(options).ok());
  options.accounts = {{"a", "t", true}, {"b", "", true}};
  EXPECT_FALSE(LocalHub::Start(options).ok());
}

TEST_F(LocalHubTest, FaultsComeByTheSeed) {
  LocalHubOptions options = Options();
  options.fault_seed = 3;
  const std::string text = "GET /api/whoami-v2 HTTP/1.1\r\nConnection: close\r\n\r\n";
  std::string runs[2];
  for (std::string& run : runs) {
    const auto hub = LocalHub::Start(options).ValueOrDie();
    for (int i = 0; i < 60; ++i) {
      const std::string answer = Exchange(*hub, text);
      run += answer.empty() ? "-" : answer.substr(9, 1);
    }
  }
  EXPECT_EQ(runs[0], runs[1]);
  EXPECT_NE(runs[0].find('5'), std::string::npos) << runs[0];
  EXPECT_NE(runs[0].find('-'), std::string::npos) << runs[0];
  EXPECT_NE(runs[0].find('2'), std::string::npos) << runs[0];
}

}  // namespace
}  // namespace hubmill
