// Arbitrary texts as label and family of a flow: never a crash; a label is known or it is not, and
// what is known has a family; and as cells: a whole number is one that is printed as such.
#include <string>

#include "base/check.h"
#include "security/flows/flow_labels.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hubmill;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t half = text.find('\n') == text.npos ? size : text.find('\n');
  const FlowValue label{.kind = FlowValue::Kind::kText, .text = text.substr(0, half)};
  FlowValue family;
  if (half < size) family = {.kind = FlowValue::Kind::kText, .text = text.substr(half + 1)};
  for (const FlowSource source :
       {FlowSource::kIot23, FlowSource::kCicIds2017, FlowSource::kUnswNb15}) {
    const FlowLabel found = ReadFlowLabel(source, label, family);
    HUBMILL_CHECK(found.answer == FlowAnswer::kUnknown || !found.family.empty(),
                  "what is known has a family");
    HUBMILL_CHECK(found.answer != FlowAnswer::kBenign || found.family == "NA",
                  "benign rows have no attack family");
  }
  if (const auto whole = WholeOf(label, 65535)) {
    HUBMILL_CHECK(*whole >= 0 && *whole <= 65535, "within its bound");
    HUBMILL_CHECK(NumberOf(label).has_value(), "a whole number is a number");
  }
  std::string buffer;
  HUBMILL_CHECK(WordOf(label, &buffer).size() <= label.text.size(), "a part of the text");
  return 0;
}
