#!/usr/bin/env python3
"""Loads published data sets with the official `datasets` library and says what is in them.

  HF_ENDPOINT=URL scripts/load_back.py REPO=FOLDER|FILE.jsonl|FOLDER/*.jsonl...

FOLDER is the output folder that was published; its manifest says how many rows there must be.  FILE
is what `hubmill metadata` wrote; the published rows must be the same.  FOLDER/*.jsonl is a set of
`hubmill security`; the questions must be the same.
"""
import json
import logging
import pathlib
import sys
import tempfile

import datasets


def load_back(repo: str, folder: pathlib.Path, cache: str) -> bool:
    rows_written = {row["name"]: row["splits"]
                    for row in json.loads((folder / "manifest.json").read_text())["datasets"]}
    good = set(datasets.get_dataset_config_names(repo)) == set(rows_written)
    for config, expected in rows_written.items():
        loaded = datasets.load_dataset(repo, config, cache_dir=cache)
        rows = {split: data.num_rows for split, data in loaded.items()}
        equal = rows == expected
        good = good and equal
        counts = "  ".join(f"{split} {count:,}" for split, count in rows.items())
        print(f"  {repo}  {config:10}  {counts}  {'as written' if equal else 'NOT AS WRITTEN'}")
    return good


def load_table(repo: str, file: pathlib.Path, cache: str) -> bool:
    rows = datasets.load_dataset(repo, "metadata", split="meta", cache_dir=cache).to_list()
    equal = rows == [json.loads(line) for line in file.read_text().splitlines()]
    print(f"  {repo}  metadata    meta {len(rows)}  {'as written' if equal else 'NOT AS WRITTEN'}")
    return equal


def load_questions(repo: str, files: pathlib.Path, cache: str) -> bool:
    loaded = datasets.load_dataset(repo, cache_dir=cache)
    questions = [row["question"] for split in loaded.values() for row in split]
    written = [json.loads(line)["question"] for file in sorted(files.parent.glob(files.name))
               for line in file.read_text().splitlines()]
    equal = sorted(questions) == sorted(written)
    counts = "  ".join(f"{split} {data.num_rows:,}" for split, data in loaded.items())
    print(f"  {repo}  default     {counts}  {'as written' if equal else 'NOT AS WRITTEN'}")
    return equal


def loader(place: str):
    if "*" in place:
        return load_questions
    return load_table if place.endswith(".jsonl") else load_back


def main() -> int:
    datasets.disable_progress_bars()
    logging.getLogger("datasets").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as cache:
        results = [loader(place)(repo, pathlib.Path(place), cache)
                   for repo, place in (name.split("=") for name in sys.argv[1:])]
    return 0 if all(results) else 1


sys.exit(main())
