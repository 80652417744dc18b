// Sources that choose the format: `files` by extension, `stdin` by an option.
#pragma once

#include "core/registry.h"

namespace hubmill {

struct FilesOptions {
  Setting path;
  static void Describe(OptionTable<FilesOptions>& table);
};

struct StdinOptions {
  std::string format = "jsonl";
  static void Describe(OptionTable<StdinOptions>& table);
};

SourceEntry FilesSource();
SourceEntry StdinSource();

}  // namespace hubmill
