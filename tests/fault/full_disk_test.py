"""A disk that is really full, and one that is really read-only: small tmpfs mounts, at every size.

A run writes data, spill, lineage, rejects, journal, card and manifest.  Rather than aim at each of
them, the disk grows from nothing by small steps until the run fits, so that every one of them is
once the writer that meets the end.
"""
import contextlib
import os
import random
import shutil
import subprocess

import pytest
from conftest import tree_bytes, visible, write_jsonl

STEP_KIB = 4  # A page: the least by which a tmpfs grows.
ROWS = 400


def mount(*arguments) -> bool:
    return subprocess.run(["mount", *map(str, arguments)], capture_output=True,
                          check=False).returncode == 0


@pytest.fixture
def disk(tmp_path):
    """A tmpfs of 4 KiB; resize() changes it."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if not mount("-t", "tmpfs", "-o", "size=4k", "tmpfs", folder):
        pytest.skip("needs the right to mount a tmpfs (root)")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def resize(disk, kib: int, inodes: int = 10_000):
    assert mount("-o", f"remount,size={kib}k,nr_inodes={inodes}", disk)


@contextlib.contextmanager
def read_only(folder):
    """Root passes over permission bits, not over a read-only mount."""
    assert mount("--bind", folder, folder)
    try:
        assert mount("-o", "remount,bind,ro", folder)
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture
def rows(tmp_path):
    """Rows that do not compress, a tenth of them repeated, so that a run has rejects."""
    draw = random.Random(3)
    made = [{"id": number, "text": draw.randbytes(60).hex(), "kind": draw.choice("ab")}
            for number in range(ROWS)]
    return write_jsonl(tmp_path / "in.jsonl", made + made[:ROWS // 10])


def recipe(stages: str, sink: str) -> str:
    return ("recipe: full\nsource:\n  jsonl: {path: in.jsonl}\n"
            f"stages: [{stages}]\nsink:\n  {sink}: {{}}\n")


TWO = """recipe: full
datasets:
  one:
    source:
      jsonl: {path: in.jsonl}
    sink:
      parquet: {}
  two:
    source:
      jsonl: {path: in.jsonl}
    stages: [{shuffle: {seed: 1}}]
    sink:
      jsonl: {}
"""

RECIPES = {
    "jsonl": recipe("", "jsonl"),
    "parquet": recipe("", "parquet"),
    "sort": recipe("{sort: {by: [text]}}", "parquet"),
    "shuffle": recipe("{shuffle: {seed: 3}}", "jsonl"),
    "split": recipe("{split: {method: random, seed: 1, ratios: {train: 0.9, test: 0.1}}}",
                    "parquet"),
    "two": TWO,
}


def grow_until_it_fits(hubmill, disk, *arguments) -> list[str]:
    """Runs with more and more room, and returns what each failure said."""
    failures = []
    for kib in range(4, 8192, STEP_KIB):
        resize(disk, kib)
        process = hubmill.start(*arguments)
        _, errors = process.communicate(timeout=60)
        if process.returncode == 0:
            return failures
        said = errors.decode()
        assert process.returncode == 1, (kib, process.returncode, said)
        assert "No space left on device" in said and "remedy: free disk space" in said, (kib, said)
        assert visible(disk) == set(), (kib, said)
        failures.append(said)
    raise AssertionError("the run never fits")


@pytest.mark.parametrize("name, writers", [
    ("jsonl", ["default.parquet", ".jsonl.tmp", "README.md", "manifest.json"]),
    ("parquet", ["default.parquet", ".parquet.tmp", "README.md", "manifest.json"]),
    ("sort", ["rows.arrow", "default.parquet", ".parquet.tmp"]),
    ("shuffle", ["rows.arrow", ".jsonl.tmp"]),
    ("split", ["rows.arrow", ".test-00000.parquet.tmp"]),
    ("two", ["one.parquet", "rows.arrow", "two.parquet", ".jsonl.tmp"]),
])
def test_a_run_onto_a_full_disk(hubmill, tmp_path, disk, rows, name, writers):
    (tmp_path / "recipe.yaml").write_text(RECIPES[name])
    hubmill("run", "recipe.yaml", "--out", "expected")
    failures = grow_until_it_fits(hubmill, disk, "run", "recipe.yaml", "--out", disk / "out")
    unhit = [name for name in writers if not any(f"{name} error=" in said for said in failures)]
    assert unhit == []
    assert tree_bytes(disk / "out") == tree_bytes(tmp_path / "expected")
    assert os.listdir(disk) == ["out"]  # No staging folder, no lock.


@pytest.mark.parametrize("stages", ["dedup_exact: text",
                                    "balance: {by: kind, rows: 50}"])
def test_rejects_onto_a_full_disk(hubmill, tmp_path, disk, rows, stages):
    """The output has room; the rejects of a decider and of an arranger have not."""
    (tmp_path / "recipe.yaml").write_text(recipe(f"{{{stages}}}", "jsonl"))
    hubmill("run", "recipe.yaml", "--out", "expected", "--rejects", "kept")
    failures = grow_until_it_fits(hubmill, disk, "run", "recipe.yaml", "--out", "out",
                                  "--rejects", disk)
    assert failures
    assert tree_bytes(disk) == tree_bytes(tmp_path / "kept")
    assert tree_bytes(tmp_path / "out") == tree_bytes(tmp_path / "expected")


@pytest.mark.parametrize("output", ["out.parquet", "out.jsonl", "out.jsonl.gz", "out.jsonl.zst"])
def test_a_conversion_onto_a_full_disk(hubmill, tmp_path, disk, rows, output):
    hubmill("convert", "in.jsonl", output)
    failures = grow_until_it_fits(hubmill, disk, "convert", "in.jsonl", disk / output)
    assert failures
    assert (disk / output).read_bytes() == (tmp_path / output).read_bytes()
    assert os.listdir(disk) == [output]


def test_a_disk_without_inodes(hubmill, tmp_path, disk, rows):
    """There are bytes, but no more files or folders can be made."""
    (tmp_path / "recipe.yaml").write_text(RECIPES["sort"])
    hubmill("run", "recipe.yaml", "--out", "expected")
    for inodes in range(1, 40):
        resize(disk, 8192, inodes)
        process = hubmill.start("run", "recipe.yaml", "--out", disk / "out")
        _, errors = process.communicate(timeout=60)
        if process.returncode == 0:
            break
        said = errors.decode()
        assert process.returncode == 1, (inodes, process.returncode, said)
        assert "No space left on device" in said and "remedy" in said, (inodes, said)
        assert visible(disk) == set(), (inodes, said)
    assert inodes > 8
    assert tree_bytes(disk / "out") == tree_bytes(tmp_path / "expected")


def test_an_old_output_survives_a_full_disk(hubmill, tmp_path, disk, rows):
    (tmp_path / "recipe.yaml").write_text(RECIPES["jsonl"])
    resize(disk, 8192)
    hubmill("run", "recipe.yaml", "--out", disk / "out", "--limit", "10")
    before = tree_bytes(disk / "out")
    resize(disk, 48)
    hubmill("run", "recipe.yaml", "--out", disk / "out", status=1)
    assert tree_bytes(disk / "out") == before


@pytest.mark.parametrize("output", ["out", "new/out"])
def test_a_read_only_disk(hubmill, tmp_path, disk, rows, output):
    (tmp_path / "recipe.yaml").write_text(RECIPES["parquet"])
    resize(disk, 8192)
    with read_only(disk):
        for arguments in (["run", "recipe.yaml", "--out", disk / output],
                          ["run", "recipe.yaml", "--out", "out", "--rejects", disk / output],
                          ["convert", "in.jsonl", disk / output / "x.parquet"]):
            errors = hubmill(*arguments, status=1).stderr.decode()
            assert "Read-only file system" in errors and str(disk) in errors, errors
            assert "remedy: write to a folder that you may write to" in errors, errors
        assert os.listdir(disk) == []
        assert not (tmp_path / "out").exists()
    hubmill("run", "recipe.yaml", "--out", disk / output)
    shutil.rmtree(disk / output)
