// Source sqlite; its page in docs/stages.md is the text of this entry.
#pragma once

#include "core/registry.h"

namespace hubmill {

struct SqliteOptions {
  std::string path;
  Setting query;
  static void Describe(OptionTable<SqliteOptions>& table);
};

SourceEntry SqliteSource();

}  // namespace hubmill
