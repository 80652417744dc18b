#include "hub/secrets_file.h"

namespace hubmill {

bool IsSecretsFile(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return name == ".env" || name.starts_with(".env.");
}

}  // namespace hubmill
