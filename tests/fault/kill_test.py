"""kill -9 at random instants: the target is whole or absent, and a rerun gives the same bytes."""
import json
import os
import random
import shutil
import signal
import time

import pytest
from conftest import tree_bytes

KILLS = 20
SEED = 20261121
RECIPE = """
recipe: killed
datasets:
  first:
    source:
      jsonl: {path: in.jsonl}
    stages:
      - clean_text: text
      - dedup_exact: text
      - split: {method: random, ratios: {train: 0.9, test: 0.1}}
    sink:
      parquet: {}
  second:
    source:
      jsonl: {path: in.jsonl}
    stages:
      - shuffle: {}
    sink:
      jsonl: {}
"""


@pytest.fixture(scope="module")
def big_input(tmp_path_factory):
    """About 40 MB of rows."""
    path = tmp_path_factory.mktemp("kill") / "in.jsonl"
    draw = random.Random(SEED)
    words = [f"word{number}" for number in range(500)]
    with open(path, "w", encoding="utf-8") as file:
        for number in range(40_000):
            text = " ".join(draw.choices(words, k=110))
            file.write(json.dumps({"id": number, "text": text}) + "\n")
    return path


@pytest.mark.timeout(600)
def test_killed_at_random_instants(hubmill, tmp_path, big_input):
    (tmp_path / "in.jsonl").symlink_to(big_input)
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    start = time.monotonic()
    hubmill("run", "recipe.yaml", "--out", "undisturbed")
    reach_s = time.monotonic() - start
    expected = tree_bytes(tmp_path / "undisturbed")
    assert any(name.endswith(".parquet") for name in expected)

    draw = random.Random(SEED)
    out = tmp_path / "out"
    killed = 0
    for _ in range(5 * KILLS):
        if killed == KILLS:
            break
        process = hubmill.start("run", "recipe.yaml", "--out", "out")
        wait_s = draw.uniform(0.01, reach_s)
        time.sleep(wait_s)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if process.returncode == -signal.SIGKILL:
            killed += 1
        else:  # It ended first: a run takes less than this now (other load on the machine, a warm cache).
            reach_s = wait_s
        if out.exists():  # Complete, or it would not be there.
            assert tree_bytes(out) == expected
            shutil.rmtree(out)
        if draw.random() < 0.5:
            hubmill("run", "recipe.yaml", "--out", "out")
            assert tree_bytes(out) == expected
            shutil.rmtree(out)
    hubmill("run", "recipe.yaml", "--out", "out")
    assert tree_bytes(out) == expected
    assert killed == KILLS, "the run was too fast to be killed; remedy: a larger input"
    left = [entry.name for entry in tmp_path.iterdir() if "staging" in entry.name]
    assert left == [], left


def test_killed_convert_leaves_the_old_file(hubmill, tmp_path, big_input):
    (tmp_path / "in.jsonl").symlink_to(big_input)
    out = tmp_path / "out.parquet"
    out.write_bytes(b"old")
    process = hubmill.start("convert", "in.jsonl", "out.parquet", "--threads", "1")
    time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert out.read_bytes() == b"old"


RESUMED = """
recipe: resumed
datasets:
  first: {source: in.jsonl, sink: {jsonl: {}}}
  second: {source: {stdin: jsonl}, sink: {jsonl: {}}}
"""


def test_a_changed_input_is_read_again(hubmill, tmp_path):
    """Of the same size, and with its old times set back."""
    path = tmp_path / "in.jsonl"
    path.write_text('{"a":1}\n')
    (tmp_path / "recipe.yaml").write_text(RESUMED)

    def run_after(change) -> bool:
        hubmill("run", "recipe.yaml", "--out", "out", status=3, stdin=b'{"b":1}\n{broken')
        change()
        done = hubmill("run", "recipe.yaml", "--out", "out", "--json", stdin=b'{"b":1}\n')
        return json.loads(done.stdout)["datasets"][0]["resumed"]

    def rewrite():
        before = path.stat()
        path.write_text('{"a":2}\n')
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    def replace():
        before = path.stat()
        (tmp_path / "new").write_text('{"a":3}\n')
        os.utime(tmp_path / "new", ns=(before.st_atime_ns, before.st_mtime_ns))
        (tmp_path / "new").rename(path)

    assert run_after(lambda: None)
    for change in (rewrite, replace):
        assert not run_after(change)
        assert (tmp_path / "out/first/train-00000-of-00001.jsonl").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_politely(hubmill, tmp_path, big_input, sent):
    (tmp_path / "in.jsonl").symlink_to(big_input)
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    for _ in range(5):  # On a busy machine the run may end before this process sees that it has begun.
        process = hubmill.start("run", "recipe.yaml", "--out", "out", "--threads", "1",
                                preexec_fn=lambda: signal.signal(sent, signal.SIG_DFL))  # `nohup` has SIGHUP ignored.
        while not (tmp_path / ".out.hubmill-staging/.hubmill/lineage").exists() and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(sent)
        _, errors = process.communicate(timeout=30)
        if process.returncode != 0:
            break
        shutil.rmtree(tmp_path / "out")
    assert process.returncode == 1, errors
    assert b"interrupted; remedy: run again to continue" in errors
    assert not (tmp_path / "out").exists()


def test_interrupted_after_the_rows_were_read(hubmill, tmp_path, big_input):
    """The last phase reads rows that were put aside; a signal ends that too."""
    (tmp_path / "in.jsonl").symlink_to(big_input)
    (tmp_path / "recipe.yaml").write_text("recipe: late\nsource:\n  jsonl: {path: in.jsonl}\nstages:\n  - shuffle: {}\n"
                                          "sink:\n  parquet: {level: 15, row_group_mb: 1}\n")
    process = hubmill.start("run", "recipe.yaml", "--out", "out", "--threads", "1")
    while not (tmp_path / ".out.hubmill-staging/.hubmill/lineage").exists():
        assert process.poll() is None, "it writes for many seconds"
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 1 and b"interrupted; remedy: run again to continue" in errors
    assert not (tmp_path / "out").exists()
