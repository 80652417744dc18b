"""Names of classes that only the card tells (README.md's dataset_info), beside `datasets`, which reads the same card."""
import collections
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from served_jobs import Served

datasets = pytest.importorskip("datasets")

LABELS = [0, 2, 2, None, 1, -1, 0]
NAMES = ["neg", "\u201cso\u201d: so", "yes"]
CARD = """---
configs:
- config_name: named
  default: true
  data_files: data/*
dataset_info:
- config_name: named
  features:
  - name: label
    dtype:
      class_label:
        names:
          '0': neg
          '1': '\u201cso\u201d: so'
          '2': "yes"
  - name: text
    dtype: string
---
# Named
"""


def write(folder, kind, rows):
    (folder / "data").mkdir(parents=True)
    path = folder / f"data/train.{kind}"
    if kind == "parquet":
        pq.write_table(pa.Table.from_pylist(rows, pa.schema({"label": pa.int64(), "text": pa.string()})), path)
    elif kind == "csv":
        path.write_text("label,text\n" + "".join(f"{'' if r['label'] is None else r['label']},{r['text']}\n" for r in rows))
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.fixture(params=["parquet", "jsonl", "csv"])
def kind(request):
    return request.param


def shown_names(hubmill, *arguments):
    """What stands behind the number of each row."""
    lines = hubmill("show", *arguments, "--columns", "label").stdout.decode().splitlines()[1:-1]
    return [line.split(maxsplit=2)[2:] for line in lines if line.strip()]


def test_the_card_names_classes_as_datasets_reads_it(hubmill, tmp_path, kind):
    rows = [{"label": label, "text": f"t{i}"} for i, label in enumerate(LABELS)]
    write(tmp_path / "sets/named", kind, rows)
    (tmp_path / "sets/named/README.md").write_text(CARD)
    theirs = datasets.load_dataset(str(tmp_path / "sets/named"), split="train", cache_dir=str(tmp_path / "cache"))
    feature = theirs.features["label"]
    assert feature.names == NAMES and theirs["label"] == LABELS
    told = [[] if n is None or n < 0 else [feature.int2str(n)] for n in theirs["label"]]
    assert shown_names(hubmill, "sets/named") == told

    counts = collections.Counter(feature.int2str(n) for n in theirs["label"] if n is not None and n >= 0)
    (column,) = json.loads(hubmill("stats", "sets/named", "--columns", "label", "--json").stdout)["statistics"]
    assert column["column_type"] == "class_label"
    assert column["column_statistics"]["frequencies"] == counts and column["column_statistics"]["no_label_count"] == 1

    with Served(tmp_path, "--data", "sets") as served:
        columns = served("GET", "/api/v1/data/rows?set=folder/named&columns=[%22label%22]").json()["columns"]
        assert columns[0]["shape"] == "class" and columns[0]["feature"] == {"names": NAMES, "_type": "ClassLabel"}


def test_drift_knows_the_classes(hubmill, tmp_path):
    for name, labels in (("old", [0, 0, 1, 1]), ("new", [0, 1, 1, 1])):
        write(tmp_path / name, "jsonl", [{"label": label, "text": "t"} for label in labels])
        (tmp_path / name / "README.md").write_text(CARD)
    (drift,) = json.loads(hubmill("stats", "new", "--against", "old", "--json").stdout)["splits"]
    column = next(c for c in drift["columns"] if c["column_name"] == "label")
    assert column["column_type"] == "class_label" and column["distance"] == 0.25


@pytest.mark.parametrize("wrong", [
    CARD.replace("'1':", "'5':"), CARD.replace("neg", "[neg]"), CARD.replace("neg", '"yes"'),
    CARD.replace("name: label", "name: other"), CARD.replace("config_name: named\n  features", "config_name: x\n  features"),
    CARD.replace("class_label:", "class_label: [").replace("- name: text", "- name: [text")])
def test_a_wrong_card_names_nothing(hubmill, tmp_path, wrong):
    write(tmp_path / "set", "jsonl", [{"label": 1, "text": "t"}])
    (tmp_path / "set/README.md").write_text(wrong)
    assert shown_names(hubmill, "set/data/train.jsonl") == [[]]
    assert all("so" not in " ".join(names) for names in shown_names(hubmill, "set"))
