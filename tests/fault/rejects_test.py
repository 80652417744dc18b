"""Where rejects may lie, and what becomes of an earlier run's; options that say nothing."""
import json

from conftest import visible, write_jsonl

RECIPE = "recipe: x\nsource: {jsonl: in.jsonl}\nstages: [%s]\nsink: {jsonl: {}}\n"


def recipe(folder, stages="{filter: \"a != 3\"}"):
    write_jsonl(folder / "in.jsonl", [{"a": number, "t": f"jane{number}@corp.com"} for number in range(9)])
    (folder / "recipe.yaml").write_text(RECIPE % stages)


def test_a_failed_run_leaves_earlier_rejects(hubmill, tmp_path):
    recipe(tmp_path)
    hubmill("run", "recipe.yaml", "--out", "out", "--rejects", "kept")
    rejects = tmp_path / "kept/rejects.jsonl"
    before = rejects.read_bytes()
    assert json.loads(before)["row"] == 4
    (tmp_path / "in.jsonl").write_text('{"a": 1, "t": "x"}\n{broken\n')
    hubmill("run", "recipe.yaml", "--out", "out", "--rejects", "kept", status=3)
    assert rejects.read_bytes() == before
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["rejects.jsonl"]


def test_rejects_within_the_output_are_refused(hubmill, tmp_path):
    recipe(tmp_path)
    (tmp_path / "out").mkdir()
    (tmp_path / "link").symlink_to("out")
    before = visible(tmp_path)
    for rejects in ["out", "out/", "out/rejects", "./x/../out/r", str(tmp_path / "out/r"), "link/r"]:
        done = hubmill("run", "recipe.yaml", "--out", "out", "--rejects", rejects, status=2)
        assert b"the rejects would lie in the output folder" in done.stderr, done.stderr
        assert b"remedy" in done.stderr
        assert visible(tmp_path) == before
    hubmill("run", "recipe.yaml", "--out", "out", "--rejects", "outer")
    hubmill("run", "recipe.yaml", "--out", "outer/out", "--rejects", "outer")


def test_rejects_of_the_guard_and_of_the_source_have_null_as_data(hubmill, tmp_path):
    recipe(tmp_path, "{pii_guard: {action: drop}}")
    hubmill("run", "recipe.yaml", "--out", "out", "--rejects", "kept")
    lines = [json.loads(line) for line in (tmp_path / "kept/rejects.jsonl").open()]
    assert len(lines) == 9 and all(line["data"] is None for line in lines)


def test_rejects_that_cannot_be_written_fail_the_run(hubmill, tmp_path):
    """As an output and a report that cannot be written do."""
    write_jsonl(tmp_path / "in.jsonl", [{"a": 1}])
    (tmp_path / "file").write_text("not a folder")
    (tmp_path / "recipe.yaml").write_text("recipe: x\nsource: in.jsonl\nsink: {jsonl: {}}\n")
    for option in ("--rejects", "--report", "--out"):
        told = hubmill("run", "recipe.yaml", option, "file/r", status=1).stderr
        assert b"file" in told and b"remedy" in told, told


def test_seeds_and_folders_out_of_bounds(hubmill, tmp_path):
    recipe(tmp_path)
    before = visible(tmp_path)
    for seed in ["-1", "4294967296"]:
        for command in ["run", "plan"]:
            done = hubmill(command, "recipe.yaml", "--seed", seed, status=2)
            assert b"4294967295" in done.stderr, done.stderr
    for option in ["--out", "--rejects"]:
        done = hubmill("run", "recipe.yaml", option, "", status=2)
        assert option.encode() in done.stderr and b"remedy" in done.stderr, done.stderr
    assert visible(tmp_path) == before
    hubmill("run", "recipe.yaml", "--seed", "4294967295", "--out", "out")
