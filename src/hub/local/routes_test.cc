// The answers that clients depend on: each entry of the mutation table of spec hub.md, section 7,
// names a field whose loss breaks one of them.
#include "hub/local/routes.h"

#include <git2.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "net/string_body.h"

namespace hubmill::local_hub {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class RoutesTest : public testing::Test {
 protected:
  RoutesTest() {
    git_libgit2_init();
    root_ = fs::path(testing::TempDir()) / ("hub-" + RandomHex(6));
    fs::create_directories(root_ / "tmp");
    Reopen();
  }
  ~RoutesTest() override {
    hub_.reset();
    fs::remove_all(root_);
    git_libgit2_shutdown();
  }

  void Reopen() {
    hub_.reset();
    auto catalog = RepoCatalog::Open(root_, false);
    ASSERT_TRUE(catalog.ok()) << catalog.status();
    hub_.reset(new HubState{.root = root_,
                            .secret = "secret",
                            .store_id = "store",
                            .multipart_bytes = 1000,
                            .page_entries_max = 3,
                            .accounts = Accounts({{"alice", "hf_alice", true, true},
                                                  {"bob", "hf_bob", true, false},
                                                  {"rob", "hf_rob", false, false}}),
                            .objects = ObjectStore(root_, false),
                            .catalog = std::move(*catalog)});
  }

  Response Send(const std::string& method, const std::string& target, const std::string& body = "",
                const std::string& token = "hf_alice", const std::string& extra = "") {
    Request request;
    std::string head = method + " " + target + " HTTP/1.1\r\nHost: hub.test:1";
    if (!token.empty()) head += "\r\nAuthorization: Bearer " + token;
    if (!extra.empty()) head += "\r\n" + extra;
    EXPECT_FALSE(ParseRequestHead(head, &request)) << target;
    StringBody reader(body, 777);
    request.body = &reader;
    return Route(*hub_, request);
  }
  json Ask(const std::string& method, const std::string& target, const json& body = json()) {
    const Response response = Send(method, target, body.is_null() ? "" : body.dump());
    EXPECT_EQ(response.status, 200) << target << response.body;
    return json::parse(response.body, nullptr, false);
  }
  void CreateDataset(bool is_private = false) {
    Ask("POST", "/api/repos/create", {{"name", "d"}, {"type", "dataset"}, {"private", is_private}});
  }
  static std::string Line(const char* key, const json& value) {
    return json{{"key", key}, {"value", value}}.dump() + "\n";
  }
  static std::string OneFile(const std::string& path, const std::string& text,
                             const std::string& parent = "") {
    json header = {{"summary", "change"}};
    if (!parent.empty()) header["parentCommit"] = parent;
    return Line("header", header) +
           Line("file", {{"path", path}, {"content", text}, {"encoding", "utf-8"}});
  }
  Response Commit(const std::string& body, const std::string& query = "") {
    return Send("POST", "/api/datasets/alice/d/commit/main" + query, body);
  }
  static std::string Code(const Response& response) {
    const std::string* code = FindPair(response.headers, "X-Error-Code");
    return code ? *code : "";
  }
  // The path of an absolute address of this Hub.
  static std::string PathOf(const json& address) {
    const std::string text = address.get<std::string>();
    constexpr std::string_view kOrigin = "http://hub.test:1";
    EXPECT_TRUE(text.starts_with(kOrigin)) << text;
    return text.substr(kOrigin.size());
  }
  std::string Head() { return Ask("GET", "/api/datasets/alice/d")["sha"]; }

  fs::path root_;
  std::unique_ptr<HubState> hub_;
};

TEST_F(RoutesTest, ARepositoryThatExistsIsAnsweredWithItsUrl) {
  const json body = {{"name", "d"}, {"type", "dataset"}, {"visibility", "private"}};
  EXPECT_EQ(Ask("POST", "/api/repos/create", body)["url"], "http://hub.test:1/datasets/alice/d");
  const Response again = Send("POST", "/api/repos/create", body.dump());
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(json::parse(again.body)["url"], "http://hub.test:1/datasets/alice/d");
}

TEST_F(RoutesTest, AccessFollowsTheTable) {
  CreateDataset(true);
  const std::string info = "/api/datasets/alice/d", none = "/api/datasets/alice/none";
  for (const std::string& target : {info, none}) {
    const Response anonymous = Send("GET", target, "", "");
    EXPECT_EQ(anonymous.status, 401);
    EXPECT_EQ(Code(anonymous), "RepoNotFound");
    const Response other = Send("GET", target, "", "hf_bob");
    EXPECT_EQ(other.status, 404);
    EXPECT_EQ(Code(other), "RepoNotFound");
  }
  const Response bad = Send("GET", info, "", "hf_wrong");
  EXPECT_EQ(bad.status, 401);
  EXPECT_EQ(Code(bad), "");
  EXPECT_EQ(*FindPair(bad.headers, "X-Error-Message"),
            "Invalid credentials in Authorization header");
  Ask("PUT", info + "/settings", {{"visibility", "public"}});
  EXPECT_EQ(Send("GET", info, "", "").status, 200);
  EXPECT_EQ(Send("POST", info + "/commit/main", OneFile("a", "b"), "hf_bob").status, 403);
  EXPECT_EQ(Send("POST", "/api/repos/create", R"({"name":"x"})", "hf_rob").status, 403);
  Ask("PUT", info + "/settings", {{"gated", "auto"}});
  const std::string file = "/datasets/alice/d/resolve/main/.gitattributes";
  EXPECT_EQ(Code(Send("GET", file, "", "hf_bob")), "GatedRepo");
  EXPECT_EQ(Send("GET", file, "", "hf_bob").status, 403);
  EXPECT_EQ(Send("GET", file, "", "").status, 401);
}

TEST_F(RoutesTest, WhatIsMissingSaysWhatIsMissing) {
  CreateDataset();
  const Response file = Send("HEAD", "/datasets/alice/d/resolve/main/none");
  EXPECT_EQ(file.status, 404);
  EXPECT_EQ(Code(file), "EntryNotFound");
  EXPECT_EQ(*FindPair(file.headers, "X-Repo-Commit"), Head());
  EXPECT_EQ(Code(Send("GET", "/datasets/alice/d/resolve/none/x")), "RevisionNotFound");
  EXPECT_EQ(Code(Send("GET", "/api/datasets/alice/d/tree/main/none")), "EntryNotFound");
  EXPECT_EQ(Send("GET", "/v1/telemetry").status, 404);
  EXPECT_EQ(Send("PATCH", "/api/datasets/alice/d").status, 404);
}

TEST_F(RoutesTest, ACommitIsReadBack) {
  CreateDataset();
  const Response done = Commit(OneFile("data/a.txt", "hello"));
  ASSERT_EQ(done.status, 200) << done.body;
  const json answer = json::parse(done.body);
  const std::string id = answer["commitOid"];
  EXPECT_EQ(id.size(), 40u);
  EXPECT_EQ(answer["commitUrl"], "http://hub.test:1/datasets/alice/d/commit/" + id);
  const Response file =
      Send("GET", "/datasets/alice/d/resolve/main/data/a.txt", "", "hf_alice", "Range: bytes=1-2");
  EXPECT_EQ(file.status, 206);
  EXPECT_EQ(file.body, "el");
  EXPECT_EQ(*FindPair(file.headers, "Content-Range"), "bytes 1-2/5");
  EXPECT_EQ(*FindPair(file.headers, "ETag"), "\"b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0\"");
  const json info = Ask("GET", "/api/datasets/alice/d");
  EXPECT_EQ(info["sha"], id);
  EXPECT_EQ(info["siblings"].size(), 2u);
  EXPECT_TRUE(info["lastModified"].get<std::string>().ends_with("Z"));
  const json refs = Ask("GET", "/api/datasets/alice/d/refs");
  EXPECT_TRUE(refs["converts"].is_array());
  EXPECT_EQ(refs["branches"][0]["targetCommit"], id);
}

TEST_F(RoutesTest, PagesAreLinkedAbsolutely) {
  CreateDataset();
  std::string body = Line("header", {{"summary", "many"}});
  for (int i = 0; i < 4; ++i) {
    body += Line("file", {{"path", std::to_string(i)}, {"content", "x"}, {"encoding", "utf-8"}});
  }
  ASSERT_EQ(Commit(body).status, 200);
  const Response first = Send("GET", "/api/datasets/alice/d/tree/main?recursive=true");
  EXPECT_EQ(json::parse(first.body).size(), 3u);
  const std::string link = *FindPair(first.headers, "Link");
  ASSERT_TRUE(link.starts_with("<http://hub.test:1/api/datasets/alice/d/tree/")) << link;
  ASSERT_TRUE(link.ends_with("; rel=\"next\""));
  const Response second = Send("GET", PathOf(link.substr(1, link.find('>') - 1)));
  EXPECT_EQ(json::parse(second.body).size(), 2u);
  EXPECT_EQ(FindPair(second.headers, "Link"), nullptr);
}

TEST_F(RoutesTest, BranchesAndPullRequestsWithSlashes) {
  CreateDataset();
  Ask("POST", "/api/datasets/alice/d/branch/dev%2Fx", json::object());
  EXPECT_EQ(Send("POST", "/api/datasets/alice/d/branch/dev%2Fx", "{}").status, 409);
  EXPECT_EQ(Send("POST", "/api/datasets/alice/d/commit/dev%2Fx", OneFile("a", "b")).status, 200);
  EXPECT_EQ(Send("GET", "/datasets/alice/d/resolve/dev%2Fx/a").body, "b");
  EXPECT_EQ(Send("GET", "/datasets/alice/d/resolve/main/a").status, 404);
  const Response pull = Commit(OneFile("p", "q"), "?create_pr=1");
  EXPECT_EQ(json::parse(pull.body)["pullRequestUrl"],
            "http://hub.test:1/datasets/alice/d/discussions/1");
  EXPECT_EQ(Send("GET", "/datasets/alice/d/resolve/refs%2Fpr%2F1/p").body, "q");
  EXPECT_EQ(Send("DELETE", "/api/datasets/alice/d/branch/main").status, 403);
  Ask("POST", "/api/datasets/alice/d/tag/main", {{"tag", "v1"}, {"message", "m"}});
  EXPECT_EQ(Send("POST", "/api/datasets/alice/d/tag/main", R"({"tag":"v1"})").status, 409);
  EXPECT_EQ(Send("GET", "/datasets/alice/d/resolve/v1/a").status, 404);
  EXPECT_EQ(Send("POST", "/api/datasets/alice/d/commit/v1", OneFile("a", "b")).status, 400);
}

TEST_F(RoutesTest, AStaleParentIs412AndNothingChanges) {
  CreateDataset();
  const std::string before = Head();
  ASSERT_EQ(Commit(OneFile("a", "1", before)).status, 200);
  const std::string after = Head();
  EXPECT_EQ(Commit(OneFile("a", "2", before)).status, 412);
  EXPECT_EQ(Head(), after);
  EXPECT_EQ(Commit(OneFile("a", "2", after.substr(0, 7))).status, 200);
}

TEST_F(RoutesTest, ACommitTakesEffectWholeOrNotAtAll) {
  CreateDataset();
  const std::string before = Head();
  const std::string good = OneFile("good", "x");
  for (const std::string& bad :
       {Line("deletedFile", {{"path", "none"}}),
        Line("lfsFile", {{"path", "b.bin"}, {"oid", std::string(64, '0')}, {"size", 1}}),
        Line("file", {{"path", "../x"}, {"content", ""}}),
        Line("file",
             {{"path", "README.md"}, {"content", "---\na: [\n---\n"}, {"encoding", "utf-8"}}),
        std::string("nonsense\n")}) {
    const Response response = Commit(good + bad);
    EXPECT_EQ(response.status, 400) << bad;
    EXPECT_FALSE(json::parse(response.body)["error"].get<std::string>().empty());
  }
  EXPECT_EQ(Head(), before);
  EXPECT_EQ(Commit(good).status, 200);
  const std::string stored = Head();
  EXPECT_EQ(json::parse(Commit(good).body)["commitOid"], stored) << "no change makes no commit";
}

TEST_F(RoutesTest, AFileReplacesNoFolderAndAFolderNoFile) {
  CreateDataset();
  ASSERT_EQ(Commit(OneFile("sub/a", "1")).status, 200);
  ASSERT_EQ(Commit(OneFile("file", "1")).status, 200);
  const std::string before = Head();
  const auto file = [](const std::string& path) {
    return Line("file", {{"path", path}, {"content", "2"}, {"encoding", "utf-8"}});
  };
  const std::string other = OneFile("other", "2");
  const std::vector<std::pair<std::string, std::string>> cases = {
      {file("sub"), "path=sub folder=sub/;"},
      {file("file/x/y"), "path=file/x/y file=file;"},
      {file("p") + file("p/q"), "path=p/q file=p;"},
      {file("p/q") + file("p"), "path=p folder=p/;"},
      {file("sub") + Line("deletedFolder", {{"path", "sub/"}}), "path=sub folder=sub/;"}};
  for (const auto& [lines, named] : cases) {
    const Response response = Commit(other + lines);
    EXPECT_EQ(response.status, 400) << lines;
    EXPECT_NE(response.body.find(named), std::string::npos) << response.body;
  }
  EXPECT_EQ(Head(), before);
  EXPECT_EQ(Commit(other + Line("deletedFolder", {{"path", "sub/"}}) + file("sub") +
                   Line("deletedFile", {{"path", "file"}}) + file("file/x/y") + file("subs/b"))
                .status,
            200);
  EXPECT_EQ(Send("GET", "/datasets/alice/d/resolve/main/sub").body, "2");
  EXPECT_EQ(Send("GET", "/datasets/alice/d/resolve/main/file/x/y").body, "2");
}

TEST_F(RoutesTest, ConcurrentWritersLoseNothing) {
  CreateDataset();
  constexpr int kWriters = 8, kCommits = 5;
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([this, writer] {
      for (int i = 0; i < kCommits; ++i) {
        const std::string name = std::to_string(writer) + "/" + std::to_string(i);
        EXPECT_EQ(Commit(OneFile(name, name)).status, 200);
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(Ask("GET", "/api/datasets/alice/d")["siblings"].size(), kWriters * kCommits + 1u);
  EXPECT_EQ(Ask("GET", "/api/datasets/alice/d/commits/main").size(), kWriters * kCommits + 1u);
}

TEST_F(RoutesTest, OfWritersWithTheSameParentOneWins) {
  CreateDataset();
  const std::string parent = Head();
  std::atomic<int> won = 0, stale = 0;
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 8; ++writer) {
    writers.emplace_back([&, writer] {
      const int status = Commit(OneFile("w", std::to_string(writer), parent)).status;
      (status == 200 ? won : stale) += status == 200 || status == 412;
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(won, 1);
  EXPECT_EQ(stale, 7);
}

TEST_F(RoutesTest, LfsUploadsInOnePieceAndInParts) {
  CreateDataset();
  for (const size_t size : {size_t{900}, size_t{2500}}) {
    const std::string data(size, 'x');
    Sha256 hash;
    hash.Update(data);
    const std::string oid = hash.Hex();
    const json batch = {{"operation", "upload"},
                        {"transfers", {"basic", "multipart"}},
                        {"objects", {{{"oid", oid}, {"size", size}}}}};
    const std::string target = "/datasets/alice/d.git/info/lfs/objects/batch";
    const json answer = Ask("POST", target, batch);
    const json upload = answer["objects"][0]["actions"]["upload"];
    EXPECT_EQ(answer["transfer"], size > 1000 ? "multipart" : "basic");
    if (size > 1000) {
      json parts = json::array();
      for (int part = 1; part <= 3; ++part) {
        const Response put = Send("PUT", PathOf(upload["header"]["0000" + std::to_string(part)]),
                                  data.substr((part - 1) * 1000, 1000), "");
        ASSERT_EQ(put.status, 200) << put.body;
        parts.push_back({{"partNumber", part}, {"etag", *FindPair(put.headers, "ETag")}});
      }
      EXPECT_EQ(
          Send("POST", PathOf(upload["href"]), json{{"oid", oid}, {"parts", parts}}.dump(), "")
              .status,
          200);
    } else {
      EXPECT_EQ(Send("PUT", PathOf(upload["href"]), "wrong", "").status, 400);
      EXPECT_EQ(Send("PUT", PathOf(upload["href"]) + "0", data, "").status, 403);
      EXPECT_EQ(Send("PUT", PathOf(upload["href"]), data, "").status, 200);
    }
    EXPECT_EQ(hub_->objects.SizeOf(oid), static_cast<int64_t>(size));
    EXPECT_FALSE(Ask("POST", target, batch)["objects"][0].contains("actions")) << "present";
    ASSERT_EQ(Commit(Line("header", {{"summary", "x"}}) +
                     Line("lfsFile", {{"path", "b.bin"}, {"oid", oid}, {"size", size}}))
                  .status,
              200);
    const Response file = Send("GET", "/datasets/alice/d/resolve/main/b.bin");
    ASSERT_TRUE(file.file.has_value());
    EXPECT_EQ(file.file->size(), static_cast<int64_t>(size));
    EXPECT_EQ(*FindPair(file.headers, "X-Linked-ETag"), "\"" + oid + "\"");
    EXPECT_TRUE(Send("GET", "/datasets/alice/d/raw/main/b.bin").body.starts_with("version https"));
    const json tree = Ask("GET", "/api/datasets/alice/d/tree/main");
    EXPECT_EQ(tree[1]["lfs"]["oid"], oid);
    EXPECT_EQ(tree[1]["size"], size);
    EXPECT_FALSE(tree[1].contains("xetHash"));
  }
}

TEST_F(RoutesTest, PreuploadSaysHowAndWhetherToUpload) {
  CreateDataset();
  ASSERT_EQ(Commit(OneFile("same.txt", "hello")).status, 200);
  const json answer =
      Ask("POST", "/api/datasets/alice/d/preupload/main",
          {{"gitIgnore", "*.tmp\n"},
           {"files",
            {{{"path", "a.parquet"}, {"sample", "UEFS"}, {"size", 9}},
             {{"path", "same.txt"}, {"sample", "aGVsbG8="}, {"size", 5}},
             {{"path", "x.tmp"}, {"sample", ""}, {"size", 0}},
             {{"path", "binary"}, {"sample", "AAEC"}, {"size", 3}},
             {{"path", "long.txt"}, {"sample", "aGVsbG8="}, {"size", 20'000'000}}}}});
  const json& files = answer["files"];
  EXPECT_EQ(files[0]["uploadMode"], "lfs");
  EXPECT_EQ(files[1]["uploadMode"], "regular");
  EXPECT_EQ(files[1]["oid"], "b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0");
  EXPECT_EQ(files[1]["shouldIgnore"], false);
  EXPECT_EQ(files[2]["shouldIgnore"], true);
  EXPECT_EQ(files[3]["uploadMode"], "lfs");
  EXPECT_EQ(files[4]["uploadMode"], "lfs");
}

TEST_F(RoutesTest, XetNeedsItsTokenAndItsStore) {
  CreateDataset();
  const json token = Ask("GET", "/api/datasets/alice/d/xet-write-token/None");
  EXPECT_EQ(PathOf(token["casUrl"]), "/cas/store");
  const std::string right = token["accessToken"];
  const std::string xorb(64, '0');
  EXPECT_EQ(Send("POST", "/cas/store/v1/shards", "", "wrong").status, 401);
  EXPECT_EQ(Send("POST", "/cas/other/v1/shards", "", right).status, 404);
  EXPECT_EQ(Send("POST", "/cas/store/v1/shards", "", right).status, 400);
  EXPECT_EQ(Send("POST", "/cas/store/v1/xorbs/default/" + xorb, "junk", right).status, 400);
  EXPECT_EQ(Send("POST", "/cas/store/v1/xorb-grants/default/" + xorb, "", right).status, 404);
  EXPECT_EQ(Send("POST", "/cas/store/v2/shards", "", right).status, 404);
}

TEST_F(RoutesTest, EverythingSurvivesAnotherStart) {
  CreateDataset(true);
  ASSERT_EQ(Commit(OneFile("a", "b")).status, 200);
  Ask("POST", "/api/repos/move",
      {{"fromRepo", "alice/d"}, {"toRepo", "alice/e"}, {"type", "dataset"}});
  std::ofstream(root_ / "repos/datasets/alice/e/git/refs/heads/main.lock") << "stale";
  Reopen();
  EXPECT_EQ(Send("GET", "/datasets/alice/e/resolve/main/a").body, "b");
  EXPECT_EQ(Send("GET", "/datasets/alice/D/resolve/main/a").body, "b") << "by its former name";
  EXPECT_EQ(Ask("GET", "/api/datasets/alice/e")["private"], true);
  EXPECT_EQ(Send("POST", "/api/datasets/alice/e/commit/main", OneFile("c", "d")).status, 200);
  Ask("DELETE", "/api/repos/delete", {{"name", "e"}, {"type", "dataset"}});
  EXPECT_EQ(Send("GET", "/api/datasets/alice/e").status, 404);
}

TEST_F(RoutesTest, BodiesOfTheWrongShapeAreRefused) {
  CreateDataset();
  const std::string repo = "/api/datasets/alice/d/";
  for (const std::string& body :
       {std::string("[]"), std::string("{"), std::string("{\"files\":1}"),
        std::string("{\"files\":[{\"path\":7}]}"), std::string("{\"files\":[7]}")}) {
    EXPECT_EQ(Send("POST", repo + "preupload/main", body).status, 400) << body;
  }
  EXPECT_EQ(Send("POST", repo + "preupload/main", std::string(kJsonBytesMax + 1, ' ')).status, 413);
  EXPECT_EQ(Send("POST", "/api/repos/create", R"({"name":"../x"})").status, 400);
  EXPECT_EQ(Send("POST", "/api/validate-yaml", R"({"content":"---\na: [\n---\n"})").status, 400);
}

}  // namespace
}  // namespace hubmill::local_hub
