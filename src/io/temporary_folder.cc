#include "io/temporary_folder.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace hubmill {

Result<std::unique_ptr<TemporaryFolder>> TemporaryFolder::Make(const std::string& purpose) {
  const char* parent = std::getenv("TMPDIR");
  std::string path = Concat(parent != nullptr && *parent != '\0' ? parent : "/tmp", "/hubmill-",
                            purpose, "-XXXXXX");
  if (mkdtemp(path.data()) == nullptr) {
    return RunFailed("cannot make a temporary folder: path=", path,
                     "; remedy: set TMPDIR to a folder with room");
  }
  return std::unique_ptr<TemporaryFolder>(new TemporaryFolder(std::move(path)));
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;  // The system cleans temporary folders, too.
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace hubmill
