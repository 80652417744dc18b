#include "tracking/tracker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "net/retry.h"

namespace hubmill {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class FixedClock final : public Clock {
 public:
  int64_t UnixNanos() override { return 1'700'000'000'000'000'000 + 500'000'000 * calls_++; }

 private:
  int64_t calls_ = 0;
};

class NoWaiting final : public PauseClock {
 public:
  int64_t UnixMillis() override { return 0; }
  bool Pause(int64_t, const std::function<bool()>&) override { return true; }
};

class TrackerTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "tracker_test_" + std::to_string(getpid());
    fs::remove_all(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  TrackOptions Options(TrackerKind kind) {
    return {
        .kind = kind,
        .folder = folder_,
        .wandb = {.base_url = "http://127.0.0.1:1", .api_key = "key-of-wandb", .clock = &pauses_},
        .secrets = {"postgresql://u:pw@h/d"},
        .clock = &clock_};
  }

  std::string folder_;
  FixedClock clock_;
  NoWaiting pauses_;
};

TEST_F(TrackerTest, EventsAreLinesThatReadBackWithoutSecrets) {
  TrackJson config = {{"source", "postgresql://u:pw@h/d"}, {"rows_min", 1000}};
  auto started =
      Tracker::Start(Options(TrackerKind::kJsonl),
                     {.project = "p", .job_type = "prepare", .tags = {"a"}, .config = config});
  ASSERT_TRUE(started.ok()) << started.status();
  Tracker* const tracker = started->get();
  ASSERT_TRUE(tracker->Log({{"status", "starting"}}).ok());
  ASSERT_TRUE(tracker->Log({{"rows", 3}}).ok());
  ASSERT_TRUE(tracker->Alert(AlertLevel::kWarn, "T", "at postgresql://u:pw@h/d/x").ok());
  ASSERT_TRUE(tracker->Finish(1).ok());
  EXPECT_EQ(tracker->warning(), "");
  auto events = EventLog::Load(tracker->file());
  ASSERT_TRUE(events.ok()) << events.status();
  ASSERT_EQ(events->size(), 5u);
  EXPECT_EQ((*events)[0]["config"]["source"], "***");
  EXPECT_EQ((*events)[0]["time"], 1700000000.5);
  EXPECT_EQ((*events)[2]["step"], 1);
  EXPECT_EQ((*events)[3]["text"], "at ***/x");
  EXPECT_EQ((*events)[3]["level"], "WARN");
  EXPECT_EQ((*events)[4]["exit_code"], 1);
}

TEST_F(TrackerTest, AServerThatIsAwayIsOneWarning) {
  auto started = Tracker::Start(Options(TrackerKind::kWandb), {.project = "p"});
  ASSERT_TRUE(started.ok()) << started.status();
  Tracker* const tracker = started->get();
  ASSERT_TRUE(tracker->Log({{"n", 1}}).ok());
  EXPECT_THAT(tracker->warning(), HasSubstr("hubmill track sync " + tracker->file()));
  EXPECT_EQ(tracker->warning().find("key-of-wandb"), std::string::npos);
  EXPECT_EQ(ReadSentCount(tracker->file()), 0);
  EXPECT_EQ(EventLog::Load(tracker->file())->size(), 2u);
}

TEST_F(TrackerTest, NoneLeavesNothing) {
  auto started = Tracker::Start(Options(TrackerKind::kNone), {.project = "p"});
  ASSERT_TRUE(started.ok()) << started.status();
  Tracker* const tracker = started->get();
  ASSERT_TRUE(tracker->Log({{"n", 1}}).ok());
  ASSERT_TRUE(tracker->Finish(0).ok());
  EXPECT_FALSE(fs::exists(folder_));
}

TEST_F(TrackerTest, ALineThatADiskCutsIsTakenBack) {
  auto log = EventLog::Create(folder_ + "/x.jsonl");
  ASSERT_TRUE(log.ok()) << log.status();
  ASSERT_TRUE(log->Append({{"event", "start"},
                           {"time", 1},
                           {"run", "r"},
                           {"project", "p"},
                           {"entity", ""},
                           {"job_type", ""},
                           {"tags", TrackJson::array()},
                           {"config", TrackJson::object()}})
                  .ok());
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit full{.rlim_cur = rlim_t(fs::file_size(log->file())) + 20,
                    .rlim_max = before.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &full), 0);
  const Status cut = log->Append({{"event", "finish"}, {"time", 2}, {"exit_code", 0}});
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(cut.message(), HasSubstr("cannot write events"));
  ASSERT_TRUE(log->Append({{"event", "finish"}, {"time", 3}, {"exit_code", 1}}).ok());
  const auto events = EventLog::Load(log->file());
  ASSERT_TRUE(events.ok()) << events.status();
  ASSERT_EQ(events->size(), 2u);
  EXPECT_EQ((*events)[1]["time"], 3);
}

TEST_F(TrackerTest, FilesThatAreNoEvents) {
  fs::create_directories(folder_);
  const std::string file = folder_ + "/x.jsonl";
  const std::string start =
      R"({"event":"start","time":1,"run":"r","project":"p","entity":"","job_type":"","tags":[],"config":{}})";
  const auto load = [&](const std::string& text) {
    std::ofstream(file, std::ios::binary) << text;
    return EventLog::Load(file);
  };
  EXPECT_EQ(load(start + "\n{\"event\":\"lo").ValueOrDie().size(), 1u);  // Cut by a crash.
  for (const std::string& text :
       {std::string("{}\n"), std::string("nonsense\n"), start + "\n" + start + "\n",
        start + "\n{\"event\":\"log\",\"time\":2,\"step\":0}\n{}\n",
        std::string(R"({"event":"finish","time":1,"exit_code":0})") + "\n"}) {
    const auto events = load(text);
    ASSERT_FALSE(events.ok()) << text;
    EXPECT_EQ(KindOf(events.status()), FailureKind::kDataRefused);
    EXPECT_THAT(events.status().message(), HasSubstr("row="));
  }
  EXPECT_EQ(KindOf(EventLog::Load(folder_ + "/none").status()), FailureKind::kWrongUsage);
}

}  // namespace
}  // namespace hubmill
