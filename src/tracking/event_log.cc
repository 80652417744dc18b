#include "tracking/event_log.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace hubmill {
namespace {

namespace fs = std::filesystem;

Status CannotWrite(const std::string& file, const std::string& why) {
  return RunFailed("cannot write events: file=", file, " why=", why,
                   "; remedy: make room, or choose another folder");
}

/// The fields that each event must have, beside `event` and `time`.
bool IsEvent(const TrackJson& event) {
  if (!event.is_object() || !event.contains("event") || !event["event"].is_string()) return false;
  if (!event.contains("time") || !event["time"].is_number()) return false;
  const auto has = [&event](const char* key, auto is) {
    return event.contains(key) && (event[key].*is)();
  };
  const std::string kind = event["event"];
  if (kind == "start") {
    return has("run", &TrackJson::is_string) && has("project", &TrackJson::is_string) &&
           has("entity", &TrackJson::is_string) && has("job_type", &TrackJson::is_string) &&
           has("tags", &TrackJson::is_array) && has("config", &TrackJson::is_object);
  }
  if (kind == "log") {
    return has("step", &TrackJson::is_number_integer) && has("values", &TrackJson::is_object);
  }
  if (kind == "alert") {
    return has("title", &TrackJson::is_string) && has("text", &TrackJson::is_string) &&
           has("level", &TrackJson::is_string);
  }
  return kind == "finish" && has("exit_code", &TrackJson::is_number_integer);
}

}  // namespace

Result<EventLog> EventLog::Create(const std::string& file) {
  std::error_code error;
  const fs::path folder = fs::path(file).parent_path();
  if (!folder.empty()) fs::create_directories(folder, error);
  if (error) return CannotWrite(file, error.message());
  if (fs::exists(file, error)) return CannotWrite(file, "the file exists");
  std::ofstream out(file, std::ios::binary);
  if (!out) return CannotWrite(file, std::strerror(errno));
  return EventLog(file);
}

Status EventLog::Append(const TrackJson& event) {
  std::error_code error;
  const auto size = fs::file_size(file_, error);
  if (error) return CannotWrite(file_, error.message());
  {
    std::ofstream out(file_, std::ios::binary | std::ios::app);
    out << event.dump(-1, ' ', false, TrackJson::error_handler_t::replace) << '\n';
    out.flush();
    if (out) return Status::OK();
  }
  const int why = errno;
  fs::resize_file(file_, size, error);  // Where this fails, too, ParseEvents() will say so.
  return CannotWrite(file_, std::strerror(why));
}

Result<std::vector<TrackJson>> EventLog::Load(const std::string& file) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  if (error) {
    return WrongUsage("cannot read events: file=", file, " why=", error.message(),
                      "; remedy: name a file that a tracked run wrote");
  }
  if (int64_t(size) > kEventLogBytesMax) {
    return DataRefused("too large for the events of a run: file=", file, " bytes=", size,
                       "; remedy: name a file that a tracked run wrote");
  }
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  return ParseEvents(text, file);
}

Result<std::vector<TrackJson>> ParseEvents(std::string_view text, const std::string& file) {
  std::vector<TrackJson> events;
  for (int64_t row = 1; !text.empty(); ++row) {
    const size_t end = text.find('\n');
    if (end == text.npos) break;
    TrackJson event = TrackJson::parse(text.substr(0, end), nullptr, /*allow_exceptions=*/false);
    if (!IsEvent(event) || (event["event"] == "start") != (row == 1)) {
      return DataRefused("not an event of a run: file=", file, " row=", row,
                         "; remedy: name a file that a tracked run wrote");
    }
    events.push_back(std::move(event));
    text.remove_prefix(end + 1);
  }
  return events;
}

int64_t ReadSentCount(const std::string& file) {
  std::ifstream in(file + ".sent");
  int64_t count = 0;
  return in >> count && count > 0 ? count : 0;
}

Status WriteSentCount(const std::string& file, int64_t count) {
  const std::string path = file + ".sent";
  std::ofstream out(path + ".new");
  out << count << '\n';
  out.close();
  std::error_code error;
  if (out) fs::rename(path + ".new", path, error);
  return out && !error ? Status::OK() : CannotWrite(path, std::strerror(errno));
}

}  // namespace hubmill
