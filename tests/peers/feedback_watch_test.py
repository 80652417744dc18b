"""`hubmill feedback watch` and `history`: counts, thresholds, Spaces, locks and what is remembered."""
import fcntl
import json
import signal
import sqlite3
import subprocess
import threading
import time

import pytest

from conftest import BINARY
from feedback_world import Refusing, databases, hub_url, world  # noqa: F401
from postgres_server import postgres  # noqa: F401

pytestmark = pytest.mark.timeout(120)


def watch(world, *arguments, status=0, **settings):
    """The records of one round, by label."""
    said = world("feedback", "watch", "--once", "--json", *arguments, status=status, **settings)
    return {record["recipe"].removeprefix("feedback-"): record for record in json.loads(world.out)}, said


def history(world, *arguments):
    world("feedback", "history", "--json", *arguments)
    return json.loads(world.out)


def start(world, *arguments, **settings):
    return subprocess.Popen([str(BINARY), "feedback", "watch", *arguments], cwd=world.cwd, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, env=world.environment(**settings))


def paused(world, name):
    world.make_space(name)
    world.api.pause_space(name)
    return name


def test_a_set_is_made_when_there_are_enough_and_those_who_train_on_it_are_restarted(world):
    train = paused(world, f"{world.space}-train")
    settings = {"THRESHOLD_URGENCY": "163", "THRESHOLD_DEPARTMENT": "", "RETRAIN_URGENCY_REPO": train}
    records, _ = watch(world, **settings)  # An empty variable is none: 1500 stays.
    assert [records["department"][key] for key in ("outcome", "corrections", "rows", "threshold")] == [
        "waiting", 126, 189, 1500]
    assert [records["urgency"][key] for key in ("outcome", "corrections", "rows")] == ["published", 109, 163]
    assert records["urgency"]["version"] == world.metadata(world.urgency)["version_tag"]
    assert world.stage(train) == "RUNNING" and not world.api.repo_exists(world.department, repo_type="dataset")
    world.api.pause_space(train)
    records, _ = watch(world, **settings)
    assert records["urgency"]["outcome"] == "unchanged" and world.stage(train) == "PAUSED"
    assert [record["outcome"] for record in history(world)] == ["unchanged", "waiting", "published", "waiting"]
    assert [record["recipe"] for record in history(world, "feedback-urgency", "--limit", "1")] == ["feedback-urgency"]
    assert "published, 109 corrections, 163 of 163 rows" in world("feedback", "history")


def test_a_dry_run_counts_and_changes_nothing(world):
    space = paused(world, world.space)
    records, _ = watch(world, "--dry-run", "--set", "threshold=1", PREPARE_DATASET_REPO=space)
    assert {record["outcome"] for record in records.values()} == {"due"}
    assert world.stage() == "PAUSED" and not world.api.repo_exists(world.urgency, repo_type="dataset")
    assert not (world.cwd / ".hubmill").exists()


def test_a_space_prepares_and_its_version_is_waited_for(world):
    space, train = paused(world, world.space), paused(world, f"{world.space}-train")

    def be_the_space():
        while world.stage(space) == "PAUSED":
            time.sleep(0.1)
        world.run("--push", "--label", "urgency", "--space", space)

    settings = {"PREPARE_DATASET_REPO": space, "RETRAIN_URGENCY_REPO": train, "POLL_INTERVAL": "1",
                "THRESHOLD_URGENCY": "100"}
    for outcome, stage in (("published", "RUNNING"), ("unchanged", "PAUSED")):  # First there is no metadata at all.
        world.api.pause_space(train)
        thread = threading.Thread(target=be_the_space)
        thread.start()
        records, _ = watch(world, "feedback-urgency", **settings)
        thread.join()
        assert records["urgency"]["outcome"] == outcome and world.stage(train) == stage
        assert records["urgency"]["version"] == world.metadata(world.urgency)["version_tag"]


def test_a_space_that_does_nothing_is_not_waited_for_without_end(world):
    space = paused(world, world.space)
    records, said = watch(world, "feedback-urgency", "--set", "threshold=1", status=4, PREPARE_DATASET_REPO=space,
                          POLL_INTERVAL="1", POLL_TIMEOUT="2")
    assert records["urgency"]["outcome"] == "failed" and "made no new version in time" in said
    assert history(world)[0]["error"].startswith("the Space made no new version in time")


def test_a_space_that_was_late_is_found_by_the_next_look(world):
    space, train = paused(world, world.space), paused(world, f"{world.space}-train")
    settings = {"PREPARE_DATASET_REPO": space, "RETRAIN_URGENCY_REPO": train, "POLL_INTERVAL": "1",
                "THRESHOLD_URGENCY": "100"}
    records, _ = watch(world, "feedback-urgency", status=4, POLL_TIMEOUT="1", **settings)
    assert records["urgency"]["version"] == "none" and world.stage(train) == "PAUSED"
    world.run("--push", "--label", "urgency", "--space", space)
    records, _ = watch(world, "feedback-urgency", status=4, POLL_TIMEOUT="1", **settings)  # Though it fails again.
    assert records["urgency"]["version"] == world.metadata(world.urgency)["version_tag"]
    assert world.stage(train) == "RUNNING"


def test_a_watch_killed_after_it_has_published_goes_on(world):
    train, answer = paused(world, f"{world.space}-train"), threading.Event()
    settings = {"RETRAIN_URGENCY_REPO": train, "THRESHOLD_URGENCY": "100"}
    with Refusing(world, "/restart", 500, after=answer) as hub, start(world, "feedback-urgency", "--once",
                                                                      **settings) as process:
        deadline = time.monotonic() + 60
        while not any("/restart" in path for path in hub.paths):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.kill()
        answer.set()
    assert history(world)[0]["outcome"] == "begun" and world.stage(train) == "PAUSED"
    records, _ = watch(world, "feedback-urgency", **settings)
    assert records["urgency"]["outcome"] == "published" and world.stage(train) == "RUNNING"
    assert records["urgency"]["version"] == world.metadata(world.urgency)["version_tag"]
    world.api.pause_space(train)
    records, _ = watch(world, "feedback-urgency", **settings)
    assert records["urgency"]["outcome"] == "unchanged" and world.stage(train) == "PAUSED"
    assert [record["outcome"] for record in history(world)] == ["unchanged", "published", "begun"]


def test_a_look_that_fails_is_told(world):
    path = world.recipe("urgency", "sample", "min_rows", "encode_label")
    with Refusing(world, "/hook", 200) as chat:
        path.write_text(path.read_text() + f"on_failure: {{webhook: {world.settings['HF_ENDPOINT']}/hook}}\n")
        records, _ = watch(world, "mine.yaml", "--set", "retries=0", status=4,
                           POSTGRES_URL="postgresql://u:p@127.0.0.1:1/d")
        assert records["urgency"]["outcome"] == "failed" and chat.paths == ["POST /hook"]
        watch(world, "mine.yaml", "--set", "threshold=1", "--set", "unknown_max=0")
        assert chat.paths.count("POST /hook") == 1
        world.sql("UPDATE misclassified_complaints SET correct_urgency = 'Normal' WHERE correct_urgency = 'NORMAL'")
        watch(world, "mine.yaml", "--set", "threshold=1", "--set", "unknown_max=0", status=3)
        assert chat.paths.count("POST /hook") == 2, "once, by the run itself"
    first = json.loads(min((world.cwd / "events").iterdir(), key=lambda file: file.stat().st_mtime_ns)
                       .read_text().splitlines()[1])
    assert (first["title"], first["level"]) == ("Urgency Dataset Watch Failed", "ERROR")


def test_too_few_rows_are_no_unchanged_set(world):
    records, _ = watch(world, "feedback-urgency", THRESHOLD_URGENCY="100", MIN_DATASET_LEN="1000")
    assert records["urgency"]["outcome"] == "skipped"
    assert records["urgency"]["error"] == "insufficient data (163 < 1000)"
    assert "skipped, 109 corrections" in world("feedback", "history") and "why: insufficient" in world.out


def test_an_interrupt_while_it_counts(world):
    world.sql("ALTER TABLE complaints RENAME TO stored; CREATE VIEW complaints AS SELECT stored.* FROM stored "
              "WHERE pg_sleep(0.01) IS NOT NULL")
    with start(world, "feedback-urgency", "--once", THRESHOLD_URGENCY="100") as process:
        world.wait_for_query("count(*) AS rows")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 1 and "interrupted" in said and "range_check" not in said
    assert [(record["outcome"], record["error"]) for record in history(world)] == [("failed", "interrupted")]
    assert not (world.cwd / "events").exists()


def test_a_space_that_could_not_be_restarted_is_restarted_next_time(world):
    train = f"{world.space}-train"
    settings = {"THRESHOLD_URGENCY": "1", "RETRAIN_URGENCY_REPO": train}
    records, said = watch(world, "feedback-urgency", status=4, **settings)
    assert records["urgency"]["outcome"] == "published" and records["urgency"]["pending"] == [train]
    assert f"cannot restart {train}" in said
    paused(world, train)
    records, _ = watch(world, "feedback-urgency", **settings)
    assert records["urgency"]["outcome"] == "unchanged" and records["urgency"]["pending"] == []
    assert world.stage(train) == "RUNNING"


def test_one_that_fails_does_not_keep_the_next_from_being_looked_at(world):
    world.sql("ALTER TABLE misclassified_complaints RENAME correct_department TO gone")
    records, said = watch(world, "--set", "threshold=1", status=2)
    assert records["department"]["outcome"] == "failed" and "gone" not in records["department"]["version"]
    assert records["urgency"]["outcome"] == "published" and "correct_department" in said


def test_two_watches_do_not_run_at_once(world):
    (world.cwd / ".hubmill").mkdir()
    with open(world.cwd / ".hubmill/feedback.sqlite.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        said = world("feedback", "watch", "--once", status=1)
        watch(world, "--dry-run")
    assert "another watch is at work" in said


def test_it_looks_again_and_again_until_it_is_told_to_end(world):
    with start(world, "feedback-urgency", "--every", "1", "--tracker", "none") as process:
        file = world.cwd / ".hubmill/feedback.sqlite"
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and (not file.exists() or len(history(world)) < 2):
            time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert process.returncode == 0 and len(history(world)) >= 2


def test_what_is_missing_is_named_at_once(world):
    said = world("feedback", "watch", "--once", status=2, HF_TOKEN=None, URGENCY_DATASET="", POSTGRES_URL=None)
    assert "settings are missing: HF_TOKEN, URGENCY_DATASET, POSTGRES_URL" in said


def test_a_recipe_without_watch_and_a_history_of_others(world):
    (world.cwd / "x.yaml").write_text("recipe: x\nsource: {rows: {rows: [{a: 1}]}}\n")
    assert "x.yaml" in world("feedback", "watch", "x.yaml", "--once", status=2) or "watch: {threshold" in world.said
    other = sqlite3.connect(world.cwd / "other.sqlite")
    other.execute("PRAGMA user_version = 7")
    other.close()
    for tables in ("CREATE TABLE mine (a)", "CREATE TABLE looks (a)"):
        file = world.cwd / "foreign.sqlite"
        file.unlink(missing_ok=True)
        foreign = sqlite3.connect(file)
        foreign.execute(tables)
        foreign.commit()
        assert "not a history" in world("feedback", "watch", "--once", "--history", file, status=3)
        assert [sql for sql, in foreign.execute("SELECT sql FROM sqlite_master")] == [tables]
        foreign.close()
    assert "not a history" in world("feedback", "history", "--history", "other.sqlite", status=3)
    assert "cannot open" in world("feedback", "history", "--history", "none.sqlite", status=2)
