#!/usr/bin/env python3
"""What the source of the signals export does, step by step, in Python: load all, filter, build, guard, write.

  peer_signals.py INPUT.jsonl OUT KEYS.json
"""
import json, os, re, sys

source, out, keys_file = sys.argv[1:4]
KEYS = json.load(open(keys_file))
WORDS = {"mock", "real", "hvac", "plumbing", "electrical", "landscaping", "cleaning", "unknown", "last_90_days",
         "cap_100_closed", "last_12_months", "custom"}
PHONE = re.compile(r"\d{3}[-.\s]?\d{3}[-.\s]?\d{4}", re.ASCII)


def guard(features):
    for value in features.values():
        if isinstance(value, str):
            if "@" in value or PHONE.search(value):
                sys.exit("PII detected")
            if value not in WORDS:
                sys.exit("unexpected string")


def row_of(example):
    known = example["features"]
    features = {}
    for key in KEYS:
        value = known.get(key)
        if isinstance(value, str) and len(value) > 100:
            sys.exit("too long")
        features[key] = value if isinstance(value, (int, float, str)) and not isinstance(value, bool) else None
    guard(features)
    row = {"example_id": example["id"], "created_at": example["created_at"], "source": example["source"],
           "industry_key": example["industry_key"], "schema_version": "signals_v1", "schema_hash": "3e09b767",
           "window_rule": features["window_rule"], "features": features, "targets": {}}
    targets = example.get("targets", {})
    if targets.get("pressure_keys") is not None:
        row["targets"]["pressure_keys"] = json.dumps(targets["pressure_keys"], separators=(",", ":"))
    if targets.get("boundary_class"):
        row["targets"]["boundary_class"] = targets["boundary_class"]
    return row


examples = [json.loads(line) for line in open(source, encoding="utf-8") if line.strip()]
rows = [row_of(example) for example in examples]
os.makedirs(os.path.join(out, "splits"), exist_ok=True)
lines = [json.dumps(row, separators=(",", ":"), ensure_ascii=False) for row in rows]
splits = {}
with open(os.path.join(out, "dataset.jsonl"), "w", encoding="utf-8") as file:
    for row, line in zip(rows, lines):
        file.write(line + "\n")
        splits.setdefault(f"{row['source']}_{row['industry_key']}", []).append(line)
for name, of_split in splits.items():
    with open(os.path.join(out, "splits", name + ".jsonl"), "w", encoding="utf-8") as file:
        file.write("\n".join(of_split) + "\n")
