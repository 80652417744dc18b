#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace hubmill {

void CheckFailed(const char* condition, const char* file, int line, const char* why) {
  std::fprintf(stderr, "hubmill: internal error, please report it: %s (%s) at %s:%d\n", why,
               condition, file, line);
  std::abort();
}

}  // namespace hubmill
