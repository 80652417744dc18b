#include "security/tools/tool_adapter.h"

#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>

namespace hubmill {
namespace fs = std::filesystem;

Status WriteToolFile(const std::string& path, std::string_view text) {
  std::error_code error;
  fs::create_directories(fs::path(path).parent_path(), error);
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.close();
  if (file.good()) return Status::OK();
  return RunFailed("cannot write a file: path=", path, "; remedy: make room, or set TMPDIR");
}

Result<std::vector<std::string>> LayOut(const std::string& folder, ConfigLang lang,
                                        TextList texts) {
  std::vector<std::string> paths;
  for (size_t i = 0; i < texts.size(); ++i) {
    char number[16];
    std::snprintf(number, sizeof number, "%06zu", i);
    paths.push_back(Concat("f/", number, lang == ConfigLang::kK8s ? "/f.yaml" : "/f.tf"));
    ARROW_RETURN_NOT_OK(WriteToolFile(folder + "/" + paths.back(), texts[i]));
  }
  return paths;
}

int64_t NumberOf(std::string_view path, size_t texts) {
  const size_t name = path.rfind("/f.");
  if (name == std::string_view::npos) return -1;
  const size_t slash = path.rfind('/', name - 1);
  const size_t start = slash == std::string_view::npos || name == 0 ? 0 : slash + 1;
  int64_t number = -1;
  const auto read = std::from_chars(path.data() + start, path.data() + name, number);
  const bool whole = read.ec == std::errc() && read.ptr == path.data() + name;
  return whole && number >= 0 && number < static_cast<int64_t>(texts) ? number : -1;
}

}  // namespace hubmill
