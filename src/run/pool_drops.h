// Rows that are in no pool whatever the rules say: those that hold a text of an evaluation set, and
// those that repeat the text of an earlier row.  `llm normalize` drops them within a data set; the
// pools see all sets at once.
#pragma once

#include <arrow/type.h>

#include <memory>
#include <string>
#include <vector>

#include "core/executor.h"
#include "core/stage.h"
#include "core/uri_resolver.h"

namespace hubmill {

struct PoolDropOptions {
  std::vector<std::string> decontaminate;  // Evaluation sets, as stage decontaminate takes them.
  bool dedup = false;                      // Of rows with one text the first stays.
};

/// The columns of `schema` that the drops look at.
std::vector<std::string> PoolDropColumns(const PoolDropOptions& options,
                                         const arrow::Schema& schema);

/// The stages, bound, for one pass over the rows.
struct PoolDrops {
  /// `uris` is for sets at hub:// addresses, and is not kept.
  static Result<PoolDrops> Bind(const PoolDropOptions& options,
                                const std::shared_ptr<arrow::Schema>& schema, UriResolver* uris);

  std::vector<Stage> stages;
  std::vector<NamedStage> named;  // They point into `stages`.
};

}  // namespace hubmill
