// rejects.jsonl read back: how many rows each stage dropped for which reason, and what they were.
//
// Samples are for people who look, so personal data and secrets in them are masked (text/pii.h, all
// kinds), each value by itself, whatever the recipe: a row that an earlier stage dropped never met
// the recipe's own guard.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "io/input_files.h"

namespace hubmill {

struct RejectQuestion {
  std::string text;            // Only rows whose line has it, ASCII case ignored; empty: all.
  std::string stage, reason;   // Only these; empty: all.
  std::string row;             // Only the row of that number, "12"; empty: all.
  int64_t samples_max = 5;     // Of each stage and reason, in the file's order.
  size_t sample_bytes = 4000;  // Longer ones are cut.
};

struct RejectReason {
  std::string dataset, stage, reason;
  int64_t rows = 0;     // All that it dropped.
  int64_t matches = 0;  // Of those, what was asked for.
  /// JSON objects {"file", "row", "why", "data"}: data is the row as a text, masked and perhaps
  /// cut; null where a guard dropped it, or it is longer than 4 MiB.
  std::vector<std::string> samples;
};

struct RejectList {
  std::vector<RejectReason> reasons;  // By data set and stage as they come first, most rows first.
  int64_t rows = 0;
  bool complete = true;  // False where `go_on` said no.
};

inline constexpr size_t kReasonsMax = 10'000;  // Further ones are refused as no rejects.

/// Takes the lines one by one.  Not thread-safe.
class RejectReader {
 public:
  explicit RejectReader(RejectQuestion question);

  /// kDataRefused where the line is no reject.
  Status Take(std::string_view line);
  RejectList Finish();

 private:
  using Key = std::tuple<std::string, std::string, std::string>;  // Data set, stage, reason.
  bool Wanted(const RejectReason& reason, const nlohmann::ordered_json& fields) const;

  const RejectQuestion question_;
  const std::string needle_;
  std::map<Key, size_t> places_;
  RejectList list_;
};

/// Reads the file once, in blocks.  `go_on` is asked after each with the bytes that were read.  A
/// line that is no reject is kDataRefused, with its number.
Result<RejectList> ReadRejects(const InputFile& file, const RejectQuestion& question,
                               const std::function<bool(int64_t bytes)>& go_on);

}  // namespace hubmill
