#include "server/api.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "net/string_body.h"
#include "server/api_call.h"
#include "server/fake_jobs.h"

namespace hubmill::server {
namespace {

using nlohmann::json;

constexpr char kExport[] = "/api/internal/hf/export?internal=1";
constexpr char kJobs[] = "/api/v1/jobs";

class ApiTest : public testing::Test {
 protected:
  ApiTest() : recipes_(*RecipeCatalog::Open({})) { Use({}); }

  void Use(ApiOptions options) { api_ = std::make_unique<Api>(&jobs_, &recipes_, options); }
  http::Response Ask(const std::string& method, const std::string& target,
                     const std::string& body = "",
                     const std::string& more = "Content-Type: application/json\r\n",
                     const std::string& host = "localhost:3000") {
    http::Request request;
    const std::string head = method + " " + target + " HTTP/1.1\r\n" + more + "Host: " + host +
                             "\r\nContent-Length: " + std::to_string(body.size());
    EXPECT_FALSE(ParseRequestHead(head, &request));
    http::StringBody reader(body, 100);
    request.body = &reader;
    return api_->Answer(request);
  }
  int StatusOf(const std::string& method, const std::string& target, const std::string& body = "") {
    return Ask(method, target, body).status;
  }
  static json Parsed(const http::Response& response) { return json::parse(response.body); }

  FakeJobs jobs_;
  RecipeCatalog recipes_;
  std::unique_ptr<Api> api_;
};

TEST_F(ApiTest, TheDocumentListsExactlyTheRoutes) {
  const json document = json::parse(Ask("GET", "/api/openapi.json").body);
  std::set<std::string> documented, served;
  for (const auto& [path, methods] : document["paths"].items()) {
    for (const auto& [method, operation] : methods.items()) documented.insert(method + " " + path);
  }
  for (const ApiRoute& route : ApiRoutes()) {
    std::string path = route.path;
    if (path.ends_with("...}")) path.replace(path.size() - 4, 4, "}");
    served.insert((std::string(route.method) == "GET" ? "get " : "post ") + path);
  }
  EXPECT_EQ(documented, served);
}

TEST_F(ApiTest, TheInternalRoutesAnswerAsTheOriginal) {
  const http::Response started = Ask("POST", kExport, R"({"source": "mock", "push": true})");
  ASSERT_EQ(started.status, 200);
  const json answer = Parsed(started);
  EXPECT_EQ(answer["status"], "started");
  EXPECT_EQ(answer["message"], "HF export job started");
  ASSERT_EQ(jobs_.jobs.size(), 1u);
  EXPECT_EQ(jobs_.jobs[0].request.source, "mock");
  EXPECT_TRUE(jobs_.jobs[0].request.push);
  const std::string status = "/api/internal/hf/status?internal=1&job_id=";
  const json running = Parsed(Ask("GET", status + jobs_.jobs[0].id));
  EXPECT_EQ(running["status"], "running");
  EXPECT_FALSE(running.contains("completed_at"));
  jobs_.jobs[0].state = JobState::kCompleted;
  jobs_.jobs[0].exit_status = 0;
  const json ended = Parsed(Ask("GET", status + jobs_.jobs[0].id));
  EXPECT_EQ(ended["status"], "completed");
  EXPECT_EQ(ended["bundle_dir"], "runs/hf_export/" + jobs_.jobs[0].id);
  EXPECT_EQ(Parsed(Ask("GET", status))["error"], "job_id required");
  EXPECT_EQ(StatusOf("GET", status), 400);
  EXPECT_EQ(StatusOf("GET", status + "../../secret"), 400);
  EXPECT_EQ(StatusOf("GET", status + "..%2F..%2Fsecret"), 400);
  EXPECT_EQ(Parsed(Ask("GET", status + NewUuid())), json({{"error", "Job not found"}}));
}

TEST_F(ApiTest, OutputIsCutAsTheOriginalCutsIt) {
  jobs_.folder = testing::TempDir() + "said-" + NewUuid();
  std::filesystem::create_directories(jobs_.folder);
  std::string emoji;
  for (int i = 0; i < 9'000; ++i) emoji += "\xF0\x9F\x8E\x89";  // Two UTF-16 units each.
  std::ofstream(jobs_.folder + "/stdout.log") << "x" << emoji;
  std::ofstream(jobs_.folder + "/stderr.log") << std::string(6'000, 'e');
  Ask("POST", kExport, "{}");
  jobs_.jobs[0].state = JobState::kFailed;
  const json status =
      Parsed(Ask("GET", "/api/internal/hf/status?internal=1&job_id=" + jobs_.jobs[0].id));
  EXPECT_EQ(status["output"].get<std::string>().size(), 1 + 4u * 4'999);
  EXPECT_EQ(status["error"].get<std::string>().size(), 5'000u);
  EXPECT_EQ(status["status"], "failed");
  EXPECT_FALSE(status.contains("bundle_dir"));
  std::filesystem::remove_all(jobs_.folder);
}

TEST_F(ApiTest, TheInternalGuard) {
  EXPECT_EQ(StatusOf("POST", "/api/internal/hf/export", "{}"), 404);
  EXPECT_EQ(StatusOf("POST", "/api/internal/hf/export?internal=true", "{}"), 404);
  EXPECT_EQ(Parsed(Ask("GET", "/api/internal/hf/status?job_id=x"))["error"], "Not found");
  Use({.internal = {.development = false}});
  EXPECT_EQ(StatusOf("POST", kExport, "{}"), 404);
  Use({.internal = {.development = false, .allowed = true, .token = "t0ken"}});
  EXPECT_EQ(StatusOf("POST", kExport, "{}"), 401);
  const std::string type = "Content-Type: application/json\r\n";
  EXPECT_EQ(
      Ask("POST", "/api/internal/hf/export", "{}", type + "x-2ndmynd-internal: no\r\n").status,
      401);
  EXPECT_EQ(
      Ask("POST", "/api/internal/hf/export", "{}", type + "X-2ndMynd-Internal: t0ken\r\n").status,
      200);
  Use({.internal = {.development = false, .allowed = true, .token = ""}});
  EXPECT_EQ(Ask("POST", kExport, "{}", type + "x-2ndmynd-internal:\r\n").status, 401);
}

std::optional<std::string> (*Environment(const char* node, const char* allow))(const std::string&) {
  static const char *node_env, *allowed;
  node_env = node;
  allowed = allow;
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = name == "NODE_ENV"                 ? node_env
                        : name == "ALLOW_INTERNAL_TESTING" ? allowed
                                                           : nullptr;
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
}

TEST_F(ApiTest, TheGuardReadsTheEnvironmentAsTheOriginal) {
  const auto guard = [](const char* node, const char* allow) {
    return InternalGuard::FromEnvironment(Environment(node, allow));
  };
  EXPECT_TRUE(guard(nullptr, nullptr).development);
  EXPECT_TRUE(guard("development", nullptr).development);
  EXPECT_FALSE(guard("production", nullptr).development);
  EXPECT_FALSE(guard("production", nullptr).allowed);
  EXPECT_FALSE(guard("test", "1").allowed);
  EXPECT_TRUE(guard("test", "true").allowed);
  EXPECT_FALSE(guard(nullptr, "true").development);
}

TEST_F(ApiTest, BodiesAreReadStrictly) {
  for (const char* bad :
       {"", "null", "{", "[]", R"({"sorce":"mock"})", R"({"source":1})", R"({"source":null})",
        R"({"maxRows":"5"})", R"({"maxRows":-1})", R"({"maxRows":1.5})", R"({"push":"true"})",
        R"({"source":"../x"})", R"({"source":"a","source":"b"})", R"({"industry":"a b"})"}) {
    EXPECT_EQ(StatusOf("POST", kExport, bad), 400) << bad;
  }
  EXPECT_TRUE(jobs_.jobs.empty()) << "nothing was started";
  EXPECT_EQ(Ask("POST", kExport, "{}", "").status, 415);
  EXPECT_EQ(Ask("POST", kExport, "{}", "Content-Type: text/plain\r\n").status, 415);
  EXPECT_EQ(Ask("POST", kExport, "{}", "Content-Type: application/json; charset=utf-8\r\n").status,
            200);
  const http::Response large = Ask("POST", kExport, std::string(kBodyBytesMax + 1, ' '));
  EXPECT_EQ(large.status, 413);
  EXPECT_TRUE(large.close);
}

TEST_F(ApiTest, StrangersAreRefused) {
  EXPECT_EQ(Ask("GET", kJobs, "", "", "evil.example:3000").status, 403);
  EXPECT_EQ(Ask("GET", kJobs, "", "", "localhost.evil.example").status, 403);
  EXPECT_EQ(Ask("GET", kJobs, "", "", "127.0.0.1.evil.example").status, 403);
  EXPECT_EQ(Ask("GET", kJobs, "", "Host: localhost\r\n").status, 400);
  for (const char* good : {"localhost", "LOCALHOST:1", "127.0.0.1:3000", "[::1]:3000"}) {
    EXPECT_EQ(Ask("GET", kJobs, "", "", good).status, 200) << good;
  }
  EXPECT_EQ(Ask("GET", kJobs, "", "Origin: https://evil.example\r\n").status, 403);
  EXPECT_EQ(Ask("GET", kJobs, "", "Origin: null\r\n").status, 403);
  EXPECT_EQ(Ask("GET", kJobs, "", "Origin: http://localhost:3000\r\n").status, 200);
  Use({.token = "secret", .loopback = false});
  EXPECT_EQ(Ask("GET", kJobs, "", "", "hub.example").status, 401);
  EXPECT_EQ(Ask("GET", kJobs, "", "Authorization: Bearer secre\r\n").status, 401);
  EXPECT_EQ(Ask("GET", kJobs, "", "Authorization: Basic secret\r\n").status, 401);
  EXPECT_EQ(Ask("GET", kJobs, "", "Authorization: Bearer secret\r\n", "hub.example").status, 200);
  EXPECT_EQ(StatusOf("GET", "/api/v1/health"), 200);
  EXPECT_EQ(StatusOf("POST", kExport, "{}"), 401);
}

TEST_F(ApiTest, PathsAndMethods) {
  EXPECT_EQ(StatusOf("GET", "/api"), 404);
  EXPECT_EQ(StatusOf("GET", "/api/v1/jobs/"), 404);
  EXPECT_EQ(StatusOf("GET", "/api/v1/jobs/..%2F..%2Fjobs.db"), 404);
  EXPECT_EQ(StatusOf("GET", "/api/v1/recipes/..%2Fsample"), 404);
  EXPECT_EQ(StatusOf("GET", std::string(kJobs) + "/" + NewUuid() + "/log"), 404);
  const http::Response wrong = Ask("DELETE", kJobs);
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(*http::FindPair(wrong.headers, "allow"), "GET, HEAD, POST");
  EXPECT_EQ(StatusOf("HEAD", kJobs), 200);
  for (const char* bad : {"?x=1", "?state=none", "?limit=0", "?limit=101", "?limit=1&limit=2",
                          "?limit=1e1", "?before=-1", "?before=x"}) {
    EXPECT_EQ(StatusOf("GET", std::string(kJobs) + bad), 400) << bad;
  }
}

TEST_F(ApiTest, RecipesAreStartedByName) {
  const http::Response answer =
      Ask("POST", kJobs, R"({"recipe":"sample","set":{"level":"7"},"limit":5,"dry_run":true})");
  ASSERT_EQ(answer.status, 202);
  EXPECT_EQ(*http::FindPair(answer.headers, "location"), "/api/v1/jobs/" + jobs_.jobs[0].id);
  EXPECT_EQ(jobs_.jobs[0].request.limit, 5);
  EXPECT_EQ(Parsed(answer)["options"]["set"]["level"], "7");
  for (const char* bad :
       {R"({"recipe":1})", R"({"recipe":"sample","set":{"data":"/etc"}})",
        R"({"recipe":"sample","set":{"level":7}})", R"({"recipe":"sample","set":{"nothing":"7"}})",
        R"({"recipe":"sample","out":"/tmp"})",
        R"({"recipe":"feedback-urgency","set":{"database":"postgresql://x"}})"}) {
    EXPECT_EQ(StatusOf("POST", kJobs, bad), 400) << bad;
  }
  for (const char* unknown : {R"({"recipe":""})", R"({"recipe":"none"})",
                              R"({"recipe":"samples/../recipes/sample.yaml"})"}) {
    EXPECT_EQ(StatusOf("POST", kJobs, unknown), 404) << unknown;
  }
  EXPECT_EQ(StatusOf("POST", kJobs, R"({"recipe":"sample","push":true})"), 403);
  Use({.allow_push = true});
  EXPECT_EQ(StatusOf("POST", kJobs, R"({"recipe":"sample","push":true})"), 202);
}

TEST_F(ApiTest, AFullQueueAndAFullDisk) {
  jobs_.queue_max = 0;
  const http::Response full = Ask("POST", kExport, "{}");
  EXPECT_EQ(full.status, 429);
  EXPECT_NE(http::FindPair(full.headers, "retry-after"), nullptr);
  jobs_.failure = RunFailed("SQLite failed: why=database or disk is full");
  EXPECT_EQ(StatusOf("POST", kExport, "{}"), 507);
}

TEST_F(ApiTest, PagesOfJobs) {
  for (int i = 0; i < 3; ++i) Ask("POST", kJobs, R"({"recipe":"sample"})");
  const json first = Parsed(Ask("GET", std::string(kJobs) + "?limit=2"));
  EXPECT_EQ(first["jobs"].size(), 2u);
  const json rest = Parsed(
      Ask("GET", std::string(kJobs) + "?limit=2&before=" + first["next"].get<std::string>()));
  EXPECT_EQ(rest["jobs"].size(), 1u);
  EXPECT_TRUE(rest["next"].is_null());
}

TEST_F(ApiTest, OnlyListedFilesAreGiven) {
  jobs_.folder = testing::TempDir() + "out-" + NewUuid();
  std::filesystem::create_directories(jobs_.folder + "/a");
  std::ofstream(jobs_.folder + "/a/listed") << "0123456789";
  std::ofstream(jobs_.folder + "/other") << "no";
  std::filesystem::create_symlink("/etc/passwd", jobs_.folder + "/link");
  jobs_.artefacts = {{"a/listed", 10, "ff"}, {"link", 1, "00"}};
  Ask("POST", kJobs, R"({"recipe":"sample"})");
  const std::string url = std::string(kJobs) + "/" + jobs_.jobs[0].id + "/artefacts";
  EXPECT_EQ(StatusOf("GET", url), 409);
  jobs_.jobs[0].state = JobState::kCompleted;
  EXPECT_EQ(Parsed(Ask("GET", url))["artefacts"][0]["url"], url + "/a/listed");
  EXPECT_EQ(Ask("GET", url + "/a/listed").file->size(), 10);
  EXPECT_EQ(StatusOf("GET", url + "/a%2Flisted"), 200);
  const http::Response part = Ask("GET", url + "/a/listed", "", "Range: bytes=2-4\r\n");
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.file->offset(), 2);
  EXPECT_EQ(Ask("GET", url + "/a/listed", "", "Range: bytes=99-\r\n").status, 416);
  for (const char* bad : {"/other", "/link", "/a/../other", "/..%2F..%2Fetc%2Fpasswd", "/a", "/"}) {
    EXPECT_EQ(StatusOf("GET", url + bad), 404) << bad;
  }
  EXPECT_EQ(StatusOf("POST", std::string(kJobs) + "/" + jobs_.jobs[0].id + "/cancel"), 409);
  std::filesystem::remove_all(jobs_.folder);
}

}  // namespace
}  // namespace hubmill::server
