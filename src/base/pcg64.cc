#include "base/pcg64.h"

#include <array>
#include <bit>
#include <numeric>

#include "base/check.h"

namespace hubmill {
namespace {

constexpr size_t kPoolWords = 4;

uint32_t HashMix(uint32_t value, uint32_t* constant) {
  value ^= *constant;
  *constant *= 0x931e8875u;
  value *= *constant;
  return value ^ value >> 16;
}

uint32_t Mix(uint32_t x, uint32_t y) {
  const uint32_t mixed = 0xca01f9ddu * x - 0x4973f715u * y;
  return mixed ^ mixed >> 16;
}

/// SeedSequence(seed).generate_state(4, uint64).
std::array<uint64_t, 4> SeedState(uint32_t seed) {
  std::array<uint32_t, kPoolWords> pool{};
  uint32_t constant = 0x43b0d7e5u;
  for (size_t i = 0; i < kPoolWords; ++i) pool[i] = HashMix(i == 0 ? seed : 0, &constant);
  for (size_t from = 0; from < kPoolWords; ++from) {
    for (size_t to = 0; to < kPoolWords; ++to) {
      if (from != to) pool[to] = Mix(pool[to], HashMix(pool[from], &constant));
    }
  }
  std::array<uint64_t, 4> state{};
  constant = 0x8b51f9ddu;
  for (size_t i = 0; i < 2 * state.size(); ++i) {
    uint32_t word = pool[i % kPoolWords] ^ constant;
    constant *= 0x58f38dedu;
    word *= constant;
    word ^= word >> 16;
    state[i / 2] |= uint64_t{word} << (i % 2 == 0 ? 0 : 32);
  }
  return state;
}

/// The upper half of a 128-bit product.
uint64_t MultiplyHigh(uint64_t a, uint64_t b) {
  const uint64_t a_low = a & 0xffffffffu, a_high = a >> 32;
  const uint64_t b_low = b & 0xffffffffu, b_high = b >> 32;
  const uint64_t middle = a_high * b_low + (a_low * b_low >> 32);
  const uint64_t other = a_low * b_high + (middle & 0xffffffffu);
  return a_high * b_high + (middle >> 32) + (other >> 32);
}

}  // namespace

Pcg64::Wide Pcg64::Add(Wide a, Wide b) {
  const uint64_t low = a.low + b.low;
  return {a.high + b.high + (low < a.low ? 1 : 0), low};
}

Pcg64::Wide Pcg64::Multiply(Wide a, Wide b) {
  return {MultiplyHigh(a.low, b.low) + a.high * b.low + a.low * b.high, a.low * b.low};
}

Pcg64::Pcg64(uint32_t seed) {
  const std::array<uint64_t, 4> state = SeedState(seed);
  increment_ = {state[2] << 1 | state[3] >> 63, state[3] << 1 | 1};
  Step();
  state_ = Add(state_, {state[0], state[1]});
  Step();
}

void Pcg64::Step() {
  constexpr Wide kMultiplier{0x2360ed051fc65da4u, 0x4385df649fccf645u};
  state_ = Add(Multiply(state_, kMultiplier), increment_);
}

uint64_t Pcg64::Next64() {
  Step();
  return std::rotr(state_.high ^ state_.low, int(state_.high >> 58));
}

uint32_t Pcg64::Next32() {
  if (has_half_) {
    has_half_ = false;
    return half_;
  }
  const uint64_t both = Next64();
  has_half_ = true;
  half_ = uint32_t(both >> 32);
  return uint32_t(both);
}

uint32_t Pcg64::Bounded(uint32_t max) {
  if (max == 0) return 0;
  const uint32_t mask = UINT32_MAX >> std::countl_zero(max);
  uint32_t value = Next32() & mask;
  while (value > max) value = Next32() & mask;
  return value;
}

std::vector<int64_t> Pcg64::Permutation(int64_t n) {
  HUBMILL_CHECK(n >= 0 && n <= int64_t{UINT32_MAX}, "a permutation of too many rows");
  std::vector<int64_t> rows(static_cast<size_t>(n));
  std::iota(rows.begin(), rows.end(), int64_t{0});
  Shuffle(std::span<int64_t>(rows));
  return rows;
}

}  // namespace hubmill
