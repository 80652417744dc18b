// With a stand-in of Semgrep's command line that does whatever the scanned files ask for.
#include "security/tools/tool_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "io/temporary_folder.h"
#include "security/configs/config_files.h"
#include "security/tools/tool_program.h"
#include "security/tools/tool_set.h"

namespace hubmill {
namespace {

using ::testing::HasSubstr;

constexpr char kSemgrep[] = R"(#!/bin/sh
if [ "$1" = --version ]; then echo "There is news"; echo; echo 1.141.1; exit 0; fi
echo call >> HERE/calls
grep -rq CRASH f && kill -SEGV $$
grep -rq HANG f && { sleep 100 & wait; }
grep -rq GARBAGE f && { echo "no json"; exit 0; }
grep -rq ENDLESS f && yes
grep -rq EXIT f && exit 7
grep -rq EAT f && { head -c 500000000 /dev/zero | tail -c 500000000 | sleep 100; }
list() { sep=; for p in $(grep -rl "$1" f | sort); do printf "$sep$2" "$p"; sep=,; done; }
printf '{"results":['
list BAD '{"check_id":"rules.bad","path":"%s","start":{"line":2},"extra":{"severity":"ERROR","message":"m"}}'
printf '],"errors":[],"paths":{"scanned":['
list '' '"%s"'
printf ']}}'
)";

class ToolRunner : public testing::Test {
 protected:
  void SetUp() override {
    root_ = *TemporaryFolder::Make("tool-runner");
    program_ = root_->path() + "/semgrep";
    WriteProgram(kSemgrep);
    options_ = {.threads = 2, .time_limit_s = 20, .cache_dir = root_->path() + "/cache"};
  }

  void WriteProgram(std::string text) const {
    for (size_t at; (at = text.find("HERE")) != std::string::npos;) {
      text.replace(at, 4, root_->path());
    }
    std::ofstream(program_) << text;
    chmod(program_.c_str(), 0755);
  }

  static ConfigFile FileOf(const std::string& path, const std::string& text) {
    return {ConfigLang::kK8s, path, text, ConfigHash(text)};
  }

  Result<ScanReport> RunTool(const std::vector<ConfigFile>& files, Progress* progress = nullptr) {
    std::vector<Tool> tools;
    tools.push_back({MakeSemgrep(), program_, "1.141.1"});
    return ScanConfigs(tools, files, options_, progress);
  }

  int Calls() const {
    std::ifstream file(root_->path() + "/calls");
    int calls = 0;
    for (std::string line; std::getline(file, line);) ++calls;
    return calls;
  }

  std::unique_ptr<TemporaryFolder> root_;
  std::string program_;
  ToolRunOptions options_;
};

TEST_F(ToolRunner, BatchesDifferentTextsAndTellsEachFile) {
  std::vector<ConfigFile> files;
  for (int i = 0; i < 20; ++i) {
    files.push_back(FileOf(Concat("--odd\nname", i, ".yaml"), Concat("a: ", i / 2, "\n", "BAD\n")));
  }
  auto report = RunTool(files);
  ASSERT_TRUE(report.ok()) << report.status();
  for (size_t i = 0; i < files.size(); ++i) {
    ASSERT_EQ(report->files[i].findings.size(), 1U);
    EXPECT_EQ(report->files[i].findings[0],
              (Finding{"semgrep", "bad", "high", "ERROR", "m", files[i].path + ":2"}));
  }
  EXPECT_EQ(report->tools["semgrep"].texts, 10) << "the same text is asked about once";
  EXPECT_EQ(Calls(), 2) << "one call a thread";
}

TEST_F(ToolRunner, AsksNothingTwice) {
  const std::vector<ConfigFile> files = {FileOf("a", "BAD\n"), FileOf("b", "fine\n")};
  auto first = RunTool(files);
  ASSERT_TRUE(first.ok());
  const int calls = Calls();
  auto again = RunTool({FileOf("moved/a", "BAD\n"), files[1]});
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(Calls(), calls);
  EXPECT_EQ(again->tools["semgrep"].cached, 2);
  EXPECT_EQ(again->files[0].findings[0].loc, "moved/a:2") << "the place is not of the text";
}

TEST_F(ToolRunner, WhatTheCacheHasLostIsAskedAgain) {
  const std::vector<ConfigFile> files = {FileOf("a", "BAD\n")};
  ASSERT_TRUE(RunTool(files).ok());
  for (const auto& entry : std::filesystem::recursive_directory_iterator(options_.cache_dir)) {
    if (!entry.is_regular_file()) continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(80);
    file << "XX";
  }
  auto again = RunTool(files);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(Calls(), 2);
  EXPECT_EQ(again->files[0].findings.size(), 1U);
}

TEST_F(ToolRunner, OneBadFileIsFoundAndLosesNoOther) {
  for (const auto& [word, why] :
       std::map<std::string, std::string>{{"CRASH", "signal=11"},
                                          {"GARBAGE", "it is no JSON"},
                                          {"EXIT", "unexpected status: exit=7"},
                                          {"ENDLESS", "wrote more than"}}) {
    options_.cache_dir = root_->path() + "/cache-" + word;
    std::vector<ConfigFile> files;
    for (int i = 0; i < 9; ++i) files.push_back(FileOf(Concat(i), Concat(i, " BAD\n")));
    files[6] = FileOf("6", word + "\n");
    auto report = RunTool(files);
    ASSERT_TRUE(report.ok()) << report.status();
    for (size_t i = 0; i < files.size(); ++i) {
      EXPECT_EQ(report->files[i].findings.size(), i == 6 ? 0U : 1U) << word << " " << i;
    }
    EXPECT_THAT(report->files[6].failure, HasSubstr(why));
    EXPECT_EQ(report->files[6].failed_tool, "semgrep");
    EXPECT_EQ(report->tools["semgrep"].failures, 1);
  }
}

TEST_F(ToolRunner, ABrokenToolFailsTheRunAndSoon) {
  std::vector<ConfigFile> files;
  for (int i = 0; i < 200; ++i) files.push_back(FileOf(Concat(i), Concat(i, " EXIT\n")));
  const auto report = RunTool(files);
  ASSERT_FALSE(report.ok());
  EXPECT_THAT(report.status().message(), HasSubstr("no answer at all: tool=semgrep"));
  EXPECT_LT(Calls(), 60);
}

TEST_F(ToolRunner, ATimeLimitEndsWhatHangs) {
  options_.time_limit_s = 1;
  auto report = RunTool({FileOf("a", "HANG\n"), FileOf("b", "BAD\n")});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->files[0].failure, HasSubstr("ran longer than 1000 ms"));
  EXPECT_EQ(report->files[1].findings.size(), 1U);
}

TEST_F(ToolRunner, AMemoryLimitEndsWhatEats) {
  options_.memory_bytes = 100 << 20;
  auto report = RunTool({FileOf("a", "EAT\n"), FileOf("b", "x\n")});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->files[0].failure, HasSubstr("used more than 100 MiB"));
  EXPECT_EQ(report->files[1].failure, "");
}

TEST_F(ToolRunner, ThatFailsOnAllItIsAskedFailsTheRun) {
  options_.memory_bytes = 100 << 20;
  const auto report = RunTool({FileOf("a", "EAT\n")});
  ASSERT_FALSE(report.ok());
  EXPECT_THAT(report.status().message(), HasSubstr("gives no answer at all"));
}

TEST_F(ToolRunner, CanBeCancelled) {
  Progress progress;
  progress.cancel = true;
  const auto report = RunTool({FileOf("a", "HANG\n")}, &progress);
  ASSERT_FALSE(report.ok());
  EXPECT_THAT(report.status().message(), HasSubstr("interrupted"));
}

TEST(Versions, AreKeysAndValues) {
  auto versions = ParseVersions("# pins\nOPA_VERSION = 1.9.0  # now\n\nX=1\n", "v");
  ASSERT_TRUE(versions.ok());
  EXPECT_EQ((*versions)["OPA_VERSION"], "1.9.0");
  EXPECT_THAT(ParseVersions("OPA_VERSION\n", "v").status().message(), HasSubstr("line=1"));
  EXPECT_THAT(ParseVersions("A=1\nA=2\n", "v").status().message(), HasSubstr("twice"));
  EXPECT_FALSE(ParseVersions("A=\n", "v").ok());
}

TEST(Versions, OfWhatToolsSay) {
  EXPECT_EQ(VersionOf(ToolId::kOpa, "\nVersion: 1.9.0\nGo Version: go1.26.8\n").number, "1.9.0");
  EXPECT_EQ(VersionOf(ToolId::kOpa, "Version: 1.9.0\n").said, "Version: 1.9.0");
  EXPECT_EQ(VersionOf(ToolId::kSemgrep, "A new version 9.9 is there\n\n1.141.1\n").number,
            "1.141.1");
  EXPECT_EQ(VersionOf(ToolId::kKubeLinter, "0.7.6\n").number, "0.7.6");
  EXPECT_EQ(VersionOf(ToolId::kCheckov, "usage: checkov\n").number, "");
}

class ToolSetTest : public ToolRunner {
 protected:
  void SetUp() override {
    ToolRunner::SetUp();
    setenv("SEMGREP", program_.c_str(), 1);
    unsetenv("KUBELINTER");
    setenv("PATH", "/usr/bin:/bin", 1);
    set_.tools_dir = root_->path() + "/none";
  }
  void TearDown() override { unsetenv("SEMGREP"); }
  ToolSetOptions set_;
};

TEST_F(ToolSetTest, AVersionMustBeThePinned) {
  auto found = OpenTools(set_, {ToolId::kSemgrep}, nullptr);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->versions["semgrep"], "1.141.1");
  set_.versions_file = root_->path() + "/versions.txt";
  std::ofstream(set_.versions_file) << "SEMGREP_VERSION=1.137.0\n";
  const Status refused = OpenTools(set_, {ToolId::kSemgrep}, nullptr).status();
  EXPECT_EQ(KindOf(refused), FailureKind::kWrongUsage);
  EXPECT_THAT(refused.message(), HasSubstr("semgrep version=1.141.1 pin=1.137.0"));
  set_.any_version = true;
  EXPECT_TRUE(OpenTools(set_, {ToolId::kSemgrep}, nullptr).ok());
}

TEST_F(ToolSetTest, AMissingToolIsNamedOrKnowinglySkipped) {
  const Status missing = OpenTools(set_, {ToolId::kKubeLinter, ToolId::kSemgrep}, nullptr).status();
  EXPECT_EQ(KindOf(missing), FailureKind::kWrongUsage);
  EXPECT_THAT(missing.message(), HasSubstr("kube-linter"));
  EXPECT_THAT(missing.message(), HasSubstr("KUBELINTER="));
  EXPECT_THAT(missing.message(), HasSubstr("install-tools"));
  set_.allow_missing = true;
  auto found = OpenTools(set_, {ToolId::kKubeLinter, ToolId::kSemgrep}, nullptr);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->versions["kube-linter"], kSkippedTool);
  EXPECT_EQ(found->tools.size(), 1U);
  setenv("SEMGREP", "/nowhere/semgrep", 1);
  EXPECT_FALSE(OpenTools(set_, {ToolId::kSemgrep}, nullptr).ok())
      << "what a variable names must be there";
}

TEST_F(ToolSetTest, AToolThatDoesNotTellItsVersionIsNotTrusted) {
  WriteProgram("#!/bin/sh\nexit 3\n");
  const Status status = OpenTools(set_, {ToolId::kSemgrep}, nullptr).status();
  EXPECT_THAT(status.message(), HasSubstr("does not tell its version"));
}

TEST_F(ToolSetTest, AVersionIsRememberedAsLongAsTheProgramIsTheSame) {
  set_.cache_dir = options_.cache_dir;
  ASSERT_TRUE(OpenTools(set_, {ToolId::kSemgrep}, nullptr).ok());
  ASSERT_TRUE(OpenTools(set_, {ToolId::kSemgrep}, nullptr).ok());
  WriteProgram("#!/bin/sh\necho 1.150.0\n");
  EXPECT_FALSE(OpenTools(set_, {ToolId::kSemgrep}, nullptr).ok());
}

}  // namespace
}  // namespace hubmill
