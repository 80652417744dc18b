// A network flow as a question: what flow_prompt makes of a row, whichever the source.
#pragma once

#include <arrow/record_batch.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.h"

namespace hubmill {

enum class FlowSource : uint8_t { kIot23, kCicIds2017, kUnswNb15 };

/// "iot23", "cic-ids-2017", "unsw-nb15": as meta.source says it.
const char* NameOf(FlowSource source);
std::optional<FlowSource> FlowSourceOf(std::string_view name);

/// kUnknown: the label is in no table, or there is none; the row is no one's guess.
enum class FlowAnswer : uint8_t { kUnknown, kBenign, kMalicious };

/// "Benign", "Malicious"; empty for kUnknown.
const char* NameOf(FlowAnswer answer);

struct FlowRecord {
  std::string question;
  FlowAnswer answer = FlowAnswer::kUnknown;
  std::string label;  // As the source has it, for accounts and groups.
  std::string scenario;
  std::string attack_family;
  bool blank = false;  // No column that is read has a value; nothing else is to be used then.
  std::string key;     // What the identity is the hash of: fields joined by `|`.
};

/// Makes records of one batch's rows.  Not thread-safe.
class FlowReader {
 public:
  virtual ~FlowReader() = default;

  /// Overwrites `record`; its texts keep their memory.  A failure is kDataRefused and names the
  /// column, for the caller to add the row.
  virtual Status Read(int64_t row, FlowRecord* record) const = 0;
};

/// What is fixed for all batches of a schema.  Thread-safe.
class FlowRules {
 public:
  virtual ~FlowRules() = default;
  virtual Result<std::unique_ptr<FlowReader>> Open(const arrow::RecordBatch& rows) const = 0;
};

/// The rules of this product (flow_canonical.cc); kDataRefused names every column that is missing.
Result<std::unique_ptr<FlowRules>> CanonicalFlowRules(FlowSource source,
                                                      const arrow::Schema& schema);

/// The rules of the original's scripts, their oddities included (flow_compat.cc).
Result<std::unique_ptr<FlowRules>> CompatFlowRules(FlowSource source, const arrow::Schema& schema);

}  // namespace hubmill
