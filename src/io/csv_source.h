// CSV: plain, .gz or .zst; files, folders, globs, URIs or standard input.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/registry.h"
#include "io/csv_parse.h"
#include "io/input_files.h"

namespace hubmill {

struct CsvOptions {
  Setting path;
  std::string delimiter = ",";
  std::string quote = "\"";
  std::string encoding = "utf-8";
  bool header = true;
  std::vector<std::string> columns;
  bool trim_headers = false;
  std::string repeated_headers = "refuse";
  std::vector<std::string> nulls = {""};
  std::string types = "infer";
  StringMap schema;
  int64_t line_mb_max = 64;
  /// Which of the columns of these names to read, for sources that know; null or nothing: all.
  std::function<std::vector<int>(const std::vector<std::string>& names)> choose;
  static void Describe(OptionTable<CsvOptions>& table);
};

/// `inputs` may hold standard input (a null file system) as its only file.
Result<std::unique_ptr<Source>> OpenCsv(InputFiles inputs, const CsvOptions& options,
                                        const SourceContext& context);

SourceEntry CsvSource();

/// File names that folders are searched for.
const std::vector<std::string>& CsvExtensions();

}  // namespace hubmill
