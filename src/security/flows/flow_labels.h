// Which labels of the three sources mean Malicious and which Benign, and what their attack families
// are called.  A label that no table has is kUnknown: it is counted and refused, never guessed.
#pragma once

#include <string_view>

#include "security/flows/flow_record.h"
#include "security/flows/flow_value.h"

namespace hubmill {

struct FlowLabel {
  FlowAnswer answer = FlowAnswer::kUnknown;
  std::string_view family;  // "NA" for benign rows and where none is told.
};

/// `label` as the source has it (a text, 0 or 1, a bool); `family`: detailed-label of IoT-23,
/// attack_cat of UNSW-NB15, else null.  Case, blanks and all dashes (U+FFFD too) do not matter.
/// kUnknown also where both are there and contradict each other.
FlowLabel ReadFlowLabel(FlowSource source, const FlowValue& label, const FlowValue& family);

}  // namespace hubmill
