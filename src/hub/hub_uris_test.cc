// Reading hub:// from the embedded Hub: the same bytes through every kind of fault, one commit
// whatever moves, nothing transferred twice.
#include "hub/hub_uris.h"

#include <arrow/buffer.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "hub/hub_file_system.h"
#include "hub/local/local_hub.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;
using arrow::fs::FileType;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kToken[] = "hf_local_0123456789";

class NoWait final : public PauseClock {
 public:
  int64_t UnixMillis() override { return 1'700'000'000'000; }
  bool Pause(int64_t, const std::function<bool()>&) override { return true; }
};

std::string Noise(size_t bytes, unsigned seed) {
  std::mt19937 random(seed);
  std::string noise(bytes, '\0');
  for (char& c : noise) c = static_cast<char>(random());
  return noise;
}

class HubUrisTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(::testing::TempDir()) / ("hub_uris_" + std::to_string(getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    Start(0);
  }
  void TearDown() override {
    server_.reset();
    fs::remove_all(folder_);
  }

  void Start(uint64_t fault_seed) {
    server_.reset();
    server_ = LocalHub::Start({.root = (folder_ / "hub").string(),
                               .accounts = {{"alice", kToken, true}},
                               .durable = false,
                               .fault_seed = fault_seed})
                  .ValueOrDie();
  }
  HubOptions Options(const std::string& token = kToken) {
    return {.endpoint = server_->url(),
            .token = token,
            .threads = 4,
            .http = {.retry = {.attempts_max = 20, .seed = 5}, .clock = &clock_}};
  }
  HubUris Uris(const std::string& token = kToken) {
    return HubUris(
        [this, token]() -> Result<HubAccess> {
          return HubAccess{Options(token), {.folder = (folder_ / "cache").string()}};
        },
        nullptr);
  }
  std::string Commit(std::vector<CommitAdd> adds, const std::string& name = "d") {
    auto client = HubClient::Make(Options()).ValueOrDie();
    const RepoId repo = *ParseRepoId("alice/" + name);
    EXPECT_TRUE(client->CreateRepo(repo, {}).ok());
    const auto done = client->Commit({.repo = repo, .message = "m", .adds = std::move(adds)});
    EXPECT_TRUE(done.ok()) << done.status();
    return done->commit;
  }
  static Result<ResolvedUri> Resolve(HubUris& uris, const std::string& uri) {
    return uris.Resolve(uri, [](std::string_view path) { return path.ends_with(".jsonl"); });
  }
  static Result<std::string> ReadStream(const ResolvedUri& uri, const std::string& path) {
    ARROW_ASSIGN_OR_RAISE(const auto stream, uri.file_system->OpenInputStream(path));
    std::string all;
    std::string part(1'000'003, '\0');
    for (;;) {
      ARROW_ASSIGN_OR_RAISE(const int64_t got,
                            stream->Read(static_cast<int64_t>(part.size()), part.data()));
      if (got == 0) return all;
      all.append(part, 0, static_cast<size_t>(got));
    }
  }

  NoWait clock_;
  fs::path folder_;
  std::unique_ptr<LocalHub> server_;
};

TEST_F(HubUrisTest, StreamsAndReadsPlacesOfLargeAndSmallFiles) {
  const std::string large = Noise(21'000'000, 1);
  Commit({{"large.bin", "", large}, {"small.txt", "", "text"}, {"empty.txt", "", ""}});
  for (const uint64_t fault_seed : {0, 7}) {
    Start(fault_seed);
    fs::remove_all(folder_ / "cache");
    HubUris uris = Uris();
    const ResolvedUri uri = *Resolve(uris, "hub://alice/d/x");
    EXPECT_EQ(ReadStream(uri, "large.bin").ValueOrDie(), large);
    EXPECT_EQ(ReadStream(uri, "small.txt").ValueOrDie(), "text");
    EXPECT_EQ(ReadStream(uri, "empty.txt").ValueOrDie(), "");
    fs::remove_all(folder_ / "cache");
    const auto file = uri.file_system->OpenInputFile("large.bin").ValueOrDie();
    EXPECT_EQ(*file->GetSize(), 21'000'000);
    for (const auto& [first, count] :
         std::vector<std::pair<int64_t, int64_t>>{{0, 10},
                                                  {kHubPieceBytes - 3, 6},
                                                  {5, 13'000'000},
                                                  {20'999'990, 100},
                                                  {0, 21'000'000}}) {
      const auto bytes = file->ReadAt(first, count).ValueOrDie();
      EXPECT_EQ(bytes->ToString(), large.substr(size_t(first), size_t(count))) << first;
    }
    EXPECT_FALSE(file->ReadAt(21'000'001, 1).ok());
    const auto small = uri.file_system->OpenInputFile("small.txt").ValueOrDie();
    EXPECT_EQ(small->ReadAt(1, 2).ValueOrDie()->ToString(), "ex");
  }
}

TEST_F(HubUrisTest, ARepositoryThatMovesIsReadAtOneCommit) {
  const std::string first = Commit({{"a.jsonl", "", "old a"}, {"b.jsonl", "", "old b"}});
  HubUris uris = Uris();
  const ResolvedUri a = *Resolve(uris, "hub://alice/d@main/a.jsonl");
  const std::string second = Commit({{"a.jsonl", "", "new a"}, {"b.jsonl", "", "new b"}});
  const ResolvedUri b = *Resolve(uris, "hub://alice/d/b.jsonl");
  EXPECT_EQ(a.revision, first);
  EXPECT_EQ(b.revision, first);
  EXPECT_EQ(ReadStream(b, b.path).ValueOrDie(), "old b");
  HubUris later = Uris();
  EXPECT_EQ(Resolve(later, "hub://alice/d/b.jsonl")->revision, second);
  EXPECT_EQ(Resolve(later, "hub://alice/d@" + first)->revision, first);
}

TEST_F(HubUrisTest, ACachedCommitNeedsNoServer) {
  const std::string large = Noise(9'000'000, 2);
  const std::string commit = Commit({{"train/a.jsonl", "", large}, {"train/b.jsonl", "", "{}"}});
  const std::string address = "hub://alice/d@" + commit;
  {
    HubUris uris = Uris();
    const ResolvedUri uri = *Resolve(uris, address);
    ASSERT_EQ(uri.splits.size(), 1u);
    for (const std::string& path : uri.splits[0].paths) ASSERT_TRUE(ReadStream(uri, path).ok());
  }
  HubUris uris = Uris();
  server_->Stop();
  const ResolvedUri uri = *Resolve(uris, address);
  EXPECT_THAT(uri.splits[0].paths, ElementsAre("train/a.jsonl", "train/b.jsonl"));
  EXPECT_EQ(uri.root, address + "/");
  EXPECT_EQ(ReadStream(uri, "train/a.jsonl").ValueOrDie(), large);
  // A damaged piece is noticed, and cannot be had anew.
  for (const auto& entry : fs::recursive_directory_iterator(folder_ / "cache/v1/parts")) {
    if (!entry.is_regular_file()) continue;
    std::fstream(entry.path(), std::ios::in | std::ios::out | std::ios::binary).seekp(1).put('#');
  }
  const auto damaged = ReadStream(uri, "train/a.jsonl");
  EXPECT_EQ(KindOf(damaged.status()), FailureKind::kService);
}

TEST_F(HubUrisTest, AListingIsAFileSystem) {
  Commit({{"data/a.jsonl", "", "a"}, {"data/deep/b.jsonl", "", "b"}, {"c.txt", "", "c"}});
  HubUris uris = Uris();
  const ResolvedUri uri = *Resolve(uris, "hub://alice/d/x");
  auto& files = *uri.file_system;
  EXPECT_EQ(files.GetFileInfo("")->type(), FileType::Directory);
  EXPECT_EQ(files.GetFileInfo("data")->type(), FileType::Directory);
  EXPECT_EQ(files.GetFileInfo("data/a.jsonl")->size(), 1);
  EXPECT_EQ(files.GetFileInfo("data/*.jsonl")->type(), FileType::NotFound);
  EXPECT_EQ(files.GetFileInfo("../x")->type(), FileType::NotFound);
  const auto names = [&](const std::string& base, int depth) {
    arrow::fs::FileSelector select;
    select.base_dir = base;
    select.recursive = depth > 0;
    select.max_recursion = depth;
    std::vector<std::string> paths;
    for (const auto& info : files.GetFileInfo(select).ValueOrDie()) paths.push_back(info.path());
    std::sort(paths.begin(), paths.end());
    return paths;
  };
  EXPECT_THAT(names("", 0), ElementsAre(".gitattributes", "c.txt", "data"));
  EXPECT_THAT(names("data", 1), ElementsAre("data/a.jsonl", "data/deep", "data/deep/b.jsonl"));
  EXPECT_THAT(names("data", 0), ElementsAre("data/a.jsonl", "data/deep"));
  EXPECT_FALSE(files.OpenInputFile("data").ok());
  EXPECT_FALSE(files.OpenInputFile("gone").ok());
  EXPECT_FALSE(files.DeleteFile("c.txt").ok());
}

TEST_F(HubUrisTest, RefusalsAreTheServicesAndHoldNoToken) {
  Commit({{"a.jsonl", "", "{}"}});
  const auto refused = [&](const std::string& token, const std::string& uri) {
    HubUris uris = Uris(token);
    const Status status = Resolve(uris, uri).status();
    EXPECT_FALSE(status.ok()) << uri;
    EXPECT_EQ(KindOf(status), FailureKind::kService) << status;
    EXPECT_THAT(status.message(), Not(HasSubstr("0123456789")));
    return status.message();
  };
  EXPECT_THAT(refused(kToken, "hub://alice/none"), HasSubstr("alice/none"));
  EXPECT_THAT(refused(kToken, "hub://alice/d@v9"), HasSubstr("v9"));
  EXPECT_THAT(refused("", "hub://alice/d"), HasSubstr("HF_TOKEN"));
  refused("hf_expired_0123456789", "hub://alice/d");
  HubUris broken([]() -> Result<HubAccess> { return WrongUsage("no settings"); }, nullptr);
  EXPECT_TRUE(broken.Knows("hub://a/d"));
  EXPECT_FALSE(broken.Knows("s3://a/d"));
  EXPECT_THAT(Resolve(broken, "hub://alice/d").status().message(), HasSubstr("no settings"));
}

TEST_F(HubUrisTest, ManyThreadsReadOneFile) {
  const std::string large = Noise(12'000'000, 3);
  Commit({{"large.bin", "", large}});
  HubUris uris = Uris();
  const auto file = Resolve(uris, "hub://alice/d/x")->file_system->OpenInputFile("large.bin");
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int64_t first = thread; first < 12'000'000; first += 1'999'993) {
        const auto bytes = (*file)->ReadAt(first, 100'000);
        EXPECT_TRUE(bytes.ok()) << bytes.status();
        EXPECT_EQ((*bytes)->ToString(), large.substr(size_t(first), 100'000));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace hubmill
