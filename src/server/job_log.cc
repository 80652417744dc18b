#include "server/job_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>

#include "base/json_text.h"
#include "base/utf8.h"

namespace hubmill::server {
namespace {

constexpr size_t kReadBytes = 64 << 10;

std::string PathOf(const std::string& folder, const char* file) { return folder + "/" + file; }

bool WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

Result<Descriptor> OpenToAppend(const std::string& path) {
  Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file.get() >= 0) return file;
  return RunFailed("cannot write a job's log: file=", path, " why=", std::strerror(errno),
                   "; remedy: make room, or mend the rights of --data-dir");
}

/// "NUMBER TYPE DATA"
bool ParseEvent(std::string_view line, JobEvent* event) {
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), event->number);
  const size_t first = static_cast<size_t>(end - line.data());
  const size_t second = line.find(' ', first + 1);
  if (error != std::errc() || first >= line.size() || second == line.npos) return false;
  event->type = line.substr(first + 1, second - first - 1);
  event->data = line.substr(second + 1);
  return event->data.ends_with('}');  // Not where a full disk cut it.
}

}  // namespace

const char* FileOf(LogStream stream) {
  return stream == LogStream::kOutput ? "stdout.log" : "stderr.log";
}

std::string ValidUtf8(std::string_view bytes) {
  std::string text;
  for (size_t at = 0; at < bytes.size();) {
    const Utf8Char next = DecodeUtf8(bytes, at);
    if (next.valid) {
      text.append(bytes.substr(at, next.size_bytes));
    } else {
      AppendUtf8(0xFFFD, &text);
    }
    at += next.size_bytes;
  }
  return text;
}

Result<JobLog> JobLog::Open(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  JobLog log;
  for (const LogStream stream : {LogStream::kOutput, LogStream::kMessages}) {
    ARROW_ASSIGN_OR_RAISE(log.streams_.at(static_cast<size_t>(stream)).file,
                          OpenToAppend(PathOf(folder, FileOf(stream))));
  }
  ARROW_ASSIGN_OR_RAISE(log.events_, OpenToAppend(PathOf(folder, kEventsFile)));
  return log;
}

void JobLog::Append(LogStream stream, std::string_view bytes) {
  Stream& to = streams_.at(static_cast<size_t>(stream));
  const auto room = static_cast<size_t>(std::max<int64_t>(0, kLogBytesMax - to.bytes));
  to.bytes += static_cast<int64_t>(bytes.size());
  WriteAll(to.file.get(), bytes.substr(0, room));
  if (stream == LogStream::kMessages) {
    tail_.append(bytes);
    if (tail_.size() > 2 * kTailBytesMax) tail_.erase(0, tail_.size() - kTailBytesMax);
  }
  while (!bytes.empty()) {
    const size_t end = bytes.find('\n');
    const size_t take =
        std::min(end == bytes.npos ? bytes.size() : end, kLogLineBytesMax - to.line.size());
    to.line.append(bytes.substr(0, take));
    bytes.remove_prefix(take);
    const bool ended = !bytes.empty() && bytes.front() == '\n';
    if (!ended && to.line.size() < kLogLineBytesMax) break;
    if (ended) bytes.remove_prefix(1);
    AppendLine(stream, to.line);
    to.line.clear();
  }
  WriteEvents();
}

void JobLog::Flush() {
  for (const LogStream stream : {LogStream::kOutput, LogStream::kMessages}) {
    Stream& of = streams_.at(static_cast<size_t>(stream));
    if (!of.line.empty()) AppendLine(stream, of.line);
    of.line.clear();
    if (of.bytes > kLogBytesMax) {
      WriteAll(of.file.get(),
               Concat("\n[hubmill: ", of.bytes - kLogBytesMax, " more bytes were not kept]\n"));
    }
  }
  WriteEvents();
}

void JobLog::AppendLine(LogStream stream, std::string_view line) {
  std::string data = stream == LogStream::kOutput ? R"({"stream":"stdout","line":)"
                                                  : R"({"stream":"stderr","line":)";
  AppendJsonString(ValidUtf8(line), &data);
  data += '}';
  if (events_bytes_ + static_cast<int64_t>(waiting_.size() + data.size()) < kEventsBytesMax) {
    waiting_ += Concat(++last_number_, " log ", data, "\n");
  } else if (!events_full_) {
    events_full_ = true;
    waiting_ +=
        Concat(++last_number_, R"( log {"stream":"stderr","line":"[hubmill: further lines )",
               "are in the log alone]\"}\n");
  }
}

void JobLog::AppendEvent(std::string_view type, std::string_view data) {
  std::string_view close;
  if (type == "progress") {
    const size_t stages = data.find(",\"datasets\":");
    if (stages != data.npos && progress_bytes_ > kEventsBytesMax / 2) {  // Their counts are long.
      data = data.substr(0, stages);
      close = "}";
    }
    const auto size = static_cast<int64_t>(data.size());
    if (events_full_ || events_bytes_ + size > kEventsBytesMax) return;
    progress_bytes_ += size;
  }
  waiting_ += Concat(++last_number_, " ", type, " ", data, close, "\n");
  WriteEvents();
}

void JobLog::WriteEvents() {
  if (!WriteAll(events_.get(), waiting_)) WriteAll(events_.get(), "\n");
  events_bytes_ += static_cast<int64_t>(waiting_.size());
  waiting_.clear();
}

std::string JobLog::MessagesTail() const {
  std::string_view tail = tail_;
  if (tail.size() > kTailBytesMax) {
    tail.remove_prefix(tail.size() - kTailBytesMax);
    tail.remove_prefix(std::min(tail.size(), tail.find('\n') + 1));  // A whole line.
  }
  while (tail.ends_with('\n')) tail.remove_suffix(1);
  return ValidUtf8(tail);
}

EventReader::EventReader(const std::string& folder, int64_t after)
    : path_(PathOf(folder, kEventsFile)), after_(after) {}

std::vector<JobEvent> EventReader::Read() {
  std::vector<JobEvent> events;
  if (file_.get() < 0) {  // The job may not have begun.
    file_ = Descriptor(open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (file_.get() < 0) return events;
  }
  std::string buffer(kReadBytes, '\0');
  while (events.empty()) {
    const ssize_t count = read(file_.get(), buffer.data(), buffer.size());
    if (count <= 0) return events;
    rest_.append(buffer, 0, static_cast<size_t>(count));
    size_t begin = 0;
    for (size_t end; (end = rest_.find('\n', begin)) != rest_.npos; begin = end + 1) {
      JobEvent event;
      if (!ParseEvent(std::string_view(rest_).substr(begin, end - begin), &event)) continue;
      last_number_ = event.number;
      if (event.number > after_) events.push_back(std::move(event));
    }
    rest_.erase(0, begin);
  }
  return events;
}

}  // namespace hubmill::server
