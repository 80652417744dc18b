// Arbitrary hub:// addresses: never a crash, and what parses is printed and parsed back the same.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "hub/hub_address.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto address = hubmill::ParseHubAddress({reinterpret_cast<const char*>(data), size});
  if (!address.ok()) return 0;
  const auto again = hubmill::ParseHubAddress(hubmill::PrintHubAddress(*address));
  HUBMILL_CHECK(again.ok(), "a printed address parses");
  HUBMILL_CHECK(again->repo.WebPath() == address->repo.WebPath() &&
                    again->revision == address->revision && again->path == address->path &&
                    again->config == address->config && again->splits == address->splits,
                "to the same");
  return 0;
}
