#include "text/characters.h"

namespace hubmill {
namespace {

bool StartsCharacter(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }

}  // namespace

int64_t CharacterCount(std::string_view text) {
  int64_t count = 0;
  for (const char byte : text) count += StartsCharacter(byte) ? 1 : 0;
  return count;
}

std::string_view FirstCharacters(std::string_view text, int64_t characters) {
  for (size_t at = 0; at < text.size(); ++at) {
    if (StartsCharacter(text[at]) && characters-- == 0) return text.substr(0, at);
  }
  return text;
}

}  // namespace hubmill
