#include "llm/adapter.h"

#include <gtest/gtest.h>

namespace hubmill {
namespace {

TEST(Adapter, EveryShippedOneIsReadAndFoundByItsName) {
  EXPECT_GE(BuiltinAdapters().size(), 9U);
  for (const auto& shipped : BuiltinAdapters()) {
    const auto read = AdapterFor(shipped.first);
    ASSERT_TRUE(read.ok()) << read.status().ToString();
    EXPECT_EQ(read->name, shipped.first);
  }
  EXPECT_EQ(AdapterFor("nobody/knows")->name, "chat");
}

TEST(Adapter, DomainsOfTheOriginal) {
  const Adapter none;
  const std::pair<const char*, const char*> probes[] = {
      {"nvidia/Nemotron-Math-v2", "math"},
      {"nvidia/Nemotron-Math-Proofs-v1", "proof"},
      {"me/MyProofs", "proof"},
      {"nvidia/Nemotron-Science-v1", "science"},
      {"nvidia/Nemotron-Agentic-v1", "agentic"},
      {"nvidia/Nemotron-Instruction-Following-Chat-v1", "chat_if"},
      {"x/y", "math"},
      {"x/Proofs-Science", "proof"}};
  for (const auto& [dataset, domain] : probes) EXPECT_EQ(DomainOf(none, dataset, true), domain);
}

TEST(Adapter, NoDomainIsGuessed) {
  Adapter adapter;
  EXPECT_EQ(DomainOf(adapter, "x/y", false), "");
  EXPECT_EQ(DomainOf(adapter, "radna0/nemotron-math-v2-harmony-tools", false), "math");
  EXPECT_EQ(DomainOf(adapter, "x/MATH", false), "math");
  EXPECT_EQ(DomainOf(adapter, "me/MyProofs", false), "proof");
  adapter.domain = "chat";
  EXPECT_EQ(DomainOf(adapter, "x/MATH", true), "chat");
}

TEST(Adapter, DifficultiesOfTheOriginal) {
  const std::pair<const char*, const char*> probes[] = {
      {"low", "low"}, {"lowish", "low"},    {"medium", "medium"}, {"high_part00", "high"},
      {"HIGH", ""},   {"tool_calling", ""}, {"highlight", "high"}};
  for (const auto& [split, bin] : probes) EXPECT_EQ(DifficultyOfSplit(split), bin);
}

TEST(Adapter, RolesMeanWhatThereIs) {
  const auto good = ParseAdapter("{adapter: a, messages: m, roles: {x: call, y: tool}}", "a.yaml");
  EXPECT_TRUE(good.ok()) << good.status().ToString();
  const auto bad = ParseAdapter("{adapter: a, messages: m, roles: {human: person}}", "a.yaml");
  EXPECT_EQ(KindOf(bad.status()), FailureKind::kWrongUsage);
}

}  // namespace
}  // namespace hubmill
