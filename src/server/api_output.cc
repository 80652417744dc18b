// What jobs say while they run, and what they leave.
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "server/api_call.h"
#include "server/job_log.h"

namespace hubmill::server {
namespace {

constexpr int kHeartbeatMs = 15'000;  // So that a client that went away is noticed.

std::string SseText(int64_t number, std::string_view type, std::string_view data) {
  return Concat("id: ", number, "\nevent: ", type, "\ndata: ", data, "\n\n");
}

/// Sends a job's events as server-sent events until it ended, the client left, or the server stops.
void SendEvents(Jobs& jobs, const std::string& id, int64_t after, const http::StreamSend& send) {
  EventReader reader(jobs.LogFolder(id), after);
  if (!send("retry: 2000\n\n")) return;
  uint64_t seen = 0;
  for (;;) {
    const Result<std::optional<Job>> job = jobs.Find(id);  // Before its last events are read.
    if (!job.ok() || !*job) return;
    std::string text;
    for (auto events = reader.Read(); !events.empty(); events = reader.Read()) {
      for (const JobEvent& event : events) text += SseText(event.number, event.type, event.data);
      if (!send(text)) return;
      text.clear();
    }
    if (IsEnded((*job)->state)) {
      send(SseText(reader.last_number() + 1, "end", TextOf(JsonOf(**job))));
      return;
    }
    const uint64_t before = seen;
    if (!jobs.WaitForNews(&seen, kHeartbeatMs)) return;
    if (seen == before && !send(": still there\n\n")) return;
  }
}

struct EndedJob {
  Job job;
  std::vector<Artefact> artefacts;
};

/// The job that the path names and what it made; a refusal where there is none, or it has not
/// ended.
Result<EndedJob> EndedJobOfPath(const ApiCall& call, std::optional<http::Response>* refusal) {
  ARROW_RETURN_NOT_OK(CheckQuery(call, {}));
  EndedJob ended;
  ARROW_ASSIGN_OR_RAISE(ended.job, JobOfPath(call, refusal));
  if (*refusal) return ended;
  if (!IsEnded(ended.job.state)) {
    *refusal = Problem(409, "the job has not ended");
    return ended;
  }
  ARROW_ASSIGN_OR_RAISE(ended.artefacts, call.api.jobs().Artefacts(ended.job.id));
  return ended;
}

}  // namespace

Result<http::Response> ShowLog(const ApiCall& call) {
  ARROW_RETURN_NOT_OK(CheckQuery(call, {"stream"}));
  const std::string* wanted = http::FindPair(call.request.query, "stream");
  if (wanted != nullptr && *wanted != "stdout" && *wanted != "stderr") {
    return WrongUsage("neither stdout nor stderr: query=stream");
  }
  std::optional<http::Response> refusal;
  ARROW_ASSIGN_OR_RAISE(const Job job, JobOfPath(call, &refusal));
  if (refusal) return *std::move(refusal);
  const LogStream stream =
      wanted != nullptr && *wanted == "stdout" ? LogStream::kOutput : LogStream::kMessages;
  constexpr char kTextType[] = "text/plain; charset=utf-8";
  const std::string path = call.api.jobs().LogFolder(job.id) + "/" + FileOf(stream);
  auto answer = FileAnswer(path, kTextType, call.request);
  return answer ? *std::move(answer) : http::Response(200, kTextType, "");  // It has not begun.
}

Result<http::Response> FollowEvents(const ApiCall& call) {
  ARROW_RETURN_NOT_OK(CheckQuery(call, {}));
  const std::string* last = http::FindPair(call.request.headers, "last-event-id");
  const std::optional<int64_t> after = last == nullptr ? 0 : ParseNumber(*last);
  if (!after) return WrongUsage("Last-Event-ID is no number");
  std::optional<http::Response> refusal;
  ARROW_ASSIGN_OR_RAISE(const Job job, JobOfPath(call, &refusal));
  if (refusal) return *std::move(refusal);
  auto follower = std::make_shared<Admission>(&call.api.followers(), kFollowersMax);
  if (!follower->admitted()) return TooMany("too many clients follow events");
  http::Response response(200, "text/event-stream", "");
  response.stream = [&jobs = call.api.jobs(), id = job.id, from = *after,
                     follower](const http::StreamSend& send) { SendEvents(jobs, id, from, send); };
  return response;
}

Result<http::Response> ListArtefactsOf(const ApiCall& call) {
  std::optional<http::Response> refusal;
  ARROW_ASSIGN_OR_RAISE(const EndedJob ended, EndedJobOfPath(call, &refusal));
  if (refusal) return *std::move(refusal);
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Artefact& artefact : ended.artefacts) {
    list.push_back({{"name", artefact.name},
                    {"size", artefact.size_bytes},
                    {"sha256", artefact.sha256},
                    {"url", Concat("/api/v1/jobs/", ended.job.id, "/artefacts/",
                                   http::PercentEncode(artefact.name, true))}});
  }
  return Json(200, {{"artefacts", list}});
}

Result<http::Response> DownloadArtefact(const ApiCall& call) {
  std::optional<http::Response> refusal;
  ARROW_ASSIGN_OR_RAISE(const EndedJob ended, EndedJobOfPath(call, &refusal));
  if (refusal) return *std::move(refusal);
  // What the client wrote is only compared; the path is made of the name in the store.
  const auto found =
      std::find_if(ended.artefacts.begin(), ended.artefacts.end(),
                   [&](const Artefact& artefact) { return artefact.name == call.values.at(1); });
  if (found == ended.artefacts.end()) return Problem(404, "Artefact not found");
  auto answer = FileAnswer(ended.job.output_dir + "/" + found->name, "application/octet-stream",
                           call.request);
  if (!answer) return Problem(404, "the file is not there any more");
  answer->Set("Content-Disposition", "attachment");
  answer->Set("ETag", "\"" + found->sha256 + "\"");
  return *std::move(answer);
}

}  // namespace hubmill::server
