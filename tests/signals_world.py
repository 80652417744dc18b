"""Inputs, a Hub and `hubmill signals`, for the tests of that command."""
import json
import os
import pathlib
import re
import subprocess

import pytest

from conftest import BINARY, ROOT

GOLDEN = ROOT / "tests/golden/signals"
TOKEN = "hf_signals_0123456789"
COMPAT = ("--schema", "signals_v1_48")
EXAMPLE = {  # The source document's own row, as an example: the elisions left out.
    "id": "ex_001", "created_at": "2026-01-01T00:00:00Z", "source": "mock", "industry_key": "hvac",
    "feature_schema": "signals_v1",
    "features": {"total_revenue": 150000, "total_jobs": 50, "avg_job_value": 3000, "window_rule": "last_90_days"},
    "targets": {"boundary_class": "healthy", "pressure_keys": []},
    "labels": {"reviewer_score": 5, "mapping_was_wrong": False}}


class World:
    """A working folder with data/learning/train; the command with its own environment."""

    def __init__(self, cwd: pathlib.Path):
        self.cwd, self.said = cwd, ""
        self.settings = {}
        self.train = cwd / "data/learning/train"
        self.train.mkdir(parents=True)

    def environment(self) -> dict:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "SOURCE_DATE"))}
        return {**kept, "NO_COLOR": "1", "HUBMILL_CACHE": str(self.cwd / ".cache"), "HF_HOME": str(self.cwd / ".hf"),
                **self.settings}

    def use(self, *names) -> "World":
        for name in names:
            (self.train / name).write_bytes((GOLDEN / "inputs" / name).read_bytes())
        return self

    def rows(self, *rows, name="rows.jsonl") -> "World":
        (self.train / name).write_text("".join(
            (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False)) + "\n" for row in rows), encoding="utf-8")
        return self

    def __call__(self, *arguments, status=0, stdin=b"") -> str:
        """Runs `hubmill signals`; returns stdout.  `said` gathers all that was ever said."""
        done = subprocess.run([str(BINARY), "signals", *map(str, arguments)], cwd=self.cwd, env=self.environment(),
                              input=stdin, capture_output=True, timeout=120, check=False)
        self.out, self.err = done.stdout.decode(), done.stderr.decode()
        self.said += self.out + self.err
        assert done.returncode == status, f"exit status {done.returncode}, expected {status}\n{self.out}\n{self.err}"
        return self.out

    def export(self, *arguments, status=0) -> dict:
        self("export", "--json", *arguments, status=status)
        return json.loads(self.out) if self.out else {}

    @property
    def bundle(self) -> pathlib.Path:
        return self.cwd / "runs/hf_export"

    def info(self) -> dict:
        return json.loads((self.bundle / "dataset_info.json").read_text())

    def dataset(self) -> list[dict]:
        text = (self.bundle / "dataset.jsonl").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.split("\n")[:-1]]  # splitlines() would cut at U+2028.

    def nothing_written(self) -> bool:
        runs = self.cwd / "runs"
        return not runs.exists() or not any(runs.rglob("*"))


def same_as_golden(world: World, case: str) -> None:
    """Every file of the original's bundle, byte for byte; of its info all but time and commit."""
    bundle = GOLDEN / case / "bundle"
    for file in bundle.rglob("*.jsonl"):
        name = file.relative_to(bundle)
        slug = re.sub(r"[^A-Za-z0-9_/]", "_", str(name)[:-6]) + ".jsonl"
        assert (world.bundle / slug).read_bytes() == file.read_bytes(), name
    ours = {str(file.relative_to(world.bundle)) for file in world.bundle.rglob("*.jsonl")}
    assert len(ours) == len(list(bundle.rglob("*.jsonl")))
    theirs = (bundle / "dataset_info.json").read_text().splitlines()
    mine = (world.bundle / "dataset_info.json").read_text().splitlines()
    varies = ('  "generated_at"', '  "git_sha"')
    assert [line for line in mine if not line.startswith(varies)] == [
        line for line in theirs if not line.startswith(varies)]
    assert mine[1].startswith('  "generated_at": "20')


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


@pytest.fixture(scope="module")
def hub_url(tmp_path_factory):
    root = tmp_path_factory.mktemp("hub")
    with subprocess.Popen([str(BINARY), "hub", "serve", "--root", str(root), "--no-fsync", "--user", "alice",
                           "--token", TOKEN], stdout=subprocess.PIPE, text=True) as server:
        yield server.stdout.readline().strip()
        server.terminate()


@pytest.fixture
def online(world, hub_url):
    """A world that may push."""
    world.settings = {"HF_ENDPOINT": hub_url, "HF_TOKEN": TOKEN, "HF_EXPORT_ENABLED": "true"}
    return world
