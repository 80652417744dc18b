"""The acceptance checks of the feedback specification (section 15), one by one, on a real PostgreSQL and a Hub."""
import hashlib
import json
import math
import os
import re
import socket
import subprocess
import sys
import threading
import time

import pytest
import yaml

from conftest import BINARY
from feedback_world import (GOLDEN, LABELS, PASSWORD, TOKEN, URGENCIES, Refusing, complaints, databases,  # noqa: F401
                            golden, hub_url, postgres, world, wrong_rows)


def lines_of(folder) -> list[dict]:
    return [json.loads(line) for path in sorted(folder.glob("data/*.jsonl"), reverse=True)  # wrong, correct
            for line in path.read_text().splitlines()]


@pytest.fixture(scope="module", autouse=True)
def away(tmp_path_factory):
    """Check 12 waits 14 s between its tries, so it begins with the module and is looked at in the end."""
    tries, listener = [], socket.create_server(("127.0.0.1", 0))

    def refuse():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            tries.append(time.monotonic())
            connection.close()

    threading.Thread(target=refuse, daemon=True).start()
    port = listener.getsockname()[1]
    settings = {"POSTGRES_URL": f"postgresql://u:{PASSWORD}@127.0.0.1:{port}/d?sslmode=disable&gssencmode=disable",
                "DEPARTMENT_DATASET": "a/b", "URGENCY_DATASET": "a/c"}
    folder = tmp_path_factory.mktemp("away")
    process = subprocess.Popen([str(BINARY), "feedback", "run", "--json"], cwd=folder,
                               env={"PATH": os.environ["PATH"], **settings}, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    yield process, tries, folder
    process.kill()
    listener.close()


@pytest.mark.parametrize("label, wrong, drawn", [("department", 126, 63), ("urgency", 109, 54)])
def test_01_fetched_rows_and_their_order(world, label, wrong, drawn):  # noqa: F811
    world.recipe(label, "sample")
    world("run", "mine.yaml", "--out", "out")
    rows = [{"grievance": row["grievance"], label: row[label]} for row in lines_of(world.cwd / "out")]
    assert rows == [{"grievance": row["grievance"], label: row[label]} for row in golden(f"fetch_{label}.jsonl")]
    assert len(rows) == wrong + drawn
    report = world.facts("--label", label)
    assert report["sets"][label]["fetched"] == wrong + drawn


def test_02_which_rows_count(world):  # noqa: F811
    rows = [(f"text {i}", LABELS[0], None, None) for i in range(1, 9)]
    world.use("bare", complaints(rows) + """
        INSERT INTO misclassified_complaints
          (complaint_id, model_predicted_department, correct_department, reviewed) VALUES
          (1, NULL, 'Security & Law Enforcement', true),  -- no prediction: wrong
          (2, 'Security & Law Enforcement', 'Security & Law Enforcement', true),  -- the same
          (3, 'x', 'Security & Law Enforcement', false),  -- not reviewed
          (4, 'x', 'Security & Law Enforcement', NULL),
          (5, 'x', NULL, true),  -- the other label was corrected
          (6, 'x', 'Education, Health & Social Welfare', true),  -- twice
          (6, 'y', 'Security & Law Enforcement', true);""")
    world.recipe("department", "dedup_exact", "sample")
    world("run", "mine.yaml", "--out", "out", "--set", "correct_ratio=10")
    texts = [row["grievance"] for row in lines_of(world.cwd / "out")]
    assert texts[:3] == ["text 1", "text 6", "text 6"] and sorted(texts[3:]) == ["text 7", "text 8"]
    world("run", "mine.yaml", "--out", "one", "--set", "correct_ratio=0", "--set", "one_per_complaint=true")
    assert [(row["grievance"], row["department"]) for row in lines_of(world.cwd / "one")] == [
        ("text 1", LABELS[3]), ("text 6", LABELS[3])]
    # The golden inputs report complaint 10 twice: two rows as in the original, and told.
    world.use("golden")
    assert "dedup_exact: duplicates=1\n" in world.run("--label", "urgency")


@pytest.mark.parametrize("label", ["department", "urgency"])
def test_03_cleaned_texts(world, label):  # noqa: F811
    path = world.recipe(label, "sample", "clean_text", "encode_label")
    text = path.read_text().replace("\nsink:", "\n- select: [grievance, label]\nsink:")
    path.write_text(text)
    world("run", path.name, "--out", "out")
    assert lines_of(world.cwd / "out") == golden(f"clean_{label}.jsonl")
    probes = json.loads((GOLDEN / "clean_text.json").read_text())
    pairs = [tuple(probe.values())[:2] if isinstance(probe, dict) else tuple(probe) for probe in probes]
    assert len(pairs) == 36
    (world.cwd / "probes.jsonl").write_text("".join(json.dumps({"t": text}) + "\n" for text, _ in pairs))
    (world.cwd / "probes.yaml").write_text(
        "recipe: probes\nsource: {jsonl: {path: probes.jsonl, schema: {t: string}}}\nstages: [clean_text: t]\n"
        "sink: {jsonl: {}}\n")
    world("run", "probes.yaml", "--out", "cleaned")
    assert [row["t"] for row in lines_of(world.cwd / "cleaned")] == [cleaned for _, cleaned in pairs]


@pytest.mark.parametrize("label, sizes", [("department", (151, 19, 19)), ("urgency", (130, 16, 17))])
def test_04_splits(world, label, sizes):  # noqa: F811
    world.run("--label", label)
    for split, size in zip(("train", "eval", "test"), sizes):
        assert world.rows(label, split) == golden(f"split_{label}_{split}.jsonl")
        assert len(world.rows(label, split)) == size


def test_05_samples_as_pandas_draws_them(world):  # noqa: F811
    """Streams, permutations and splits of rng_vectors.json are compared in src/base/stratified_split_test.cc."""
    vectors = json.loads((GOLDEN / "rng_vectors.json").read_text())
    samples = next(value for key, value in vectors.items() if "sample" in key)
    assert samples
    pandas = pytest.importorskip("pandas")
    for population, count in ((1, 1), (7, 3), (399, 63), (4097, 1000)):
        drawn = pandas.DataFrame({"n": range(population)}).sample(n=count, random_state=42)["n"].tolist()
        (world.cwd / "n.jsonl").write_text("".join(f'{{"n": {n}}}\n' for n in range(population)))
        (world.cwd / "n.yaml").write_text(
            "recipe: n\nsource: n.jsonl\nstages: [sample: {rows: %d, order: sample, seed: 42}]\nsink: {jsonl: {}}\n" % count)
        world("run", "n.yaml", "--out", "out", "--fresh")
        assert [row["n"] for row in lines_of(world.cwd / "out")] == drawn


@pytest.mark.parametrize("n, train, eval_, test", [
    (40, 32, 4, 4), (163, 130, 16, 17), (189, 151, 19, 19), (1000, 800, 100, 100), (1001, 800, 100, 101),
    (1523, 1218, 152, 153), (2426, 1940, 243, 243)])
def test_06_sizes(world, n, train, eval_, test):  # noqa: F811
    (world.cwd / "n.jsonl").write_text("".join(f'{{"label": {i % 4}}}\n' for i in range(n)))
    (world.cwd / "n.yaml").write_text("recipe: n\nsource: n.jsonl\nstages: [split: {by: label}]\n")
    world("run", "n.yaml", "--out", "out")
    assert json.loads((world.cwd / "out/manifest.json").read_text())["datasets"][0]["splits"] == {
        "train": train, "eval": eval_, "test": test}


def test_07_classes_that_are_too_small(world):  # noqa: F811
    world.use("bare", complaints(wrong_rows(20, LABELS)))
    report = world.facts("--label", "department", "--push", "--min-rows", 20, status=3)
    failed = report["sets"]["department"]
    assert failed["outcome"] == "failed" and "class is too small to be split" in failed["reason"]
    for label in LABELS:
        assert f'"{label}" (5)' in failed["reason"]
    assert not (world.cwd / "out/feedback/department").exists()
    assert not world.api.repo_exists(world.department, repo_type="dataset")


def test_08_an_unknown_label(world):  # noqa: F811
    world.use("bare", complaints(wrong_rows(39) + [("one more", "Urgent", "x", "true")], "urgency"))
    said = world.run("--label", "urgency", "--min-rows", 40)
    assert 'unknown_label "Urgent"=1' in said and "unknown_labels=1" in said
    rows = world.written("urgency")
    assert len(rows) == 39 and all(type(row["label"]) is int for row in rows)


def test_09_too_few_rows_skip_a_label(world):  # noqa: F811
    report = world.facts("--push", MIN_DATASET_LEN="170")
    assert report["sets"]["department"]["outcome"] == "published"
    assert report["sets"]["urgency"]["outcome"] == "skipped"
    assert report["sets"]["urgency"]["reason"] == "insufficient data (163 < 170)"
    assert not world.api.repo_exists(world.urgency, repo_type="dataset")
    logged, alerts = world.events()
    assert dict(logged)["urgency_push_status"] == "skipped_insufficient_data" and dict(logged)["status"] == "completed"
    assert alerts[1][:2] == ("Urgency Dataset Skipped", "WARN") and "(163 < 170)" in alerts[1][2]
    assert "(163 < 170)" in world.run("--push", "--label", "urgency", "--fail-if-all-skipped", status=3,
                                      MIN_DATASET_LEN="170")
    assert world.facts("--push", MIN_DATASET_LEN="163")["sets"]["urgency"]["outcome"] == "published"


def test_10_a_bound_that_is_no_number(world):  # noqa: F811
    with Refusing(world, "", 500) as hub:
        said = world.run("--push", status=2, MIN_DATASET_LEN="lots",
                         POSTGRES_URL=f"postgresql://u:{PASSWORD}@127.0.0.1:1/d")
        assert "min_rows" in said and "environment MIN_DATASET_LEN" in said
        assert not hub.paths


def test_11_missing_settings_are_named_at_once(world):  # noqa: F811
    with Refusing(world, "", 500) as hub:
        said = world.run("--push", status=2, HF_TOKEN=None, URGENCY_DATASET=None, MIN_DATASET_LEN="lots")
        assert "settings are missing: HF_TOKEN, URGENCY_DATASET;" in said and "MIN_DATASET_LEN" in said
        said = world.run("--push", status=2, HF_TOKEN=None, URGENCY_DATASET="", DEPARTMENT_DATASET=None,
                         POSTGRES_URL=None)
        assert "HF_TOKEN, DEPARTMENT_DATASET, URGENCY_DATASET, POSTGRES_URL or DATABASE_URL" in said
        assert not hub.paths
    (world.cwd / ".env").write_text(f"HF_TOKEN={TOKEN}\nURGENCY_DATASET={world.urgency}\n")
    world.run("--label", "urgency", HF_TOKEN=None, URGENCY_DATASET=None)


def test_13_what_is_published(world):  # noqa: F811
    world.make_space()
    report = world.facts("--push", PREPARE_DATASET_SPACE_ID=world.space)
    logged, alerts = world.events()
    assert all(seconds > 0 for name, seconds in logged if name.endswith("_processing_seconds"))
    assert [pair for pair in logged if not pair[0].endswith("_processing_seconds")] == [
        ("status", "starting_pipeline"), ("db_connection_status", "success"),
        ("department_records_fetched", 189), ("department_push_status", "success"),
        ("urgency_records_fetched", 163), ("urgency_push_status", "success"),
        ("hf_space_pause", "success"), ("status", "completed")]
    assert [alert[:2] for alert in alerts] == [("Department Dataset Updated", "INFO"), ("Urgency Dataset Updated", "INFO")]
    assert world.department in alerts[0][2]
    start = json.loads(next((world.cwd / "events").glob("*.jsonl")).read_text().splitlines()[0])
    assert start["project"] == "sambodhan-dataset-pipeline" and start["job_type"] == "prepare_dataset"
    assert start["tags"] == ["dataset-prep", "hf-space", "auto-sync"] and "timestamp" in start["config"]
    assert (start["config"]["department_dataset"], start["config"]["urgency_dataset"],
            start["config"]["hf_space_id"]) == (world.department, world.urgency, world.space)
    for label, repo, total in (("department", world.department, 189), ("urgency", world.urgency, 163)):
        publish = report["sets"][label]["run"]["publish"]
        assert publish["created"] and publish["private"]
        commits = world.commits(repo)
        assert len(commits) == 2, "the repository's first, and one with everything"
        metadata = world.metadata(repo)
        assert list(metadata)[:9] == ["dataset_name", "version_tag", "label_column", "created_at", "commit_message",
                                      "num_samples", "splits", "author", "description"]
        tag = metadata["version_tag"]
        assert re.fullmatch(r"v\d{8}_\d{6}", tag) and world.tags(repo) == {tag: commits[0].commit_id}
        assert metadata["commit_message"] == commits[0].title == f"Dataset update ({label}) - {tag[1:]}"
        assert metadata["dataset_name"] == repo and metadata["label_column"] == label
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00", metadata["created_at"])
        assert re.sub(r"\D", "", metadata["created_at"])[:14] == re.sub(r"\D", "", tag)
        assert metadata["num_samples"] == sum(metadata["splits"].values()) == total
        assert list(metadata["splits"]) == ["train", "eval", "test"] and metadata["author"] == "alice"
        raw = world.read(repo, "dataset_metadata.json").decode()
        assert raw == json.dumps(metadata, indent=4) and raw.isascii()
        manifest = world.read(repo, f".hubmill/feedback-{label}/manifest.json").decode()
        assert "127.0.0.1" not in manifest and f"postgresql:{world.database} (wrong)" in manifest
        for path, digest in metadata["sha256"].items():
            assert hashlib.sha256(world.read(repo, path)).hexdigest() == digest
        assert {"data/train-00000-of-00001.parquet", "data/eval-00000-of-00001.parquet",
                "data/test-00000-of-00001.parquet"} == set(metadata["sha256"])


def test_14_a_push_that_is_refused(world):  # noqa: F811
    world.make_space()
    with Refusing(world, f"/api/datasets/{world.department}", 401, '{"error": "Unauthorized"}'):
        report = world.facts("--push", "--space", world.space, status=4)
    assert report["sets"]["department"]["outcome"] == "failed" and "401" in report["sets"]["department"]["reason"]
    assert report["sets"]["urgency"]["outcome"] == "published", "the next label goes on"
    logged, alerts = world.events()
    assert dict(logged)["department_push_status"] == "failed" and dict(logged)["status"] == "failed"
    assert alerts[0][:2] == ("Department Dataset Preparation Failed", "ERROR") and "401" in alerts[0][2]
    assert report["pause"] == {"space": world.space, "paused": True, "why": ""} and world.stage() == "PAUSED"


def test_15_the_space(world):  # noqa: F811
    with Refusing(world, "nowhere", 500) as hub:
        assert "pause" not in world.facts("--push", "--label", "urgency")
        assert not any("/pause" in path for path in hub.paths)
    said = world.run("--push", "--label", "urgency", PREPARE_DATASET_SPACE_ID="alice/no-such-space")
    assert "warning: the Space was not paused: space=alice/no-such-space" in said
    logged, alerts = world.events()
    assert ("hf_space_pause", "failed") in logged and logged[-1] == ("status", "completed")
    assert alerts[-1][:2] == ("HF Space Pause Failed", "WARN")
    world.make_space()
    world.run("--push", "--label", "urgency", PREPARE_DATASET_SPACE_ID=world.space)
    assert world.stage() == "PAUSED"
    other = world.make_space(world.space + "-2")
    world.run("--push", "--min-rows", "100000", "--no-pause-on-failure", "--fail-if-all-skipped", status=3,
              PREPARE_DATASET_SPACE_ID=other)
    assert world.stage(other) != "PAUSED"


def test_16_a_commit_that_fails_leaves_no_version(world):  # noqa: F811
    with Refusing(world, f"{world.urgency}/commit/", 403, '{"error": "storage limit reached"}'):
        report = world.facts("--push", "--label", "urgency", status=4)
    assert report["sets"]["urgency"]["outcome"] == "failed"
    assert len(world.commits(world.urgency)) == 1 and world.tags(world.urgency) == {}
    assert set(world.api.list_repo_files(world.urgency, repo_type="dataset")) <= {".gitattributes"}


LOAD = """
import datasets, json, sys
datasets.disable_progress_bars()
loaded = datasets.load_dataset(sys.argv[1], revision=sys.argv[2], cache_dir=sys.argv[3])
print(json.dumps({split: [data.num_rows, str(data.features["label"])] for split, data in loaded.items()}))
"""


def test_17_the_card(world):  # noqa: F811
    world.run("--push", "--label", "urgency")
    readme = world.read(world.urgency, "README.md").decode()
    front = yaml.safe_load(readme.split("---\n")[1])
    assert front["datasets"] == [world.urgency] and front["license"] == "apache-2.0"
    assert front["size_categories"] == ["n<1K"] and front["task_categories"] == ["text-classification"]
    assert front["pretty_name"] == "Sambodhan Grievance Dataset (Urgency)" and front["language"] == ["en", "ne"]
    assert [split["split"] for split in front["configs"][0]["data_files"]] == ["train", "eval", "test"]
    info = front["dataset_info"]
    features = (info[0] if isinstance(info, list) else info)["features"]
    label = next(column for column in features if column["name"] == "label")
    assert list(label["dtype"]["class_label"]["names"].values()) == URGENCIES
    tag = world.metadata(world.urgency)["version_tag"]
    for text in (f"# {world.urgency}", f"`{tag}`", "| HIGHLY URGENT | 2 |", "| train | 130 |", "| test | 17 |",
                 "| rows | 163 |", "Maintained by alice"):
        assert text in readme, text
    assert "${" not in readme
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", LOAD, world.urgency, tag, str(world.cwd / "ds")],
                          env=world.environment(), capture_output=True, text=True, check=False, cwd=world.cwd)
    assert done.returncode == 0, done.stderr[-2000:]
    loaded = json.loads(done.stdout)
    assert {split: rows for split, (rows, _) in loaded.items()} == {"train": 130, "eval": 16, "test": 17}
    assert "ClassLabel(names=['NORMAL', 'URGENT', 'HIGHLY URGENT'])" in loaded["eval"][1]


def test_18_nothing_was_reported(world):  # noqa: F811
    world.sql("DELETE FROM misclassified_complaints")
    report = world.facts("--push")
    assert [entry["outcome"] for entry in report["sets"].values()] == ["skipped", "skipped"]
    assert [entry["fetched"] for entry in report["sets"].values()] == [0, 0]
    assert "(0 < 1)" in world.run(MIN_DATASET_LEN="0")


@pytest.mark.parametrize("wrong, correct, fetched", [(10, 2, 12), (1, 5, 1), (4, 9, 6)])
def test_19_small_pools(world, wrong, correct, fetched):  # noqa: F811
    pool = [(f"fine {i}", URGENCIES[0], None, None) for i in range(correct)]
    world.use("bare", complaints(wrong_rows(wrong) + pool, "urgency"))
    assert world.facts("--label", "urgency", "--min-rows", 1000)["sets"]["urgency"]["fetched"] == fetched
    assert fetched == wrong + min(math.floor(wrong * 0.5), correct)


def test_20_unchanged_data_makes_no_version(world):  # noqa: F811
    first = world.facts("--push")
    def parquet():
        return {path.relative_to(world.cwd): path.read_bytes() for path in world.cwd.rglob("*.parquet")}

    files = parquet()
    commits = {repo: len(world.commits(repo)) for repo in (world.department, world.urgency)}
    for sql in ("VACUUM ANALYZE", "CLUSTER complaints USING complaints_pkey",
                "CLUSTER misclassified_complaints USING misclassified_complaints_pkey"):
        world.sql(sql)
    again = world.facts("--push", "--fresh")
    assert [entry["outcome"] for entry in again["sets"].values()] == ["unchanged", "unchanged"]
    assert parquet() == files and len(files) >= 6
    for repo, count in commits.items():
        assert len(world.commits(repo)) == count and len(world.tags(repo)) == 1
    assert first["sets"]["urgency"]["run"]["publish"]["commit"] == again["sets"]["urgency"]["run"]["publish"]["commit"]
    world.sql("UPDATE misclassified_complaints SET correct_urgency = 'NORMAL' WHERE correct_urgency = 'URGENT'")
    changed = world.facts("--push")
    assert changed["sets"]["urgency"]["outcome"] == "published"
    assert changed["sets"]["department"]["outcome"] == "unchanged"
    assert len(world.tags(world.urgency)) == 2
    assert changed["sets"]["urgency"]["run"]["publish"]["tag"] in world.read(world.urgency, "README.md").decode()


def test_12_the_database_is_away(away):  # noqa: F811
    process, tries, folder = away
    out, said = process.communicate(timeout=60)
    assert process.returncode == 4 and PASSWORD not in out + said
    waits = [after - before for before, after in zip(tries, tries[1:])]
    assert len(waits) == 3 and all(wanted - 0.1 < wait < wanted + 1.9 for wait, wanted in zip(waits, (2, 4, 8))), waits
    assert "after 4 tries: cannot connect to the database" in said
    assert [entry["outcome"] for entry in json.loads(out)["sets"]] == ["failed", "failed"]
    events = next((folder / "events").glob("*.jsonl")).read_text()
    assert '"title":"Database Connection Failed"' in events and '"db_connection_status":"failed"' in events
    assert PASSWORD not in events
