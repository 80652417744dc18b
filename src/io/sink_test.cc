// Both sinks: the same bytes for any batch size, equal rows when read back, no file half-named.
#include <arrow/array.h>
#include <arrow/buffer_builder.h>
#include <arrow/builder.h>
#include <arrow/compute/cast.h>
#include <arrow/io/file.h>
#include <arrow/json/from_string.h>
#include <arrow/table.h>
#include <arrow/util/binary_view_util.h>
#include <arrow/util/key_value_metadata.h>
#include <gtest/gtest.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>
#include <parquet/page_index.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "base/hash.h"
#include "core/registry.h"
#include "io/hf_features.h"
#include "io/json_rows.h"
#include "io/jsonl_sink.h"
#include "io/parquet_sink.h"
#include "io/register_io.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;

class SinkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/hubmill_sink_XXXXXX";
    dir_ = ::mkdtemp(name);
  }
  void TearDown() override { fs::remove_all(dir_); }

  SinkContext Context(const std::shared_ptr<arrow::Schema>& schema, const std::string& sub) {
    fs::create_directories(dir_ + "/" + sub);
    return {.staging_dir = dir_ + "/" + sub,
            .data_dir = "data",
            .schema = schema,
            .splits = {"train", "test"},
            .single_file = ""};
  }

  std::string dir_;
};

std::string ReadAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

/// Rows of every kind of column, from a seed.
std::shared_ptr<arrow::RecordBatch> RandomRows(uint64_t seed, int64_t rows) {
  std::mt19937_64 random(seed);
  std::string json = "[";
  auto maybe = [&](std::string text) { return random() % 7 == 0 ? std::string("null") : text; };
  for (int64_t i = 0; i < rows; ++i) {
    const std::string n = std::to_string(random() % 1000);
    std::string list = "[";
    for (uint64_t k = random() % 4; k > 0; --k) {
      list += maybe("{\"role\":\"r" + n + "\",\"n\":" + n + "}") + (k > 1 ? "," : "");
    }
    list += "]";
    json += (i > 0 ? ",{" : "{");
    json +=
        "\"id\":\"row-" + std::to_string(i) + "\",\"kind\":" + maybe("\"k" + n.substr(0, 1) + "\"");
    json += ",\"text\":" +
            maybe("\"" + std::string(random() % 900, char('a' + random() % 26)) + n + "\"");
    json += ",\"n\":" + maybe(n) + ",\"f\":" + maybe(n + ".25") + ",\"b\":" + maybe("true");
    json += ",\"at\":" + maybe(n) + ",\"list\":" + maybe(list);
    json +=
        ",\"tags\":" + maybe("[[" + n + "],[]]") + ",\"dec\":" + maybe("\"" + n + ".50\"") + "}";
  }
  json += "]";
  const auto message =
      arrow::struct_({arrow::field("role", arrow::utf8()), arrow::field("n", arrow::int32())});
  const auto type =
      arrow::struct_({arrow::field("id", arrow::utf8()), arrow::field("kind", arrow::utf8()),
                      arrow::field("text", arrow::large_utf8()), arrow::field("n", arrow::int64()),
                      arrow::field("f", arrow::float64()), arrow::field("b", arrow::boolean()),
                      arrow::field("at", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")),
                      arrow::field("list", arrow::list(message)),
                      arrow::field("tags", arrow::list(arrow::list(arrow::int64()))),
                      arrow::field("dec", arrow::decimal128(10, 2))});
  auto array = arrow::json::ArrayFromJSONString(type, json).ValueOrDie();
  return arrow::RecordBatch::FromStructArray(array).ValueOrDie();
}

/// Feeds `rows` in batches of `batch_rows`; every `test_every`-th row goes to the second split.
Result<std::vector<OutputFile>> Feed(Sink& sink, const std::shared_ptr<arrow::RecordBatch>& rows,
                                     int64_t batch_rows, int64_t test_every = 0) {
  std::vector<std::unique_ptr<Block>> blocks;
  for (int64_t begin = 0; begin < rows->num_rows(); begin += batch_rows) {
    Batch batch{.rows = rows->Slice(begin, batch_rows), .origins = {}};
    for (int64_t i = 0; i < batch.rows->num_rows(); ++i) {
      const bool is_test = test_every > 0 && (begin + i) % test_every == 0;
      batch.origins.Append({.split = is_test ? 1 : 0, .row = begin + i + 1, .count = 1});
    }
    ARROW_ASSIGN_OR_RAISE(auto cut, sink.Cut(std::move(batch)));
    for (auto& block : cut) blocks.push_back(std::move(block));
  }
  ARROW_ASSIGN_OR_RAISE(auto last, sink.Finish());
  for (auto& block : last) blocks.push_back(std::move(block));
  for (size_t i = blocks.size(); i-- > 0;) ARROW_RETURN_NOT_OK(blocks[i]->Encode());
  for (auto& block : blocks) ARROW_RETURN_NOT_OK(sink.Append(std::move(block)));
  return sink.Close();
}

std::shared_ptr<arrow::Table> ReadParquet(const std::string& path) {
  auto file = arrow::io::ReadableFile::Open(path).ValueOrDie();
  auto reader = parquet::arrow::OpenFile(file, arrow::default_memory_pool()).ValueOrDie();
  auto table = reader->ReadTable().ValueOrDie();
  EXPECT_TRUE(table->ValidateFull().ok());
  return table;
}

TEST_F(SinkTest, ParquetReadsBackEqualForAnyBatchSize) {
  const auto rows = RandomRows(1, 9'000);
  const auto expected = arrow::Table::FromRecordBatches({rows}).ValueOrDie();
  std::string bytes;
  for (int64_t batch_rows : {9'000, 1'000, 7}) {
    const std::string sub = "b" + std::to_string(batch_rows);
    const auto context = Context(rows->schema(), sub);
    auto sink = MakeParquetSink({.row_group_mb = 1}, context).ValueOrDie();
    const auto files = Feed(*sink, rows, batch_rows).ValueOrDie();
    ASSERT_EQ(files.size(), 2u);
    EXPECT_EQ(files[0].path, "data/train-00000-of-00001.parquet");
    EXPECT_EQ(files[0].rows, 9'000);
    EXPECT_EQ(files[1].path, "data/test-00000-of-00001.parquet");
    EXPECT_EQ(files[1].rows, 0);
    const std::string path = context.staging_dir + "/" + files[0].path;
    EXPECT_TRUE(ReadParquet(path)->Equals(*expected));
    EXPECT_EQ(ReadParquet(context.staging_dir + "/" + files[1].path)->num_rows(), 0);
    EXPECT_EQ(files[0].sha256, Sha256Hex(ReadAll(path)));
    EXPECT_EQ(files[0].size_bytes, int64_t(fs::file_size(path)));
    if (bytes.empty()) bytes = ReadAll(path);
    EXPECT_TRUE(bytes == ReadAll(path)) << "batch_rows=" << batch_rows;
  }
}

TEST_F(SinkTest, ParquetPageIndexPointsAtThePages) {
  const auto rows = RandomRows(2, 9'000);
  const auto context = Context(rows->schema(), "p");
  auto sink = MakeParquetSink({.row_group_mb = 1}, context).ValueOrDie();
  const auto files = Feed(*sink, rows, 1'000).ValueOrDie();
  auto reader = parquet::ParquetFileReader::OpenFile(context.staging_dir + "/" + files[0].path);
  const auto metadata = reader->metadata();
  ASSERT_GT(metadata->num_row_groups(), 2);
  auto index = reader->GetPageIndexReader();
  ASSERT_NE(index, nullptr);
  for (int g = 0; g < metadata->num_row_groups(); ++g) {
    const auto group = metadata->RowGroup(g);
    for (int c = 0; c < metadata->num_columns(); ++c) {
      const auto chunk = group->ColumnChunk(c);
      const auto offsets = index->RowGroup(g)->GetOffsetIndex(c);
      ASSERT_NE(offsets, nullptr);
      EXPECT_EQ(offsets->page_locations().front().offset, chunk->data_page_offset());
      const auto column_index = index->RowGroup(g)->GetColumnIndex(c);
      if (column_index == nullptr) continue;  // Long text has none.
      EXPECT_EQ(column_index->null_pages().size(), offsets->page_locations().size());
    }
  }
}

TEST_F(SinkTest, ParquetShardsAndSplitsKeepEveryRowOnce) {
  const auto rows = RandomRows(3, 9'000);
  const auto context = Context(rows->schema(), "s");
  auto sink = MakeParquetSink({.row_group_mb = 1, .shard_mb = 1}, context).ValueOrDie();
  const auto files = Feed(*sink, rows, 700, /*test_every=*/10).ValueOrDie();
  int64_t train = 0;
  int64_t test = 0;
  for (const OutputFile& file : files) {
    (file.split == "train" ? train : test) += file.rows;
    EXPECT_EQ(ReadParquet(context.staging_dir + "/" + file.path)->num_rows(), file.rows);
  }
  EXPECT_EQ(train, 8'100);
  EXPECT_EQ(test, 900);
  EXPECT_GE(files.size(), 3u);
  for (const auto& entry : fs::directory_iterator(context.staging_dir + "/data")) {
    EXPECT_NE(entry.path().filename().string().front(), '.') << "temporary name left";
  }
}

TEST_F(SinkTest, ParquetShardsOfExactlySoManyRowsUnderNamesOfOnesOwn) {
  const auto rows = RandomRows(3, 9'000);
  const auto context = Context(rows->schema(), "n");
  auto sink =
      MakeParquetSink(
          {.row_group_mb = 1, .shard_rows = 4'000, .file_name = "x/{split}/part-{shard}"}, context)
          .ValueOrDie();
  const auto files = Feed(*sink, rows, 700).ValueOrDie();
  ASSERT_EQ(files.size(), 3u);  // And none of the split that has no rows.
  for (size_t i = 0; i < files.size(); ++i) {
    EXPECT_EQ(files[i].path, "x/train/part-0000" + std::to_string(i) + ".parquet");
    EXPECT_EQ(files[i].rows, i < 2 ? 4'000 : 1'000);
    EXPECT_EQ(ReadParquet(context.staging_dir + "/" + files[i].path)->num_rows(), files[i].rows);
  }
  EXPECT_FALSE(fs::exists(context.staging_dir + "/data"));
  for (const char* name :
       {".x/{split}-{shard}", "part-{shard}", "{split}", "/{split}{shard}", "../{split}-{shard}"}) {
    EXPECT_EQ(KindOf(MakeParquetSink({.file_name = name}, context).status()),
              FailureKind::kWrongUsage)
        << name;
  }
}

TEST_F(SinkTest, ParquetDictionaryColumnsDoNotDependOnBatches) {
  const auto plain = RandomRows(4, 3'000);
  const auto type = arrow::dictionary(arrow::int8(), arrow::utf8());
  const auto schema = arrow::schema({arrow::field("kind", type)});
  auto encode = [&](int64_t batch_rows) {
    const auto context = Context(schema, "d" + std::to_string(batch_rows));
    auto sink = MakeParquetSink({}, context).ValueOrDie();
    int64_t row = 0;
    for (; row < plain->num_rows(); row += batch_rows) {
      const auto slice = plain->GetColumnByName("kind")->Slice(row, batch_rows);
      auto column = arrow::compute::Cast(*slice, type).ValueOrDie();
      const int64_t count = column->length();
      EXPECT_TRUE(sink->Cut({.rows = arrow::RecordBatch::Make(schema, count, {column}),
                             .origins = Origins({.row = row + 1, .count = count})})
                      .ok());
    }
    auto blocks = sink->Finish().ValueOrDie();
    for (auto& block : blocks) {
      EXPECT_TRUE(block->Encode().ok());
      EXPECT_TRUE(sink->Append(std::move(block)).ok());
    }
    const auto files = sink->Close().ValueOrDie();
    EXPECT_TRUE(ReadParquet(context.staging_dir + "/" + files[0].path)
                    ->schema()
                    ->field(0)
                    ->type()
                    ->Equals(type));
    return files[0].sha256;
  };
  EXPECT_EQ(encode(3'000), encode(77));
}

TEST_F(SinkTest, OneFileRefusesTwoSplits) {
  const auto rows = RandomRows(5, 100);
  auto context = Context(rows->schema(), "o");
  context.single_file = "out.parquet";
  auto sink = MakeParquetSink({}, context).ValueOrDie();
  const auto refused = Feed(*sink, rows, 50, 10).status();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(KindOf(refused), FailureKind::kWrongUsage);
  sink = MakeParquetSink({}, context).ValueOrDie();
  const auto files = Feed(*sink, rows, 50).ValueOrDie();
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(files[0].path, "out.parquet");
}

TEST_F(SinkTest, JsonlWritesEachTypeAndIgnoresBatches) {
  const auto schema = arrow::schema(
      {arrow::field("id", arrow::utf8()), arrow::field("f", arrow::float64()),
       arrow::field("at", arrow::timestamp(arrow::TimeUnit::MILLI, "UTC")),
       arrow::field("day", arrow::date32()), arrow::field("l", arrow::list(arrow::int64())),
       arrow::field("raw", arrow::utf8(), true,
                    arrow::key_value_metadata({{"hubmill.json", "1"}}))});
  const auto array =
      arrow::json::ArrayFromJSONString(
          arrow::struct_(schema->fields()),
          R"([{"id":"a\n\"é","f":1.0,"at":1500,"day":-1,"l":[1,null],"raw":"{\"x\": 1}"},
                             {"id":null,"f":0.1,"at":-1,"day":19844,"l":[],"raw":"[]"}])")
          .ValueOrDie();
  const auto rows = arrow::RecordBatch::Make(
      schema, 2, arrow::RecordBatch::FromStructArray(array).ValueOrDie()->columns());
  auto text = [&](const JsonlSinkOptions& options, const std::string& sub, int64_t batch_rows) {
    const auto context = Context(schema, sub);
    auto sink = MakeJsonlSink(options, context).ValueOrDie();
    const auto files = Feed(*sink, rows, batch_rows).ValueOrDie();
    return ReadAll(context.staging_dir + "/" + files[0].path);
  };
  const std::string compact =
      "{\"id\":\"a\\n\\\"é\",\"f\":1.0,\"at\":\"1970-01-01T00:00:01.500Z\",\"day\":\"1969-12-31\","
      "\"l\":[1,null],\"raw\":{\"x\": 1}}\n"
      "{\"id\":null,\"f\":0.1,\"at\":\"1969-12-31T23:59:59.999Z\",\"day\":\"2024-05-01\",\"l\":[],"
      "\"raw\":[]}\n";
  EXPECT_EQ(text({}, "j1", 2), compact);
  EXPECT_EQ(text({}, "j2", 1), compact);
  EXPECT_NE(text({.style = "python", .nulls = "omit", .ascii = true}, "j3", 1)
                .find("{\"f\": 0.1, \"at\": \"1969"),
            std::string::npos);
  EXPECT_NE(text({.ascii = true}, "j4", 1).find("\\u00e9"), std::string::npos);
  EXPECT_EQ(text({.compression = "gzip"}, "j5", 1), text({.compression = "gzip"}, "j6", 2));
  EXPECT_EQ(text({.compression = "zstd"}, "j7", 1), text({.compression = "zstd"}, "j8", 2));
}

TEST_F(SinkTest, JsonlWritesViewedLinesAsCopies) {
  // Lines of 0 to 80 bytes, so that some stand in the view itself; some have gaps between them.
  std::string text;
  std::vector<std::string> lines;
  arrow::StringBuilder copied;
  for (size_t i = 0; i < 5000; ++i) lines.emplace_back(i % 81, char('a' + i % 26));
  for (const std::string& line : lines) text += line + (line.size() % 3 == 0 ? "\r\n" : "\n");
  const auto memory = arrow::Buffer::FromString(text);
  arrow::TypedBufferBuilder<arrow::BinaryViewType::c_type> views;
  for (size_t i = 0, at = 0; i < lines.size(); at += lines[i].size() % 3 == 0 ? 2 : 1, ++i) {
    ASSERT_TRUE(views
                    .Append(arrow::util::ToBinaryView(memory->data() + at, int32_t(lines[i].size()),
                                                      0, int32_t(at)))
                    .ok());
    ASSERT_TRUE(copied.Append(lines[i]).ok());
    at += lines[i].size();
  }
  const auto data = arrow::ArrayData::Make(arrow::utf8_view(), int64_t(lines.size()),
                                           {nullptr, views.Finish().ValueOrDie(), memory}, 0);
  const auto written = [&](const std::shared_ptr<arrow::Array>& column, const std::string& sub,
                           const std::string& compression) {
    const auto schema = arrow::schema({arrow::field("line", column->type())});
    const auto context = Context(schema, sub);
    auto sink = MakeJsonlSink({.compression = compression, .raw = "line"}, context).ValueOrDie();
    const auto rows = arrow::RecordBatch::Make(schema, column->length(), {column});
    const auto files = Feed(*sink, rows, 700).ValueOrDie();
    return ReadAll(context.staging_dir + "/" + files[0].path);
  };
  const auto copies = copied.Finish().ValueOrDie();
  for (const std::string compression : {"none", "zstd"}) {
    EXPECT_EQ(written(arrow::MakeArray(data), "v-" + compression, compression),
              written(copies, "c-" + compression, compression));
  }
}

TEST_F(SinkTest, JsonlRefusesViewsThatAreNoLine) {
  for (const char* bad : {"a value that holds a\nline break", "a\nb"}) {
    arrow::StringViewBuilder builder;
    ASSERT_TRUE(builder.Append("fine").ok() && builder.Append(bad).ok());
    const auto schema = arrow::schema({arrow::field("line", arrow::utf8_view())});
    const auto rows = arrow::RecordBatch::Make(schema, 2, {builder.Finish().ValueOrDie()});
    auto sink = MakeJsonlSink({.raw = "line"}, Context(schema, "bad")).ValueOrDie();
    EXPECT_FALSE(Feed(*sink, rows, 2).ok());
  }
}

TEST_F(SinkTest, JsonlRefusesWhatJsonCannotHold) {
  const auto binary = arrow::schema({arrow::field("b", arrow::binary())});
  EXPECT_EQ(KindOf(MakeJsonlSink({}, Context(binary, "r1")).status()), FailureKind::kDataRefused);
  const auto schema = arrow::schema({arrow::field("f", arrow::float64())});
  arrow::DoubleBuilder builder;
  ASSERT_TRUE(builder.Append(std::nan("")).ok());
  const auto rows = arrow::RecordBatch::Make(schema, 1, {builder.Finish().ValueOrDie()});
  auto sink = MakeJsonlSink({}, Context(schema, "r2")).ValueOrDie();
  const Status refused = Feed(*sink, rows, 1).status();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(KindOf(refused), FailureKind::kDataRefused);
  EXPECT_NE(refused.message().find("column=f"), std::string::npos);
  std::string text;
  ASSERT_TRUE(AppendRowJson(*rows, 0, &text).ok());
  EXPECT_EQ(text, "{\"f\":null}");
}

TEST_F(SinkTest, FullDiskIsNamedAndLeavesNoFile) {
  const auto rows = RandomRows(6, 9'000);
  const auto context = Context(rows->schema(), "e");
  const auto before = std::signal(SIGXFSZ, SIG_IGN);
  rlimit old{};
  getrlimit(RLIMIT_FSIZE, &old);
  const rlimit small{.rlim_cur = 10'000, .rlim_max = old.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  auto sink = MakeParquetSink({}, context).ValueOrDie();
  const Status failed = Feed(*sink, rows, 1'000).status();
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, before);
  ASSERT_FALSE(failed.ok());
  EXPECT_NE(failed.message().find("remedy: "), std::string::npos) << failed.ToString();
  sink.reset();
  EXPECT_TRUE(fs::is_empty(context.staging_dir + "/data"));
}

TEST(HfFeatures, AreWhatDatasetsWrites) {  // Text: Dataset.to_parquet() of datasets 5.2.0.
  const auto label = arrow::field("a", arrow::int64(), true,
                                  arrow::key_value_metadata({{kClassNamesKey, R"(["no","yes"])"}}));
  const auto schema = arrow::schema(
      {label,
       arrow::field("m", arrow::list(arrow::struct_({arrow::field("role", arrow::utf8())})))});
  EXPECT_EQ(
      *RenderFeatures(*schema),
      R"({"info": {"features": {"a": {"names": ["no", "yes"], "_type": "ClassLabel"}, )"
      R"("m": {"feature": {"role": {"dtype": "string", "_type": "Value"}}, "_type": "List"}}}})");
  const auto map = arrow::schema({arrow::field("m", arrow::map(arrow::utf8(), arrow::int64()))});
  EXPECT_FALSE(RenderFeatures(*map).has_value());
}

TEST(RegisterSinks, OffersBoth) {
  Registry registry;
  RegisterSinks(registry);
  EXPECT_EQ(registry.sinks.count("parquet"), 1u);
  EXPECT_EQ(registry.sinks.count("jsonl"), 1u);
  EXPECT_FALSE(registry.sinks.at("parquet").options.empty());
}

}  // namespace
}  // namespace hubmill
