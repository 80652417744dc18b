// Source postgres; its page in docs/stages.md is the text of this entry.
#pragma once

#include "core/registry.h"

namespace hubmill {

struct PostgresOptions {
  std::string url;
  Setting query;
  int64_t timeout_s = 600;
  int64_t connect_timeout_s = 10;
  int64_t retries = 3;
  static void Describe(OptionTable<PostgresOptions>& table);
};

SourceEntry PostgresSource();

}  // namespace hubmill
