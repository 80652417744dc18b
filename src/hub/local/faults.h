// Failures on purpose, so that clients can be tested against a bad day of the Hub.
//
// By seed: each request draws a number, and one in eight is answered 429 (with Retry-After), 500,
// 503, or by a cut connection: before the route ran, after it ran but before the answer, or within
// the answer's body; some are only late.  The same seed draws the same numbers in the same order.
// By order (/__stub/fault, for tests): the next `times` requests whose target contains `match` are
// answered with `status` and `headers`.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "hub/local/http.h"

namespace hubmill::local_hub {

/// Thread-safe.
class Faults {
 public:
  /// Seed 0 draws no failures.
  Faults(uint64_t seed, bool test_controls);

  /// The answer to `request`, by way of `route` unless a failure comes first.
  Response Answer(const Request& request, const std::function<Response()>& route);

 private:
  enum class Kind {
    kNone,
    kTooMany,
    kServerError,
    kUnavailable,
    kCutBefore,
    kCutAfter,
    kCutBody,
    kLate
  };
  struct Order {
    std::string match;
    int status = 500;
    int times = 1;
    Pairs headers;
  };
  Kind Draw();
  Response Command(const Request& request);
  bool TakeOrder(const Request& request, Response* response);

  std::mutex mutex_;
  std::mt19937_64 random_;
  bool by_seed_;
  bool test_controls_;
  std::vector<Order> orders_;
};

}  // namespace hubmill::local_hub
