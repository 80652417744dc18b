#include "io/postgres/pg_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hubmill {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(PgUrlTest, OtherProgramsDriversAreLeftOut) {
  EXPECT_EQ(PlainPgUrl("postgresql+psycopg2://u:a+b@h/d"), "postgresql://u:a+b@h/d");
  EXPECT_EQ(PlainPgUrl("postgres://u@h/d"), "postgres://u@h/d");
}

TEST(PgUrlTest, ReadsSettings) {
  EXPECT_EQ(PgUrlSetting("postgresql://u@h/d?connect_timeout=3", "connect_timeout"), "3");
  EXPECT_EQ(PgUrlSetting("postgresql://u@h/d", "connect_timeout"), std::nullopt);
  EXPECT_TRUE(HasPgPassword("postgresql://u:p@h/d"));
  EXPECT_FALSE(HasPgPassword("postgresql://u@h/d"));
}

TEST(PgUrlTest, AcceptsWhatLibpqReads) {
  for (const char* url :
       {"postgresql://u:p%40ss%2Fw@h:5432/d", "postgres://h1:1,h2:2/d?target_session_attrs=any",
        "postgresql://u:p?q#r@h/d", "postgresql://%2Fvar%2Frun/d", "postgresql:///d",
        "postgresql://u:p@[::1]:5432/d?application_name=a@b", "postgresql+asyncpg://u:p@h/d"}) {
    EXPECT_TRUE(CheckPgUrl(url).ok()) << url << ' ' << CheckPgUrl(url).ToString();
  }
}

TEST(PgUrlTest, APasswordThatNeedsEscapesIsNeverTakenForAHost) {
  for (const char* url : {"postgresql://u:sup@3rSECRET@h/d", "postgresql://u:sup/3rSECRET@h/d",
                          "postgresql://u:12/3rSECRET@h/d", "postgresql://u:SECRET:x@h:y/d",
                          "postgresql://[::1/SECRET", "mysql://u:SECRET@h/d", "SECRET", ""}) {
    const Status status = CheckPgUrl(url);
    EXPECT_EQ(KindOf(status), FailureKind::kWrongUsage) << url;
    EXPECT_THAT(status.ToString(), HasSubstr("postgresql://USER:PASSWORD@HOST:PORT/DATABASE"));
    EXPECT_THAT(status.ToString(), Not(HasSubstr("SECRET")));
  }
}

}  // namespace
}  // namespace hubmill
