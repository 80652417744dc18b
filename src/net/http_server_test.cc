#include "net/http_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hubmill::http {
namespace {

class HttpServerTest : public testing::Test {
 protected:
  void Start(HttpServerOptions options) {
    server_ = *HttpServer::Start(options, [](const Request& request) {
      if (request.segments == std::vector<std::string>{"stream"}) {
        Response response(200, "text/plain", "");
        response.stream = [](const StreamSend& send) { send("one ") && send("two"); };
        return response;
      }
      const Result<std::string> body = request.body->ReadAll(1000);
      return Response(request.body->timed_out() ? 408 : 200, "text/plain", body.ValueOr("broken"));
    });
  }
  /// Sends `text`, and returns all that comes until the server closes.
  std::string Ask(const std::string& text) const {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(server_->port()));
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
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

  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, AHeadThatDoesNotComeIsAnswered408) {
  Start({.request_s_max = 1});
  EXPECT_NE(Ask("GET / HTTP/1.1\r\nHost: h").find("HTTP/1.1 408 "), std::string::npos);
}

TEST_F(HttpServerTest, ABodyThatDoesNotComeIsAnswered408) {
  Start({.request_s_max = 1, .receive_bytes = 7});
  const std::string answer = Ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf");
  EXPECT_NE(answer.find("HTTP/1.1 408 "), std::string::npos);
}

TEST_F(HttpServerTest, HeadersOfEveryAnswerAndStreams) {
  Start({.receive_bytes = 16, .headers = {{"X-Always", "yes"}, {"content-type", "x"}}});
  const std::string answer =
      Ask("POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nhiGET /stream HTTP/1.1\r\n\r\n");
  EXPECT_NE(answer.find("\r\n\r\nhiHTTP/1.1 200 OK"), std::string::npos) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\none two")) << answer;
  EXPECT_NE(answer.find("X-Always: yes\r\n"), answer.rfind("X-Always: yes\r\n"));
  EXPECT_EQ(answer.find("content-type: x"), std::string::npos) << "the answer's own comes first";
  const std::string broken = Ask("nonsense\r\n\r\n");
  EXPECT_NE(broken.find("HTTP/1.1 400 "), std::string::npos);
  EXPECT_NE(broken.find("X-Always: yes"), std::string::npos);
}

}  // namespace
}  // namespace hubmill::http
