"""hubmill stats and diff: the dataset viewer's rules by polars and NumPy, distances by SciPy, changes by pandas."""
import datetime
import json
import math
import random

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from conftest import SHARED, rows_with_everything, write_jsonl

DATA = SHARED / "data"
REAL = ["01_unsw_nb15/UNSW_NB15_training-set.csv.zst", "03_cicids2017/heartbleed-cicids2017.csv",
        "03_cicids2017/CICIDS2017_sample_7class_6312.csv", "05_chat_math_tools/alpaca_eval_outputs.jsonl.zst",
        "05_chat_math_tools/gsm8k/train.jsonl.zst", "05_chat_math_tools/oasst/en_100_message.jsonl.zst",
        "08_grievances/airline_tweets_14640.csv", "08_grievances/banking77_train.csv"]


def real(name):
    path = DATA / name
    if not path.exists():
        pytest.skip(f"not here: {name}")
    return path


def proportion(count, rows):
    return float(np.round(count / rows, 5)) if rows else 0.0


def integer_facts(values):
    """Of a list of whole numbers, as the viewer: bins of one whole size, at most ten."""
    low, high = min(values), max(values)
    size = math.ceil((high - low + 1) / 10)
    edges = list(range(low, high + 1, size))
    hist = [0] * len(edges)
    for value in values:
        hist[(value - low) // size] += 1
    return {"min": low, "max": high, "mean": float(np.mean(values)), "median": float(np.median(values)),
            "std": float(np.std(values, ddof=1)) if len(values) > 1 else None,
            "histogram": {"hist": hist, "bin_edges": [*edges, high]}}


def float_facts(values):
    values = np.array(values, dtype=float)
    low, high = values.min(), values.max()
    small = (high - low if high > low else abs(low)) < 1e-3
    rounded = (lambda x: float(x)) if small else (lambda x: float(np.round(x, 5)))
    low, high = rounded(low), rounded(high)
    edges = [low, high]
    if low < high:
        step = (low + (high - low) / 10) - low
        edges = [low + i * step for i in range(10)] + [high]
    bins = np.searchsorted(np.array(edges[1:-1]), values, side="right")
    return {"min": low, "max": high, "mean": rounded(values.mean()), "median": rounded(np.median(values)),
            "std": rounded(values.std(ddof=1)) if len(values) > 1 else None,
            "histogram": {"hist": np.bincount(bins, minlength=len(edges) - 1).tolist(),
                          "bin_edges": [rounded(edge) for edge in edges]}}


NO_NUMBERS = {"min": None, "max": None, "mean": None, "median": None, "std": None, "histogram": None}


def time_facts(column):
    """Times are told by whole seconds since the first one."""
    first = min(column)
    facts = integer_facts([int((value - first).total_seconds()) for value in column])
    text = lambda seconds: (first + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M:%S%z")
    for name in ("min", "max", "mean", "median"):
        facts[name] = text(round(facts[name], 5))
    if facts["std"] is not None:
        facts["std"] = str(datetime.timedelta(seconds=round(facts["std"], 5)))
    facts["histogram"]["bin_edges"] = [text(edge) for edge in facts["histogram"]["bin_edges"]]
    return facts


def column_facts(series, classes):
    """(column_type, column_statistics) by the viewer's rules, written down from its documentation."""
    rows = len(series)
    if series.dtype.is_float():
        series = series.fill_nan(None)
    nulls = series.null_count()
    facts = {"nan_count": nulls, "nan_proportion": proportion(nulls, rows)}
    values = series.drop_nulls()
    if classes:
        counts = dict(values.value_counts().rows())
        labels = {name: counts.get(number, 0) for number, name in enumerate(classes)}
        return "class_label", {**facts, "no_label_count": counts.get(-1, 0),
                               "no_label_proportion": proportion(counts.get(-1, 0), rows),
                               "n_unique": len(classes), "frequencies": labels}
    if series.dtype == pl.Boolean:
        counts = dict(values.value_counts().rows())
        return "bool", {**facts, "frequencies": {str(key): counts[key] for key in (False, True) if key in counts}}
    if series.dtype in (pl.String, pl.Null):
        unique = series.n_unique() if rows else 0
        if unique <= 10 or (unique / rows <= 0.2 and unique <= 1000):
            counts = dict(values.cast(pl.String).value_counts().rows())
            return "string_label", {**facts, "no_label_count": 0, "no_label_proportion": 0.0,
                                    "n_unique": len(counts), "frequencies": counts}
        return "string_text", {**facts, **integer_facts(values.str.len_chars().to_list())}
    if series.dtype.is_integer():
        return "int", {**facts, **(integer_facts(values.to_list()) if len(values) else NO_NUMBERS)}
    if series.dtype.is_float():
        finite = values.filter(values.is_finite())
        if len(finite) < len(values):
            facts["infinite_count"] = len(values) - len(finite)
        return "float", {**facts, **(float_facts(finite.to_numpy()) if len(finite) else NO_NUMBERS)}
    if series.dtype == pl.List:
        return "list", {**facts, **(integer_facts(values.list.len().to_list()) if len(values) else NO_NUMBERS)}
    if series.dtype == pl.Datetime:
        return "datetime", {**facts, **(time_facts(values.to_list()) if len(values) else NO_NUMBERS)}
    return "other", facts


def assert_same(ours, theirs, where):
    if isinstance(theirs, dict):
        assert sorted(ours) == sorted(theirs), where
        for key in theirs:
            assert_same(ours[key], theirs[key], f"{where}.{key}")
    elif isinstance(theirs, list):
        assert len(ours) == len(theirs), where
        for i, (one, other) in enumerate(zip(ours, theirs)):
            assert_same(one, other, f"{where}[{i}]")
    elif isinstance(theirs, float):  # The last of five decimals may be rounded either way.
        assert ours == pytest.approx(theirs, rel=1e-11, abs=1.01e-5), where
    else:
        assert ours == theirs, where


def statistics(hubmill, *arguments):
    return json.loads(hubmill("stats", *arguments, "--json").stdout)


def check_against_polars(hubmill, path, classes=None):
    ours = statistics(hubmill, path)
    frame = pl.read_parquet(path)
    assert ours["num_examples"] == len(frame)
    assert ours["partial"] is False
    assert [column["column_name"] for column in ours["statistics"]] == frame.columns
    for column in ours["statistics"]:
        name = column["column_name"]
        kind, facts = column_facts(frame[name], (classes or {}).get(name))
        assert column["column_type"] == kind, name
        assert_same(column["column_statistics"], facts, name)
    return ours


def everything(count, seed=3):
    draw = random.Random(seed)
    number = lambda make: [None if draw.random() < 0.1 else make() for _ in range(count)]
    start = datetime.datetime(1969, 7, 20)
    return pa.table({
        "whole": number(lambda: draw.randrange(-2**40, 2**40)),
        "small": pa.array(number(lambda: draw.randrange(5)), pa.int8()),
        "real": number(lambda: draw.lognormvariate(0, 4)),
        "narrow": pa.array(number(lambda: draw.gauss(0, 1)), pa.float32()),
        "odd": number(lambda: draw.choice([math.nan, 1.5, 2.5, draw.random()])),
        "label": number(lambda: draw.choice(["ja", "nein", "żółć 🎉"])),
        "text": [f"{'ü' * (i % 37)} {draw.random()}" for i in range(count)],
        "flag": number(lambda: draw.random() < 0.3),
        "tags": number(lambda: [draw.choice("abc") for _ in range(draw.randrange(9))]),
        "time": pa.array(number(lambda: start + datetime.timedelta(microseconds=draw.randrange(10**15))),
                         pa.timestamp("us")),
        "zoned": pa.array(number(lambda: draw.randrange(10**9)), pa.timestamp("s", "UTC")),
        "object": number(lambda: {"a": draw.randrange(3)}),
        "bytes": number(lambda: draw.randbytes(3)),
        "nothing": pa.array([None] * count, pa.string()),
        "same": [7] * count,
    })


@pytest.mark.parametrize("count", [1, 10, 3000])
def test_statistics_are_the_viewers(hubmill, count):
    pq.write_table(everything(count), hubmill.cwd / "x.parquet", row_group_size=700)
    check_against_polars(hubmill, hubmill.cwd / "x.parquet")


def test_a_million_values_need_a_second_pass(hubmill):
    """More different values than are counted by themselves: exact all the same."""
    draw = np.random.default_rng(5)
    table = pa.table({f"x{i}": draw.normal(10**i, 3, 1_200_000) for i in range(2)}
                     | {"id": np.arange(1_200_000) * 1_000_003})
    table = table.append_column("at", pc.cast(table["id"], pa.timestamp("us")))
    pq.write_table(table, hubmill.cwd / "x.parquet", row_group_size=100_000)
    check_against_polars(hubmill, hubmill.cwd / "x.parquet")


def test_class_labels(hubmill):
    features = {"info": {"features": {"label": {"names": ["no", "yes", "never"], "_type": "ClassLabel"}}}}
    table = pa.table({"label": pa.array([0, 1, 1, -1, None], pa.int64())})
    table = table.replace_schema_metadata({"huggingface": json.dumps(features)})
    pq.write_table(table, hubmill.cwd / "x.parquet")
    check_against_polars(hubmill, hubmill.cwd / "x.parquet", {"label": ["no", "yes", "never"]})


@pytest.mark.parametrize("name", REAL)
def test_real_files(hubmill, name):
    path = real(name)
    direct = statistics(hubmill, path)
    hubmill("convert", path, "x.parquet", "--skip-bad-rows")
    again = check_against_polars(hubmill, hubmill.cwd / "x.parquet")
    assert {c["column_name"]: c for c in direct["statistics"]}.keys() == {c["column_name"]: c for c in again["statistics"]}.keys()
    assert direct["num_examples"] == again["num_examples"]
    for ours, theirs in zip(direct["statistics"], again["statistics"]):
        if ours["column_type"] == theirs["column_type"]:
            assert ours == theirs


def test_threads_change_nothing(hubmill):
    pq.write_table(everything(5000), hubmill.cwd / "x.parquet", row_group_size=300)
    write_jsonl(hubmill.cwd / "x.jsonl", rows_with_everything(5000))
    write_jsonl(hubmill.cwd / "y.jsonl", rows_with_everything(5200, seed=8))
    for command in (["stats", "x.parquet"], ["stats", "x.jsonl"], ["stats", "x.jsonl", "--against", "y.jsonl"],
                    ["diff", "x.jsonl", "y.jsonl"], ["diff", "x.jsonl", "y.jsonl", "--key", "id", "--memory", "10KB"]):
        answers = {hubmill(*command, "--json", "--threads", threads).stdout for threads in (1, 2, 8)}
        assert len(answers) == 1, command


def test_text_for_people(hubmill):
    write_jsonl(hubmill.cwd / "x.jsonl", rows_with_everything(100))
    text = hubmill("stats", "x.jsonl").stdout.decode()
    assert text.startswith("train: 100 rows\n")
    assert "alpha" in text and "█" in text
    hostile = [{"x": "\x1b[31mred\x07", "y\n": i} for i in range(3)]
    write_jsonl(hubmill.cwd / "h.jsonl", hostile)
    for command in (["stats", "h.jsonl"], ["stats", "h.jsonl", "--against", "x.jsonl"],
                    ["diff", "h.jsonl", "x.jsonl"], ["diff", "x.jsonl", "h.jsonl"]):
        assert b"\x1b" not in hubmill(*command).stdout, command


def drift(hubmill, now, before, *arguments):
    found = json.loads(hubmill("stats", now, "--against", before, "--json", *arguments).stdout)
    return {column["column_name"]: column for column in found["splits"][0]["columns"]}


def psi(before, now):
    """Ten bins between the deciles of the reference, each up to and with its upper edge."""
    before, now = np.sort(before), np.sort(now)
    edges = []
    for decile in range(1, 10):
        edge = before[math.ceil(len(before) * decile / 10) - 1]
        if not edges or edge > edges[-1]:
            edges.append(edge)
    shares = []
    for values in (before, now):
        counts = np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1)
        shares.append(np.maximum(counts / len(values), 1e-4))
    return float(np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0])))


@pytest.mark.parametrize("seed", range(4))
def test_distances_are_scipys(hubmill, seed):
    stats = pytest.importorskip("scipy.stats")
    distance = pytest.importorskip("scipy.spatial.distance")
    draw = np.random.default_rng(seed)
    kinds = np.array(["a", "b", "c", "d", "e"])
    sides = []
    for side in range(2):
        count = 700 + 300 * side
        sides.append({"real": draw.normal(side * 0.3, 1 + side, count), "whole": draw.integers(0, 6 + 2 * side, count),
                      "kind": draw.choice(kinds[side:], count), "flag": draw.random(count) < 0.4 + 0.2 * side,
                      "text": ["x" * int(n) + str(i) for i, n in enumerate(draw.integers(0, 40 + 30 * side, count))]})
        pq.write_table(pa.table(sides[-1]), hubmill.cwd / f"{side}.parquet")
    before, now = sides
    found = drift(hubmill, "1.parquet", "0.parquet")
    for name in ("real", "whole", "text"):
        values = [np.array([len(t) for t in side[name]]) if name == "text" else side[name] for side in sides]
        column = found[name]
        assert column["kolmogorov_smirnov"] == pytest.approx(stats.ks_2samp(*values).statistic, abs=1e-12)
        wasserstein = stats.wasserstein_distance(*values)
        assert column["wasserstein"] == pytest.approx(wasserstein, rel=1e-9)
        assert column["wasserstein_normalized"] == pytest.approx(wasserstein / np.std(values[0], ddof=1), rel=1e-9)
        assert column["psi"] == pytest.approx(psi(*values), rel=1e-9)
        assert column["distance"] == column["kolmogorov_smirnov"]
    for name in ("kind", "flag"):
        names = sorted({str(v) for side in sides for v in side[name]})
        shares = [[np.mean([str(v) == n for v in side[name]]) for n in names] for side in sides]
        column = found[name]
        assert column["total_variation"] == pytest.approx(np.abs(np.subtract(*shares)).sum() / 2, abs=1e-12)
        assert column["jensen_shannon"] == pytest.approx(distance.jensenshannon(*shares, base=2), abs=1e-9)
    assert [c["name"] for c in found["kind"]["vanished_categories"]] == ["a"]
    assert found["kind"]["vanished_categories"][0]["count"] == int((before["kind"] == "a").sum())
    assert [c["distance"] for c in found.values()] == sorted((c["distance"] for c in found.values()), reverse=True)


def test_fail_above_is_for_checks(hubmill):
    write_jsonl(hubmill.cwd / "a.jsonl", [{"x": i % 10} for i in range(100)])
    write_jsonl(hubmill.cwd / "b.jsonl", [{"x": i % 5} for i in range(100)])
    hubmill("stats", "a.jsonl", "--against", "a.jsonl", "--fail-above", "0")
    hubmill("stats", "b.jsonl", "--against", "a.jsonl", "--fail-above", "0.5")
    failed = hubmill("stats", "b.jsonl", "--against", "a.jsonl", "--fail-above", "0.4", status=3)
    assert b"column=x" in failed.stderr
    hubmill("stats", "b.jsonl", "--fail-above", "0.4", status=2)


def difference(hubmill, before, now, *arguments, status=0):
    found = json.loads(hubmill("diff", before, now, "--json", *arguments, status=status).stdout)
    assert len(found["splits"]) == 1
    return found["splits"][0]


@pytest.mark.parametrize("seed", range(3))
def test_changes_are_what_pandas_finds(hubmill, seed):
    pandas = pytest.importorskip("pandas")
    draw = random.Random(seed)
    before = pandas.DataFrame({"id": range(500), "text": [draw.choice("abc") for _ in range(500)],
                               "n": [draw.randrange(4) for _ in range(500)], "q": [draw.random() for _ in range(500)]})
    now = before.drop(index=draw.sample(range(500), 60))
    for column, value in (("text", "z"), ("n", -1), ("q", 2.5)):
        now.loc[draw.sample(list(now.index), 40), column] = value
    more = pandas.DataFrame({"id": range(500, 530), "text": "new", "n": 0, "q": 0.5})
    now = pandas.concat([now, more]).sample(frac=1, random_state=seed)[["q", "n", "text", "id"]]
    before.to_parquet(hubmill.cwd / "before.parquet", index=False)
    write_jsonl(hubmill.cwd / "now.jsonl", now.to_dict("records"))
    found = difference(hubmill, "before.parquet", "now.jsonl", "--key", "id", "--samples", 1000)
    both = before.merge(now, on="id", suffixes=("", "_now"))
    changed = {name: set(both[both[name] != both[name + "_now"]]["id"]) for name in ("text", "n", "q")}
    any_changed = set.union(*changed.values())
    assert (found["same"], found["changed"]) == (len(both) - len(any_changed), len(any_changed))
    assert (found["removed"], found["added"]) == (60, 30)
    assert {c["name"]: c["rows"] for c in found["columns"]["changed"]} == {n: len(c) for n, c in changed.items()}
    for sample in found["samples"]["changed"]:
        row = before.iloc[sample["row_before"]]
        assert sample["before"]["id"] == row["id"] == now.iloc[sample["row_now"]]["id"] == sample["now"]["id"]
        assert set(sample["columns"]) == {n for n in changed if row["id"] in changed[n]}
    assert len(found["samples"]["changed"]) == len(any_changed)
    whole = difference(hubmill, "before.parquet", "now.jsonl", "--samples", 0)
    assert (whole["same"], whole["removed"]) == (found["same"], 500 - found["same"])


def test_formats_do_not_matter(hubmill):
    write_jsonl(hubmill.cwd / "x.jsonl", rows_with_everything(2000))
    hubmill("convert", "x.jsonl", "x.parquet")
    hubmill("convert", "x.parquet", "y.jsonl.zst")
    for other in ("x.parquet", "y.jsonl.zst"):
        found = difference(hubmill, "x.jsonl", other, "--fail-on-change")
        assert (found["same"], found["added"], found["removed"]) == (2000, 0, 0)


def test_real_changes(hubmill):
    path = real("08_grievances/banking77_train.csv")
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    header, rows = lines[0], pl.read_csv(path)
    assert header
    rows[:-10].write_parquet(hubmill.cwd / "old.parquet")
    rows[5:].write_parquet(hubmill.cwd / "new.parquet")
    found = difference(hubmill, "old.parquet", "new.parquet")
    assert (found["added"], found["removed"]) == (10, 5)


def test_schema_changes_and_exit_status(hubmill):
    write_jsonl(hubmill.cwd / "a.jsonl", [{"id": 1, "old": 1, "n": 1}])
    write_jsonl(hubmill.cwd / "b.jsonl", [{"id": 1, "new": 1, "n": 1.5}])
    found = difference(hubmill, "a.jsonl", "b.jsonl", "--key", "id")
    assert [c["name"] for c in found["columns"]["added"]] == ["new"]
    assert [c["name"] for c in found["columns"]["removed"]] == ["old"]
    assert found["columns"]["types_changed"] == [{"name": "n", "type": "int64", "type_now": "float64"}]
    assert found["columns"]["compared"] == ["id", "n"]
    difference(hubmill, "a.jsonl", "b.jsonl", "--fail-on-change", status=3)
    text = hubmill("diff", "a.jsonl", "b.jsonl", "--key", "id").stdout.decode()
    assert "columns added: new" in text and "1 changed" in text


def test_objects_that_look_like_forms_are_shown_as_their_json(hubmill):
    kind = pa.struct([("a", pa.int64()), ("$cut", pa.string())])
    rows = {"before": [{"a": 1, "$cut": "x"}, None], "now": [None, {"a": 1, "$cut": "x"}]}
    for name, values in rows.items():
        pq.write_table(pa.table({"id": [1, 2], "s": pa.array(values, kind)}), hubmill.cwd / f"{name}.parquet")
    found = difference(hubmill, "before.parquet", "now.parquet", "--key", "id")
    shown = {"$deep": '{"a":1,"$cut":"x"}', "bytes": 18}
    cells = [(s["before"]["s"], s["now"]["s"]) for s in found["samples"]["changed"]]
    assert cells == [(shown, None), (None, shown)]
    text = hubmill("diff", "before.parquet", "now.parquet", "--key", "id").stdout.decode()
    assert '- s: {"a":1,"$cut":"x"}' in text and "+ s: null" in text and "$deep" not in text


def test_splits_of_a_repository(hubmill):
    hub = ["--hub", "local", "--hub-root", "hub"]
    for version in (1, 2):
        folder = hubmill.cwd / f"v{version}"
        folder.mkdir()
        for split in ("train", "test"):
            write_jsonl(folder / f"{split}.jsonl", [{"id": i, "v": version if i == 3 else 0} for i in range(20)])
        if version == 2:
            write_jsonl(folder / "validation.jsonl", [{"id": 1, "v": 0}])
        hubmill("hub", "upload", "local/d", folder, *hub)
        hubmill("hub", "tag", "local/d", f"v{version}", *hub)
    found = json.loads(hubmill("diff", "hub://local/d@v1", "local/d", "--key", "id", "--json", *hub).stdout)
    assert [(s["split"], s["changed"], s["same"]) for s in found["splits"]] == [("train", 1, 19), ("test", 1, 19)]
    assert found["splits_added"] == ["validation"] and found["differs"]
    listed = statistics(hubmill, "local/d", *hub)["splits"]
    assert [s["split"] for s in listed] == ["train", "validation", "test"]
    assert statistics(hubmill, "local/d", "--split", "test", *hub)["num_examples"] == 20


def test_lines_that_are_no_rows_are_a_difference(hubmill):
    good = "".join(json.dumps({"id": number}) + "\n" for number in range(5))
    (hubmill.cwd / "b0.jsonl").write_text(good)
    (hubmill.cwd / "b2.jsonl").write_text(good + "OOPS half a line\n[1]\n")
    assert hubmill("diff", "b0.jsonl", "b0.jsonl", "--fail-on-change").returncode == 0
    found = json.loads(hubmill("diff", "b0.jsonl", "b2.jsonl", "--json").stdout)
    assert found["before"] == "b0.jsonl" and found["now"] == "b2.jsonl" and found["differs"]
    assert found["splits"][0]["same"] == 5 and found["splits"][0]["bad_rows"] == {"before": 0, "now": 2}
    said = hubmill("diff", "b0.jsonl", "b2.jsonl", "--fail-on-change", status=3).stdout
    assert b"no rows, not compared: 0 before, 2 now" in said


def test_what_is_not_there_is_said(hubmill):
    assert b"no such file or folder" in hubmill("show", "/nonexist", status=2).stderr
    assert b"no such file or folder" in hubmill("stats", "./nonexist", status=2).stderr


def test_refusals(hubmill):
    write_jsonl(hubmill.cwd / "a.jsonl", [{"label": 1}])
    (hubmill.cwd / "broken.parquet").write_bytes(b"PAR1 nothing of the kind PAR1")
    assert b"did you mean label?" in hubmill("stats", "a.jsonl", "--columns", "lable", status=2).stderr
    assert b"did you mean label?" in hubmill("diff", "a.jsonl", "a.jsonl", "--key", "lable", status=2).stderr
    hubmill("stats", "a.jsonl", "--split", "nosuch", status=2)
    hubmill("stats", "nosuch.jsonl", status=2)
    assert b"broken.parquet" in hubmill("stats", "broken.parquet", status=3).stderr
    hubmill("diff", "a.jsonl", "broken.parquet", status=3)
    hubmill("stats", "hub://alice/d", "--hub", "http://127.0.0.1:9", status=4)
