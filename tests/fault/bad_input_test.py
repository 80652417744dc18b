"""Bad input through the real binary: a clear error, the right exit status, nothing left behind."""
import json
import os
import pathlib
import resource
import subprocess

import pyarrow
import pyarrow.parquet
import pytest
from conftest import BINARY, SHARED, visible, write_jsonl

GOOD = [{"a": number, "text": f"row {number}"} for number in range(1000)]


def refused(hubmill, name: str, *says: str, status: int = 3, output: str = "out.parquet") -> str:
    """Converts `name`, expects a refusal that holds all of `says`, and no output."""
    before = visible(hubmill.cwd)
    done = hubmill("convert", name, output, status=status)
    errors = done.stderr.decode()
    for words in says:
        assert words in errors, errors
    assert "remedy" in errors, errors
    assert visible(hubmill.cwd) == before
    return errors


def test_truncated_jsonl(hubmill, tmp_path):
    text = write_jsonl(tmp_path / "in.jsonl", GOOD).read_bytes()
    (tmp_path / "in.jsonl").write_bytes(text[:-9])
    refused(hubmill, "in.jsonl", "in.jsonl", "1000")


def test_jsonl_that_is_not_utf8(hubmill, tmp_path):
    text = write_jsonl(tmp_path / "in.jsonl", GOOD).read_bytes()
    (tmp_path / "in.jsonl").write_bytes(text.replace(b"row 500\"", b"row \xff\xfe\""))
    errors = refused(hubmill, "in.jsonl", "in.jsonl", "501")
    assert "row \\xff" not in errors


def test_a_line_of_200_mb(hubmill, tmp_path):
    with open(tmp_path / "in.jsonl", "wb") as file:
        file.write(b'{"a": 1, "text": "short"}\n{"a": 2, "text": "')
        for _ in range(200):
            file.write(b"x" * 1_000_000)
        file.write(b'"}\n')
    refused(hubmill, "in.jsonl", "in.jsonl", "2")


def test_ten_thousand_levels(hubmill, tmp_path):
    (tmp_path / "in.jsonl").write_text('{"a": 1}\n{"a": ' + "[" * 10_000 + "]" * 10_000 + "}\n")
    refused(hubmill, "in.jsonl", "in.jsonl", "2")


def test_duplicate_keys(hubmill, tmp_path):
    (tmp_path / "in.jsonl").write_text('{"a": 1}\n{"a": 1, "a": 2}\n')
    refused(hubmill, "in.jsonl", "in.jsonl", "2", "a")


def test_a_column_that_changes_type_late(hubmill, tmp_path):
    with open(tmp_path / "in.jsonl", "w") as file:
        file.writelines(f'{{"number": {row}}}\n' for row in range(1_000_000))
        file.write('{"number": "surprise"}\n')
    errors = refused(hubmill, "in.jsonl", "in.jsonl", "1000001", "number")
    assert "surprise" not in errors


@pytest.mark.parametrize("name", ["in.jsonl", "in.csv", "in.parquet"])
def test_an_empty_file(hubmill, tmp_path, name):
    (tmp_path / name).write_bytes(b"")
    refused(hubmill, name, name)


def test_a_csv_cut_in_a_row(hubmill, tmp_path):
    (tmp_path / "in.csv").write_text('id,text\n1,"good"\n2,"cut in the mid')
    errors = refused(hubmill, "in.csv", "in.csv", "2")
    assert "cut in the mid" not in errors


def test_a_stray_quote_takes_no_other_row(hubmill, tmp_path):
    (tmp_path / "in.csv").write_text('id,text\n1,"stray\n2,b\n3,"quoted"\n4,d\n')
    refused(hubmill, "in.csv", "file=in.csv row=1 reason=broken_quotes")
    (tmp_path / "recipe.yaml").write_text(
        "recipe: x\nsource: in.csv\non_bad_row: reject\nsink: {jsonl: {}}\n")
    report = json.loads(hubmill("run", "recipe.yaml", "--out", "out", "--json").stdout)
    assert report["datasets"][0]["rows_read"] == 4
    assert (tmp_path / "out/data/train-00000-of-00001.jsonl").read_text() == (
        '{"id":2,"text":"b"}\n{"id":3,"text":"quoted"}\n{"id":4,"text":"d"}\n')


@pytest.mark.parametrize("name, text, kept", [
    ("in.jsonl", '{"id": 9007199254740993}\n{"id": 0.5}\n', "jsonl: {path: in.jsonl, json: [id]}"),
    ("in.csv", "id\n9007199254740993\n0.5\n", "csv: {path: in.csv, schema: {id: string}}")])
def test_a_whole_number_is_never_rounded(hubmill, tmp_path, name, text, kept):
    (tmp_path / name).write_text(text)
    refused(hubmill, name, f"file={name} row=1 reason=inexact_number", "field=id")
    (tmp_path / "recipe.yaml").write_text(f"recipe: x\nsource:\n  {kept}\nsink: {{parquet: {{}}}}\n")
    hubmill("run", "recipe.yaml", "--out", "out")
    rows = pyarrow.parquet.read_table(tmp_path / "out/data").to_pylist()
    assert rows[0] == {"id": "9007199254740993"}


def test_values_that_json_does_not_have(hubmill, tmp_path):
    """They are named by file and row, wherever the rows were moved to."""
    table = pyarrow.table({"a": list(range(5)), "x": [0.5, 1.5, None, float("nan"), 2.5]})
    pyarrow.parquet.write_table(table, tmp_path / "in.parquet")
    refused(hubmill, "in.parquet", "file=in.parquet row=4: NaN or infinity", "column=x",
            output="out.jsonl")
    (tmp_path / "recipe.yaml").write_text(
        "recipe: x\nsource: in.parquet\nstages: [{shuffle: {}}, "
        "{split: {method: hash, by: a, ratios: {train: 0.5, test: 0.5}}}]\nsink: {jsonl: {}}\n")
    errors = hubmill("run", "recipe.yaml", "--out", "out", status=3).stderr.decode()
    assert "file=in.parquet row=4: NaN" in errors, errors


def test_a_map_that_holds_a_key_twice(hubmill, tmp_path):
    maps = pyarrow.array([[("k", 1)], [("k", 1), ("l", 2), ("k", 3)]],
                         pyarrow.map_(pyarrow.string(), pyarrow.int64()))
    pyarrow.parquet.write_table(pyarrow.table({"m": maps}), tmp_path / "in.parquet")
    refused(hubmill, "in.parquet", "file=in.parquet row=2: a map holds a key twice", "column=m",
            output="out.jsonl")
    hubmill("convert", "in.parquet", "out.parquet")
    assert pyarrow.parquet.read_table(tmp_path / "out.parquet")["m"].to_pylist() == maps.to_pylist()


def test_a_column_name_with_a_nul(hubmill, tmp_path):
    write_jsonl(tmp_path / "in.jsonl", [{"a\0b": 1}])
    refused(hubmill, "in.jsonl", "file=in.jsonl: a column name holds a NUL", '"a\\u0000b"')
    write_jsonl(tmp_path / "in.jsonl", [{"a": 1}])
    (tmp_path / "recipe.yaml").write_text(
        'recipe: x\nsource: in.jsonl\nstages: [{rename: {columns: {a: "a\\0"}}}]\nsink: {jsonl: {}}\n')
    errors = hubmill("run", "recipe.yaml", "--out", "out", status=3).stderr.decode()
    assert "stage rename: a column name holds a NUL" in errors, errors


def test_remedies_fit_convert(hubmill, tmp_path):
    """It has no options of sources."""
    (tmp_path / "in.jsonl").write_text('{"a": 1}\n{"a": "x"}\n')
    refused(hubmill, "in.jsonl", "`json: [a]`", "convert has no such options; remedy: hubmill run")
    (tmp_path / "in.csv").write_text("a,b\n1,2\n3\n")
    refused(hubmill, "in.csv", "convert has no such options; remedy: --skip-bad-rows")


def test_a_csv_row_with_too_few_fields(hubmill, tmp_path):
    (tmp_path / "in.csv").write_text("id,text,more\n1,a,b\n2,a\n3,a,b\n")
    refused(hubmill, "in.csv", "in.csv", "2")


@pytest.mark.skipif(not (SHARED / "data").is_dir(), reason="needs ../shared/data")
def test_the_real_cut_csv(hubmill, tmp_path):
    source = SHARED / "data/08_grievances/cfpb_complaints_truncated_1MiB.csv"
    (tmp_path / "in.csv").symlink_to(source.resolve())
    refused(hubmill, "in.csv", "in.csv", "2068")


def test_a_parquet_file_with_flipped_bytes(hubmill, tmp_path):
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(GOOD), tmp_path / "good.parquet",
                                write_page_checksum=True)
    good = (tmp_path / "good.parquet").read_bytes()
    (tmp_path / "good.parquet").unlink()
    failures = 0
    for at in range(4, len(good), max(1, len(good) // 60)):
        (tmp_path / "in.parquet").write_bytes(good[:at] + bytes([good[at] ^ 0xFF]) + good[at + 1:])
        done = subprocess.run([BINARY, "convert", "in.parquet", "out.parquet"], cwd=tmp_path,
                              capture_output=True, timeout=60, check=False)
        assert done.returncode in (0, 1, 3), (at, done.returncode, done.stderr)
        if done.returncode != 0:
            failures += 1
            assert b"in.parquet" in done.stderr, done.stderr
            assert not (tmp_path / "out.parquet").exists()
        else:
            (tmp_path / "out.parquet").unlink()
    assert failures > 10


def test_a_cut_parquet_file(hubmill, tmp_path):
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(GOOD), tmp_path / "in.parquet")
    content = (tmp_path / "in.parquet").read_bytes()
    (tmp_path / "in.parquet").write_bytes(content[: len(content) // 2])
    refused(hubmill, "in.parquet", "in.parquet")


def limit_file_size():
    import signal

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))


@pytest.mark.parametrize("output", ["out.parquet", "out.jsonl", "out/"])
def test_a_full_disk(hubmill, tmp_path, output):
    """A limit on file size stands for the full disk: writes fail in the same places."""
    write_jsonl(tmp_path / "in.jsonl",
                [{"text": os.urandom(50).hex()} for _ in range(2000)])
    done = subprocess.run([BINARY, "convert", "in.jsonl", output], cwd=tmp_path, timeout=60,
                          capture_output=True, preexec_fn=limit_file_size, check=False)
    assert done.returncode == 1, done.stderr
    assert b"remedy" in done.stderr, done.stderr
    assert visible(tmp_path) == {"in.jsonl"}


def test_a_full_standard_output(tmp_path):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([BINARY, "recipes"], stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1
    assert b"standard output" in done.stderr


def test_a_folder_that_cannot_be_written(hubmill, tmp_path):
    """A folder below a file cannot be made by anyone, root included."""
    write_jsonl(tmp_path / "in.jsonl", GOOD)
    (tmp_path / "file").write_text("not a folder")
    for output in ["file/out.parquet", "file/out/"]:
        done = hubmill("convert", "in.jsonl", output, status=1)
        assert b"file" in done.stderr and b"remedy" in done.stderr, done.stderr
    done = hubmill("convert", "in.jsonl", "/proc/hubmill/out.parquet", status=1)
    assert b"/proc/hubmill" in done.stderr, done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder(hubmill, tmp_path):
    write_jsonl(tmp_path / "in.jsonl", GOOD)
    (tmp_path / "closed").mkdir(mode=0o500)
    done = hubmill("convert", "in.jsonl", "closed/out.parquet", status=1)
    assert b"closed" in done.stderr


def test_a_file_that_is_not_there(hubmill):
    for name in ["none.jsonl", "none-*.jsonl"]:
        done = hubmill("convert", name, "out.parquet", status=2)
        assert name.encode() in done.stderr and b"remedy" in done.stderr, done.stderr


RECIPE = """recipe: wrong
source:
  jsonl: {path: in.jsonl}
stages:
  - claen_text: text
  - split: {method: random, ratos: {train: 1.0}}
  - select: 7x
sink:
  parquet: {levle: 3}
"""


def test_everything_wrong_in_a_recipe_is_named_at_once(hubmill, tmp_path):
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    errors = hubmill("run", "recipe.yaml", status=2).stderr.decode()
    for words in ["recipe.yaml:5:", "clean_text", "recipe.yaml:6:", "ratios", "recipe.yaml:9:",
                  "level"]:
        assert words in errors, errors
    assert visible(tmp_path) == {"recipe.yaml"}


@pytest.mark.parametrize("text", ["", "recipe: [", "a: &a [*a]", "recipe: x\nrecipe: y", "\x00\x01",
                                  "x: " + "[" * 5000, "- just\n- a list\n", "source: 5\nstages: 6"])
def test_recipes_that_are_none(hubmill, tmp_path, text):
    (tmp_path / "recipe.yaml").write_text(text)
    errors = hubmill("recipe", "check", "recipe.yaml", status=2).stderr.decode()
    assert "recipe.yaml" in errors, errors


def test_a_column_that_is_not_there(hubmill, tmp_path):
    write_jsonl(tmp_path / "in.jsonl", GOOD)
    (tmp_path / "recipe.yaml").write_text(
        "recipe: x\nsource:\n  jsonl: {path: in.jsonl}\nstages:\n  - select: [txet]\n"
        "sink:\n  parquet: {}\n")
    errors = hubmill("run", "recipe.yaml", "--out", "out", status=3).stderr
    assert b"txet" in errors and b"text" in errors, errors
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("source", ["jsonl: {path: in.jsonl, json: [txet]}",
                                    "csv: {path: in.csv, schema: {txet: string}}",
                                    "csv: {path: in.csv, columns: [text]}",
                                    "parquet: {path: in.parquet, columns: [txet]}"])
def test_a_column_that_a_source_lacks(hubmill, tmp_path, source):
    write_jsonl(tmp_path / "in.jsonl", GOOD)
    (tmp_path / "in.csv").write_text("a,text\n1,x\n")
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(GOOD), tmp_path / "in.parquet")
    (tmp_path / "recipe.yaml").write_text(f"recipe: x\nsource:\n  {source}\nsink: {{parquet: {{}}}}\n")
    hubmill("recipe", "check", "recipe.yaml")
    errors = hubmill("run", "recipe.yaml", "--out", "out", status=3).stderr
    assert b"remedy: " in errors and b"in." in errors or b"did you mean text?" in errors, errors


GUARDED = """recipe: guarded
source:
  jsonl: {path: in.jsonl}
stages:
  - pii_guard: {columns: [text], action: fail}
sink:
  jsonl: {}
"""


def test_a_guard_refuses_and_never_shows_the_datum(hubmill, tmp_path):
    write_jsonl(tmp_path / "in.jsonl", GOOD + [{"a": 1, "text": "mail jane.doe@mail.example.com"}])
    (tmp_path / "recipe.yaml").write_text(GUARDED)
    done = hubmill("run", "recipe.yaml", "--out", "out", "--report", "report.json", status=3)
    assert b"text" in done.stderr and b"email" in done.stderr, done.stderr
    assert b"remedy: correct these rows" in done.stderr, done.stderr
    for file in [done.stderr, done.stdout, *[p.read_bytes() for p in pathlib.Path(tmp_path).rglob("*")
                                             if p.is_file() and p.name != "in.jsonl"]]:
        assert b"jane" not in file
    assert not (tmp_path / "out").exists()


def test_bad_rows_can_be_rejected_and_are_counted(hubmill, tmp_path):
    lines = write_jsonl(tmp_path / "in.jsonl", GOOD).read_text().splitlines()
    lines[10] = "{broken"
    lines[20] = '{"a": "word", "text": 1}'
    (tmp_path / "in.jsonl").write_text("\n".join(lines))
    (tmp_path / "recipe.yaml").write_text(
        "recipe: x\nsource:\n  jsonl: {path: in.jsonl, schema: {a: int64, text: string}}\non_bad_row: reject\nstages: []\n"
        "sink:\n  jsonl: {}\n")
    done = hubmill("run", "recipe.yaml", "--out", "out", "--rejects", "rejects", "--json")
    report = json.loads(done.stdout)["datasets"][0]
    assert report["rows_written"] == len(GOOD) - 2
    rejects = [p for p in (tmp_path / "rejects").rglob("*") if p.is_file()]
    assert rejects
