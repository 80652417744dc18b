// The two internal routes of the source document, with its answers; what it let pass (paths for
// ids, broken bodies, unknown fields) is refused.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/utf8.h"
#include "server/api_call.h"
#include "server/job_log.h"
#include "server/json_body.h"
#include "server/uuid.h"

namespace hubmill::server {
namespace {

constexpr size_t kOutputUnitsMax = 10'000;  // UTF-16 units, as the original counts.
constexpr size_t kErrorUnitsMax = 5'000;
constexpr size_t kWordBytesMax = 64;
constexpr int64_t kRowsMax = 1'000'000'000'000;

std::optional<http::Response> GuardRefusal(const ApiCall& call) {
  const InternalGuard& guard = call.api.options().internal;
  if (guard.development) {
    if (call.request.Query("internal") == "1") return std::nullopt;
    return Problem(404, "Not found");
  }
  if (!guard.allowed) return Problem(404, "Not found");
  const std::string_view given = call.request.Header("x-2ndmynd-internal");
  if (!guard.token.empty() && SameSecret(given, guard.token)) return std::nullopt;
  return Problem(401, "Unauthorized");
}

/// A name as sources and industries have; nothing that a program could read otherwise.
bool IsWord(std::string_view text) {
  return text.size() <= kWordBytesMax && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-';
         });
}

/// The first `units_max` UTF-16 units of a file, as JavaScript's slice() counts them.
std::string FirstUnits(const std::string& path, size_t units_max) {
  std::error_code error;
  const uintmax_t size = std::filesystem::file_size(path, error);
  if (error || size == 0) return "";
  std::string bytes(std::min<uintmax_t>(size, units_max * 4), '\0');
  std::ifstream in(path, std::ios::binary);
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<size_t>(std::max<std::streamsize>(0, in.gcount())));
  const std::string text = ValidUtf8(bytes);
  size_t units = 0, at = 0;
  while (at < text.size()) {
    const Utf8Char next = DecodeUtf8(text, at);
    units += next.code_point > 0xFFFF ? 2 : 1;
    if (units > units_max) break;
    at += next.size_bytes;
  }
  return text.substr(0, at);
}

const char* OriginalState(JobState state) {
  if (!IsEnded(state)) return "running";
  return state == JobState::kCompleted ? "completed" : "failed";
}

}  // namespace

Result<http::Response> StartExport(const ApiCall& call) {
  if (auto refusal = GuardRefusal(call)) return *std::move(refusal);
  ARROW_RETURN_NOT_OK(CheckQuery(call, {"internal"}));
  std::optional<http::Response> refusal;
  ARROW_ASSIGN_OR_RAISE(nlohmann::json body, JsonBodyOf(call, &refusal));
  if (refusal) return *std::move(refusal);
  FieldReader fields(std::move(body));
  JobRequest request{.kind = JobRequest::Kind::kSignalsExport};
  request.source = fields.Text("source", "");
  request.industry = fields.Text("industry", "");
  request.max_rows = fields.Integer("maxRows", 0, 0, kRowsMax);
  request.push = fields.Bool("push", false);
  ARROW_RETURN_NOT_OK(fields.Finish());
  if (!IsWord(request.source) || !IsWord(request.industry)) {
    return WrongUsage("source and industry are names of letters, digits, _ and -: bytes_max=",
                      kWordBytesMax);
  }
  ARROW_ASSIGN_OR_RAISE(const std::optional<Job> job, call.api.jobs().Submit(request));
  if (!job) return TooMany("too many jobs wait");
  return Json(200,
              {{"job_id", job->id}, {"status", "started"}, {"message", "HF export job started"}});
}

Result<http::Response> ShowExport(const ApiCall& call) {
  if (auto refusal = GuardRefusal(call)) return *std::move(refusal);
  ARROW_RETURN_NOT_OK(CheckQuery(call, {"internal", "job_id"}));
  const std::string id(call.request.Query("job_id"));
  if (id.empty()) return Problem(400, "job_id required");
  if (!IsUuid4(id)) return Problem(400, "job_id is not the id of a job");
  ARROW_ASSIGN_OR_RAISE(const std::optional<Job> job, call.api.jobs().Find(id));
  if (!job || job->request.kind != JobRequest::Kind::kSignalsExport) {
    return Problem(404, "Job not found");
  }
  EndedAnswers& known = call.api.ended_exports();
  if (auto answer = known.Find(id)) return http::Response(200, kJsonType, *std::move(answer));
  nlohmann::ordered_json status = {
      {"job_id", job->id},
      {"status", OriginalState(job->state)},
      {"started_at", job->started.empty() ? job->created : job->started}};
  if (!IsEnded(job->state)) return Json(200, status);
  status["completed_at"] = job->ended;
  const std::string folder = call.api.jobs().LogFolder(id) + "/";
  const std::string output = FirstUnits(folder + FileOf(LogStream::kOutput), kOutputUnitsMax);
  const std::string error = FirstUnits(folder + FileOf(LogStream::kMessages), kErrorUnitsMax);
  if (!output.empty()) status["output"] = output;
  if (!error.empty() || !job->error.empty()) status["error"] = error.empty() ? job->error : error;
  if (job->exit_status == 0) status["bundle_dir"] = call.api.options().export_folder + "/" + id;
  http::Response response = Json(200, status);
  known.Keep(id, response.body);
  return response;
}

}  // namespace hubmill::server
