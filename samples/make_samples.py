#!/usr/bin/env python3
"""Makes the samples: invented rows, no real person, the same bytes every time."""
import csv
import json
import pathlib
import random

import pyarrow
import pyarrow.parquet

FOLDER = pathlib.Path(__file__).parent
SUBJECTS = ["the export button", "the weekly report", "my invoice", "the search page", "dark mode",
            "the mobile app", "the new editor", "single sign-on", "the import wizard", "the API"]
FEELINGS = {
    "negative": ["{s} fails with an error since the update", "{s} is far too slow &amp; loses my work",
                 "I cannot find {s} anywhere, please help"],
    "neutral": ["how do I change {s} for my whole team?", "is there a plan to extend {s}?",
                "{s} looks different today, is that meant?"],
    "positive": ["{s} saves me an hour every day", "thank you for {s}, it just works",
                 "really   happy with {s} 🎉"],
}


def feedback(random_: random.Random) -> None:
    with open(FOLDER / "feedback.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "created", "plan", "message", "sentiment"])
        messages = []
        for number in range(1, 241):
            sentiment = random_.choices(list(FEELINGS), weights=[5, 3, 2])[0]
            text = random_.choice(FEELINGS[sentiment]).format(s=random_.choice(SUBJECTS))
            if number % 17 == 0:
                text += f"; write to user{number}@example.com"
            if number % 23 == 0:
                text = f"see https://example.com/t/{number}\n{text}"
            if number % 29 == 0:
                text = "  "
            messages.append(text)
            writer.writerow([f"fb-{number:04}", f"2026-10-{number % 28 + 1:02}",
                             random_.choice(["free", "team", "company"]), text, sentiment])


def chat(random_: random.Random) -> None:
    with open(FOLDER / "chat.jsonl", "w", encoding="utf-8") as file:
        for number in range(1, 121):
            left, right = random_.randrange(2, 99), random_.randrange(2, 99)
            row = {
                "id": f"chat-{number:04}",
                "messages": [{"role": "user", "content": f"What is {left} + {right}?"},
                             {"role": "assistant", "content": f"{left} + {right} = {left + right}"}],
                "answer": str(left + right),
                "score": None if number % 11 == 0 else round(random_.random(), 3),
                "tags": ["math"] if number % 3 else ["math", "easy"],
                "meta": {"source": random_.choice(["alpha", "beta", "gamma"]), "turns": 2},
            }
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def products(random_: random.Random) -> None:
    rows = [{"sku": f"P{number:03}", "name": f"product {number}", "stock": random_.randrange(100),
             "price": None if number % 13 == 0 else round(random_.uniform(1, 50), 2)}
            for number in range(1, 61)]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), FOLDER / "products.parquet",
                                compression="zstd")


def signals(random_: random.Random) -> None:
    """Training examples of invented businesses, as `hubmill signals export` takes them."""
    (FOLDER / "signals/train").mkdir(parents=True, exist_ok=True)
    share = lambda: round(random_.random(), 4)
    days = lambda: round(random_.uniform(0, 60), 2)
    for source, industries in (("mock", ["hvac", "plumbing"]), ("real", ["hvac", "cleaning"])):
        with open(FOLDER / f"signals/train/{source}.jsonl", "w", encoding="utf-8") as file:
            for number in range(1, 21):
                industry, quotes = random_.choice(industries), random_.randrange(5, 90)
                invoices = random_.randrange(1, quotes)
                rule = random_.choice(["last_90_days", "cap_100_closed", "last_12_months"])
                row = {
                    "id": f"{source}_{number:03}", "created_at": f"2026-01-{number:02}T08:00:00.000Z",
                    "run_id": f"run-{number}", "source": source, "industry_key": industry,
                    "feature_schema": "signals_v1", "pipeline_version": "v2",
                    "features": {
                        "industry_key": industry, "source": source, "window_rule": rule, "window_days": 90,
                        "coverage_ratio": share(), "mapping_confidence_level": random_.randrange(3),
                        "quotes_count": quotes, "invoices_count": invoices,
                        "quote_to_invoice_rate": round(invoices / quotes, 4), "has_quotes": 1, "has_invoices": 1,
                        "decision_lag_days_p50": None if number % 5 == 0 else days(),
                        "invoice_total_sum_log": round(random_.uniform(8, 13), 4), "gini_proxy": share(),
                        "total_revenue": random_.randrange(10_000, 400_000), "total_jobs": invoices,
                        "avg_job_value": round(random_.uniform(80, 4_000), 2), "total_quoted_jobs": quotes,
                        "avg_days_to_invoice": days(), "avg_payment_lag_days": days(),
                        "pct_jobs_paid_on_time": share(), "pct_quoted_won": share()},
                    "targets": {"pressure_keys": random_.sample(["cash_timing", "follow_up_drift", "capacity"], number % 3),
                                "boundary_class": random_.choice(["healthy", "stable", "follow_up"])}}
                if number % 4 == 0:
                    row["labels"] = {"reviewer_score": number % 6, "reviewer_notes": "stays at home",
                                     "client_feedback": "up", "mapping_was_wrong": False}
                file.write(json.dumps(row) + "\n")


def metadata() -> None:
    """What the builds of two evaluation sets leave behind: their sampling, in numbers."""
    attacks = {"Scan": 9, "Flood": 4, "Login guessing": 3}
    files = {
        "sampling-iot23-v1.json": {
            "mode": "full", "seed": 42, "total": 60, "by_split": {"train": 42, "dev": 9, "test": 9}},
        "sampling-e1-ood-v1.json": {
            "mode": "full", "seed": 42, "n_requested": 32, "deduplication": "ports, protocol → bytes",
            "datasets": {
                "cic-ids-2017": {"hf_id": "example/cic", "total": 32,
                                 "labels": {"Malicious": 16, "Benign": 16},
                                 "attack_families": {"NA": 32}, "unique_hashes": 32},
                "unsw-nb15": {"hf_id": "example/unsw", "total": 32,
                              "labels": {"Malicious": 16, "Benign": 16},
                              "attack_families": {"Normal": 16, **attacks}, "unique_hashes": 32}}},
        "sampling-e2-v1.json": {
            "mode": "full", "k8s_root": "sources/kubernetes", "tf_root": "sources/terraform",
            "datasets": {"k8s": {"files_scanned": 12, "total_items": 12, "with_violations": 7},
                         "terraform": {"files_scanned": 8, "total_items": 8, "with_violations": 2}},
            "tools": {"kube-linter": "0.7.6", "semgrep": "1.137.0", "opa": "Version: 1.8.0"},
            "patch_verified": None},
        "tools-versions.json": {"kube-linter": "0.7.6", "semgrep": "1.137.0", "opa": "Version: 1.8.0"},
    }
    (FOLDER / "metadata").mkdir(exist_ok=True)
    for name, value in files.items():
        (FOLDER / "metadata" / name).write_text(json.dumps(value, indent=2))


def harmony(random_: random.Random) -> None:
    """Sums, every second one worked out with a tool; the call's header in both orders."""
    def message(header: str, content: object, end: str = "end") -> str:
        return f"<|start|>{header}<|message|>{content}<|{end}|>"

    orders = ["assistant to=functions.add<|channel|>commentary <|constrain|>json",
              "assistant<|channel|>commentary to=functions.add <|constrain|>json"]
    with open(FOLDER / "harmony.jsonl", "w", encoding="utf-8") as file:
        for number in range(1, 13):
            left, right = random_.randrange(2, 99), random_.randrange(2, 99)
            parts = [message("system", "You are a calculator.\n\nReasoning: low"),
                     message("user", f"What is {left} + {right}?"),
                     message("assistant<|channel|>analysis", f"Add {left} and {right}.")]
            if number % 2 == 0:
                arguments = json.dumps({"left": left, "right": right})
                parts += [message(orders[number // 2 % 2], arguments, "call"),
                          message("functions.add to=assistant<|channel|>commentary", left + right)]
            parts.append(message("assistant<|channel|>final", left + right, "return"))
            row = {"id": f"harmony-{number:02}", "text": "".join(parts)}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    feedback(random.Random(1))
    chat(random.Random(2))
    products(random.Random(3))
    metadata()
    harmony(random.Random(4))
    signals(random.Random(5))
