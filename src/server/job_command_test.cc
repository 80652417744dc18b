#include "server/job_command.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

namespace hubmill::server {
namespace {

using Words = std::vector<std::string>;

TEST(JobCommandTest, AnExportIsTheSignalsCommand) {
  Job job{.output_dir = "/d/runs/hf_export/1"};
  job.request.kind = JobRequest::Kind::kSignalsExport;
  EXPECT_EQ(CommandOf(job, "/bin/hubmill").arguments,
            (Words{"/bin/hubmill", "signals", "export", "--out-dir=/d/runs/hf_export/1"}));
  job.request.source = "mock";
  job.request.industry = "hvac";
  job.request.max_rows = 9;
  job.request.push = true;
  EXPECT_EQ(CommandOf(job, "/bin/hubmill").arguments,
            (Words{"/bin/hubmill", "signals", "export", "--source=mock", "--industry=hvac",
                   "--max-rows=9", "--out-dir=/d/runs/hf_export/1", "--push"}));
}

TEST(JobCommandTest, ARecipesValuesAreSingleArguments) {
  Job job{.output_dir = "/d/jobs/1/out"};
  job.request = {.recipe = "r",
                 .recipe_file = "/recipes/r.yaml",
                 .set = {{"a", "--push; $(x) 'y' = z"}},
                 .limit = 0,
                 .seed = 3,
                 .dry_run = true};
  EXPECT_EQ(CommandOf(job, "h").arguments,
            (Words{"h", "run", "/recipes/r.yaml", "--out", "/d/jobs/1/out", "--set",
                   "a=--push; $(x) 'y' = z", "--limit", "0", "--seed", "3", "--dry-run",
                   "--no-progress", "--progress-file", "/dev/fd/3"}));
}

TEST(JobCommandTest, WhatARecipeDropsIsKeptBesideItsOutput) {
  Job job{.output_dir = "/d/jobs/1/out"};
  job.request = {.recipe = "r", .recipe_file = "r"};
  const Words arguments = CommandOf(job, "h").arguments;
  const auto option = std::find(arguments.begin(), arguments.end(), "--rejects");
  ASSERT_NE(option, arguments.end());
  EXPECT_EQ(option[1], "/d/jobs/1/rejects");
}

TEST(JobCommandTest, JobsDoNotSeeTheServersToken) {
  setenv("HUBMILL_TOKEN", "secret-of-the-server", 1);
  setenv("HF_TOKEN", "of-the-hub", 1);
  const Words environment = CommandOf(Job{}, "h").environment;
  unsetenv("HUBMILL_TOKEN");
  unsetenv("HF_TOKEN");
  EXPECT_TRUE(std::none_of(environment.begin(), environment.end(), [](const std::string& v) {
    return v.find("secret-of-the-server") != v.npos;
  }));
  EXPECT_EQ(std::count(environment.begin(), environment.end(), "HF_TOKEN=of-the-hub"), 1);
}

}  // namespace
}  // namespace hubmill::server
