#!/usr/bin/env bash
# Runs every fuzz target for SECONDS each on a copy of its corpus, after a canary has shown that a
# broken target would be noticed.
#   scripts/fuzz.sh SECONDS
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=$1
scripts/build.sh fuzz fuzz_targets
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if build/fuzz/fuzz/canary_fuzz -max_total_time=30 -artifact_prefix="$work/" >"$work/canary.log" 2>&1; then
  echo "fuzz: the canary was not found; the fuzzer finds nothing" >&2
  exit 1
fi
echo "fuzz: canary found, as it must be"
failed=0
for source in fuzz/*_fuzz.cc; do
  name=$(basename "$source" .cc)
  [ "$name" = canary_fuzz ] && continue
  corpus=fuzz/${name%_fuzz}_corpus
  [ -d "$corpus" ] || corpus=fuzz/${name}_corpus
  mkdir -p "$work/$name"
  [ -d "$corpus" ] && cp -r "$corpus/." "$work/$name/"
  if build/fuzz/fuzz/"$name" "$work/$name" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=3000 \
    -artifact_prefix="$PWD/build/fuzz/" >"$work/$name.log" 2>&1; then
    echo "fuzz: $name passed, $(grep -c . <(ls "$work/$name")) inputs"
  else
    tail -n 40 "$work/$name.log"
    echo "fuzz: $name FAILED; the input is in build/fuzz/" >&2
    failed=1
  fi
done
exit $failed
