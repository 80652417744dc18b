#!/usr/bin/env python3
"""Flows to questions beside the original's way in Python: the answer is checked first, then all are timed in turn.

  security_flows.py [--hubmill BIN] [--rows 1000000] [--unsw FILE] [--runs 3] [--record]

Rows are those of UNSW-NB15 (`--unsw`, the published CSV, plain or .zst), repeated with jitter in duration and bytes until there
are enough; without the file, those of the samples. With the original's rules our file must equal the peer's
(bench/peers/peer_security_flows.py), byte for byte, before anything is timed. The goal is rows to questions by one core: a
CPU second of the whole command, reading included, on one thread. --record replaces this bench's part of
bench/RESULTS_SECURITY.md.
"""
import os, random, re, subprocess, sys

from measure import DATA, HERE, PY, Comparisons, machine, parser_of

GOAL_ROWS_A_CORE = 500_000
REAL = os.path.join(HERE, "../../shared/data/01_unsw_nb15/UNSW_NB15_training-set.csv.zst")
SAMPLE = os.path.join(HERE, "../samples/security/flows/unsw-nb15.csv")
RESULTS = os.path.join(HERE, "RESULTS_SECURITY.md")
HEADING = "# Flows: measured"


def make_rows(path, source, count):
    data = subprocess.run(["zstd", "-dcf", source], check=True, capture_output=True).stdout
    lines = [line for line in data.decode("utf-8-sig").splitlines() if line]
    names, rows = lines[0].split(","), [line.split(",") for line in lines[1:]]
    duration, size = names.index("dur"), names.index("sbytes")
    draw = random.Random(1)
    with open(path + ".part", "w") as file:
        file.write(lines[0] + "\r\n")
        for number in range(count):
            row = list(rows[number % len(rows)])
            row[duration] = f"{float(row[duration]) + draw.random() / 1000:.6f}"
            row[size] = str(int(row[size]) + draw.randrange(1000))
            file.write(",".join(row) + "\r\n")
    os.rename(path + ".part", path)


class FlowsBench(Comparisons):
    def __init__(self, args):
        super().__init__(args)
        os.makedirs(DATA, exist_ok=True)
        self.csv = os.path.join(DATA, f"flows{args.rows // 1000}k.csv")
        if not os.path.exists(self.csv):
            make_rows(self.csv, args.unsw, args.rows)
        self.parquet = self.csv[:-3] + "parquet"
        if not os.path.exists(self.parquet):
            # In a process of its own: a child's peak memory starts from that of this one.
            script = ("import pyarrow.csv, pyarrow.parquet; pyarrow.parquet.write_table("
                      f"pyarrow.csv.read_csv({self.csv!r}), {self.parquet!r}, compression='zstd', row_group_size=100_000)")
            subprocess.run([PY, "-c", script], check=True)
        self.size = os.path.getsize(self.csv)

    def run(self, name, source, stages):
        recipe = os.path.join(DATA, f"flows-{name}.yaml")
        with open(recipe, "w") as file:
            file.write(f"recipe: flows\nsource: {{flows: {source}}}\nstages:\n" + "".join(f"  - {s}\n" for s in stages)
                       + "sink:\n  jsonl: {style: python, ascii: true}\n")
        out = os.path.join(DATA, "out-flows-" + name)
        return [self.args.hubmill, "run", recipe, "--out", out, "--threads", "1", "--quiet"], out

    def check(self, outs):
        ours = open(os.path.join(outs["hubmill, the original's rules"], "data/train-00000-of-00001.jsonl"), "rb").read()
        if ours != open(outs["the original's way, in Python"], "rb").read():
            sys.exit("wrong answer")

    def case_prompts(self):
        ours = f"{{path: {self.csv}, columns_of: unsw-nb15}}"
        peer = os.path.join(DATA, "out-flows-peer.jsonl")
        medians = self.compare(
            f"{self.args.rows:,} flows of UNSW-NB15 ({self.size / 1e6:.0f} MB of CSV, 45 columns) to questions, one core",
            {"hubmill, CSV to questions": self.run("csv", ours, ["flow_prompt: unsw-nb15", "limit: 1"]),
             "hubmill, Parquet to questions": self.run("parquet", f"{{path: {self.parquet}, columns_of: unsw-nb15}}", ["flow_prompt: unsw-nb15", "limit: 1"]),
             "hubmill, CSV to questions, written": self.run("written", ours, ["flow_prompt: unsw-nb15"]),
             "hubmill, the original's rules": self.run("compat", f"{{path: {self.csv}, types: infer}}", [
                 "flow_prompt: {source: unsw-nb15, compat: true}", "constant: {columns: {split: ood}}", "flow_record"]),
             "the original's way, in Python": ([PY, os.path.join(HERE, "peers/peer_security_flows.py"), "prompts", self.csv,
                                                peer], peer)},
            self.check, self.size)
        lines = ["| | rows a CPU second |", "|---|---|"]
        for name, (_, cpu, _) in medians.items():
            lines.append(f"| {name} | {self.args.rows / cpu:,.0f} |")
            if name.endswith("to questions") and self.args.rows / cpu < GOAL_ROWS_A_CORE:
                self.missed.append(f"- {name}: {self.args.rows / cpu:,.0f} rows a CPU second, not {GOAL_ROWS_A_CORE:,}\n")
        self.show("\n".join(lines) + "\n")

    def record_part(self):
        """Other benches of the security sets have parts of their own, each under a `# ` heading."""
        old = open(RESULTS).read() if os.path.exists(RESULTS) else ""
        others = re.sub(rf"^{HEADING}\n.*?(?=^# |\Z)", "", old, flags=re.MULTILINE | re.DOTALL)
        self.record(RESULTS, f"{HEADING}\n\n`make bench-security`; {machine()}. The goal is {GOAL_ROWS_A_CORE:,} rows to "
                    "questions a second of one core.\n\"To questions\" reads everything and writes the first question "
                    "alone.\n\n")
        part = open(RESULTS).read()
        open(RESULTS, "w").write(part + ("\n" + others if others else ""))


def main():
    parser = parser_of(__doc__, "--rows", 1_000_000)
    parser.add_argument("--unsw", default=REAL if os.path.exists(REAL) else SAMPLE)
    bench = FlowsBench(parser.parse_args())
    bench.run_cases(["prompts"], bench.record_part)


main()
