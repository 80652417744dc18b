#include "io/line_sample.h"

#include <utility>

namespace hubmill {
namespace {

using Look = std::function<Status(const LineBlock&, const std::string& file)>;

/// The blocks that were looked at go to `kept`, unless it is null.
Status SampleFile(const std::string& file, int64_t bytes_max, const Look& look, LineBlocks* blocks,
                  std::deque<LineBlock>* kept) {
  for (int64_t bytes = 0; bytes < bytes_max;) {
    ARROW_ASSIGN_OR_RAISE(auto block, blocks->Next());
    if (!block) break;
    bytes += int64_t(block->text.size());
    ARROW_RETURN_NOT_OK(look(*block, file));
    if (kept != nullptr) kept->push_back(std::move(*block));
  }
  return Status::OK();
}

}  // namespace

Status SampleBlocks(const std::vector<InputFile>& inputs, const SampleBounds& bounds,
                    const LineBlocks::Options& options,
                    const std::function<std::unique_ptr<TextCutter>()>& make_cutter,
                    const Look& look, LineBlocks* blocks) {
  if (inputs[0].file_system == nullptr) {
    std::deque<LineBlock> kept;
    ARROW_RETURN_NOT_OK(SampleFile(inputs[0].name, bounds.bytes_per_file, look, blocks, &kept));
    blocks->Unread(std::move(kept));
    return Status::OK();
  }
  for (size_t i = 0; i < inputs.size() && i < bounds.files; ++i) {
    const std::vector<InputFile> one = {inputs[i]};
    const auto cutter = make_cutter();
    LineBlocks of_one(&one, cutter.get(), options);
    ARROW_RETURN_NOT_OK(SampleFile(one[0].name, bounds.bytes_per_file, look, &of_one, nullptr));
  }
  return Status::OK();
}

}  // namespace hubmill
