# Every target does all of its own set-up; it needs git, make, python3 and apt.  Start with `make run`.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run test quick build bench bench-dedup bench-llm bench-postgres bench-signals bench-hub bench-security bench-serve bench-view fuzz package asan tidy format docs docs-pages setup clean
REPORTS := build/reports

help:  ## Shows this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build  ## Prepares and publishes sample and real data sets, and loads them with `datasets`.
	@scripts/setup.sh test
	@scripts/run_demo.sh

test: setup  ## All tests: unit, cases, golden, property, fault, peers, README (minutes).
	@scripts/setup.sh test browser duckdb tools
	@scripts/build.sh release
	@scripts/test.sh release

quick: setup  ## Unit tests of a debug build only.
	@scripts/build.sh dev unit_tests
	@ctest --test-dir build/dev --output-on-failure -j $$(nproc) -L unit

build: setup  ## build/release/hubmill, optimised.
	@scripts/build.sh release hubmill

bench: setup  ## Speed and memory beside pyarrow, polars and DuckDB: bench/RESULTS.md says how to read it.
	@scripts/setup.sh test
	@scripts/build.sh release hubmill
	@.venv/bin/python bench/compare.py

bench-llm: setup  ## Speed and memory of the llm system beside what its source does.
	@scripts/setup.sh test
	@scripts/build.sh release hubmill
	@.venv/bin/python bench/llm.py

bench-postgres: setup  ## Speed and memory of the PostgreSQL source beside ADBC.
	@scripts/setup.sh test
	@.venv/bin/pip install --quiet adbc-driver-postgresql==1.13.0
	@scripts/build.sh release hubmill
	@.venv/bin/python bench/postgres.py

bench-signals: setup  ## Speed and memory of the signals export beside what its source does.
	@scripts/setup.sh test
	@scripts/build.sh release hubmill
	@.venv/bin/python bench/signals.py

bench-hub: setup  ## Speed and memory of the Hub, both sides, beside the official client.
	@scripts/setup.sh test
	@scripts/build.sh release hubmill
	@.venv/bin/python bench/hub.py

bench-dedup: setup  ## Deduplication beside its peers.
	@scripts/setup.sh test peers
	@scripts/build.sh release hubmill
	@.venv/bin/python bench/dedup.py --record

bench-security: setup  ## Speed of building evaluation sets, and of the tools that label them.
	@scripts/setup.sh test tools
	@scripts/build.sh release hubmill
	@set -e; for script in bench/security_*.py; do .venv/bin/python $$script; done

bench-serve: setup  ## Latency of the job API under 200 clients.
	@scripts/setup.sh test
	@scripts/build.sh release hubmill
	@.venv/bin/python bench/serve.py --record

bench-view: setup  ## Rows, statistics and differences of large files.
	@scripts/setup.sh test
	@scripts/build.sh release hubmill
	@.venv/bin/python bench/show.py --keep build/bench-view
	@.venv/bin/python bench/rows.py build/bench-view
	@.venv/bin/python bench/stats.py

fuzz: setup  ## Every fuzz target for FUZZ_SECONDS (60) each, and a canary that must fail.
	@scripts/setup.sh clang
	@scripts/fuzz.sh $${FUZZ_SECONDS:-60}

package: setup  ## dist/hubmill-*.whl, a wheel that carries the binary.
	@scripts/setup.sh test
	@scripts/package.sh

asan: setup  ## Unit tests under the address and undefined-behaviour sanitizers (clang; the fuzz targets too).
	@scripts/setup.sh clang
	@scripts/build.sh asan unit_tests
	@mkdir -p $(REPORTS)
	@ctest --test-dir build/asan --output-on-failure -j $$(nproc) -L unit \
	  --output-junit $(CURDIR)/$(REPORTS)/asan.xml

tidy: setup  ## clang-format, clang-tidy and the project's own tidy test.
	@scripts/setup.sh clang
	@scripts/format_check.sh
	@scripts/build.sh release tidy_test
	@build/release/tests/tidy_test
	@scripts/tidy.sh

format: setup  ## Rewrites all C++ files with clang-format.
	@scripts/setup.sh clang
	@git ls-files '*.cc' '*.h' | xargs clang-format-14 -i

docs: build  ## docs/stages.md, from the registry.
	@build/release/hubmill stages --markdown > docs/stages.md

docs-pages: setup  ## The pictures of docs/pages.md, by the walk that tests take.
	@scripts/setup.sh test browser
	@scripts/build.sh release hubmill
	@HUBMILL_SHOTS=$(CURDIR)/docs/pages .venv/bin/python -m pytest -q tests/peers/pages_test.py -k walk

setup:  ## Debian packages and .venv, only what is missing.
	@scripts/setup.sh build

clean:  ## Removes build/, dist/ and out/; .venv stays.
	rm -rf build dist out

include make/metadata.mk
include make/security.mk
