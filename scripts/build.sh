#!/usr/bin/env bash
# Configures a preset of CMakePresets.json and builds it.
#   scripts/build.sh PRESET [ninja arguments]
set -euo pipefail
cd "$(dirname "$0")/.."
preset=$1
shift
log=build/$preset/configure.log
mkdir -p "build/$preset"
if ! cmake --preset "$preset" >"$log" 2>&1; then
  cat "$log" >&2
  exit 1
fi
export NINJA_STATUS='[%f/%t %es] '
exec ninja -C "build/$preset" "$@"
