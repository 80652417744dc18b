// Which row a sink could not write, so that the failure can name it.
#pragma once

#include <optional>

#include "core/batch.h"

namespace hubmill {

/// A block that knows the row at which its Encode() failed; a sink's block may derive from this
/// too.
class NamesRefusedRow {
 public:
  virtual ~NamesRefusedRow() = default;

  /// After Encode() failed: where that row came from; nothing where it was no row's fault.
  virtual std::optional<RowRun> RefusedRow() const = 0;
};

}  // namespace hubmill
