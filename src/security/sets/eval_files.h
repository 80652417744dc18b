// The files of an evaluation set, read and held to the rules of its rows.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/failure.h"
#include "security/sets/eval_row.h"

namespace hubmill {

inline constexpr size_t kEvalProblemsMax = 20;           // Rows whose problems are kept, a file.
inline constexpr int64_t kEvalFileBytesMax = 4LL << 30;  // Rows are held in memory.

struct EvalFile {
  std::string path;
  std::string name;  // Without folders.
  std::vector<EvalRow> rows;
  std::vector<int64_t> lines;                 // Of each row in the file, from 1.
  int64_t bad = 0;                            // Rows with a problem; they are not among `rows`.
  std::vector<std::string> problems;          // "PATH:LINE validation error: …"
  std::map<std::string, int64_t> extra_keys;  // By rows that have them.
};

/// Blank lines are passed over.  kRunFailed where the file cannot be read.
Result<EvalFile> ReadEvalFile(EvalSet set, EvalRules rules, const std::string& path);

/// The *.jsonl directly in `dir`, by path.  kWrongUsage where there is no such folder.
Result<std::vector<std::string>> EvalFilesIn(const std::string& dir);

/// What an E1 or E2 set is made of, in the order in which it is published.
struct EvalPart {
  std::string file;      // "iot23-train-dev-test-v1.jsonl"
  std::string sampling;  // "sampling-iot23-v1.json"
  std::string total;     // Where in it the rows of the file are counted: a JSON pointer.
  std::string dataset;   // As `validate deep --datasets` names it: iot23, ood, k8s, terraform.
};
/// `suffix`: v1, or test.
std::vector<EvalPart> PartsOf(EvalSet set, const std::string& suffix);

}  // namespace hubmill
