#include "net/retry.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <thread>

namespace hubmill {
namespace {

constexpr int64_t kPauseStepMs = 50;  // How soon a cancelled wait ends.
constexpr int64_t kSecondsMax = 1'000'000'000;

uint64_t Mix(uint64_t x) {  // SplitMix64
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

std::optional<int64_t> SecondsOf(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  return std::clamp<int64_t>(value, 0, kSecondsMax);
}

// The number after ";r=" and the like.
std::optional<int64_t> ParameterOf(std::string_view text, std::string_view name) {
  const size_t at = text.find(name);
  if (at == std::string_view::npos) return std::nullopt;
  return SecondsOf(text.substr(at + name.size()));
}

class RealPauseClock final : public PauseClock {
 public:
  int64_t UnixMillis() override {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
  bool Pause(int64_t ms, const std::function<bool()>& cancelled) override {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(ms);
    while (!cancelled()) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          end - std::chrono::steady_clock::now());
      if (left.count() <= 0) return true;
      std::this_thread::sleep_for(std::min(left, std::chrono::milliseconds(kPauseStepMs)));
    }
    return false;
  }
};

}  // namespace

PauseClock& SystemPauseClock() {
  static auto* clock = new RealPauseClock;
  return *clock;
}

int64_t RetryDelayMs(const RetryOptions& options, int failures, uint64_t seed) {
  int64_t delay = std::max<int64_t>(options.delay_ms_first, 0);
  for (int i = 1; i < failures && delay < options.delay_ms_max; ++i) delay *= 2;
  delay = std::min(delay, options.delay_ms_max);
  const int64_t half = delay / 2;
  const auto jitter = static_cast<int64_t>(Mix(seed + static_cast<uint64_t>(failures)) %
                                           static_cast<uint64_t>(delay - half + 1));
  return half + jitter;
}

int64_t ServerWaitMs(int status, std::string_view retry_after, std::string_view rate_limit,
                     int64_t now_unix_ms) {
  if (!retry_after.empty()) {
    if (const auto seconds = SecondsOf(retry_after)) return *seconds * 1000;
    const time_t date = curl_getdate(std::string(retry_after).c_str(), nullptr);
    if (date >= 0) return std::max<int64_t>(int64_t{date} * 1000 - now_unix_ms, 0);
  }
  if (status == 429 && ParameterOf(rate_limit, ";r=") == 0) {
    if (const auto seconds = ParameterOf(rate_limit, ";t=")) return (*seconds + 1) * 1000;
  }
  return -1;
}

bool IsTransientStatus(int status) {
  switch (status) {
    case 408:
    case 425:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
      return true;
    default:
      return status >= 520 && status <= 529;
  }
}

}  // namespace hubmill
