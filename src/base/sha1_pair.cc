#include "base/sha1_pair.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "base/hash.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

#define HUBMILL_TARGET_SHA __attribute__((target("sha,sse4.1"), always_inline)) inline
#endif

namespace hubmill {
namespace {

#if defined(__x86_64__)

constexpr size_t kBlockBytes = 64;
constexpr int kGroups = 20;  // Of four rounds each.

bool HasShaInstructions() {
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) == 0) return false;
  return (ebx & bit_SHA) != 0 && __builtin_cpu_supports("sse4.1") != 0;
}

/// The five words of a hash: A to D from the highest lane down, E in the highest lane.
struct State {
  __m128i abcd;
  __m128i e;
};

struct Round {
  State state;
  __m128i words[4];  // The last sixteen words of the message schedule.
};

template <int kGroup>
HUBMILL_TARGET_SHA void FourRounds(Round* round) {
  __m128i& word = round->words[kGroup % 4];
  if constexpr (kGroup >= 4) {
    const __m128i mixed = _mm_xor_si128(_mm_sha1msg1_epu32(word, round->words[(kGroup + 1) % 4]),
                                        round->words[(kGroup + 2) % 4]);
    word = _mm_sha1msg2_epu32(mixed, round->words[(kGroup + 3) % 4]);
  }
  State& state = round->state;
  const __m128i sum =
      kGroup == 0 ? _mm_add_epi32(state.e, word) : _mm_sha1nexte_epu32(state.e, word);
  state.e = state.abcd;
  state.abcd = _mm_sha1rnds4_epu32(state.abcd, sum, kGroup / 5);
}

template <int kGroup>
HUBMILL_TARGET_SHA void AllRounds(Round* first, Round* second) {
  FourRounds<kGroup>(first);
  if (second != nullptr) FourRounds<kGroup>(second);
  if constexpr (kGroup + 1 < kGroups) AllRounds<kGroup + 1>(first, second);
}

HUBMILL_TARGET_SHA Round Begin(const State& state, const char* block) {
  const __m128i big_endian = _mm_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f);
  Round round = {.state = state, .words = {}};
  for (int i = 0; i < 4; ++i) {
    const auto* bytes = reinterpret_cast<const __m128i*>(block) + i;
    round.words[i] = _mm_shuffle_epi8(_mm_loadu_si128(bytes), big_endian);
  }
  return round;
}

HUBMILL_TARGET_SHA void End(const Round& round, State* state) {
  state->e = _mm_sha1nexte_epu32(round.state.e, state->e);
  state->abcd = _mm_add_epi32(round.state.abcd, state->abcd);
}

__attribute__((target("sha,sse4.1"))) void HashOne(State* state, const char* data, size_t blocks) {
  for (; blocks > 0; --blocks, data += kBlockBytes) {
    Round round = Begin(*state, data);
    AllRounds<0>(&round, nullptr);
    End(round, state);
  }
}

__attribute__((target("sha,sse4.1"))) void HashTwo(State* first, const char* first_data,
                                                   State* second, const char* second_data,
                                                   size_t blocks) {
  for (; blocks > 0; --blocks, first_data += kBlockBytes, second_data += kBlockBytes) {
    Round one = Begin(*first, first_data);
    Round two = Begin(*second, second_data);
    AllRounds<0>(&one, &two);
    End(one, first);
    End(two, second);
  }
}

State Initial() {
  return {.abcd = _mm_set_epi32(0x67452301, int(0xEFCDAB89), int(0x98BADCFE), 0x10325476),
          .e = _mm_set_epi32(int(0xC3D2E1F0), 0, 0, 0)};
}

/// Hashes what is left of `message` from `done` bytes on (a whole number of blocks), and the
/// padding.
std::string Finish(State state, std::string_view message, size_t done) {
  const size_t whole = (message.size() - done) / kBlockBytes;
  HashOne(&state, message.data() + done, whole);
  done += whole * kBlockBytes;

  std::array<char, 2 * kBlockBytes> tail = {};
  const size_t rest = message.size() - done;
  if (rest > 0) std::memcpy(tail.data(), message.data() + done, rest);
  tail[rest] = char(0x80);
  const size_t blocks = rest + 9 <= kBlockBytes ? 1 : 2;
  const uint64_t bits = __builtin_bswap64(uint64_t(message.size()) * 8);
  std::memcpy(tail.data() + blocks * kBlockBytes - sizeof(bits), &bits, sizeof(bits));
  HashOne(&state, tail.data(), blocks);

  uint32_t words[8];
  _mm_storeu_si128(reinterpret_cast<__m128i*>(words), _mm_shuffle_epi32(state.abcd, 0x1B));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(words + 4), _mm_shuffle_epi32(state.e, 0x1B));
  std::string hex;
  for (int i = 0; i < 5; ++i) {
    for (int shift = 28; shift >= 0; shift -= 4) {
      hex.push_back("0123456789abcdef"[words[i] >> shift & 15]);
    }
  }
  return hex;
}

#endif

}  // namespace

std::pair<std::string, std::string> Sha1HexPair(std::string_view first, std::string_view second) {
#if defined(__x86_64__)
  static const bool fast = HasShaInstructions();
  if (fast) {
    State one = Initial();
    State two = Initial();
    const size_t blocks = std::min(first.size(), second.size()) / kBlockBytes;
    HashTwo(&one, first.data(), &two, second.data(), blocks);
    return {Finish(one, first, blocks * kBlockBytes), Finish(two, second, blocks * kBlockBytes)};
  }
#endif
  return {Sha1Hex(first), Sha1Hex(second)};
}

}  // namespace hubmill
