"""The recipes feedback-department and feedback-urgency, on a real PostgreSQL, against the original's outputs."""
import hashlib
import json
import pathlib

import pyarrow.parquet as pq
import pytest

from conftest import ROOT
from postgres_server import postgres  # noqa: F401

GOLDEN = ROOT / "tests/golden/feedback"
COPIES = {"complaints": "id, department, message, urgency",
          "misclassified_complaints": "id, complaint_id, model_predicted_department, model_predicted_urgency, "
                                      "correct_department, correct_urgency, reviewed"}


@pytest.fixture(scope="module")
def database(postgres):  # noqa: F811
    postgres.psql((GOLDEN / "inputs/schema.sql").read_text())
    for (table, columns), name in zip(COPIES.items(), ("complaints", "misclassified")):
        rows = (GOLDEN / f"inputs/{name}.csv").read_text()
        postgres.psql(f"COPY {table} ({columns}) FROM STDIN (FORMAT csv)", input=rows)
    return postgres


@pytest.fixture
def work(hubmill, database, monkeypatch):
    monkeypatch.setenv("POSTGRES_URL", database.url())
    monkeypatch.setenv("MIN_DATASET_LEN", "100")
    hubmill.database = database
    return hubmill


def lines(name: str) -> list[dict]:
    return [json.loads(line) for line in (GOLDEN / name).read_text().splitlines()]


def rows(folder: pathlib.Path, split: str) -> list[dict]:
    return pq.read_table(folder / "data" / f"{split}-00000-of-00001.parquet").to_pylist()


def digests(folder: pathlib.Path) -> dict:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (folder / "data").iterdir()}


@pytest.mark.parametrize("label, wrong, drawn, pool", [("department", 126, 63, 399), ("urgency", 109, 54, 399)])
def test_splits_are_the_originals(work, label, wrong, drawn, pool):
    work("run", f"feedback-{label}", "--out", "out")
    for split in ("train", "eval", "test"):
        assert rows(work.cwd / "out", split) == lines(f"split_{label}_{split}.jsonl"), split
    report = json.loads((work.cwd / "out/manifest.json").read_text())
    assert json.dumps(report).count("SELECT") >= 2
    counted = [{row["label"]: 0 for row in rows(work.cwd / "out", "train")}]
    assert len(counted[0]) == (4 if label == "department" else 3)
    assert sum(len(rows(work.cwd / "out", split)) for split in ("train", "eval", "test")) == wrong + drawn
    said = work("run", f"feedback-{label}", "--out", "out", "--fresh", "--json").stdout
    assert f'{wrong + pool}' in said.decode()


def test_the_seed_decides(work):
    seen = set()
    for seed in ("42", "7"):
        work("run", "feedback-urgency", "--out", "out", "--seed", seed, "--fresh")
        manifest = json.loads((work.cwd / "out/manifest.json").read_text())
        assert manifest["seed"] == int(seed) and f'"seed": {seed}' in json.dumps(manifest["datasets"][0]["options"])
        run = work("feedback", "run", "--label", "urgency", "--out", f"made-{seed}", "--seed", seed)
        assert run.returncode == 0
        made = next((work.cwd / f"made-{seed}").rglob("train-*.parquet")).read_bytes()
        assert made == (work.cwd / "out/data/train-00000-of-00001.parquet").read_bytes()
        seen.add(made)
    assert len(seen) == 2


def test_the_same_bytes_whatever_the_server_does_inside(work):
    work("run", "feedback-department", "--out", "one")
    for sql in ("VACUUM ANALYZE", "CLUSTER complaints USING complaints_pkey", "UPDATE complaints SET ward_id = id"):
        work.database.psql(sql)
        work("run", "feedback-department", "--out", "two", "--fresh")
        assert digests(work.cwd / "one") == digests(work.cwd / "two"), sql


@pytest.mark.parametrize("wrong, correct, ratio, out", [(10, 2, "0.5", 12), (4, 9, "0.5", 6), (4, 9, "2", 12), (1, 5, "0.5", 1)])
def test_sample_of_a_split_by_anothers_rows(hubmill, wrong, correct, ratio, out):
    for name, count in (("wrong", wrong), ("correct", correct)):
        (hubmill.cwd / f"{name}.jsonl").write_text("".join(f'{{"id": "{name}{i}"}}\n' for i in range(count)))
    (hubmill.cwd / "r.yaml").write_text(
        "recipe: r\nsource:\n  jsonl: {path: {wrong: wrong.jsonl, correct: correct.jsonl}}\nstages:\n"
        f"  - sample: {{from: correct, ratio: {ratio}, ratio_of: wrong, order: sample}}\nsink:\n  jsonl: {{}}\n")
    hubmill("run", "r.yaml", "--out", "out")
    kept = [json.loads(line)["id"] for path in sorted((hubmill.cwd / "out/data").glob("*.jsonl"), reverse=True)
            for line in path.read_text().splitlines()]
    assert kept[:wrong] == [f"wrong{i}" for i in range(wrong)] and len(kept) == out


@pytest.mark.parametrize("options, said", [
    ("{from: corect, ratio: 0.5}", "no such split: split=corect; remedy: did you mean correct?"),
    ("{ratio: 0.5, ratio_of: correct}", "`ratio_of` needs `from` and `ratio`"),
    ("{from: correct, rows: 5, by: id}", "`from` and `by` exclude each other"),
    ("{ratio: 1.5}", "at most 1")])
def test_sample_options_that_are_refused(hubmill, options, said):
    (hubmill.cwd / "in.jsonl").write_text('{"id": "a"}\n')
    (hubmill.cwd / "r.yaml").write_text(
        f"recipe: r\nsource:\n  jsonl: {{path: {{correct: in.jsonl}}}}\nstages:\n  - sample: {options}\n")
    assert said in hubmill("run", "r.yaml", "--out", "out", status=2).stderr.decode()
