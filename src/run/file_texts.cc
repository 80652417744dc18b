#include "run/file_texts.h"

#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <arrow/io/file.h>
#include <arrow/ipc/reader.h>
#include <arrow/table.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/reader.h>

#include <algorithm>
#include <fstream>

#include "base/utf8.h"
#include "io/byte_stream.h"
#include "security/sets/leak_scan.h"

namespace hubmill {
namespace {

using Look = std::function<void(std::string_view)>;

constexpr size_t kReadBytes = 1 << 20;
constexpr size_t kWholeBytesMax = 256 << 20;  // A longer text is looked at in pieces of this size.
constexpr size_t kMagicBytes = 4096;

template <typename Array>
void EachView(const arrow::Array& array, const Look& look) {
  const auto& texts = static_cast<const Array&>(array);
  for (int64_t row = 0; row < texts.length(); ++row) {
    if (!texts.IsNull(row)) look(texts.GetView(row));
  }
}

/// False where the array's type is not known.
bool EachText(const arrow::Array& array, const Look& look) {
  using arrow::Type;
  switch (array.type_id()) {
    case Type::STRING:
    case Type::BINARY:
      EachView<arrow::BinaryArray>(array, look);
      return true;
    case Type::LARGE_STRING:
    case Type::LARGE_BINARY:
      EachView<arrow::LargeBinaryArray>(array, look);
      return true;
    case Type::STRING_VIEW:
    case Type::BINARY_VIEW:
      EachView<arrow::BinaryViewArray>(array, look);
      return true;
    case Type::FIXED_SIZE_BINARY:
      EachView<arrow::FixedSizeBinaryArray>(array, look);
      return true;
    case Type::STRUCT: {
      const auto fields = static_cast<const arrow::StructArray&>(array).fields();
      return std::all_of(fields.begin(), fields.end(),
                         [&look](const auto& field) { return EachText(*field, look); });
    }
    case Type::LIST:
    case Type::MAP:
      return EachText(*static_cast<const arrow::ListArray&>(array).values(), look);
    case Type::LARGE_LIST:
      return EachText(*static_cast<const arrow::LargeListArray&>(array).values(), look);
    case Type::FIXED_SIZE_LIST:
      return EachText(*static_cast<const arrow::FixedSizeListArray&>(array).values(), look);
    case Type::DICTIONARY:
      return EachText(*static_cast<const arrow::DictionaryArray&>(array).dictionary(), look);
    case Type::EXTENSION:
      return EachText(*static_cast<const arrow::ExtensionArray&>(array).storage(), look);
    default:
      return arrow::is_primitive(array.type_id()) || arrow::is_decimal(array.type_id()) ||
             array.type_id() == Type::NA || array.type_id() == Type::INTERVAL_MONTHS;
  }
}

Status EachColumn(const arrow::ChunkedArray& column, const std::string& name, const Look& look) {
  for (const auto& chunk : column.chunks()) {
    if (!EachText(*chunk, look)) {
      return RunFailed("a column of a type that nobody looks into: column=", name);
    }
  }
  return Status::OK();
}

/// Names and metadata; whether the columns are those of an evaluation set.
bool LookAtSchema(const arrow::Schema& schema, const Look& look) {
  look(schema.ToString(/*show_metadata=*/true));
  for (const auto& field : schema.fields()) look(field->name());
  if (schema.metadata() != nullptr) {
    for (const std::string& value : schema.metadata()->values()) look(value);
  }
  return IsEvalSchema([&schema](const char* name) { return schema.GetFieldIndex(name) >= 0; });
}

Result<FileTexts> ReadParquet(const std::string& path, const Look& look) {
  ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(path));
  ARROW_ASSIGN_OR_RAISE(auto reader, parquet::arrow::OpenFile(file, arrow::default_memory_pool()));
  std::shared_ptr<arrow::Schema> schema;
  ARROW_RETURN_NOT_OK(reader->GetSchema(&schema));
  FileTexts texts{.form = FileForm::kParquet};
  texts.eval_columns = LookAtSchema(*schema, look);
  if (const auto metadata = reader->parquet_reader()->metadata()->key_value_metadata()) {
    for (const std::string& value : metadata->values()) look(value);
  }
  for (int group = 0; group < reader->num_row_groups(); ++group) {
    for (int column = 0; column < schema->num_fields(); ++column) {
      std::shared_ptr<arrow::ChunkedArray> values;
      ARROW_RETURN_NOT_OK(reader->RowGroup(group)->Column(column)->Read(&values));
      ARROW_RETURN_NOT_OK(EachColumn(*values, schema->field(column)->name(), look));
    }
  }
  return texts;
}

Result<std::shared_ptr<arrow::Table>> ReadArrowTable(const std::string& path, bool stream) {
  ARROW_ASSIGN_OR_RAISE(auto file,
                        arrow::io::MemoryMappedFile::Open(path, arrow::io::FileMode::READ));
  if (stream) {
    ARROW_ASSIGN_OR_RAISE(auto reader, arrow::ipc::RecordBatchStreamReader::Open(file));
    return reader->ToTable();
  }
  ARROW_ASSIGN_OR_RAISE(auto reader, arrow::ipc::RecordBatchFileReader::Open(file));
  ARROW_ASSIGN_OR_RAISE(auto batches, reader->ToRecordBatches());
  return arrow::Table::FromRecordBatches(reader->schema(), std::move(batches));
}

Result<FileTexts> ReadArrow(const std::string& path, bool stream, const Look& look) {
  ARROW_ASSIGN_OR_RAISE(const auto table, ReadArrowTable(path, stream));
  ARROW_RETURN_NOT_OK(table->ValidateFull());
  FileTexts texts{.form = FileForm::kArrow};
  texts.eval_columns = LookAtSchema(*table->schema(), look);
  for (int column = 0; column < table->num_columns(); ++column) {
    ARROW_RETURN_NOT_OK(
        EachColumn(*table->column(column), table->schema()->field(column)->name(), look));
  }
  return texts;
}

/// Whether the bytes read as text: no NUL, and nearly all of it UTF-8.
bool IsText(std::string_view bytes) {
  const auto broken = [](std::string_view part) {
    size_t count = 0;
    for (size_t at = 0; at < part.size();) {
      const Utf8Char c = DecodeUtf8(part, at);
      count += c.valid ? 0 : 1;
      at += c.valid ? c.size_bytes : 1;
    }
    return count;
  };
  return bytes.find('\0') == bytes.npos && broken(bytes) <= bytes.size() / 50 + 4;
}

void EachLine(std::string_view text, const Look& look) {
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    if (line.find_first_not_of(" \t\r") != line.npos && line.size() < text.size()) look(line);
    begin = end + 1;
  }
}

Result<FileTexts> ReadText(const std::string& path, const Look& look) {
  ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(path));
  ARROW_ASSIGN_OR_RAISE(auto stream, OpenByteStream(file, Compression::kDetect, path));
  std::string text;
  std::string buffer(kReadBytes, '\0');
  for (bool first = true, more = true; more;) {
    while (more && text.size() < kWholeBytesMax) {
      ARROW_ASSIGN_OR_RAISE(
          const int64_t size,
          stream->Read(reinterpret_cast<uint8_t*>(buffer.data()), int64_t(buffer.size())));
      more = size > 0;
      text.append(buffer, 0, size_t(size));
    }
    if (first && !IsText(std::string_view(text).substr(0, kReadBytes))) return FileTexts{};
    first = false;
    look(text);
    EachLine(text, look);
    // The next piece begins with the line that this one cut.
    const size_t last = text.rfind('\n');
    text.erase(0, !more || last == text.npos ? text.size() : last + 1);
  }
  return FileTexts{.form = FileForm::kText};
}

bool IsPicture(std::string_view magic) {
  return magic.starts_with("\x89PNG\r\n") || magic.starts_with("\xFF\xD8\xFF") ||
         magic.starts_with("GIF8") ||
         (magic.starts_with("RIFF") && magic.substr(0, 12).ends_with("WEBP"));
}

}  // namespace

Result<FileTexts> ReadFileTexts(const std::string& path, const Look& look) {
  std::string magic(kMagicBytes, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(magic.data(), std::streamsize(magic.size()));
  if (file.bad()) return RunFailed("cannot read a file: file=", path);
  magic.resize(size_t(file.gcount()));
  if (magic.starts_with("PAR1")) return ReadParquet(path, look);
  if (magic.starts_with("ARROW1")) return ReadArrow(path, /*stream=*/false, look);
  if (magic.starts_with("\xFF\xFF\xFF\xFF")) return ReadArrow(path, /*stream=*/true, look);
  if (IsPicture(magic)) return FileTexts{.form = FileForm::kPicture};
  return ReadText(path, look);
}

}  // namespace hubmill
