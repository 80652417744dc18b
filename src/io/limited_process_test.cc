#include "io/limited_process.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

namespace hubmill {
namespace {

using Outcome = ProcessAnswer::Outcome;

ChildCommand Shell(const std::string& text) {
  return {.arguments = {"/bin/sh", "-c", text}, .environment = {"PATH=/usr/bin:/bin"}};
}

ProcessAnswer RunShell(const std::string& text, const ProcessLimits& limits = {},
                       const std::atomic<bool>* cancel = nullptr) {
  auto answer = RunLimited(Shell(text), limits, cancel);
  EXPECT_TRUE(answer.ok()) << answer.status();
  return answer.ok() ? *std::move(answer) : ProcessAnswer{};
}

TEST(LimitedProcess, GivesWhatAProgramSaysAndHowItEnded) {
  const ProcessAnswer answer = RunShell("echo out; echo err >&2; exit 3");
  EXPECT_TRUE(answer.Exited());
  EXPECT_EQ(answer.end.exit_status, 3);
  EXPECT_EQ(answer.output, "out\n");
  EXPECT_EQ(answer.messages, "err\n");
  EXPECT_EQ(answer.Describe({}), "exit=3");
  const ProcessAnswer killed = RunShell("kill -SEGV $$");
  EXPECT_FALSE(killed.Exited());
  EXPECT_EQ(killed.Describe({}), "signal=11");
}

TEST(LimitedProcess, RunsInAFolder) {
  ChildCommand command = Shell("pwd");
  command.directory = "/usr";
  auto answer = RunLimited(command, {}, nullptr);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->output, "/usr\n");
}

TEST(LimitedProcess, KeepsALongAnswerWhole) {
  const ProcessAnswer answer = RunShell("head -c 3000000 /dev/zero; exit 0");
  EXPECT_TRUE(answer.Exited());
  EXPECT_EQ(answer.output.size(), 3'000'000U);
}

TEST(LimitedProcess, EndsWhatHangsWithItsChildren) {
  const auto file = std::filesystem::temp_directory_path() /
                    ("hubmill_limited_process_" + std::to_string(getpid()));
  const auto start = std::chrono::steady_clock::now();
  const ProcessAnswer answer =
      RunShell("sleep 60 & echo $! > " + file.string() + "; sleep 60", {.wall_ms = 300});
  EXPECT_EQ(answer.outcome, Outcome::kTooLong);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
  int child = 0;
  std::ifstream(file) >> child;
  ASSERT_GT(child, 0);
  for (int i = 0; i < 100 && kill(child, 0) == 0; ++i) {
    std::ifstream stat("/proc/" + std::to_string(child) + "/stat");
    std::string text;
    std::getline(stat, text);
    if (text.find(") Z") != std::string::npos) break;  // Dead; nobody has asked after it yet.
    ASSERT_LT(i, 99) << "the child's child lives on";
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  std::filesystem::remove(file);
}

TEST(LimitedProcess, AChildThatKeepsThePipeOpenDelaysNothing) {
  const auto start = std::chrono::steady_clock::now();
  const ProcessAnswer answer = RunShell("sleep 60 & echo done");
  EXPECT_TRUE(answer.Exited());
  EXPECT_EQ(answer.output, "done\n");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST(LimitedProcess, BoundsOutputAndMessages) {
  const ProcessAnswer endless = RunShell("yes", {.output_bytes = 1 << 20});
  EXPECT_EQ(endless.outcome, Outcome::kTooMuchOutput);
  EXPECT_LT(endless.output.size(), size_t{64} << 20);
  const ProcessAnswer chatty = RunShell("head -c 1000000 /dev/zero >&2; echo end >&2");
  EXPECT_LE(chatty.messages.size(), kMessagesBytesMax);
  EXPECT_TRUE(chatty.messages.ends_with("end\n"));
}

TEST(LimitedProcess, BoundsMemoryOfAllItsProcesses) {
  const ProcessAnswer answer =
      RunShell("(head -c 400000000 /dev/zero | tail -c 400000000 | sleep 60) & wait",
               {.wall_ms = 60'000, .memory_bytes = 100 << 20});
  EXPECT_EQ(answer.outcome, Outcome::kTooMuchMemory);
}

TEST(LimitedProcess, CanBeCancelled) {
  std::atomic<bool> cancel{false};
  std::thread later([&cancel] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    cancel = true;
  });
  EXPECT_EQ(RunShell("sleep 60", {}, &cancel).outcome, Outcome::kCancelled);
  later.join();
}

TEST(LimitedProcess, SaysWhichProgramIsMissing) {
  auto answer = RunLimited({.arguments = {"/nowhere/tool"}}, {}, nullptr);
  ASSERT_FALSE(answer.ok());
  EXPECT_NE(answer.status().message().find("program=/nowhere/tool"), std::string::npos);
}

}  // namespace
}  // namespace hubmill
