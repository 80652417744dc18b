// Kubernetes manifests: YAML of one document or several, checked and read as JSON.
//
// Scalars are typed as Kubernetes' own reader (sigs.k8s.io/yaml, YAML 1.1) types them: plain `yes`,
// `on`, `y` are true, `0x1F` and `017` are numbers, `~` is null, dates are strings; what is quoted
// or tagged !!str is a string.  Of repeated keys the last value counts; `<<` merges.  Keys are
// strings: `1:` is "1", `yes:` is "true".  A number that JSON does not have (.inf) is a string.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hubmill {

inline constexpr int kManifestDepthMax = 100;               // Lists and maps within each other.
inline constexpr int64_t kManifestAliasNodesMax = 100'000;  // Copied by aliases, all together.
inline constexpr int64_t kManifestAliasBytesMax = 4 << 20;  // Of JSON, copied by aliases.

struct ManifestDocument {
  int64_t line = 0;         // Where its first node stands, from 1.
  std::string json;         // UTF-8, no newline at its end.
  std::string api_version;  // Empty unless a string at the top.
  std::string kind;         // The same.

  bool IsManifest() const { return !api_version.empty() && !kind.empty(); }
};

struct ManifestOptions {
  int64_t bytes_max = 1 << 20;  // Larger texts are not parsed.
};

/// Why a text is no manifest; kNone where it is one.
enum class ManifestFault : uint8_t {
  kNone = 0,
  kEmpty,          // No document that is not null.
  kTooLarge,       // More bytes than allowed.
  kNotYaml,        // And no template marker either.
  kHelmTemplate,   // No YAML, and `{{` stands in it.
  kTooDeep,        // More than kManifestDepthMax.
  kAliasBomb,      // Aliases that copy too much, or an anchor within itself.
  kNoManifest,     // No document has apiVersion and kind.
  kKustomization,  // All that have are instructions for kustomize.
};

/// "not_yaml", ...: as reports count it.
const char* NameOf(ManifestFault fault);

struct Manifest {
  ManifestFault fault = ManifestFault::kNone;
  int64_t line = 0;                         // Of a fault, from 1; 0 where it has no place.
  std::string why;                          // Of a fault: words, never the file's own text.
  std::vector<ManifestDocument> documents;  // Those that are not null; also with kNoManifest.
};

/// Reads one file.  Ends for every input, within the bounds above.  Thread-safe.
Manifest ReadManifest(std::string_view text, const ManifestOptions& options = {});

}  // namespace hubmill
