// What an evaluation set must be, beyond its rows: balanced, without repeats, with texts that are
// what they say.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "security/sets/eval_files.h"

namespace hubmill {

inline constexpr double kBalancePercentMax = 5;  // Of Malicious, off 50.
inline constexpr double kContentPartMin = 0.95;  // Of the texts that must look like their kind.

/// How labels stand in a split, or in a whole file.
struct LabelCounts {
  int64_t malicious = 0;
  int64_t benign = 0;
  int64_t total() const { return malicious + benign; }
  /// Within kBalancePercentMax of halves; half a row off always is.
  bool balanced() const;
};

/// What was found in one file.
struct EvalFileCheck {
  std::string dataset;
  std::string file;
  bool found = true;
  int64_t rows = 0;  // Good ones.
  int64_t bad = 0;
  std::map<std::string, LabelCounts> labels;  // E1: by split.
  LabelCounts all_labels;                     // E1
  int64_t unique_hashes = 0;
  int64_t findings = 0;       // E2
  int64_t with_findings = 0;  // E2: rows that have any.
  std::map<std::string, int64_t> by_tool;
  std::map<std::string, int64_t> by_severity;
  std::vector<std::string> errors;  // Each fails the set; rows are named by line, never by value.
  std::vector<std::string> notes;
};

/// What was found in a set.
struct EvalCheck {
  std::vector<EvalFileCheck> files;
  int64_t repeated_across = 0;  // Rows whose question another split or file has too.
  int64_t near_across = 0;      // E1: rows near one of another split or file.
  std::vector<std::string> errors;
  std::vector<std::string> notes;

  bool passed() const;
};

/// One file and what it is.  `file` as ReadEvalFile() made it, by strict rules.
EvalFileCheck CheckEvalFile(EvalSet set, const EvalPart& part, const EvalFile& file);

/// What no file shows by itself: rows that stand in several splits.  More than `near_max` percent
/// of rows of E1 that are near one of another split are a fault; many flows are alike by nature.
void CheckAcross(EvalSet set, const std::vector<EvalFile>& files, double near_max,
                 EvalCheck* check);

}  // namespace hubmill
