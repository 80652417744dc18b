#!/usr/bin/env bash
# Fails where clang-format would change a tracked C++ file.
set -euo pipefail
cd "$(dirname "$0")/.."
git ls-files '*.cc' '*.h' | xargs clang-format-14 --dry-run --Werror
