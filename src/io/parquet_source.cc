#include "io/parquet_source.h"

#include <arrow/array/array_base.h>
#include <arrow/array/util.h>
#include <arrow/buffer.h>
#include <arrow/io/caching.h>
#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/utf8.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/properties.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <utility>

#include "io/byte_stream.h"

namespace hubmill {
namespace {

constexpr int64_t kFooterTailBytes = 8;  // Four bytes of length and the magic.
constexpr int32_t kThriftStringBytesMax = 100 << 20;

/// A file whose footer was read.
struct ParquetFile {
  std::shared_ptr<parquet::FileMetaData> metadata;
  std::string hash;
};

Status Broken(const std::string& file, int row_group, const std::string& why) {
  if (IsServiceFailure(why)) return ServiceFailure("read a file", file, why);
  return DataRefused("a Parquet file is broken: file=", file,
                     row_group < 0 ? "" : Concat(" row_group=", row_group), " why=", why,
                     "; remedy: copy or download it again");
}

/// Arrow reports most damage as a Status and some as an exception.
template <typename Function>
auto Guarded(const std::string& file, int row_group, Function function) -> decltype(function()) {
  try {
    auto out = function();
    if (out.ok() || KindOf(out.status()) != FailureKind::kRunFailed) return out;
    if (out.status().detail() != nullptr) return out;
    return Broken(file, row_group, out.status().message());
  } catch (const parquet::ParquetStatusException& error) {
    if (KindOf(error.status()) == FailureKind::kService) return error.status();
    return Broken(file, row_group, error.what());
  } catch (const std::exception& error) {
    return Broken(file, row_group, error.what());
  }
}

/// The bytes of the footer, and their hash.
Result<std::string> HashFooter(arrow::io::RandomAccessFile* file, const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(int64_t size, file->GetSize());
  if (size < kFooterTailBytes + 4) return Broken(name, -1, "too short to be Parquet");
  ARROW_ASSIGN_OR_RAISE(auto tail, file->ReadAt(size - kFooterTailBytes, kFooterTailBytes));
  if (tail->size() != kFooterTailBytes || std::memcmp(tail->data() + 4, "PAR1", 4) != 0) {
    return Broken(name, -1, "the last bytes are not PAR1 (cut off, or not Parquet)");
  }
  uint32_t length;
  std::memcpy(&length, tail->data(), 4);
  if (int64_t(length) > size - kFooterTailBytes - 4) {
    return Broken(name, -1, "the footer's length is beyond the file");
  }
  int64_t bytes = int64_t(length) + kFooterTailBytes;
  ARROW_ASSIGN_OR_RAISE(auto footer, file->ReadAt(size - bytes, bytes));
  if (footer->size() != bytes) return Broken(name, -1, "the footer ends too early");
  return "footer-" + HashText(footer->data(), size_t(footer->size()));
}

parquet::ReaderProperties ReaderOptions() {
  parquet::ReaderProperties properties = parquet::default_reader_properties();
  properties.set_page_checksum_verification(true);
  properties.set_thrift_string_size_limit(kThriftStringBytesMax);
  return properties;
}

Result<std::unique_ptr<parquet::arrow::FileReader>> OpenReader(
    const InputFile& input, std::shared_ptr<parquet::FileMetaData> metadata, int64_t batch_rows) {
  ARROW_ASSIGN_OR_RAISE(auto file, OpenRandomAccess(input));
  parquet::arrow::FileReaderBuilder builder;
  ARROW_RETURN_NOT_OK(builder.Open(std::move(file), ReaderOptions(), std::move(metadata)));
  parquet::ArrowReaderProperties properties(/*use_threads=*/false);
  properties.set_batch_size(batch_rows);
  properties.set_pre_buffer(IsRemote(input));  // Near column chunks in one read, far ones at once.
  properties.set_cache_options(arrow::io::CacheOptions::Defaults());
  builder.properties(properties);
  std::unique_ptr<parquet::arrow::FileReader> reader;
  ARROW_RETURN_NOT_OK(builder.Build(&reader));
  return reader;
}

struct ParquetShared {
  std::shared_ptr<arrow::Schema> schema;
  std::vector<std::string> columns;  // Selected; empty: all.
  int64_t batch_rows_max;
  bool missing_is_null;
};

/// The leaf columns below the selected ones.
std::vector<int> LeavesOf(const parquet::arrow::SchemaManifest& manifest,
                          const std::vector<std::string>& columns) {
  std::vector<int> leaves;
  auto visit = [&leaves](auto& self, const parquet::arrow::SchemaField& field) -> void {
    if (field.column_index >= 0) leaves.push_back(field.column_index);
    for (const auto& child : field.children) self(self, child);
  };
  for (const auto& field : manifest.schema_fields) {
    const std::string& name = field.field->name();
    if (columns.empty() || std::find(columns.begin(), columns.end(), name) != columns.end()) {
      visit(visit, field);
    }
  }
  return leaves;
}

/// The selected columns in the order they were named, under the source's schema.
Result<std::shared_ptr<arrow::RecordBatch>> Arrange(const arrow::RecordBatch& batch,
                                                    const ParquetShared& shared) {
  const std::shared_ptr<arrow::Schema>& schema = shared.schema;
  arrow::ArrayVector arrays;
  for (const auto& field : schema->fields()) {
    auto array = batch.GetColumnByName(field->name());
    if (array == nullptr && shared.missing_is_null) {
      ARROW_ASSIGN_OR_RAISE(array, arrow::MakeArrayOfNull(field->type(), batch.num_rows()));
    }
    if (array == nullptr || !array->type()->Equals(*field->type())) {
      return Status::Invalid("a column is not as the footer says: column=", field->name());
    }
    arrays.push_back(std::move(array));
  }
  auto out = arrow::RecordBatch::Make(schema, batch.num_rows(), std::move(arrays));
  ARROW_RETURN_NOT_OK(out->ValidateFull());  // Damaged text or offsets must not reach the stages.
  return out;
}

class ParquetMorsel final : public Morsel {
 public:
  ParquetMorsel(const InputFile* input, const ParquetFile* opened, int row_group, int32_t index,
                std::shared_ptr<const ParquetShared> shared)
      : input_(input), opened_(opened), row_group_(row_group), shared_(std::move(shared)) {
    file = index;
    if (row_group >= 0) bytes = opened->metadata->RowGroup(row_group)->total_compressed_size();
  }

  Result<Decoded> Decode() override {
    if (row_group_ < 0) return Decoded{};  // A file without rows.
    return Guarded(input_->name, row_group_, [this] { return Read(); });
  }

 private:
  Result<Decoded> Read() {
    ARROW_ASSIGN_OR_RAISE(auto reader,
                          OpenReader(*input_, opened_->metadata, shared_->batch_rows_max));
    std::vector<int> leaves = LeavesOf(reader->manifest(), shared_->columns);
    ARROW_ASSIGN_OR_RAISE(auto batches, reader->GetRecordBatchReader({row_group_}, leaves));
    Decoded out;
    int64_t rows = opened_->metadata->RowGroup(row_group_)->num_rows();
    for (;;) {
      ARROW_ASSIGN_OR_RAISE(auto batch, batches->Next());
      if (batch == nullptr) break;
      if (batch->num_rows() == 0) continue;
      ARROW_ASSIGN_OR_RAISE(batch, Arrange(*batch, *shared_));
      RowRun run{.file = file,
                 .split = input_->split,
                 .row = out.row_numbers + 1,
                 .count = batch->num_rows()};
      out.row_numbers += batch->num_rows();
      out.batches.push_back({std::move(batch), Origins(run)});
    }
    if (out.row_numbers != rows) {
      return Status::Invalid("the row group ends too early: rows=", out.row_numbers,
                             " expected=", rows);
    }
    return out;
  }

  const InputFile* input_;
  const ParquetFile* opened_;
  int row_group_;
  std::shared_ptr<const ParquetShared> shared_;
};

/// The names of columns that differ, for a message.
std::string Differences(const arrow::Schema& first, const arrow::Schema& other) {
  std::string out;
  auto add = [&out](const std::string& name, const std::string& how) {
    if (out.size() < 500) out += (out.empty() ? "" : ", ") + name.substr(0, 100) + " (" + how + ")";
  };
  for (const auto& field : first.fields()) {
    auto now = other.GetFieldByName(field->name());
    if (now == nullptr) {
      add(field->name(), "missing");
    } else if (!now->type()->Equals(*field->type())) {
      add(field->name(), field->type()->ToString() + " became " + now->type()->ToString());
    }
  }
  for (const auto& field : other.fields()) {
    if (first.GetFieldByName(field->name()) == nullptr) add(field->name(), "new");
  }
  return out.empty() ? "the order" : out;
}

class ParquetReader final : public Source {
 public:
  explicit ParquetReader(InputFiles inputs)
      : inputs_(std::move(inputs)), files_(SourceFilesOf(inputs_)) {}

  Status Bind(const ParquetOptions& options, const SourceContext& context);

  const std::shared_ptr<arrow::Schema>& schema() const override { return shared_->schema; }
  const std::vector<SourceFile>& files() const override { return files_; }
  const std::vector<std::string>& splits() const override { return inputs_.splits; }

  Result<std::unique_ptr<Morsel>> Next() override {
    while (file_ < opened_.size()) {
      int groups = opened_[file_].metadata->num_row_groups();
      if (row_group_ < std::max(groups, 1)) {
        int group = groups == 0 ? -1 : row_group_;
        if (++row_group_ >= groups) files_[file_].hash = opened_[file_].hash;
        return std::make_unique<ParquetMorsel>(&inputs_.files[file_], &opened_[file_], group,
                                               int32_t(file_), shared_);
      }
      ++file_;
      row_group_ = 0;
    }
    return nullptr;
  }

 private:
  Result<std::shared_ptr<arrow::Schema>> Open(const InputFile& input);
  Result<std::shared_ptr<arrow::Schema>> Merge(const std::shared_ptr<arrow::Schema>& first,
                                               const arrow::Schema& other, const std::string& file,
                                               bool adds) const;
  Result<std::shared_ptr<arrow::Schema>> Choose(const std::shared_ptr<arrow::Schema>& schema,
                                                const ParquetOptions& options) const;

  InputFiles inputs_;
  std::vector<SourceFile> files_;
  std::vector<ParquetFile> opened_;
  std::shared_ptr<const ParquetShared> shared_;
  size_t file_ = 0;
  int row_group_ = 0;
};

/// Reads the footer of one file into opened_; returns the schema of all its columns.
Result<std::shared_ptr<arrow::Schema>> ParquetReader::Open(const InputFile& input) {
  ARROW_ASSIGN_OR_RAISE(auto file, OpenRandomAccess(input));
  return Guarded(input.name, -1, [&]() -> Result<std::shared_ptr<arrow::Schema>> {
    ARROW_ASSIGN_OR_RAISE(std::string hash, HashFooter(file.get(), input.name));
    ARROW_ASSIGN_OR_RAISE(auto reader, OpenReader(input, nullptr, 1));
    auto metadata = reader->parquet_reader()->metadata();
    std::shared_ptr<arrow::Schema> schema;
    ARROW_RETURN_NOT_OK(reader->GetSchema(&schema));
    for (int i = 0; i < metadata->num_row_groups(); ++i) {
      if (metadata->RowGroup(i)->num_rows() < 0) {
        return Status::Invalid("a row group has a negative number of rows");
      }
    }
    opened_.push_back({std::move(metadata), std::move(hash)});
    return schema;
  });
}

Result<std::shared_ptr<arrow::Schema>> ParquetReader::Choose(
    const std::shared_ptr<arrow::Schema>& schema, const ParquetOptions& options) const {
  std::vector<std::string> names = schema->field_names();
  std::vector<std::string> sorted = names;
  std::sort(sorted.begin(), sorted.end());
  auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end()) {
    return DataRefused("a column name occurs twice: file=", inputs_.files[0].name,
                       " column=", *twice, "; remedy: rename it in the file");
  }
  if (options.columns.empty()) return schema->WithMetadata(nullptr);
  arrow::FieldVector fields;
  for (const std::string& column : options.columns) {
    auto field = schema->GetFieldByName(column);
    if (field == nullptr) {
      std::string near = NearestName(column, names);
      return DataRefused(
          "a column does not exist: column=", column, " file=", inputs_.files[0].name,
          "; remedy: ", near.empty() ? "correct `columns`" : "did you mean " + near + "?");
    }
    for (const auto& chosen : fields) {
      if (chosen->name() == column) {
        return WrongUsage("a column is named twice: column=", column, "; remedy: name it once");
      }
    }
    fields.push_back(std::move(field));
  }
  return arrow::schema(std::move(fields));
}

/// The columns of the files so far and, with `adds`, the new ones of `other`, all nullable.
Result<std::shared_ptr<arrow::Schema>> ParquetReader::Merge(
    const std::shared_ptr<arrow::Schema>& first, const arrow::Schema& other,
    const std::string& file, bool adds) const {
  arrow::FieldVector fields;
  for (const auto& field : first->fields()) {
    const auto same = other.GetFieldByName(field->name());
    if (same != nullptr && !same->type()->Equals(*field->type())) {
      return DataRefused("a column has two types: column=", field->name(), " file=", file,
                         " type=", same->type()->ToString(), " first_file=", inputs_.files[0].name,
                         " first_type=", field->type()->ToString(),
                         "; remedy: give files whose columns agree");
    }
    fields.push_back(field->WithNullable(true));
  }
  for (const auto& field : other.fields()) {
    if (adds && first->GetFieldIndex(field->name()) < 0)
      fields.push_back(field->WithNullable(true));
  }
  return arrow::schema(std::move(fields));
}

Status ParquetReader::Bind(const ParquetOptions& options, const SourceContext& context) {
  std::shared_ptr<arrow::Schema> first;
  opened_.reserve(inputs_.files.size());  // Morsels point into it.
  for (const InputFile& input : inputs_.files) {
    ARROW_ASSIGN_OR_RAISE(auto schema, Open(input));
    if (!options.columns.empty()) {  // The others may differ from file to file.
      ARROW_ASSIGN_OR_RAISE(schema, Choose(schema, options));
    }
    if (first == nullptr) {
      first = std::move(schema);
    } else if (options.schema != "same") {
      ARROW_ASSIGN_OR_RAISE(first, Merge(first, *schema, input.name, options.schema == "union"));
    } else if (!first->Equals(*schema, /*check_metadata=*/false)) {
      return DataRefused("files have different columns: file=", input.name,
                         " first_file=", inputs_.files[0].name,
                         " columns=", Differences(*first, *schema),
                         "; remedy: give files with equal columns, or say `schema: union`");
    }
  }
  ARROW_ASSIGN_OR_RAISE(auto schema, Choose(first, options));
  shared_ = std::make_shared<ParquetShared>(
      ParquetShared{std::move(schema), options.columns, context.batch_rows_max,
                    /*missing_is_null=*/options.schema != "same"});
  return Status::OK();
}

}  // namespace

void ParquetOptions::Describe(OptionTable<ParquetOptions>& table) {
  table
      .Field("path", &ParquetOptions::path,
             "File, folder, glob or URI; a list of these; or a map from split to these.")
      .Required();
  table.Field("columns", &ParquetOptions::columns,
              "Columns to read, in this order; all where none is named.");
  table
      .Field("schema", &ParquetOptions::schema,
             "Columns of several files: `same`, else refused; `first`, those of the first file; "
             "`union`, those of all. What a file lacks is null in its rows.")
      .Choices({"same", "first", "union"});
}

const std::vector<std::string>& ParquetExtensions() {
  static const auto* extensions = new std::vector<std::string>{".parquet"};
  return *extensions;
}

Result<std::unique_ptr<Source>> OpenParquet(InputFiles inputs, const ParquetOptions& options,
                                            const SourceContext& context) {
  auto source = std::make_unique<ParquetReader>(std::move(inputs));
  ARROW_RETURN_NOT_OK(source->Bind(options, context));
  return source;
}

SourceEntry ParquetSource() {
  SourceEntry entry = DescribeEntry<SourceEntry, ParquetOptions>(
      {.name = "parquet",
       .summary = "Parquet files with equal columns.",
       .details =
           "Each row group is decoded by one thread, in batches; only the chosen columns are read. "
           "All files must have the same columns and types unless `schema` says otherwise. A "
           "damaged file (bytes flipped, cut "
           "off, "
           "not Parquet) is an error that names file and row group; page checksums are verified "
           "where a file has them. Input hashes are those of the footer. Memory: one decoded row "
           "group a thread.",
       .example = "source:\n  parquet:\n    path: data/train-*.parquet\n    columns: [id, text]\n",
       .shorthand = "path"},
      "source");
  entry.make = [](const Setting& setting, const OptionContext& option_context,
                  const SourceContext& context) -> Result<std::unique_ptr<Source>> {
    ARROW_ASSIGN_OR_RAISE(auto options,
                          ReadOptions<ParquetOptions>(setting, "path", option_context));
    ARROW_ASSIGN_OR_RAISE(InputFiles inputs,
                          ExpandPaths(options.path, ParquetExtensions(), context.uris));
    return OpenParquet(std::move(inputs), options, context);
  };
  return entry;
}

}  // namespace hubmill
