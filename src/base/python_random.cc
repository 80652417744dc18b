#include "base/python_random.h"

#include <algorithm>
#include <bit>
#include <cstddef>

#include "base/check.h"

namespace hubmill {
namespace {

/// The state that init_by_array leaves for the key [seed], in the form std::mt19937 asks for it.
struct KeyedState {
  using result_type = uint32_t;
  uint32_t seed;

  template <typename Iterator>
  void generate(Iterator begin, Iterator end) const {
    const auto words = size_t(end - begin);
    const auto spread = [](uint32_t word) { return word ^ word >> 30; };
    begin[0] = 19650218u;
    for (size_t i = 1; i < words; ++i) begin[i] = 1812433253u * spread(begin[i - 1]) + uint32_t(i);
    size_t at = 1;
    const auto step = [&] {
      if (++at < words) return;
      begin[0] = begin[words - 1];
      at = 1;
    };
    for (size_t i = 0; i < words; ++i, step()) {
      begin[at] = (begin[at] ^ spread(begin[at - 1]) * 1664525u) + seed;
    }
    for (size_t i = 1; i < words; ++i, step()) {
      begin[at] = (begin[at] ^ spread(begin[at - 1]) * 1566083941u) - uint32_t(at);
    }
    begin[0] = 0x80000000u;
  }
};

std::mt19937 EngineOf(uint32_t seed) {
  KeyedState state{seed};
  return std::mt19937(state);
}

}  // namespace

PythonRandom::PythonRandom(uint32_t seed) : engine_(EngineOf(seed)) {}

uint32_t PythonRandom::Bits(int bits) {
  HUBMILL_CHECK(bits >= 1 && bits <= 32, "a word has 32 bits");
  ++words_;
  return uint32_t(engine_()) >> (32 - bits);
}

uint32_t PythonRandom::Below(uint32_t count) {
  HUBMILL_CHECK(count > 0, "no number is below zero");
  const int bits = std::bit_width(count);
  uint32_t value = Bits(bits);
  while (value >= count) value = Bits(bits);
  return value;
}

void PythonRandom::Skip(int64_t words) {
  engine_.discard(static_cast<unsigned long long>(words));
  words_ += words;
}

}  // namespace hubmill
