#!/usr/bin/env python3
"""Whole commands beside their peers, in one run: the answer is checked first, then both are timed in turn.

  compare.py [--hubmill BIN] [--docs 200000] [--runs 3] [--only NAME…] [--record]

The corpus is made once (bench/peers/make_corpus.py, bytes fixed by its arguments) in bench/data. Each case runs
hubmill and its peers alternately; the figures are medians of wall and CPU seconds (user + system), and the peak resident
memory of the process. A floor (`cp`, page cache warm) stands beside them. --record writes the tables to bench/RESULTS.md.
"""
import json, os, subprocess, sys

from measure import DATA, HERE, PY, Comparisons, machine, measure, parser_of, remove


def read_parquet(path):
    import pyarrow.parquet as pq
    return pq.read_table(path)


def read_ids(path):
    with open(path, "rb") as lines:
        return [json.loads(line)["id"] for line in lines]


class Bench(Comparisons):
    def __init__(self, args):
        super().__init__(args)
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

    def peer_convert(self, peer, out, clean):
        return [PY, os.path.join(HERE, "peers/peer_convert.py"), peer, self.corpus, out, "2", str(int(clean))]

    def convert(self, out, level, clean, inputs=None):
        command = [self.hubmill, "convert", *(inputs or [self.corpus]), out, "--level", str(level), "--threads", "2"]
        return command + (["--clean", "text"] if clean else [])

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
        }, self.same_rows, self.size, {"pyarrow": (1.5, "wall")})

    def case_convert3(self):
        out = lambda name: os.path.join(DATA, f"out-{name}.parquet")
        self.compare("JSONL → Parquet, zstd 3", {
            "hubmill": (self.convert(out("hubmill"), 3, False), out("hubmill")),
            "polars": (self.peer_convert("polars", out("polars"), False), out("polars")),
            "duckdb": (self.peer_convert("duckdb", out("duckdb"), False), out("duckdb")),
        }, self.same_rows, self.size, {"polars": (1.5, "wall")})

    def case_clean(self):
        out = lambda name: os.path.join(DATA, f"out-{name}.parquet")
        check = lambda outs: self.same_rows(outs, cleaned=True)
        self.compare("JSONL → clean → Parquet, zstd 1", {
            "hubmill": (self.convert(out("hubmill"), 1, True), out("hubmill")),
            "pyarrow": (self.peer_convert("pyarrow", out("pyarrow"), True), out("pyarrow")),
        }, check, self.size, {"pyarrow": (8, "wall")})
        self.compare("JSONL → clean → Parquet, zstd 3", {
            "hubmill": (self.convert(out("hubmill"), 3, True), out("hubmill")),
            "polars": (self.peer_convert("polars", out("polars"), True), out("polars")),
        }, check, self.size, {"polars": (3, "wall")})

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
        }, check, self.size, {"polars": (2, "wall")})

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
        self.show(text)

    def case_start(self):
        times = sorted(measure([self.hubmill, "--version"])[0] * 1000 for _ in range(21))
        text = f"### Start-up\n\n`hubmill --version`: median {times[10]:.1f} ms of 21 runs (goal: under 30 ms)\n"
        if times[10] >= 30:
            self.missed.append(f"- start-up: {times[10]:.1f} ms, not 30 ms\n")
        self.show(text)

    def record_all(self):
        head = ("# Measured, beside peers\n\nThe Hub has a bench of its own: `make bench-hub`, [RESULTS_HUB.md](RESULTS_HUB.md); the llm system, too: "
                "`make bench-llm`, [RESULTS_LLM.md](RESULTS_LLM.md).\n\nRepeat with `make bench` (it makes the corpus, checks each answer, then times "
                f"hubmill and its peers in turn: {self.args.runs} runs, medians).\n\n"
                f"{machine()}, page cache warm; corpus: {self.args.docs} documents, {self.size / 1e6:.1f} MB. These machines are shared: "
                "read ratios before seconds, CPU seconds before wall.\n\n")
        with open(os.path.join(HERE, "LIMITS.md")) as limits:
            self.record(os.path.join(HERE, "RESULTS.md"), head, "\n" + limits.read())


def main():
    bench = Bench(parser_of(__doc__, "--docs", 200_000).parse_args())
    bench.run_cases(["start", "convert1", "convert3", "clean", "dedup", "memory"], bench.record_all)


if __name__ == "__main__":
    main()
