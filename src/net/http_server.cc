// Why not cpp-httplib (Debian's 0.11): it decodes the path before routing (spec hub.md 1.0 needs
// it raw), matches routes with std::regex, waits for the end of the connection where a POST has no
// Content-Length, compresses answers that clients compare byte by byte, and cannot cut a connection
// on purpose, which the fault mode needs.  What the Hub needs of HTTP/1.1 is this one file.
//
// Head and body leave in one sendmsg (or MSG_MORE before sendfile) with TCP_NODELAY set: two small
// writes cost 40 ms a request on loopback, by Nagle's algorithm and delayed acknowledgements.
#include "net/http_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace hubmill::http {
namespace {

constexpr size_t kDrainBytesMax = 32 << 20;  // Of a body that a route left unread.
constexpr size_t kChunkLineMax = 4 << 10;

using SteadyClock = std::chrono::steady_clock;

// The buffered reading side of a connection.
class Input {
 public:
  Input(int fd, const HttpServerOptions& options)
      : fd_(fd), request_s_max_(options.request_s_max), buffer_(options.receive_bytes, '\0') {}

  // The time limit of a request begins with its first byte.
  void BeginRequest() {
    deadline_.reset();
    if (Peek().empty() || request_s_max_ == 0) return;
    deadline_ = SteadyClock::now() + std::chrono::seconds(request_s_max_);
  }
  bool timed_out() const { return timed_out_; }

  // Bytes read ahead, after receiving some where there were none; empty at the end.
  std::string_view Peek() {
    if (begin_ == end_) Fill();
    return std::string_view(buffer_).substr(begin_, end_ - begin_);
  }
  void Skip(size_t count) { begin_ += count; }

  // The request head without its empty line.  False at the end of the connection or above the
  // limit; *too_long tells which.
  bool ReadHead(std::string* head, bool* too_long) {
    head->clear();
    for (;;) {
      const std::string_view ahead = Peek();
      if (ahead.empty()) return false;
      const size_t before = head->size();
      head->append(ahead);
      if (before == 0) {  // Stray line ends between requests (RFC 9112, 2.2).
        size_t stray = 0;
        while (stray < head->size() && ((*head)[stray] == '\r' || (*head)[stray] == '\n')) ++stray;
        Skip(stray);
        head->erase(0, stray);
        if (head->empty()) continue;
        const size_t found = head->find("\r\n\r\n");
        if (found != std::string::npos) return TakeHead(head, found, 0, too_long);
      } else {
        const size_t found = head->find("\r\n\r\n", before < 3 ? 0 : before - 3);
        if (found != std::string::npos) return TakeHead(head, found, before, too_long);
      }
      if (head->size() > kHeadBytesMax) {
        *too_long = true;
        return false;
      }
      Skip(head->size() - before);
    }
  }

  ssize_t Receive(char* out, size_t size) {
    ssize_t count;
    do {
      count = recv(fd_, out, size, deadline_ ? MSG_DONTWAIT : 0);
    } while (count < 0 && (errno == EINTR || (deadline_ && errno == EAGAIN && WaitForMore())));
    return count;
  }

 private:
  bool TakeHead(std::string* head, size_t found, size_t before, bool* too_long) {
    Skip(found + 4 - before);
    head->resize(found);
    *too_long = found > kHeadBytesMax;
    return !*too_long;
  }
  // Until something can be received; false where the request's time is over.
  bool WaitForMore() {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(*deadline_ - SteadyClock::now()).count();
    pollfd wait = {fd_, POLLIN, 0};
    timed_out_ = left <= 0 || poll(&wait, 1, static_cast<int>(left)) == 0;
    return !timed_out_;
  }
  void Fill() {
    const ssize_t count = Receive(buffer_.data(), buffer_.size());
    begin_ = 0;
    end_ = count > 0 ? static_cast<size_t>(count) : 0;
  }

  int fd_;
  int request_s_max_;
  std::optional<SteadyClock::time_point> deadline_;
  bool timed_out_ = false;
  std::string buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
};

bool SendAll(int fd, std::string_view data, int flags) {
  while (!data.empty()) {
    const ssize_t sent = send(fd, data.data(), data.size(), flags | MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    data.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

class SocketBody : public BodyReader {
 public:
  SocketBody(int fd, Input* input, const Request& request)
      : fd_(fd),
        input_(input),
        chunked_(request.chunked),
        expects_continue_(request.expects_continue),
        left_(request.chunked ? 0 : std::max<int64_t>(0, request.content_length)),
        done_(!request.chunked && left_ == 0) {}

  bool done() const { return done_; }
  bool waits_for_continue() const { return expects_continue_; }
  bool timed_out() const override { return input_->timed_out(); }

  Result<size_t> Read(char* out, size_t size) override {
    if (failed_) return DataRefused("the request body is broken");
    Result<size_t> count = ReadSome(out, size);
    failed_ = !count.ok();  // Where the next byte belongs is unknown: never wait for it.
    return count;
  }

 private:
  Result<size_t> ReadSome(char* out, size_t size) {
    if (done_ || size == 0) return 0;
    if (expects_continue_) {
      expects_continue_ = false;
      SendAll(fd_, "HTTP/1.1 100 Continue\r\n\r\n", 0);
    }
    if (chunked_ && left_ == 0) {
      ARROW_RETURN_NOT_OK(NextChunk());
      if (done_) return 0;
    }
    const std::string_view ahead = input_->Peek();
    if (ahead.empty()) return RunFailed("the client closed the connection within its body");
    const size_t take = std::min({ahead.size(), size, static_cast<size_t>(left_)});
    std::memcpy(out, ahead.data(), take);
    input_->Skip(take);
    left_ -= static_cast<int64_t>(take);
    if (!chunked_ && left_ == 0) done_ = true;
    return take;
  }
  Result<std::string> Line() {
    std::string line;
    for (;;) {
      const std::string_view ahead = input_->Peek();
      if (ahead.empty()) return RunFailed("the client closed the connection within its body");
      const size_t end = ahead.find('\n');
      line.append(ahead.substr(0, end));
      input_->Skip(end == std::string_view::npos ? ahead.size() : end + 1);
      if (line.size() > kChunkLineMax) return DataRefused("chunk line too long");
      if (end != std::string_view::npos) break;
    }
    if (line.ends_with('\r')) line.pop_back();
    return line;
  }
  Status NextChunk() {
    if (!first_chunk_) ARROW_RETURN_NOT_OK(Line().status());
    first_chunk_ = false;
    ARROW_ASSIGN_OR_RAISE(const std::string line, Line());
    char* end = nullptr;
    const unsigned long long size = std::strtoull(line.c_str(), &end, 16);
    if (end == line.c_str() || size > (1ull << 40) || line[0] == '-') {
      return DataRefused("broken chunk size");
    }
    left_ = static_cast<int64_t>(size);
    if (size > 0) return Status::OK();
    for (;;) {  // Trailers, up to the empty line.
      ARROW_ASSIGN_OR_RAISE(const std::string trailer, Line());
      if (trailer.empty()) break;
    }
    done_ = true;
    return Status::OK();
  }

  int fd_;
  Input* input_;
  bool chunked_;
  bool expects_continue_;
  bool first_chunk_ = true;
  int64_t left_;
  bool done_;
  bool failed_ = false;
};

void AppendHeaders(const Pairs& headers, const Pairs& instead, std::string* head) {
  for (const auto& [name, value] : headers) {
    if (FindPair(instead, name) != nullptr) continue;
    *head += "\r\n" + name + ": ";
    for (const char c : value) head->push_back(c == '\r' || c == '\n' ? ' ' : c);
  }
}

// A `size` below 0: the body ends with the connection.
std::string HeadOf(const Response& response, const Pairs& always, int64_t size, bool keep_alive) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " ";
  head += ReasonPhrase(response.status);
  AppendHeaders(response.headers, {}, &head);
  AppendHeaders(always, response.headers, &head);
  if (size >= 0) head += "\r\nContent-Length: " + std::to_string(size);
  head += keep_alive ? "\r\nConnection: keep-alive\r\n\r\n" : "\r\nConnection: close\r\n\r\n";
  return head;
}

bool SendFile(int fd, const FileBody& file, int64_t size) {
  off_t offset = file.offset();
  while (size > 0) {
    const size_t piece = static_cast<size_t>(std::min<int64_t>(size, 8 << 20));
    const ssize_t sent = sendfile(fd, file.fd(), &offset, piece);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    size -= sent;
  }
  return true;
}

void SendStream(int fd, const Response& response, const Pairs& always, bool is_head) {
  if (!SendAll(fd, HeadOf(response, always, -1, false), 0) || is_head) return;
  response.stream([fd](std::string_view piece) { return SendAll(fd, piece, 0); });
}

// False where the connection cannot be used any more.
bool Send(int fd, const Response& response, const Pairs& always, bool is_head, bool keep_alive) {
  if (response.stream) {
    SendStream(fd, response, always, is_head);
    return false;
  }
  const int64_t whole =
      response.file ? response.file->size() : static_cast<int64_t>(response.body.size());
  const std::string head = HeadOf(response, always, whole, keep_alive);
  const bool cut = response.cut_after_bytes >= 0;
  const int64_t size = is_head ? 0 : cut ? std::min(whole, response.cut_after_bytes) : whole;
  if (response.file && size > 0) {
    if (!SendAll(fd, head, MSG_MORE) || !SendFile(fd, *response.file, size)) return false;
  } else if (size < (64 << 10)) {
    if (!SendAll(fd, head + response.body.substr(0, static_cast<size_t>(size)), 0)) return false;
  } else {
    if (!SendAll(fd, head, MSG_MORE)) return false;
    if (!SendAll(fd, std::string_view(response.body).substr(0, static_cast<size_t>(size)), 0)) {
      return false;
    }
  }
  return keep_alive && !cut;
}

// Reads what a route left of the body, so that the next request starts at its place.
bool Drain(SocketBody* body) {
  if (body->done()) return true;
  if (body->waits_for_continue()) return false;
  std::string buffer(64 << 10, '\0');
  for (size_t total = 0; total < kDrainBytesMax;) {
    const Result<size_t> count = body->Read(buffer.data(), buffer.size());
    if (!count.ok()) return false;
    if (*count == 0) return true;
    total += *count;
  }
  return false;
}

// Closes so that the peer can still read our last answer although it sends on.
void CloseGently(int fd, Input* input) {
  shutdown(fd, SHUT_WR);
  const timeval wait = {1, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  std::string buffer(64 << 10, '\0');
  for (size_t total = 0; total < kDrainBytesMax;) {
    const ssize_t count = input->Receive(buffer.data(), buffer.size());
    if (count <= 0) break;
    total += static_cast<size_t>(count);
  }
}

Response Refusal(int status, const char* message) {
  return Response(status, "application/json", std::string("{\"error\":\"") + message + "\"}");
}

}  // namespace

HttpServer::HttpServer(const HttpServerOptions& options, Handler handler)
    : options_(options), handler_(std::move(handler)) {}

HttpServer::~HttpServer() { Stop(); }

Result<std::unique_ptr<HttpServer>> HttpServer::Start(const HttpServerOptions& options,
                                                      Handler handler) {
  std::unique_ptr<HttpServer> server(new HttpServer(options, std::move(handler)));
  ARROW_RETURN_NOT_OK(server->Bind());
  server->acceptor_ = std::thread([raw = server.get()] { raw->AcceptLoop(); });
  return server;
}

Status HttpServer::Bind() {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(options_.port));
  const std::string host = options_.host == "localhost" ? "127.0.0.1" : options_.host;
  if (options_.port < 0 || options_.port > 65535 ||
      inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) {
    return WrongUsage("address to listen on is wrong: host=", host, " port=", options_.port,
                      "; remedy: give an IPv4 address and a port of 0 to 65535");
  }
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  if (listener_ >= 0) setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (listener_ < 0 || bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) ||
      listen(listener_, SOMAXCONN)) {
    return RunFailed("cannot listen: host=", host, " port=", options_.port,
                     " reason=", std::strerror(errno), "; remedy: choose another port, or 0");
  }
  socklen_t length = sizeof address;
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
  port_ = ntohs(address.sin_port);
  return Status::OK();
}

void HttpServer::AcceptLoop() {
  for (;;) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    std::unique_lock lock(mutex_);
    if (stopping_) {
      if (fd >= 0) close(fd);
      return;
    }
    if (fd < 0) {
      lock.unlock();
      if (errno != EINTR && errno != ECONNABORTED) usleep(10'000);  // Out of descriptors: wait.
      continue;
    }
    if (connections_.size() >= static_cast<size_t>(options_.connections_max)) {
      lock.unlock();
      Refuse(fd, 503, "too many connections");
      close(fd);
      continue;
    }
    connections_.insert(fd);
    std::thread([this, fd] {
      Serve(fd);
      const std::lock_guard guard(mutex_);
      connections_.erase(fd);
      close(fd);
      changed_.notify_all();
    }).detach();
  }
}

// Answers what never came to the handler.
bool HttpServer::Refuse(int fd, int status, const char* message) {
  return Send(fd, Refusal(status, message), options_.headers, false, false);
}

void HttpServer::Serve(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const timeval idle = {options_.idle_s_max, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof idle);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &idle, sizeof idle);
  Input input(fd, options_);
  std::string head;
  for (;;) {
    input.BeginRequest();
    bool too_long = false;
    if (!input.ReadHead(&head, &too_long)) {
      if (too_long) Refuse(fd, 431, "request head too large");
      if (input.timed_out()) Refuse(fd, 408, "the request did not arrive in time");
      if (too_long || input.timed_out()) CloseGently(fd, &input);
      return;
    }
    Request request;
    if (const auto problem = ParseRequestHead(head, &request)) {
      Refuse(fd, problem->status, problem->message);
      CloseGently(fd, &input);
      return;
    }
    SocketBody body(fd, &input, request);
    request.body = &body;
    const Response response = handler_(request);
    if (response.cut_head) return;
    const bool drained = !response.close && Drain(&body);
    const bool is_head = request.method == "HEAD";
    if (!Send(fd, response, options_.headers, is_head, request.keep_alive && drained)) {
      if (!drained) CloseGently(fd, &input);
      return;
    }
  }
}

void HttpServer::Stop() {
  {
    const std::lock_guard guard(mutex_);
    stopping_ = true;
    for (const int fd : connections_) shutdown(fd, SHUT_RDWR);
  }
  if (listener_ >= 0) shutdown(listener_, SHUT_RDWR);
  if (acceptor_.joinable()) acceptor_.join();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return connections_.empty(); });
  if (listener_ >= 0) close(std::exchange(listener_, -1));
}

}  // namespace hubmill::http
