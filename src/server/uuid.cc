#include "server/uuid.h"

#include <sys/random.h>

#include <array>
#include <cstdint>

#include "base/check.h"

namespace hubmill::server {
namespace {

constexpr size_t kTextBytes = 36;

bool IsDashPlace(size_t at) { return at == 8 || at == 13 || at == 18 || at == 23; }

}  // namespace

std::string NewUuid() {
  std::array<uint8_t, 16> bytes{};
  const ssize_t count = getrandom(bytes.data(), bytes.size(), 0);
  HUBMILL_CHECK(count == static_cast<ssize_t>(bytes.size()), "the system gives random bytes");
  bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3F) | 0x80);
  std::string text;
  for (const uint8_t byte : bytes) {
    if (IsDashPlace(text.size())) text += '-';
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

bool IsUuid4(std::string_view text) {
  if (text.size() != kTextBytes) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (IsDashPlace(i) ? c != '-' : !hex) return false;
  }
  return text[14] == '4' && std::string_view("89ab").find(text[19]) != std::string_view::npos;
}

}  // namespace hubmill::server
