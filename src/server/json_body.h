// JSON from strangers, read strictly: one object, no repeated key, bounded depth, each field of its
// type, no field that nobody asked for.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/failure.h"

namespace hubmill::server {

inline constexpr int kJsonDepthMax = 8;
inline constexpr size_t kTextBytesMax = 4 << 10;  // Of one value.
inline constexpr size_t kMapEntriesMax = 100;

/// kWrongUsage for anything but an object as above.
Result<nlohmann::json> ParseStrictObject(std::string_view text);

/// Takes the fields of an object one by one.  The first problem stays, the values after it are
/// defaults; Finish() tells it, or the first field that nobody took.
class FieldReader {
 public:
  explicit FieldReader(nlohmann::json object) : object_(std::move(object)) {}

  std::string Text(const char* name, std::string otherwise);
  int64_t Integer(const char* name, int64_t otherwise, int64_t low, int64_t high);
  bool Bool(const char* name, bool otherwise);
  /// A map of texts, in the order of its names.
  std::vector<std::pair<std::string, std::string>> Texts(const char* name);

  Status Finish() const;

 private:
  bool Take(const char* name, nlohmann::json* value);
  void Refuse(std::string problem);

  nlohmann::json object_;
  std::string problem_;
};

}  // namespace hubmill::server
