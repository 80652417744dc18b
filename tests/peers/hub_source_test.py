"""hub:// in recipes and `hubmill convert`: what the official client uploaded is read like a local
folder, at one commit, over a bad network, once."""
import contextlib
import gzip
import hashlib
import http.client
import http.server
import json
import os
import pathlib
import random
import subprocess
import sys
import threading

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from huggingface_hub import HfApi

from conftest import BINARY, ROOT, rows_with_everything, tree_bytes, write_jsonl

TOKEN = "hf_source_0123456789"


class Network:
    """A proxy before the Hub that counts what it passes on and, where told, spoils it.

    `spoil(method, target, status, headers, body)` returns what to answer instead: (status, headers,
    body), or None to cut the connection.
    """

    def __init__(self, upstream: str):
        self.upstream = upstream.removeprefix("http://")
        self.spoil = None
        self.seen: list[tuple[str, str, int]] = []  # Method, target, body bytes.
        lock = threading.Lock()
        network = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                with contextlib.closing(http.client.HTTPConnection(network.upstream)) as server:
                    server.request(self.command, self.path, body, dict(self.headers))
                    answer = server.getresponse()
                    status, headers, data = answer.status, dict(answer.getheaders()), answer.read()
                with lock:
                    network.seen.append((self.command, self.path, len(data)))
                    if network.spoil:
                        spoiled = network.spoil(self.command, self.path, status, headers, data)
                        if spoiled is None:
                            self.close_connection = True
                            return
                        status, headers, data = spoiled
                self.send_response_only(status)
                for name, value in headers.items():
                    if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                        self.send_header(name, value)
                length = headers.get("Content-Length", len(data)) if self.command == "HEAD" else len(data)
                self.send_header("Content-Length", str(length))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(data)

            do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = pass_on

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def forget(self):
        self.seen.clear()

    def file_bytes(self) -> int:
        return sum(size for method, target, size in self.seen if method == "GET" and "/resolve/" in target)


class Place:
    """A Hub, a network before it, a cache, and hubmill in a folder that holds `data/`."""

    def __init__(self, root: pathlib.Path):
        self.root = root
        self.token = TOKEN
        self.hub = subprocess.Popen(
            [str(BINARY), "hub", "serve", "--root", str(root / "hub"), "--no-fsync", "--user", "alice",
             "--token", TOKEN, "--account", "bob:hf_bob_0123456789"], stdout=subprocess.PIPE, text=True)
        self.direct = self.hub.stdout.readline().strip()
        self.network = Network(self.direct)
        self.api = HfApi(endpoint=self.direct, token=TOKEN)

    def upload(self, folder: pathlib.Path, repo="alice/d", private=True, **more) -> str:
        self.api.create_repo(repo, repo_type="dataset", private=private, exist_ok=True)
        self.api.upload_folder(folder_path=folder, repo_id=repo, repo_type="dataset", **more)
        return self.api.repo_info(repo, repo_type="dataset").sha

    def environment(self, cache="cache", **more) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("HF_")}
        return {**kept, "HF_ENDPOINT": self.network.url, "HF_TOKEN": self.token, "HOME": str(self.root),
                "NO_COLOR": "1", "HUBMILL_CACHE": str(self.root / cache), **more}

    def __call__(self, *arguments, status=0, **environment) -> str:
        done = subprocess.run([str(BINARY), *map(str, arguments)], cwd=self.root, capture_output=True,
                              timeout=300, check=False, env=self.environment(**environment))
        text = done.stdout.decode() + done.stderr.decode()
        assert done.returncode == status, f"exit {done.returncode}, wanted {status}\n{text}"
        assert "0123456789" not in text
        return text

    def run(self, source: str, out: str, status=0, **more) -> str:
        (self.root / "r.yaml").write_text(
            f"recipe: r\nsource:\n  {source}\nstages: []\nsink:\n  jsonl: {{}}\n")
        return self("run", "r.yaml", "--out", out, status=status, **more)

    def rows(self, out: str) -> dict[str, bytes]:
        """What a run wrote, without what names its inputs."""
        return {name: data for name, data in tree_bytes(self.root / out).items() if name.startswith("data/")}

    def inputs(self, out: str) -> list[dict]:
        return json.loads((self.root / out / "manifest.json").read_text())["datasets"][0]["inputs"]

    def close(self):
        self.hub.terminate()
        self.hub.wait()
        self.network.server.shutdown()


@pytest.fixture
def place(tmp_path):
    with contextlib.closing(Place(tmp_path)) as made:
        yield made


@pytest.fixture
def data(place):
    """Files of every kind; those that matter larger than a piece (4 MiB)."""
    folder = place.root / "data"
    folder.mkdir()
    draw = random.Random(1)
    large = [{"id": n, "text": draw.randbytes(900).hex()} for n in range(3_000)]
    write_jsonl(folder / "large.jsonl", large)
    (folder / "packed.jsonl.gz").write_bytes(gzip.compress((folder / "large.jsonl").read_bytes(), 1))
    write_jsonl(folder / "small.jsonl", rows_with_everything(50))
    (folder / "deep/er").mkdir(parents=True)
    write_jsonl(folder / "deep/a.jsonl", rows_with_everything(5, seed=2))
    write_jsonl(folder / "deep/er/s.jsonl", rows_with_everything(5, seed=3))
    (folder / "table.csv").write_text("a,b\n1,x\n2,y\n")
    noise = [draw.randbytes(1_000).hex() for _ in range(3_000)]
    table = pa.table({"id": range(3_000), "noise": noise, "kind": ["a", "b", "c"] * 1_000})
    pq.write_table(table, folder / "large.parquet", row_group_size=700, compression="none", use_dictionary=False)
    pq.write_table(table.slice(0, 40), folder / "small.parquet", compression="none", use_dictionary=False)
    return folder


@pytest.mark.parametrize(("source", "name"), [
    ("jsonl", "large.jsonl"), ("jsonl", "packed.jsonl.gz"), ("jsonl", "small.jsonl"), ("csv", "table.csv"),
    ("parquet", "large.parquet"), ("files", "*.parquet"), ("jsonl", "deep"), ("jsonl", "**/s*.jsonl")])
def test_reads_what_the_official_client_uploaded_like_a_local_folder(place, data, source, name):
    place.upload(data)
    place.run(f'{source}: "data/{name}"', "local")
    place.run(f'{source}: "hub://alice/d@main/{name}"', "remote")
    assert place.rows("remote") == place.rows("local")
    assert len(place.rows("local")) == 1


def test_converts(place, data):
    place.upload(data)
    place("convert", "hub://alice/d/large.parquet", "one.parquet")
    place("convert", "data/large.parquet", "two.parquet")
    assert (place.root / "one.parquet").read_bytes() == (place.root / "two.parquet").read_bytes()


def test_the_revision_is_pinned_and_recorded(place, data):
    first = place.upload(data, allow_patterns=["table.csv"])
    place.api.create_tag("alice/d", tag="v1", repo_type="dataset")
    place.api.create_branch("alice/d", branch="dev/x", repo_type="dataset")
    (data / "table.csv").write_text("a,b\n3,z\n")
    second = place.upload(data, allow_patterns=["table.csv"])
    for revision, commit in [("", second), ("@v1", first), ("@dev%2Fx", first), (f"@{first}", first)]:
        name = f"hub://alice/d{revision}/table.csv"
        place.run(f'csv: "{name}"', "out")
        assert place.inputs("out")[0]["revision"] == commit
        assert place.inputs("out")[0]["name"] == name
        assert (b'"z"' in place.rows("out")["data/train-00000-of-00001.jsonl"]) == (commit == second)
    (place.root / "p.yaml").write_text(
        'recipe: p\nsource:\n  csv: "hub://alice/d@v1/table.csv"\nstages: []\nsink:\n  jsonl: {}\n')
    assert f"commit {first}" in place("plan", "p.yaml")


LAYOUTS = {
    "shards": ["data/test-00000-of-00001.jsonl", "data/train-00001-of-00002.jsonl",
               "data/train-00000-of-00002.jsonl", "data/zoo-00000-of-00001.jsonl", "x.jsonl"],
    "folders": ["train/b.jsonl", "train/a.jsonl", "deep/my-test/c.jsonl", "val_1/d.jsonl", "other.jsonl"],
    "names": ["train.jsonl", "more/train-2.jsonl", "dev.jsonl", "a_eval_b.jsonl", "protest.jsonl"],
    "plain": ["b.jsonl", "a/c.jsonl", "a.jsonl", ".hidden/x.jsonl"],
    "card": ["README.md", "x/1.jsonl", "x/2.jsonl", "y.jsonl", "train.jsonl"],
}
CARD = """---
configs:
- config_name: odd
  data_files: [y.jsonl]
- config_name: pair
  default: true
  data_files:
  - {split: both, path: "x/*.jsonl"}
  - {split: first, path: x/1.jsonl}
---
"""


@pytest.mark.parametrize("layout", LAYOUTS)
def test_splits_are_those_of_the_datasets_library(place, layout):
    folder = place.root / "data"
    for name in LAYOUTS[layout]:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(CARD if name == "README.md" else json.dumps({"file": name}) + "\n")
    place.upload(folder, private=False)
    place.run("jsonl: hub://alice/d", "out")
    ours = {path.name.split("-0")[0]: [json.loads(line)["file"] for line in path.read_text().splitlines()]
            for path in sorted((place.root / "out/data").iterdir())}
    script = ("import json, datasets\n"
              "print(json.dumps({k: list(v['file']) for k, v in datasets.load_dataset('alice/d').items()}))")
    theirs = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False,
                            cwd=place.root,
                            env={**os.environ, "HF_ENDPOINT": place.direct, "HF_TOKEN": TOKEN,
                                 "HF_HOME": str(place.root / "hf"), "HF_HUB_DISABLE_PROGRESS_BARS": "1"})
    assert theirs.returncode == 0, theirs.stderr
    assert ours == json.loads(theirs.stdout.splitlines()[-1])


def test_configs_and_splits_by_name(place):
    folder = place.root / "data"
    (folder / "x").mkdir(parents=True)
    (folder / "README.md").write_text(CARD.replace("  default: true\n", ""))
    for name in ("x/1.jsonl", "x/2.jsonl", "y.jsonl"):
        write_jsonl(folder / name, [{"file": name}])
    place.upload(folder)
    place.run('jsonl: "hub://alice/d?config=odd"', "odd")
    assert place.rows("odd") == {"data/train-00000-of-00001.jsonl": b'{"file":"y.jsonl"}\n'}
    place.run('jsonl: "hub://alice/d?config=pair&split=first"', "first")
    assert list(place.rows("first")) == ["data/first-00000-of-00001.jsonl"]
    # In a map the map's names win; lists may mix addresses and files.
    place.run('jsonl: {path: {a: "hub://alice/d?config=odd", b: [data/y.jsonl, "hub://alice/d/x"]}}', "map")
    assert place.rows("map")["data/b-00000-of-00001.jsonl"].count(b"\n") == 3
    assert "?config=" in place.run("jsonl: hub://alice/d", "none", status=2)
    assert "did you mean pair?" in place.run('jsonl: "hub://alice/d?config=piar"', "none", status=2)
    assert "did you mean first?" in place.run('jsonl: "hub://alice/d?config=pair&split=frist"', "none", status=2)


@pytest.mark.parametrize("name", ["../../../evil", "a-b", "/tmp/evil"])
def test_a_strangers_card_names_no_file_outside_the_output(place, name):
    folder = place.root / "data"
    folder.mkdir()
    (folder / "README.md").write_text(
        f"---\nconfigs:\n- config_name: default\n  data_files:\n  - split: {name}\n    path: x.jsonl\n---\n")
    write_jsonl(folder / "x.jsonl", [{"a": 1}])
    place.upload(folder)
    before = {str(path) for path in place.root.rglob("*evil*")}
    said = f"not a split name: name={name};"
    assert said in place("convert", "hub://alice/d", "a/b/out/", "--format", "jsonl", status=2)
    assert said in place.run("files: hub://alice/d", "a/b/out", status=2)
    assert {str(path) for path in place.root.rglob("*evil*")} == before and not (place.root / "a").exists()
    place.run("files: {path: {train: hub://alice/d}}", "out")  # The map's name wins.


def test_what_is_not_there_is_said(place, data):
    place.upload(data)
    assert "did you mean large.jsonl?" in place.run("jsonl: hub://alice/d/lrage.jsonl", "out", status=2)
    assert "matches no file" in place.run('jsonl: "hub://alice/d/*.jsonx"', "out", status=2)
    assert "alice/gone" in place.run("jsonl: hub://alice/gone/x.jsonl", "out", status=4)
    assert "v9" in place.run("jsonl: hub://alice/d@v9/small.jsonl", "out", status=4)
    assert "OWNER/NAME" in place.run("jsonl: hub://a b/c", "out", status=2)
    place.token = "hf_bob_0123456789"
    place.run("jsonl: hub://alice/d/small.jsonl", "out", status=4)
    place.token = ""
    assert "HF_TOKEN" in place.run("jsonl: hub://alice/d/small.jsonl", "out", status=4)
    assert not (place.root / "out").exists()
    place.token = TOKEN
    place.run("jsonl: hub://alice/d/small.jsonl", "out")
    place.run("jsonl: hub://d@main/small.jsonl", "own")  # The token's user is its owner.
    assert place.rows("own") == place.rows("out")
    written = {**tree_bytes(place.root / "out"), **tree_bytes(place.root / "cache")}
    assert not any(TOKEN.encode() in data for data in written.values())


def test_a_second_run_transfers_nothing_and_a_pinned_one_asks_nothing(place, data):
    commit = place.upload(data)
    source = '{path: ["hub://alice/d@%s/large.parquet", "hub://alice/d@%s/small.parquet"]}'
    place.run("parquet: " + source % ("main", "main"), "first")
    place.run("jsonl: hub://alice/d/large.jsonl", "text")
    place.network.forget()
    place.run("parquet: " + source % ("main", "main"), "second")
    place.run("jsonl: hub://alice/d/large.jsonl", "text2")
    assert place.network.file_bytes() == 0
    assert [target for _, target, _ in place.network.seen if "/revision/" not in target] == []
    assert place.rows("second") == place.rows("first") and place.rows("text2") == place.rows("text")
    place.hub.terminate()
    place.hub.wait()
    place.network.server.shutdown()
    place.network.server.server_close()
    place.run("parquet: " + source % (commit, commit), "offline")
    assert place.rows("offline") == place.rows("first")
    assert "remedy: " in place.run("jsonl: hub://alice/d/large.jsonl", "gone", status=4)


def test_the_cache_is_bounded_shown_cleared_and_heals(place, data):
    place.upload(data)
    place.run("jsonl: hub://alice/d/large.jsonl", "first")
    use = json.loads(place("hub", "cache", "--json"))
    assert use["bytes"] > (data / "large.jsonl").stat().st_size and use["bytes_max"] == 50 << 30
    pieces = [path for path in (place.root / "cache").rglob("*-*") if path.is_file()]
    assert len(pieces) == 2
    pieces[0].write_bytes(pieces[0].read_bytes()[:-40] + b"#" * 40)
    place.network.forget()
    place.run("jsonl: hub://alice/d/large.jsonl", "healed")
    assert place.rows("healed") == place.rows("first")
    assert 0 < place.network.file_bytes() <= 4 << 20
    assert json.loads(place("hub", "cache", "--clear", "--json"))["entries"] == 0
    place.run("jsonl: hub://alice/d/large.jsonl", "off", HUBMILL_CACHE_GB="0", cache="none")
    assert place.rows("off") == place.rows("first") and not (place.root / "none").exists()
    assert "HUBMILL_CACHE_GB" in place("hub", "cache", status=2, HUBMILL_CACHE_GB="much")


def test_of_parquet_only_the_chosen_columns_travel(place, data):
    place.upload(data)
    place.network.forget()
    place.run('parquet: {path: "hub://alice/d/large.parquet", columns: [id, kind]}', "remote")
    place.run("parquet: {path: data/large.parquet, columns: [id, kind]}", "local")
    assert place.rows("remote") == place.rows("local")
    assert place.network.file_bytes() < (data / "large.parquet").stat().st_size / 10


def test_a_bad_network_costs_time_only(place, data):
    place.upload(data)
    count = {"n": 0}

    def bad_day(method, target, status, headers, body):
        count["n"] += 1
        if count["n"] % 3 == 0:
            return None
        if count["n"] % 7 == 0:
            return [429, 500, 503][count["n"] % 2], {"Retry-After": "0"}, b"{}"
        if "/resolve/" in target and count["n"] % 5 == 0 and method == "GET":
            return status, headers, body[: len(body) // 2]  # Whole by its length, half by its range.
        return status, headers, body

    place.network.spoil = bad_day
    place.run('files: "hub://alice/d/large.parquet"', "parquet")
    place.run("jsonl: hub://alice/d/large.jsonl", "text")
    assert count["n"] > 12
    place.network.spoil = None
    place.run("parquet: data/large.parquet", "local")
    assert place.rows("parquet") == place.rows("local")
    place.run("jsonl: data/large.jsonl", "local")
    assert place.rows("text") == place.rows("local")


def test_other_bytes_than_the_commit_has_are_refused(place, data):
    place.upload(data)

    def flip(method, target, status, headers, body):
        if method == "GET" and "large.jsonl" in target and "/resolve/" in target:
            body = body.replace(b'"text": "', b'"text": "f', 1)[: len(body)]  # Still JSON lines.
        return status, headers, body

    place.network.spoil = flip
    assert "wrong checksum" in place.run("jsonl: hub://alice/d/large.jsonl", "out", status=4)
    assert not (place.root / "out").exists()
    place.network.spoil = None
    place.run("jsonl: hub://alice/d/large.jsonl", "out")  # What was wrong is not kept.
    place.run("jsonl: data/large.jsonl", "local")
    assert place.rows("out") == place.rows("local")

    def once(method, target, status, headers, body):
        if method == "GET" and "small.parquet" in target and "/resolve/" in target:
            place.network.spoil = None
            body = body[:50] + b"#" + body[51:]
        return status, headers, body

    place.network.spoil = once
    place.run('files: "hub://alice/d/small.parquet"', "small")  # A whole file: asked for again.
    place.run("files: data/small.parquet", "local")
    assert place.rows("small") == place.rows("local")


@pytest.mark.parametrize("name", ["large.parquet", "large.jsonl"])
def test_a_hub_that_refuses_half_way_is_the_services_failure(place, data, name):
    place.upload(data)
    reads = {"n": 0}

    def forbid(method, target, status, headers, body):
        reads["n"] += method == "GET" and "/resolve/" in target
        return (403, {}, b'{"error":"no"}') if reads["n"] > 1 else (status, headers, body)

    place.network.spoil = forbid
    assert "remedy: " in place.run(f"files: hub://alice/d/{name}", "out", status=4)
    assert reads["n"] > 1 and not (place.root / "out").exists()


def test_a_killed_run_goes_on_where_it_was(place, data):
    place.upload(data)
    asked, go_on = threading.Event(), threading.Event()

    def hold_the_second_piece(method, target, status, headers, body):
        if headers.get("Content-Range", "").startswith("bytes 4194304-"):
            asked.set()
            go_on.wait(timeout=60)
        return status, headers, body

    place.network.spoil = hold_the_second_piece
    arguments = ["convert", "hub://alice/d/large.jsonl", "out.jsonl"]
    killed = subprocess.Popen([str(BINARY), *arguments], cwd=place.root, env=place.environment(),
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert asked.wait(timeout=60)
    killed.kill()
    killed.wait()
    go_on.set()
    assert not (place.root / "out.jsonl").exists()
    place.network.spoil = None
    place.network.forget()
    place(*arguments)
    assert place.network.file_bytes() == (data / "large.jsonl").stat().st_size - (4 << 20)
    assert (place.root / "out.jsonl").read_text().count("\n") == 3_000


def test_two_runs_share_an_empty_cache(place, data):
    place.upload(data)
    (place.root / "c.yaml").write_text(
        'recipe: c\nsource:\n  jsonl: "hub://alice/d/large.jsonl"\nstages: []\nsink:\n  jsonl: {}\n')
    threads = [threading.Thread(target=place, args=("run", "c.yaml", "--out", f"out{n}")) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    place.run("jsonl: data/large.jsonl", "local")
    for n in range(3):
        assert place.rows(f"out{n}") == place.rows("local")


def test_the_hub_option_wins(place, data):
    place.upload(data)
    (place.root / "k.yaml").write_text(
        'recipe: k\nsource:\n  jsonl: "hub://alice/d/small.jsonl"\nstages: []\nsink:\n  jsonl: {}\n')
    place("run", "k.yaml", "--out", "out", "--hub", place.direct, HF_ENDPOINT="http://127.0.0.1:9")
    place("convert", "hub://alice/d/small.jsonl", "s.jsonl", "--hub", place.direct, HF_ENDPOINT="http://127.0.0.1:9")
    assert place.rows("out")["data/train-00000-of-00001.jsonl"] == (place.root / "s.jsonl").read_bytes()


def test_git_clones_what_was_published(place, data):
    commit = place.upload(data)
    url = place.direct.replace("://", f"://x:{TOKEN}@") + "/datasets/alice/d"
    subprocess.run(["git", "clone", "-q", url, "clone"], cwd=place.root, check=True, capture_output=True,
                   env={**os.environ, "GIT_LFS_SKIP_SMUDGE": "1", "GIT_TERMINAL_PROMPT": "0"})
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=place.root / "clone", capture_output=True, text=True,
                          check=True)
    assert head.stdout.strip() == commit
    assert (place.root / "clone/table.csv").read_bytes() == (data / "table.csv").read_bytes()
    parquet = (data / "large.parquet").read_bytes()
    assert hashlib.sha256(parquet).hexdigest() in (place.root / "clone/large.parquet").read_text()
