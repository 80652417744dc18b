"""hubmill llm inventory: rows, columns, nulls and coverage against what Python counts."""
import gzip
import json
import os
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ROOT, SHARED, rows_with_everything, tree_bytes, write_jsonl

NAMES = {bool: "bool", int: "int", float: "float", str: "string", list: "list", dict: "object"}


def counted(lines: list[str]) -> dict:
    """The inventory's rules, in Python."""
    out = {"rows": 0, "bad_lines": 0, "columns": {}}

    def walk(row, prefix):
        for key, value in row.items():
            column = out["columns"].setdefault(prefix + key, {"types": {}, "present": 0, "null": 0})
            column["present"] += 1
            if value is None:
                column["null"] += 1
                continue
            name = NAMES[type(value)]
            column["types"][name] = column["types"].get(name, 0) + 1
            if isinstance(value, dict):
                walk(value, prefix + key + ".")
    for line in lines:
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if not isinstance(row, dict):
            out["bad_lines"] += 1
            continue
        out["rows"] += 1
        walk(row, "")
    return out


@pytest.fixture
def inventory(hubmill, tmp_path):
    def run(*inputs, out="out/inventory", status=0, more=()):
        done = hubmill("llm", "inventory", *inputs, "--out", out, *more, status=status)
        if status:
            return done.stderr.decode()
        return json.loads((tmp_path / out / "inventory.json").read_text())["datasets"]
    return run


def coverage_of(tmp_path, out="out/inventory") -> dict:
    rows = json.loads((tmp_path / out / "metadata_coverage.json").read_text())["splits"]
    return {(row["dataset"], row["split"]): row for row in rows}


RAW = [json.dumps({"uuid": "a", "messages": [{"role": "user"}], "license": "cc-by-4.0", "tools": [],
                   "metadata": {"reason_low_no_tool": {"accuracy": .5, "count": 8}}}),
       json.dumps({"uuid": None, "messages": "text", "tools": [{"f": 1}], "reasoning": "on",
                   "metadata": {"reason_low_no_tool": {"count": 8}}}),
       "", "not json", "[1]", '{"x": NaN, "y": 123456789012345678901234567890}', '{"text": "żółć"}']


def test_json_lines_exactly(inventory, tmp_path):
    folder = tmp_path / "set/data"
    folder.mkdir(parents=True)
    (folder / "low.jsonl").write_text("\n".join(RAW), encoding="utf-8")
    rows = [json.dumps(row) for row in rows_with_everything(4000)]
    (folder / "high.part_01.jsonl").write_text("\n".join(rows) + "\n")
    with gzip.open(folder / "zipped.jsonl.gz", "wt") as file:
        file.write("\n".join(rows[:100]))
    splits = inventory("set")["set"]["configs"]["default"]["splits"]
    for split, lines in {"low": RAW, "high_part01": rows, "zipped": rows[:100]}.items():
        files = splits[split].pop("files")
        assert [os.path.getsize(tmp_path / file["path"]) for file in files] == [files[0]["bytes"]]
        assert splits[split] == counted(lines)
    low = coverage_of(tmp_path)["set", "low"]
    assert low["correctness"] == .25 and low["tools"] == .25 and low["licence"] == .25
    assert low["uuid"] == .25 and low["reasoning"] == .25 and low["difficulty"] == 1
    assert low["settings"] == {"reason_low_no_tool": .25}
    assert coverage_of(tmp_path)["set", "zipped"]["difficulty"] == 0
    assert "| set | default | low | 4 | 25.0 % | 100.0 % |" in (
        tmp_path / "out/inventory/metadata_coverage.md").read_text()


def test_parquet_by_footers_and_where_they_say_nothing(inventory, tmp_path):
    draw = random.Random(1)
    table = pa.table({
        "text": pa.array([None if draw.random() < .2 else "x" * 200 for _ in range(999)]),
        "meta_correctness": pa.array([None if draw.random() < .3 else .5 for _ in range(999)]),
        "source_tools_count": pa.array([draw.choice([None, 0, 2]) for _ in range(999)]),
        "tags": pa.array([draw.choice([None, [], ["a", None]]) for _ in range(999)]),
        "meta": pa.array([draw.choice([None, {"a": None}, {"a": 1}]) for _ in range(999)])})
    (tmp_path / "in").mkdir()
    for number, statistics in enumerate((True, False)):
        pq.write_table(table, tmp_path / f"in/low-0000{number}-of-00002.parquet",
                       write_statistics=statistics, row_group_size=100)
    low = inventory("in")["in"]["configs"]["default"]["splits"]["low"]
    assert low["rows"] == 2 * 999 and len(low["files"]) == 2 and low["bad_lines"] == 0
    for name in table.column_names:
        nulls = table[name].null_count
        assert low["columns"][name]["null"] == 2 * nulls, name
        assert low["columns"][name]["types"] == {str(table[name].type).replace("element", "item"):
                                                 2 * (999 - nulls)} or name in ("tags", "meta")
    shares = coverage_of(tmp_path)["in", "low"]
    tools = sum(value is not None and value > 0 for value in table["source_tools_count"].to_pylist())
    assert shares["tools"] == pytest.approx(tools / 999)
    assert shares["correctness"] == pytest.approx(1 - table["meta_correctness"].null_count / 999)


def test_several_data_sets_and_cards(inventory, hubmill, tmp_path):
    (tmp_path / "all/nvidia/A/data").mkdir(parents=True)
    write_jsonl(tmp_path / "all/nvidia/A/data/low.jsonl", [{"a": 1}])
    (tmp_path / "all/nvidia/A/data/hidden.txt").write_text("x")
    (tmp_path / "all/carded/rows").mkdir(parents=True)
    pq.write_table(pa.table({"a": [1, 2]}), tmp_path / "all/carded/rows/x.parquet")
    (tmp_path / "all/carded/README.md").write_text(
        "---\nconfigs:\n- config_name: chat\n  data_files:\n  - split: dev\n    path: rows/*.parquet\n"
        "---\n")
    found = inventory("all")
    assert set(found) == {"nvidia/A", "carded"}
    assert found["carded"]["configs"]["chat"]["splits"]["dev"]["rows"] == 2
    assert found["nvidia/A"]["configs"]["default"]["splits"]["low"]["rows"] == 1
    hubmill("llm", "pools", "--in_dir", ROOT / "samples/llm/normalized", "--out_dir", "out/pools")
    configs = inventory("out/pools")["pools"]["configs"]
    facts = json.loads((tmp_path / "out/pools/pools_manifest.json").read_text())["pools"]
    assert {name: config["splits"]["train"]["rows"] for name, config in configs.items()} == {
        name: pool["rows"] for name, pool in facts.items() if pool["rows"]}


def test_same_bytes_at_any_threads(inventory, tmp_path):
    (tmp_path / "in").mkdir()
    for number in range(3):
        write_jsonl(tmp_path / f"in/s{number}.jsonl", rows_with_everything(9000, seed=number))
    inventory("in", more=["--threads", 1])
    first = tree_bytes(tmp_path / "out/inventory")
    inventory("in", more=["--threads", 8])
    assert tree_bytes(tmp_path / "out/inventory") == first


def test_many_fields_are_bounded(inventory, tmp_path):
    (tmp_path / "in").mkdir()
    write_jsonl(tmp_path / "in/a.jsonl", [{f"k{n}-{i}": 1 for i in range(100)} for n in range(100)])
    columns = inventory("in")["in"]["configs"]["default"]["splits"]["a"]["columns"]
    assert len(columns) == 4097 and sum(c["present"] for c in columns.values()) == 10_000
    assert columns["(others)"]["present"] == 10_000 - 4096


def test_bad_inputs(inventory, tmp_path):
    assert "remedy: name a folder" in inventory("nothing", status=2)
    (tmp_path / "in").mkdir()
    assert "no data files" in inventory("in", status=2)
    (tmp_path / "in/a.parquet").write_bytes(b"PAR1 nothing")
    message = inventory("in", status=3)
    assert "a.parquet" in message and "remedy" in message
    assert not (tmp_path / "out/inventory").exists()


def test_golden_inputs_of_the_original(inventory):
    inputs = SHARED / "golden/llm/inputs"
    if not inputs.exists():
        pytest.skip("needs shared/")
    found = inventory(inputs)
    low = found["nvidia/Nemotron-Math-v2"]["configs"]["default"]["splits"]["low"]
    assert (low["rows"], low["bad_lines"]) == (22, 4)  # Check 16: 26 lines.
