#!/usr/bin/env python3
"""hubmill dedup beside its peers: answers are scored against the corpus' ground truth first, then all are timed in turn.

  dedup.py [--hubmill BIN] [--docs 200000] [--runs 3] [--only near exact memory] [--record]

The corpus has planted near duplicates of known exact Jaccard index (bench/peers/make_corpus.py). All use shingles of 5 words,
14 bands of 8 minima and 2 threads. Peers: daft (the fastest sketcher; banding in NumPy, as it has none), gaoya, polars. They live
in .ci/peers (scripts/setup.sh peers). --record writes bench/RESULTS_DEDUP.md.
"""
import json, multiprocessing, os, subprocess, sys
from collections import Counter

from dedup_plot import plot
from measure import DATA, HERE, PY, Comparisons, machine, measure, parser_of

PEERS = os.path.join(HERE, "../.ci/peers/bin/python")
GROWTH_GOAL, PEAK_GOAL_MB = 130, 200


def score(truth, kept):
    """Shares of planted pairs found, by exact Jaccard index, and unique documents removed."""
    classes = {}
    for row in truth:
        if row["kind"] != "near":
            classes.setdefault(row["base"], []).append(row["id"] in kept)
    variants = Counter(row["base"] for row in truth if row["kind"] == "near")
    found = {}
    for row in truth:  # Bases with one variant only: a merge with a third document is no find.
        if row["kind"] == "near" and variants[row["base"]] == 1:
            pair = found.setdefault(min(9, int(row["j5"] * 10)), [0, 0])
            pair[0] += not (row["id"] in kept and any(classes[row["base"]]))
            pair[1] += 1
    share = lambda low, high: sum(found.get(i, (0, 0))[0] for i in range(low, high)) / max(1, sum(found.get(i, (0, 0))[1] for i in range(low, high)))
    lost = sum(row["kind"] == "uniq" and row["id"] not in kept for row in truth)
    return {"≥ .8": share(8, 10), "≥ .7": share(7, 10), "< .5": share(0, 5), "unique lost": lost,
            "curve": {f".{i}": round(pair[0] / pair[1], 3) for i, pair in sorted(found.items())}}


def kept_ids(path):
    if path.endswith(".parquet"):
        import pyarrow.parquet as pq
        return set(pq.read_table(path, columns=["id"])["id"].to_pylist())
    with open(path, "rb") as lines:
        return {json.loads(line)["id"] for line in lines}


class Bench(Comparisons):
    def __init__(self, args):
        super().__init__(args)
        self.corpora = {docs: self.make(docs) for docs in (args.docs, args.docs // 4, args.docs // 10)}
        self.corpus = self.corpora[args.docs]
        self.size = os.path.getsize(self.corpus)
        self.rates, self.found, self.peaks = {}, {}, []

    def make(self, docs):
        os.makedirs(DATA, exist_ok=True)
        name = os.path.join(DATA, f"c{docs // 1000}k")
        if not os.path.exists(name + ".jsonl"):
            subprocess.run([PY, os.path.join(HERE, "peers/make_corpus.py"), "--docs", str(docs), "--seed", "2", "--out", name + "-part"], check=True)
            os.rename(name + "-part.truth.jsonl", name + ".truth.jsonl")
            os.rename(name + "-part.jsonl", name + ".jsonl")
        return name + ".jsonl"

    def ours(self, out, *options, corpus=None):
        return [self.args.hubmill, "dedup", corpus or self.corpus, "--out", out, "--threads", "2", "--quiet", *options]

    def peer(self, name, out):
        return [PEERS, os.path.join(HERE, "peers/peer_near.py"), name, self.corpus, out, "2"]

    def score(self, out):
        with open(self.corpus.replace(".jsonl", ".truth.jsonl")) as lines:
            return score([json.loads(line) for line in lines], kept_ids(out))

    def check_near(self, outs):
        for name, out in outs.items():
            if name.startswith("floor"):
                continue
            got = self.score(out)
            print(name, got, flush=True)
            verified = "verify" in name
            if name.startswith("hubmill") and not (
                    got["≥ .8"] >= .99 and got["≥ .7"] >= .93 and got["< .5"] <= (0 if verified else .02) and got["unique lost"] == 0):
                sys.exit(f"wrong answer: {name} {got}")

    def case_near(self):
        out = lambda name, end=".jsonl": os.path.join(DATA, f"out-near-{name}{end}")
        near = ("--method", "near")
        commands = {"hubmill": (self.ours(out("hubmill"), *near), out("hubmill")),
                    "hubmill, --verify": (self.ours(out("verify"), *near, "--verify", "--threshold", "0.7", "--bands", "14", "--rows", "8"), out("verify")),
                    "hubmill, to Parquet, zstd 1": (self.ours(out("parquet1", ".parquet"), *near, "--level", "1"), out("parquet1", ".parquet")),
                    "hubmill, to Parquet, zstd 3": (self.ours(out("parquet", ".parquet"), *near), out("parquet", ".parquet")),
                    "daft": (self.peer("daft", out("daft")), out("daft")),
                    "gaoya": (self.peer("gaoya", out("gaoya")), out("gaoya")),
                    "floor: cp": (["cp", self.corpus, out("cp")], out("cp"))}
        medians = self.compare(f"Near duplicates, JSONL → JSONL, {self.args.docs:,} documents", commands, self.check_near, self.size,
                               {"daft": (9, "wall"), "gaoya": (18, "wall")})
        self.rates = {name: self.size / 1e6 / wall for name, (wall, _, _) in medians.items() if not name.startswith("floor")}
        subprocess.run(commands["hubmill"][0], check=True)
        # In a process of its own: children's peak memory would count what this one holds.
        with multiprocessing.get_context("fork").Pool(1) as pool:
            self.found = pool.apply(self.score, (out("hubmill"),))["curve"]
        os.remove(out("hubmill"))
        for name, goal in (("hubmill", 420), ("hubmill, to Parquet, zstd 1", 250)):
            rate = self.size / 1e6 / medians[name][0]
            if rate < goal:
                self.missed.append(f"- {name}: {rate:.0f} MB/s, not {goal}\n")
        self.peak = medians["hubmill"][2]
        if self.peak > PEAK_GOAL_MB:
            self.missed.append(f"- near: {self.peak:.0f} MB at most, not {PEAK_GOAL_MB}\n")

    def check_exact(self, outs):
        first = {}
        with open(self.corpus, "rb") as lines:
            for line in lines:
                row = json.loads(line)
                first.setdefault(row["text"], row["id"])
        for name, out in outs.items():
            if not name.startswith("floor") and kept_ids(out) != set(first.values()):
                sys.exit(f"wrong answer: {name}")

    def case_exact(self):
        out = lambda name: os.path.join(DATA, f"out-exact-{name}.jsonl")
        self.compare("Exact duplicates, JSONL → JSONL", {
            "hubmill": (self.ours(out("hubmill")), out("hubmill")),
            "polars": ([PY, os.path.join(HERE, "peers/peer_exact.py"), "polars_nd", self.corpus, out("polars"), "2"], out("polars")),
            "floor: cp": (["cp", self.corpus, out("cp")], out("cp")),
        }, self.check_exact, self.size, {"polars": (2, "wall")})

    def case_memory(self):
        """Peak memory by documents."""
        lines = ["### Memory by documents (near)", "", "| documents | peak MB |", "|---|---|"]
        peaks = self.peaks
        for docs in sorted(self.corpora):
            out = os.path.join(DATA, "out-memory.jsonl")
            peaks.append((docs, measure(self.ours(out, "--method", "near", corpus=self.corpora[docs]))[2]))
            os.remove(out)
            lines.append(f"| {docs:,} | {peaks[-1][1]:.0f} |")
        growth = (peaks[-1][1] - peaks[0][1]) * 2**20 / (peaks[-1][0] - peaks[0][0])
        lines.append(f"\nGrowth: {growth:.0f} bytes a document (goal {GROWTH_GOAL}).")
        if growth > GROWTH_GOAL:
            self.missed.append(f"- growth: {growth:.0f} bytes a document, not {GROWTH_GOAL}\n")
        self.show("\n".join(lines) + "\n")

    def record_all(self):
        self.record(os.path.join(HERE, "RESULTS_DEDUP.md"),
                    f"# Deduplication: measured\n\n`make bench-dedup`; {machine()}. Shingles of 5 words, 14 bands of 8 minima, 2 threads.\n\n![](../docs/dedup.svg)\n\n")
        if self.rates and self.peaks:
            plot(os.path.join(HERE, "../docs/dedup.svg"), self.rates, self.found, self.peaks)


if __name__ == "__main__":
    parser = parser_of(__doc__, "--docs", 200_000)
    bench = Bench(parser.parse_args())
    bench.run_cases(["near", "exact", "memory"], bench.record_all)
