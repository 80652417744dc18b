#!/usr/bin/env python3
"""The llm system beside its peers: the answer is checked first, then both are timed in turn.

  llm.py [--hubmill BIN] [--rows 50000] [--runs 3] [--only NAME…] [--record]

Rows of the shape of Math-v2 (about 7 KB each, half of them with a tool call) are made once, bytes fixed by the arguments. The
peers do what the source system does, step by step (bench/peers/peer_normalize.py, peer_pools.py; its authors measured 11 s for
the same rows); every column of every row must be equal to ours before anything is timed. Floors stand beside them.
--record writes bench/RESULTS_LLM.md.
"""
import glob, json, os, statistics, subprocess, sys

from measure import DATA, HERE, PY, Comparisons, machine, measure, parser_of, remove

DATASET = "nvidia/Nemotron-Math-v2"


def columns_of(path):
    """Of one Parquet file, or of all files in a folder that are not hubmill's own: name -> values."""
    import pyarrow as pa, pyarrow.parquet as pq
    files = [path] if os.path.isfile(path) else sorted(glob.glob(os.path.join(path, "*.parquet")))
    return pa.concat_tables([pq.read_table(file) for file in files]).combine_chunks()


def same_columns(ours, theirs, where):
    for name in theirs.column_names:
        if not ours[name].combine_chunks().equals(theirs[name].combine_chunks()):
            sys.exit(f"wrong answer: {where} column={name}")


class LlmBench(Comparisons):
    def __init__(self, args):
        super().__init__(args)
        os.makedirs(DATA, exist_ok=True)
        self.rows = os.path.join(DATA, f"math{args.rows // 1000}k.jsonl")
        if not os.path.exists(self.rows):
            print(f"making {self.rows} …", file=sys.stderr)
            subprocess.run([PY, os.path.join(HERE, "peers/make_math_rows.py"), self.rows + ".part", str(args.rows)], check=True)
            os.rename(self.rows + ".part", self.rows)
        self.size = os.path.getsize(self.rows)
        self.normalized = os.path.join(DATA, "llm-normalized")

    def normalize(self, out, *options):
        return [self.args.hubmill, "llm", "normalize", "--dataset", DATASET, "--input", self.rows, "--out_dir", out, "--quiet",
                *options]

    def peer(self, out, codec):
        return [PY, os.path.join(HERE, "peers/peer_normalize.py"), self.rows, out, codec]

    def check_normalized(self, outs):
        theirs = columns_of(outs["the source's way"])
        for name in outs:
            if name.startswith("hubmill --compat"):
                same_columns(columns_of(outs[name]), theirs, name)
            elif name.startswith("hubmill"):
                same_columns(columns_of(outs[name]).select(["text", "source_uuid", "meta_correctness"]),
                             theirs.select(["text", "source_uuid", "meta_correctness"]), name)

    def case_normalize(self):
        out = lambda name: os.path.join(DATA, "out-llm-" + name)
        peer = (self.peer(out("peer.parquet"), "zstd"), out("peer.parquet"))
        for threads, goal in (("1", (6, "cpu")), ("2", (11, "wall"))):
            self.compare(f"normalize, zstd 1, {threads} thread{'s' if threads > '1' else ''}", {
                "hubmill --compat": (self.normalize(out("compat"), "--compat", "--threads", threads), out("compat")),
                "hubmill, all 47 columns": (self.normalize(out("all"), "--threads", threads), out("all")),
                "the source's way": peer,
            }, self.check_normalized, self.size, {"the source's way": goal})
        plain = ["--compression", "none", "--threads", "1"]
        self.compare("normalize, uncompressed, 1 thread", {
            "hubmill --compat": (self.normalize(out("compat"), "--compat", *plain), out("compat")),
            "hubmill, all 47 columns": (self.normalize(out("all"), *plain), out("all")),
            "the source's way": (self.peer(out("peer.parquet"), "none"), out("peer.parquet")),
        }, self.check_normalized, self.size, {"the source's way": (12, "cpu")})
        self.show_floor()

    def show_floor(self):
        """The floor: reading the file, and encoding the text column alone."""
        remove(self.normalized)
        subprocess.run(self.normalize(self.normalized, "--compat"), check=True)
        code = ("import sys, time, pyarrow.parquet as pq, pyarrow as pa; pa.set_cpu_count(1)\n"
                "table = pq.read_table(sys.argv[1], columns=['text'])\n"
                "start = time.process_time()\n"
                "pq.write_table(table, sys.argv[2], compression='zstd', compression_level=1, use_dictionary=False)\n"
                "print(time.process_time() - start)")
        path = glob.glob(os.path.join(self.normalized, "*.parquet"))[0]
        seconds = statistics.median(
            float(subprocess.run([PY, "-c", code, path, os.path.join(DATA, "out-floor.parquet")], check=True,
                                 capture_output=True, text=True).stdout) for _ in range(self.args.runs))
        remove(os.path.join(DATA, "out-floor.parquet"))
        self.show(f"Floor of normalize at zstd 1: to encode the text column alone takes pyarrow {seconds:.2f} CPU s.\n")

    def check_pools(self, outs):
        import pyarrow.parquet as pq
        for folder in sorted(glob.glob(os.path.join(outs["the source's way"], "*/"))):
            pool = os.path.basename(folder.rstrip("/"))
            ours = columns_of(os.path.join(outs["hubmill --compat"], pool))
            same_columns(ours, columns_of(folder), f"pool={pool}")
        for path in glob.glob(os.path.join(outs["hubmill --compat"], "*/*.parquet")):
            groups = pq.ParquetFile(path).metadata
            if groups.num_rows > 20_000 and groups.num_row_groups > 1 + groups.num_rows // 1000:
                sys.exit(f"wrong answer: small row groups in {path}")

    def case_pools(self):
        remove(self.normalized)
        subprocess.run(self.normalize(self.normalized, "--compat"), check=True)
        out = lambda name: os.path.join(DATA, "out-llm-" + name)
        pools = lambda threads: [self.args.hubmill, "llm", "pools", "--compat", "--in_dir", self.normalized, "--out_dir",
                                 out("pools"), "--quiet", "--threads", threads]
        peer = ([PY, os.path.join(HERE, "peers/peer_pools.py"), self.normalized, out("peer-pools"), "zstd"], out("peer-pools"))
        for threads, goal in (("1", (1.6, "cpu")), ("2", (3, "wall"))):
            self.compare(f"pools, zstd 1, {threads} thread{'s' if threads > '1' else ''}", {
                "hubmill --compat": (pools(threads), out("pools")), "the source's way": peer,
            }, self.check_pools, self.size, {"the source's way": goal})
        subprocess.run(pools("2"), check=True)
        floors, ours = [], []
        for _ in range(self.args.runs):
            done = subprocess.run([PY, os.path.join(HERE, "peers/floor_pools.py"), self.normalized, out("pools"), out("floor"),
                                   "zstd"], check=True, capture_output=True, text=True)
            floors.append(float(done.stdout))
            again = [out("pools") + "-again" if word == out("pools") else word for word in pools("1")]
            ours.append(measure(again)[1])
            remove(out("pools") + "-again")
        floor, cpu = statistics.median(floors), statistics.median(ours)
        self.show(f"Floor of pools (decode the input once, encode what is written, pyarrow): {floor:.2f} CPU s; hubmill {cpu:.2f}, "
                  f"**{cpu / floor:.2f} × the floor** (goal: at most 1.25).\n")
        if cpu > 1.25 * floor:
            self.missed.append(f"- pools: {cpu / floor:.2f} × the floor, not 1.25 ×\n")
        for name in ("pools", "floor"):
            remove(out(name))

    def case_inventory(self):
        """A thousand Parquet files, counts and types from their footers."""
        import pyarrow as pa, pyarrow.parquet as pq
        folder, out = os.path.join(DATA, "llm-thousand"), os.path.join(DATA, "out-inventory")
        remove(folder)
        os.makedirs(os.path.join(folder, "data"))
        for number in range(1000):
            table = pa.table({"id": pa.array(range(number, number + 100)), "text": [f"row {number}"] * 100})
            pq.write_table(table, os.path.join(folder, f"data/train-{number:05}-of-01000.parquet"))
        command = [self.args.hubmill, "llm", "inventory", folder, "--out", out, "--quiet"]
        subprocess.run(command, check=True)
        split = json.load(open(os.path.join(out, "inventory.json")))["datasets"]
        if "100000" not in json.dumps(split):
            sys.exit("wrong answer: the inventory has not 100,000 rows")
        wall, cpu, rss = (statistics.median(column) for column in zip(*[measure(command) for _ in range(self.args.runs)]))
        self.show(f"### inventory of 1,000 Parquet files\n\n{wall:.2f} s wall, {cpu:.2f} CPU s, peak {rss:.0f} MB (goal: seconds).\n")
        remove(folder)
        remove(out)

    def record_all(self):
        head = ("# The llm system, measured\n\nRepeat with `make bench-llm`: it makes its rows, checks each answer (every column of every "
                f"row), then times hubmill and its peers in turn ({self.args.runs} runs, medians).\n\n{machine()}, page cache warm; "
                f"{self.args.rows} rows, {self.size / 1e6:.1f} MB. These machines are shared: read ratios before seconds, CPU seconds "
                "before wall. Peak memory: the goal is 250 MB.\n\n")
        self.record(os.path.join(HERE, "RESULTS_LLM.md"), head)


def main():
    bench = LlmBench(parser_of(__doc__, "--rows", 50_000).parse_args())
    bench.run_cases(["normalize", "pools", "inventory"], bench.record_all)


if __name__ == "__main__":
    main()
