#!/usr/bin/env python3
"""Loads output folders back with the official `datasets` library and says what is in them.

  scripts/load_back.py FOLDER...
"""
import json
import logging
import pathlib
import sys
import tempfile

import datasets
import yaml


def configs_of(folder: pathlib.Path) -> list[str]:
    front_matter = (folder / "README.md").read_text(encoding="utf-8").split("---\n")[1]
    return [config["config_name"] for config in yaml.safe_load(front_matter)["configs"]]


def load_back(folder: pathlib.Path, cache: str) -> bool:
    rows_written = {row["name"]: row["splits"]
                    for row in json.loads((folder / "manifest.json").read_text())["datasets"]}
    good = True
    for config in configs_of(folder):
        loaded = datasets.load_dataset(str(folder), config, cache_dir=cache)
        rows = {split: data.num_rows for split, data in loaded.items()}
        equal = rows == rows_written[config]
        good = good and equal
        counts = "  ".join(f"{split} {count:,}" for split, count in rows.items())
        print(f"  {folder}  {config:10}  {counts}  {'as written' if equal else 'NOT AS WRITTEN'}")
    return good


def main() -> int:
    datasets.disable_progress_bars()
    logging.getLogger("datasets").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as cache:
        results = [load_back(pathlib.Path(name), cache) for name in sys.argv[1:]]
    return 0 if all(results) else 1


sys.exit(main())
