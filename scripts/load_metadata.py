#!/usr/bin/env python3
"""Loads the metadata that `make run` published from HF_ENDPOINT and compares it with the files.

  scripts/load_metadata.py ENV...
"""
import json
import pathlib
import sys
import tempfile

import datasets


def main() -> int:
    datasets.disable_progress_bars()
    good = True
    with tempfile.TemporaryDirectory() as cache:
        for env in sys.argv[1:]:
            repo = f"demo/{env}-metadata"
            loaded = datasets.load_dataset(repo, "metadata", split="meta", cache_dir=cache).to_list()
            lines = pathlib.Path(f"out/metadata/{env}.jsonl").read_text().splitlines()
            equal = loaded == [json.loads(line) for line in lines]
            good = good and equal
            print(f"  {repo}  metadata  meta {len(loaded)}  {'as written' if equal else 'NOT AS WRITTEN'}")
    return 0 if good else 1


sys.exit(main())
