"""How long the pages wait for rows of a Parquet file of ten million: GET /api/v1/data/rows of `hubmill serve`.

  python bench/rows.py FOLDER

FOLDER is what `bench/show.py --keep FOLDER` made. Times are those of a client on this machine, from the request to the last byte.
"""
import json
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = os.environ.get("HUBMILL_BINARY", str(ROOT / "build/release/hubmill"))
JUMPS = 30


def main():
    with tempfile.TemporaryDirectory() as work:
        sets = pathlib.Path(work) / "sets"
        for file in sorted(pathlib.Path(sys.argv[1]).glob("*.parquet")):
            (sets / file.stem).mkdir(parents=True)
            shutil.copyfile(file, sets / file.stem / "train.parquet")
        server = subprocess.Popen([BINARY, "serve", "--port", "0", "--data-dir", "served", "--data", "sets"], cwd=work,
                                  stdout=subprocess.PIPE, text=True)
        url = server.stdout.readline().strip() + "/api/v1/data"

        def get(path):
            start = time.perf_counter()
            with urllib.request.urlopen(url + path) as answer:
                body = json.loads(answer.read())
            return (time.perf_counter() - start) * 1000, body

        draw = random.Random(3)
        for data in get("")[1]["sets"]:
            rows = f"/rows?set={urllib.parse.quote(data['id'])}&length=50&offset="
            first, body = get(rows + "0")
            total = body["rows_total"]
            jumps = [get(rows + str(draw.randrange(max(1, total - 50))))[0] for _ in range(JUMPS)]
            print(f"{data['title']}: {total} rows; first page {first:.0f} ms; a jump {statistics.median(jumps):.0f} ms "
                  f"(median of {JUMPS}), worst {max(jumps):.0f} ms")
        status = pathlib.Path(f"/proc/{server.pid}/status").read_text()
        print(next(line for line in status.splitlines() if line.startswith("VmHWM")))
        server.terminate()
        server.wait(30)


main()
