// The start of each input, which a text source looks at before its first row to infer columns.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "io/line_blocks.h"

namespace hubmill {

struct SampleBounds {
  int64_t bytes_per_file = 4 << 20;
  size_t files = 64;
};

/// Shows `look` the first blocks of each of the first `inputs`, and the name of their file.  Every
/// file is read and cut on its own; standard input, which can be read once only, by `blocks`, where
/// its blocks are put back.
Status SampleBlocks(const std::vector<InputFile>& inputs, const SampleBounds& bounds,
                    const LineBlocks::Options& options,
                    const std::function<std::unique_ptr<TextCutter>()>& make_cutter,
                    const std::function<Status(const LineBlock&, const std::string& file)>& look,
                    LineBlocks* blocks);

}  // namespace hubmill
