#!/usr/bin/env bash
# Runs every fuzz target for SECONDS each on a copy of its corpus, one on each core, after a canary has
# shown that a broken target would be noticed.
#   scripts/fuzz.sh SECONDS
set -euo pipefail
cd "$(dirname "$0")/.."
export SECONDS_EACH=$1
scripts/build.sh asan fuzz_targets
WORK=$(mktemp -d)
export WORK
trap 'rm -rf "$WORK"' EXIT
if build/asan/fuzz/canary_fuzz -max_total_time=30 -artifact_prefix="$WORK/" >"$WORK/canary.log" 2>&1; then
  echo "fuzz: the canary was not found; the fuzzer finds nothing" >&2
  exit 1
fi
echo "fuzz: canary found, as it must be"

# run_target NAME: its corpus is fuzz/NAME_corpus, without the _fuzz of its name where that exists.
run_target() {
  local name=$1 corpus=fuzz/${1%_fuzz}_corpus
  [ -d "$corpus" ] || corpus=fuzz/${name}_corpus
  mkdir -p "$WORK/$name"
  [ -d "$corpus" ] && cp -r "$corpus/." "$WORK/$name/"
  if build/asan/fuzz/"$name" "$WORK/$name" -max_total_time="$SECONDS_EACH" -timeout=20 -rss_limit_mb=3000 \
    -artifact_prefix="$PWD/build/asan/fuzz/" >"$WORK/$name.log" 2>&1; then
    echo "fuzz: $name passed, $(find "$WORK/$name" -type f | wc -l) inputs"
  else
    tail -n 40 "$WORK/$name.log"
    echo "fuzz: $name FAILED; the input is in build/asan/fuzz/" >&2
    return 1
  fi
}
export -f run_target
find fuzz -name '*_fuzz.cc' ! -name 'canary_fuzz.cc' -printf '%f\n' | sed 's/\.cc$//' | sort |
  xargs -P "$(nproc)" -I{} bash -c 'run_target {}'
