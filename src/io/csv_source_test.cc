#include "io/csv_source.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace hubmill {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Read {
  std::vector<std::string> rows;
  std::vector<BadRow> bad;
};

class CsvTest : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = std::filesystem::temp_directory_path() /
            ("hubmill_csv_" + std::to_string(::getpid()) + "_" +
             ::testing::UnitTest::GetInstance()->current_test_info()->name() + ".csv");
  }
  void TearDown() override { std::filesystem::remove(path_); }

  Result<std::unique_ptr<Source>> Open(const std::string& text, const CsvOptions& options = {},
                                       int64_t block = 1 << 20) {
    std::ofstream(path_, std::ios::binary) << text;
    return OpenPath(path_.string(), options, block);
  }
  Result<std::unique_ptr<Source>> OpenPath(const std::string& path, const CsvOptions& options = {},
                                           int64_t block = 1 << 20) {
    ARROW_ASSIGN_OR_RAISE(auto inputs, ExpandPaths(Setting::Scalar(path), CsvExtensions()));
    return OpenCsv(std::move(inputs), options, {.batch_rows_max = 3, .morsel_bytes = block});
  }

  std::filesystem::path path_;
};

Read ReadAll(Source& source) {
  Read out;
  int64_t before = 0;
  for (;;) {
    auto morsel = source.Next();
    EXPECT_TRUE(morsel.ok()) << morsel.status();
    if (!morsel.ok() || *morsel == nullptr) return out;
    auto decoded = (*morsel)->Decode();
    EXPECT_TRUE(decoded.ok()) << decoded.status();
    if (!decoded.ok()) return out;
    for (const Batch& batch : decoded->batches) {
      EXPECT_TRUE(batch.rows->ValidateFull().ok());
      for (int64_t i = 0; i < batch.rows->num_rows(); ++i) {
        std::string row;
        for (const auto& column : batch.rows->columns()) {
          row += (*column->GetScalar(i))->ToString() + "|";
        }
        out.rows.push_back(row);
      }
    }
    for (BadRow bad : decoded->bad_rows) {
      bad.row += before;
      out.bad.push_back(bad);
    }
    before += decoded->row_numbers;
  }
}

constexpr char kMixed[] =
    "\xEF\xBB\xBFid,zip,x,t\r\n1,007,1.5,\"a,\"\"b\"\"\nc\"\r2,008,,5\" disk\n\n3,009,2,\"\"\r\n";

TEST_F(CsvTest, Utf16IsRefused) {
  using std::string_literals::operator""s;
  for (const std::string& text : {"\xFF\xFEi\0d\0\n\0"s, "\xFE\xFF\0i\0d\0\n"s}) {
    CsvOptions options;
    options.encoding = "auto";
    EXPECT_THAT(Open(text, options).status().message(), HasSubstr("UTF-16"));
  }
}

TEST_F(CsvTest, QuotesAndRowEndsAtEveryBlockSize) {
  for (int64_t block = 1; block < 120; ++block) {
    auto source = Open(kMixed, {}, block);
    ASSERT_TRUE(source.ok()) << source.status();
    EXPECT_EQ((*source)->schema()->ToString(), "id: int64\nzip: string\nx: double\nt: string");
    Read read = ReadAll(**source);
    ASSERT_TRUE(read.bad.empty()) << read.bad[0].why << " block=" << block;
    EXPECT_THAT(read.rows,
                ElementsAre("1|007|1.5|a,\"b\"\nc|", "2|008|null|5\" disk|", "3|009|2||"))
        << "block=" << block;
  }
}

TEST_F(CsvTest, NamesBadRows) {
  CsvOptions options;
  options.schema = {{"b", "int64"}};
  auto source = Open("a,b\nx,1\nx\nx,y\n\"x\"y,2\n\xff,3\nz,4\n\"open,5\n", options);
  ASSERT_TRUE(source.ok()) << source.status();
  Read read = ReadAll(**source);
  EXPECT_THAT(read.rows, ElementsAre("x|1|", "z|4|"));
  ASSERT_EQ(read.bad.size(), 5u);
  const char* reasons[] = {"wrong_field_count", "type_mismatch", "broken_quotes", "invalid_utf8",
                           "broken_quotes"};
  const int64_t rows[] = {2, 3, 4, 5, 7};
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(read.bad[i].reason, reasons[i]);
    EXPECT_EQ(read.bad[i].row, rows[i]);
    EXPECT_THAT(read.bad[i].why, HasSubstr("; remedy: "));
  }
}

TEST_F(CsvTest, AStrayQuoteTakesItsLineAlone) {
  for (int64_t block : {4, 1 << 20}) {
    auto source = Open("a,b\n1,x\n2,\"y\r\n3,\"z\"\"\"\n4,w\n5,\"v", {}, block);
    ASSERT_TRUE(source.ok()) << source.status();
    Read read = ReadAll(**source);
    EXPECT_THAT(read.rows, ElementsAre("1|x|", "3|z\"|", "4|w|")) << "block=" << block;
    ASSERT_EQ(read.bad.size(), 2u);
    EXPECT_EQ(read.bad[0].row, 2);
    EXPECT_EQ(read.bad[1].row, 5);
  }
  std::string text = "a,b\n1,\"x\n";
  for (int i = 2; i <= 1000; ++i) text += std::to_string(i) + ",y\n";
  auto source = Open(text, {}, 64);
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_EQ((*source)->schema()->ToString(), "a: int64\nb: string");
  Read read = ReadAll(**source);
  EXPECT_EQ(read.rows.size(), 999u);
  ASSERT_EQ(read.bad.size(), 1u);
  EXPECT_EQ(read.bad[0].row, 1);
}

TEST_F(CsvTest, AStrayQuoteBeforeAnotherTakesItsLineAlone) {
  for (int64_t block = 1; block < 40; ++block) {
    auto source = Open("a,b\n1,\"x\n2,y\r\n3,\"z\"\n4,\"u\nv\"\r5,\"w\"!\n6,t\n", {}, block);
    ASSERT_TRUE(source.ok()) << source.status();
    Read read = ReadAll(**source);
    EXPECT_THAT(read.rows, ElementsAre("2|y|", "3|z|", "4|u\nv|", "6|t|")) << "block=" << block;
    ASSERT_EQ(read.bad.size(), 2u);
    EXPECT_EQ(read.bad[0].row, 1);
    EXPECT_EQ(read.bad[0].reason, "broken_quotes");
    EXPECT_EQ(read.bad[1].row, 5);
  }
}

TEST_F(CsvTest, AWholeNumberIsNeverRounded) {
  constexpr char kText[] =
      "a,b\n0.5,1\n9007199254740993,2\n9007199254740992,3\n-9007199254740993,4\n";
  auto source = Open(kText);
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_EQ((*source)->schema()->ToString(), "a: double\nb: int64");
  Read read = ReadAll(**source);
  EXPECT_EQ(read.rows.size(), 2u);
  ASSERT_EQ(read.bad.size(), 2u);
  EXPECT_EQ(read.bad[0].row, 2);
  EXPECT_EQ(read.bad[0].reason, "inexact_number");
  EXPECT_THAT(read.bad[0].why, HasSubstr("field=a; remedy: `schema: {a: string}` keeps"));
  for (const char* type : {"float64", "string"}) {
    CsvOptions options;
    options.schema = {{"a", type}};
    source = Open(kText, options);
    ASSERT_TRUE(source.ok()) << source.status();
    EXPECT_EQ(ReadAll(**source).bad.size(), 0u) << type;
  }
}

TEST_F(CsvTest, AStrayQuoteBeyondTheLongestRecordTakesItsLineAlone) {
  CsvOptions options;
  options.line_mb_max = 1;
  std::string text = "a,b\n0,\"x\n";
  int64_t rows = 0;
  while (text.size() < 3 << 20) text += std::to_string(++rows) + ",yyyyyyyyyyyyyyyy\n";
  text += "7,\"z\"\n";
  auto source = Open(text, options, 1 << 16);
  ASSERT_TRUE(source.ok()) << source.status();
  Read read = ReadAll(**source);
  EXPECT_EQ(int64_t(read.rows.size()), rows + 1);
  ASSERT_EQ(read.bad.size(), 1u);
  EXPECT_EQ(read.bad[0].row, 1);
}

TEST_F(CsvTest, ATextFullOfUnclosedQuotesIsRefusedInTime) {
  std::string text = "a\n";
  while (text.size() < 4 << 20) text += "a\",\"\n";
  auto source = Open(text);
  ASSERT_TRUE(source.ok()) << source.status();
  ASSERT_TRUE((*source)->Next().ok());  // The header.
  auto morsel = (*source)->Next();
  ASSERT_TRUE(morsel.ok()) << morsel.status();
  Status status = (*morsel)->Decode().status();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(KindOf(status), FailureKind::kDataRefused);
  EXPECT_THAT(status.message(), HasSubstr("too many records are broken by quotes"));
}

TEST_F(CsvTest, OptionsAreChecked) {
  CsvOptions options;
  options.delimiter = "1";
  EXPECT_FALSE(Open("a\n", options).ok());
  options = {};
  options.schema = {{"idd", "int64"}};
  auto source = Open("id\n1\n", options);
  ASSERT_FALSE(source.ok());
  EXPECT_THAT(source.status().message(), HasSubstr("did you mean id?"));
  EXPECT_THAT(Open("a,a\n1,2\n").status().message(), HasSubstr("occurs twice"));
  EXPECT_EQ(KindOf(Open("").status()), FailureKind::kDataRefused);
}

TEST_F(CsvTest, WithoutHeaderAndWithNulls) {
  CsvOptions options;
  options.header = false;
  options.delimiter = ";";
  options.nulls = {"NA"};
  auto source = Open("1;true;NA\nNA;false;\n", options);
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_EQ((*source)->schema()->ToString(), "column_1: int64\ncolumn_2: bool\ncolumn_3: string");
  EXPECT_THAT(ReadAll(**source).rows, ElementsAre("1|true|null|", "null|false||"));
}

TEST_F(CsvTest, ARealFileCutInARow) {
  const char* shared = std::getenv("HUBMILL_SHARED");
  std::filesystem::path path =
      std::filesystem::path(shared != nullptr ? shared : HUBMILL_SOURCE_DIR "/../shared") /
      "data/08_grievances/cfpb_complaints_truncated_1MiB.csv";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no " << path;
  auto source = OpenPath(path.string(), {}, 64 << 10);
  ASSERT_TRUE(source.ok()) << source.status();
  Read read = ReadAll(**source);
  ASSERT_EQ(read.bad.size(), 1u);
  EXPECT_EQ(read.bad[0].reason, "broken_quotes");
  EXPECT_EQ(read.bad[0].row, int64_t(read.rows.size()) + 1);
}

TEST_F(CsvTest, NumbersNamesThatOccurTwiceAsPandas) {
  const std::string text = " a,b,a , a\n1,2,3,4\n";
  EXPECT_THAT(Open("a,b,a\n1,2,3\n").status().message(), HasSubstr("repeated_headers: number"));
  CsvOptions options;
  options.trim_headers = true;
  options.repeated_headers = "number";
  const auto source = Open(text, options).ValueOrDie();
  EXPECT_THAT(source->schema()->field_names(), ElementsAre("a", "b", "a.1", "a.2"));
}

TEST_F(CsvTest, OtherEncodingsWhereTheyAreAsked) {
  const std::string text = "n\xe9,b\n1,x \x96 y\n2,\u00e9\n3,\"z\x80\"\n4,z\n";
  EXPECT_THAT(Open(text).status().message(), HasSubstr("or set `encoding`"));
  for (int64_t block : {3, 1 << 20}) {
    CsvOptions options;
    options.encoding = "auto";
    auto source = Open(text, options, block).ValueOrDie();
    EXPECT_EQ(source->schema()->ToString(), "n\u00e9: int64\nb: string");
    EXPECT_THAT(ReadAll(*source).rows,
                ElementsAre("1|x \u2013 y|", "2|\u00e9|", "3|z\u20ac|", "4|z|"));
    options.encoding = "windows-1252";
    source = Open(text, options, block).ValueOrDie();
    EXPECT_THAT(ReadAll(*source).rows,
                ElementsAre("1|x \u2013 y|", "2|\u00c3\u00a9|", "3|z\u20ac|", "4|z|"));
  }
}

TEST_F(CsvTest, ReadsChosenColumnsAlone) {
  CsvOptions options;
  options.choose = [](const std::vector<std::string>&) { return std::vector<int>{2, 0}; };
  const auto source = Open("a,b,c\n1,x,2.5\n1,2\n3,,\n", options).ValueOrDie();
  EXPECT_EQ(source->schema()->ToString(), "c: double\na: int64");
  const Decoded decoded = source->Next().ValueOrDie()->Decode().ValueOrDie();
  ASSERT_EQ(decoded.batches.size(), 1u);
  EXPECT_EQ(decoded.batches[0].rows->num_rows(), 2);
  EXPECT_EQ(decoded.batches[0].rows->column(1)->GetScalar(1).ValueOrDie()->ToString(), "3");
  ASSERT_EQ(decoded.bad_rows.size(), 1u);
  EXPECT_THAT(decoded.bad_rows[0].why, HasSubstr("expected=3 found=2"));
}

}  // namespace
}  // namespace hubmill
