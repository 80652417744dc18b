#include "cli/text_file.h"

#include <filesystem>
#include <fstream>
#include <memory>

#include "io/output_folder.h"

namespace hubmill {

namespace fs = std::filesystem;

Status WriteTextFile(const std::string& path, const std::string& text) {
  std::error_code ignored;  // SingleFile reports what cannot be written.
  if (fs::path(path).has_parent_path())
    fs::create_directories(fs::path(path).parent_path(), ignored);
  ARROW_ASSIGN_OR_RAISE(const auto file, SingleFile::Open(path));
  const std::string staged = file->staging_dir() + "/" + file->name();
  std::ofstream stream(staged, std::ios::binary);
  stream << text;
  stream.close();
  if (!stream) return RunFailed("cannot write a file: file=", path, "; remedy: free disk space");
  return file->Commit();
}

}  // namespace hubmill
