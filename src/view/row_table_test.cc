#include "view/row_table.h"

#include <arrow/api.h>
#include <arrow/filesystem/localfs.h>
#include <arrow/io/compressed.h>
#include <arrow/io/file.h>
#include <arrow/util/compression.h>
#include <gmock/gmock.h>
#include <parquet/arrow/writer.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "view/cell.h"
#include "view/data_set.h"
#include "view/parquet_pages.h"

namespace hubmill {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

struct Written {
  int64_t rows = 20'000;
  int64_t group_rows = 7'000;
  bool page_index = true;
  bool v2 = false;
  bool dictionary = true;
  int first = 0;
};

/// Row i: id, text, tags (list), turns (list<struct<role, content>>), meta (struct with a map).
std::shared_ptr<arrow::Table> MakeRows(int64_t first, int64_t rows) {
  auto role = std::make_shared<arrow::StringBuilder>();
  auto content = std::make_shared<arrow::StringBuilder>();
  auto turn_type =
      arrow::struct_({arrow::field("role", arrow::utf8()), arrow::field("content", arrow::utf8())});
  auto turn = std::make_shared<arrow::StructBuilder>(
      turn_type, arrow::default_memory_pool(),
      std::vector<std::shared_ptr<arrow::ArrayBuilder>>{role, content});
  arrow::ListBuilder turns(arrow::default_memory_pool(), turn);
  auto tag = std::make_shared<arrow::Int32Builder>();
  arrow::ListBuilder tags(arrow::default_memory_pool(), tag);
  auto key = std::make_shared<arrow::StringBuilder>();
  auto item = std::make_shared<arrow::Int64Builder>();
  arrow::MapBuilder map(arrow::default_memory_pool(), key, item);
  arrow::Int64Builder ids;
  arrow::StringBuilder texts;
  for (int64_t i = first; i < first + rows; ++i) {
    EXPECT_TRUE(ids.Append(i).ok());
    const std::string text = "text " + std::to_string(i) + std::string(size_t(i % 97), 'x');
    EXPECT_TRUE((i % 11 == 0 ? texts.AppendNull() : texts.Append(text)).ok());
    EXPECT_TRUE((i % 13 == 0 ? tags.AppendNull() : tags.Append()).ok());
    for (int64_t t = 0; i % 13 != 0 && t < i % 4; ++t)
      EXPECT_TRUE(tag->Append(int32_t(t + i)).ok());
    EXPECT_TRUE((i % 17 == 0 ? turns.AppendNull() : turns.Append()).ok());
    for (int64_t t = 0; i % 17 != 0 && t < i % 3; ++t) {
      EXPECT_TRUE(turn->Append().ok());
      EXPECT_TRUE(role->Append("user").ok());
      EXPECT_TRUE(
          (i % 5 == 0 ? content->AppendNull() : content->Append(std::string(size_t(i % 211), 'c')))
              .ok());
    }
    EXPECT_TRUE(map.Append().ok());
    for (int64_t t = 0; t < i % 2; ++t) {
      EXPECT_TRUE(key->Append("k" + std::to_string(i)).ok());
      EXPECT_TRUE(item->Append(i).ok());
    }
  }
  return arrow::Table::Make(
      arrow::schema({arrow::field("id", arrow::int64()), arrow::field("text", arrow::utf8()),
                     arrow::field("tags", arrow::list(arrow::int32())),
                     arrow::field("turns", turns.type()), arrow::field("map", map.type())}),
      {*ids.Finish(), *texts.Finish(), *tags.Finish(), *turns.Finish(), *map.Finish()});
}

class RowTableTest : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_ = fs::temp_directory_path() /
           ("hubmill_view_" + std::to_string(::getpid()) + "_" +
            ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(dir_);
  }
  void TearDown() override { fs::remove_all(dir_); }

  InputFile File(const std::string& name) const {
    const std::string path = (dir_ / name).string();
    std::error_code error;
    const auto size = fs::file_size(path, error);
    return {.name = name,
            .path = path,
            .file_system = std::make_shared<arrow::fs::LocalFileSystem>(),
            .size_bytes = error ? -1 : int64_t(size)};
  }

  InputFile Write(const std::string& name, const std::shared_ptr<arrow::Table>& table,
                  const Written& how) {
    parquet::WriterProperties::Builder builder;
    builder.data_pagesize(8 << 10)->write_batch_size(100)->max_row_group_length(how.group_rows);
    builder.enable_page_checksum()->compression(arrow::Compression::SNAPPY);
    if (how.page_index) builder.enable_write_page_index();
    if (!how.page_index) builder.disable_write_page_index();
    if (how.v2) builder.data_page_version(parquet::ParquetDataPageVersion::V2);
    if (!how.dictionary) builder.disable_dictionary();
    auto file = *arrow::io::FileOutputStream::Open((dir_ / name).string());
    EXPECT_TRUE(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), file,
                                           how.group_rows, builder.build())
                    .ok());
    EXPECT_TRUE(file->Close().ok());
    return File(name);
  }

  InputFile WriteText(const std::string& name, const std::string& text) {
    std::ofstream(dir_ / name, std::ios::binary) << text;
    return File(name);
  }

  static std::shared_ptr<RowTable> Open(std::vector<InputFile> files,
                                        const RowTableOptions& options = {.decode_bytes_min = 0}) {
    auto table = RowTable::Open(std::move(files), options);
    EXPECT_TRUE(table.ok()) << table.status().ToString();
    return table.ok() ? *table : nullptr;
  }

  /// Reads at random and compares with a slice of `all`.
  static void CompareReads(RowTable& table, const std::shared_ptr<arrow::Table>& all) {
    ASSERT_EQ(table.rows(), all->num_rows());
    const auto whole = *all->CombineChunksToBatch();
    std::mt19937 draw(3);
    for (int i = 0; i < 40; ++i) {
      const auto offset = int64_t(draw() % uint64_t(all->num_rows()));
      const int64_t length = i % 4 == 0 ? 1 : int64_t(draw() % 300);
      const auto got = table.Read(offset, length);
      ASSERT_TRUE(got.ok()) << got.status().ToString();
      const auto expected = whole->Slice(offset, length);
      ASSERT_TRUE((*got)->Equals(*expected, /*check_metadata=*/false))
          << "offset " << offset << " length " << length << "\n"
          << (*got)->ToString() << expected->ToString();
    }
  }

  fs::path dir_;
};

TEST_F(RowTableTest, ReadsAnyRowsWithAndWithoutPageIndex) {
  const auto all = MakeRows(0, 20'000);
  int number = 0;
  for (const bool index : {true, false}) {
    for (const bool v2 : {true, false}) {
      for (const bool dictionary : {true, false}) {
        SCOPED_TRACE(Concat("index ", index, " v2 ", v2, " dictionary ", dictionary));
        const auto file = Write(Concat(number++, ".parquet"), all,
                                {.page_index = index, .v2 = v2, .dictionary = dictionary});
        CompareReads(*Open({file}), all);
        if (index) CompareReads(*Open({file}, {.decode_bytes_min = INT64_MAX}), all);
      }
    }
  }
}

TEST_F(RowTableTest, PagesThatAreNotNeededAreNotRead) {
  const auto all = MakeRows(0, 20'000);
  for (const auto& [column, index] :
       {std::pair(1, true), std::pair(1, false), std::pair(3, true)}) {
    SCOPED_TRACE(Concat("column ", column, " index ", index));
    const auto one = *all->SelectColumns({column});
    const auto file =
        Write("a.parquet", one, {.group_rows = 20'000, .page_index = index, .dictionary = false});
    std::fstream damaged(file.path, std::ios::in | std::ios::out | std::ios::binary);
    damaged.seekp(file.size_bytes / 4);
    damaged.write("damage", 6);
    damaged.close();
    const auto table = Open({file});
    const auto rows = table->Read(19'000, 50);
    ASSERT_TRUE(rows.ok()) << rows.status().ToString();
    const auto expected = (*one->CombineChunksToBatch())->Slice(19'000, 50);
    EXPECT_TRUE((*rows)->Equals(*expected));
    const auto whole = Open({file}, {.decode_bytes_min = INT64_MAX})->Read(19'000, 50);
    EXPECT_EQ(KindOf(whole.status()), FailureKind::kDataRefused);
  }
}

TEST_F(RowTableTest, SeveralFilesAreOneTable) {
  const auto all = MakeRows(0, 9'000);
  const auto a = Write("a.parquet", all->Slice(0, 4'000), {.group_rows = 1'500});
  const auto b = Write("b.parquet", all->Slice(4'000, 0), {});
  const auto c = Write("c.parquet", all->Slice(4'000, 5'000), {.page_index = false});
  const auto table = Open({a, b, c});
  CompareReads(*table, all);
  EXPECT_THAT(table->FileStarts(), ::testing::ElementsAre(0, 4'000, 4'000, 9'000));
  EXPECT_THAT(table->Starts(), ::testing::ElementsAre(0, 1'500, 3'000, 4'000));
}

TEST_F(RowTableTest, ScansSpansInOrder) {
  const auto all = MakeRows(0, 9'000);
  const auto table = Open({Write("a.parquet", all, {.group_rows = 2'000})});
  int64_t next = 1'234;
  const Status status = table->Scan(
      {"id"}, {.first_row = 1'234, .end_row = 7'777},
      [&](const std::shared_ptr<arrow::RecordBatch>& batch, int64_t first) -> Result<bool> {
        EXPECT_EQ(first, next);
        const auto& ids = static_cast<const arrow::Int64Array&>(*batch->column(0));
        for (int64_t i = 0; i < ids.length(); ++i) EXPECT_EQ(ids.Value(i), next++);
        return true;
      });
  EXPECT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(next, 7'777);
  int visits = 0;
  EXPECT_TRUE(table
                  ->Scan({}, {},
                         [&](const auto&, int64_t) -> Result<bool> {
                           ++visits;
                           return false;
                         })
                  .ok());
  EXPECT_EQ(visits, 1);
  const Status failed = table->Scan(
      {}, {}, [&](const auto&, int64_t) -> Result<bool> { return RunFailed("the visitor's own"); });
  EXPECT_THAT(failed.message(), HasSubstr("the visitor's own"));
}

TEST_F(RowTableTest, ColumnsAreChosenAndMissingOnesAreNull) {
  const auto all = MakeRows(0, 100);
  const auto whole = Write("a.parquet", all, {});
  const auto part = Write("b.parquet", *all->SelectColumns({0}), {});
  const auto table = Open({part, whole});
  const auto rows = *table->Read(99, 2, {"text", "id"});
  EXPECT_EQ(rows->schema()->field_names(), (std::vector<std::string>{"text", "id"}));
  EXPECT_TRUE(rows->column(0)->IsNull(0));
  const auto wrong = table->Read(0, 1, {"txt"});
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(KindOf(wrong.status()), FailureKind::kWrongUsage);
  EXPECT_THAT(wrong.status().message(), HasSubstr("did you mean text?"));
}

TEST_F(RowTableTest, EndsAndEmptySets) {
  const auto table = Open({Write("a.parquet", MakeRows(0, 10), {})});
  EXPECT_EQ((*table->Read(8, 100))->num_rows(), 2);
  EXPECT_EQ((*table->Read(10, 5))->num_rows(), 0);
  EXPECT_EQ((*table->Read(INT64_MAX - 1, INT64_MAX))->num_rows(), 0);
  EXPECT_EQ((*table->Read(3, 0))->num_rows(), 0);
  const auto none = Open({});
  EXPECT_EQ(none->rows(), 0);
  EXPECT_EQ((*none->Read(0, 10))->num_rows(), 0);
  const auto empty = Open({WriteText("e.jsonl", "")});
  EXPECT_EQ(empty->rows(), 0);
  EXPECT_EQ((*empty->Read(0, 10))->num_rows(), 0);
}

TEST_F(RowTableTest, LargeRowsAreReadOneByOne) {
  arrow::StringBuilder texts;
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(texts.Append(std::string(10 << 20, char('a' + i))).ok());
  const auto table =
      arrow::Table::Make(arrow::schema({arrow::field("t", arrow::utf8())}), {*texts.Finish()});
  const auto opened =
      Open({Write("a.parquet", table, {})}, {.read_bytes_max = 25 << 20, .decode_bytes_min = 0});
  const auto rows = *opened->Read(1, 7);
  EXPECT_GE(rows->num_rows(), 1);
  EXPECT_LE(rows->num_rows(), 2);
  EXPECT_EQ(static_cast<const arrow::StringArray&>(*rows->column(0)).GetView(0)[0], 'b');
}

TEST_F(RowTableTest, TwoThousandColumns) {
  arrow::FieldVector fields;
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  arrow::Int64Builder numbers;
  for (int i = 0; i < 3'000; ++i) ASSERT_TRUE(numbers.Append(i).ok());
  const auto column = *numbers.Finish();
  for (int i = 0; i < 2'000; ++i) {
    fields.push_back(arrow::field("c" + std::to_string(i), arrow::int64()));
    arrays.push_back(column);
  }
  const auto table = arrow::Table::Make(arrow::schema(fields), arrays);
  const auto opened = Open({Write("a.parquet", table, {})});
  const auto rows = *opened->Read(2'500, 3);
  ASSERT_EQ(rows->num_columns(), 2'000);
  EXPECT_EQ(static_cast<const arrow::Int64Array&>(*rows->column(1'999)).Value(2), 2'502);
}

TEST_F(RowTableTest, BrokenBytesAreRefusedAndNeverCrash) {
  const auto good = Write("a.parquet", MakeRows(0, 2'000), {.group_rows = 1'000});
  std::ifstream in(good.path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  std::mt19937 draw(5);
  int refused = 0;
  for (int i = 0; i < 150; ++i) {
    std::string broken = bytes;
    if (i % 10 == 0) broken.resize(draw() % broken.size());
    // Later ones hit the indexes and the footer.
    const size_t tail = std::min<size_t>(broken.size(), 12'000);
    for (int k = 0; k < 3 && !broken.empty(); ++k) {
      const size_t at = i % 2 == 0 ? draw() % broken.size() : broken.size() - 1 - draw() % tail;
      broken[at] = char(draw());
    }
    WriteText("b.parquet", broken);
    const auto table = RowTable::Open({File("b.parquet")}, {.decode_bytes_min = 0});
    Status status = table.status();
    if (table.ok()) {
      for (const int64_t offset : {0, 700, 1'500}) {
        status &= (*table)->Read(offset, 30).status();
      }
      status &= (*table)->Scan({}, {}, [](const auto&, int64_t) -> Result<bool> { return true; });
    }
    if (status.ok()) continue;
    ++refused;
    EXPECT_EQ(KindOf(status), FailureKind::kDataRefused) << status.ToString();
    EXPECT_THAT(status.message(), HasSubstr("b.parquet"));
    EXPECT_EQ(status.message().find('\n'), std::string::npos) << status.message();
  }
  EXPECT_GT(refused, 50);
}

TEST_F(RowTableTest, AFileThatChangesIsRefused) {
  const auto file = Write("a.parquet", MakeRows(0, 100), {});
  const auto table = Open({file});
  EXPECT_TRUE(table->CheckUnchanged().ok());
  Write("a.parquet", MakeRows(5, 120), {});
  EXPECT_FALSE(table->CheckUnchanged().ok());
  const auto read = table->Read(0, 1);
  ASSERT_FALSE(read.ok());
  EXPECT_THAT(read.status().message(), HasSubstr("changed while it was read"));
}

TEST_F(RowTableTest, LinesAreReadForwardsAndBackwards) {
  std::string text;
  for (int i = 0; i < 60'000; ++i) {
    if (i % 10'000 == 5) text += "not json\n\n";
    text += Concat("{\"n\": ", i, ", \"text\": \"row ", i, " ", std::string(40, 'x'), "\"}\n");
  }
  const auto file = WriteText("a.jsonl", text);
  const auto other = WriteText("b.jsonl", "{\"n\": 60000, \"text\": \"last\"}\n");
  const auto table = Open({file, other});
  EXPECT_EQ(table->rows(), -1);
  const auto check = [&](int64_t row) {
    const auto batch = *table->Read(row, 3, {"n"});
    ASSERT_GE(batch->num_rows(), 1);
    EXPECT_EQ(static_cast<const arrow::Int64Array&>(*batch->column(0)).Value(0), row);
  };
  for (const int64_t row : {0, 50'000, 10, 30'000, 59'999, 60'000, 1}) check(row);
  EXPECT_EQ(*table->CountRows(), 60'001);
  EXPECT_EQ(table->rows(), 60'001);
  EXPECT_EQ(table->bad_rows(), 6);
  EXPECT_THAT(table->FileStarts(), ::testing::ElementsAre(0, 60'000, 60'001));
  EXPECT_EQ((*table->Read(60'001, 3))->num_rows(), 0);
  int64_t rows = 0;
  EXPECT_TRUE(table
                  ->Scan({"n"}, {.first_row = 41'000},
                         [&](const std::shared_ptr<arrow::RecordBatch>& batch,
                             int64_t first) -> Result<bool> {
                           if (rows == 0) {
                             EXPECT_EQ(first, 41'000);
                           }
                           rows += batch->num_rows();
                           return true;
                         })
                  .ok());
  EXPECT_EQ(rows, 19'001);
}

TEST_F(RowTableTest, OnlyPlainTextCountsQuickly) {
  const auto plain = Open({WriteText("a.jsonl", "{\"n\": 1}\n")});
  EXPECT_TRUE(plain->CountsQuickly());
  InputFile large = WriteText("large.jsonl", "{\"n\": 1}\n");
  large.size_bytes = kQuickCountBytesMax + 1;
  EXPECT_FALSE(Open({large})->CountsQuickly());

  const std::string path = (dir_ / "a.jsonl.gz").string();
  auto codec = *arrow::util::Codec::Create(arrow::Compression::GZIP);
  auto file = *arrow::io::CompressedOutputStream::Make(codec.get(),
                                                       *arrow::io::FileOutputStream::Open(path));
  ASSERT_TRUE(file->Write("{\"n\": 1}\n").ok());
  ASSERT_TRUE(file->Close().ok());
  const auto packed = Open({File("a.jsonl.gz")});
  EXPECT_FALSE(packed->CountsQuickly());
  EXPECT_EQ(*packed->CountRows(), 1);
  EXPECT_TRUE(packed->CountsQuickly());  // Now it is known.
}

TEST_F(RowTableTest, MixedTypesOfJsonAreShownAsText) {
  const auto table =
      Open({WriteText("a.jsonl", "{\"a\": 1, \"b\": 1}\n{\"a\": \"x\", \"b\": 2}\n")});
  const auto rows = *table->Read(0, 10);
  EXPECT_EQ(rows->num_rows(), 2);
  EXPECT_EQ(rows->schema()->field(0)->type()->id(), arrow::Type::STRING);
}

TEST_F(RowTableTest, FormatsMustBeKnownAndOne) {
  const auto mixed = RowTable::Open({WriteText("a.jsonl", "{}"), WriteText("b.csv", "a\n1\n")});
  EXPECT_THAT(mixed.status().message(), HasSubstr("different formats"));
  const auto unknown = RowTable::Open({WriteText("a.bin", "x")});
  EXPECT_EQ(KindOf(unknown.status()), FailureKind::kWrongUsage);
  const auto broken = RowTable::Open({WriteText("a.parquet", "x")});
  EXPECT_EQ(KindOf(broken.status()), FailureKind::kDataRefused);
}

TEST(PagesOfIndex, RefusesWhatCannotBeTrue) {
  const ChunkPlace chunk{.begin = 100, .bytes = 50, .rows = 10};
  const auto render = [](const std::vector<std::array<int64_t, 3>>& pages) {
    const auto number = [](ThriftType type, int64_t value) {
      ThriftValue out;
      out.type = type;
      out.number = value;
      return out;
    };
    ThriftValue list;
    list.type = ThriftType::kList;
    list.item_type = ThriftType::kStruct;
    for (const auto& page : pages) {
      ThriftValue item;
      item.fields = {{1, number(ThriftType::kI64, page[0])},
                     {2, number(ThriftType::kI32, page[1])},
                     {3, number(ThriftType::kI64, page[2])}};
      list.items.push_back(item);
    }
    ThriftValue index;
    index.fields = {{1, list}};
    std::string out;
    RenderThrift(index, &out);
    return out;
  };
  EXPECT_TRUE(PagesOfIndex(render({{110, 20, 0}, {130, 20, 5}}), chunk));
  EXPECT_FALSE(PagesOfIndex(render({{110, 20, 0}, {130, 21, 5}}), chunk));  // Behind the chunk.
  EXPECT_FALSE(PagesOfIndex(render({{99, 20, 0}}), chunk));                 // Before it.
  EXPECT_FALSE(PagesOfIndex(render({{110, 20, 0}, {120, 20, 5}}), chunk));  // Overlap.
  EXPECT_FALSE(PagesOfIndex(render({{110, 20, 1}}), chunk));                // No first row.
  EXPECT_FALSE(PagesOfIndex(render({{110, 20, 0}, {130, 20, 0}}), chunk));  // Rows stand still.
  EXPECT_FALSE(PagesOfIndex(render({{110, 20, 0}, {130, 20, 10}}), chunk));
  EXPECT_FALSE(PagesOfIndex(render({{110, 0, 0}}), chunk));
  EXPECT_FALSE(PagesOfIndex(render({}), chunk));
  EXPECT_FALSE(PagesOfIndex("", chunk));
}

TEST_F(RowTableTest, TheCardNamesClassesThatTheFilesDoNot) {
  const auto card = [](const char* features) {
    return std::string("---\ndataset_info:\n- config_name: default\n  features:\n") + features +
           "---\n";
  };
  const auto label = [](const std::string& column, const std::string& names) {
    return "  - name: " + column + "\n    dtype:\n      class_label:\n        names: " + names +
           "\n";
  };
  const auto names_of = [&] {
    const auto set = DataSet::Open({.name = "x",
                                    .root = dir_.string(),
                                    .file_system = std::make_shared<arrow::fs::LocalFileSystem>(),
                                    .base = dir_.string()});
    EXPECT_TRUE(set.ok()) << set.status();
    const auto table = (*set->Find("", ""))->OpenRows();
    EXPECT_TRUE(table.ok()) << table.status();
    const auto batch = *(*table)->Read(0, 1, {"l"});
    EXPECT_EQ(batch->schema()->field(0)->name(), "l");
    const ColumnView column = DescribeColumns(*batch->schema(), batch.get())[0];
    EXPECT_EQ(DescribeColumns(*(*table)->schema(), nullptr)[0].class_names, column.class_names);
    EXPECT_EQ(column.shape == CellShape::kClass, !column.class_names.empty());
    return column.class_names;
  };
  const std::string two = label("gone", "[c, d]") + label("l", "{'0': a, '1': b}");
  for (const auto& [name, text] : std::map<std::string, std::string>{
           {"a.jsonl", "{\"l\": 1}\n{\"l\": 9}\n"}, {"a.csv", "l\n1\n9\n"}}) {
    WriteText(name, text);
    WriteText("README.md", card(two.c_str()));
    EXPECT_THAT(names_of(), ::testing::ElementsAre("a", "b")) << name;
    WriteText("README.md", card(label("l", "[a, a]").c_str()));
    EXPECT_THAT(names_of(), ::testing::IsEmpty()) << name;
    fs::remove(dir_ / name);
  }
  WriteText("README.md", card(two.c_str()));
  WriteText("a.jsonl", "{\"l\": \"a\"}\n");  // Values that are names by themselves.
  EXPECT_THAT(names_of(), ::testing::IsEmpty());
  fs::remove(dir_ / "a.jsonl");

  const auto values = arrow::MakeArrayFromScalar(arrow::Int64Scalar(1), 5);
  const auto with = [&](const char* feature) {
    const auto metadata = arrow::KeyValueMetadata::Make(
        {"huggingface"}, {std::string(R"({"info": {"features": {"l": )") + feature + "}}}"});
    const auto rows =
        arrow::Table::Make(arrow::schema({arrow::field("l", arrow::int64())}, metadata), {*values});
    const auto keeps_metadata = parquet::ArrowWriterProperties::Builder().store_schema()->build();
    const auto out = *arrow::io::FileOutputStream::Open((dir_ / "a.parquet").string());
    ASSERT_TRUE(parquet::arrow::WriteTable(*rows, arrow::default_memory_pool(), out, 5,
                                           parquet::default_writer_properties(), keeps_metadata)
                    .ok());
    ASSERT_TRUE(out->Close().ok());
  };
  with(R"({"dtype": "int64", "_type": "Value"})");
  EXPECT_THAT(names_of(), ::testing::ElementsAre("a", "b"));
  with(R"({"names": ["x", "y"], "_type": "ClassLabel"})");
  EXPECT_THAT(names_of(), ::testing::ElementsAre("x", "y"));
}

TEST_F(RowTableTest, FoldersAreLaidOutAndOurFilesSetApart) {
  const auto rows = MakeRows(0, 5);
  fs::create_directories(dir_ / "data");
  Write("data/train-00000-of-00001.parquet", rows, {});
  Write("data/test-00000-of-00001.parquet", rows, {});
  WriteText("manifest.json", "{}");
  WriteText("rejects.jsonl", "{\"a\": 1}\n");
  WriteText("README.md", "---\npretty_name: A name\n---\n# Heading\n");
  const auto flag = arrow::MakeArrayFromScalar(arrow::BooleanScalar(true), 5);
  const auto id = arrow::MakeArrayFromScalar(arrow::StringScalar("a"), 5);
  Write("why.parquet",
        arrow::Table::Make(arrow::schema({arrow::field("id", arrow::utf8()),
                                          arrow::field("cluster", arrow::utf8()),
                                          arrow::field("kept", arrow::boolean()),
                                          arrow::field("representative", arrow::utf8())}),
                           {*id, *id, *flag, *id}),
        {});
  const DataPlace place{.name = "x",
                        .root = dir_.string(),
                        .file_system = std::make_shared<arrow::fs::LocalFileSystem>(),
                        .base = dir_.string()};
  const auto set = DataSet::Open(place);
  ASSERT_TRUE(set.ok()) << set.status().ToString();
  EXPECT_EQ(set->title, "A name");
  EXPECT_EQ(set->manifest, "{}");
  EXPECT_THAT(set->clusters, ::testing::ElementsAre("why.parquet"));
  EXPECT_THAT(set->rejects, ::testing::ElementsAre("rejects.jsonl"));
  ASSERT_EQ(set->configs.size(), 1U);
  EXPECT_EQ(set->configs[0].splits.size(), 2U);
  EXPECT_EQ((*set->Find("", ""))->name, "train");
  EXPECT_EQ((*set->Find("default", "test"))->formats, std::vector<std::string>{"parquet"});
  EXPECT_THAT(set->Find("", "tset").status().message(), HasSubstr("did you mean test?"));
  EXPECT_THAT(set->Find("defalt", "").status().message(), HasSubstr("did you mean default?"));
}

}  // namespace
}  // namespace hubmill
