#include "base/utc_text.h"

#include <ctime>

namespace hubmill {

std::string UtcMillisText(int64_t unix_millis) {
  const std::time_t seconds = unix_millis / 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[40];
  const size_t size = std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
  const std::string millis = std::to_string(1000 + unix_millis % 1000).substr(1);
  return std::string(text, size) + "." + millis + "Z";
}

}  // namespace hubmill
