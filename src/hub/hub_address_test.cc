#include "hub/hub_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hubmill {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

HubAddress Parsed(std::string_view text) {
  const auto address = ParseHubAddress(text);
  EXPECT_TRUE(address.ok()) << text << " " << address.status();
  return address.ok() ? *address : HubAddress{};
}

std::string Refused(std::string_view text) {
  const auto address = ParseHubAddress(text);
  EXPECT_FALSE(address.ok()) << text;
  if (address.ok()) return "";
  EXPECT_EQ(KindOf(address.status()), FailureKind::kWrongUsage);
  return address.status().message();
}

TEST(HubAddress, HasRepositoryRevisionAndPath) {
  const HubAddress full = Parsed("hub://alice/chat@v1/data/train-?[0-9].parquet");
  EXPECT_EQ(full.repo.full(), "alice/chat");
  EXPECT_EQ(full.repo.type, RepoType::kDataset);
  EXPECT_EQ(full.revision, "v1");
  EXPECT_EQ(full.path, "data/train-?[0-9].parquet");
  EXPECT_EQ(full.root, "hub://alice/chat@v1");

  EXPECT_EQ(Parsed("hub://alice/chat").revision, "main");
  EXPECT_EQ(Parsed("hub://alice/chat").path, "");
  EXPECT_EQ(Parsed("hub://alice/chat/data/").path, "data");
  EXPECT_EQ(Parsed("hub://datasets/alice/chat").repo.type, RepoType::kDataset);
  EXPECT_EQ(Parsed("hub://models/alice/m/x.jsonl").repo.type, RepoType::kModel);
  EXPECT_EQ(Parsed("hub://spaces/alice/s@main/x.csv").repo.type, RepoType::kSpace);
}

TEST(HubAddress, ANameAloneIsTheUsersOwn) {
  EXPECT_EQ(Parsed("hub://chat").repo.space, "");
  EXPECT_EQ(Parsed("hub://chat/").repo.name, "chat");
  const HubAddress own = Parsed("hub://chat@main/data/x.csv");
  EXPECT_EQ(own.repo.full(), "chat");
  EXPECT_EQ(own.path, "data/x.csv");
}

TEST(HubAddress, RevisionsMayHoldSlashes) {
  EXPECT_EQ(Parsed("hub://a/d@dev%2Fx/data").revision, "dev/x");
  EXPECT_EQ(Parsed("hub://a/d@refs/pr/1/data/x.csv").revision, "refs/pr/1");
  EXPECT_EQ(Parsed("hub://a/d@refs/pr/1/data/x.csv").path, "data/x.csv");
  EXPECT_EQ(Parsed("hub://a/d@refs/convert/parquet").revision, "refs/convert/parquet");
}

TEST(HubAddress, ConfigAndSplitsStandWhereNoPathDoes) {
  const HubAddress chosen = Parsed("hub://a/d@v1?config=my%20set&split=train,test&split=train");
  EXPECT_EQ(chosen.config, "my set");
  EXPECT_THAT(chosen.splits, ElementsAre("train", "test"));
  EXPECT_EQ(chosen.root, "hub://a/d@v1");
  EXPECT_THAT(Refused("hub://a/d?confg=x"), HasSubstr("did you mean config?"));
  EXPECT_THAT(Refused("hub://a/d?config="), HasSubstr("no value"));
  EXPECT_THAT(Refused("hub://a/d?split=a,,b"), HasSubstr("no name"));
  EXPECT_THAT(Refused("hub://a/d?config=x&config=y"), HasSubstr("two configs"));
}

TEST(HubAddress, RefusesWhatIsNone) {
  Refused("");
  Refused("hub:/a/d");
  Refused("s3://a/d");
  Refused("hub://");
  Refused("hub:///d");
  Refused("hub://a/d@");
  Refused("hub://a/d@-x");
  Refused("hub://a/d/../secret");
  Refused("hub://a/d/.git/config");
  Refused("hub://a/d/x\ny");
  Refused("hub://a/d/" + std::string(9000, 'x'));
  EXPECT_THAT(Refused("hub://alice:hf_secret_0123456789@host/d"), Not(HasSubstr("hf_secret")));
}

TEST(HubAddress, PrintsWhatParsesToTheSame) {
  for (const char* text :
       {"hub://a/d", "hub://d@x%2Fy/p/*?.csv", "hub://models/a/m@refs/pr/3/x",
        "hub://spaces/s?config=a%26b&split=x%2Cy,z", "hub://datasets/datasets/d/x"}) {
    const HubAddress address = Parsed(text);
    const HubAddress again = Parsed(PrintHubAddress(address));
    EXPECT_EQ(again.repo.WebPath(), address.repo.WebPath());
    EXPECT_EQ(again.revision, address.revision);
    EXPECT_EQ(again.path, address.path);
    EXPECT_EQ(again.config, address.config);
    EXPECT_EQ(again.splits, address.splits);
  }
}

}  // namespace
}  // namespace hubmill
