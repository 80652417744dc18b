"""hubmill llm pools: the original's golden pools, every pool against DuckDB's idea of it, bad inputs."""
import json
import math
import pathlib
import random

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ROOT, tree_bytes

GOLDEN = ROOT / "tests/golden/llm"
INPUTS = {"own_templates_all": "out/own_templates", "plain": "inputs/plain_pool_input",
          **{name: f"out/nodrop/{name}" for name in (
              "nvidia__Nemotron-Agentic-v1", "nvidia__Nemotron-Instruction-Following-Chat-v1",
              "radna0__nemotron-math-v2-harmony-tools")}}
DOCUMENT = {"candidates_missing_correctness_meta": "missing_correctness_meta",
            "candidates_tool_use": "tool_use", "candidates_verified_correct": "high_correctness"}


def rows_of(folder: pathlib.Path) -> list[dict]:
    return [row for file in sorted(folder.glob("*.parquet"))
            for row in pq.read_table(file, partitioning=None).to_pylist()]


def manifest_of(folder: pathlib.Path) -> dict:
    return json.loads((folder / "pools_manifest.json").read_text())


@pytest.fixture
def pools(hubmill, tmp_path):
    def run(in_dir, *more, out="out/pools", status=0):
        done = hubmill("llm", "pools", "--in_dir", in_dir, "--out_dir", out, *more, status=status)
        return tmp_path / out if status == 0 else done.stderr.decode()
    return run


@pytest.mark.parametrize("case", sorted(INPUTS))
def test_compat_equals_the_original(pools, case):
    out = pools(GOLDEN / INPUTS[case], "--compat")
    expected = json.loads((GOLDEN / "pools" / case / "pools_manifest.json").read_text())
    made = manifest_of(out)
    assert made.pop("generated_at")[-5] in "+-" and expected.pop("generated_at")
    assert made.pop("in_dir").endswith(expected.pop("in_dir").split("/", 1)[1])
    assert made == expected
    for pool, facts in expected["pools"].items():
        files = sorted((out / pool).glob("*"))
        assert [file.name for file in files] == [f"{pool}__{n:05}.parquet"
                                                 for n in range(facts["shards"])]
        for file in files:
            golden = GOLDEN / "pools" / f"pools@{case}@{pool}@{file.stem}.jsonl"
            rows = [json.loads(line) for line in golden.read_text().splitlines()]
            assert pq.read_table(file, partitioning=None).to_pylist() == rows


def test_thresholds_and_shards_of_check_19(pools):
    inputs = GOLDEN / "out/own_templates/nvidia__Nemotron-Math-v2"
    out = pools(inputs, "--compat", "--correctness_hi", "1.0", "--correctness_lo", "0.0")
    counts = {name: facts["rows"] for name, facts in manifest_of(out)["pools"].items()}
    assert counts["high_correctness"] == 12 and counts["low_correctness"] == 1
    assert counts["mid_correctness"] == 5 and counts["math_high_verified_correct"] == 1
    assert counts["has_correctness_meta"] == 18 and counts["tool_use"] == 3
    assert not (out / "reasoning_on").exists()
    out = pools(inputs, "--compat", "--rows_per_shard", 4, out="out/small")
    shards = [pq.read_metadata(file).num_rows
              for file in sorted((out / "has_correctness_meta").glob("*"))]
    assert shards == [4, 4, 4, 4, 2]
    assert manifest_of(out)["pools"]["has_correctness_meta"] == {"rows": 18, "shards": 5}


def made_up(folder: pathlib.Path, files: int = 3, rows: int = 2000) -> pathlib.Path:
    """Rows with every case that a condition can meet, in several files."""
    draw = random.Random(3)
    yes = lambda: draw.choice([True, True, True, True, False, None])
    for number in range(files):
        table = [{
            "id": f"{number}-{i}", "text": "word " * draw.randrange(400), "loss_mode": "assistant_all",
            "quality_valid_harmony": yes(), "quality_completion_nonempty": yes(),
            "quality_has_tool": yes(), "quality_valid_tool_schema": yes(),
            "stats_char_len": draw.randrange(60000), "meta_domain": draw.choice(["math", "proof", None]),
            "meta_difficulty_bin": draw.choice(["high", "low", None]),
            "source_used_in": draw.choice([None, [], ["a", None]]),
            "source_reasoning": draw.choice(["on", "off", "On", None]),
            "source_capability_target": draw.choice(["chat", "structured_outputs", "", None]),
            "meta_correctness": draw.choice([None, math.nan, 0.0, .25, .5, .875, 1.0]),
            "meta_correctness_high": draw.choice([None, .875, .5]),
        } for i in range(rows)]
        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(table), folder / f"part-{number}.parquet",
                       row_group_size=700)
    return folder


BASE = ("quality_valid_harmony and quality_completion_nonempty and quality_valid_tool_schema and "
        "not isnan(coalesce({0}, 0)) and ")
WHERE = {"tool_use": "quality_has_tool", "missing_correctness_meta": "meta_correctness is null",
         "high_correctness": "meta_correctness >= .875", "low_correctness": "meta_correctness <= .25",
         "mid_correctness": "meta_correctness > .25 and meta_correctness < .875",
         "math_high_verified_correct": "meta_domain = 'math' and meta_difficulty_bin = 'high' and "
                                       "meta_correctness_high >= .875",
         "reasoning_on": "source_reasoning = 'on'", "reasoning_off": "source_reasoning = 'off'",
         "capability_chat": "source_capability_target = 'chat'",
         "capability_structured_outputs": "source_capability_target = 'structured_outputs'",
         "candidates_long_context": "stats_char_len >= 4 * 8192"}


def test_every_pool_is_what_duckdb_selects(pools, tmp_path):
    folder = made_up(tmp_path / "in")
    out = pools("in")
    facts = manifest_of(out)
    selected = {}
    for pool, where in WHERE.items():
        # DuckDB orders NaN above all numbers; here a comparison with NaN is false.
        numbers = "meta_correctness" if "meta_correctness " in where and "null" not in where else "0.0"
        query = (f"select id from read_parquet('{folder}/*.parquet') where " +
                 BASE.format(numbers) + where)
        selected[pool] = [row[0] for row in duckdb.sql(query).fetchall()]
        assert [row["id"] for row in rows_of(out / pool)] == selected[pool] != []
        assert facts["pools"][pool]["rows"] == len(selected[pool])
    for pool, same in DOCUMENT.items():
        assert tree_bytes(out / pool) == tree_bytes(out / same)
        selected[pool] = selected[same]
    for a in sorted(selected):
        for b in sorted(selected):
            both = len(set(selected[a]) & set(selected[b]))
            assert a >= b or facts["overlaps"].get(a, {}).get(b, 0) == both
    assert facts["thresholds"] == {"correctness_hi": .875, "correctness_lo": .25,
                                   "long_context_tokens": 8192}
    for dataset in json.loads((out / "manifest.json").read_text())["datasets"]:
        for stage in dataset["stages"]:
            assert stage["rows_in"] == stage["rows_out"] + sum(stage["dropped"].values())


def test_rows_are_copied_unchanged(pools, tmp_path):
    folder = made_up(tmp_path / "in", files=1, rows=300)
    by_id = {row["id"]: row for row in rows_of(folder)}
    out = pools("in")
    for pool in ("tool_use", "high_correctness"):
        for row in rows_of(out / pool):
            assert repr(row) == repr(by_id[row["id"]])
    assert pq.read_schema(next((out / "tool_use").glob("*"))).names == list(by_id["0-0"])


def test_same_bytes_at_any_threads(pools, tmp_path):
    made_up(tmp_path / "in", rows=9000)
    options = ["--rows_per_shard", 1500]
    first = tree_bytes(pools("in", *options, "--threads", 1, out="out/1"))
    assert len(first) > 40
    for threads in (2, 8):
        assert tree_bytes(pools("in", *options, "--threads", threads, out="out/n")) == first


def test_row_groups_are_full(pools, tmp_path):
    """A sparse pool of an input with tiny row groups has large ones."""
    made_up(tmp_path / "in", rows=9000)
    out = pools("in")
    meta = pq.read_metadata(next((out / "math_high_verified_correct").glob("*")))
    assert meta.num_row_groups == 1 and meta.num_rows > 200


def test_columns_that_only_some_files_have(pools, tmp_path):
    made_up(tmp_path / "in", files=1)
    pq.write_table(pa.table({"id": ["x"], "text": ["y"], "new": [5]}), tmp_path / "in/z.parquet")
    rows = rows_of(pools("in", "--pools", write_pools(tmp_path, "  - {name: whole, where: 'true'}")))
    assert rows == []
    rows = rows_of(tmp_path / "out/pools/whole")
    assert rows[-1]["id"] == "x" and rows[-1]["new"] == 5 and rows[-1]["meta_domain"] is None
    assert rows[0]["new"] is None and len(rows) == 2001
    compat = pools("in", "--compat", out="out/compat")  # As the original: the first file's columns.
    assert "new" not in pq.read_schema(next((compat / "tool_use").glob("*"))).names


def write_pools(tmp_path, text: str) -> pathlib.Path:
    (tmp_path / "pools.yaml").write_text("pools:\n" + text + "\n")
    return tmp_path / "pools.yaml"


def test_pools_of_ones_own(pools, hubmill, tmp_path):
    made_up(tmp_path / "in")
    shipped = hubmill("llm", "pools", "--print-pools").stdout.decode()
    (tmp_path / "mine.yaml").write_text(shipped)
    theirs = tree_bytes(pools("in"))
    assert tree_bytes(pools("in", "--pools", "mine.yaml", out="out/own")) == theirs
    out = pools("in", "--pools", write_pools(
        tmp_path, "  - name: few\n    where: stats_char_len < {long_context_tokens}\n    limit: 7"))
    selected = duckdb.sql(f"select id from read_parquet('{tmp_path}/in/*.parquet') "
                          "where stats_char_len < 8192 limit 7").fetchall()
    assert [row["id"] for row in rows_of(out / "few")] == [row[0] for row in selected]
    stages = json.loads((out / "manifest.json").read_text())["datasets"][0]["stages"]
    assert stages[1]["dropped"]["limit"] > 0


def test_order_by_chooses_the_rows_of_a_limit(pools, tmp_path):
    made_up(tmp_path / "in")
    rules = ("  - {name: longest, where: quality_has_tool, limit: 50, order_by: -stats_char_len}\n"
             "  - {name: lowest, where: 'true', limit: 700, order_by: meta_correctness}\n"
             "  - {name: every, where: quality_has_tool, limit: 100000, order_by: stats_char_len}")
    out = pools("in", "--pools", write_pools(tmp_path, rules))
    rows = [row for file in sorted((tmp_path / "in").glob("*.parquet"))
            for row in pq.read_table(file).to_pylist()]
    has_tool = [row for row in rows if row["quality_has_tool"]]
    longest = sorted(has_tool, key=lambda row: -row["stats_char_len"])[:50]
    assert [row["id"] for row in rows_of(out / "longest")] == [
        row["id"] for row in has_tool if row in longest]  # In the input's order.
    value = lambda row: (math.inf if row["meta_correctness"] is None or
                         math.isnan(row["meta_correctness"]) else row["meta_correctness"])
    lowest = {row["id"] for row in sorted(rows, key=value)[:700]}
    assert [row["id"] for row in rows_of(out / "lowest")] == [
        row["id"] for row in rows if row["id"] in lowest]
    assert len(rows_of(out / "every")) == len(has_tool)
    facts = manifest_of(out)["pools"]
    assert facts["longest"]["rows"] == 50 and facts["lowest"]["rows"] == 700
    first = tree_bytes(out)
    assert tree_bytes(pools("in", "--pools", "pools.yaml", "--threads", 1, out="out/one")) == first
    for column, said in (("nope", "nope"), ("text", "a column of numbers")):
        rule = f"  - {{name: a, where: 'true', limit: 5, order_by: {column}}}"
        assert said in pools("in", "--pools", write_pools(tmp_path, rule), status=3)


@pytest.mark.parametrize("text,said", [
    ("  - {name: a, where: nope >=}", "expression is wrong"),
    ("  - {name: a, wher: x}", "did you mean where"),
    ("  - {name: a/b, where: x}", "not a split name"),
    ("  - {name: a, where: x}\n  - {name: a, where: y}", "two pools have one name"),
    ("  - {name: a}", "no condition"),
    ("  - {name: a, where: 'x > {hi}'}", "unknown placeholder"),
    ("  - {name: a, where: x, limit: many}", "limit is no number"),
    ("  - just text", "a pool is a map"),
    ("  - {name: a, where: x, sort: y}", "no such key: key=sort"),
    ("  - {name: a, where: x, order_by: y}", "order_by chooses the rows of a limit"),
    ("", "expected the lists"),
])
def test_a_wrong_file_of_pools_is_refused(pools, tmp_path, text, said):
    made_up(tmp_path / "in", files=1, rows=5)
    message = pools("in", "--pools", write_pools(tmp_path, text), status=2)
    assert said in message and "pools.yaml:" in message


def test_a_dry_run_counts_and_writes_nothing(pools, hubmill, tmp_path):
    made_up(tmp_path / "in")
    facts = manifest_of(pools("in"))
    done = hubmill("llm", "pools", "--in-dir", "in", "--out-dir", "out/dry", "--dry-run")
    counted = {line.split()[0]: int(line.split()[1].replace(",", ""))
               for line in done.stdout.decode().splitlines() if " where " in line}
    assert counted == {name: pool["rows"] for name, pool in facts["pools"].items()}
    assert not (tmp_path / "out/dry").exists()


@pytest.mark.parametrize("in_dir,out", [("in", "in/pools"), ("in", "in"), ("in/sub", "in"),
                                        ("in/../in", "in/x/../pools")])
def test_output_among_the_input_is_refused(pools, tmp_path, in_dir, out):
    made_up(tmp_path / "in/sub", files=1, rows=5)
    before = tree_bytes(tmp_path)
    assert "remedy: name an --out_dir beside" in pools(in_dir, out=out, status=2)
    assert tree_bytes(tmp_path) == before


def test_a_second_run_replaces_the_first_and_nothing_else(pools, tmp_path):
    made_up(tmp_path / "in", files=1, rows=50)
    first = tree_bytes(pools("in", "--compat"))
    (tmp_path / "in/part-0.parquet").unlink()
    made_up(tmp_path / "in", files=1, rows=20)
    assert tree_bytes(pools("in")) != first
    assert "tool_use/tool_use__00000.parquet" not in tree_bytes(tmp_path / "out/pools")
    (tmp_path / "out/pools/mine.txt").write_text("x")
    assert "mine.txt" in pools("in", status=2)


def test_bad_inputs(pools, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    assert "holds no input file" in pools("in", status=2)
    pq.write_table(pa.table({"meta_correctness": ["0.5"]}), folder / "a.parquet")
    message = pools("in", status=3)
    assert "pool high_correctness" in message and "string" in message
    pq.write_table(pa.table({"quality_valid_harmony": [1]}), folder / "a.parquet")
    assert "base of the pools" in pools("in", status=3)
    pq.write_table(pa.table({"id": ["a"]}), folder / "a.parquet")
    pq.write_table(pa.table({"id": [1]}), folder / "b.parquet")
    assert "a column has two types: column=id" in pools("in", status=3)
    (folder / "b.parquet").write_bytes(b"PAR1 no")
    assert "b.parquet" in pools("in", status=3)
    assert not (tmp_path / "out").exists() or list((tmp_path / "out").iterdir()) == []


def test_rows_of_evaluation_sets_and_repeats_are_in_no_pool(pools, hubmill, tmp_path):
    question = "How many clips did the girl sell altogether in April and in May?"
    texts = ["one", "two " + question, "one", "three", "two " + question, "one"]
    for name, rows in (("a", texts[:3]), ("b", texts[3:])):
        (tmp_path / "in").mkdir(exist_ok=True)
        pq.write_table(pa.table({"id": [f"{name}{i}" for i in range(3)], "text": rows,
                                 "meta_correctness": [1.0, .5, .25]}), tmp_path / f"in/{name}.parquet")
    (tmp_path / "eval.jsonl").write_text(json.dumps({"question": question}) + "\n")
    every = write_pools(tmp_path, "  - {name: every, where: 'true'}\n  - {name: top, where: 'true', "
                        "limit: 1, order_by: meta_correctness}")
    for options, left, top, dropped in (
            ([], ["a0", "a1", "a2", "b0", "b1", "b2"], ["a2"], None),
            (["--dedup"], ["a0", "a1", "b0"], ["a1"], {"duplicate": 3}),
            (["--decontaminate", "eval.jsonl"], ["a0", "a2", "b0", "b2"], ["a2"], {"contaminated": 2}),
            (["--decontaminate", "eval.jsonl=question", "--dedup"], ["a0", "b0"], ["a0"],
             {"contaminated": 2, "duplicate": 2})):
        out = pools("in", "--pools", every, *options)
        assert [row["id"] for row in rows_of(out / "every")] == left
        assert [row["id"] for row in rows_of(out / "top")] == top
        facts = manifest_of(out)
        assert facts["rows_in"] == 6 and facts.get("dropped") == dropped
        for dataset in json.loads((out / "manifest.json").read_text())["datasets"]:
            assert dataset["rows_read"] == 6
            for stage in dataset["stages"]:
                assert stage["rows_in"] == stage["rows_out"] + sum(stage["dropped"].values())
        told = json.loads(hubmill("trace", out, left[-1]).stdout)
        assert told["found"][0]["from"] == {"file": f"in/{left[-1][0]}.parquet",
                                            "row": int(left[-1][1]) + 1}
        counted = hubmill("llm", "pools", "--in_dir", "in", "--dry-run", "--pools", every, *options)
        assert f"every  {len(left)} rows" in counted.stdout.decode()
    pools("in", "--dedup", "--rejects", "rejects")
    found = [json.loads(line) for line in (tmp_path / "rejects/rejects.jsonl").open()]
    assert [(reject["file"], reject["row"], reject["reason"]) for reject in found] == [
        ("in/a.parquet", 3, "duplicate"), ("in/b.parquet", 2, "duplicate"),
        ("in/b.parquet", 3, "duplicate")]
    assert "in the output folder" in pools("in", "--rejects", "out/pools/x", status=2)
    assert "none.jsonl" in pools("in", "--decontaminate", "none.jsonl", out="out/x", status=2)


@pytest.mark.parametrize("compat", [[], ["--compat"]])
def test_no_manifest_tells_where_the_input_lies(hubmill, tmp_path, compat):
    """Whether it is beside the output, elsewhere, or reached by a relative path."""
    made_up(tmp_path / "far/away/set", files=1, rows=50)
    made_up(tmp_path / "near/set", files=1, rows=50)
    ways = [(tmp_path / "far/away/set", "."), ("far/away/set", "far/away/set"),
            (tmp_path / "far/away/set/part-0.parquet", "part-0.parquet"),
            (tmp_path / "far/away/*/part-0.parquet", "part-0.parquet"),
            (tmp_path / "near/set", "set"), ("far/../near/set", "set")]
    for in_dir, name in ways[:1] if compat else ways:
        hubmill("llm", "pools", "--in_dir", in_dir, "--out_dir", "near/pools", *compat)
        out = tmp_path / "near/pools"
        told = json.loads((out / "manifest.json").read_text())["datasets"][0]["inputs"][0]["name"]
        assert told == {"set": "set/part-0.parquet", "far/away/set": "far/away/set/part-0.parquet"}.get(
            name, "part-0.parquet")
        for file in out.rglob("*.json"):
            if not compat or file.name != "pools_manifest.json":  # The original's has it as given.
                assert str(tmp_path) not in file.read_text()
        if not compat:
            assert manifest_of(out)["in_dir"] == name


def test_empty_input(pools, tmp_path):
    schema = pa.schema([("id", pa.string()), ("meta_correctness", pa.float64())])
    (tmp_path / "in").mkdir()
    pq.write_table(schema.empty_table(), tmp_path / "in/a.parquet")
    out = pools("in")
    assert {facts["rows"] for facts in manifest_of(out)["pools"].values()} == {0}
    assert set(tree_bytes(out)) == {"README.md", "licenses.json", "manifest.json",
                                    "pools_manifest.json"}


def test_flipped_bytes_are_an_error_or_change_nothing_unseen(pools, tmp_path):
    folder = made_up(tmp_path / "in", files=1, rows=400)
    file = folder / "part-0.parquet"
    pq.write_table(pq.read_table(file), file, write_page_checksum=True)
    whole = file.read_bytes()
    draw = random.Random(5)
    for _ in range(12):
        at = draw.randrange(4, len(whole) // 2)
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1:])
        message = pools("in", status=3)
        assert "part-0.parquet" in message and "remedy" in message
        assert not (tmp_path / "out/pools").exists()
