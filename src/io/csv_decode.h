// CSV records into Arrow columns, and which types columns have.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/source.h"
#include "io/column_buffers.h"
#include "io/csv_parse.h"

namespace hubmill {

/// What the bytes of a record are.  kAuto: UTF-8 where they are valid as such, else Windows-1252;
/// told of each record by itself, so that it does not depend on how a file is cut into blocks.
enum class CsvEncoding : uint8_t { kUtf8, kWindows1252, kAuto };

/// How the names in a header are read.
struct CsvHeaderRules {
  CsvEncoding encoding = CsvEncoding::kUtf8;
  bool trim = false;            // Without spaces around them.
  bool number_repeats = false;  // The second `a` is `a.1`, instead of being refused.
};

struct CsvDecodeOptions {
  CsvDialect dialect;
  CsvEncoding encoding = CsvEncoding::kUtf8;
  std::vector<std::string> nulls;  // Texts of unquoted fields that mean null.
  bool header = true;
  CsvHeaderRules header_rules;
  std::vector<std::string> header_names;  // What each file's header must be.
  std::vector<int> fields_used;           // A field for each column; empty: all fields.
  std::string file_name;
  int64_t batch_rows_max = 8192;
  int64_t line_bytes_max = 64 << 20;
  int32_t file = 0;
  int32_t split = 0;
};

/// Whole records, with kBlockPadding readable zeros behind.  The first of a file is its header,
/// which is no row.  Blank lines are skipped and not counted.  Bad rows are recorded; a header that
/// differs from the first file's fails (kDataRefused).
Result<Decoded> DecodeCsv(std::string_view text, bool file_start, const ColumnPlan& plan,
                          const std::shared_ptr<arrow::Schema>& schema,
                          const CsvDecodeOptions& options);

/// The names in a header record; a field without text becomes "column_N".  Fails on an unclosed
/// quote, bad UTF-8 and, unless the rules number them, names that occur twice.
Result<std::vector<std::string>> ParseCsvHeader(CsvParser* parser, std::string_view text,
                                                const std::string& file,
                                                const CsvHeaderRules& rules);

/// Column types from a sample: int64, float64, bool, else string.  Numbers with leading zeros,
/// which are codes more often than numbers, are strings.
class CsvTypeInference {
 public:
  explicit CsvTypeInference(size_t columns) : seen_(columns, TypeTree::Kind::kNull) {}
  void Observe(const std::vector<CsvField>& fields, const std::vector<std::string>& nulls);
  TypeTree::Kind kind(size_t column) const {
    return seen_[column] == TypeTree::Kind::kNull ? TypeTree::Kind::kString : seen_[column];
  }

 private:
  std::vector<TypeTree::Kind> seen_;
};

}  // namespace hubmill
