"""hubmill dedup, what a review found: memory where few rows stay, groups by value, counts of other data, outputs as inputs."""
import json
import subprocess

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import BINARY, write_jsonl


def report(done):
    return json.loads(done.stdout)["datasets"][0]


def counts(done):
    return report(done)["stages"][-1]["counts"]


def ids(path):
    return [json.loads(line)["id"] for line in path.read_text().splitlines()]


def peak_megabytes(hubmill, *arguments):
    """Of a process of its own, so that no other child's peak is seen."""
    code = ("import resource, subprocess, sys; done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL); "
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(done.returncode)")
    done = subprocess.run(["python3", "-c", code, str(BINARY), *map(str, arguments)], cwd=hubmill.cwd, env=hubmill.environment(),
                          capture_output=True, check=True)
    return int(done.stdout) / 1024


@pytest.mark.parametrize("method", ["exact", "paragraph"])
def test_memory_where_few_rows_stay(hubmill, method):
    same = json.dumps({"text": "s" * 880}) + "\n"
    unique = [json.dumps({"text": f"{number} " + "u" * 870}) + "\n" for number in range(400)]
    with open(hubmill.cwd / "in.jsonl", "w") as file:
        for line in unique:
            file.write(line)
            file.write(same * 600)
    peak = peak_megabytes(hubmill, "dedup", "in.jsonl", "--out", "out.jsonl", "--method", method, "--threads", 2)
    assert (hubmill.cwd / "out.jsonl").read_text() == "".join([unique[0], same, *unique[1:]])
    assert peak < 100, f"{peak} MB for {(hubmill.cwd / 'in.jsonl').stat().st_size >> 20} MB of input"


SPELLINGS = [["10000000000000000", "1e16", "10000000000000000.0"], ["100000000000000000000", "1e20"], ["0", "-0", "-0.0", "0e1"],
             ['{"b":2,"a":"x"}', '{"a": "x", "b": 2.0}', '{"b":2e0,"a":"\\u0078"}'], ["[1, 2]", "[1.0,2]"], ['"1"', '"\\u0031"']]


@pytest.mark.parametrize("method", ["exact", "near", "paragraph"])
def test_groups_are_compared_by_value(hubmill, method):
    lines = [f'{{"id": {group}, "text": "one two three four five six", "g": {spelling}}}\n'
             for group, spellings in enumerate(SPELLINGS) for spelling in spellings]
    (hubmill.cwd / "in.jsonl").write_text("".join(lines))
    hubmill("dedup", "in.jsonl", "--out", "out.jsonl", "--scope", "within:g", "--method", method)
    assert ids(hubmill.cwd / "out.jsonl") == list(range(len(SPELLINGS)))


@pytest.mark.parametrize("column", [[1e16, 1.0, -0.0], [{"b": 2.0, "c": None}, {"b": 1.0, "c": "x"}, {"b": 0.0, "c": None}]])
def test_groups_of_parquet_are_those_of_json(hubmill, column):
    texts = ["one two three four five six"] * 3
    pq.write_table(pa.table({"id": [0, 1, 2], "text": texts, "g": column}), hubmill.cwd / "in.parquet")
    plain = ["10000000000000000", "1", "0"] if isinstance(column[0], float) else ['{"b":2}', '{"c":"x","b":1}', '{"b":-0}']
    (hubmill.cwd / "in.jsonl").write_text("".join(f'{{"id": {i}, "text": "{texts[0]}", "g": {g}}}\n' for i, g in enumerate(plain)))
    for own, other in (("in.jsonl", "in.parquet"), ("in.parquet", "in.jsonl")):
        for out in ("out.jsonl", "out.parquet"):
            done = hubmill("dedup", own, "--against", other, "--out", out, "--scope", "within:g", "--json")
            assert report(done)["rows_written"] == 0


def test_a_table_is_not_the_output_by_another_name(hubmill):
    source = write_jsonl(hubmill.cwd / "in.jsonl", [{"text": "a"}, {"text": "a"}])
    for out, table in ((f"file://{hubmill.cwd}/o.parquet", "o.parquet"), ("o.parquet", f"file://{hubmill.cwd}/o.parquet"),
                       ("o/", f"file://{hubmill.cwd}/o/c.parquet"), (f"file://{hubmill.cwd}/o/", "o/c.parquet")):
        done = hubmill("dedup", source, "--out", out, "--clusters", table, status=2)
        assert b"one file" in done.stderr or b"lies in the output folder" in done.stderr
        assert [file.name for file in hubmill.cwd.iterdir() if file.name != ".cache"] == ["in.jsonl"]


def test_counts_are_of_our_rows(hubmill):
    own = write_jsonl(hubmill.cwd / "in.jsonl", [{"text": "a b c d e"}, {"text": "a b c d e"}, {"text": None}, {"text": "z y x w v"}])
    other = write_jsonl(hubmill.cwd / "other.jsonl", [{"text": "q r s t u"}] * 3 + [{"text": "z y x w v"}, {"text": None}])
    for method in ("exact", "near"):
        done = hubmill("dedup", own, "--against", other, "--out", "o.jsonl", "--method", method, "--clusters", "c.parquet",
                       "--report", "--json")
        seen = counts(done)
        assert (seen["other_rows"], seen["not_compared"], seen["clusters"], seen["largest_cluster"]) == (5, 1, 2, 2)
        assert seen["clusters_of_2"] == 2 and seen["clusters_of_3_to_9"] == 0
        assert {row["cluster"].rsplit(":", 1)[1] for row in pq.read_table(hubmill.cwd / "c.parquet").to_pylist()} == {"1", "4"}
    for method in ("exact", "near", "paragraph", "overlap"):
        done = hubmill("dedup", own, "--against", other, "--out", "o.jsonl", "--method", method, "--json")
        assert counts(done)["other_rows"] == 5
    assert "other_rows" not in counts(hubmill("dedup", own, "--out", "o.jsonl", "--method", "near", "--json"))


def test_a_share_is_what_it_says(hubmill):
    words = [f"w{number}" for number in range(100)]
    write_jsonl(hubmill.cwd / "in.jsonl", [{"id": 1, "text": " ".join(words)}])
    for share in (7, 14, 28, 29, 55, 57, 58):  # Times 100 as float64 some of them are a little more.
        write_jsonl(hubmill.cwd / "other.jsonl", [{"text": " ".join(words[:share])}])
        for asked, stay in ((share / 100, 0), (share / 100 + 0.001, 1)):
            done = hubmill("dedup", "in.jsonl", "--against", "other.jsonl", "--method", "overlap", "--overlap", 1,
                           "--overlap-share", asked, "--out", "o.jsonl", "--json")
            assert report(done)["rows_written"] == stay, (share, asked)


def test_our_own_folder_is_an_input(hubmill):
    rows = [{"id": number, "text": f"text {number % 7}"} for number in range(20)]
    source = write_jsonl(hubmill.cwd / "in.jsonl", rows)
    for end in ("jsonl", "jsonl.zst", "parquet"):
        hubmill("dedup", source, "--out", "one/", "--format", end)
        hubmill("dedup", "one", "--out", "again.jsonl")
        assert ids(hubmill.cwd / "again.jsonl") == list(range(7))
        hubmill("dedup", source, "--against", "one/", "--out", "none.jsonl")
        assert ids(hubmill.cwd / "none.jsonl") == []
    hubmill("dedup", source, "--out", "one/", "--format", "jsonl")
    hubmill("convert", "one", "converted.jsonl")
    assert ids(hubmill.cwd / "converted.jsonl") == list(range(7))
    (hubmill.cwd / "mine").mkdir()
    (hubmill.cwd / "mine" / "manifest.json").write_text('{"id": 3, "text": "a row", "hubmill": 1}\n')
    hubmill("dedup", "mine", "--out", "mine.jsonl")
    assert ids(hubmill.cwd / "mine.jsonl") == [3]


@pytest.mark.parametrize("source", ["jsonl", "parquet"])
def test_a_hash_split_of_views(hubmill, source):
    rows = [{"id": number, "text": "long enough to be no inline view " * 3 + str(number)} for number in range(500)]
    write_jsonl(hubmill.cwd / "in.jsonl", rows)
    column = pa.array([row["text"] for row in rows]).cast(pa.string_view())
    pq.write_table(pa.table({"id": [row["id"] for row in rows], "text": column}), hubmill.cwd / "in.parquet")
    reads, writes = {"jsonl": ("{jsonl: {path: in.jsonl, raw: line, raw_views: true, schema: {text: string}, extra_fields: drop}}", "{jsonl: {raw: line}}"),
                     "parquet": ("{parquet: in.parquet}", "jsonl")}[source]
    (hubmill.cwd / "r.yaml").write_text("recipe: r\ndatasets:\n  default:\n    source: " + reads + "\n    stages:\n"
                                        "      - split: {method: hash, by: text, ratios: {train: 0.5, test: 0.5}}\n    sink: " + writes + "\n")
    hubmill("run", "r.yaml", "--out", "out")
    read = {split: [json.loads(line) for file in sorted((hubmill.cwd / "out/data").glob(f"{split}-*")) for line in open(file)]
            for split in ("train", "test")}
    assert sorted(read["train"] + read["test"], key=lambda row: row["id"]) == rows and min(map(len, read.values())) > 150


def test_a_dry_run_checks_and_leaves_nothing(hubmill):
    pq.write_table(pa.table({"text": ["a"], "tag": ["x"], "score": [1.0]}), hubmill.cwd / "in.parquet")
    pq.write_table(pa.table({"text": ["a"]}), hubmill.cwd / "other.parquet")
    before = sorted(hubmill.cwd.iterdir())

    def nothing_left():
        return [path for path in sorted(hubmill.cwd.iterdir()) if path.name != ".cache"] == before

    for column, status in (("score", 0), ("tag", 3), ("nothing", 3)):
        for out in ("o.jsonl", "deep/er/o.jsonl", "deep/er/o/"):
            done = hubmill("dedup", "in.parquet", "--out", out, "--keep", f"best:{column}", "--against", "other.parquet",
                           "--clusters", "tables/c.parquet", "--dry-run", status=status)
            assert status == 0 or column in done.stderr.decode()
            assert nothing_left()
    (hubmill.cwd / "bad.jsonl").write_text("no JSON\n")
    before = sorted(path for path in hubmill.cwd.iterdir() if path.name != ".cache")
    for out in ("deep/er/o.jsonl", "deep/er/o/"):
        hubmill("dedup", "bad.jsonl", "--out", out, "--clusters", "deep/c.parquet", status=3)
        assert nothing_left()


def test_remedies_are_options_that_exist(hubmill):
    (hubmill.cwd / "in.jsonl").write_text('{"text": "a", "n": 1}\n{"text": "b", "n": {"x": 1}}\n')
    done = hubmill("dedup", "in.jsonl", "--out", "o.parquet", status=3)
    assert "dedup has no such option" in done.stderr.decode(), done.stderr.decode()
    (hubmill.cwd / "in.csv").write_text("id,txt\n1,a\n")
    said = hubmill("dedup", "in.csv", "--out", "o.jsonl", status=3).stderr.decode()
    assert "schema" not in said and "--text" in said, said


def test_tsv_is_read_as_csv(hubmill):
    (hubmill.cwd / "in.tsv").write_text("id\ttext\n1\t007\n2\t7\n3\t007\n")
    hubmill("dedup", "in.tsv", "--against", write_jsonl(hubmill.cwd / "other.jsonl", [{"text": "x"}]), "--out", "o.jsonl")
    assert [json.loads(line) for line in (hubmill.cwd / "o.jsonl").read_text().splitlines()] == [
        {"id": 1, "text": "007"}, {"id": 2, "text": "7"}]


def test_band_files_say_cannot_once(hubmill, monkeypatch):
    source = write_jsonl(hubmill.cwd / "in.jsonl", [{"text": f"one two three four five {number}"} for number in range(20_000)])
    monkeypatch.setenv("TMPDIR", str(hubmill.cwd / "nowhere"))
    said = hubmill("dedup", source, "--out", "o.jsonl", "--method", "near", "--memory", "1KiB", status=1).stderr.decode()
    assert "cannot create a temporary file" in said and "cannot cannot" not in said
