"""The source `postgres`, on a real server."""
import datetime
import decimal
import json
import math
import os
import signal
import socket
import subprocess
import threading
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from postgres_server import PASSWORD, postgres  # noqa: F401

EVERYTHING = """
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE DOMAIN code AS varchar(8);
CREATE FUNCTION raise(what text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'bad row %', what; END $$;
CREATE TABLE everything (
  id bigint PRIMARY KEY, b bool, i2 smallint, i4 integer, i8 bigint, o oid, f4 real, f8 double precision,
  d numeric(12,3), n numeric, t text, v varchar(20), c char(4), e mood, dom code, u uuid, j json, jb jsonb, raw bytea,
  day date, clock time, ts timestamp, tz timestamptz, ints integer[], texts text[], moods mood[], decs numeric(6,2)[]);
INSERT INTO everything VALUES
 (1, true, -32768, -2147483648, -9223372036854775808, 4294967295, 1.5, 'NaN', -123456789.125,
  -12345678901234567890.000120, 'żółć 🎉', 'var', 'ab', 'glad', 'x1', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
  '{"a": [1, 2]}', '{"b": null}', '\\x00ff10', '1969-12-31', '23:59:59.999999', '2026-11-21 10:00:00.000001',
  '2026-11-21 10:00:00+05:45', '{1,NULL,3}', '{"a,b","",NULL}', '{sad,glad}', '{1.50,NULL}'),
 (2, false, 0, 0, 0, 0, 0, 'Infinity', 0, 0.00001, '', '', '', 'sad', '', '00000000-0000-0000-0000-000000000000',
  '[]', '0', '', '4000-01-01', '00:00', '0001-01-01', '2000-01-01 00:00+00', '{}', '{}', '{}', '{}'),
 (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
  NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
 (4, true, 32767, 2147483647, 9223372036854775807, 1, 3.25, -0.1, 999999999.999, 10000, E'line\\nbreak', 'v', 'wxyz',
  'sad', 'y', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '1', '"x"', '\\x01', '2000-01-01', '12:30:00.25',
  '1900-02-28 23:59:59', '1999-12-31 23:59:59.999999+00', '{-1}', '{x}', '{glad}', '{-9999.99}');
"""


@pytest.fixture(scope="module")
def database(postgres):  # noqa: F811
    postgres.psql(EVERYTHING)
    postgres.psql("CREATE TABLE many AS SELECT i AS id, repeat(md5(i::text), 6) AS text, i * 0.5 AS score "
                  "FROM generate_series(1, 200000) AS i; ALTER TABLE many ADD PRIMARY KEY (id)")
    return postgres


@pytest.fixture
def work(hubmill, database, monkeypatch):
    hubmill.database = database
    monkeypatch.setenv("DATABASE_URL", database.url())
    yield hubmill
    for path in hubmill.cwd.rglob("*"):  # No file that a run leaves names the password or the user.
        if path.is_file() and path.suffix in {".json", ".md"}:
            assert PASSWORD not in path.read_text(), path


def recipe(work, query, more="", stages="", name="r.yaml", url="${database}"):
    text = json.dumps(query) if not isinstance(query, dict) else "\n" + "".join(
        f"      {split}: {json.dumps(sql)}\n" for split, sql in query.items())
    (work.cwd / name).write_text(
        "recipe: rows\nparams:\n  database: {env: DATABASE_URL, secret: true}\n"
        f"source:\n  postgres:\n    url: {url}\n{more}    query: {text}\n{stages}sink:\n  parquet: {{}}\n")
    return name


def run(work, *arguments, status=0, **options):
    done = work("run", *arguments, "--out", "out", status=status, **options)
    assert PASSWORD not in (done.stdout + done.stderr).decode()
    return done


def table(work, split="train"):
    files = sorted((work.cwd / "out").rglob(f"{split}-*.parquet"))
    return pa.concat_tables([pq.read_table(file) for file in files])


def test_every_type_keeps_its_value(work):
    run(work, recipe(work, "SELECT * FROM everything ORDER BY id;  "))
    rows = table(work)
    assert rows.schema.field("d").type == pa.decimal128(12, 3)
    assert rows.schema.field("tz").type == pa.timestamp("us", "UTC")
    assert rows.schema.field("ints").type.value_type == pa.int32()
    one, two, three, four = rows.to_pylist()
    utc = datetime.timezone.utc
    assert math.isnan(one.pop("f8")) and two["f8"] == math.inf
    assert one == {
        "id": 1, "b": True, "i2": -2**15, "i4": -2**31, "i8": -2**63, "o": 2**32 - 1, "f4": 1.5,
        "d": decimal.Decimal("-123456789.125"), "n": "-12345678901234567890.000120", "t": "żółć 🎉", "v": "var",
        "c": "ab  ", "e": "glad", "dom": "x1", "u": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "j": '{"a": [1, 2]}',
        "jb": '{"b": null}', "raw": b"\x00\xff\x10", "day": datetime.date(1969, 12, 31),
        "clock": datetime.time(23, 59, 59, 999999), "ts": datetime.datetime(2026, 11, 21, 10, 0, 0, 1),
        "tz": datetime.datetime(2026, 11, 21, 4, 15, tzinfo=utc), "ints": [1, None, 3], "texts": ["a,b", "", None],
        "moods": ["sad", "glad"], "decs": [decimal.Decimal("1.50"), None]}
    assert two["n"] == "0.00001" and two["ts"] == datetime.datetime(1, 1, 1) and two["ints"] == []
    assert {value for key, value in three.items() if key != "id"} == {None}
    assert four["n"] == "10000" and four["tz"] == datetime.datetime(1999, 12, 31, 23, 59, 59, 999999, tzinfo=utc)
    assert four["decs"] == [decimal.Decimal("-9999.99")] and four["d"] == decimal.Decimal("999999999.999")


def test_numeric_text_is_what_the_server_prints(work):
    values = ["0", "-0.5", "1e20", "1e-20", "123456.7890", "99999999.9999", "-10000.0001", "1e131071", "NaN", "0.000"]
    sql = " UNION ALL ".join(f"SELECT {i} AS id, '{v}'::numeric AS n, '{v}'::numeric::text AS printed"
                             for i, v in enumerate(values))
    run(work, recipe(work, f"SELECT * FROM ({sql}) AS s ORDER BY id"))
    rows = table(work)
    assert rows["n"].to_pylist() == rows["printed"].to_pylist()


def test_one_million_cells_in_order_at_any_thread_count(work):
    name = recipe(work, "SELECT * FROM many ORDER BY id DESC")
    run(work, name, "--threads", "1")
    first = {file.name: file.read_bytes() for file in (work.cwd / "out").rglob("*.parquet")}
    rows = table(work)
    assert rows["id"].to_pylist() == list(range(200000, 0, -1))
    assert rows["score"][0].as_py() == "100000.0"
    run(work, name, "--threads", "2", "--fresh", "--set", "x=y", status=2)
    run(work, name, "--threads", "2", "--fresh")
    assert first == {file.name: file.read_bytes() for file in (work.cwd / "out").rglob("*.parquet")}
    manifest = json.loads((work.cwd / "out/manifest.json").read_text())
    text = json.dumps(manifest)
    assert "postgresql:postgres (train)" in text and "SELECT * FROM many" in text and "127.0.0.1" not in text


def test_queries_are_splits_of_one_snapshot(work):
    """A writer that always writes pairs is never seen half."""
    work.database.psql("DROP TABLE IF EXISTS pairs; CREATE TABLE pairs (id serial PRIMARY KEY, side text)")
    stop = threading.Event()

    def write():
        while not stop.is_set():
            work.database.psql("INSERT INTO pairs (side) VALUES ('left'), ('right')")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        time.sleep(0.2)
        side = "SELECT side FROM pairs WHERE side = '{}' ORDER BY id"
        run(work, recipe(work, {"left": side.format("left"), "wait": "SELECT 'w' AS side FROM pg_sleep(1)",
                                "right": side.format("right")}))
    finally:
        stop.set()
        writer.join()
    assert table(work, "left").num_rows == table(work, "right").num_rows > 0
    assert table(work, "wait").num_rows == 1


def test_what_an_interrupted_run_read_is_read_again(work):
    """A database does not tell that it has changed since."""
    work.database.psql("DROP TABLE IF EXISTS left_side, right_side; CREATE TABLE left_side AS SELECT 1 AS n; "
                       "CREATE TABLE right_side AS SELECT 0 AS n")
    source = "{source: {postgres: {url: '${database}', query: SELECT %s AS n FROM %s}}}"
    (work.cwd / "two.yaml").write_text(
        "recipe: two\nparams:\n  database: {env: DATABASE_URL, secret: true}\ndatasets:\n"
        f"  first: {source % ('n', 'left_side')}\n  second: {source % ('1 / n', 'right_side')}\n")
    run(work, "two.yaml", status=4)
    work.database.psql("UPDATE left_side SET n = 2; UPDATE right_side SET n = 1")
    run(work, "two.yaml")
    assert pq.read_table(next((work.cwd / "out/first").glob("*.parquet")))["n"].to_pylist() == [2]


def test_nothing_can_be_written(work):
    name = recipe(work, "WITH gone AS (DELETE FROM many RETURNING id) SELECT id FROM gone")
    assert b"remedy: the query must only read" in run(work, name, status=2).stderr
    assert work.database.psql("SELECT count(*) FROM many").stdout.split()[2] == "200000"


@pytest.mark.parametrize("query, status, said", [
    ("SELECT id FROM missing", 2, "sqlstate=42P01"),
    ("SELECT nothing FROM many", 2, "sqlstate=42703"),
    ("SELEKT 1", 2, "sqlstate=42601"),
    ("SELECT 1 AS a; SELECT 2 AS b", 2, "remedy: correct the query"),
    ("SELECT 1, 2", 2, "remedy: name it by AS"),
    ("SELECT 1 AS a, 2 AS a", 2, "remedy: name it by AS"),
    ("SELECT interval '1 day' AS span, '1.2.3.4'::inet AS address", 2, "span (interval), address (inet)"),
    ("SELECT 'infinity'::timestamptz AS at", 3, "column=at why=infinite"),
    ("SELECT '{{1,2},{3,4}}'::int[] AS grid", 3, "more than one dimension"),
    ("SELECT 'Frau Secret'::int AS n", 4, "sqlstate=22P02"),
    ("SELECT ('Frau \"' || 'Secret \"')::int AS n FROM many", 4, "may quote a value of the data"),
    ("SELECT raise('Frau Secret') AS n", 4, "sqlstate=P0001"),
    ("SELECT 1/(id-3) AS n FROM many ORDER BY id", 4, "sqlstate=22012"),
])
def test_what_is_refused(work, query, status, said):
    message = run(work, recipe(work, query), status=status).stderr.decode()
    assert said in message and "Secret" not in message
    assert not (work.cwd / "out").exists()


def test_bad_rows_may_be_left_out(work):
    name = recipe(work, "SELECT id, CASE WHEN id % 3 = 0 THEN 'infinity'::date ELSE '2026-01-01' END AS day, id AS n "
                  "FROM many WHERE id <= 10 ORDER BY id", stages="on_bad_row: reject\n")
    run(work, name)
    assert table(work)["n"].to_pylist() == [1, 2, 4, 5, 7, 8, 10]


def test_rights(work, monkeypatch):
    work.database.psql("DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN PASSWORD 'narrow'; "
                       "GRANT SELECT (id) ON many TO reader")
    monkeypatch.setenv("DATABASE_URL", work.database.url(user="reader", password="narrow"))
    said = run(work, recipe(work, "SELECT id, text FROM many ORDER BY id"), status=4).stderr.decode()
    assert "sqlstate=42501" in said and "remedy: grant this role SELECT on it" in said
    run(work, recipe(work, "SELECT id FROM many WHERE id < 5 ORDER BY id"))


def test_connections_that_fail(work, monkeypatch):
    name = recipe(work, "SELECT 1 AS a", more="    retries: 1\n")
    monkeypatch.setenv("DATABASE_URL", work.database.url(password="wrong-" + PASSWORD))
    began = time.monotonic()
    said = run(work, name, status=4).stderr.decode()
    assert "sqlstate=28P01; remedy: check user and password" in said and time.monotonic() - began < 1.5
    monkeypatch.setenv("DATABASE_URL", work.database.url(database="nowhere"))
    assert "sqlstate=3D000" in run(work, name, status=4).stderr.decode()
    monkeypatch.setenv("DATABASE_URL", work.database.url().replace(str(work.database.port), "1"))
    began = time.monotonic()
    said = run(work, name, status=4).stderr.decode()
    assert "after 2 tries: cannot connect" in said and "Connection refused" in said
    assert 2 <= time.monotonic() - began < 6
    for bad in ("mysql://x:hidden@y/z", f"postgresql://u:{PASSWORD}@[::1/x", "nonsense",
                "postgresql://u:sup@hidden@127.0.0.1/d", "postgresql://u:sup/hidden@127.0.0.1/d"):
        monkeypatch.setenv("DATABASE_URL", bad)
        said = run(work, name, status=2).stderr.decode()
        assert "postgresql://USER:PASSWORD@HOST:PORT/DATABASE" in said and "hidden" not in said


def test_other_spellings_of_the_address(work, monkeypatch):
    for scheme in ("postgres://", "postgresql+psycopg2://", "postgres+asyncpg://"):
        monkeypatch.setenv("DATABASE_URL", scheme + work.database.url().split("://")[1])
        run(work, recipe(work, "SELECT 1 AS a"), "--fresh")


def test_a_password_does_not_stand_in_a_recipe(work):
    name = recipe(work, "SELECT 1 AS a", url=work.database.url())
    said = run(work, name, status=2).stderr.decode()
    assert "r.yaml:6:10" in said and "a password stands in the recipe" in said
    assert "a password stands in the recipe" in work("recipe", "check", name, status=2).stderr.decode()


def test_a_query_that_takes_too_long(work):
    name = recipe(work, "SELECT id FROM many, pg_sleep(30) ORDER BY id", more="    timeout_s: 1\n")
    began = time.monotonic()
    assert "remedy: raise `timeout_s`" in run(work, name, status=4).stderr.decode()
    assert time.monotonic() - began < 10


def running(work, pattern) -> bool:
    said = work.database.psql(f"SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%{pattern}%' AND state = 'active' "
                              "AND pid <> pg_backend_pid()").stdout
    return said.split()[2] != "0"


def until(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize("query", ["SELECT id, pg_sleep(600)::text AS waited FROM many WHERE id = 1",
                                   "SELECT id FROM many, pg_sleep(600) AS waited ORDER BY id"])
def test_an_interrupt_ends_the_query_at_once(work, query):
    process = work.start("run", recipe(work, query), "--out", "out")
    until(lambda: running(work, "COPY %pg_sleep(600)"))
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)  # Not the 600 s of the query.
    assert process.returncode != 0
    until(lambda: not running(work, "COPY %pg_sleep(600)"))
    assert not (work.cwd / "out").exists()


def test_an_interrupt_ends_the_wait_for_a_server(work, monkeypatch):
    """One that takes the connection and says nothing, and one that is away."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        monkeypatch.setenv("DATABASE_URL", work.database.url().replace(str(work.database.port), str(port)))
        process = work.start("run", recipe(work, "SELECT 1 AS a"), "--out", "out")
        silent.accept()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)  # Not the 54 s of four tries.
        assert process.returncode != 0
    process = work.start("run", recipe(work, "SELECT 1 AS a"), "--out", "out")
    with pytest.raises(subprocess.TimeoutExpired):  # It waits, to try again.
        process.communicate(timeout=1)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=8)  # Not the 14 s of the waits.
    assert process.returncode != 0


def test_a_server_that_falls_silent_is_given_up(work):
    """Its processes are stopped, as by a machine that hangs: no error ever comes."""
    process = work.start("run", recipe(work, "SELECT id FROM many, pg_sleep(600) AS waited", more="    timeout_s: 1\n"),
                         "--out", "out")
    until(lambda: running(work, "COPY %pg_sleep(600)"))
    pid = int(work.database.psql("SELECT pid FROM pg_stat_activity WHERE query LIKE 'COPY %' AND state = 'active'")
              .stdout.split()[2])
    os.kill(pid, signal.SIGSTOP)
    try:
        _, said = process.communicate(timeout=60)
        assert process.returncode == 4 and b"the database does not answer" in said, said.decode()
    finally:
        os.kill(pid, signal.SIGCONT)


def slow_query(order="id"):
    """Rows for some seconds, in an order that a restart does not change."""
    return ("SELECT id, text FROM many WHERE CASE WHEN id % 20000 = 0 THEN pg_sleep(0.3) IS NOT NULL ELSE true END "
            f"ORDER BY {order}")


def started(work, name, monkeypatch):
    # By the index, so that rows come from the start on.
    monkeypatch.setenv("DATABASE_URL", work.database.url() + "?options=-c%20enable_seqscan%3Doff")
    process = work.start("run", name, "--out", "out")
    time.sleep(1.2)  # Within the query.
    assert process.poll() is None
    return process


def test_a_server_killed_within_a_query_is_survived(work, monkeypatch):
    name = recipe(work, slow_query())
    process = started(work, name, monkeypatch)
    work.database.kill()
    time.sleep(0.5)
    work.database.start()
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said.decode()
    rows = table(work)
    assert rows["id"].to_pylist() == list(range(1, 200001))


def test_rows_that_changed_meanwhile_end_the_run(work, monkeypatch):
    work.database.psql("DROP TABLE IF EXISTS moving; CREATE TABLE moving AS SELECT * FROM many; "
                       "ALTER TABLE moving ADD PRIMARY KEY (id)")
    name = recipe(work, slow_query().replace("many", "moving"))
    process = started(work, name, monkeypatch)
    work.database.psql("UPDATE moving SET text = 'other' WHERE id = 1")
    work.database.kill()
    work.database.start()
    _, said = process.communicate(timeout=60)
    assert process.returncode == 4 and b"the rows have changed since" in said, said.decode()
    assert not (work.cwd / "out").exists()


def test_a_server_that_stays_away_ends_the_run(work, monkeypatch):
    name = recipe(work, slow_query(), more="    retries: 1\n")
    process = started(work, name, monkeypatch)
    work.database.kill()
    try:
        _, said = process.communicate(timeout=60)
        assert process.returncode == 4 and b"after 2 tries: cannot connect" in said, said.decode()
        assert not (work.cwd / "out").exists()
    finally:
        work.database.start()
