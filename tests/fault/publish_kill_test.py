"""kill -9 at random instants of a run that publishes: in the end one new commit, with the same bytes."""
import random
import signal
import subprocess
import time

import pytest
from conftest import BINARY, tree_bytes, rows_with_everything, write_jsonl

KILLS = 20
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
    start = time.monotonic()
    hubmill(*command, "expected")
    wall_s = time.monotonic() - start
    expected = history(tmp_path / "expected")
    assert len(expected) == 2  # The repository's own first commit, and ours.

    draw = random.Random(SEED)
    killed = 0
    for number in range(KILLS):
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
    assert killed >= KILLS // 2, "the run was too fast to be killed; remedy: more rows"
