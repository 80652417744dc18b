#!/usr/bin/env bash
# clang-tidy over the files named, or over all sources under src/ (tests and the skeleton left out).
# It reads compile commands of its own preset: those of a release build name GCC's precompiled headers.
#   scripts/tidy.sh [FILE...]
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p build/tidy
cmake --preset tidy >build/tidy/configure.log 2>&1 || { cat build/tidy/configure.log >&2; exit 1; }
[ $# -gt 0 ] || mapfile -t files < <(git ls-files 'src/*.cc' | grep -v -e '_test\.cc$' -e skeleton)
# Findings go to standard output; standard error only counts those that were left out.
printf '%s\n' "${@:-${files[@]}}" |
  xargs -P "$(nproc)" -I FILE sh -c 'clang-tidy-14 -p build/tidy --quiet FILE 2>build/tidy/stderr.$$ ||
    { echo "tidy: FILE failed"; grep -v "generated\.$" build/tidy/stderr.$$; exit 1; }'
