"""Second opinions: what hubmill wrote is read back by pyarrow, DuckDB, polars and `datasets`."""
import csv
import json

import datasets
import duckdb
import polars
import pyarrow
import pyarrow.parquet
import pytest
from conftest import rows_with_everything, write_jsonl

COUNT = 3000


@pytest.fixture
def rows():
    return rows_with_everything(COUNT)


def python_rows(path) -> list[dict]:
    return pyarrow.parquet.read_table(path).to_pylist()


def test_jsonl_to_parquet_reads_back_equal(hubmill, tmp_path, rows):
    write_jsonl(tmp_path / "in.jsonl", rows)
    hubmill("convert", "in.jsonl", "out.parquet")
    path = tmp_path / "out.parquet"
    assert python_rows(path) == rows
    assert polars.read_parquet(path).to_dicts() == rows
    names = ", ".join(f'"{name}"' for name in rows[0])
    found = duckdb.sql(f"SELECT {names} FROM '{path}'").fetchall()
    assert [dict(zip(rows[0], row)) for row in found] == rows
    loaded = datasets.Dataset.from_parquet(str(path), cache_dir=str(tmp_path / "cache"))
    assert loaded.to_list() == rows


def test_parquet_to_jsonl_reads_back_equal(hubmill, tmp_path, rows):
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "in.parquet",
                                row_group_size=700)
    hubmill("convert", "in.parquet", "out.jsonl")
    lines = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == rows
    assert polars.read_ndjson(tmp_path / "out.jsonl").height == COUNT
    assert duckdb.sql(f"SELECT count(*) FROM '{tmp_path}/out.jsonl'").fetchall() == [(COUNT,)]


@pytest.mark.parametrize("suffix", ["jsonl", "jsonl.gz", "jsonl.zst"])
def test_jsonl_survives_compression(hubmill, tmp_path, rows, suffix):
    write_jsonl(tmp_path / "in.jsonl", rows)
    hubmill("convert", "in.jsonl", f"middle.{suffix}")
    hubmill("convert", f"middle.{suffix}", "out.parquet")
    assert python_rows(tmp_path / "out.parquet") == rows
    assert duckdb.sql(f"SELECT count(*) FROM read_json_auto('{tmp_path}/middle.{suffix}')"
                      ).fetchall() == [(COUNT,)]


def test_csv_reads_as_polars_and_duckdb_read_it(hubmill, tmp_path):
    with open(tmp_path / "in.csv", "w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(["id", "text", "number"])
        for number in range(COUNT):
            writer.writerow([f"r{number}", f'a "quoted", text\nof {number}', number])
    hubmill("convert", "in.csv", "out.parquet")
    ours = python_rows(tmp_path / "out.parquet")
    theirs = polars.read_csv(tmp_path / "in.csv").to_dicts()
    assert [{**row, "number": int(row["number"])} for row in ours] == theirs
    assert duckdb.sql(f"SELECT count(*) FROM '{tmp_path}/in.csv'").fetchall() == [(COUNT,)]


def test_standard_input(hubmill, tmp_path, rows):
    text = write_jsonl(tmp_path / "in.jsonl", rows).read_bytes()
    hubmill("convert", "-", "out.parquet", "--from", "jsonl", stdin=text)
    assert python_rows(tmp_path / "out.parquet") == rows
    told = hubmill("convert", "-", "out.parquet", "--from", "jsonl", "--json", stdin=text)
    assert json.loads(told.stdout)["datasets"][0]["bytes_read"] == len(text)
    (tmp_path / "in.jsonl").unlink()
    (tmp_path / "recipe.yaml").write_text("recipe: x\nsource: {stdin: jsonl}\nsink: {parquet: {}}\n")
    hubmill("run", "recipe.yaml", "--out", "out", stdin=text)
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    assert manifest["datasets"][0]["inputs"][0]["size"] == len(text)


RECIPE = """
recipe: peers
datasets:
  typed:
    source:
      jsonl: {path: in.jsonl}
    stages:
      - filter: "text != ''"
      - encode_label: {column: kind, to: label, labels: [alpha, beta, gamma]}
      - split: {method: hash, by: id, ratios: {train: 0.75, test: 0.25}}
    sink:
      parquet: {}
  plain:
    source:
      jsonl: {path: in.jsonl}
    sink:
      parquet: {level: 1}
"""


def test_datasets_loads_an_output_folder(hubmill, tmp_path, rows):
    write_jsonl(tmp_path / "in.jsonl", rows)
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    hubmill("run", "recipe.yaml", "--out", "out")
    typed = datasets.load_dataset(str(tmp_path / "out"), "typed", cache_dir=str(tmp_path / "cache"))
    assert set(typed) == {"train", "test"}
    kept = [row for row in rows if row["text"] != ""]
    assert typed["train"].num_rows + typed["test"].num_rows == len(kept)
    label = typed["train"].features["label"]
    assert isinstance(label, datasets.ClassLabel)
    by_id = {row["id"]: row for row in kept}
    for split in typed.values():
        for row in split:
            expected = by_id.pop(row["id"])
            assert row["meta"] == expected["meta"] and row["turns"] == expected["turns"]
            assert label.names[row["label"]] == expected["kind"]
    assert not by_id
    plain = datasets.load_dataset(str(tmp_path / "out"), "plain", cache_dir=str(tmp_path / "cache"))
    assert plain["train"].to_list() == rows


def test_datasets_loads_a_folder_of_json_lines(hubmill, tmp_path, rows):
    write_jsonl(tmp_path / "in.jsonl", rows)
    (tmp_path / "recipe.yaml").write_text("recipe: lines\nsource: in.jsonl\nsink: jsonl\n")
    hubmill("run", "recipe.yaml", "--out", "out")
    loaded = datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"))
    assert loaded["train"].to_list() == rows


def test_two_formats_in_one_folder_are_noted(hubmill, tmp_path, rows):
    write_jsonl(tmp_path / "in.jsonl", rows)
    (tmp_path / "recipe.yaml").write_text(RECIPE.replace("parquet: {level: 1}", "jsonl: {}"))
    assert b"note: the data sets are written in two formats" in hubmill("run", "recipe.yaml").stderr


def test_the_manifest_tells_the_truth(hubmill, tmp_path, rows):
    import hashlib

    write_jsonl(tmp_path / "in.jsonl", rows)
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    hubmill("run", "recipe.yaml", "--out", "out")
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    text = json.dumps(manifest)
    for file in (tmp_path / "out").rglob("*-of-*"):
        assert hashlib.sha256(file.read_bytes()).hexdigest() in text
        assert str(file.relative_to(tmp_path / "out")) in text
