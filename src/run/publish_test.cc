// Publishing against the embedded Hub, in one process: what a reader of the repository sees.
#include "run/publish.h"

#include <arrow/io/memory.h>
#include <arrow/table.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "base/hash.h"
#include "hub/card_text.h"
#include "hub/local/local_hub.h"
#include "hub/rollback.h"
#include "io/lineage.h"
#include "run/published_trace.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kToken[] = "hf_local_0123456789";
constexpr char kReadToken[] = "hf_reads_0123456789";

class NoWait final : public PauseClock {
 public:
  int64_t UnixMillis() override { return 1'700'000'000'000; }
  bool Pause(int64_t, const std::function<bool()>&) override {
    std::this_thread::yield();
    return true;
  }
};

/// Files of one data set as a run would have written them: split, then the text of each shard.
using Shards = std::vector<std::pair<std::string, std::vector<std::string>>>;

class PublishTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(::testing::TempDir()) / ("publish_" + std::to_string(getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override {
    server_.reset();
    fs::remove_all(folder_);
  }
  void Start(uint64_t fault_seed = 0) {
    server_.reset();
    server_ = LocalHub::Start({.root = (folder_ / "hub").string(),
                               .accounts = {{"alice", kToken, true}, {"bob", kReadToken, false}},
                               .durable = false,
                               .fault_seed = fault_seed})
                  .ValueOrDie();
    hub_ = Client();
  }
  std::unique_ptr<HubClient> Client(const std::string& token = kToken) {
    return HubClient::Make({.endpoint = server_->url(),
                            .token = token,
                            .threads = 2,
                            .http = {.retry = {.attempts_max = 12, .seed = 5}, .clock = &clock_}})
        .ValueOrDie();
  }

  static void Write(const fs::path& path, const std::string& text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }

  /// An output folder with one data set.
  std::string Output(const std::string& name, const std::string& config, const Shards& splits,
                     const std::string& dtype = "string") {
    const fs::path out = folder_ / name;
    fs::remove_all(out);
    const std::string data_dir = config == "default" ? "data" : config;
    CardConfig card{
        .name = config, .features = {{.name = "text", .dtype = dtype}}, .download_bytes = 0};
    nlohmann::ordered_json files = nlohmann::ordered_json::array();
    nlohmann::ordered_json counts = nlohmann::ordered_json::object();
    for (const auto& [split, shards] : splits) {
      CardSplit row{.name = split, .paths = {data_dir + "/" + split + "-*"}};
      for (size_t i = 0; i < shards.size(); ++i) {
        const std::string path =
            Concat(data_dir, "/", split, "-0000", i, "-of-0000", shards.size(), ".parquet");
        Write(out / path, shards[i]);
        files.push_back({{"path", path},
                         {"split", split},
                         {"rows", 1},
                         {"size", shards[i].size()},
                         {"sha256", Sha256Hex(shards[i])}});
        counts[split] = counts.value(split, 0) + 1;
        row.rows += 1;
        row.bytes += 10;
        card.download_bytes += int64_t(shards[i].size());
      }
      card.splits.push_back(row);
    }
    // Rows come from inputs of their split's name; of standard input nobody knows the bytes.
    nlohmann::ordered_json inputs = {{{"name", "none"}, {"hash", "never read"}}};
    for (const auto& split : counts.items()) {
      const bool stdin_split = split.key().starts_with("stdin");
      inputs.push_back({{"name", stdin_split ? "stdin" : split.key() + ".jsonl"},
                        {"hash", stdin_split ? "" : text_ + split.key()}});
    }
    const nlohmann::ordered_json manifest{
        {"hubmill", "test"},
        {"recipe", name},
        {"datasets",
         {{{"name", config}, {"splits", counts}, {"inputs", inputs}, {"files", files}}}}};
    Write(out / "manifest.json", manifest.dump());
    WriteLineageOf(out / ".hubmill/lineage" / (config + ".parquet"), counts);
    Write(out / "README.md", MergeCard("\n# " + name + text_ + "\n", {card}).ValueOrDie());
    return out.string();
  }

  /// The rows of each split come from an input of their own, from row 10 on.
  static void WriteLineageOf(const fs::path& path, const nlohmann::ordered_json& counts) {
    std::vector<std::string> names;
    for (const auto& split : counts.items()) names.push_back(split.key());
    const auto lineage = LineageWriter::Open(path.string(), names).ValueOrDie();
    for (size_t i = 0; i < names.size(); ++i) {
      const RowRun run{.file = int32_t(i) + 1,
                       .split = int32_t(i),
                       .row = 10,
                       .count = counts.at(names[i]).get<int64_t>()};
      ASSERT_TRUE(lineage->Append(Origins(run)).ok());
    }
    ASSERT_TRUE(lineage->Close().ok());
  }

  nlohmann::json ManifestOf(const std::string& recipe) {
    const std::string path = ".hubmill/" + recipe + "/manifest.json";
    return nlohmann::json::parse(hub_->ReadFile(repo_, "main", path).ValueOrDie().value());
  }
  /// "SPLIT ROWS from FILE:ROW HASH" of each run, as a reader of the repository finds it.
  std::vector<std::string> Traced(const std::string& recipe, const std::string& config) {
    const std::string local = (folder_ / "traced.parquet").string();
    fs::remove(local);
    const std::string path = Concat(".hubmill/", recipe, "/lineage/", config, ".parquet");
    EXPECT_TRUE(hub_->DownloadFile(repo_, "main", path, local).ok());
    nlohmann::json inputs;
    const nlohmann::json manifest = ManifestOf(recipe);
    for (const auto& dataset : manifest.at("datasets")) {
      if (dataset.at("name") == config) inputs = dataset.at("inputs");
    }
    std::vector<std::string> lines;
    const auto status = ReadLineage(local, [&](const std::string& split, const RowRun& run) {
      const auto& input = inputs.at(size_t(run.file));
      lines.push_back(Concat(split, " ", run.count, " from ", input.at("name").get<std::string>(),
                             ":", run.row, " ", input.at("hash").get<std::string>()));
      return Status::OK();
    });
    EXPECT_TRUE(status.ok()) << status;
    return lines;
  }

  Result<PublishReport> Publish(const std::string& output, PublishOptions options = {}) {
    if (options.repo.empty()) options.repo = "alice/d";
    return PublishFolder(*hub_, output, options, nullptr);
  }
  std::vector<std::string> Paths(const std::string& revision = "main") {
    std::vector<std::string> paths;
    for (const TreeEntry& entry : hub_->ListTree(repo_, revision).ValueOrDie()) {
      if (!entry.directory && entry.path != ".gitattributes") paths.push_back(entry.path);
    }
    std::sort(paths.begin(), paths.end());
    return paths;
  }
  std::map<std::string, std::string> Ids(const std::string& revision = "main") {
    std::map<std::string, std::string> ids;
    for (const TreeEntry& entry : hub_->ListTree(repo_, revision).ValueOrDie()) {
      if (!entry.directory) ids[entry.path] = entry.git_id;
    }
    return ids;
  }
  std::string Readme() {
    return hub_->ReadFile(repo_, "main", "README.md").ValueOrDie().value_or("");
  }
  std::vector<std::string> History(const std::string& repo = "alice/d") {
    const auto http =
        HttpClient::Make({.retry = {.attempts_max = 20}, .clock = &clock_}).ValueOrDie();
    const auto answer = http->Send({.url = Concat(server_->url(), "/api/datasets/", repo,
                                                  "/commits/main?limit=1000"),
                                    .bearer = kToken})
                            .ValueOrDie();
    std::vector<std::string> commits;
    for (const auto& commit : nlohmann::json::parse(answer.body)) {
      commits.push_back(commit.at("id").get<std::string>());
    }
    return commits;
  }
  /// Large files that the Hub stores.
  std::set<std::string> Objects() const {
    std::set<std::string> objects;
    if (!fs::exists(folder_ / "hub/objects")) return objects;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / "hub/objects")) {
      if (entry.is_regular_file()) objects.insert(entry.path().filename().string());
    }
    return objects;
  }

  NoWait clock_;
  std::string text_;  // Another text makes the next Output() one of other inputs and words.
  fs::path folder_;
  RepoId repo_{.space = "alice", .name = "d"};
  std::unique_ptr<LocalHub> server_;
  std::unique_ptr<HubClient> hub_;
};

TEST_F(PublishTest, OneCommitThenNone) {
  Start();
  const std::string out = Output("one", "default", {{"train", {"a", "b"}}, {"test", {"c"}}});
  const PublishReport first = Publish(out, {.tag = "v1"}).ValueOrDie();
  EXPECT_TRUE(first.created);
  EXPECT_TRUE(first.is_private);
  EXPECT_FALSE(first.unchanged);
  EXPECT_EQ(first.repo, "alice/d");
  EXPECT_EQ(first.url, server_->url() + "/datasets/alice/d");
  EXPECT_THAT(
      Paths(),
      ElementsAre(".hubmill/one/lineage/default.parquet", ".hubmill/one/manifest.json", "README.md",
                  "data/test-00000-of-00001.parquet", "data/train-00000-of-00002.parquet",
                  "data/train-00001-of-00002.parquet"));
  EXPECT_EQ(first.added.size(), 6U);
  const auto history = History();
  ASSERT_EQ(history.size(), 2U);  // The repository's own first commit, and ours.
  EXPECT_EQ(history[0], first.commit);

  const PublishReport again = Publish(out, {.tag = "v1"}).ValueOrDie();
  EXPECT_TRUE(again.unchanged);
  EXPECT_EQ(again.commit, first.commit);
  EXPECT_EQ(again.bytes_uploaded, 0);
  EXPECT_EQ(again.files_unchanged, 6);
  EXPECT_EQ(History(), history);
}

TEST_F(PublishTest, ReplacesOldShardsAndKeepsOtherSplits) {
  Start();
  ASSERT_TRUE(Publish(Output("one", "default", {{"train", {"a", "b"}}, {"test", {"c"}}})).ok());
  const auto before = Ids();
  const PublishReport report =
      Publish(Output("one", "default", {{"train", {"other"}}})).ValueOrDie();
  ASSERT_EQ(report.deleted.size(), 2U);
  EXPECT_EQ(report.deleted[0].path, "data/train-00000-of-00002.parquet");
  EXPECT_EQ(Ids().at("data/test-00000-of-00001.parquet"),
            before.at("data/test-00000-of-00001.parquet"));
  const Card card = ParseCard(Readme()).ValueOrDie();
  ASSERT_EQ(card.configs.size(), 1U);
  EXPECT_EQ(card.configs[0].splits.size(), 2U);
  EXPECT_EQ(card.configs[0].download_bytes, 6);  // "other" and "c".
  EXPECT_EQ(History().size(), 3U);
}

TEST_F(PublishTest, TwoRecipesLeaveEachOtherAlone) {
  Start();
  ASSERT_TRUE(Publish(Output("one", "default", {{"train", {"a"}}})).ok());
  const auto before = Ids();
  ASSERT_TRUE(Publish(Output("two", "metadata", {{"meta", {"m"}}})).ok());
  const auto after = Ids();
  for (const auto& [path, id] : before) {
    if (path != "README.md") EXPECT_EQ(after.at(path), id) << path;
  }
  EXPECT_NE(ParseCard(Readme()).ValueOrDie().Find("metadata"), nullptr);
  EXPECT_NE(ParseCard(Readme()).ValueOrDie().Find("default"), nullptr);
}

TEST(RecipeOfManifest, IsTheFolderBelowOurs) {
  EXPECT_EQ(RecipeOfManifest(".hubmill/a.b/manifest.json"), "a.b");
  for (const char* path : {"", "manifest.json", ".hubmill/manifest.json", ".hubmill//manifest.json",
                           ".hubmill/a/b/manifest.json", "x/.hubmill/a/manifest.json"}) {
    EXPECT_EQ(RecipeOfManifest(path), "") << path;
  }
}

/// The rows of a split that stays are traced as before, beside those of the split that is new.
TEST_F(PublishTest, WhatStaysKeepsItsTrace) {
  Start();
  ASSERT_TRUE(Publish(Output("one", "default", {{"train", {"a", "b"}}, {"test", {"c"}}})).ok());
  EXPECT_THAT(Traced("one", "default"),
              ElementsAre("train 2 from train.jsonl:10 train", "test 1 from test.jsonl:10 test"));
  text_ = "new ";
  const std::string next = Output("one", "default", {{"train", {"d"}}});
  ASSERT_TRUE(Publish(next).ok());
  EXPECT_THAT(Traced("one", "default"), ElementsAre("train 1 from train.jsonl:10 new train",
                                                    "test 1 from test.jsonl:10 test"));
  const nlohmann::json set = ManifestOf("one").at("datasets").at(0);
  EXPECT_EQ(set.at("splits"), (nlohmann::json{{"train", 1}, {"test", 1}}));
  EXPECT_EQ(set.at("inputs").size(), 3U);  // "none" of both runs is one; no old train.jsonl.
  ASSERT_EQ(set.at("files").size(), 2U);
  EXPECT_EQ(set.at("files").at(1).at("path"), "data/test-00000-of-00001.parquet");
  EXPECT_TRUE(Publish(next).ValueOrDie().unchanged);
  const auto ids = Ids();
  // The other way round: what was kept is published anew, what was new stays.
  ASSERT_TRUE(Publish(Output("one", "default", {{"test", {"e"}}})).ok());
  EXPECT_THAT(Traced("one", "default"), ElementsAre("test 1 from test.jsonl:10 new test",
                                                    "train 1 from train.jsonl:10 new train"));
  ASSERT_TRUE(Publish(next).ok());
  EXPECT_EQ(Ids().at("data/train-00000-of-00001.parquet"),
            ids.at("data/train-00000-of-00001.parquet"));
}

TEST_F(PublishTest, InputsWithoutAHashAreNotTakenForTheSame) {
  Start();
  ASSERT_TRUE(Publish(Output("one", "default", {{"stdin_a", {"a"}}})).ok());
  const std::string next = Output("one", "default", {{"stdin_b", {"b"}}});
  for (int run = 0; run < 2; ++run) {
    EXPECT_EQ(Publish(next).ValueOrDie().unchanged, run > 0);
    const nlohmann::json inputs = ManifestOf("one").at("datasets").at(0).at("inputs");
    EXPECT_EQ(inputs.size(), 3U);  // "none", and standard input of either run.
    EXPECT_THAT(Traced("one", "default"),
                ElementsAre("stdin_b 1 from stdin:10 ", "stdin_a 1 from stdin:10 "));
  }
}

TEST_F(PublishTest, ADataSetThatTheRecipeHasNoMoreKeepsItsTrace) {
  Start();
  ASSERT_TRUE(Publish(Output("one", "first", {{"train", {"a"}}})).ok());
  ASSERT_TRUE(Publish(Output("one", "second", {{"train", {"b"}}})).ok());
  EXPECT_THAT(Traced("one", "first"), ElementsAre("train 1 from train.jsonl:10 train"));
  EXPECT_THAT(Traced("one", "second"), ElementsAre("train 1 from train.jsonl:10 train"));
  // Once its data goes, what tells of it goes too.
  ASSERT_TRUE(
      Publish(Output("one", "second", {{"train", {"b"}}}), {.replace_configs = {"first"}}).ok());
  EXPECT_EQ(ManifestOf("one").at("datasets").size(), 1U);
  EXPECT_THAT(Paths(), ::testing::Not(::testing::Contains(".hubmill/one/lineage/first.parquet")));
}

TEST_F(PublishTest, ABrokenTraceOfOthersIsANote) {
  Start();
  ASSERT_TRUE(Publish(Output("one", "default", {{"train", {"a"}}, {"test", {"c"}}})).ok());
  const std::string next = Output("one", "default", {{"train", {"d"}}});
  const std::vector<CommitAdd> broken = {{".hubmill/one/lineage/default.parquet", "", "PAR1"},
                                         {".hubmill/one/manifest.json", "", "{\"datasets\": 1}"},
                                         {".hubmill/x/manifest.json", "", "[[["}};
  for (size_t count = 1; count <= broken.size(); ++count) {
    ASSERT_TRUE(
        hub_->Commit({.repo = repo_, .adds = {broken.begin(), broken.begin() + count}}).ok());
    const PublishReport report = Publish(next, {.dry_run = true}).ValueOrDie();
    EXPECT_THAT(report.notes, ::testing::Contains(HasSubstr("cannot be read"))) << count;
  }
  EXPECT_TRUE(Publish(next).ok());
}

/// One recipe's table in the place of another's: nothing tells of rows that are gone.
TEST_F(PublishTest, AStaleTraceAndItsTextGoInTheSameCommit) {
  Start();
  const std::string e1 = Output("one", "metadata", {{"meta", {"1"}}});
  const std::string e2 = Output("two", "metadata", {{"meta", {"2"}}});
  ASSERT_TRUE(Publish(e1, {.card_body = "# One in ${repo}\n"}).ok());
  EXPECT_THAT(Readme(), HasSubstr("# One in alice/d"));
  const PublishReport report = Publish(e2, {.card_body = "# Two\n"}).ValueOrDie();
  EXPECT_EQ(report.deleted.size(), 2U);
  EXPECT_THAT(Paths(),
              ElementsAre(".hubmill/two/lineage/metadata.parquet", ".hubmill/two/manifest.json",
                          "README.md", "metadata/meta-00000-of-00001.parquet"));
  EXPECT_THAT(Readme(), HasSubstr("# Two\n"));
  EXPECT_THAT(Readme(), ::testing::Not(HasSubstr("# One")));
  EXPECT_EQ(History().size(), 3U);
  EXPECT_TRUE(Publish(e2, {.card_body = "# Two\n"}).ValueOrDie().unchanged);
  // The same recipe says it otherwise.
  ASSERT_TRUE(Publish(e2, {.card_body = "# Two, better\n"}).ok());
  EXPECT_THAT(Readme(), HasSubstr("# Two, better\n"));
  // A person has changed one word: it is theirs from now on.
  std::string theirs = Readme();
  theirs.replace(theirs.find("better"), 6, "BETTER");
  ASSERT_TRUE(hub_->Commit({.repo = repo_, .adds = {{"README.md", "", theirs}}}).ok());
  ASSERT_TRUE(Publish(e1, {.card_body = "# One\n"}).ok());
  EXPECT_THAT(Readme(), HasSubstr("# Two, BETTER\n"));
  EXPECT_FALSE(ManifestOf("one").contains("card_sha256"));
}

/// A text stays while the data that it came with does, whoever publishes beside it.
TEST_F(PublishTest, ATextIsNotReplacedByARecipeBesideIt) {
  Start();
  ASSERT_TRUE(Publish(Output("set", "default", {{"train", {"a"}}}), {.card_body = "# Set\n"}).ok());
  ASSERT_TRUE(Publish(Output("meta", "metadata", {{"meta", {"m"}}}), {.card_body = "# M\n"}).ok());
  EXPECT_THAT(Readme(), HasSubstr("# Set\n"));
  EXPECT_EQ(ManifestOf("set").at("card_sha256").get<std::string>().size(), 64U);
}

TEST_F(PublishTest, AClashIsFoundBeforeAnyUpload) {
  Start();
  ASSERT_TRUE(Publish(Output("one", "default", {{"train", {"a"}}})).ok());
  const auto objects = Objects();
  const std::string other = Output("one", "default", {{"test", {"b"}}}, "int64");
  const Status clash = Publish(other).status();
  ASSERT_FALSE(clash.ok());
  EXPECT_EQ(KindOf(clash), FailureKind::kDataRefused);
  EXPECT_THAT(clash.message(), HasSubstr("config=default column=text published=string new=int64"));
  EXPECT_THAT(clash.message(), HasSubstr("--replace-config default"));
  EXPECT_EQ(Objects(), objects);
  EXPECT_EQ(History().size(), 2U);

  ASSERT_TRUE(Publish(other, {.replace_configs = {"default"}}).ok());
  const Card card = ParseCard(Readme()).ValueOrDie();
  ASSERT_EQ(card.configs.size(), 1U);
  ASSERT_EQ(card.configs[0].splits.size(), 1U);
  EXPECT_EQ(card.configs[0].splits[0].name, "test");
  EXPECT_THAT(Paths(), ::testing::Not(::testing::Contains("data/train-00000-of-00001.parquet")));
  EXPECT_TRUE(Publish(other, {.replace_configs = {"default"}}).ValueOrDie().unchanged);
}

TEST_F(PublishTest, ComparesWithTheDataWhereTheCardStatesNoColumns) {
  Start();
  ASSERT_TRUE(hub_->CreateRepo(repo_, {}).ok());
  ASSERT_TRUE(hub_->Commit({.repo = repo_,
                            .adds = {{"data/test.jsonl", "", "{\"text\":\"a\"}\n"},
                                     {"data/train.jsonl", "", "{\"text\":\"b\"}\n"}}})
                  .ok());
  const Status clash = Publish(Output("one", "default", {{"test", {"b"}}}, "int64")).status();
  EXPECT_EQ(KindOf(clash), FailureKind::kDataRefused);
  EXPECT_THAT(clash.message(), HasSubstr("column=text published=string new=int64"));

  const auto schema = arrow::schema({arrow::field("text", arrow::large_utf8())});
  const auto table = arrow::Table::MakeEmpty(schema).ValueOrDie();
  const auto sink = arrow::io::BufferOutputStream::Create().ValueOrDie();
  ASSERT_TRUE(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), sink).ok());
  ASSERT_TRUE(
      hub_->Commit({.repo = repo_,
                    .adds = {{"data/test.parquet", "", sink->Finish().ValueOrDie()->ToString()}},
                    .deletes = {"data/test.jsonl", "data/train.jsonl"}})
          .ok());
  const std::string other = Output("one", "default", {{"train", {"b"}}}, "int64");
  EXPECT_THAT(Publish(other).status().message(), HasSubstr("published=string new=int64"));
  EXPECT_TRUE(Publish(Output("one", "default", {{"train", {"b"}}})).ok());
  const Card card = ParseCard(Readme()).ValueOrDie();
  EXPECT_EQ(card.configs.at(0).splits.size(), 2U);
}

TEST_F(PublishTest, ComparesWithTheHeaderOfCsv) {
  Start();
  ASSERT_TRUE(hub_->CreateRepo(repo_, {}).ok());
  const std::string out = Output("one", "default", {{"train", {"b"}}});
  const auto publish = [&](const std::string& path, const std::string& bytes) {
    EXPECT_TRUE(hub_->Commit({.repo = repo_, .adds = {{path, "", bytes}}}).ok());
    const Status status = Publish(out, {.dry_run = true}).status();
    EXPECT_TRUE(hub_->Commit({.repo = repo_, .deletes = {path}}).ok());
    return std::string(status.message());
  };
  EXPECT_THAT(publish("train.csv", "\xEF\xBB\xBF\"text\",\"a \"\"b\"\"\"\nx,y\n"),
              HasSubstr("column=a \"b\" published=string new=(none)"));
  EXPECT_THAT(publish("train.csv", "words\r\nx\r\n"),
              HasSubstr("column=text published=(none) new=string"));
  EXPECT_THAT(publish("train.tsv", "text\tmore\nx\ty\n"), HasSubstr("column=more"));
  EXPECT_EQ(publish("train.csv", "text\nx\n"), "");
  EXPECT_EQ(publish("train.tsv", "text"), "");
  EXPECT_TRUE(hub_->Commit({.repo = repo_,
                            .adds = {{"README.md", "",
                                      "---\nconfigs:\n- config_name: default\n"
                                      "  data_dir: rows\n---\n"}}})
                  .ok());
  EXPECT_THAT(publish("rows/train.csv", "words\nx\n"), HasSubstr("column=words"));
}

/// An older Hub may hold such a card; ours refuses it through the front door, so it goes in by git.
TEST_F(PublishTest, RefusesABrokenCard) {
  Start();
  const std::string out = Output("one", "default", {{"train", {"a"}}});
  ASSERT_TRUE(hub_->CreateRepo(repo_, {}).ok());
  const std::string git = (folder_ / "hub/repos/datasets/alice/d/git").string();
  const std::string work = (folder_ / "work").string();
  ASSERT_EQ(std::system(("git clone -q '" + git + "' '" + work + "' 2>/dev/null").c_str()), 0);
  const auto refusal = [&](const std::string& card) {
    Write(fs::path(work) / "README.md", card);
    const std::string script =
        "cd '" + work +
        "' && git add . && git -c user.name=a -c user.email=a@b commit -qm x && "
        "git push -q origin HEAD:main 2>&1";
    EXPECT_EQ(std::system(script.c_str()), 0);
    const Status status = Publish(out).status();
    EXPECT_EQ(KindOf(status), FailureKind::kDataRefused);
    EXPECT_THAT(status.message(), HasSubstr("README.md"));
    EXPECT_THAT(status.message(), HasSubstr("remedy: "));
    EXPECT_THAT(Objects(), IsEmpty());
    return std::string(status.message());
  };
  EXPECT_THAT(refusal("---\nok: 1\n\tx: 1\n---\n"), HasSubstr("line=3"));
  EXPECT_THAT(refusal(std::string(kCardBytesMax + 1, 'x')), HasSubstr("too large"));
}

TEST_F(PublishTest, ADryRunChangesNothing) {
  Start();
  const std::string out = Output("one", "default", {{"train", {"a"}}});
  const PublishReport absent = Publish(out, {.dry_run = true}).ValueOrDie();
  EXPECT_EQ(absent.added.size(), 4U);
  EXPECT_FALSE(hub_->FindRepo(repo_).ValueOrDie().has_value());

  ASSERT_TRUE(Publish(out).ok());
  const auto objects = Objects();
  const PublishReport report =
      Publish(Output("one", "default", {{"train", {"bcd", "e"}}}), {.dry_run = true}).ValueOrDie();
  ASSERT_EQ(report.added.size(), 2U);
  EXPECT_EQ(report.added[0].path, "data/train-00000-of-00002.parquet");
  EXPECT_EQ(report.added[0].size_bytes, 3);
  ASSERT_EQ(report.deleted.size(), 1U);
  EXPECT_EQ(report.deleted[0].path, "data/train-00000-of-00001.parquet");
  EXPECT_THAT(report.card_lines, ::testing::Contains("+    num_examples: 2"));
  EXPECT_THAT(report.card_lines, ::testing::Contains("-    num_examples: 1"));
  EXPECT_EQ(Objects(), objects);
  EXPECT_EQ(History().size(), 2U);
  const std::string same = Output("one", "default", {{"train", {"a"}}});
  EXPECT_TRUE(Publish(same, {.dry_run = true}).ValueOrDie().unchanged);
}

TEST_F(PublishTest, TagsAreNeverMoved) {
  Start();
  const PublishReport first =
      Publish(Output("one", "default", {{"train", {"a"}}}), {.tag = "v1"}).ValueOrDie();
  const auto objects = Objects();
  const Status status =
      Publish(Output("one", "default", {{"train", {"b"}}}), {.tag = "v1"}).status();
  EXPECT_EQ(KindOf(status), FailureKind::kService);
  EXPECT_THAT(status.message(), HasSubstr("never moved"));
  EXPECT_EQ(Objects(), objects);  // Found before the upload.
  EXPECT_EQ(hub_->Info(repo_, "v1").ValueOrDie().commit, first.commit);
}

TEST_F(PublishTest, NamesThatHideEachOtherAreRefused) {
  Start();
  const std::string out = Output("one", "default", {{"train", {"a"}}});
  const std::string id(40, 'a');
  for (const PublishOptions& options : std::vector<PublishOptions>{{.branch = id},
                                                                   {.tag = id},
                                                                   {.branch = "x", .tag = "main"},
                                                                   {.branch = "x", .tag = "x"}}) {
    const Status status = Publish(out, options).status();
    EXPECT_EQ(KindOf(status), FailureKind::kWrongUsage) << status;
    EXPECT_THAT(status.message(), HasSubstr("; remedy: another"));
  }
  EXPECT_FALSE(hub_->FindRepo(repo_).ValueOrDie().has_value());
  ASSERT_TRUE(Publish(out, {.tag = "v1"}).ok());
  const Status tag = Publish(out, {.branch = "v1", .dry_run = true}).status();
  EXPECT_EQ(KindOf(tag), FailureKind::kWrongUsage);
  EXPECT_THAT(tag.message(), HasSubstr("branch=v1; remedy: another --branch, or delete the tag"));
  ASSERT_TRUE(hub_->CreateBranch(repo_, "next", "main").ok());
  const Status branch = Publish(out, {.tag = "next"}).status();
  EXPECT_EQ(KindOf(branch), FailureKind::kWrongUsage);
  EXPECT_THAT(branch.message(), HasSubstr("tag=next; remedy: another --tag"));
  EXPECT_EQ(KindOf(hub_->CreateTag(repo_, "main", "main")), FailureKind::kWrongUsage);
  EXPECT_EQ(KindOf(hub_->CreateBranch(repo_, id, "main")), FailureKind::kWrongUsage);
}

TEST_F(PublishTest, VisibilityIsReadBackAndNeverChanged) {
  Start();
  ASSERT_TRUE(hub_->CreateRepo(repo_, {.is_private = false}).ok());
  const std::string out = Output("one", "default", {{"train", {"a"}}});
  const Status refused = Publish(out, {.require_private = true}).status();
  EXPECT_EQ(KindOf(refused), FailureKind::kDataRefused);
  EXPECT_THAT(Objects(), IsEmpty());
  EXPECT_FALSE(Publish(out).ValueOrDie().is_private);
  EXPECT_FALSE(hub_->Info(repo_).ValueOrDie().is_private);
}

TEST_F(PublishTest, TheCheckBeforehandNamesWhatWouldFail) {
  Start();
  EXPECT_TRUE(CheckPublish(*hub_, {.repo = "alice/d"}).ok());
  EXPECT_FALSE(hub_->FindRepo(repo_).ValueOrDie().has_value());
  const auto reader = Client(kReadToken);
  EXPECT_THAT(CheckPublish(*reader, {.repo = "bob/d"}).message(), HasSubstr("may only read"));
  EXPECT_THAT(CheckPublish(*Client(""), {.repo = "alice/d"}).message(), HasSubstr("HF_TOKEN"));
  EXPECT_EQ(KindOf(CheckPublish(*hub_, {})), FailureKind::kWrongUsage);
  EXPECT_EQ(KindOf(CheckPublish(*hub_, {.repo = "models/alice/d"})), FailureKind::kWrongUsage);
}

TEST_F(PublishTest, AnIgnoredFileIsRefusedInsteadOfMissing) {
  Start();
  ASSERT_TRUE(hub_->CreateRepo(repo_, {}).ok());
  ASSERT_TRUE(hub_->Commit({.repo = repo_, .adds = {{".gitignore", "", "data/\n"}}}).ok());
  const Status status = Publish(Output("one", "default", {{"train", {"a"}}})).status();
  EXPECT_EQ(KindOf(status), FailureKind::kDataRefused);
  EXPECT_THAT(status.message(), HasSubstr(".gitignore"));
  EXPECT_THAT(Objects(), IsEmpty());
}

TEST_F(PublishTest, RefusesAFolderThatWasChanged) {
  Start();
  const std::string out = Output("one", "default", {{"train", {"abc"}}});
  Write(fs::path(out) / "data/train-00000-of-00001.parquet", "abd");
  const Status status = Publish(out).status();
  EXPECT_EQ(KindOf(status), FailureKind::kDataRefused);
  EXPECT_THAT(status.message(), HasSubstr("not what the manifest says"));
  EXPECT_FALSE(hub_->FindRepo(repo_).ValueOrDie().has_value());
  EXPECT_EQ(KindOf(Publish((folder_ / "none").string()).status()), FailureKind::kWrongUsage);
}

TEST_F(PublishTest, AnotherBranchStartsAtMain) {
  Start();
  ASSERT_TRUE(Publish(Output("one", "default", {{"train", {"a"}}})).ok());
  const auto main = Ids();
  ASSERT_TRUE(Publish(Output("one", "default", {{"train", {"b"}}}), {.branch = "next"}).ok());
  EXPECT_EQ(Ids(), main);
  EXPECT_NE(Ids("next"), main);
}

TEST_F(PublishTest, RollsBackByANewCommit) {
  Start();
  ASSERT_TRUE(Publish(Output("one", "default", {{"train", {"a", "b"}}}), {.tag = "v1"}).ok());
  const auto before = Ids();
  ASSERT_TRUE(Publish(Output("one", "default", {{"train", {"c"}}, {"test", {"d"}}})).ok());
  const auto objects = Objects();
  const RollbackRequest request{.repo = repo_, .revision = "v1"};
  const CommitResult back = Rollback(*hub_, request).ValueOrDie();
  EXPECT_EQ(Ids(), before);
  EXPECT_EQ(Objects(), objects);
  EXPECT_EQ(History().size(), 4U);
  EXPECT_EQ(History()[0], back.commit);
  EXPECT_TRUE(Rollback(*hub_, request).ValueOrDie().unchanged);
  EXPECT_EQ(History().size(), 4U);
}

TEST_F(PublishTest, RollsBackToTheTagWhereABranchHasItsName) {
  Start();
  ASSERT_TRUE(Publish(Output("one", "default", {{"train", {"a"}}}), {.tag = "v1"}).ok());
  const auto before = Ids();
  ASSERT_TRUE(Publish(Output("one", "default", {{"train", {"b"}}})).ok());
  EXPECT_THAT(hub_->CreateBranch(repo_, "v1", "main").message(), HasSubstr("hide each other"));
  // Other Hubs allow it.
  Write(folder_ / "hub/repos/datasets" / repo_.full() / "git/refs/heads/v1", History()[0] + "\n");
  EXPECT_FALSE(Rollback(*hub_, {.repo = repo_, .revision = "v1"}).ValueOrDie().unchanged);
  EXPECT_EQ(Ids(), before);
}

TEST_F(PublishTest, FailsCleanlyWhereTheHubDoes) {
  Start();
  ASSERT_TRUE(Publish(Output("one", "default", {{"train", {"a"}}})).ok());
  const std::string next = Output("one", "default", {{"train", {"b"}}});
  server_.reset();
  const Status status = Publish(next).status();
  EXPECT_EQ(KindOf(status), FailureKind::kService);
  EXPECT_THAT(status.message(), HasSubstr("remedy: "));
  Start();
  EXPECT_EQ(History().size(), 2U);
}

/// Writers of one repository, each with a config of its own.
TEST_F(PublishTest, ConcurrentWritersBothArrive) {
  Start();
  constexpr int kWriters = 4;
  constexpr int kVersions = 5;
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      const std::string name = Concat("set", writer);
      const auto hub = Client();
      for (int version = 0; version < kVersions; ++version) {
        const std::string out = Output(name, name, {{"train", {Concat(name, " ", version)}}});
        ASSERT_TRUE(PublishFolder(*hub, out, {.repo = "alice/d"}, nullptr).ok());
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(History().size(), 1U + kWriters * kVersions);
  const Card card = ParseCard(Readme()).ValueOrDie();
  EXPECT_EQ(card.configs.size(), size_t(kWriters));
}

/// One answer in eight fails.  What was reported as done must be there; nothing else may be.
TEST_F(PublishTest, FiveHundredPublishesThroughFaultsLoseNothing) {
  constexpr int kWriters = 5;
  constexpr int kVersions = 100;
  Start(/*fault_seed=*/20261121);
  struct Done {
    std::string repo;
    std::string name;
    std::string commit;
    std::string sha256;
  };
  std::mutex mutex;
  std::vector<Done> done;
  std::vector<std::string> failures;
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      // Two writers a repository meet; each repository has its share.
      const std::string repo = Concat("alice/r", writer / 2);
      const std::string name = Concat("set", writer);
      const auto hub = Client();
      for (int version = 0; version < kVersions; ++version) {
        const std::string text = Concat(name, " version ", version);
        const std::string out = Output(name, name, {{"train", {text}}});
        Result<PublishReport> report = PublishFolder(*hub, out, {.repo = repo}, nullptr);
        for (int retry = 0; retry < 3 && !report.ok(); ++retry) {
          EXPECT_EQ(KindOf(report.status()), FailureKind::kService) << report.status().message();
          EXPECT_THAT(report.status().message(), HasSubstr("remedy: "));
          report = PublishFolder(*hub, out, {.repo = repo}, nullptr);
        }
        const std::lock_guard lock(mutex);
        if (report.ok()) {
          done.push_back({repo, name, report->commit, Sha256Hex(text)});
        } else {
          failures.push_back(report.status().message());
        }
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_THAT(failures, IsEmpty());
  ASSERT_EQ(done.size(), size_t(kWriters * kVersions));

  Start();  // The same folder without faults.
  std::map<std::string, std::set<std::string>> history;
  size_t commits = 0;
  for (int repo = 0; repo <= (kWriters - 1) / 2; ++repo) {
    const auto ids = History(Concat("alice/r", repo));
    history[Concat("alice/r", repo)] = {ids.begin(), ids.end()};
    commits += ids.size() - 1;
  }
  EXPECT_EQ(commits, done.size());  // None twice, none that nobody asked for.
  for (const Done& one : done) {
    EXPECT_TRUE(history[one.repo].contains(one.commit));
    const auto found = hub_->FindPaths(ParseRepoId(one.repo).ValueOrDie(), one.commit,
                                       {one.name + "/train-00000-of-00001.parquet"})
                           .ValueOrDie();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].sha256, one.sha256);
  }
}

}  // namespace
}  // namespace hubmill
