"""hubmill trace: from an id to its source, through pools, recipes and folders of other people."""
import json
import random
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ROOT, write_jsonl

NORMALIZED = ROOT / "samples/llm/normalized"


def rows_of(folder) -> list[tuple[str, int, dict]]:
    return [(str(file.relative_to(folder)), number + 1, row)
            for file in sorted(folder.rglob("*.parquet")) if ".hubmill" not in file.parts
            for number, row in enumerate(pq.read_table(file, partitioning=None).to_pylist())]


@pytest.fixture
def trace(hubmill):
    def run(where, name, *more, status=0):
        done = hubmill("trace", where, name, *more, status=status)
        return json.loads(done.stdout) if status == 0 else done.stderr.decode()
    return run


def test_every_row_of_every_pool(hubmill, trace, tmp_path):
    shutil.copytree(NORMALIZED, tmp_path / "in")
    inputs = {}
    for path, number, row in rows_of(tmp_path / "in"):
        inputs.setdefault(row["id"], []).append((f"in/{path}", number, row))
    hubmill("llm", "pools", "--in_dir", "in", "--out_dir", "pools")
    expected = {}
    for path, number, row in rows_of(tmp_path / "pools"):
        expected.setdefault(row["id"], []).append((path, number))
    assert len(expected) > 15
    for name, places in expected.items():
        told = trace("pools", name)
        assert sorted((at["file"], at["row"]) for at in told["found"]) == sorted(places)
        origins = {(file, number) for file, number, _ in inputs[name]}
        assert all((at["from"]["file"], at["from"]["row"]) in origins for at in told["found"])
        assert told["row"]["source_uuid"] in {row["source_uuid"] for _, _, row in inputs[name]}
        assert told["source"]["dataset"] == "nvidia/Nemotron-Math-v2"
        assert "text" not in told["row"] and told["row"]["meta_domain"] == "math"


def test_columns_of_the_source_win(hubmill, trace, tmp_path):
    (tmp_path / "in").mkdir()
    pq.write_table(pa.table({"id": ["a", "b"], "text": ["x", "y"], "dataset": ["o/n"] * 2,
                             "split": ["low"] * 2, "source_file": ["data/low.jsonl"] * 2,
                             "source_row": [17, 23], "meta_eval_json": ["{}", '{"s":1}']}),
                   tmp_path / "in/a.parquet")
    hubmill("llm", "pools", "--in_dir", "in", "--out_dir", "pools")
    told = trace("pools", "b")
    assert told["source"] == {"dataset": "o/n", "split": "low", "file": "data/low.jsonl",
                              "row": 23, "uuid": None}
    assert told["row"]["meta_eval_json"] == '{"s":1}'


def test_through_a_recipe_and_pools(hubmill, trace, tmp_path):
    draw = random.Random(2)
    rows = [{"id": f"r{i}", "text": "t", "meta_correctness": draw.random()} for i in range(3000)]
    write_jsonl(tmp_path / "rows.jsonl", rows)
    (tmp_path / "r.yaml").write_text(
        "recipe: r\ndatasets:\n  default:\n    source: {jsonl: {path: rows.jsonl}}\n"
        "    stages: [{shuffle: {seed: 1}}]\n    sink: {parquet: {}}\n")
    hubmill("run", "r.yaml", "--out", "norm")
    told = trace("norm", "r1234")  # No index: the column is read.
    assert told["source"]["file"] == "rows.jsonl" and told["source"]["row"] == 1235
    hubmill("llm", "pools", "--in_dir", "norm", "--out_dir", "pools", "--rows_per_shard", 100)
    for number in (0, 7, 1234, 2999):
        told = trace("pools", f"r{number}")
        assert [step["file"] for step in told["lineage"]][-1] == "rows.jsonl"
        assert len(told["lineage"]) == 2 and told["source"]["row"] == number + 1


def test_files_without_a_manifest_and_other_columns(trace, tmp_path):
    (tmp_path / "in").mkdir()
    pq.write_table(pa.table({"key": [f"k{i}" for i in range(500)], "n": range(500)}),
                   tmp_path / "in/a.parquet", row_group_size=50)
    told = trace("in", "k321", "--column", "key")
    assert told["found"] == [{"dataset": "", "file": "a.parquet", "row": 322}]
    assert told["row"] == {"key": "k321", "n": 321} and told["lineage"] == []


def test_what_is_not_there(hubmill, trace, tmp_path):
    shutil.copytree(NORMALIZED, tmp_path / "in")
    hubmill("llm", "pools", "--in_dir", "in", "--out_dir", "pools")
    assert "the id is nowhere: id=nothing" in trace("pools", "nothing", status=3)
    assert "remedy: name a folder" in trace("no-such-folder", "x", status=2)
    (tmp_path / "empty").mkdir()
    assert "no Parquet files" in trace("empty", "x", status=2)


def test_a_damaged_index_is_named(hubmill, trace, tmp_path):
    shutil.copytree(NORMALIZED, tmp_path / "in")
    hubmill("llm", "pools", "--in_dir", "in", "--out_dir", "pools")
    index = tmp_path / "pools/.hubmill/ids/has_correctness_meta.ids"
    whole = index.read_bytes()
    index.write_bytes(whole[:-3])
    message = trace("pools", "x", status=3)
    assert "an index of ids is damaged" in message and index.name in message
    for file in (tmp_path / "pools/.hubmill/ids").glob("*.ids"):
        file.unlink()
    name = rows_of(tmp_path / "pools")[0][2]["id"]
    assert trace("pools", name)["found"]  # As the remedy says.


def test_a_published_set(hubmill, trace, tmp_path):
    """Pools publish as they are; the repository is traced and listed like the folder."""
    shutil.copytree(NORMALIZED, tmp_path / "in")
    hubmill("llm", "pools", "--in_dir", "in", "--out_dir", "pools")
    hubmill("publish", "pools", "--repo", "local/pools", "--hub", "local")
    name = rows_of(tmp_path / "pools")[0][2]["id"]
    assert trace("local/pools", name, "--hub", "local")["found"] == trace("pools", name)["found"]
    hubmill("llm", "inventory", "local/pools", "--hub", "local", "--out", "inventory")
    told = json.loads((tmp_path / "inventory/inventory.json").read_text())["datasets"]["local/pools"]
    facts = json.loads((tmp_path / "pools/pools_manifest.json").read_text())["pools"]
    assert {config: splits["splits"]["train"]["rows"] for config, splits in told["configs"].items()
            } == {pool: counts["rows"] for pool, counts in facts.items() if counts["rows"]}
    assert len(told["revision"]) == 40
