#include "io/zeek_source.h"

#include <arrow/array/array_base.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "io/files_source.h"

namespace hubmill {
namespace {

using ::testing::HasSubstr;

constexpr char kHead[] =
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n";

/// A log as IoT-23 has it: three blanks between the last three columns.
std::string Labeled(const std::string& rows) {
  return std::string(kHead) +
         "#fields\tts\tid.resp_p\tproto\tduration\ttunnel_parents   label   detailed-label\n"
         "#types\ttime\tport\tenum\tinterval\tset[string]   string   string\n" +
         rows;
}

struct Read {
  std::string rows;  // A row a line, cells between blanks.
  std::vector<BadRow> bad;
};

class ZeekTest : public ::testing::Test {
 protected:
  void TearDown() override {
    for (const std::string& path : paths_) std::filesystem::remove(path);
  }

  std::string Write(const std::string& text) {
    paths_.push_back((std::filesystem::temp_directory_path() /
                      ("hubmill_zeek_" + std::to_string(::getpid()) + "_" +
                       std::to_string(paths_.size()) + "_conn.log.labeled"))
                         .string());
    std::ofstream(paths_.back(), std::ios::binary) << text;
    return paths_.back();
  }

  Result<Read> ReadAll(const std::vector<std::string>& texts, int64_t block = 1 << 20) {
    std::vector<Setting> paths;
    for (const std::string& text : texts) paths.push_back(Setting::Scalar(Write(text)));
    ARROW_ASSIGN_OR_RAISE(auto source, OpenFiles(Setting::List(paths), {},
                                                 {.batch_rows_max = 3, .morsel_bytes = block}));
    schema_ = source->schema();
    Read out;
    while (true) {
      ARROW_ASSIGN_OR_RAISE(auto morsel, source->Next());
      if (morsel == nullptr) return out;
      ARROW_ASSIGN_OR_RAISE(Decoded decoded, morsel->Decode());
      out.bad.insert(out.bad.end(), decoded.bad_rows.begin(), decoded.bad_rows.end());
      for (const Batch& batch : decoded.batches) {
        for (int64_t row = 0; row < batch.rows->num_rows(); ++row) {
          for (const auto& column : batch.rows->columns()) {
            out.rows += column->GetScalar(row).ValueOrDie()->ToString() + " ";
          }
          out.rows.back() = '\n';
        }
      }
    }
  }

  std::string Refusal(const std::vector<std::string>& texts) {
    const auto read = ReadAll(texts);
    return read.ok() ? "" : read.status().message();
  }

  std::shared_ptr<arrow::Schema> schema_;
  std::vector<std::string> paths_;
};

TEST_F(ZeekTest, ReadsTypesNullsAndTheLooseColumns) {
  const std::string log = Labeled(
      "1.5\t23\ttcp\t-\t-   Malicious   C&C\n2.0\t0\tudp\t0.000001\t(empty)   Benign   -\n"
      "#close\t2019-03-15-14-50-49\n");
  for (const int64_t block : {int64_t{1} << 20, int64_t{64}}) {
    const Read read = ReadAll({log}, block).ValueOrDie();
    EXPECT_EQ(read.rows, "1.5 23 tcp null null Malicious C&C\n2 0 udp 0.000001 null Benign null\n");
    EXPECT_TRUE(read.bad.empty());
  }
  EXPECT_EQ(schema_->ToString(),
            "ts: double\nid.resp_p: int64\nproto: string\nduration: double\n"
            "tunnel_parents: string\nlabel: string\ndetailed-label: string");
}

TEST_F(ZeekTest, RowsThatWereCutAreBadOnes) {
  const Read read =
      ReadAll({Labeled("1.5\t23\ttcp\t-\t-   Malicious   C&C\n1.5\t99999999999999999999\ttcp\t-\t-"
                       "   Benign   -\n1.5\t23\ttc")})
          .ValueOrDie();
  EXPECT_EQ(read.rows, "1.5 23 tcp null null Malicious C&C\n");
  ASSERT_EQ(read.bad.size(), 2u);
  EXPECT_EQ(read.bad[0].reason, "type_mismatch");
  EXPECT_EQ(read.bad[1].row, 3);
  EXPECT_EQ(read.bad[1].reason, "wrong_field_count");
  EXPECT_THAT(read.bad[1].why, HasSubstr("get the log whole"));
}

TEST_F(ZeekTest, RefusesLogsWithoutAHeaderOrOfTwoShapes) {
  EXPECT_THAT(Refusal({"1.5\t23\n"}), HasSubstr("no #fields line before the first row"));
  EXPECT_THAT(Refusal({""}), HasSubstr("no #fields line"));
  EXPECT_THAT(Refusal({Labeled(""), std::string(kHead) + "#fields\tts\n#types\ttime\n1\n"}),
              HasSubstr("differs from the first one"));
  EXPECT_THAT(Refusal({Labeled("1.5\t23\ttcp\t-\t-   Benign   -\n#fields\tts\tproto\n")}),
              HasSubstr("differs from the first one"));
  EXPECT_THAT(Refusal({std::string(kHead) + "#fields\tts\tts\n#types\ttime\ttime\n"}),
              HasSubstr("names a column twice"));
  EXPECT_THAT(Refusal({std::string(kHead) + "#fields\tts\ta\n#types\ttime\n"}),
              HasSubstr("different numbers of columns: file="));
  EXPECT_THAT(Refusal({"#separator \\x41\n#fields\tts\n"}), HasSubstr("must be one ASCII"));
}

TEST_F(ZeekTest, AProgramsLogInAFolderIsNoInput) {
  const auto folder = std::filesystem::temp_directory_path() /
                      ("hubmill_zeek_folder_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "rows.jsonl") << "{\"a\": 1}\n";
  std::ofstream(folder / "run.log") << "started\n";
  const auto source = OpenFiles(Setting::Scalar(folder.string()), {}, {});
  std::filesystem::remove_all(folder);
  EXPECT_EQ(source.ValueOrDie()->files().size(), 1u);
}

}  // namespace
}  // namespace hubmill
