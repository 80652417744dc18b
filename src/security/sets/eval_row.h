// A row of an evaluation set, E1 (network flows) or E2 (configurations), and what is wrong with it.
//
//   E1  question, answer, meta {source, scenario, attack_family, hash, split}
//   E2  question, info {violations [{tool, rule_id, severity, msg, loc}], patch},
//       meta {lang, source, hash}
//
// kOriginal holds a row to what the validators of the original program ask; kStrict also to what a
// set must be that somebody is judged by: texts that are not empty, words of the lists, hashes that
// are hashes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "security/configs/config_file.h"

namespace hubmill {

enum class EvalSet : uint8_t { kE1, kE2 };
enum class EvalRules : uint8_t { kOriginal, kStrict };

/// "E1", "E2"
inline const char* NameOf(EvalSet set) { return set == EvalSet::kE1 ? "E1" : "E2"; }

struct EvalRow {
  std::string question;
  std::string answer;    // E1
  std::string scenario;  // E1
  std::string family;    // E1: attack_family
  std::string split;     // E1
  std::string lang;      // E2
  std::string source;
  std::string hash;
  std::vector<Finding> findings;  // E2
  std::string patch;              // E2; empty where it is null
};

/// Reads one line of JSON.  What is wrong is appended to `problems`, one sentence each, which names
/// the field and never a value; then the row holds what could be read.  Keys that the set does not
/// have are appended to `extra_keys`, as "meta.note".
void ReadEvalRow(EvalSet set, EvalRules rules, std::string_view line, EvalRow* row,
                 std::vector<std::string>* problems, std::vector<std::string>* extra_keys);

}  // namespace hubmill
