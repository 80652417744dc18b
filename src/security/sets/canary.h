// A text that stands in every private evaluation set, so that a copy of one is found: in a public
// repository (`hubmill security audit`), in a training set, in what a model says.
#pragma once

namespace hubmill {

inline constexpr char kCanary[] = "hubmill-canary:8f2f1d4e-6d0b-4f0e-9a53-2a7f5b1c9e07";

/// What every canary of hubmill begins with, whoever chose the rest.
inline constexpr char kCanaryPrefix[] = "hubmill-canary:";

}  // namespace hubmill
