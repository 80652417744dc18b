#!/usr/bin/env python3
"""The signals export beside what its source does: the answer is checked first, then both are timed in turn.

  signals.py [--hubmill BIN] [--rows 200000] [--runs 3] [--only NAME…] [--record]

Rows of the shape of a training example (about 1.8 KB) are made once, bytes fixed by the arguments. The peer does the source's
steps (bench/peers/peer_signals.py); its files must equal ours, byte for byte, before anything is timed. `one core` is the
export on one thread: MB of input a second of it is the goal's number. Floors: reading the file, and copying it.
--record writes bench/RESULTS_SIGNALS.md.
"""
import glob, json, os, random, subprocess, sys

from measure import DATA, HERE, PY, Comparisons, machine, parser_of

GOAL_MB_A_CORE = 300
FEATURES = ["industry_key", "source", "window_rule"]


def keys_of(hubmill):
    text = subprocess.run([hubmill, "signals", "schema", "show", "signals_v1_48"], check=True, capture_output=True, text=True)
    return [line.split("key: ")[1].split(",")[0] for line in text.stdout.splitlines() if "key: " in line]


def make_rows(path, count, keys):
    draw = random.Random(7)
    with open(path, "w") as file:
        for number in range(count):
            source, industry = draw.choice(["mock", "real"]), draw.choice(["hvac", "plumbing", "cleaning", "unknown"])
            features = {"industry_key": industry, "source": source, "window_rule": "last_90_days"}
            for i, key in enumerate(keys[3:]):
                features[key] = (None if draw.random() < 0.05 else i % 2 if key.startswith("has_") else
                                 draw.randrange(1000) if key.endswith(("count", "days", "window")) else
                                 round(0.01 + 0.98 * draw.random(), 6))
            file.write(json.dumps({
                "id": f"ex_{number:07}x", "created_at": "2026-01-01T00:00:00.000Z", "run_id": f"run-{number}",
                "source": source, "industry_key": industry, "feature_schema": "signals_v1", "pipeline_version": "v2",
                "features": features, "targets": {"pressure_keys": ["follow_up_drift"], "boundary_class": "stable"}}) + "\n")


class SignalsBench(Comparisons):
    def __init__(self, args):
        super().__init__(args)
        os.makedirs(DATA, exist_ok=True)
        self.keys = os.path.join(DATA, "signals-keys.json")
        keys = keys_of(args.hubmill)
        json.dump(keys, open(self.keys, "w"))
        self.rows = os.path.join(DATA, f"signals{args.rows // 1000}k.jsonl")
        if not os.path.exists(self.rows):
            make_rows(self.rows + ".part", args.rows, keys)
            os.rename(self.rows + ".part", self.rows)
        self.size = os.path.getsize(self.rows)

    def export(self, out, *options):
        return [self.args.hubmill, "signals", "export", "--input", self.rows, "--out-dir", out, "--schema", "signals_v1_48",
                "--max-rows", "1000000000", "--quiet", *options]

    def check(self, outs):
        theirs = outs["the source's way, in Python"]
        names = sorted(os.path.relpath(path, theirs) for path in glob.glob(theirs + "/**/*.jsonl", recursive=True))
        for name, out in outs.items():
            if not name.startswith("hubmill") or name.endswith("guard"):
                continue
            for file in names:
                if open(os.path.join(out, file), "rb").read() != open(os.path.join(theirs, file), "rb").read():
                    sys.exit(f"wrong answer: {name} file={file}")

    def case_export(self):
        out = lambda name: os.path.join(DATA, "out-signals-" + name)
        copy = f"import shutil; shutil.copyfile({self.rows!r}, {out('copy')!r})"
        medians = self.compare(
            f"Export of {self.args.rows:,} rows ({self.size / 1e6:.0f} MB), split by source and industry",
            {"hubmill": (self.export(out("ours")), out("ours")),
             "hubmill, one core": (self.export(out("one"), "--threads", "1"), out("one")),
             "hubmill, one core, no splits": (self.export(out("none"), "--threads", "1", "--split", "none"), out("none")),
             "the source's way, in Python": ([PY, os.path.join(HERE, "peers/peer_signals.py"), self.rows, out("peer"),
                                              self.keys], out("peer")),
             "floor: a copy of the input": ([PY, "-c", copy], out("copy"))},
            lambda outs: self.check({k: v for k, v in outs.items() if "no splits" not in k}), self.size)
        for name in ("hubmill, one core", "hubmill, one core, no splits"):
            reached = self.size / 1e6 / medians[name][1]
            if reached < GOAL_MB_A_CORE:
                self.missed.append(f"- {name}: {reached:.0f} MB of input a CPU second, not {GOAL_MB_A_CORE}\n")


def main():
    args = parser_of(__doc__, "--rows", 200_000).parse_args()
    bench = SignalsBench(args)
    bench.run_cases(["export"], lambda: bench.record(
        os.path.join(HERE, "RESULTS_SIGNALS.md"),
        f"# Signals: measured\n\n`make bench-signals`; {machine()}. The goal is {GOAL_MB_A_CORE} MB of input a second of one "
        "core.\nThe bundle has each row twice (dataset.jsonl and its split).\n\n"))


main()
