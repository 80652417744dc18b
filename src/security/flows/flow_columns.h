// Which column of a published flow set tells what, and which must be there.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/failure.h"
#include "security/flows/flow_record.h"

namespace hubmill {

/// What a column tells of a flow.
enum FlowPart : uint8_t {
  kSrcHost,
  kDstHost,
  kSrcPort,
  kDstPort,
  kProto,
  kService,
  kDuration,
  kBytesOut,
  kBytesIn,
  kByteRate,
  kState,
  kHistory,
  kFin,
  kSyn,
  kRst,
  kAck,
  kLabel,
  kFamily,
  kScenario,
  kDevice,
  kFlowParts
};

struct FlowColumns {
  /// Index of the part's column in `columns`; -1: the source has none.
  std::array<int, kFlowParts> places;
  std::vector<int> columns;  // Index among the names of each column that is read.
};

/// Where a source's parts are among columns of these names.  kDataRefused names the file (where
/// `file` is not empty), every column that is missing, and columns of one meaning.
Result<FlowColumns> FindFlowColumns(FlowSource source, const std::vector<std::string>& names,
                                    const std::string& file);

}  // namespace hubmill
