"""The routes that show data sets (docs/pages.md): runs, folders and a Hub, as the pages ask for them."""
import concurrent.futures
import json
import subprocess
import time
import urllib.parse
import urllib.request

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import BINARY, ROOT
from served_jobs import Served
from silent_hub import SilentHub

ROWS = 5_000
SCRIPT = "<script>alert(1)</script>"


def table(rows=ROWS, first=0):
    return pa.table({
        "id": [f"r{first + i}" for i in range(rows)],
        "number": pa.array([i if i % 7 else None for i in range(rows)], pa.int64()),
        "text": [f"row {first + i} of {SCRIPT}" for i in range(rows)],
        "list": [[{"role": "user", "content": f"q{i}"}] for i in range(rows)],
    })


def write(path, data, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(data, path, **options)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data_routes")
    sets = folder / "sets"
    write(sets / "flat/train.parquet", table(), row_group_size=700, write_page_index=True)
    write(sets / "flat/test.parquet", table(10, ROWS))
    (sets / "flat/README.md").write_text("---\npretty_name: Flat rows\n---\n# Flat rows\n")
    write(sets / "newer/train.parquet", table().slice(3))
    (sets / "broken").mkdir()
    (sets / "broken/train.parquet").write_bytes(b"PAR1 this is no Parquet file PAR1")
    (sets / "lines").mkdir()
    (sets / "lines/chat.jsonl").write_bytes((ROOT / "samples/chat.jsonl").read_bytes())
    subprocess.run([BINARY, "dedup", "lines/chat.jsonl", "--text", "answer", "--method", "near", "--verify", "--out",
                    "lines/kept.jsonl", "--clusters", "lines/why.parquet", "--quiet"], cwd=sets, check=True)
    (sets / "empty").mkdir()
    (folder / "secret.parquet").write_bytes(b"not shown")
    with Served(folder, "--data", sets, "--input-root", ROOT, "--hub", "local", "--hub-root", folder / "hub") as served:
        yield served


def get(served, route, **query):
    return served("GET", "/api/v1/data" + route + ("?" + urllib.parse.urlencode(query) if query else ""))


def found(served, route, **query):
    answer = get(served, route, **query)
    assert answer.status == 200, (route, query, answer.body)
    return answer.json()


def events(served, route, **query):
    answer = get(served, route, **query)
    assert answer.status == 200, answer.body
    list_ = []
    for block in answer.body.decode().strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        list_.append((fields["event"], json.loads(fields["data"])))
    return list_


def test_the_list_has_the_folders_with_data(world):
    listed = found(world, "")
    assert {s["id"] for s in listed["sets"] if s["kind"] == "folder"} == {
        "folder/flat", "folder/newer", "folder/broken", "folder/lines"}
    assert listed["problems"] == []
    assert [s["id"] for s in found(world, "", search="FLA")["sets"]] == ["folder/flat"]


def test_a_set_tells_its_card_and_splits(world):
    shown = found(world, "/set", set="folder/flat")
    assert shown["title"] == "Flat rows" and "# Flat rows" in shown["card"]
    (config,) = shown["configs"]
    assert {s["name"] for s in config["splits"]} == {"train", "test"}
    assert shown["versions"] == [] and shown["manifest"] is None


@pytest.mark.parametrize("offset", [0, 1, 699, 700, 4_321, ROWS - 3])
def test_rows_are_those_of_the_file(world, offset):
    page = found(world, "/rows", set="folder/flat", split="train", offset=offset, length=20)
    assert page["rows_total"] == ROWS and page["offset"] == offset
    expected = table().slice(offset, 20).to_pylist()
    names = [c["name"] for c in page["columns"]]
    assert [dict(zip(names, row["cells"])) for row in page["rows"]] == expected
    assert [row["row"] for row in page["rows"]] == list(range(offset, offset + len(expected)))
    assert {c["name"]: c["shape"] for c in page["columns"]} == {
        "id": "text", "number": "number", "text": "text", "list": "messages"}


def test_columns_may_be_chosen(world):
    page = found(world, "/rows", set="folder/flat", split="train", columns='["number", "id"]', length=1, offset=9)
    assert page["rows"] == [{"row": 9, "cells": [9, "r9"]}]


def test_a_page_behind_the_end_is_empty(world):
    assert found(world, "/rows", set="folder/flat", split="train", offset=10 ** 15)["rows"] == []


def test_a_whole_cell(world):
    answer = get(world, "/cell", set="folder/flat", split="train", row=17, column="text")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.body.decode() == f"row 17 of {SCRIPT}"
    assert found(world, "/cell", set="folder/flat", split="train", row=17, column="list") == [
        {"role": "user", "content": "q17"}]
    assert get(world, "/cell", set="folder/flat", split="train", row=ROWS, column="text").status == 404


def test_json_lines_are_a_table_too(world):
    page = found(world, "/rows", set="folder/lines", split="train", length=3)
    lines = (ROOT / "samples/chat.jsonl").read_text().splitlines()
    names = [c["name"] for c in page["columns"]]
    for row, line in zip(page["rows"], lines):
        shown = dict(zip(names, row["cells"]))
        assert {k: shown[k] for k in json.loads(line)} == json.loads(line)


def test_search_finds_rows_in_order_and_tells_when_it_looked_at_all(world):
    heard = events(world, "/search", set="folder/flat", split="train", q="ROW 17", limit=1000)
    hits = [data["row"] for event, data in heard if event == "hit"]
    assert hits == [i for i in range(ROWS) if f"row {i} of".startswith("row 17")]
    assert heard[-1] == ("end", {"hits": len(hits), "rows": ROWS, "complete": True})
    heard = events(world, "/search", set="folder/flat", split="train", filter="number > 4990", columns='["id"]')
    assert [data["cells"] for event, data in heard if event == "hit"] == [
        [f"r{i}"] for i in range(4991, ROWS) if i % 7]


def test_a_filter_that_does_not_parse_is_a_problem(world):
    (event, data), = events(world, "/search", set="folder/flat", split="train", filter="number >")
    assert event == "problem" and "error" in data


def test_statistics_have_the_shape_of_the_hubs(world):
    event, end = events(world, "/stats", set="folder/flat", split="train")[-1]
    assert event == "end" and end["num_examples"] == ROWS
    by_name = {s["column_name"]: s for s in end["statistics"]}
    number = by_name["number"]
    assert number["column_type"] == "int"
    assert number["column_statistics"]["nan_count"] == sum(i % 7 == 0 for i in range(ROWS))
    assert number["column_statistics"]["max"] == ROWS - 1


def test_a_diff_counts_what_came_and_went(world):
    event, end = events(world, "/diff", set="folder/flat", other="folder/newer", split="train", key='["id"]')[-1]
    assert event == "end", end
    assert (end["rows_before"], end["rows_now"], end["removed"], end["added"], end["changed"], end["same"]) == (
        ROWS, ROWS - 3, 3, 0, 0, ROWS - 3)
    said = subprocess.run([BINARY, "diff", "sets/flat", "sets/newer", "--split", "train", "--key", "id", "--json"],
                          cwd=world.cwd, capture_output=True, text=True, check=True)
    assert json.loads(said.stdout)["splits"][0]["removed"] == 3
    assert {c["column_name"] for c in end["drift"]["columns"]} == {"id", "number", "text", "list"}


def test_clusters_and_their_rows(world):
    (path,) = found(world, "/set", set="folder/lines")["clusters"]
    listed = found(world, "/clusters", set="folder/lines", path=path)
    assert listed["clusters_total"] == len(listed["clusters"]) > 0
    sizes = [c["size"] for c in listed["clusters"]]
    assert sizes == sorted(sizes, reverse=True)
    cluster = found(world, "/cluster", set="folder/lines", path=path, cluster=listed["clusters"][0]["cluster"])
    assert cluster["rows_total"] == sizes[0] == len(cluster["rows"])
    lines = (ROOT / "samples/chat.jsonl").read_text().splitlines()
    for row in cluster["rows"]:
        assert row["cells"] == json.loads(lines[int(row["id"].rsplit(":", 1)[1]) - 1])
    assert sum(row["kept"] for row in cluster["rows"]) >= 1
    assert get(world, "/clusters", set="folder/lines", path="../secret.parquet").status == 404


def test_rows_of_a_cluster_are_those_of_the_input_or_none(tmp_path):
    sets = tmp_path / "sets"
    (sets / "in").mkdir(parents=True)
    (sets / "out").mkdir()
    rows = [{"text": "the same"}, {"text": "the same"}, {"text": "another"}, {"text": "one more"}]
    (sets / "in/a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    for folder, table_ in (("out", "out/why.parquet"), ("in", "in/why.parquet")):
        subprocess.run([BINARY, "dedup", "in/a.jsonl", "--out", "out/a.jsonl", "--clusters", table_, "--quiet"],
                       cwd=sets, check=True)
        with Served(tmp_path, "--data", sets) as served:
            query = {"set": f"folder/{folder}", "path": "why.parquet"}
            (cluster,) = found(served, "/clusters", **query)["clusters"]
            cells = [row["cells"] for row in found(served, "/cluster", cluster=cluster["cluster"], **query)["rows"]]
            assert cells == ([None, None] if folder == "out" else [rows[0], rows[0]])


def test_nesting_that_nobody_reads_ends_no_server(tmp_path):
    deep = "[" * 2_000_000 + "]" * 2_000_000
    write(tmp_path / "sets/a/train.parquet", table(3).replace_schema_metadata(
        {"huggingface": '{"info":{"features":{"id":' + deep + "}}}"}))
    (tmp_path / "sets/a/manifest.json").write_text('{"a":' + deep + "}")
    (tmp_path / "sets/a/rejects.jsonl").write_text(
        '{"dataset":"d","stage":"s","reason":"r","why":"","file":"f","row":' + deep + ',"data":null}\n')
    with Served(tmp_path, "--data", "sets") as served:
        assert found(served, "/set", set="folder/a")["manifest"] is None
        assert found(served, "/rows", set="folder/a")["rows_total"] == 3
        assert get(served, "/rejects", set="folder/a").status == 422
        assert events(served, "/stats", set="folder/a")[-1][0] == "end"
    for command in ("show", "stats"):
        subprocess.run([BINARY, command, tmp_path / "sets/a"], check=True, capture_output=True)


def test_links_lead_nowhere(tmp_path):
    (tmp_path / "outside.jsonl").write_text('{"secret": 1}\n')
    (tmp_path / "outside.md").write_text("# secret\n")
    write(tmp_path / "sets/a/train.parquet", table(3))
    (tmp_path / "sets/a/test.jsonl").symlink_to(tmp_path / "outside.jsonl")
    (tmp_path / "sets/a/README.md").symlink_to(tmp_path / "outside.md")
    (tmp_path / "sets/a/again").symlink_to(".")
    (tmp_path / "sets/a/twice").symlink_to(".")
    with Served(tmp_path, "--data", "sets") as served:
        shown = found(served, "/set", set="folder/a")
        assert shown["card"] == "" and "secret" not in json.dumps(shown)
        assert [s["name"] for c in shown["configs"] for s in c["splits"]] == ["train"]
    done = subprocess.run([BINARY, "stats", tmp_path / "sets/a", "--split", "train", "--json"], check=True,
                          capture_output=True, text=True)
    assert '"num_examples": 3' in done.stdout or '"num_examples":3' in done.stdout


def test_jobs_of_one_recipe(world):
    job = world.submit(recipe="sample", set={"data": str(ROOT / "samples")}, dry_run=True)
    world.wait(job)
    assert job in {j["id"] for j in world("GET", "/api/v1/jobs?recipe=sample").json()["jobs"]}
    assert world("GET", "/api/v1/jobs?recipe=metadata-e1").json()["jobs"] == []


@pytest.fixture(scope="module")
def run(world):
    job = world.submit(recipe="sample", set={"data": str(ROOT / "samples")})
    assert world.wait(job)["state"] == "completed"
    return f"run/{job}"


def test_a_run_is_a_set_with_its_reasons(world, run):
    shown = found(world, "/set", set=run)
    assert shown["manifest"]["recipe"] == "sample" and {c["name"] for c in shown["configs"]} == {"chat", "feedback"}
    assert [v["commit"] for v in shown["versions"]] == [run.split("/")[1]]
    rejects = found(world, "/rejects", set=run)
    assert rejects["kept"] and rejects["complete"]
    dropped = {}
    for dataset in shown["manifest"]["datasets"]:
        for stage in dataset["stages"]:
            for reason, rows in stage["dropped"].items():
                dropped[dataset["name"], stage["name"], reason] = rows
    assert {(r["dataset"], r["stage"], r["reason"]): r["rows"] for r in rejects["reasons"]} == dropped
    asked = {(r["dataset"], r["stage"]): r["asked"] for r in rejects["reasons"]}
    assert asked["feedback", "filter"] == "filter: message != ''"
    assert asked["chat", "filter"] == "filter: score is not null"
    assert asked["feedback", "dedup_exact"] == "dedup_exact: columns=message, keep=first, action=drop, by_split=false"
    told = {(a["dataset"], a["stage"]): a["asked"] for a in shown["asked"]}
    assert asked.items() <= told.items() and told["chat", "shuffle"] == "shuffle: seed=42"
    one = found(world, "/rejects", set=run, row=29, q="fb-0029")
    (sample,) = [s for r in one["reasons"] for s in r["samples"]]
    assert sample["row"] == 29 and '"fb-0029"' in sample["data"]
    assert not any("@" in s["data"] for r in found(world, "/rejects", set=run, samples=100)["reasons"]
                   for s in r["samples"] if s["data"])


def test_a_set_without_kept_rows_tells_the_counts(world, run, tmp_path):
    done = subprocess.run([BINARY, "run", "sample", "--set", f"data={ROOT / 'samples'}", "--out", "published", "--push", "--hub", world_hub(world), "--quiet"],
                          cwd=world.cwd, capture_output=True, text=True,
                          env={"HF_TOKEN": "hf_local_embedded", "PATH": "/usr/bin:/bin"})
    assert done.returncode == 0, done.stderr
    (hub,) = [s for s in found(world, "")["sets"] if s["kind"] == "hub"]
    shown = found(world, "/set", set=hub["id"])
    assert len(shown["revision"]) == 40 and "main" in shown["versions"][0]["refs"]
    config = shown["configs"][0]
    page = found(world, "/rows", set=hub["id"], config=config["name"], split=config["splits"][0]["name"])
    assert page["rows_total"] > 0
    first = shown["versions"][-1]["commit"]
    assert get(world, "/rows", set=hub["id"], config="feedback", split="train", revision=first).status in (200, 400)
    assert get(world, "/set", set=hub["id"], revision="nowhere").status == 502


def test_what_a_stage_was_asked_shows_no_secret_and_stays_with_counts(tmp_path):
    (tmp_path / "in.jsonl").write_text("".join(json.dumps({"a": f"word-{i % 5}", "n": i}) + "\n" for i in range(50)))
    (tmp_path / "own").mkdir()
    (tmp_path / "own/guarded.yaml").write_text(f"""recipe: guarded
params: {{word: {{secret: true, env: SECRET_WORD}}}}
source: {tmp_path / "in.jsonl"}
stages:
  - filter: "a != '${{word}}'"
  - filter: {{where: {json.dumps(" and ".join(f"n != {i}" for i in range(200)))}, reason: few}}
""")
    secret = {"SECRET_WORD": "word-3"}
    subprocess.run([BINARY, "run", "own/guarded.yaml", "--out", "sets/guarded", "--quiet"], cwd=tmp_path, check=True, env=secret)
    with Served(tmp_path, "--recipes", "own", "--data", "sets", environment=secret) as served:
        job = served.submit(recipe="guarded")
        end = served.wait(job)
        assert end["state"] == "completed", end
        reasons = {r["stage"]: r for r in found(served, "/rejects", set=f"run/{job}")["reasons"]}
        assert reasons["filter"]["rows"] == 10 and reasons["filter"]["asked"] == "filter: a != '***'"
        long = reasons["filter#2"]["asked"]
        assert long.startswith("filter: n != 0 and n != 1 and") and long.endswith("...") and len(long) < 320
        assert "word-3" not in json.dumps(found(served, "/set", set=f"run/{job}")["asked"])
        counted = found(served, "/rejects", set="folder/guarded")
        assert not counted["kept"] and {r["stage"]: r["asked"] for r in counted["reasons"]} == {stage: r["asked"] for stage, r in reasons.items()}


def test_branches_and_tags_have_versions_of_their_own(world, run):
    hub = "hub/local/branched"
    served_by(world, "POST", "/api/repos/create", {"name": "branched", "organization": "local", "type": "dataset"})
    name = "datasets/local/branched"
    first = commit(world, name, "main", "one")
    served_by(world, "POST", f"/api/{name}/tag/main", {"tag": "v1"})
    served_by(world, "POST", f"/api/{name}/branch/try%2Fnew", {"startingPoint": "main"})
    second = commit(world, name, "try%2Fnew", "two")
    third = commit(world, name, "main", "three")
    listed = found(world, "/versions", set=hub)
    assert [(r["name"], r["kind"], r["commit"]) for r in sorted(listed["refs"], key=lambda r: r["name"])] == [
        ("main", "branch", third), ("try/new", "branch", second), ("v1", "tag", first)]
    assert listed["refs"] == found(world, "/set", set=hub)["refs"] and not listed["more"]

    def of(revision):
        return [v["commit"] for v in found(world, "/versions", set=hub, revision=revision)["versions"]]

    assert of("main") == of("") == [third, *of("v1")] and of("v1")[0] == first
    assert of("try/new") == [second, *of("v1")] and of(second) == of("try/new")
    assert found(world, "/versions", set=hub, revision="try/new")["versions"][0]["refs"] == ["try/new"]
    for branch, rows in (("main", 3), ("try/new", 2)):
        page = found(world, "/rejects", set=hub, revision=branch)
        assert page["rows"] == rows, branch
    assert get(world, "/versions", set=hub, revision="nowhere").status == 502
    assert get(world, "/versions", set="hub/local/none").status == 404
    assert found(world, "/versions", set="folder/flat") == {"refs": [], "versions": [], "more": False}
    assert [v["commit"] for v in found(world, "/versions", set=run)["versions"]] == [run.split("/")[1]]


def served_by(world, method, path, body, kind="application/json"):
    """Asks the embedded Hub."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": kind, "Authorization": "Bearer hf_local_embedded"}
    request = urllib.request.Request(world_hub(world) + path, method=method, data=data, headers=headers)
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or b"null")


def commit(world, name, branch, word):
    """A commit whose rejects.jsonl has as many rows as its title says."""
    rows = {"one": 1, "two": 2, "three": 3}[word]
    reject = {"dataset": "d", "stage": "s", "reason": "r", "why": "", "file": "f"}
    text = "".join(json.dumps({**reject, "row": row, "data": None}, separators=(",", ":")) + "\n"
                   for row in range(rows))
    lines = [{"key": "header", "value": {"summary": word}},
             {"key": "file", "value": {"path": "rejects.jsonl", "encoding": "utf-8", "content": text}},
             {"key": "file", "value": {"path": "train.jsonl", "encoding": "utf-8", "content": '{"a": 1}\n'}}]
    body = "\n".join(json.dumps(line) for line in lines).encode()
    return served_by(world, "POST", f"/api/{name}/commit/{branch}", body, "application/x-ndjson")["commitOid"]


def world_hub(world):
    """Where the embedded Hub of the server answers: it says so in its folder."""
    return (world.cwd / "hub/lock").read_text()


@pytest.mark.parametrize("query, status", [
    ({"set": "folder/none"}, 404), ({"set": ""}, 404), ({"set": "folder/../secret"}, 404), ({"set": "run/x"}, 404),
    ({"set": "hub/alice/none"}, 404), ({"set": "hub/../x"}, 404), ({}, 404),
    ({"set": "folder/flat", "split": "tets"}, 400), ({"set": "folder/flat", "split": "train", "columns": "[1]"}, 400),
    ({"set": "folder/flat", "split": "train", "columns": '["txt"]'}, 400),
    ({"set": "folder/flat", "split": "train", "length": 101}, 400), ({"set": "folder/flat", "bad": 1}, 400),
    ({"set": "folder/broken"}, 422)])
def test_what_cannot_be_shown_is_said(world, query, status):
    answer = get(world, "/rows", **query)
    assert answer.status == status and answer.json()["error"], answer.body
    assert "secret" not in answer.body.decode() or query.get("set") != "folder/../secret"


def test_the_nearest_name_is_told(world):
    assert "test" in get(world, "/rows", set="folder/flat", split="tets").json()["error"]
    assert "text" in get(world, "/rows", set="folder/flat", split="train", columns='["txt"]').json()["error"]


def test_a_file_that_changed_is_shown_anew(world):
    path = world.cwd / "sets/newer/train.parquet"
    assert found(world, "/rows", set="folder/newer")["rows_total"] == ROWS - 3
    pq.write_table(table(7), path)
    assert found(world, "/rows", set="folder/newer")["rows_total"] == 7
    pq.write_table(table().slice(3), path)
    assert found(world, "/rows", set="folder/newer")["rows_total"] == ROWS - 3


def test_without_a_token_nothing_is_shown(tmp_path):
    write(tmp_path / "sets/a/train.parquet", table(3))
    with Served(tmp_path, "--data", "sets", environment={"HUBMILL_TOKEN": "secret"}) as served:
        assert get(served, "").status == 200
        for route in ("", "/set", "/rows", "/search", "/stats", "/diff", "/rejects"):
            served.token = None
            assert get(served, route, set="folder/a").status == 401
            served.token = "secret"


def test_a_hub_that_is_gone_is_a_problem_and_the_rest_is_listed(tmp_path):
    write(tmp_path / "sets/a/train.parquet", table(3))
    with Served(tmp_path, "--data", "sets", "--hub", "http://127.0.0.1:9") as served:
        listed = found(served, "")
        assert [s["id"] for s in listed["sets"]] == ["folder/a"]
        assert len(listed["problems"]) == 1 and "127.0.0.1:9" in listed["problems"][0]
        assert get(served, "/set", set="hub/alice/x").status == 502


WAIT_S_MAX = 15  # People wait for it.


def asked(served, route, **query):
    start = time.monotonic()
    answer = get(served, route, **query)
    return answer, time.monotonic() - start


def test_a_hub_that_never_answers_is_told_soon(tmp_path):
    ways = ("silent", "half", "drip", "late-card", "cut")
    with SilentHub() as hub, Served(tmp_path, "--hub", hub.url) as served, \
            concurrent.futures.ThreadPoolExecutor() as threads:
        listed = threads.submit(asked, served, "")
        shown = {way: threads.submit(asked, served, "/set", set=f"hub/alice/{way}") for way in ways}
        answer, waited = listed.result()
        (problem,) = answer.json()["problems"]
        assert waited < WAIT_S_MAX and answer.json()["sets"] == []
        assert hub.url in problem and "doing=list data sets" in problem and "; remedy: " in problem
        for way in ways:
            answer, waited = shown[way].result()
            said = answer.json()["error"]
            assert waited < WAIT_S_MAX, way
            assert answer.status == (502 if way == "cut" else 504), (way, said)
            assert hub.url in said and f"alice/{way}" in said and "; remedy: " in said, said


def test_an_answer_too_deep_for_sense_ends_no_server(tmp_path):
    with SilentHub(otherwise="deep") as hub, Served(tmp_path, "--hub", hub.url) as served:
        (problem,) = found(served, "")["problems"]
        assert hub.url in problem and "nested too deeply" in problem and "doing=list data sets" in problem
        answer = get(served, "/set", set="hub/alice/deep")
        assert answer.status == 502 and "nested too deeply" in answer.json()["error"]
        assert get(served, "/set", set="folder/none").status == 404
