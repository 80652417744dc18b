// Unified diffs (git's or plain) as patches of one text.
//
// A hunk goes where its old lines stand, all of them, byte by byte.  They are looked for at the
// place that its header names (moved by what earlier hunks added), then line by line further away,
// forwards before backwards, up to kDiffOffsetMax lines; never before the end of the hunk above.
// No line is ever ignored or compared loosely: a patch that does not fit exactly is refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/failure.h"

namespace hubmill {

inline constexpr int64_t kDiffOffsetMax = 200;  // Lines.
inline constexpr size_t kDiffBytesMax = 4 << 20;

/// `text` after `diff`.  Where `path` is given, the diff must name that file, or one whose path
/// ends in its last parts (`pod.yaml`, `a/k8s/pod.yaml`).  Refused with line and reason
/// (kDataRefused): several files, made, deleted, renamed or copied ones, another mode, absolute
/// paths and `..`, binary patches, counts that a hunk does not keep, lines that the text does not
/// have, a diff without a hunk.  A diff of a file in CRLF fits its text in LF, and leaves it in LF.
Result<std::string> ApplyUnifiedDiff(std::string_view text, std::string_view diff,
                                     std::string_view path = {});

/// What the original made of a patch file: it reads it as an ndiff delta, keeps the lines that
/// start with "+ " or two blanks, and drops these two characters.  Of a unified diff nothing is
/// left.
std::string RestoreNdiff(std::string_view delta);

}  // namespace hubmill
