#!/usr/bin/env python3
"""Whole commands beside their peers, in one run: the answer is checked first, then both are timed in turn.

  compare.py [--hubmill BIN] [--docs 200000] [--runs 3] [--only NAME…] [--record]

The corpus is made once (bench/peers/make_corpus.py, bytes fixed by its arguments) in bench/data. Each case runs
hubmill and its peers alternately; the figures are medians of wall and CPU seconds (user + system), and the peak resident
memory of the process. A floor (`cp`, page cache warm) stands beside them. --record writes the tables to bench/RESULTS.md.
"""
import argparse, datetime, json, multiprocessing, os, platform, shutil, statistics, subprocess, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, "data")
PY = sys.executable


def measure(command, env=None):
    """One run: wall s, CPU s, peak RSS MB."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **(env or {})})
    out, err = child.stdout.read(), child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"failed ({child.returncode}): {' '.join(command)}\n{err.decode()[-2000:]}")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def size_bytes(out: str) -> int:
    """Of a file, or of all files in an output folder."""
    if not os.path.isdir(out):
        return os.path.getsize(out)
    return sum(os.path.getsize(os.path.join(folder, name))
               for folder, _, names in os.walk(out) for name in names)


def remove(path):
    shutil.rmtree(path, ignore_errors=True)
    for extra in (path, path + ".hf", path + ".d"):
        if os.path.isfile(extra):
            os.remove(extra)


def read_parquet(path):
    import pyarrow.parquet as pq
    return pq.read_table(path)


def read_ids(path):
    with open(path, "rb") as lines:
        return [json.loads(line)["id"] for line in lines]


class Bench:
    def __init__(self, args):
        self.args = args
        self.hubmill = args.hubmill
        name = f"c{args.docs // 1000}k"
        self.corpus = os.path.join(DATA, name + ".jsonl")
        os.makedirs(DATA, exist_ok=True)
        if not os.path.exists(self.corpus):
            print(f"making {self.corpus} …", file=sys.stderr)
            part = os.path.join(DATA, name + "-part")
            subprocess.run([PY, os.path.join(HERE, "peers/make_corpus.py"), "--docs", str(args.docs), "--seed", "2",
                            "--out", part], check=True)
            os.rename(part + ".jsonl", self.corpus)
            os.rename(part + ".truth.jsonl", os.path.join(DATA, name + ".truth.jsonl"))
        self.size = os.path.getsize(self.corpus)
        self.tables = []
        self.missed = []  # Goals that no table shows.

    def peer_convert(self, peer, out, clean):
        return [PY, os.path.join(HERE, "peers/peer_convert.py"), peer, self.corpus, out, "2", str(int(clean))]

    def convert(self, out, level, clean, inputs=None):
        command = [self.hubmill, "convert", *(inputs or [self.corpus]), out, "--level", str(level), "--threads", "2"]
        return command + (["--clean", "text"] if clean else [])

    def compare(self, title, commands, check, goals):
        """`commands`: name -> (command, output path). The first is hubmill. `goals`: peer -> wanted ratio."""
        for command, out in commands.values():
            remove(out)
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        # In a process of its own: the children's peak memory would count what the answer check holds.
        checking = multiprocessing.get_context("fork").Process(
            target=check, args=({name: out for name, (_, out) in commands.items()},))
        checking.start()
        checking.join()
        if checking.exitcode != 0:
            sys.exit(f"wrong answer: {title}")
        sizes = {name: size_bytes(out) for name, (_, out) in commands.items()}
        runs = {name: [] for name in commands}
        for _ in range(self.args.runs):
            for name, (command, out) in commands.items():
                remove(out)
                runs[name].append(measure(command))
        rows = []
        ours = None
        for name, values in runs.items():
            wall, cpu, rss = (statistics.median(column) for column in zip(*values))
            ours = ours or (wall, cpu)
            rows.append({"name": name, "wall_s": wall, "cpu_s": cpu, "rss_mb": rss, "mb_s": self.size / 1e6 / wall,
                         "mb_cpu_s": self.size / 1e6 / cpu, "wall_ratio": wall / ours[0], "cpu_ratio": cpu / ours[1],
                         "goal": goals.get(name), "file_mb": sizes[name] / 1e6})
        self.tables.append((title, rows))
        self.show(title, rows)
        for _, out in commands.values():
            remove(out)

    @staticmethod
    def table(title, rows):
        lines = [f"### {title}", "",
                 "| | wall s | MB/s | CPU s | MB/CPU-s | peak MB | output MB | hubmill is faster by (wall / CPU) | goal |",
                 "|---|---|---|---|---|---|---|---|---|"]
        for row in rows:
            ratio = "" if row["name"] == "hubmill" else f"**{row['wall_ratio']:.2f}×** / {row['cpu_ratio']:.2f}×"
            goal = f"{row['goal']} ×" if row["goal"] else ""
            lines.append(f"| {row['name']} | {row['wall_s']:.2f} | {row['mb_s']:.0f} | {row['cpu_s']:.2f} | "
                         f"{row['mb_cpu_s']:.0f} | {row['rss_mb']:.0f} | {row['file_mb']:.1f} | {ratio} | {goal} |")
        return "\n".join(lines) + "\n"

    def show(self, title, rows):
        print(self.table(title, rows), flush=True)

    # ---- the cases ----

    def same_rows(self, outs, cleaned=False):
        """Every Parquet output holds the corpus' rows in order; cleaned texts equal the plain reference."""
        import re
        ours = read_parquet(outs["hubmill"])
        ids = ours.column("id").to_pylist()
        url, tag, space = re.compile(r"https?://\S+|www\.\S+"), re.compile(r"<.*?>"), re.compile(r"\s+")
        reference = lambda t: space.sub(" ", tag.sub("", url.sub("", t)).replace("\n", " ")).strip()
        texts = ours.column("text")
        count = 0
        with open(self.corpus, "rb") as lines:
            for i, line in enumerate(lines):
                count += 1
                if cleaned and i % 40:
                    continue
                row = json.loads(line)
                want = reference(row["text"]) if cleaned else row["text"]
                if ids[i] != row["id"] or texts[i].as_py() != want:
                    sys.exit(f"wrong answer: row {i}")
        if count != ours.num_rows:
            sys.exit(f"wrong answer: {ours.num_rows} rows, not {count}")

    def case_convert1(self):
        out = lambda name: os.path.join(DATA, f"out-{name}.parquet")
        self.compare("JSONL → Parquet, zstd 1", {
            "hubmill": (self.convert(out("hubmill"), 1, False), out("hubmill")),
            "pyarrow": (self.peer_convert("pyarrow", out("pyarrow"), False), out("pyarrow")),
            "floor: cp": (["cp", self.corpus, out("cp")], out("cp")),
        }, self.same_rows, {"pyarrow": 1.5})

    def case_convert3(self):
        out = lambda name: os.path.join(DATA, f"out-{name}.parquet")
        self.compare("JSONL → Parquet, zstd 3", {
            "hubmill": (self.convert(out("hubmill"), 3, False), out("hubmill")),
            "polars": (self.peer_convert("polars", out("polars"), False), out("polars")),
            "duckdb": (self.peer_convert("duckdb", out("duckdb"), False), out("duckdb")),
        }, self.same_rows, {"polars": 1.5})

    def case_clean(self):
        out = lambda name: os.path.join(DATA, f"out-{name}.parquet")
        check = lambda outs: self.same_rows(outs, cleaned=True)
        self.compare("JSONL → clean → Parquet, zstd 1", {
            "hubmill": (self.convert(out("hubmill"), 1, True), out("hubmill")),
            "pyarrow": (self.peer_convert("pyarrow", out("pyarrow"), True), out("pyarrow")),
        }, check, {"pyarrow": 8})
        self.compare("JSONL → clean → Parquet, zstd 3", {
            "hubmill": (self.convert(out("hubmill"), 3, True), out("hubmill")),
            "polars": (self.peer_convert("polars", out("polars"), True), out("polars")),
        }, check, {"polars": 3})

    def case_dedup(self):
        folder = os.path.join(DATA, "out-dedup")
        peer = os.path.join(DATA, "out-dedup-polars.jsonl")

        def check(outs):
            ours = read_ids(os.path.join(folder, "data/train-00000-of-00001.jsonl"))
            if ours != read_ids(peer):
                sys.exit("wrong answer: other rows than polars keeps")

        self.compare("Exact deduplication, JSONL → JSONL (keep first, in order; with manifest and checksums)", {
            "hubmill": ([self.hubmill, "run", os.path.join(HERE, "recipes/exact_dedup.yaml"), "--set",
                         f"input={self.corpus}", "--out", folder, "--threads", "2"], folder),
            "polars": ([PY, os.path.join(HERE, "peers/peer_exact.py"), "polars_nd", self.corpus, peer, "2"], peer),
        }, check, {"polars": 2})

    def case_memory(self):
        """Peak memory on ten times the input (the corpus listed ten times)."""
        out = os.path.join(DATA, "out-ten.parquet")
        rows = []
        for name, command in {
            "convert zstd 1, once": self.convert(out, 1, False),
            "convert zstd 1, ten times": self.convert(out, 1, False, [self.corpus] * 10),
            "clean zstd 1, ten times": self.convert(out, 1, True, [self.corpus] * 10),
        }.items():
            remove(out)
            rows.append((name, measure(command)[2]))
        recipe = [self.hubmill, "run", os.path.join(HERE, "recipes/exact_dedup.yaml"), "--threads", "2", "--out",
                  os.path.join(DATA, "out-dedup")]
        for name, inputs in {"exact dedup, once": [self.corpus], "exact dedup, ten times": [self.corpus] * 10}.items():
            remove(os.path.join(DATA, "out-dedup"))
            listed = os.path.join(DATA, "ten.yaml")
            with open(listed, "w") as f:
                f.write(open(os.path.join(HERE, "recipes/exact_dedup.yaml")).read()
                        .replace('"${input}"', json.dumps(inputs)).replace("required: true, ", "default: x, "))
            rows.append((name, measure([self.hubmill, "run", listed, *recipe[3:]])[2]))
        remove(out)
        remove(os.path.join(DATA, "out-dedup"))
        text = f"### Peak memory ({self.size / 1e6:.0f} MB of input, and ten times that)\n\n| | peak MB | goal |\n|---|---|---|\n"
        text += "".join(f"| {name} | {rss:.0f} | < 300 |\n" for name, rss in rows)
        self.tables.append((text, None))
        print(text, flush=True)

    def case_start(self):
        times = sorted(measure([self.hubmill, "--version"])[0] * 1000 for _ in range(21))
        text = f"### Start-up\n\n`hubmill --version`: median {times[10]:.1f} ms of 21 runs (goal: under 30 ms)\n"
        self.tables.append((text, None))
        if times[10] >= 30:
            self.missed.append(f"- start-up: {times[10]:.1f} ms, not 30 ms\n")
        print(text, flush=True)

    def record(self):
        cpu = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), platform.processor())
        commit = subprocess.run(["git", "-C", HERE, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
        with open(os.path.join(HERE, "RESULTS.md"), "w") as f:
            f.write("# Measured, beside peers\n\nThe Hub has a bench of its own: `make bench-hub`, [RESULTS_HUB.md](RESULTS_HUB.md).\n\nRepeat with `make bench` (it makes the corpus, checks each answer, then times "
                    f"hubmill and its peers in turn: {self.args.runs} runs, medians).\n\n"
                    f"{datetime.date.today()}, commit {commit}, {cpu}, {os.cpu_count()} cores, page cache warm; corpus: "
                    f"{self.args.docs} documents, {self.size / 1e6:.1f} MB. These machines are shared: read ratios "
                    "before seconds, CPU seconds before wall.\n\n")
            for title, rows in self.tables:
                f.write((self.table(title, rows) if rows is not None else title) + "\n")
            missed = [f"- {title}: {row['wall_ratio']:.2f} × {row['name']}, not {row['goal']} ×\n"
                      for title, rows in self.tables for row in rows or []
                      if row["goal"] and row["wall_ratio"] < row["goal"]]
            f.write("## Goals not met in this run\n\n" + ("".join(missed + self.missed) or "None.\n") + "\n")
            f.write(open(os.path.join(HERE, "LIMITS.md")).read())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hubmill", default=os.path.join(HERE, "../build/release/hubmill"))
    parser.add_argument("--docs", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()
    bench = Bench(args)
    for name in ("start", "convert1", "convert3", "clean", "dedup", "memory"):
        if not args.only or name in args.only:
            getattr(bench, "case_" + name)()
    if args.record:
        bench.record()


if __name__ == "__main__":
    main()
