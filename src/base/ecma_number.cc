#include "base/ecma_number.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <string_view>

#include "base/check.h"

namespace hubmill {
namespace {

char* Put(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

char* PutZeros(char* out, int count) {
  std::memset(out, '0', size_t(count));
  return out + count;
}

}  // namespace

size_t WriteEcmaNumber(double value, char* out) {
  HUBMILL_CHECK(std::isfinite(value), "JSON has no NaN and no infinity");
  char* to = out;
  if (value == 0) {
    *to = '0';
    return 1;
  }
  if (value < 0) *to++ = '-';
  char text[40];  // d.ddde±xx
  const auto written =
      std::to_chars(text, text + sizeof(text), std::fabs(value), std::chars_format::scientific);
  const std::string_view all(text, size_t(written.ptr - text));
  const size_t e = all.find('e');
  char digits[24];
  int count = 0;
  for (const char c : all.substr(0, e)) {
    if (c != '.') digits[count++] = c;
  }
  int exponent = 0;
  const char* from = all.data() + e + (all[e + 1] == '+' ? 2 : 1);
  std::from_chars(from, written.ptr, exponent);
  const std::string_view significant(digits, size_t(count));
  const int point = exponent + 1;  // Digits before the point.
  if (count <= point && point <= 21) {
    to = PutZeros(Put(to, significant), point - count);
  } else if (point > 0 && point <= 21) {
    to = Put(to, significant.substr(0, size_t(point)));
    to = Put(Put(to, "."), significant.substr(size_t(point)));
  } else if (point > -6 && point <= 0) {
    to = Put(PutZeros(Put(to, "0."), -point), significant);
  } else {
    to = Put(to, significant.substr(0, 1));
    if (count > 1) to = Put(Put(to, "."), significant.substr(1));
    to = Put(to, exponent < 0 ? "e-" : "e+");
    to = std::to_chars(to, to + 4, std::abs(exponent)).ptr;
  }
  return size_t(to - out);
}

}  // namespace hubmill
