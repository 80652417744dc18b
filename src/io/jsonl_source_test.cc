#include "io/jsonl_source.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <gmock/gmock.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "io/csv_source.h"
#include "io/files_source.h"

namespace hubmill {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

/// A folder of its own that goes away.
class JsonlTest : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_ = std::filesystem::temp_directory_path() /
           ("hubmill_jsonl_" + std::to_string(::getpid()) + "_" +
            ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(dir_);
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }

  std::string Write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories((dir_ / name).parent_path());
    std::ofstream(dir_ / name, std::ios::binary) << text;
    return (dir_ / name).string();
  }

  Result<std::unique_ptr<Source>> Open(const std::string& path, const JsonlOptions& options = {},
                                       const SourceContext& context = {}) {
    ARROW_ASSIGN_OR_RAISE(auto inputs, ExpandPaths(Setting::Scalar(path), JsonlExtensions()));
    return OpenJsonl(std::move(inputs), options, context);
  }

  std::filesystem::path dir_;
};

struct Read {
  std::vector<std::string> rows;  // Each as text.
  std::vector<BadRow> bad;        // Numbered from the file's start.
  std::vector<int64_t> row_numbers;
  std::string hash;
};

Read ReadAll(Source& source) {
  Read out;
  int64_t before = 0;
  int32_t file = 0;
  for (;;) {
    auto morsel = source.Next();
    EXPECT_TRUE(morsel.ok()) << morsel.status();
    if (!morsel.ok() || *morsel == nullptr) break;
    if ((*morsel)->file != file) before = 0;
    file = (*morsel)->file;
    auto decoded = (*morsel)->Decode();
    EXPECT_TRUE(decoded.ok()) << decoded.status();
    if (!decoded.ok()) break;
    for (const Batch& batch : decoded->batches) {
      EXPECT_TRUE(batch.rows->ValidateFull().ok());
      EXPECT_EQ(batch.rows->num_rows(), batch.origins.row_count());
      for (int64_t i = 0; i < batch.rows->num_rows(); ++i) {
        std::string row;
        for (const auto& column : batch.rows->columns()) {
          row += (*column->GetScalar(i))->ToString() + "|";
        }
        out.rows.push_back(row);
        out.row_numbers.push_back(before + batch.origins.At(i).row);
      }
    }
    for (BadRow bad : decoded->bad_rows) {
      bad.row += before;
      out.bad.push_back(bad);
    }
    before += decoded->row_numbers;
  }
  out.hash = source.files()[0].hash;
  return out;
}

std::string Gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(text.size() + 1000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = uInt(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = uInt(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string Zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 1));
  return out;
}

TEST_F(JsonlTest, InfersAndDecodes) {
  auto source =
      Open(Write("a.jsonl",
                 "\xEF\xBB\xBF{\"id\":1,\"t\":\"a\\n\\u00e9\\ud83d\\ude00\",\"x\":null}\r\n"
                 "\n"
                 "{\"t\":null,\"id\":2.5,\"l\":[1,2],\"s\":{\"a\":true},\"e\":{}}\n"
                 "{\"l\":[],\"s\":{\"b\":\"q\"},\"e\":{}}"));
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_EQ((*source)->schema()->ToString(),
            "id: double\nt: string\nx: string\nl: list<item: int64>\ns: struct<a: bool, b: "
            "string>\ne: string");
  Read read = ReadAll(**source);
  ASSERT_TRUE(read.bad.empty()) << read.bad[0].why;
  ASSERT_EQ(read.rows.size(), 3u);
  EXPECT_THAT(read.rows[0], HasSubstr("a\n\u00e9\U0001F600|"));
  EXPECT_EQ(read.row_numbers, (std::vector<int64_t>{1, 3, 4}));
}

TEST_F(JsonlTest, NamesBadRows) {
  JsonlOptions options;
  options.schema = {{"a", "int64"}, {"s", "string"}, {"f", "float32"}, {"j", "json"}};
  std::string deep(10'000, '[');
  const std::pair<std::string, std::string> cases[] = {
      {"{\"a\":1", "invalid_json"},
      {"{\"a\":01}", "invalid_json"},
      {"{\"a\":1}}", "invalid_json"},
      {"{\"a\":1,}", "invalid_json"},
      {"nonsense", "invalid_json"},
      {"[1]", "not_an_object"},
      {"{\"a\":1,\"a\":2}", "duplicate_key"},
      {"{\"a\":\"1\"}", "type_mismatch"},
      {"{\"a\":1.5}", "type_mismatch"},
      {"{\"b\":1}", "unknown_field"},
      {"{\"a\":9223372036854775808}", "number_out_of_range"},
      {"{\"f\":1e39}", "number_out_of_range"},
      {"{\"s\":\"\\ud800\"}", "invalid_json"},
      {"{\"s\":\"\\ud800\\u0041\"}", "invalid_json"},
      {std::string("{\"s\":\"a\0b\"}", 11), "invalid_json"},
      {"{\"s\":\"\xff\"}", "invalid_utf8"},
      {"{\"j\":" + deep + "}", "nesting_too_deep"},
      {"{\"s\":\"tab\there\"}", "invalid_json"},
      {"{\"s\":\"open", "invalid_json"},
  };
  for (const auto& [line, reason] : cases) {
    std::string path = Write("b.jsonl", "{\"a\":1,\"s\":\"x\"}\n" + line + "\n{\"a\":3}\n");
    auto source = Open(path, options);
    ASSERT_TRUE(source.ok()) << source.status();
    Read read = ReadAll(**source);
    EXPECT_EQ(read.rows.size(), 2u) << line.substr(0, 50);
    ASSERT_EQ(read.bad.size(), 1u) << line.substr(0, 50);
    EXPECT_EQ(read.bad[0].reason, reason) << line.substr(0, 50);
    EXPECT_EQ(read.bad[0].row, 2);
    EXPECT_THAT(read.bad[0].why, HasSubstr("; remedy: "));
  }
}

TEST_F(JsonlTest, AWholeNumberIsNeverRounded) {
  const std::string path = Write("in.jsonl",
                                 "{\"a\":[{\"x\":0.5}]}\n"
                                 "{\"a\":[{\"x\":1},{\"x\":-9007199254740993}]}\n"
                                 "{\"a\":[{\"x\":9007199254740992}]}\n"
                                 "{\"a\":[{\"x\":100000000000000000000000}]}\n"
                                 "{\"a\":[{\"x\":18446744073709551616}]}\n");
  auto source = Open(path);
  ASSERT_TRUE(source.ok()) << source.status();
  Read read = ReadAll(**source);
  EXPECT_EQ(read.rows.size(), 3u);
  ASSERT_EQ(read.bad.size(), 2u);
  EXPECT_EQ(read.bad[0].row, 2);
  EXPECT_EQ(read.bad[0].reason, "inexact_number");
  EXPECT_THAT(read.bad[0].why, HasSubstr("field=a[].x; remedy: `json: [a]` keeps the digits"));
  EXPECT_EQ(read.bad[1].row, 4);
  JsonlOptions options;
  options.schema = {{"a", "list<struct<x: float64>>"}};
  source = Open(path, options);
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_EQ(ReadAll(**source).bad.size(), 0u);
}

TEST_F(JsonlTest, DepthInSkippedFieldsIsBounded) {
  JsonlOptions options;
  options.schema = {{"a", "int64"}};
  options.extra_fields = "drop";
  std::string deep(900, '['), too_deep(10'000, '[');
  std::string path =
      Write("d.jsonl", "{\"x\":" + deep + std::string(900, ']') + ",\"a\":1}\n{\"x\":" + too_deep +
                           std::string(10'000, ']') + ",\"a\":2}\n");
  auto source = Open(path, options);
  ASSERT_TRUE(source.ok());
  Read read = ReadAll(**source);
  EXPECT_EQ(read.rows, (std::vector<std::string>{"1|"}));
  ASSERT_EQ(read.bad.size(), 1u);
  EXPECT_EQ(read.bad[0].reason, "nesting_too_deep");
}

TEST_F(JsonlTest, LongLinesAreBadRowsAtAnyBlockSize) {
  JsonlOptions options;
  options.schema = {{"a", "string"}};
  options.line_mb_max = 1;
  std::string line = "{\"a\":\"" + std::string(5 << 20, 'x') + "\"}\n";
  std::string path = Write("l.jsonl", "{\"a\":\"1\"}\n" + line + "{\"a\":\"3\"}\n" + line);
  for (int64_t block : {1 << 10, 1 << 20, 32 << 20}) {
    auto source = Open(path, options, {.morsel_bytes = block});
    ASSERT_TRUE(source.ok());
    Read read = ReadAll(**source);
    EXPECT_EQ(read.row_numbers, (std::vector<int64_t>{1, 3}));
    ASSERT_EQ(read.bad.size(), 2u);
    EXPECT_EQ(read.bad[0].reason, "line_too_long");
    EXPECT_EQ(read.bad[1].row, 4);
  }
}

TEST_F(JsonlTest, MixedTypesAreRefusedByName) {
  auto source = Open(Write("m.jsonl", "{\"s\":{\"a\":1}}\n{\"s\":{\"a\":\"x\"}}\n"));
  ASSERT_FALSE(source.ok());
  EXPECT_EQ(KindOf(source.status()), FailureKind::kDataRefused);
  EXPECT_THAT(source.status().message(), HasSubstr("row=2 column=s.a first=int64 now=string"));
  EXPECT_THAT(source.status().message(), HasSubstr("`json: [s]`"));
  JsonlOptions options;
  options.json = {"s"};
  EXPECT_TRUE(Open((dir_ / "m.jsonl").string(), options).ok());
}

TEST_F(JsonlTest, EmptyInputsAndMissingFiles) {
  auto empty = Open(Write("e.jsonl", ""));
  ASSERT_FALSE(empty.ok());
  EXPECT_EQ(KindOf(empty.status()), FailureKind::kDataRefused);
  JsonlOptions options;
  options.schema = {{"a", "int64"}};
  auto source = Open((dir_ / "e.jsonl").string(), options);
  ASSERT_TRUE(source.ok());
  Read read = ReadAll(**source);
  EXPECT_TRUE(read.rows.empty());
  EXPECT_EQ(read.hash, "xxh128:99aa06d3014798d86001c324468d497f");  // xxh128sum of nothing.
  auto missing = Open((dir_ / "f.jsonl").string());
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(KindOf(missing.status()), FailureKind::kWrongUsage);
  EXPECT_THAT(missing.status().message(), HasSubstr("did you mean e.jsonl?"));
  EXPECT_FALSE(Open((dir_ / "*.nothing").string()).ok());
}

TEST_F(JsonlTest, SaysWhyThereAreNoColumns) {
  const auto refusal = [this](const std::string& text) {
    auto source = Open(Write("n.jsonl", text));
    EXPECT_FALSE(source.ok());
    if (source.ok()) return std::string();
    EXPECT_EQ(KindOf(source.status()), FailureKind::kDataRefused);
    EXPECT_THAT(source.status().message(), HasSubstr("n.jsonl"));
    EXPECT_THAT(source.status().message(), HasSubstr("; remedy: "));
    EXPECT_THAT(source.status().message(), Not(HasSubstr(":;")));
    return source.status().message();
  };
  EXPECT_THAT(refusal(""), HasSubstr("the input is empty"));
  EXPECT_THAT(refusal("{}\n"), HasSubstr("no row names one"));
  EXPECT_THAT(refusal("{\"a\":1,}\n"), HasSubstr(" row=1 reason=invalid_json: "));
  EXPECT_THAT(refusal("x\n"), HasSubstr(" row=1 reason=invalid_json: "));
  EXPECT_THAT(refusal("{\"a\":" + std::string(1100, '[') + std::string(1100, ']') + "}\n"),
              HasSubstr(" row=1 reason=nesting_too_deep: "));
  for (const char* array : {"[1,2]\n", "[{\"a\":1}]", "[\n{\"a\":1},\n{\"a\":2}\n]\n",
                            " [{\"a\":1},\n{\"a\":2}\n]\n"}) {
    EXPECT_THAT(refusal(array), HasSubstr("a JSON array, not JSON lines")) << array;
  }
  EXPECT_TRUE(Open(Write("n.jsonl", "[1]\n{\"a\":1}\n")).ok());
  EXPECT_TRUE(Open(Write("n.jsonl", "[note] one\n{\"a\":1}\n")).ok());
}

TEST_F(JsonlTest, FoldersGlobsAndSplits) {
  Write("d/b.jsonl", "{\"a\":2}\n");
  Write("d/a.jsonl", "{\"a\":1}\n");
  Write("d/x/c.jsonl.gz", Gzip("{\"a\":3}\n"));
  Write("d/.hidden.jsonl", "nonsense\n");
  Write("d/notes.txt", "nonsense\n");
  auto folder = Open((dir_ / "d").string());
  ASSERT_TRUE(folder.ok()) << folder.status();
  EXPECT_EQ(ReadAll(**folder).rows, (std::vector<std::string>{"1|", "2|", "3|"}));
  auto glob = Open((dir_ / "d/*.jsonl").string());
  ASSERT_TRUE(glob.ok()) << glob.status();
  EXPECT_EQ((*glob)->files().size(), 2u);
  auto deep = Open((dir_ / "d/**/*.jsonl*").string());
  ASSERT_TRUE(deep.ok()) << deep.status();
  EXPECT_EQ((*deep)->files().size(), 3u);
  Setting map;
  map.kind = Setting::Kind::kMap;
  map.entries = {{"test", Setting::Scalar((dir_ / "d/b.jsonl").string())},
                 {"train", Setting::Scalar("file://" + (dir_ / "d/a.jsonl").string())}};
  auto inputs = ExpandPaths(map, JsonlExtensions());
  ASSERT_TRUE(inputs.ok()) << inputs.status();
  EXPECT_EQ(inputs->splits, (std::vector<std::string>{"test", "train"}));
  EXPECT_EQ(inputs->files[1].split, 1);
}

TEST_F(JsonlTest, CompressedFilesAndTheirDamage) {
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += "{\"a\":" + std::to_string(i * 7919 % 50'000) + "}\n";
  std::string half = text.substr(0, text.find('\n', text.size() / 2) + 1);
  std::string rest = text.substr(half.size());
  for (const auto& [name, whole] :
       {std::pair<std::string, std::string>{"c.jsonl.gz", Gzip(half) + Gzip(rest)},
        {"c.jsonl.zst", Zstd(half) + Zstd(rest)}}) {
    auto source = Open(Write(name, whole));
    ASSERT_TRUE(source.ok()) << source.status();
    Read read = ReadAll(**source);
    EXPECT_EQ(read.rows.size(), 50'000u) << name;
    EXPECT_TRUE(read.bad.empty());
    auto cut = Open(Write(name, whole.substr(0, whole.size() - 5)));
    ASSERT_FALSE(cut.ok());
    EXPECT_THAT(cut.status().message(), HasSubstr("ends too early: file="));
    std::string flipped = whole;
    flipped[flipped.size() / 3] ^= 0x55;
    flipped[flipped.size() / 3 + 1] ^= 0x55;
    auto corrupt = Open(Write(name, flipped));
    bool caught = !corrupt.ok() || [&] {
      for (;;) {
        auto morsel = (*corrupt)->Next();
        if (!morsel.ok()) return true;
        if (*morsel == nullptr) return false;
      }
    }();
    if (name.ends_with(".gz")) EXPECT_TRUE(caught);  // Frames by ZSTD_compress have no checksum.
  }
}

TEST_F(JsonlTest, ASecretInAUriIsNeverShown) {
  auto source = Open("nosuch://user:hunter2@host/a.jsonl?secret_key=hunter3");
  ASSERT_FALSE(source.ok());
  EXPECT_EQ(source.status().message().find("hunter"), std::string::npos) << source.status();
  EXPECT_THAT(source.status().message(), HasSubstr("nosuch://host/a.jsonl"));
}

/// Rows of random values: the text, decoded at every block size, equals what nlohmann reads.
TEST_F(JsonlTest, EqualsNlohmannAtEveryBlockSize) {
  std::mt19937 random(7);
  std::string text;
  std::vector<std::string> expected;
  for (int i = 0; i < 40; ++i) {
    std::string s;
    for (uint32_t n = random() % 40; n > 0; --n) s += "ab\"\\\n\t/{}[],:"[random() % 13];
    s += "\u00e9\U0001F600";
    json row = {{"i", int64_t(random()) - int64_t(random())}, {"s", s}, {"b", random() % 2 == 0}};
    std::vector<std::string> order = {"i", "s", "b"};
    std::shuffle(order.begin(), order.end(), random);
    std::string line;
    for (const auto& key : order) {
      line += (line.empty() ? "{" : " , ") + json(key).dump() + ": " +
              row[key].dump(-1, ' ', random() % 2);
    }
    text += line + (random() % 3 == 0 ? "}\r\n" : "}\n");
    if (random() % 5 == 0) text += " \n";
    expected.push_back(std::to_string(row["i"].get<int64_t>()) + "|" + s + "|" +
                       (row["b"].get<bool>() ? "true|" : "false|"));
  }
  std::string path = Write("r.jsonl", text);
  JsonlOptions options;
  options.schema = {{"i", "int64"}, {"s", "string"}, {"b", "bool"}};
  for (int64_t block = 1; block < 600; ++block) {
    auto source = Open(path, options, {.batch_rows_max = block % 9 + 1, .morsel_bytes = block});
    ASSERT_TRUE(source.ok());
    Read read = ReadAll(**source);
    ASSERT_TRUE(read.bad.empty()) << read.bad[0].why;
    ASSERT_EQ(read.rows, expected) << "block=" << block;
  }
}

}  // namespace
}  // namespace hubmill
