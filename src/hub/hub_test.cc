// The Hub client against the stand-in of tests/peers/hub, which cuts, loses, doubles, truncates and
// corrupts answers as told.  Every message of every test is searched for the token.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "hub/client.h"
#include "hub/commit_plan.h"
#include "hub/digest.h"
#include "hub/endpoint.h"
#include "hub/hub_error.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kWriter[] = "hf_writer_0123456789";
constexpr char kReader[] = "hf_reader_0123456789";
constexpr char kOther[] = "hf_other_0123456789";

// The stand-in as a child process; it ends when its stdin closes.
class StandIn {
 public:
  StandIn() {
    int in[2];
    int out[2];
    if (pipe(in) != 0 || pipe(out) != 0) return;
    child_ = fork();
    if (child_ == 0) {
      dup2(in[0], 0);
      dup2(out[1], 1);
      for (const int fd : {in[0], in[1], out[0], out[1]}) close(fd);
      execlp("python3", "python3", HUBMILL_SOURCE_DIR "/tests/peers/hub/stand_in.py", nullptr);
      _exit(127);
    }
    close(in[0]);
    close(out[1]);
    stdin_ = in[1];
    std::string line;
    char c = 0;
    while (read(out[0], &c, 1) == 1 && c != '\n') line += c;
    close(out[0]);
    if (line.compare(0, 6, "ready ") == 0) url_ = line.substr(6);
  }
  ~StandIn() {
    close(stdin_);
    waitpid(child_, nullptr, 0);
  }
  const std::string& url() const { return url_; }

 private:
  pid_t child_ = -1;
  int stdin_ = -1;
  std::string url_;
};

class NoWait final : public PauseClock {
 public:
  int64_t UnixMillis() override { return 1'700'000'000'000; }
  bool Pause(int64_t, const std::function<bool()>&) override { return true; }
};

class HubTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { stand_in_ = new StandIn; }
  static void TearDownTestSuite() { delete stand_in_; }

  void SetUp() override {
    if (stand_in_->url().empty()) GTEST_SKIP() << "python3 is not there";
    Control("/_reset", "[]");
    folder_ = fs::path(::testing::TempDir()) / ("hub_test_" + std::to_string(getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    hub_ = Client(kWriter);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::unique_ptr<HubClient> Client(const std::string& token) {
    return HubClient::Make({.endpoint = stand_in_->url(),
                            .token = token,
                            .threads = 4,
                            .http = {.retry = {.seed = 5}, .clock = &clock_}})
        .ValueOrDie();
  }
  static std::string Control(const std::string& path, const std::string& body) {
    auto http = HttpClient::Make({}).ValueOrDie();
    return http->Send({.method = "POST", .url = stand_in_->url() + path, .body = body})
        .ValueOrDie()
        .body;
  }
  static void Fault(const std::string& match, const std::string& action, int times = 1) {
    Control(
        "/_faults",
        nlohmann::json::array({{{"match", match}, {"action", action}, {"times", times}}}).dump());
  }
  // How many requests whose line holds `text` the Hub has seen.
  static int Seen(const std::string& text) {
    int count = 0;
    for (const auto& entry : nlohmann::json::parse(Control("/_log", ""))) {
      const std::string line =
          entry["method"].get<std::string>() + " " + entry["path"].get<std::string>();
      count += line.find(text) != std::string::npos ? 1 : 0;
    }
    return count;
  }
  std::string Local(const std::string& name, const std::string& bytes) {
    const fs::path path = folder_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
    return path.string();
  }
  static std::string TextOf(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }
  static std::string Noise(size_t bytes, unsigned seed) {
    std::mt19937 random(seed);
    std::string noise(bytes, '\0');
    for (char& c : noise) c = static_cast<char>(random());
    return noise;
  }
  RepoId Repo(const std::string& name = "d") {
    RepoId repo = ParseRepoId("alice/" + name).ValueOrDie();
    EXPECT_TRUE(hub_->CreateRepo(repo, {}).ok());
    return repo;
  }
  int CommitCount(const RepoId& repo) {
    auto http = HttpClient::Make({}).ValueOrDie();
    const auto answer =
        http->Send({.url = stand_in_->url() + repo.ApiPath() + "/commits/main", .bearer = kWriter})
            .ValueOrDie();
    return static_cast<int>(nlohmann::json::parse(answer.body).size());
  }
  // The message of a failure: of kind kService, with a remedy, without a token.
  static std::string Refused(const Status& status) {
    EXPECT_FALSE(status.ok());
    if (status.ok()) return "";
    EXPECT_EQ(KindOf(status), FailureKind::kService) << status;
    EXPECT_THAT(status.message(), HasSubstr("; remedy: "));
    for (const char* token : {kWriter, kReader, kOther, "hf_expired_0123456789"}) {
      EXPECT_THAT(status.message(), Not(HasSubstr(token)));
    }
    return status.message();
  }
  static CommitRequest Request(const RepoId& repo, std::vector<CommitAdd> adds) {
    return {.repo = repo, .message = "test", .adds = std::move(adds)};
  }

  static StandIn* stand_in_;
  NoWait clock_;
  fs::path folder_;
  std::unique_ptr<HubClient> hub_;
};
StandIn* HubTest::stand_in_ = nullptr;

TEST_F(HubTest, TellsWhoseTokenItIs) {
  const HubUser user = hub_->WhoAmI().ValueOrDie();
  EXPECT_EQ(user.name, "alice");
  EXPECT_EQ(user.token_role, "write");
  EXPECT_THAT(user.orgs, ElementsAre(::testing::Field(&HubOrg::name, "org1")));
  EXPECT_EQ(hub_->Complete(*ParseRepoId("d"))->full(), "alice/d");
  EXPECT_THAT(Refused(Client("")->WhoAmI().status()), HasSubstr("HF_TOKEN"));
  EXPECT_THAT(Refused(Client("hf_expired_0123456789")->WhoAmI().status()),
              HasSubstr("make a new token"));
}

TEST_F(HubTest, CreatesMovesShowsAndDeletesRepositories) {
  const RepoId repo = *ParseRepoId("alice/d");
  EXPECT_TRUE(*hub_->CreateRepo(repo, {.is_private = true}));
  EXPECT_FALSE(*hub_->CreateRepo(repo, {}));
  EXPECT_THAT(Refused(hub_->CreateRepo(repo, {.exists_ok = false}).status()),
              HasSubstr("exists already"));
  EXPECT_TRUE(hub_->Info(repo)->is_private);
  EXPECT_TRUE(hub_->SetPrivate(repo, false).ok());
  EXPECT_FALSE(hub_->Info(repo)->is_private);
  const RepoId moved = *ParseRepoId("alice/e");
  EXPECT_TRUE(hub_->MoveRepo(repo, moved).ok());
  EXPECT_FALSE(hub_->FindRepo(repo)->has_value());
  EXPECT_TRUE(hub_->FindRepo(moved)->has_value());
  EXPECT_TRUE(hub_->DeleteRepo(moved).ok());
  EXPECT_THAT(Refused(hub_->Info(moved).status()), HasSubstr("shows no such repository"));
}

TEST_F(HubTest, ACreationWhoseAnswerWasLostIsNoError) {
  Fault("POST /api/repos/create", "lose");
  const auto made = hub_->CreateRepo(*ParseRepoId("alice/d"), {.exists_ok = false});
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_TRUE(*made);
}

TEST_F(HubTest, RefusesAsTheTableSays) {
  const RepoId repo = Repo();
  EXPECT_THAT(Refused(Client("")->Info(repo).status()), HasSubstr("put a token into HF_TOKEN"));
  EXPECT_THAT(Refused(Client(kOther)->Info(repo).status()), HasSubstr("a token that may see it"));
  EXPECT_THAT(Refused(hub_->Info(repo, "v9").status()), HasSubstr("no such revision"));
  EXPECT_THAT(Refused(hub_->ListTree(repo, "main", "none").status()),
              HasSubstr("no such file or folder"));
  EXPECT_TRUE(hub_->ListTree(repo, "main", "none", true, true)->empty());
  EXPECT_THAT(Refused(Client(kReader)->Commit(Request(repo, {{"a.txt", "", "x"}})).status()),
              HasSubstr("a token with write access"));
  EXPECT_THAT(Refused(Client(kReader)->CreateRepo(*ParseRepoId("alice/n"), {}).status()),
              HasSubstr("write access"));
  EXPECT_FALSE(*Client(kReader)->CreateRepo(repo, {}));  // There already: no right needed.
}

TEST_F(HubTest, CommitsSmallAndLargeFilesAtOnceAndOnlyOnce) {
  const RepoId repo = Repo();
  const std::string large = Noise(3'000'000, 1);
  const CommitRequest request =
      Request(repo, {{"README.md", "", "---\nlicense: mit\n---\n# hi\n"},
                     {"data/train-00000-of-00001.parquet", Local("train.parquet", large), ""},
                     {"data/same.parquet", Local("same.parquet", large), ""},
                     {"data/bytes.bin", "", Noise(1000, 2)},
                     {"empty.bin", "", ""},
                     {"notes.ignored", "", "x"}});
  Progress progress;
  const auto first = hub_->Commit(request, &progress);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_FALSE(first->unchanged);
  EXPECT_EQ(first->added.size(), 5U);
  EXPECT_THAT(first->ignored, ElementsAre("notes.ignored"));
  EXPECT_EQ(hub_->Info(repo)->commit, first->commit);
  EXPECT_EQ(progress.bytes_total, 6'001'000);
  EXPECT_EQ(progress.bytes_done, 6'001'000);
  EXPECT_EQ(Seen("PUT /lfs/"), 2);  // The two that are alike are sent once.
  EXPECT_EQ(CommitCount(repo), 2);

  const auto again = hub_->Commit(request);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->unchanged);
  EXPECT_EQ(again->commit, first->commit);
  EXPECT_EQ(again->files_unchanged, 5);
  EXPECT_EQ(again->bytes_uploaded, 0);
  EXPECT_EQ(CommitCount(repo), 2);
  EXPECT_EQ(*hub_->ReadFile(repo, "main", "data/train-00000-of-00001.parquet"), large);
}

TEST_F(HubTest, SendsMultipartFilesInParts) {
  Control("/_limits", R"({"lfs_part_bytes": 300000})");
  const RepoId repo = Repo();
  const std::string large = Noise(1'000'001, 3);
  Fault("PUT /lfs/part", "cut", 2);
  const auto result = hub_->Commit(
      Request(repo, {{"a.parquet", Local("a", large), ""}, {"b.bin", "", large + "x"}}));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(*hub_->ReadFile(repo, "main", "a.parquet"), large);
  EXPECT_EQ(*hub_->ReadFile(repo, "main", "b.bin"), large + "x");
  EXPECT_EQ(Seen("PUT /lfs/put"), 0);
}

TEST_F(HubTest, AnUploadThatBrokeOffGoesOnWithWhatIsMissing) {
  const RepoId repo = Repo();
  std::vector<CommitAdd> adds;
  for (unsigned i = 0; i < 40; ++i) adds.push_back({Concat("d/", i, ".bin"), "", Noise(2000, i)});
  Fault("POST /api/.*/commit/", "503", 6);
  EXPECT_THAT(Refused(hub_->Commit(Request(repo, adds)).status()), HasSubstr("keeps failing"));
  EXPECT_EQ(Seen("PUT /lfs/"), 40);
  EXPECT_EQ(CommitCount(repo), 1);
  const auto again = hub_->Commit(Request(repo, adds));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(Seen("PUT /lfs/"), 40);  // Not one byte was sent twice.
  EXPECT_EQ(CommitCount(repo), 2);
}

TEST_F(HubTest, AskForANewAddressWhereOneIsRefused) {
  const RepoId repo = Repo();
  Fault("PUT /lfs/", "403", 2);
  EXPECT_TRUE(hub_->Commit(Request(repo, {{"a.bin", "", "abc"}})).ok());
  Fault("PUT /lfs/", "403", 100);
  const std::string message = Refused(hub_->Commit(Request(repo, {{"b.bin", "", "bcd"}})).status());
  EXPECT_THAT(message, HasSubstr("clock"));
  EXPECT_THAT(message, Not(HasSubstr("s3cr3tsig")));
}

TEST_F(HubTest, DeletesCopiesAndKeepsWhatIsWrittenAnew) {
  const RepoId repo = Repo();
  ASSERT_TRUE(hub_->Commit(Request(repo, {{"data/old.txt", "", "old"},
                                          {"data/kept.txt", "", "kept"},
                                          {"big.bin", "", "big"}}))
                  .ok());
  CommitRequest request = Request(repo, {{"data/kept.txt", "", "kept"}});
  request.folder_deletes = {"data", "not/there"};
  request.deletes = {"also-not-there.txt"};
  request.copies = {{"copy/big.bin", "big.bin", ""}, {"copy/old.txt", "data/old.txt", ""}};
  const auto result = hub_->Commit(request);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(result->deleted, ElementsAre("data/old.txt"));
  EXPECT_THAT(result->added, ElementsAre("copy/big.bin", "copy/old.txt"));
  EXPECT_EQ(*hub_->ReadFile(repo, "main", "data/kept.txt"), "kept");
  EXPECT_EQ(*hub_->ReadFile(repo, "main", "copy/big.bin"), "big");
  EXPECT_EQ(*hub_->ReadFile(repo, "main", "copy/old.txt"), "old");
  EXPECT_FALSE(hub_->ReadFile(repo, "main", "data/old.txt")->has_value());
  request.copies.clear();
  EXPECT_TRUE(hub_->Commit(request)->unchanged);
}

TEST_F(HubTest, ADryRunSaysWhatWouldChangeAndChangesNothing) {
  const RepoId repo = Repo();
  CommitRequest request = Request(repo, {{"a.bin", "", "abc"}, {"a.txt", "", "abc"}});
  request.dry_run = true;
  const auto result = hub_->Commit(request);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(result->added, ElementsAre("a.bin", "a.txt"));
  EXPECT_FALSE(result->unchanged);
  EXPECT_EQ(Seen("PUT "), 0);
  EXPECT_EQ(CommitCount(repo), 1);
}

TEST_F(HubTest, RefusesAStaleParentAndCommitsNothing) {
  const RepoId repo = Repo();
  const std::string parent = hub_->Info(repo)->commit;
  ASSERT_TRUE(hub_->Commit(Request(repo, {{"a.txt", "", "1"}})).ok());
  CommitRequest request = Request(repo, {{"b.txt", "", "2"}});
  request.parent = parent;
  const Status status = hub_->Commit(request).status();
  EXPECT_TRUE(IsStaleParent(status)) << status;
  EXPECT_THAT(Refused(status), HasSubstr("nothing was committed"));
  EXPECT_EQ(CommitCount(repo), 2);
}

TEST_F(HubTest, CommitsAgainWhereAnotherWriterWasFaster) {
  const RepoId repo = Repo();
  Fault("POST /api/.*/commit/", "412", 3);
  EXPECT_TRUE(hub_->Commit(Request(repo, {{"a.txt", "", "1"}})).ok());
  EXPECT_EQ(CommitCount(repo), 2);
}

TEST_F(HubTest, WritersAtOnceLoseNothing) {
  const RepoId repo = Repo();
  std::vector<std::thread> writers;
  std::atomic<int> good{0};
  for (int i = 0; i < 6; ++i) {
    writers.emplace_back([&, i] {
      const auto client = Client(kWriter);
      good += client->Commit(Request(repo, {{Concat("w", i, ".txt"), "", "x"}})).ok() ? 1 : 0;
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(good, 6);
  EXPECT_EQ(hub_->ListTree(repo, "main")->size(), 7U);
  EXPECT_EQ(CommitCount(repo), 7);
}

TEST_F(HubTest, ACommitWhoseAnswerWasLostIsMadeOnce) {
  const RepoId repo = Repo();
  for (const bool named : {false, true}) {
    for (const char* action : {"lose", "truncate", "twice"}) {
      CommitRequest request = Request(
          repo, {{"a.txt", "", Concat(action, named)}, {"b.bin", "", Concat(action, named)}});
      const RepoInfo before = *hub_->Info(repo);
      if (named) request.parent = before.commit;
      const int count = CommitCount(repo);
      Fault("POST /api/.*/commit/", action);
      const auto result = hub_->Commit(request);
      if (named && std::string(action) == "twice") {
        // The Hub itself answers 412: nothing tells that the first of the two was ours.
        EXPECT_TRUE(IsStaleParent(result.status()));
      } else {
        ASSERT_TRUE(result.ok()) << action << result.status();
        EXPECT_EQ(result->commit, hub_->Info(repo)->commit);
        // A doubled request gives no hint that the first of the two was ours.
        EXPECT_EQ(result->unchanged, std::string(action) == "twice") << action;
      }
      EXPECT_EQ(CommitCount(repo), count + 1) << action;
    }
  }
}

TEST_F(HubTest, SurvivesEveryThirdConnectionCut) {
  Control("/_faults", R"([{"match": ".*", "action": "cut", "every": 3}])");
  const RepoId repo = Repo();
  std::vector<CommitAdd> adds;
  for (unsigned i = 0; i < 60; ++i) {
    adds.push_back({Concat("d/", i, i % 2 == 0 ? ".bin" : ".txt"), "", "x" + std::to_string(i)});
  }
  const auto result = hub_->Commit(Request(repo, adds));
  ASSERT_TRUE(result.ok()) << result.status();
  const std::string out = (folder_ / "out").string();
  const auto download = hub_->DownloadRepo(repo, "main", out, {});
  ASSERT_TRUE(download.ok()) << download.status();
  EXPECT_EQ(download->files, 61);
  EXPECT_EQ(TextOf(out + "/d/7.txt"), "x7");
  Control("/_faults", "[]");
  EXPECT_EQ(CommitCount(repo), 2);
}

TEST_F(HubTest, AsksAgainAfterTransientAndBrokenAnswers) {
  const RepoId repo = Repo();
  for (const char* action : {"429", "500", "503", "cut", "truncate", "garbage", "twice"}) {
    Fault("(POST|GET) /api/", action, 2);
    const auto tree = hub_->ListTree(repo, "main");
    EXPECT_TRUE(tree.ok()) << action << tree.status();
    Fault("POST /api/.*/(preupload|paths-info)", action, 2);
    const auto commit = hub_->Commit(Request(repo, {{"a.txt", "", action}}));
    EXPECT_TRUE(commit.ok()) << action << commit.status();
  }
  Fault("GET /api/", "429", 100);
  EXPECT_THAT(Refused(hub_->Info(repo).status()), HasSubstr("rate limit"));
}

TEST_F(HubTest, FollowsPagesOfTheTree) {
  Control("/_limits", R"({"page": 3})");
  const RepoId repo = Repo();
  std::vector<CommitAdd> adds;
  for (int i = 0; i < 10; ++i) adds.push_back({Concat("d/", i, ".txt"), "", "x"});
  ASSERT_TRUE(hub_->Commit(Request(repo, adds)).ok());
  EXPECT_EQ(hub_->ListTree(repo, "main")->size(), 12U);  // .gitattributes and the folder.
  EXPECT_EQ(hub_->ListTree(repo, "main", "d")->size(), 10U);
  EXPECT_EQ(hub_->ListTree(repo, "main", "", false)->size(), 2U);
}

TEST_F(HubTest, TagsAreNeverMoved) {
  const RepoId repo = Repo();
  ASSERT_TRUE(hub_->CreateTag(repo, "v1", "main").ok());
  EXPECT_TRUE(hub_->CreateTag(repo, "v1", "main").ok());
  ASSERT_TRUE(hub_->Commit(Request(repo, {{"a.txt", "", "1"}})).ok());
  EXPECT_THAT(Refused(hub_->CreateTag(repo, "v1", "main")), HasSubstr("never moved"));
  ASSERT_TRUE(hub_->CreateBranch(repo, "dev/x", "main").ok());
  CommitRequest request = Request(repo, {{"b.txt", "", "1"}});
  request.branch = "dev/x";
  ASSERT_TRUE(hub_->Commit(request).ok());
  EXPECT_EQ(*hub_->ReadFile(repo, "dev/x", "b.txt"), "1");
  const RepoRefs refs = *hub_->ListRefs(repo);
  EXPECT_EQ(refs.tags.at(0).name, "v1");
  EXPECT_EQ(refs.branches.size(), 2U);
  EXPECT_TRUE(hub_->DeleteTag(repo, "v1").ok());
  EXPECT_TRUE(hub_->DeleteBranch(repo, "dev/x").ok());
  EXPECT_THAT(Refused(hub_->DeleteBranch(repo, "main")), HasSubstr("lacks the right"));
}

TEST_F(HubTest, DownloadsResumesAndVerifies) {
  const RepoId repo = Repo();
  const std::string large = Noise(900'000, 9);
  ASSERT_TRUE(hub_->Commit(Request(repo, {{"d/a.bin", "", large}, {"d/a.txt", "", "text"}})).ok());
  const std::string local = (folder_ / "a.bin").string();
  Fault("GET .*/resolve/", "truncate", 3);
  Progress progress;
  const auto first = hub_->DownloadFile(repo, "main", "d/a.bin", local, &progress);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(TextOf(local), large);
  EXPECT_EQ(first->commit, hub_->Info(repo)->commit);
  EXPECT_EQ(progress.bytes_done, 900'000);
  EXPECT_EQ(hub_->DownloadFile(repo, "main", "d/a.bin", local)->files_unchanged, 1);
  const FileFacts facts = *hub_->Facts(repo, "main", "d/a.bin");
  EXPECT_EQ(*hub_->ReadRange(repo, facts, "d/a.bin", 1000, 50), large.substr(1000, 50));

  Fault("GET .*/resolve/", "corrupt", 1);  // Once: fetched anew.
  ASSERT_TRUE(hub_->DownloadFile(repo, "main", "d/a.txt", (folder_ / "a.txt").string()).ok());
  EXPECT_EQ(TextOf((folder_ / "a.txt").string()), "text");
  Fault("GET .*/resolve/", "corrupt", 9);
  const std::string bad = (folder_ / "bad.txt").string();
  EXPECT_THAT(Refused(hub_->DownloadFile(repo, "main", "d/a.txt", bad).status()),
              HasSubstr("wrong checksum"));
  EXPECT_FALSE(fs::exists(bad));
}

TEST_F(HubTest, DownloadsAChosenPartAndComparesFolders) {
  const RepoId repo = Repo();
  ASSERT_TRUE(
      hub_->Commit(Request(repo, {{"d/a.bin", "", "a"}, {"d/b.txt", "", "b"}, {"e.txt", "", "e"}}))
          .ok());
  const std::string out = (folder_ / "out").string();
  EXPECT_EQ(hub_->DownloadRepo(repo, "main", out, {.include = {"*.txt"}})->files, 2);
  EXPECT_EQ(hub_->DownloadRepo(repo, "main", out, {.exclude = {".git*"}, .folder = "d"})->files, 2);
  EXPECT_TRUE(hub_->CompareFolder(repo, "main", out)->empty());
  Local("out/d/b.txt", "c");
  Local("out/new.txt", "n");
  fs::remove(out + "/e.txt");
  const auto differences = *hub_->CompareFolder(repo, "main", out);
  ASSERT_EQ(differences.size(), 3U);
  EXPECT_EQ(differences[0].path, "d/b.txt");
  EXPECT_EQ(differences[0].kind, FolderDifference::Kind::kOther);
  EXPECT_EQ(differences[1].kind, FolderDifference::Kind::kOnlyRemote);
  EXPECT_EQ(differences[2].kind, FolderDifference::Kind::kOnlyLocal);
}

TEST_F(HubTest, PausesAndRestartsSpacesOnly) {
  const RepoId space = *ParseRepoId("spaces/alice/s");
  ASSERT_TRUE(hub_->CreateRepo(space, {}).ok());
  EXPECT_EQ(hub_->PauseSpace(space)->stage, "PAUSED");
  EXPECT_EQ(hub_->Space(space)->stage, "PAUSED");
  EXPECT_EQ(hub_->RestartSpace(space)->stage, "BUILDING");
  EXPECT_EQ(KindOf(hub_->PauseSpace(Repo()).status()), FailureKind::kWrongUsage);
}

TEST_F(HubTest, RefusesBadNamesBeforeAnythingIsSent) {
  const RepoId repo = Repo();
  std::vector<CommitAdd> adds;
  for (const std::string& path :
       {std::string("../x"), std::string("a/../../x"), std::string("/x"),
        std::string(".git/config"), std::string("a/.GIT/x"), std::string("a\nb"),
        std::string("a//b"), std::string("a\\b"), std::string("\xff"), std::string(4097, 'x'),
        std::string(300, 'y'), std::string("")}) {
    EXPECT_EQ(KindOf(hub_->Commit(Request(repo, {{path, "", "x"}})).status()),
              FailureKind::kWrongUsage);
    adds.push_back({path, "", "x"});
  }
  const Status all = hub_->Commit(Request(repo, adds)).status();
  EXPECT_THAT(all.message(), HasSubstr("(and 2 more)"));  // Everything wrong is named at once.
  EXPECT_EQ(Seen("preupload"), 0);
  std::string deep = "d";
  while (deep.size() + 10 < 4000) deep += "/abcdefgh";
  EXPECT_TRUE(
      hub_->Commit(Request(repo, {{deep, "", "x"}, {"a b/\xC3\xA4#?%.txt", "", "y"}})).ok());
  EXPECT_EQ(*hub_->ReadFile(repo, "main", "a b/\xC3\xA4#?%.txt"), "y");
  EXPECT_EQ(KindOf(hub_->Commit(Request(repo, {{"a", "", "x"}, {"a", "", "y"}})).status()),
            FailureKind::kWrongUsage);
}

TEST_F(HubTest, RefusesABrokenCardBeforeAnythingIsSent) {
  const RepoId repo = Repo();
  const Status status =
      hub_->Commit(Request(repo, {{"README.md", "", "---\n\tx: 1\n---\n"}})).status();
  EXPECT_EQ(KindOf(status), FailureKind::kDataRefused);
  EXPECT_THAT(status.message(), HasSubstr("YAML with a tab"));
  EXPECT_EQ(Seen("preupload"), 0);
  Control("/_limits", R"({"validate": false})");  // A Hub that does not check.
  EXPECT_TRUE(hub_->Commit(Request(repo, {{"README.md", "", "---\nx: 1\n---\n"}})).ok());
}

TEST_F(HubTest, StopsWhenCancelled) {
  const RepoId repo = Repo();
  Progress progress;
  progress.cancel = true;
  EXPECT_THAT(hub_->Commit(Request(repo, {{"a.txt", "", "x"}}), &progress).status().message(),
              HasSubstr("interrupted"));
  EXPECT_EQ(CommitCount(repo), 1);
}

TEST_F(HubTest, CommitBodiesAboveMemoryGoThroughAFile) {
  const RepoId repo = Repo();
  std::vector<CommitAdd> adds;
  for (int i = 0; i < 3; ++i)
    adds.push_back({Concat(i, ".txt"), "", std::string(9'000'000, 'a' + i)});
  const auto result = hub_->Commit(Request(repo, adds));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(hub_->Facts(repo, "main", "2.txt")->size_bytes, 9'000'000);
  EXPECT_EQ(hub_->Facts(repo, "main", "2.txt")->digest, GitBlobId(adds[2].bytes));
}

TEST(RepoIdTest, ParsesNamesAndPrefixes) {
  EXPECT_EQ(ParseRepoId("alice/d")->ApiPath(), "/api/datasets/alice/d");
  EXPECT_EQ(ParseRepoId("models/alice/d")->WebPath(), "/alice/d");
  EXPECT_EQ(ParseRepoId("alice/d", RepoType::kSpace)->WebPath(), "/spaces/alice/d");
  EXPECT_EQ(ParseRepoId("d")->full(), "d");
  for (const char* bad : {"", "a/b/c", "a/", "/b", "a/..", "a/b--c", "a/.b", "a/b.git", "a/b c"}) {
    EXPECT_FALSE(ParseRepoId(bad).ok()) << bad;
  }
  for (const char* good : {"main", "refs/pr/1", "v1.0", "dev/x"})
    EXPECT_TRUE(CheckRevision(good).ok());
  for (const char* bad : {"", "a b", "a..b", "-x", "a\n", "a/", "x^"}) {
    EXPECT_FALSE(CheckRevision(bad).ok()) << bad;
  }
}

TEST(EndpointTest, LooksWhereTheOfficialClientLooks) {
  std::map<std::string, std::string> variables;
  const EnvironmentLookup lookup = [&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  EXPECT_EQ(*FindEndpoint("", lookup), "https://huggingface.co");
  variables["HF_ENDPOINT"] = "http://h:1/";
  EXPECT_EQ(*FindEndpoint("", lookup), "http://h:1");
  EXPECT_EQ(*FindEndpoint("https://own", lookup), "https://own");
  EXPECT_FALSE(FindEndpoint("h:1", lookup).ok());

  EXPECT_EQ(*FindToken(lookup), "");
  const fs::path home = fs::path(::testing::TempDir()) / ("hf_home_" + std::to_string(getpid()));
  fs::create_directories(home);
  std::ofstream(home / "token") << "hf_file\r\n";
  variables["HF_HOME"] = home.string();
  EXPECT_EQ(*FindToken(lookup), "hf_file");
  std::ofstream(home / "other") << " hf_path ";
  variables["HF_TOKEN_PATH"] = (home / "other").string();
  EXPECT_EQ(*FindToken(lookup), "hf_path");
  variables["HF_TOKEN"] = "hf_variable";
  EXPECT_EQ(*FindToken(lookup), "hf_variable");
  variables["HF_HUB_DISABLE_IMPLICIT_TOKEN"] = "1";
  EXPECT_EQ(*FindToken(lookup), "");
  variables = {{"HF_TOKEN", "two words"}};
  const Status status = FindToken(lookup).status();
  EXPECT_EQ(KindOf(status), FailureKind::kWrongUsage);
  EXPECT_THAT(status.message(), Not(HasSubstr("two words")));
  fs::remove_all(home);
}

TEST(HubErrorTest, WordsThatAreNestedTooDeeplyAreNotQuoted) {
  const std::string deep =
      "{\"error\":" + std::string(30'000, '[') + std::string(30'000, ']') + "}";
  const Status failure = HubFailure({.status = 500, .body = deep}, {.what = "ask"}, {});
  EXPECT_EQ(KindOf(failure), FailureKind::kService);
  EXPECT_THAT(failure.message(), HasSubstr("doing=ask status=500; remedy: "));
  EXPECT_THAT(
      HubFailure({.status = 500, .body = R"({"error":["why"]})"}, {.what = "ask"}, {}).message(),
      HasSubstr("hub_says=why"));
}

TEST(DigestTest, MatchesGitAndKnownValues) {
  EXPECT_EQ(GitBlobId(""), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
  EXPECT_EQ(GitBlobId("hello\n"), "ce013625030ba8dba906f756967f9e9ca394464a");
}

}  // namespace
}  // namespace hubmill
