"""Flow sets the original's way, in plain Python with the `datasets` library: what --compat must equal, and what is timed.

  peer_security_flows.py prompts FILE.csv OUT.jsonl         each row of UNSW-NB15 to a question
  peer_security_flows.py iot23 FILE LIMIT                   the set, as JSON lines on standard output
  peer_security_flows.py ood CIC UNSW N                     both sets, one after the other
FILE, CIC and UNSW: Parquet, JSON lines or CSV by their name; several, with commas between.
"""
import hashlib
import json
import random
import sys


def first(row, names, otherwise):
    for name in names:
        if row.get(name):
            return row[name]
    return otherwise


def digest(parts):
    return hashlib.sha256("|".join(str(part) for part in parts).encode()).hexdigest()[:16]


def port(row, names):
    for name in names:
        value = row.get(name)
        if isinstance(value, (int, float)) and value >= 0:
            return str(int(value))
        if isinstance(value, str) and value.strip() not in ("", "-"):
            return value.strip()
    return "?"


def total(row, one, other):
    return (row.get(one) or 0) + (row.get(other) or 0) if row.get(one) or row.get(other) else None


def iot_item(row):
    key = digest([first(row, ["src_ip", "source_ip", "src", "id.orig_h"], "?"),
                  first(row, ["dst_ip", "destination_ip", "dst", "id.resp_h"], "?"),
                  first(row, ["src_port", "sport", "src_port_num", "id.orig_p"], "?"),
                  first(row, ["dst_port", "dport", "dst_port_num", "id.resp_p"], "?"), first(row, ["protocol", "proto"], "?")])
    label = str(first(row, ["label", "binary_label", "Attack_label"], "")).lower()
    size = first(row, ["total_bytes", "bytes"], None) or total(row, "orig_bytes", "resp_bytes") or "?"
    text = (f"Device {first(row, ['device', 'hostname'], 'unknown-device')} observed {first(row, ['protocol', 'proto'], '?')} "
            f"{port(row, ['src_port', 'sport', 'id.orig_p', 'Src Port'])}→{port(row, ['dst_port', 'dport', 'id.resp_p', 'Dst Port'])}, "
            f"duration {first(row, ['duration', 'flow_duration'], '?')}, bytes {size}, "
            f"flags [{first(row, ['flags', 'tcp_flags', 'history'], '')}]. "
            "Decide: Malicious or Benign (you may Abstain if unsure).")
    scenario = str(first(row, ["scenario", "Label", "conn_state", "service"], "unknown"))
    return {"question": text, "answer": "Malicious" if "mal" in label or label == "1" else "Benign",
            "meta": {"source": "iot23", "scenario": scenario, "attack_family": str(first(row, ["attack_type", "family"], "NA")),
                     "hash": key}}, f"{scenario}:{first(row, ['label', 'binary_label'], 'unknown')}"


def ood_item(row, source):
    proto = first(row, ["proto", "Protocol Type", "Protocol"], "?")
    sport, dport = first(row, ["sport", "src_port", "Src Port"], "?"), first(row, ["dport", "dst_port", "Dst Port"], "?")
    size = (first(row, ["bytes", "tot_bytes"], None) or total(row, "sbytes", "dbytes")
            or first(row, ["Flow Bytes/s", "Tot Fwd Pkts"], "?"))
    label = str(first(row, ["Label", "label", "attack_cat", "attack", "binary_label"], "")).lower()
    key = digest([first(row, ["src_ip", "srcip"], "?"), first(row, ["dst_ip", "dstip"], "?"), sport, dport, proto,
                  first(row, ["sbytes", "Tot Fwd Pkts", "Fwd Pkt Len Tot"], "?"),
                  first(row, ["dbytes", "Tot Bwd Pkts", "Bwd Pkt Len Tot"], "?"),
                  first(row, ["duration", "flow_duration", "Flow Duration"], "?"), first(row, ["state", "conn_state"], "?"),
                  first(row, ["service", "Service"], "?")])
    return {"question": f"Device {first(row, ['device'], 'unknown-device')} observed {proto} {sport}→{dport}, "
                        f"duration {first(row, ['duration', 'flow_duration', 'dur'], '?')}, bytes {size}. "
                        "Decide Malicious/Benign.",
            "answer": "Benign" if label in ("benign", "normal", "0") else "Malicious",
            "meta": {"source": source, "scenario": str(first(row, ["scenario", "attack_cat", "state"], "unknown")),
                     "attack_family": str(first(row, ["attack_cat", "family"], "NA")), "hash": key, "split": "ood"}}


def load(files, **options):
    import datasets
    names = files.split(",")
    kind = "parquet" if names[0].endswith(".parquet") else "csv" if ".csv" in names[0] else "json"
    return datasets.load_dataset(kind, data_files={"train": names}, split="train", **options)


def unique(items):
    seen = {}
    for item in items:
        seen.setdefault(item["meta"]["hash"], item)
    return list(seen.values())


def iot23(files, limit):
    random.seed(42)
    rows, seen = [], set()
    for row in load(files):
        item, group = iot_item(row)
        if item["meta"]["hash"] not in seen:
            seen.add(item["meta"]["hash"])
            rows.append((item, group))
    count = max(1, min(limit // 2, len(rows) // 2))
    pools = [[row for row in rows if row[0]["answer"] == answer] for answer in ("Malicious", "Benign")]
    for pool in pools:
        random.shuffle(pool)
    groups = {}
    for row in pools[0][:count] + pools[1][:count]:
        groups.setdefault(row[1], []).append(row[0])
    out = []
    for group in groups.values():
        random.shuffle(group)
        for number, item in enumerate(group):
            train, dev = int(len(group) * 0.70), int(len(group) * (0.70 + 0.15))
            item["meta"]["split"] = "train" if number < train else "dev" if number < dev else "test"
            out.append(item)
    random.shuffle(out)
    return out


def ood(cic, unsw, count):
    random.seed(42)
    for seed, factor in ((42, 10), (43, 30)):
        stream = load(cic, streaming=True).shuffle(seed=seed).take(factor * count)
        items = unique([ood_item(row, "cic-ids-2017") for row in stream])
        bad = [item for item in items if item["answer"] == "Malicious"]
        if bad:
            break
    good = [item for item in items if item["answer"] == "Benign"]
    if bad:
        n_bad = min(count // 2, len(bad))
        random.shuffle(bad)
        random.shuffle(good)
        first_set = bad[:n_bad] + good[:count - n_bad]
        random.shuffle(first_set)
    else:
        first_set = good[:count]
    table = load(unsw).shuffle(seed=42)
    items = unique([ood_item(row, "unsw-nb15") for row in table.select(range(min(3 * count, len(table))))])
    random.shuffle(items)
    return first_set, items[:count]


def prompts(source, target):
    import pyarrow.csv  # Rows by `datasets` would take four times as long.
    with open(target, "w") as file:
        for batch in pyarrow.csv.read_csv(source).to_batches():
            for row in batch.to_pylist():
                file.write(json.dumps(ood_item(row, "unsw-nb15")) + "\n")


if __name__ == "__main__":
    if sys.argv[1] == "prompts":
        prompts(sys.argv[2], sys.argv[3])
    else:
        sets = [iot23(sys.argv[2], int(sys.argv[3]))] if sys.argv[1] == "iot23" else ood(*sys.argv[2:4], int(sys.argv[4]))
        for item in (item for one in sets for item in one):
            print(json.dumps(item))
