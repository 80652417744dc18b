#include "server/job_log.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "server/uuid.h"

namespace hubmill::server {
namespace {

class JobLogTest : public testing::Test {
 protected:
  JobLogTest() : folder_(testing::TempDir() + "log-" + NewUuid()) {}
  ~JobLogTest() override { std::filesystem::remove_all(folder_); }

  std::vector<JobEvent> All(int64_t after = 0) {
    std::vector<JobEvent> all;
    EventReader reader(folder_, after);
    for (auto some = reader.Read(); !some.empty(); some = reader.Read()) {
      all.insert(all.end(), some.begin(), some.end());
    }
    return all;
  }
  std::string folder_;
};

TEST_F(JobLogTest, LinesBecomeEventsHoweverTheyCome) {
  JobLog log = *JobLog::Open(folder_);
  log.AppendEvent("state", "{}");
  log.Append(LogStream::kMessages, "on");
  log.Append(LogStream::kOutput, "a\xff\"\n\nb");
  log.Append(LogStream::kMessages, "e\n");
  EXPECT_EQ(All().size(), 4u);
  log.Flush();
  const std::vector<JobEvent> events = All();
  ASSERT_EQ(events.size(), 5u);
  EXPECT_EQ(events[0].type, "state");
  EXPECT_EQ(events[1].data, R"({"stream":"stdout","line":"a)"
                            "\xEF\xBF\xBD"
                            R"(\""})");
  EXPECT_EQ(events[3].data, R"({"stream":"stderr","line":"one"})");
  EXPECT_EQ(events[4].data, R"({"stream":"stdout","line":"b"})");
  EXPECT_EQ(events[4].number, 5);
  EXPECT_EQ(All(3).size(), 2u);
  EXPECT_EQ(All(99).size(), 0u);
  EXPECT_EQ(log.MessagesTail(), "one");
}

TEST_F(JobLogTest, AReaderSeesWhatIsAddedLater) {
  EventReader reader(folder_, 0);
  EXPECT_TRUE(reader.Read().empty()) << "no folder yet";
  JobLog log = *JobLog::Open(folder_);
  log.AppendEvent("progress", "{}");
  EXPECT_EQ(reader.Read().size(), 1u);
  EXPECT_TRUE(reader.Read().empty());
  log.AppendEvent("progress", "{}");
  ASSERT_EQ(reader.Read().size(), 1u);
  EXPECT_EQ(reader.last_number(), 2);
}

TEST_F(JobLogTest, ProgressIsBoundedToo) {
  JobLog log = *JobLog::Open(folder_);
  const std::string progress = "{\"x\":\"" + std::string(30'000, 'x') + "\"}";
  for (int i = 0; i < 1000; ++i) log.AppendEvent("progress", progress);
  EXPECT_LT(std::filesystem::file_size(folder_ + "/events"), kEventsBytesMax + 1000u);
  log.AppendEvent("state", "{}");
  EXPECT_EQ(All().back().type, "state") << "states come through";
}

TEST_F(JobLogTest, LongProgressLeavesRoomForTheRest) {
  JobLog log = *JobLog::Open(folder_);
  const std::string stages = ",\"datasets\":[\"" + std::string(30'000, 'x') + "\"]";
  for (int i = 0; i < 1000; ++i) {
    log.AppendEvent("progress", Concat("{\"rows_read\":", i, stages, "}"));
  }
  EXPECT_LT(std::filesystem::file_size(folder_ + "/events"), kEventsBytesMax * 3 / 4);
  EXPECT_EQ(All().back().data, R"({"rows_read":999})");
}

TEST_F(JobLogTest, FilesAreBounded) {
  JobLog log = *JobLog::Open(folder_);
  const std::string line = std::string(999, 'x') + "\n";
  std::string piece;
  for (int i = 0; i < 1000; ++i) piece += line;
  for (int i = 0; i < 30; ++i) log.Append(LogStream::kMessages, piece);
  log.Append(LogStream::kMessages, std::string(100'000, 'y'));  // Without an end.
  log.Flush();
  EXPECT_LT(std::filesystem::file_size(folder_ + "/stderr.log"), kLogBytesMax + 100u);
  EXPECT_LT(std::filesystem::file_size(folder_ + "/events"), kEventsBytesMax + 1000u);
  log.AppendEvent("state", "{}");
  EXPECT_EQ(All().back().type, "state") << "states come through";
  EXPECT_LE(log.MessagesTail().size(), 2 * kTailBytesMax);
}

}  // namespace
}  // namespace hubmill::server
