"""Source sqlite: types, bad rows and refusals, on databases that Python's sqlite3 makes."""
import json
import os
import sqlite3

import pyarrow as pa
import pyarrow.parquet as pq
import pytest


@pytest.fixture
def database(hubmill):
    connection = sqlite3.connect(hubmill.cwd / "feedback.db", isolation_level=None)
    yield connection
    connection.close()


def recipe(work, query, extra=""):
    (work.cwd / "r.yaml").write_text(json.dumps(
        {"recipe": "r", "source": {"sqlite": {"path": "feedback.db", "query": query}}, **json.loads(extra or "{}")}))


def read(work, split="train"):
    return pq.read_table(work.cwd / f"out/r/data/{split}-00000-of-00001.parquet")


def test_types_of_declarations_and_of_values(hubmill, database):
    database.execute("CREATE TABLE t (i INTEGER, b BOOLEAN, r DOUBLE, s VARCHAR(9), x BLOB, d DATE, n NUMERIC)")
    database.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?)", [
        (None,) * 7,
        (2**63 - 1, True, 1, "é\U0001f389", b"\0\xff", "2026-11-21", 7),
        (-2**63, False, -0.5, "", b"", None, 8)])
    recipe(hubmill, "SELECT *, i IS NULL AS e, NULL AS z FROM t ORDER BY rowid")
    hubmill("run", "r.yaml")
    table = read(hubmill)
    assert table.schema.types == [pa.int64(), pa.bool_(), pa.float64(), pa.string(), pa.binary(), pa.string(),
                                  pa.int64(), pa.int64(), pa.string()]
    assert [list(row.values())[:7] for row in table.to_pylist()] == [
        [None] * 7, [2**63 - 1, True, 1.0, "é\U0001f389", b"\0\xff", "2026-11-21", 7],
        [-2**63, False, -0.5, "", b"", None, 8]]
    assert table["e"].to_pylist() == [1, 0, 0]


def test_queries_are_splits_of_one_state_and_the_same_bytes_each_time(hubmill, database):
    database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)")
    database.execute("BEGIN")
    database.executemany("INSERT INTO t (a) VALUES (?)", [(f"row {i} " + "x" * (i % 50),) for i in range(60_000)])
    database.execute("COMMIT")
    recipe(hubmill, {"train": "SELECT a FROM t WHERE id > 9 ORDER BY id;", "test": "SELECT a FROM t WHERE id < 10 ORDER BY id"})
    hubmill("run", "r.yaml")
    first = [(hubmill.cwd / "out/r" / name).read_bytes() for name in
             ("manifest.json", "data/train-00000-of-00001.parquet", "data/test-00000-of-00001.parquet")]
    assert read(hubmill, "test")["a"][8].as_py() == "row 8 " + "x" * 8 and read(hubmill).num_rows == 59_991
    assert [item["name"] for item in json.loads(first[0])["datasets"][0]["inputs"]] == ["feedback.db"]
    database.execute("VACUUM")
    hubmill("run", "r.yaml", "--fresh", "--threads", 1, "--batch-rows", 7)
    assert first == [(hubmill.cwd / "out/r" / name).read_bytes() for name in
                     ("manifest.json", "data/train-00000-of-00001.parquet", "data/test-00000-of-00001.parquet")]


@pytest.mark.parametrize("value, reason", [("'seven'", "wrong_type"), ("2.5", "wrong_type"),
                                           ("CAST(x'ff' AS TEXT)", "wrong_type")])
def test_a_value_of_another_type_names_row_and_column(hubmill, database, value, reason):
    database.execute("CREATE TABLE t (n INTEGER, s TEXT)")
    database.execute(f"INSERT INTO t VALUES (1, 'a'), ({value}, 'b'), (3, 'c')")
    recipe(hubmill, "SELECT * FROM t ORDER BY rowid")
    said = hubmill("run", "r.yaml", status=3).stderr.decode()
    assert "row=2" in said and "column=n" in said and "CAST(n AS TEXT)" in said and "seven" not in said
    recipe(hubmill, "SELECT * FROM t ORDER BY rowid", '{"on_bad_row": "reject"}')
    hubmill("run", "r.yaml", "--rejects", "rejects")
    assert read(hubmill)["n"].to_pylist() == [1, 3]


def test_text_that_is_no_utf8(hubmill, database):
    database.execute("CREATE TABLE t (s TEXT)")
    database.execute("INSERT INTO t VALUES ('a'), (CAST(x'61ff' AS TEXT))")
    recipe(hubmill, "SELECT s FROM t ORDER BY rowid")
    assert b"column=s is not UTF-8" in hubmill("run", "r.yaml", status=3).stderr


@pytest.mark.parametrize("query, said", [
    ("SELECT other FROM t", b"no such column"),
    ("SELECT * FROM gone", b"no such table"),
    ("SELECT 1 AS a; SELECT 2 AS b", b"not several"),
    ("DELETE FROM t", b"no columns"),
    ("INSERT INTO t VALUES (1) RETURNING a", b"readonly"),
    ("ATTACH 'other.db' AS o", b"no columns"),
    ({"train": "SELECT 1 AS a", "test": "SELECT 'x' AS a"}, b"different columns"),
    ("  ;", b"the text is empty"),
    ({"tr ain": "SELECT 1 AS a"}, b"split"),
])
def test_queries_that_are_refused(hubmill, database, query, said):
    database.execute("CREATE TABLE t (a INTEGER)")
    database.execute("INSERT INTO t VALUES (1)")
    recipe(hubmill, query)
    assert said in hubmill("run", "r.yaml", status=2).stderr
    assert database.execute("SELECT count(*) FROM t").fetchone() == (1,) and not os.path.exists("other.db")


def test_files_that_are_no_database(hubmill):
    recipe(hubmill, "SELECT 1 AS a")
    said = hubmill("run", "r.yaml", status=2).stderr.decode()
    assert "cannot open a SQLite database: file=feedback.db" in said and not (hubmill.cwd / "feedback.db").exists()
    (hubmill.cwd / "feedback.db").write_text("nonsense " * 999)
    recipe(hubmill, "SELECT * FROM t")
    assert b"not a sound SQLite database: file=feedback.db" in hubmill("run", "r.yaml", status=3).stderr


def test_no_rows(hubmill, database):
    database.execute("CREATE TABLE t (a INTEGER)")
    recipe(hubmill, "SELECT a FROM t")
    hubmill("run", "r.yaml")
    assert read(hubmill).num_rows == 0
