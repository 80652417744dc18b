"""The same bytes with 1, 2 and 8 threads and batches of 1, 7 and 8192 rows."""
import itertools

import pytest
from conftest import ROOT, rows_with_everything, tree_bytes, write_jsonl

RECIPE = """
recipe: same
datasets:
  one:
    source:
      jsonl: {path: in.jsonl}
    stages:
      - clean_text: text
      - dedup_exact: [text, count]
      - encode_label: {column: kind, to: label, labels: [alpha, beta, gamma]}
      - shuffle: {}
      - split: {method: stratified, by: label, ratios: {train: 0.7, test: 0.3}}
    sink:
      parquet: {}
  two:
    source:
      jsonl: {path: in.jsonl}
    stages:
      - filter: "good is not null"
      - stats: {}
      - dedup_near: {column: text, ngram: 2, rows: 4, action: mark, id: text}
      - sort: [count, id]
    sink:
      jsonl: {}
"""
SETTINGS = list(itertools.product([1, 2, 8], [1, 7, 8192]))


def runs_of(hubmill, tmp_path, recipe, *options):
    results = {}
    for threads, batch_rows in SETTINGS:
        out = tmp_path / f"out-{threads}-{batch_rows}"
        hubmill("run", recipe, "--out", out, "--threads", threads, "--batch-rows", batch_rows,
                *options)
        results[threads, batch_rows] = tree_bytes(out)
    return results


def assert_all_equal(results):
    first = results[SETTINGS[0]]
    assert first
    for setting, result in results.items():
        assert set(result) == set(first), setting
        for name, content in result.items():
            assert content == first[name], f"{name} differs at (threads, batch rows) = {setting}"


def test_generated_rows(hubmill, tmp_path):
    write_jsonl(tmp_path / "in.jsonl", rows_with_everything(6000))
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    assert_all_equal(runs_of(hubmill, tmp_path, "recipe.yaml"))


def test_the_sample(hubmill, tmp_path):
    assert_all_equal(runs_of(hubmill, tmp_path, "sample", "--set", f"data={ROOT / 'samples'}"))


@pytest.mark.parametrize("name", ["out.parquet", "out.jsonl", "out.jsonl.zst"])
def test_convert(hubmill, tmp_path, name):
    write_jsonl(tmp_path / "in.jsonl", rows_with_everything(6000))
    seen = set()
    for threads, batch_rows in SETTINGS:
        hubmill("convert", "in.jsonl", name, "--clean", "text", "--threads", threads,
                "--batch-rows", batch_rows)
        seen.add((tmp_path / name).read_bytes())
    assert len(seen) == 1
