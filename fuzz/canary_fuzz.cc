// A canary: a planted bug that every fuzz run must find.  When it is not found, the fuzzer is
// broken (no coverage, no sanitizer), and the silence of the other targets means nothing.
#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size >= 4 && data[0] == 'h' && data[1] == 'm' && data[2] == '!' && data[3] == '\n') {
    __builtin_trap();
  }
  return 0;
}
