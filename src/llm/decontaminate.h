// decontaminate: drops rows that overlap evaluation sets.
#pragma once

#include <string>

#include "core/registry.h"

namespace hubmill {

struct EvaluationSet {
  std::string path;   // File, folder, glob or hub:// address.
  std::string field;  // Empty: one of the usual names.
};

/// "eval.jsonl=question".  A path that is there may hold a `=`, and so may an address
/// (hub://OWNER/NAME?split=test=question).
EvaluationSet ParseEvaluationSet(const std::string& set);

StageEntry DecontaminateStage();

}  // namespace hubmill
