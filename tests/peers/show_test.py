"""`hubmill show` beside pyarrow: any row of any Parquet file, with and without a page index; lines,
folders, hubmill's own output, a repository of the embedded Hub; and what it refuses."""
import gzip
import json
import math
import os
import random
import signal
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import ROOT, rows_with_everything, write_jsonl

CODECS = ["none", "snappy", "gzip", "zstd", "brotli", "lz4"]


def rich_table(count: int) -> pa.Table:
    """Columns of all kinds; texts are long enough for several pages a column."""
    draw = random.Random(3)
    words = ["alpha", "beta", "gamma", "żółć", "नमस्ते", "🎉"]
    texts = [None if n % 9 == 0 else " ".join(draw.choices(words, k=draw.randrange(60)))
             for n in range(count)]
    turns = [None if n % 11 == 0 else
             [{"role": "user", "content": f"n {n} " + "x" * draw.randrange(200),
               "parts": [{"n": k} for k in range(n % 3)]} for _ in range(n % 4)]
             for n in range(count)]
    return pa.table({
        "id": pa.array(range(count), pa.int64()),
        "text": pa.array(texts, pa.string()),
        "kind": pa.array([draw.choice("abc") for _ in range(count)]).dictionary_encode(),
        "large": pa.array(texts, pa.large_string()),
        "small": pa.array([n % 100 for n in range(count)], pa.int8()),
        "score": pa.array([None if n % 7 == 0 else n / 8 for n in range(count)], pa.float32()),
        "turns": pa.array(turns),
        "meta": pa.array([{"a": {"b": {"c": [n] * (n % 3)}}, "d": str(n)} for n in range(count)]),
        "map": pa.array([[(f"k{n}", n)] * (n % 2) for n in range(count)],
                        pa.map_(pa.string(), pa.int64())),
        "pair": pa.array([[n, n + 1] for n in range(count)], pa.list_(pa.int32(), 2)),
        "flag": pa.array([draw.choice([True, False, None]) for _ in range(count)]),
    })


def plain(value):
    """A value of pyarrow as `show --json` writes it."""
    if isinstance(value, float):
        return None if math.isnan(value) else value
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [{"key": each[0], "value": plain(each[1])} if isinstance(each, tuple)
                else plain(each) for each in value]
    return value


def shown(hubmill, *arguments):
    done = hubmill("show", *arguments, "--json")
    return [json.loads(line) for line in done.stdout.splitlines()]


def compare(hubmill, path, table: pa.Table, offsets, length=3):
    for offset in offsets:
        rows = shown(hubmill, path, "--rows", f"{offset}..{offset + length - 1}")
        expected = table.slice(offset, length).to_pylist()
        assert [row["row"] for row in rows] == list(range(offset, offset + len(expected)))
        assert [row["cells"] for row in rows] == [plain(row) for row in expected]


@pytest.mark.parametrize("index", [True, False])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_any_rows_are_those_of_pyarrow(hubmill, tmp_path, index, version):
    table = rich_table(24_000)
    draw = random.Random(index + len(version))
    for number, codec in enumerate(CODECS[index::2]):
        path = tmp_path / f"{codec}.parquet"
        pq.write_table(table, path, compression=codec, write_page_index=index,
                       data_page_version=version, data_page_size=16 << 10, write_batch_size=200,
                       row_group_size=[24_000, 9_000, 30_000][number % 3],
                       use_dictionary=number % 2 == 0, write_page_checksum=number == 1)
        offsets = [0, 8_999, 23_998] + [draw.randrange(24_000) for _ in range(2)]
        compare(hubmill, path, table, offsets)


def test_many_files_of_a_folder_are_one_split(hubmill, tmp_path):
    table = rich_table(900)
    folder = tmp_path / "set" / "data"
    folder.mkdir(parents=True)
    for part in range(3):
        pq.write_table(table.slice(part * 300, 300), folder / f"train-{part:05}-of-00003.parquet")
    pq.write_table(table.slice(0, 5), folder / "test-00000-of-00001.parquet")
    compare(hubmill, tmp_path / "set", table, [0, 298, 599, 897])
    assert len(shown(hubmill, tmp_path / "set", "--split", "test")) == 5
    done = hubmill("show", tmp_path / "set", "--split", "tets", status=2)
    assert b"did you mean test?" in done.stderr


def test_lines_plain_and_compressed(hubmill, tmp_path):
    rows = rows_with_everything(3_000)
    plain_file = write_jsonl(tmp_path / "a.jsonl", rows)
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(plain_file.read_bytes()))
    for name in ("a.jsonl", "a.jsonl.gz"):
        for number in (0, 1_500, 2_999):
            assert shown(hubmill, name, "--row", number)[0]["cells"] == rows[number]
        done = hubmill("show", name, "--row", 3_000, status=2)
        assert b"rows=3000" in done.stderr and b"0 to 2999" in done.stderr


def test_own_output_and_a_repository(hubmill, tmp_path):
    rows = rows_with_everything(500)
    write_jsonl(tmp_path / "in.jsonl", rows)
    hubmill("convert", "in.jsonl", "out/", "--format", "parquet")
    assert shown(hubmill, "out", "--row", 321)[0]["cells"] == rows[321]
    hubmill("publish", "out", "--repo", "local/tickets", "--hub", "local")
    for place in ("local/tickets", "hub://local/tickets@main"):
        for number in (0, 499):
            got = shown(hubmill, place, "--row", number, "--hub", "local")
            assert got[0]["cells"] == rows[number]
    found = shown(hubmill, "local/tickets", "--hub", "local", "--search", "ROW-000123")
    assert [row["row"] for row in found] == [123]
    hubmill("show", "local/nowhere", "--hub", "local", status=4)
    hubmill("show", "local/tickets", "--hub", "http://127.0.0.1:9", status=4)


def test_search_and_filter_find_what_python_finds(hubmill, tmp_path):
    table = rich_table(5_000)
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=700)
    rows = table.to_pylist()
    expected = [n for n, row in enumerate(rows)
                if "gamma żółć" in json.dumps(plain(row), ensure_ascii=False).lower()]
    found = shown(hubmill, "a.parquet", "--search", "GAMMA ŻÓŁĆ", "--limit", 10_000)
    assert [row["row"] for row in found] == expected and len(expected) > 100
    expected = [n for n, row in enumerate(rows) if row["small"] > 97 and row["flag"] is True]
    found = shown(hubmill, "a.parquet", "--filter", "small > 97 and flag == true",
                  "--limit", 10_000, "--columns", "id")
    assert [row["row"] for row in found] == expected
    assert all(row["cells"] == {"id": row["row"]} for row in found)


def test_a_table_fits_and_is_harmless(hubmill, tmp_path):
    table = pa.table({"evil": ["\x1b[31mred\x1b[0m\r\nnext\x07", "\u202egnp.exe", "宽字符" * 100],
                      "long": ["x" * 10_000_000, "y", None],
                      **{f"column_{n}": [n] * 3 for n in range(2_000)}})
    pq.write_table(table, tmp_path / "a.parquet")
    out = hubmill("show", "a.parquet").stdout.decode()
    assert "\x1b" not in out and "\x07" not in out and "\u202e" not in out
    assert "␛[31mred" in out and "<U+202E>gnp.exe" in out and "more columns" in out
    assert all(len(line) <= 125 for line in out.splitlines()[:4])
    row = hubmill("show", "a.parquet", "--row", 0, "--columns", "evil,long").stdout.decode()
    assert "\x1b" not in row and "x" * 10_000_000 in row


def test_conversations_are_shown_as_such(hubmill):
    samples = ROOT / "samples"
    out = hubmill("show", samples / "harmony.jsonl", "--row", 1).stdout.decode()
    assert "[assistant] to functions.add, channel commentary, <|constrain|>json\n" in out
    assert "<|start|>" not in out
    out = hubmill("show", samples / "chat.jsonl", "--row", 3).stdout.decode()
    assert "  [user]\n  What is 89 + 22?\n" in out


def test_class_names_are_shown(hubmill, tmp_path):
    features = {"info": {"features": {"label": {"names": ["no", "yes"], "_type": "ClassLabel"}}}}
    table = pa.table({"label": [1, 0, None, 7]}).replace_schema_metadata(
        {"huggingface": json.dumps(features)})
    pq.write_table(table, tmp_path / "a.parquet")
    lines = hubmill("show", "a.parquet").stdout.decode().splitlines()
    assert [line.split() for line in lines[1:5]] == [
        ["0", "1", "yes"], ["1", "0", "no"], ["2", "null"], ["3", "7"]]


def test_an_interrupt_ends_it_and_packed_lines_are_not_counted(hubmill, tmp_path):
    """A small .gz of 4 GB: its size does not tell how long it takes."""
    member = gzip.compress(b'{"n": 1, "text": "the same"}\n' * 40_000)
    with open(tmp_path / "a.jsonl.gz", "wb") as out:
        for _ in range(3_500):
            out.write(member)
    assert b"rows not counted" in hubmill("show", "a.jsonl.gz").stdout
    for arguments in (["--row", 10**9], ["--rows", "1000000000..1000000001"]):
        process = hubmill.start("show", "a.jsonl.gz", *arguments)
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=10)
        assert process.returncode == 1 and b"cancelled" in error


def test_what_cannot_be_shown_is_refused(hubmill, tmp_path):
    table = rich_table(3_000)
    path = tmp_path / "a.parquet"
    pq.write_table(table, path)
    assert b"did you mean text?" in hubmill("show", path, "--columns", "txt", status=2).stderr
    assert b"rows=3000" in hubmill("show", path, "--row", 3_000, status=2).stderr
    assert b"did you mean a.parquet?" in hubmill("show", tmp_path / "b.parquet", status=2).stderr
    for arguments in (["--rows", "5"], ["--rows", "9..3"], ["--row", 1, "--limit", 2],
                      ["--filter", "id >"], ["--filter", "nope == 1"], ["--row", -1]):
        hubmill("show", path, *arguments, status=2)
    (tmp_path / "cut.parquet").write_bytes(path.read_bytes()[:-100])
    assert b"cut.parquet" in hubmill("show", "cut.parquet", status=3).stderr
    (tmp_path / "empty.parquet").write_bytes(b"")
    hubmill("show", "empty.parquet", status=3)
    data = bytearray(path.read_bytes())
    draw = random.Random(1)
    for _ in range(60):
        broken = bytearray(data)
        for _ in range(4):
            broken[draw.randrange(len(broken))] = draw.randrange(256)
        (tmp_path / "broken.parquet").write_bytes(broken)
        done = hubmill.start("show", "broken.parquet", "--row", 2_900)
        _, error = done.communicate(timeout=60)
        assert done.returncode in (0, 2, 3), error
    os.mkdir(tmp_path / "nothing")
    hubmill("show", "nothing", status=2)
    pq.write_table(table.slice(0, 0), tmp_path / "none.parquet")
    assert b"0 rows" in hubmill("show", "none.parquet").stdout
    (tmp_path / "none.jsonl").write_bytes(b"")
    assert b"0 rows" in hubmill("show", "none.jsonl").stdout
