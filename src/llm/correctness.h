// How often models solved a problem, from the `metadata` of Math-v2: one entry a setting, such as
// "reason_high_no_tool": {"count": 8, "pass": 5, "accuracy": 0.625}.  Numbers convert as Python's
// float() and int() do, for that is what the published columns were made with.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "llm/json_record.h"

namespace hubmill {

struct Correctness {
  std::optional<double> best;  // Absent: no usable entry.
  std::string_view best_setting;
  std::optional<int64_t> count;  // Of the best setting.
  std::optional<int64_t> pass;
  std::optional<double> low;  // The best over the settings whose name starts with reason_low ...
  std::optional<double> medium;
  std::optional<double> high;
  std::optional<double> high_with_tool;
  std::optional<double> high_no_tool;
};

/// Of equal accuracies the first wins; NaN only where it comes first.
Correctness ReadCorrectness(const JsonNode& metadata);

/// The accuracy of exactly that setting.
std::optional<double> AccuracyOf(const JsonNode& metadata, std::string_view setting);

/// What Python's float() and int() make of a value; nothing where they raise, or where an integer
/// is out of int64's range.
std::optional<double> PythonFloat(const JsonNode& value);
std::optional<int64_t> PythonInt(const JsonNode& value);

}  // namespace hubmill
