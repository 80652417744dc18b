"""kill -9 at random instants of a run that publishes: in the end one new commit, with the same bytes."""
import random
import signal
import subprocess
import time

import pytest
from conftest import BINARY, tree_bytes, rows_with_everything, write_jsonl

KILLS = 20  # That hit a live run.
RUNS_MAX = 3 * KILLS
SEED = 20261121
RECIPE = """
recipe: killed
publish: {repo: d, tag: v1}
datasets:
  default:
    source:
      jsonl: {path: in.jsonl}
    stages:
      - split: {method: random, ratios: {train: 0.9, test: 0.1}}
    sink:
      parquet: {}
  lines:
    source:
      jsonl: {path: in.jsonl}
    sink:
      parquet: {}
"""


def history(root) -> list[str]:
    git = root / "repos/datasets/local/d/git"
    listed = subprocess.run(["git", "-C", str(git), "log", "--format=%T %s", "main"],
                            capture_output=True, text=True, check=True)
    return listed.stdout.splitlines()


@pytest.mark.timeout(600)
def test_killed_while_publishing(hubmill, tmp_path):
    write_jsonl(tmp_path / "in.jsonl", rows_with_everything(4000))
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    command = ["run", "recipe.yaml", "--out", "out", "--push", "--hub", "local", "--hub-root"]
    walls = []
    for root in ["expected", "again", "warm"]:
        start = time.monotonic()
        hubmill(*command, root)
        walls.append(time.monotonic() - start)
    wall_s = min(walls)  # Where the machine is busy now, it may be free later.
    expected = history(tmp_path / "expected")
    assert len(expected) == 2  # The repository's own first commit, and ours.

    draw = random.Random(SEED)
    killed = number = 0
    while killed < KILLS:
        number += 1
        assert number <= RUNS_MAX, f"{killed} runs of {RUNS_MAX} were killed; remedy: more rows"
        root = f"hub{number}"
        process = hubmill.start(*command, root)
        time.sleep(draw.uniform(0.005, wall_s))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
        hubmill(*command, root)
        assert history(tmp_path / root) == expected  # The tree's id stands for all bytes.
        objects = tree_bytes(tmp_path / root / "objects")
        for name, data in tree_bytes(tmp_path / "expected/objects").items():
            assert objects[name] == data
        tag = hubmill("hub", "tag", "local/d", "--hub", "local", "--hub-root", root).stdout.decode()
        head, tagged = [line.split("=")[1] for line in tag.splitlines()]
        assert head == tagged
