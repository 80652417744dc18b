// One pass of training examples, or of a bundle's rows, through the guard into a sink.
#pragma once

#include <string>
#include <vector>

#include "core/executor.h"
#include "core/uri_resolver.h"
#include "signals/guard_rows.h"

namespace hubmill {

struct SignalsPass {
  std::vector<std::string> inputs;  // As a recipe's `path` takes them; "-" is standard input.
  const SignalsSchema* schema = nullptr;
  GuardOptions guard;
  ChooseOptions choose;  // `files` is the pass's own.
  int threads = 0;       // 0: one a core.
  UriResolver* uris = nullptr;
};

/// Runs to the end, or to the limit.  Lines that are no text count as not_json.  Refused rows are
/// told by the counts, not by the status.  `files` (may be null) gets what was read; `progress` may
/// be null.
Result<SignalsCounts> RunSignalsPass(const SignalsPass& pass, Sink& sink, SignalsCells* cells,
                                     std::vector<SourceFile>* files, Progress* progress);

/// What is wrong with refused rows, as one message with remedy (kDataRefused); OK where none is.
Status RefusedRows(const SignalsCounts& counts, const std::string& what);

/// A sink that takes rows and keeps none.
class NoSink final : public Sink {
 public:
  Result<std::vector<std::unique_ptr<Block>>> Cut(Batch batch) override;
  Result<std::vector<std::unique_ptr<Block>>> Finish() override;
  Status Append(std::unique_ptr<Block> block) override;
  Result<std::vector<OutputFile>> Close() override;
};

}  // namespace hubmill
