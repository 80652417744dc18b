#include "hub/local/faults.h"

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/json_depth.h"
#include "hub/local/call.h"

namespace hubmill::local_hub {
namespace {

using nlohmann::json;

constexpr uint64_t kOneIn = 8;
constexpr size_t kCommandBytesMax = 64 << 10;
constexpr size_t kOrdersMax = 100;

Response CutAt(Response response, int64_t bytes) {
  response.cut_after_bytes = bytes;
  return response;
}

}  // namespace

Faults::Faults(uint64_t seed, bool test_controls)
    : random_(seed), by_seed_(seed != 0), test_controls_(test_controls) {}

Faults::Kind Faults::Draw() {
  if (!by_seed_) return Kind::kNone;
  const std::lock_guard guard(mutex_);
  if (random_() % kOneIn != 0) return Kind::kNone;
  return static_cast<Kind>(1 + random_() % 7);
}

bool Faults::TakeOrder(const Request& request, Response* response) {
  const std::lock_guard guard(mutex_);
  for (Order& order : orders_) {
    if (order.times <= 0 || request.target.find(order.match) == std::string::npos) continue;
    --order.times;
    *response = Problem(order.status, "", "a failure on purpose");
    for (const auto& [name, value] : order.headers) response->Set(name, value);
    return true;
  }
  return false;
}

Response Faults::Command(const Request& request) {
  const Result<std::string> text = request.body->ReadAll(kCommandBytesMax);
  const json body = text.ok() && IsShallowJson(*text) ? json::parse(*text, nullptr, false) : json();
  if (!body.is_object()) return Problem(400, "", "not a JSON object");
  Order order;
  order.match = body.value("match", "");
  order.status = body.value("status", 500);
  order.times = body.value("times", 1);
  const json headers = body.value("headers", json::object());
  for (const auto& [name, value] : headers.items()) {
    if (value.is_string()) order.headers.emplace_back(name, value.get<std::string>());
  }
  const std::lock_guard guard(mutex_);
  std::erase_if(orders_, [](const Order& old) { return old.times <= 0; });
  if (orders_.size() < kOrdersMax) orders_.push_back(std::move(order));
  return Json(200, json::object());
}

Response Faults::Answer(const Request& request, const std::function<Response()>& route) {
  Response ordered;
  if (test_controls_) {
    if (request.target == "/__stub/fault" && request.method == "POST") {
      try {
        return Command(request);
      } catch (const json::exception&) {
        return Problem(400, "", "a member has the wrong type");
      }
    }
    if (TakeOrder(request, &ordered)) return ordered;
  }
  switch (Draw()) {
    case Kind::kNone:
      return route();
    case Kind::kTooMany: {
      Response response = Problem(429, "", "a failure on purpose");
      response.Set("Retry-After", "1");
      return response;
    }
    case Kind::kServerError:
      return Problem(500, "", "a failure on purpose");
    case Kind::kUnavailable:
      return Problem(503, "", "a failure on purpose");
    case Kind::kCutBefore: {
      Response response;
      response.cut_head = true;
      return response;
    }
    case Kind::kCutAfter: {
      Response response = route();
      response.cut_head = true;
      return response;
    }
    case Kind::kCutBody: {
      Response response = route();
      const int64_t size =
          response.file ? response.file->size() : static_cast<int64_t>(response.body.size());
      return CutAt(std::move(response), size / 2);
    }
    case Kind::kLate:
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      return route();
  }
  return route();
}

}  // namespace hubmill::local_hub
