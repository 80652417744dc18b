#include "io/column_names.h"

#include <arrow/type.h>
#include <gmock/gmock.h>

namespace hubmill {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Status Check(const std::string& name) {
  const auto nested = arrow::field(name, arrow::int64());
  return CheckColumnNames(
      *arrow::schema({arrow::field("a", arrow::list(arrow::struct_({nested})))}));
}

TEST(ColumnNames, NamesThatOthersCannotReadAreRefused) {
  for (const char* good : {"", "a b", "a\nb", "\x01", "\xc3\xa9", "\""}) {
    EXPECT_TRUE(Check(good).ok()) << good;
  }
  const Status nul = Check(std::string("x\0y", 3));
  EXPECT_EQ(KindOf(nul), FailureKind::kDataRefused);
  EXPECT_THAT(nul.message(), HasSubstr("column=\"x\\u0000y\" within=\"item\" within=\"a\""));
  const Status bytes = Check("x\xff");
  EXPECT_THAT(bytes.message(), HasSubstr("not valid UTF-8: column_number=1 within="));
  EXPECT_THAT(bytes.message(), Not(HasSubstr("\xff")));
}

}  // namespace
}  // namespace hubmill
