// Our client and our Hub: both sides of the protocol in one process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>
#include <thread>

#include "hub/card_text.h"
#include "hub/client.h"
#include "hub/local/local_hub.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kToken[] = "hf_local_0123456789";
constexpr char kReadToken[] = "hf_reads_0123456789";

class NoWait final : public PauseClock {
 public:
  int64_t UnixMillis() override { return 1'700'000'000'000; }
  bool Pause(int64_t, const std::function<bool()>&) override { return true; }
};

class ClientLocalTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(::testing::TempDir()) / ("client_local_" + std::to_string(getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override {
    server_.reset();
    fs::remove_all(folder_);
  }
  void Start(LocalHubOptions options) {
    options.root = (folder_ / "hub").string();
    options.accounts = {{"alice", kToken, true}, {"alice-reads", kReadToken, false}};
    options.durable = false;
    server_ = LocalHub::Start(options).ValueOrDie();
    hub_ = Client(kToken);
  }
  std::unique_ptr<HubClient> Client(const std::string& token) {
    return HubClient::Make({.endpoint = server_->url(),
                            .token = token,
                            .threads = 4,
                            .http = {.retry = {.attempts_max = 12, .seed = 5}, .clock = &clock_}})
        .ValueOrDie();
  }
  int CommitCount(const RepoId& repo) {
    auto http = HttpClient::Make({.retry = {.attempts_max = 20}, .clock = &clock_}).ValueOrDie();
    const auto answer =
        http->Send({.url = server_->url() + repo.ApiPath() + "/commits/main", .bearer = kToken})
            .ValueOrDie();
    return static_cast<int>(nlohmann::json::parse(answer.body).size());
  }
  std::string Local(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return (folder_ / name).string();
  }
  static std::string Noise(size_t bytes, unsigned seed) {
    std::mt19937 random(seed);
    std::string noise(bytes, '\0');
    for (char& c : noise) c = static_cast<char>(random());
    return noise;
  }

  NoWait clock_;
  fs::path folder_;
  std::unique_ptr<LocalHub> server_;
  std::unique_ptr<HubClient> hub_;
};

TEST_F(ClientLocalTest, SpeaksTheWholeProtocol) {
  Start({.multipart_bytes = 300'000, .page_entries_max = 3});
  EXPECT_EQ(hub_->WhoAmI()->name, "alice");
  const RepoId repo = *hub_->Complete(*ParseRepoId("d"));
  EXPECT_TRUE(*hub_->CreateRepo(repo, {.is_private = true}));
  EXPECT_FALSE(*hub_->CreateRepo(repo, {}));
  EXPECT_TRUE(hub_->Info(repo)->is_private);
  EXPECT_FALSE(hub_->FindRepo(*ParseRepoId("alice/none"))->has_value());

  const std::string large = Noise(1'000'001, 1);
  const CardConfig config = {.name = "default",
                             .features = {{.name = "a", .dtype = "int64"}},
                             .splits = {{"train", 8, 1, {"data/train-*"}}}};
  const CommitRequest request = {
      .repo = repo,
      .message = "Publish",
      .adds = {{"README.md", "", *MergeCard("# hi\n", {config})},
               {"data/train-00000-of-00001.parquet", Local("train", large), ""},
               {"data/small.parquet", "", "PAR1"},
               {"data/a b/\xC3\xA4#?%.txt", "", "name"},
               {"empty.txt", "", ""}}};
  const auto first = hub_->Commit(request);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(hub_->Info(repo)->commit, first->commit);
  EXPECT_TRUE(hub_->Commit(request)->unchanged);
  EXPECT_EQ(CommitCount(repo), 2);
  EXPECT_EQ(ParseCard(**hub_->ReadFile(repo, "main", "README.md"))->configs[0].splits,
            config.splits);
  const std::string shard = "data/train-00000-of-00001.parquet";
  const FileFacts facts = *hub_->Facts(repo, "main", shard);
  EXPECT_EQ(*hub_->ReadRange(repo, facts, shard, 500'000, 77), large.substr(500'000, 77));

  ASSERT_TRUE(hub_->CreateTag(repo, "v1", "main").ok());
  CommitRequest change = {.repo = repo, .message = "Change", .parent = first->commit};
  change.copies = {{"copy.parquet", "data/train-00000-of-00001.parquet", ""},
                   {"copy.txt", "data/a b/\xC3\xA4#?%.txt", "v1"}};
  change.folder_deletes = {"data"};
  const auto second = hub_->Commit(change);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->deleted.size(), 3U);
  EXPECT_EQ(*hub_->ReadFile(repo, "main", "copy.parquet"), large);
  EXPECT_EQ(*hub_->ReadFile(repo, "main", "copy.txt"), "name");
  change.copies = {{"other.txt", "copy.txt", ""}};
  EXPECT_THAT(hub_->Commit(change).status().message(), HasSubstr("moved on since it was read"));
  EXPECT_THAT(hub_->CreateTag(repo, "v1", "main").message(), HasSubstr("never moved"));

  const std::string out = (folder_ / "out").string();
  EXPECT_EQ(hub_->DownloadRepo(repo, "v1", out, {})->files, 6);
  EXPECT_TRUE(hub_->CompareFolder(repo, "v1", out)->empty());
  EXPECT_FALSE(hub_->CompareFolder(repo, "main", out)->empty());
  EXPECT_EQ(hub_->ListRefs(repo)->tags.at(0).name, "v1");
  EXPECT_TRUE(hub_->SetPrivate(repo, false).ok());
  EXPECT_TRUE(hub_->MoveRepo(repo, *ParseRepoId("alice/e")).ok());
  EXPECT_TRUE(hub_->DeleteRepo(*ParseRepoId("alice/e")).ok());
  const RepoId space = *ParseRepoId("spaces/alice/s");
  EXPECT_TRUE(*hub_->CreateRepo(space, {}));
  EXPECT_EQ(hub_->PauseSpace(space)->stage, "PAUSED");
  EXPECT_NE(hub_->RestartSpace(space)->stage, "PAUSED");
}

TEST_F(ClientLocalTest, RefusesWithAReason) {
  Start({});
  const RepoId repo = *ParseRepoId("alice/d");
  ASSERT_TRUE(hub_->CreateRepo(repo, {.is_private = false}).ok());
  const Status denied =
      Client(kReadToken)->Commit({.repo = repo, .adds = {{"a.txt", "", "x"}}}).status();
  EXPECT_EQ(KindOf(denied), FailureKind::kService);
  EXPECT_THAT(denied.message(), HasSubstr("write access"));
  EXPECT_THAT(Client("hf_expired_1")->WhoAmI().status().message(), HasSubstr("new token"));
  EXPECT_THAT(hub_->Info(repo, "v9").status().message(), HasSubstr("no such revision"));
  const Status card =
      hub_->Commit({.repo = repo, .adds = {{"README.md", "", "---\na: [1\n---\n"}}}).status();
  EXPECT_EQ(KindOf(card), FailureKind::kDataRefused) << card;
}

TEST_F(ClientLocalTest, PublishesThroughFaultsAreMadeOnceEach) {
  constexpr int kPublishes = 60;
  Start({.multipart_bytes = 20'000, .fault_seed = 11});
  const RepoId repo = *ParseRepoId("alice/d");
  ASSERT_TRUE(hub_->CreateRepo(repo, {}).ok());
  for (int i = 0; i < kPublishes; ++i) {
    const auto result =
        hub_->Commit({.repo = repo,
                      .message = Concat("publish ", i),
                      .adds = {{"data/train.parquet", "", Noise(50'000, static_cast<unsigned>(i))},
                               {"log.txt", "", Concat("publish ", i)}}});
    ASSERT_TRUE(result.ok()) << i << ": " << result.status();
    EXPECT_FALSE(result->unchanged) << i;
  }
  EXPECT_EQ(CommitCount(repo), 1 + kPublishes);
  const std::string out = (folder_ / "out").string();
  const auto download = hub_->DownloadRepo(repo, "main", out, {});
  ASSERT_TRUE(download.ok()) << download.status();
  std::ifstream in(out + "/data/train.parquet", std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  EXPECT_EQ(text.str(), Noise(50'000, kPublishes - 1));
}

}  // namespace
}  // namespace hubmill
