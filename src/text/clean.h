// Cleaning of free text.
//
// Version 1 is bit-exact with the Python program it replaces, which applies to code points, in this
// order:  delete r"https?://\S+|www\.\S+";  delete r"<.*?>";  \n to a blank;  each run of \s to one
// blank;  trim.  Its oddities are kept on purpose: "5 < 6 and 7 > 3" becomes "5 3", a tag over two
// lines stays, a URL swallows what touches it.  Version 2 is what one would want instead.
//
// How version 1 is fast.  Nearly all text has nothing to do but here and there a double blank.  One
// pass looks at 32 bytes at once for anything that might matter (a blank beside a blank, other
// white space, ':' for "http://", "ww", '<', lead bytes of non-ASCII white space), copies blocks
// without, and stops at the first byte with.  There plain code decides and the pass goes on.  URL
// and tag deletion are fused into that pass: a tag is looked for in the text without its URLs, as
// the order of the rules demands.  A '<' whose line has no '>' is remembered, so the time is linear
// (Python's is quadratic on "<<<<<").
//
// Measured on one core of an EPYC 7003 that was shared with other work (bench/micro/text_bench.cc):
// 3.0 to 3.5 GB/s on prose of which 30 % is dirty, 5.0 to 5.7 GB/s on clean prose; 0.4 GB/s without
// AVX2; version 2 0.2 GB/s.
//
// Invalid UTF-8 is kept byte by byte: white space is recognised by its exact byte sequence.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/simd_level.h"

namespace hubmill {

/// Bytes after the end of an output buffer that CleanTextV1 may overwrite with anything.
inline constexpr size_t kCleanSlackBytes = 64;

/// Replaces *out by the cleaned text, never longer than `in`.  `in` must not point into *out.
void CleanTextV1(std::string_view in, std::string* out);

/// The same into a buffer, for batches: returns the bytes written.
/// REQUIRES: `out` has room for in.size() + kCleanSlackBytes and does not overlap `in`.
size_t CleanTextV1(std::string_view in, char* out);

/// The same with a given level, for tests.
size_t CleanTextV1At(SimdLevel level, std::string_view in, char* out);

/// Version 2, opt-in.  Never longer than `in`.  In one pass from left to right:
/// - URLs (http://, https://, www. at a word's start, any case) go, up to white space, '<', '>' or
/// '"';
/// - tags go: '<', '</', '<!' or '<?' with a name, over lines and over '>' in quoted attributes, up
/// to
///   4 KiB; comments whole.  A tag that starts or ends a block (p, div, br, li, td, h1, ...) leaves
///   a blank, so words do not join.  "5 < 6" stays;
/// - entities are decoded: &amp; &lt; &gt; &quot; &apos; &nbsp; and the common typographic names,
/// and
///   numeric ones.  What they make is not looked at again, so V2(V2(x)) may differ from V2(x);
/// - U+00AD, U+200B, U+2060 and U+FEFF go; the joiners U+200C and U+200D go unless they follow a
///   non-ASCII character, where they carry meaning (Devanagari, emoji);
/// - runs of white space become one blank, and both ends are trimmed.
/// Not done: Unicode normalisation (NFC), which needs tables.
void CleanTextV2(std::string_view in, std::string* out);

}  // namespace hubmill
