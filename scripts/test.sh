#!/usr/bin/env bash
# Runs all tests of a build: ctest (unit, cases, golden, tidy), then pytest (peers, property, fault,
# README).  JUnit files go to build/reports/.
#   scripts/test.sh PRESET [pytest arguments]
set -uo pipefail
cd "$(dirname "$0")/.."
preset=$1
shift
reports=$PWD/build/reports
mkdir -p "$reports"
export CTEST_OUTPUT_ON_FAILURE=1
export HUBMILL_BINARY=$PWD/build/$preset/hubmill
status=0
ctest --test-dir "build/$preset" -j "$(nproc)" --output-junit "$reports/ctest.xml" || status=1
# Files side by side; the tests of one file share servers, and so stay with one worker.
.venv/bin/python -m pytest tests -q -n "$(nproc)" --dist loadfile --junitxml "$reports/pytest.xml" "$@" || status=1
exit $status
