"""What `hubmill stats` and `hubmill diff` cost on a large Parquet file, beside polars and pandas.

  python bench/stats.py [--rows 5000000] [--keep FOLDER]

The file is made up: an id, two floats, a small integer, a label, a text of about 60 bytes, a list, a flag and a time.  polars is told to find
what the dataset viewer shows (nulls, ends, mean, median, deviation, ten bins, label counts, lengths); pandas does its describe() of
the numbers and the lengths.  `diff` compares the file with one of which a hundredth of the rows was changed, polars by two anti joins on the id and
a comparison of all columns.  Answers are compared first: tests/peers/stats_diff_test.py.
"""
import argparse
import os
import pathlib
import sys
import tempfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from measure import machine, measure

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = os.environ.get("HUBMILL_BINARY", str(ROOT / "build/release/hubmill"))
GROUP_ROWS = 250_000
WORDS = np.array(["refund", "order", "late", "please", "account", "café", "thanks", "broken"])

POLARS = """
import sys, polars as pl
frame = pl.read_parquet(sys.argv[1])
for name, kind in frame.schema.items():
    column = frame[name]
    column.null_count()
    if kind == pl.String:
        if column.n_unique() <= 1000:
            column.value_counts()
            continue
        column = column.str.len_chars()
    elif kind == pl.List:
        column = column.list.len()
    elif kind == pl.Boolean:
        column.value_counts()
        continue
    elif kind == pl.Datetime:
        column = (column - column.min()).dt.total_seconds()
    column.min(), column.max(), column.mean(), column.median(), column.std()
    column.hist(bin_count=10)
"""
PANDAS = """
import sys, pandas
frame = pandas.read_parquet(sys.argv[1])
frame["text"] = frame["text"].str.len()
frame["tags"] = frame["tags"].map(len)
frame.describe()
frame["label"].value_counts()
"""
POLARS_DIFF = """
import sys, polars as pl
old, new = pl.read_parquet(sys.argv[1]), pl.read_parquet(sys.argv[2])
old.join(new, on="id", how="anti").height, new.join(old, on="id", how="anti").height
both = old.join(new, on="id", suffix="_now")
both.select([(pl.col(c).ne_missing(pl.col(c + "_now"))).sum() for c in old.columns if c != "id"])
"""


def make(path, rows, changed):
    writer = None
    for first in range(0, rows, GROUP_ROWS):
        draw = np.random.default_rng(first)
        count = min(GROUP_ROWS, rows - first)
        texts = [" ".join(row) for row in WORDS[draw.integers(0, len(WORDS), (count, 8))]]
        offsets = np.minimum(np.arange(0, 3 * count + 1, 3), 3 * count).astype(np.int32)
        score = draw.random(count)
        table = pa.table({
            "id": np.arange(first, first + count), "score": score, "weight": draw.lognormal(0, 2, count).round(3),
            "grade": draw.integers(0, 5, count, dtype=np.int8), "label": np.array(["a", "b", "c"])[draw.integers(0, 3, count)],
            "text": texts, "tags": pa.ListArray.from_arrays(offsets, pa.array(draw.integers(0, 99, 3 * count))),
            "flag": draw.random(count) < 0.3, "time": pa.array(draw.integers(0, 10**15, count), pa.timestamp("us"))})
        if changed:
            score[::100] = -1
            table = table.set_column(1, "score", pa.array(score))
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table, row_group_size=GROUP_ROWS)
    writer.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--keep", help="a folder for the files, kept for the next time")
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(arguments.keep or temporary)
        folder.mkdir(parents=True, exist_ok=True)
        old, new = folder / f"old-{arguments.rows}.parquet", folder / f"new-{arguments.rows}.parquet"
        for path in (old, new):
            if not path.exists():
                make(path, arguments.rows, changed=path == new)
        print(f"{machine()}; {arguments.rows:,} rows, {old.stat().st_size / 1e6:.0f} MB of zstd Parquet")
        commands = {
            "hubmill stats": [BINARY, "stats", str(old), "--json"],
            "polars, the same facts": [sys.executable, "-c", POLARS, str(old)],
            "pandas describe": [sys.executable, "-c", PANDAS, str(old)],
            "hubmill diff --key id": [BINARY, "diff", str(old), str(new), "--key", "id", "--json"],
            "hubmill diff": [BINARY, "diff", str(old), str(new), "--json"],
            "polars joins": [sys.executable, "-c", POLARS_DIFF, str(old), str(new)],
        }
        for name, command in commands.items():
            runs = sorted(measure(command) for _ in range(arguments.repeat))
            wall, cpu, peak = runs[len(runs) // 2]
            print(f"{name:24} {wall:7.2f} s wall  {cpu:7.2f} s CPU  {peak:7.0f} MB"
                  f"  {arguments.rows / wall / 1e6:6.2f} M rows/s  {old.stat().st_size / wall / 1e6:6.0f} MB/s", flush=True)


if __name__ == "__main__":
    main()
