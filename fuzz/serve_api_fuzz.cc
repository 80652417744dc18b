// A whole request to the job API from anywhere, with jobs that are only remembered: each answer is
// one of those that the API documents, a refusal is {"error": …}, and what becomes a job is clean.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/check.h"
#include "net/string_body.h"
#include "server/api.h"
#include "server/fake_jobs.h"

namespace {

using namespace hubmill;
using namespace hubmill::server;

constexpr int kStatuses[] = {200, 202, 206, 400, 403, 404, 405, 409, 413, 415, 416, 429};

void CheckJob(const JobRequest& request) {
  for (const auto& [name, value] : request.set) {
    HUBMILL_CHECK(value.find('\0') == std::string::npos, "no NUL in an argument");
    HUBMILL_CHECK(name != "data", "no place without an input root");
  }
  for (const std::string* word : {&request.source, &request.industry}) {
    HUBMILL_CHECK(word->find_first_of("./ =\n") == std::string::npos, "a word");
  }
  HUBMILL_CHECK(!request.push || request.kind == JobRequest::Kind::kSignalsExport, "no push");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto* recipes = new RecipeCatalog(*RecipeCatalog::Open({}));
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const size_t end = all.find("\r\n\r\n");
  http::Request request;
  if (end == all.npos || http::ParseRequestHead(all.substr(0, end), &request)) return 0;
  FakeJobs jobs;
  Job ended{.number = 1, .id = "3f2b8a10-9c4d-4e5f-8a6b-0123456789ab"};
  ended.state = JobState::kCompleted;
  jobs.jobs.push_back(ended);
  jobs.artefacts = {{"a/b", 1, "ff"}};
  http::StringBody body(std::string(all.substr(end + 4)), 1000);
  request.body = &body;
  Api api(&jobs, recipes, {});
  const http::Response response = api.Answer(request);
  HUBMILL_CHECK(std::count(std::begin(kStatuses), std::end(kStatuses), response.status) == 1,
                "a status of the document");
  if (response.status >= 400) {
    const auto refusal = nlohmann::json::parse(response.body, nullptr, false);
    HUBMILL_CHECK(refusal.is_object() && refusal.size() == 1 && refusal.contains("error"),
                  "a refusal is an error");
  }
  for (const Job& job : jobs.jobs) CheckJob(job.request);
  return 0;
}
