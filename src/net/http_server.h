// A small HTTP/1.1 server for the embedded Hub and `hubmill serve`: one thread a connection,
// keep-alive, chunked bodies, `Expect: 100-continue`, files sent by sendfile(2), streamed answers.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_set>

#include "net/http_message.h"

namespace hubmill::http {

struct HttpServerOptions {
  std::string host = "127.0.0.1";
  int port = 0;                      // 0 takes a free one.
  int connections_max = 512;         // One more is answered 503 and closed.
  int idle_s_max = 120;              // A connection that is silent for so long is closed.
  int request_s_max = 0;             // A request, from its first byte to its last; 0: no limit.
  size_t receive_bytes = 256 << 10;  // Of each connection's buffer.
  Pairs headers;  // Of every answer that lacks them, refusals by the server itself included.
};

class HttpServer {
 public:
  using Handler = std::function<Response(const Request&)>;

  /// Binds and starts accepting.  `handler` runs on many threads at once.
  static Result<std::unique_ptr<HttpServer>> Start(const HttpServerOptions& options,
                                                   Handler handler);
  /// Stops.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  int port() const { return port_; }
  /// Breaks all connections and waits until their threads ended.  May be called twice.
  void Stop();

 private:
  HttpServer(const HttpServerOptions& options, Handler handler);
  Status Bind();
  void AcceptLoop();
  void Serve(int fd);
  bool Refuse(int fd, int status, const char* message);

  HttpServerOptions options_;
  Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  std::thread acceptor_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::unordered_set<int> connections_;
};

}  // namespace hubmill::http
