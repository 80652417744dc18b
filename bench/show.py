"""How long `hubmill show` takes for the first rows and for rows anywhere of a file of ten million.

  python bench/show.py [--rows 10000000] [--keep FOLDER]

The file is made up: an id, a text of about 60 bytes, a number, a label, a list and a conversation,
in row groups of about 64 MiB before compression; once with a page index, once without, as pyarrow
writes by default.  Each number is that of a whole process: start, footer, pages, JSON.  The floor is
the same command on a file of three rows.
"""
import argparse
import json
import os
import pathlib
import random
import statistics
import subprocess
import tempfile
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = pathlib.Path(os.environ.get("HUBMILL_BINARY", ROOT / "build/release/hubmill"))
GROUP_ROWS = 250_000  # About 64 MiB.
WORDS = np.array(["refund", "order", "late", "please", "account", "नमस्ते", "thanks", "broken"])


def batch(first: int, count: int) -> pa.Table:
    draw = np.random.default_rng(first)
    words = WORDS[draw.integers(0, len(WORDS), (count, 8))]
    texts = [" ".join(row) for row in words]
    ids = np.arange(first, first + count)
    offsets = np.arange(0, count + 1, dtype=np.int32)
    roles = pa.array(["user"] * count)
    turns = pa.ListArray.from_arrays(
        offsets, pa.StructArray.from_arrays([roles, pa.array(texts)], ["role", "content"]))
    return pa.table({
        "id": ids, "text": texts, "score": draw.random(count),
        "label": draw.integers(0, 5, count, dtype=np.int8),
        "tags": pa.ListArray.from_arrays(offsets, pa.array(draw.integers(0, 99, count))),
        "turns": turns})


def make(path: pathlib.Path, rows: int, index: bool) -> None:
    writer = None
    for first in range(0, rows, GROUP_ROWS):
        table = batch(first % (4 * GROUP_ROWS), min(GROUP_ROWS, rows - first))
        table = table.set_column(0, "id", pa.array(np.arange(first, first + len(table))))
        if writer is None:
            writer = pq.ParquetWriter(path, table.schema, compression="zstd",
                                      write_page_index=index)
        writer.write_table(table, row_group_size=GROUP_ROWS)
    writer.close()


def run(*arguments) -> tuple[float, float, bytes]:
    """Wall and CPU milliseconds, and what it printed."""
    started = time.perf_counter()
    child = subprocess.Popen([str(BINARY), "show", *map(str, arguments), "--json"],
                             stdout=subprocess.PIPE)
    out = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - started
    assert status == 0, arguments
    return wall * 1000, (usage.ru_utime + usage.ru_stime) * 1000, out


def row_line(name: str, times: list[tuple[float, float]]) -> str:
    wall = [each[0] for each in times]
    cpu = [each[1] for each in times]
    return (f"{name:44} best {min(wall):7.1f}  median {statistics.median(wall):7.1f}"
            f"  worst {max(wall):7.1f} ms  CPU median {statistics.median(cpu):6.1f}"
            f"  worst {max(cpu):6.1f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--keep", help="a folder for the files, kept for the next time")
    arguments = parser.parse_args()
    draw = random.Random(1)
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(arguments.keep or scratch)
        folder.mkdir(parents=True, exist_ok=True)
        tiny = folder / "tiny.parquet"
        pq.write_table(batch(0, 3), tiny)
        print(row_line("floor: three rows", [run(tiny)[:2] for _ in range(20)]))
        for index in (True, False):
            path = folder / f"rows_{arguments.rows}_{'index' if index else 'plain'}.parquet"
            if not path.exists():
                make(path, arguments.rows, index)
            kind = "page index" if index else "no page index"
            print(f"{kind}: {path.stat().st_size / 1e6:.0f} MB,"
                  f" {pq.ParquetFile(path).num_row_groups} row groups")
            for _ in range(2):
                run(path, "--limit", 100)
            print(row_line(f"  first 100 rows, {kind}",
                           [run(path, "--limit", 100)[:2] for _ in range(10)]))
            jumps = []
            for _ in range(20):
                row = draw.randrange(arguments.rows - 100)
                wall, cpu, out = run(path, "--rows", f"{row}..{row + 99}")
                ids = [json.loads(line)["cells"]["id"] for line in out.splitlines()]
                assert ids == list(range(row, row + 100)), row
                jumps.append((wall, cpu))
            print(row_line(f"  100 rows anywhere, {kind}", jumps))


if __name__ == "__main__":
    main()
