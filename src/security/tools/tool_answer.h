// What tools print, read with distrust: an answer may be cut off, garbage, or about other files.
// Pure functions; each ends for every input.  A finding without a rule refuses the whole answer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.h"
#include "security/tools/checkov_objects.h"
#include "security/tools/tool.h"

namespace hubmill {

inline constexpr size_t kFindingTextBytesMax = 16 << 10;  // Of a message; the rest is cut off.
inline constexpr size_t kFindingsMax = 100'000;           // Of one answer.

/// `kube-linter lint FILE --format json --verbose` about one file.  Where the file holds no object
/// that it lints, it prints nothing and says so in `messages` (its standard error); any other
/// silence is no answer.  An object of a kind that it checks and could not load is the file's
/// failure.
Result<std::vector<TextAnswer>> ReadKubeLinterAnswer(std::string_view output,
                                                     std::string_view messages);
/// `semgrep scan --json` about texts that lie as LayOut() puts them.
Result<std::vector<TextAnswer>> ReadSemgrepAnswer(std::string_view output, size_t texts);
/// `checkov -o json`, likewise; `judged`, one a text, gets the objects of its checks where it is
/// not null.
Result<std::vector<TextAnswer>> ReadCheckovAnswer(std::string_view output, size_t texts,
                                                  std::vector<JudgedObjects>* judged = nullptr);
/// `opa eval -f json` of the query that MakeOpa() asks: for each package a list of
/// {"i": the text's number, "deny": what the package denies}.  `packages` name them.
Result<std::vector<TextAnswer>> ReadOpaAnswer(std::string_view output, size_t texts,
                                              const std::vector<std::string>& packages);

/// Where in the policies OPA stopped.
struct OpaError {
  size_t policy = SIZE_MAX;  // Its number, of policies/NUMBER.rego; SIZE_MAX: not told.
  int64_t line = 0;
  std::string code;  // "eval_builtin_error", …
};

/// What `opa eval -f json` prints where it fails.
OpaError ReadOpaError(std::string_view output);

}  // namespace hubmill
