"""hubmill dedup: folders of shards, and text columns of every layout that Parquet files have."""
import json
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import tree_bytes, write_jsonl

DRAW = random.Random(4)
ROWS = [{"id": i, "text": " ".join(f"w{DRAW.randrange(900)}" for _ in range(60)), "tag": "ab"[i % 2]} for i in range(20_000)]
ROWS += ROWS[::7]


def lines_of(folder, split="train", end="jsonl"):
    files = sorted((folder / "data").glob(f"{split}-*.{end}"))
    total = f"{len(files):05}"
    assert [file.name for file in files] == [f"{split}-{i:05}-of-{total}.{end}" for i in range(len(files))]
    return files


def test_a_folder_of_shards(hubmill):
    source = write_jsonl(hubmill.cwd / "in.jsonl", ROWS)
    hubmill("dedup", source, "--out", "one.jsonl")
    whole = (hubmill.cwd / "one.jsonl").read_bytes()
    answers = set()
    for threads in (1, 8):
        done = hubmill("dedup", source, "--out", "out/", "--shard-bytes", "3MiB", "--threads", threads, "--json")
        folder = hubmill.cwd / "out"
        files = lines_of(folder)
        assert len(files) > 1 and b"".join(file.read_bytes() for file in files) == whole
        answers.add(str(sorted(tree_bytes(folder).items())))
    assert len(answers) == 1
    assert json.loads(done.stdout)["datasets"][0]["rows_written"] == 20_000
    manifest = json.loads((folder / "manifest.json").read_text())
    assert [file["path"] for file in manifest["datasets"][0]["files"]] == [f"data/{file.name}" for file in files]
    assert manifest["parameters"] == {"method": "exact", "text": "text", "keep": "first"}
    assert pq.read_table(folder / ".hubmill/lineage/default.parquet").to_pylist() == [
        {"split": "train", "row": 0, "file": 0, "source_row": 1, "rows": 20_000}]


@pytest.mark.parametrize("name", ["out/", "out", "deep/er/out"])
def test_names_of_folders_and_formats(hubmill, name):
    source = write_jsonl(hubmill.cwd / "in.jsonl", ROWS[:300])
    hubmill("convert", source, "in.parquet")
    ids = [row["id"] for row in ROWS[:300]]
    for given, arguments, end in ((source, (), "jsonl"), (source, ("--format", "parquet"), "parquet"), ("in.parquet", (), "parquet"),
                                  ("in.parquet", ("--format", "jsonl.zst"), "jsonl.zst"), (source, ("--format", "jsonl.gz"), "jsonl.gz")):
        hubmill("dedup", given, "--out", name, *arguments)  # It replaces what was there.
        folder = hubmill.cwd / name
        assert len(lines_of(folder, end=end)) == 1
        hubmill("convert", lines_of(folder, end=end)[0], "back.jsonl")
        assert [json.loads(line)["id"] for line in (hubmill.cwd / "back.jsonl").read_text().splitlines()] == ids
        assert not (hubmill.cwd / "out.jsonl").exists()


def test_the_library_reads_the_folder(hubmill):
    datasets = pytest.importorskip("datasets")
    (hubmill.cwd / "in").mkdir()
    write_jsonl(hubmill.cwd / "in" / "train.jsonl", ROWS[:200])
    write_jsonl(hubmill.cwd / "in" / "test.jsonl", ROWS[150:260])
    for arguments in ((), ("--format", "parquet"), ("--method", "paragraph")):
        hubmill("dedup", "in", "--out", "out/", *arguments)
        loaded = datasets.load_dataset(str(hubmill.cwd / "out"), cache_dir=str(hubmill.cwd / "cache"))
        assert {split: len(loaded[split]) for split in loaded} == {"train": 260}  # As `convert` has it.
        assert set(loaded["train"].column_names) == {"id", "text", "tag"}


def test_what_is_refused_of_folders(hubmill):
    source = write_jsonl(hubmill.cwd / "in.jsonl", ROWS[:10])

    def refused(status, said, *arguments):
        done = hubmill("dedup", *arguments, status=status)
        assert said in done.stderr.decode(), done.stderr.decode()

    (hubmill.cwd / "mine").mkdir()
    (hubmill.cwd / "mine" / "thesis.txt").write_text("x")
    refused(2, "mine", source, "--out", "mine/")
    assert (hubmill.cwd / "mine" / "thesis.txt").exists()
    refused(2, "--shard-bytes cuts a folder's files", source, "--out", "o.jsonl", "--shard-bytes", "1MiB")
    refused(2, "its format differ", source, "--out", "o.jsonl", "--format", "parquet")
    refused(2, "lies in the output folder", source, "--out", "out/", "--clusters", "out/c.parquet")
    hubmill("dedup", source, "--out", "out/")
    before = tree_bytes(hubmill.cwd / "out")
    refused(2, "the output is also an input", "out/data/*.jsonl", "--out", "out/")
    refused(2, "the output is also an input", "out", "--out", "./out")
    hubmill("dedup", source, "--out", "out/", "--dry-run", "--format", "parquet")
    refused(3, "column=txet", source, "--out", "out/", "--text", "txet")
    assert tree_bytes(hubmill.cwd / "out") == before
    assert sorted(file.name for file in hubmill.cwd.iterdir() if not file.name.startswith(".cache")) == ["in.jsonl", "mine", "out"]


LAYOUTS = {"string": pa.string(), "large_string": pa.large_string(), "string_view": pa.string_view(),
           "dictionary": pa.dictionary(pa.int32(), pa.string()), "short dictionary": pa.dictionary(pa.int8(), pa.string())}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("method", ["exact", "near", "near verified", "paragraph", "overlap"])
def test_text_columns_of_every_layout(hubmill, layout, method):
    texts = ["one two three four five six", None, "a b c d e f\n\ng h", "one two three four five six", "", None, "a b c d e f"]
    ids = list(range(len(texts)))
    write_jsonl(hubmill.cwd / "plain.jsonl", [{"id": i, "text": text} for i, text in zip(ids, texts)])
    other = write_jsonl(hubmill.cwd / "other.jsonl", [{"text": "x a b c d e f y"}])
    column = pa.array(texts, pa.string())
    if pa.types.is_dictionary(LAYOUTS[layout]):
        column = pa.DictionaryArray.from_arrays(column.dictionary_encode().indices.cast(LAYOUTS[layout].index_type),
                                                column.dictionary_encode().dictionary.cast(LAYOUTS[layout].value_type))
    else:
        column = column.cast(LAYOUTS[layout])
    pq.write_table(pa.table({"id": ids, "text": column}), hubmill.cwd / "in.parquet")
    assert pq.read_schema(hubmill.cwd / "in.parquet").field("text").type == LAYOUTS[layout]
    arguments = {"exact": ["exact"], "near": ["near"], "near verified": ["near", "--verify", "--clusters", "c.parquet"],
                 "paragraph": ["paragraph"], "overlap": ["overlap", "--overlap", 6]}[method]
    command = ["--against", other, "--method", *arguments]
    hubmill("dedup", "plain.jsonl", "--out", "expected.jsonl", *command)
    expected = [json.loads(line) for line in (hubmill.cwd / "expected.jsonl").read_text().splitlines()]
    hubmill("dedup", "in.parquet", "--out", "out.parquet", *command)
    table = pq.read_table(hubmill.cwd / "out.parquet")
    assert table.to_pylist() == expected and 2 <= len(expected) < len(texts)
    if method != "paragraph":
        assert pa.types.is_dictionary(table.schema.field("text").type) == pa.types.is_dictionary(LAYOUTS[layout])
    hubmill("dedup", "plain.jsonl", "--out", "out.jsonl", "--against", "in.parquet")
    assert [json.loads(line)["id"] for line in (hubmill.cwd / "out.jsonl").read_text().splitlines()] == [1, 5]
