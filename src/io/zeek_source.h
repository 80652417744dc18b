// Zeek logs (conn.log, conn.log.labeled) as they are written: tab-separated, types in the header.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/registry.h"
#include "io/input_files.h"

namespace hubmill {

struct ZeekOptions {
  Setting path;
  int64_t line_mb_max = 64;
  static void Describe(OptionTable<ZeekOptions>& table);
};

/// `inputs` may hold standard input (a null file system) as its only file.
Result<std::unique_ptr<Source>> OpenZeek(InputFiles inputs, const ZeekOptions& options,
                                         const SourceContext& context);

SourceEntry ZeekSource();

/// File names that folders are searched for.
const std::vector<std::string>& ZeekExtensions();

}  // namespace hubmill
