// JSON lines: one object a line, plain, .gz or .zst; files, folders, globs, URIs or standard input.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/registry.h"
#include "io/input_files.h"

namespace hubmill {

struct JsonlOptions {
  Setting path;
  StringMap schema;
  std::vector<std::string> json;
  std::string infer = "sample";
  std::string extra_fields = "error";
  int64_t line_mb_max = 64;
  std::string raw;
  bool raw_views = false;
  int64_t block_kb = 0;
  int64_t split_rows_max = 0;
  static void Describe(OptionTable<JsonlOptions>& table);
};

/// `inputs` may hold standard input (a null file system) as its only file.
Result<std::unique_ptr<Source>> OpenJsonl(InputFiles inputs, const JsonlOptions& options,
                                          const SourceContext& context);

SourceEntry JsonlSource();

/// File names that folders are searched for.
const std::vector<std::string>& JsonlExtensions();

}  // namespace hubmill
