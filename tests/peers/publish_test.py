"""Publishing by the real binary: what a person reads, and what the official `datasets` library loads."""
import json
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from conftest import BINARY, rows_with_everything, tree_bytes, write_jsonl

TOKEN = "hf_publisher_0123456789"
SECRET = "s3cr3t-of-mine"
RECIPE = """
recipe: peers
params:
  password: {env: PEERS_PASSWORD, secret: true}
publish:
  repo: alice/peers
  message: Peers
datasets:
  typed:
    source:
      jsonl: {path: in.jsonl}
    stages:
      - encode_label: {column: kind, to: label, labels: [alpha, beta, gamma]}
      - split: {method: hash, by: id, ratios: {train: 0.75, test: 0.25}}
    sink:
      parquet: {}
  plain:
    source:
      jsonl: {path: in.jsonl}
    sink:
      parquet: {level: 1}
"""

# Loads each config of a repository and of a folder, and says in which way they differ.
LOAD = """
import json, sys, datasets
folder, repo, revision, cache = sys.argv[1:]
datasets.disable_progress_bars()
for config in datasets.get_dataset_config_names(repo, revision=revision):
    told = datasets.load_dataset_builder(repo, config, revision=revision, cache_dir=cache).info
    hub = datasets.load_dataset(repo, config, revision=revision, cache_dir=cache + "/hub")
    here = datasets.load_dataset(folder, config, cache_dir=cache + "/here")
    assert set(hub) == set(here), (set(hub), set(here))
    for split, data in hub.items():
        assert data.features == here[split].features == told.features, data.features
        assert data.to_list() == here[split].to_list()
        assert told.splits[split].num_examples == data.num_rows
        assert told.splits[split].num_bytes == data.data.table.combine_chunks().nbytes
    assert told.dataset_size == sum(split.num_bytes for split in told.splits.values())
    print(json.dumps({"config": config, "features": str(hub[split].features),
                      "rows": {s: d.num_rows for s, d in hub.items()}}))
"""


class Work:
    """A working folder with a Hub beside it."""

    def __init__(self, cwd, url):
        self.cwd, self.url = cwd, url
        self.said = ""

    def environment(self):
        kept = {k: v for k, v in os.environ.items() if not k.startswith("HF_")}
        return {**kept, "HF_ENDPOINT": self.url, "HF_TOKEN": TOKEN, "HF_HOME": str(self.cwd / "hf"),
                "HOME": str(self.cwd), "NO_COLOR": "1", "PEERS_PASSWORD": SECRET}

    def __call__(self, *arguments, status=0):
        done = subprocess.run([str(BINARY), *map(str, arguments)], cwd=self.cwd, timeout=120,
                              env=self.environment(), capture_output=True, check=False)
        out, err = done.stdout.decode(), done.stderr.decode()
        self.said += out + err
        assert done.returncode == status, f"exit {done.returncode}, wanted {status}\n{out}\n{err}"
        return err if status else out

    def facts(self, *arguments):
        return json.loads(self(*arguments, "--json"))

    def tree(self, revision="main", repo="peers"):
        return self.facts("hub", "ls", repo, "--recursive", "--revision", revision)

    def load(self, folder, repo="alice/peers", revision="main"):
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", LOAD, str(folder), repo, revision,
             str(self.cwd / "cache")], cwd=self.cwd, env=self.environment(), capture_output=True,
            text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr[-4000:]
        return {row["config"]: row for row in map(json.loads, done.stdout.splitlines())}


class Between:
    """Stands between `work` and its Hub, and answers the first request whose path holds `match` by 409."""

    def __init__(self, work, match):
        self.work, self.url = work, work.url
        outer, self.left = self, 1

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
                if match in self.path and outer.left:
                    outer.left = 0
                    return self.reply(409, {}, b'{"error": "Tag reference exists already"}')
                request = urllib.request.Request(outer.url + self.path, body, dict(self.headers), method=self.command)
                try:
                    with urllib.request.urlopen(request, timeout=60) as done:
                        self.reply(done.status, done.headers, done.read())
                except urllib.error.HTTPError as error:
                    self.reply(error.code, error.headers, error.read())

            def reply(self, status, headers, body):
                self.send_response(status)
                for name, value in headers.items():
                    if name.lower() not in ("content-length", "connection", "date", "server"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = answer

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.work.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def work(tmp_path):
    write_jsonl(tmp_path / "in.jsonl", rows_with_everything(600))
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    with subprocess.Popen(
            [str(BINARY), "hub", "serve", "--root", str(tmp_path / "root"), "--no-fsync", "--user",
             "alice", "--token", TOKEN], stdout=subprocess.PIPE, text=True) as server:
        work = Work(tmp_path, server.stdout.readline().strip())
        yield work
        server.terminate()
    assert TOKEN not in work.said and SECRET not in work.said


def test_published_sets_load_as_the_local_folder(work):
    published = work.facts("run", "recipe.yaml", "--out", "out", "--push", "--tag", "v1")["publish"]
    assert published["private"] and published["created"] and not published["unchanged"]
    assert published["tag"] == "v1" and len(published["commit"]) == 40
    loaded = work.load(work.cwd / "out", revision="v1")
    assert set(loaded) == {"typed", "plain"}
    assert "ClassLabel(names=['alpha', 'beta', 'gamma'])" in loaded["typed"]["features"]
    assert loaded["plain"]["rows"] == {"train": 600}
    tree = work.tree()
    assert ".hubmill/peers/manifest.json" in tree and ".hubmill/peers/lineage/typed.parquet" in tree

    again = work.facts("run", "recipe.yaml", "--out", "out", "--push")["publish"]
    assert again["unchanged"] and again["commit"] == published["commit"]
    assert again["bytes_uploaded"] == 0
    folder = work.facts("publish", "out", "--repo", "peers")
    assert folder["unchanged"] and folder["commit"] == published["commit"]


def test_json_lines_and_nested_rows_load_with_their_features(work):
    (work.cwd / "lines.yaml").write_text("recipe: lines\nsource: in.jsonl\nsink: jsonl\n")
    work("run", "lines.yaml", "--out", "out", "--push", "--repo", "lines")
    assert work.load(work.cwd / "out", "alice/lines")["default"]["rows"] == {"train": 600}


def test_the_terminal_names_revision_and_url(work):
    text = work("run", "recipe.yaml", "--out", "out", "--push")
    assert "published: alice/peers (private)\n  revision: " in text
    assert f"  url: {work.url}/datasets/alice/peers\n" in text
    assert "published already: alice/peers" in work("publish", "out", "--repo", "alice/peers")


def test_a_dry_run_says_what_would_change_and_changes_nothing(work):
    text = work("run", "recipe.yaml", "--out", "out", "--push", "--dry-run")
    assert "typed/train-00000-of-00001.parquet" in text and "README.md  +configs:" in text
    assert "nothing was changed" in text and not (work.cwd / "out").exists()
    assert "no such repository" in work("hub", "ls", "peers", status=4)
    work("run", "recipe.yaml", "--out", "out", "--push")
    before, files = work.tree(), tree_bytes(work.cwd / "root" / "objects")
    write_jsonl(work.cwd / "in.jsonl", rows_with_everything(500))
    report = work.facts("run", "recipe.yaml", "--out", "out", "--push", "--dry-run")["publish"]
    assert report["dry_run"] and not report["unchanged"]
    assert "plain/train-00000-of-00001.parquet" in {file["path"] for file in report["changed"]}
    assert any(line.startswith("-    num_examples: 600") for line in report["card_lines"])
    assert work.tree() == before and tree_bytes(work.cwd / "root" / "objects") == files


def test_a_clash_is_refused_and_replaced(work):
    work("run", "recipe.yaml", "--out", "out", "--push", "--tag", "v1")
    objects = set(tree_bytes(work.cwd / "root" / "objects"))
    (work.cwd / "recipe.yaml").write_text(RECIPE.replace("gamma]", "gamma, delta]"))
    refused = work("run", "recipe.yaml", "--out", "out", "--push", status=3)
    assert ("config=typed column=label published=class_label[3: alpha, beta, gamma] "
            "new=class_label[4: alpha, beta, gamma, delta]") in refused
    assert "remedy: " in refused and "--replace-config typed" in refused
    assert set(tree_bytes(work.cwd / "root" / "objects")) == objects
    plain = work.tree()["plain/train-00000-of-00001.parquet"]
    work("run", "recipe.yaml", "--out", "out", "--push", "--replace-config", "typed")
    assert work.tree()["plain/train-00000-of-00001.parquet"] == plain
    assert "'delta'" in work.load(work.cwd / "out")["typed"]["features"]

    work("hub", "rollback", "peers", "v1")
    assert work.tree() == work.tree("v1")
    assert "unchanged=true" in work("hub", "rollback", "peers", "v1")
    assert "no such revision" in work("hub", "rollback", "peers", "v9", status=4)


NAMED = """
recipe: named
params:
  data: {default: x}
  only: {default: x/one.jsonl}
  number: {default: 7, type: integer}
datasets:
  file: {source: {jsonl: {path: "${only}"}}, stages: [{shuffle: {seed: "${number}"}}]}
  folder: {source: "${data}", stages: [{split: {method: hash, by: id, ratios: {train: 0.7, test: 0.3}}}]}
  glob: {source: {jsonl: {path: {train: ["${data}/s*/*.jsonl", "${data}/one.jsonl"]}}}}
  quoted:
    source:
      rows: [{facts: {file: "${data}/facts.data"}}, {facts: {file: "${data}/facts.data", pointer: /a}}]
"""


def test_what_is_published_names_no_folder_of_this_machine(work):
    """The same bytes from any folder, and each row still leads to its source row."""
    home = work.cwd / "home/anna"
    (home / "x/sub").mkdir(parents=True)
    rows = rows_with_everything(60)
    write_jsonl(home / "x/one.jsonl", rows[:40])
    write_jsonl(home / "x/sub/two.jsonl", rows[40:])
    (home / "x/facts.data").write_text('{"a": [1]}')
    (home / "named.yaml").write_text(NAMED)
    top = work.cwd
    runs = []
    for number, (cwd, data) in enumerate([(home, "x"), (home, "./x/"), (home / "x", "."), (top, home / "x"),
                                          (top, f"file://{home}/x"), (home / "x/sub", "../../x")]):
        work.cwd, out = cwd, top / f"out{number}"
        only = f"{data}/one.jsonl"
        work("run", home / "named.yaml", "--out", out, "--set", f"data={data}", "--set", f"only={only}",
             "--rejects", top / "rejects")
        runs.append(tree_bytes(out))
        assert runs[-1] == runs[0], (data, [name for name in runs[0] if runs[0][name] != runs[-1][name]])
    work.cwd = top
    work("publish", "out3", "--repo", "named")
    work("hub", "download", "named", "--local-dir", "copy")
    published = {name: data for name, data in tree_bytes(top / "copy").items() if ".cache" not in name}
    assert len(published) == len(runs[0]) + 1  # .gitattributes
    for name, data in published.items():
        assert b"anna" not in data and str(top).encode() not in data, name
    manifest = json.loads(published[".hubmill/named/manifest.json"])
    assert manifest["parameters"] == {"data": ".", "only": "one.jsonl", "number": 7, "seed": 42}
    sets = {row["name"]: row for row in manifest["datasets"]}
    assert [row["name"] for row in sets["file"]["inputs"]] == ["one.jsonl"]
    assert sets["folder"]["options"]["source"]["files"]["path"] == "."
    assert sets["glob"]["options"]["source"]["jsonl"]["path"] == {"train": ["s*/*.jsonl", "one.jsonl"]}
    assert [row["name"] for row in sets["quoted"]["inputs"]] == ["named.yaml", "facts.data"]
    import pyarrow.parquet as pq
    inputs = [row["name"] for row in sets["folder"]["inputs"]]
    assert inputs == ["one.jsonl", "sub/two.jsonl"] and all(row["hash"] for row in sets["folder"]["inputs"])
    source = {name: (home / "x" / name).read_text().splitlines() for name in inputs}
    traced = 0
    for split in ["train", "test"]:
        written = pq.read_table(top / "out3/folder" / f"{split}-00000-of-00001.parquet")["id"].to_pylist()
        for run in pq.read_table(top / "copy/.hubmill/named/lineage/folder.parquet").to_pylist():
            for i in range(run["rows"] if run["split"] == split else 0):
                line = json.loads(source[inputs[run["file"]]][run["source_row"] - 1 + i])
                assert line["id"] == written[run["row"] + i]
                traced += 1
    assert traced == 60


def test_addresses_stay_in_what_is_published(work):
    work("run", "recipe.yaml", "--out", "out", "--push")
    (work.cwd / "hub.yaml").write_text(
        "recipe: again\nparams: {repo: hub://alice/peers}\nsource: \"${repo}/plain/*.parquet\"\n")
    work("run", "hub.yaml", "--out", "again", "--push", "--repo", "again")
    manifest = json.loads((work.cwd / "again/manifest.json").read_text())
    assert manifest["parameters"]["repo"] == "hub://alice/peers"
    assert manifest["datasets"][0]["inputs"][0]["name"].startswith("hub://alice/peers")
    assert len(manifest["datasets"][0]["inputs"][0]["revision"]) == 40


def test_an_empty_split_and_a_cut_set_are_told(work):
    write_jsonl(work.cwd / "none.jsonl", [])
    (work.cwd / "empty.yaml").write_text(
        "recipe: empty\nsource:\n  jsonl: {path: {train: in.jsonl, test: none.jsonl}}\n")
    pushed = work.facts("run", "empty.yaml", "--out", "out", "--push", "--repo", "d")
    told = [note for note in pushed["notes"] + pushed["publish"]["notes"] if "no rows" in note]
    assert len(told) == 1 and "split=test" in told[0]  # Once, not by the run and the publishing.
    for more in [[], ["--dry-run"]]:
        assert told[0] in work.facts("publish", "out", "--repo", "d", *more)["notes"]
    assert not any("cut" in note for note in pushed["publish"]["notes"])
    cut = work.facts("run", "recipe.yaml", "--out", "cut", "--push", "--repo", "e", "--limit", 9)
    assert any("is cut: limit=9; remedy: " in note for note in cut["publish"]["notes"])
    whole = work.facts("run", "recipe.yaml", "--out", "cut", "--push", "--repo", "e", "--limit", 900)
    assert not any("cut" in note for note in whole["publish"]["notes"])


def test_wrong_usage_and_refusals(work):
    (work.cwd / "bare.yaml").write_text("recipe: bare\nsource: in.jsonl\n")
    assert "--repo" in work("run", "bare.yaml", "--push", status=2)
    assert "--push" in work("run", "bare.yaml", "--repo", "x", status=2)
    said = work("publish", "out", status=2)
    assert "remedy: --repo OWNER/NAME, for example `hubmill publish out --repo alice/sample`" in said
    assert "the recipe" not in said
    assert "local folder" in work("run", "bare.yaml", "--push", "--repo", "x", "--out", "s3://b/x",
                                  status=2)
    assert "not an output folder" in work("publish", "root", "--repo", "x", status=2)
    (work.cwd / "wrong.yaml").write_text("recipe: wrong\nsource: in.jsonl\npublish: {repos: x}\n")
    assert "did you mean repo" in work("recipe", "check", "wrong.yaml", status=2)
    work("hub", "create", "open", "--public")
    work("run", "bare.yaml", "--out", "out")
    assert "is public" in work("publish", "out", "--repo", "open", "--require-private", status=3)
    assert "private=" not in work("publish", "out", "--repo", "open")
    assert work.facts("hub", "visibility", "open")["visibility"] == "public"
    (work.cwd / "data").write_text("foreign")
    work("hub", "upload", "taken", "data")
    for dry_run in [["--dry-run"], []]:
        said = work("publish", "out", "--repo", "taken", *dry_run, status=3)
        assert "path=data\n; remedy: rename or delete" in said
    assert "file=data" in work("hub", "upload", "taken", "in.jsonl", "data/in.jsonl", status=4)
    assert work.tree(repo="taken")["data"] == len("foreign")
    assert "tag=main" in work("publish", "out", "--repo", "open", "--tag", "main", status=2)
    work.url = "http://127.0.0.1:9"
    assert "nobody listens" in work("publish", "out", "--repo", "alice/x", status=4)


def test_the_embedded_hub_for_one_command(work, tmp_path):
    local = ["--hub", "local", "--hub-root", "hub"]
    first = work.facts("run", "recipe.yaml", "--out", "out", "--push", "--repo", "d", *local)["publish"]
    assert first["repo"] == "local/d"
    see = "`hubmill hub serve --root hub`, then /datasets/local/d"
    (tmp_path / "e1").mkdir()
    for name in ["sampling-iot23-v1.json", "sampling-e1-ood-v1.json"]:
        (tmp_path / "e1" / name).write_text('{"datasets": {"cic-ids-2017": {"a": 1}, "unsw-nb15": {"a": 1}}}')
    for command, words in [(["publish", "out", "--repo", "d"], f"  see: {see}\n"),
                           (["run", "recipe.yaml", "--out", "out", "--push", "--repo", "d"], f"  see: {see}\n"),
                           (["hub", "create", "d", "--exist-ok"], f"see={see}\n"),
                           (["hub", "upload", "d", "in.jsonl"], f"see={see}\n"),
                           (["hub", "rollback", "d", first["commit"]], f"see={see}\n"),
                           (["metadata", "--env", "e1", "--out", "m", "--push", "--repo", "d", "--data-dir", "e1"],
                            f"see={see}\n"),
                           (["hub", "whoami"], "endpoint=local\n")]:
        text = work(*command, *local)
        assert words in text and "http://" not in text, text  # A server that ends with the command.
    assert first["url"] == ""
    first = work.facts("publish", "out", "--repo", "d", *local)
    assert work.facts("publish", "out", "--repo", "d", *local)["commit"] == first["commit"]
    assert "typed/" in work("hub", "ls", "local/d", *local)
    assert "refs/heads/main=" + first["commit"] in work("hub", "tag", "local/d", *local)
    for name, data in tree_bytes(tmp_path / "hub").items():  # Nobody was told the user's own token.
        assert TOKEN.encode() not in data and SECRET.encode() not in data, name
    with subprocess.Popen([str(BINARY), "hub", "serve", "--root", str(tmp_path / "hub")],
                          stdout=subprocess.PIPE, text=True) as server:
        url = server.stdout.readline().strip()
        assert f"remedy: --hub {url}" in work("publish", "out", "--repo", "d", *local, status=1)
        server.terminate()


def test_commands_on_one_folder_wait_for_each_other(work, tmp_path):
    local, lock = ["--hub", "local", "--hub-root", "hub"], tmp_path / "hub/lock"
    (tmp_path / "held.yaml").write_text("recipe: held\nsource: {stdin: jsonl}\n")

    def start(*arguments):
        return subprocess.Popen([str(BINARY), *arguments, *local], cwd=tmp_path, text=True,
                                env=work.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)
    with start("run", "held.yaml", "--push", "--repo", "held", "--out", "held") as first:
        while not (lock.exists() and lock.read_bytes()):  # It has the folder until its rows have come.
            time.sleep(0.01)
        others = [start("hub", "create", f"d{number}") for number in range(3)]
        time.sleep(1)
        assert [other.poll() for other in others] == [None] * 3 and first.poll() is None
        out, err = first.communicate('{"a": 1}\n', timeout=60)
        assert first.returncode == 0 and "published: local/held" in out, err
        for other in others:
            out, err = other.communicate(timeout=60)
            assert other.returncode == 0 and "created=true" in out, err
    for repo in ["held", "d0", "d1", "d2"]:
        work("hub", "ls", f"local/{repo}", *local)


@pytest.mark.timeout(300)
def test_what_readers_inferred_is_loaded_as_before(work):
    """A repository without configs keeps its splits when a config is published beside them."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    from huggingface_hub import HfApi
    api = HfApi(endpoint=work.url, token=TOKEN)
    api.create_repo("alice/can", repo_type="dataset", private=True)
    for name in ["train", "test"]:
        pq.write_table(pa.table({"a": [name]}), work.cwd / f"{name}.parquet")
        api.upload_file(path_or_fileobj=work.cwd / f"{name}.parquet", repo_type="dataset",
                        path_in_repo=f"data/{name}.parquet", repo_id="alice/can")
    (work.cwd / "n.jsonl").write_text('{"a": "new"}\n')
    for number, (name, split) in enumerate([("other", "extra"), ("default", "train")]):
        (work.cwd / "r.yaml").write_text(
            f"recipe: r{number}\ndatasets:\n  {name}:\n    source:\n"
            f"      jsonl: {{path: {{{split}: n.jsonl}}}}\n    sink:\n      parquet: {{}}\n")
        work("run", "r.yaml", "--out", f"out{number}", "--push", "--repo", "alice/can")
        code = ("import json, sys, datasets; d = datasets.load_dataset('alice/can', cache_dir=sys.argv[1]);"
                "print(json.dumps({k: list(v['a']) for k, v in d.items()}))")
        done = subprocess.run([sys.executable, "-W", "ignore", "-c", code, str(work.cwd / f"cache{number}")],
                              cwd=work.cwd, env=work.environment(), capture_output=True, text=True,
                              timeout=120, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        loaded = json.loads(done.stdout.splitlines()[-1])
        assert loaded == {"train": ["new" if number else "train"], "test": ["test"]}


def test_a_data_dir_without_files_goes(work):
    """Readers look for all files of a config below its data_dir: beside new data_files it would hide them."""
    (work.cwd / "README.md").write_text("---\nconfigs:\n- config_name: default\n  data_dir: raw\n---\n# mine\n")
    work("hub", "upload", "d", "README.md")
    (work.cwd / "r.yaml").write_text("recipe: r\nsource: in.jsonl\n")
    published = work.facts("run", "r.yaml", "--out", "out", "--push", "--repo", "d")["publish"]
    assert any("data_dir held no data, and goes: config=default data_dir=raw" in note for note in published["notes"])
    assert work.load(work.cwd / "out", "alice/d")["default"]["rows"] == {"train": 600}


def test_the_loser_of_a_tag_is_told_what_became_of_its_data(work):
    """Another writer takes the tag between the first look and the end: the Hub answers 409."""
    (work.cwd / "r.yaml").write_text("recipe: r\nsource: in.jsonl\n")
    work("run", "r.yaml", "--out", "out")
    with Between(work, "/tag/") as between:
        said = work("publish", "out", "--repo", "d", "--tag", "v1", status=4)
        work.url = between.url
    commit = next(ref for name, ref in work.facts("hub", "tag", "d").items() if name == "refs/heads/main")
    assert "the data is published, without the tag: repo=alice/d" in said and said.count("remedy: ") == 1
    assert f"`hubmill hub tag alice/d TAG --revision {commit}`" in said
    assert "data/train-00000-of-00001.parquet" in work.tree(repo="d")


def test_a_private_recipe_is_not_published_in_public(work):
    work("hub", "create", "open", "--public")
    for more, status in [("private: true", 3), ("require_private: true", 3), ("private: false", 0), ("branch: main", 0)]:
        (work.cwd / "r.yaml").write_text(f"recipe: r\nsource: in.jsonl\npublish: {{repo: open, {more}}}\n")
        for dry_run in [["--dry-run"], []]:
            said = work("run", "r.yaml", "--out", "out", "--push", *dry_run, status=status)
            assert not status or "the repository is public, and this must be private: repo=alice/open" in said


def test_a_dry_run_tells_of_missing_rights(work, tmp_path):
    (work.cwd / "r.yaml").write_text("recipe: r\nsource: in.jsonl\n")
    work("run", "r.yaml", "--out", "out")
    with subprocess.Popen(
            [str(BINARY), "hub", "serve", "--root", str(tmp_path / "other"), "--no-fsync", "--user", "bob",
             "--token", "hf_bob", "--account", f"alice:{TOKEN}"], stdout=subprocess.PIPE, text=True) as server:
        work.url = server.stdout.readline().strip()
        notes = work.facts("publish", "out", "--repo", "bob/d", "--dry-run")["notes"]
        assert any("may make a repository of this owner: user=alice owner=bob; remedy: " in note for note in notes)
        assert not work.facts("publish", "out", "--repo", "alice/d", "--dry-run")["notes"]
        subprocess.run([str(BINARY), "hub", "create", "bob/d", "--public"], check=True, capture_output=True,
                       cwd=tmp_path, env={**work.environment(), "HF_TOKEN": "hf_bob"})
        for command in [["publish", "out"], ["run", "r.yaml", "--out", "never", "--push"]]:
            said = work(*command, "--repo", "bob/d", "--dry-run", status=4)
            assert "the token lacks the right for this" in said and "write access" in said
        server.terminate()


def test_a_message_names_no_folder_of_this_machine(work):
    (work.cwd / "home/anna").mkdir(parents=True)
    (work.cwd / "home/anna/rows.jsonl").write_text('{"a": 1}\n')
    (work.cwd / "r.yaml").write_text(
        "recipe: r\nparams: {data: x, rows: x}\nsource: ${data}/${rows}\n"
        "publish: {repo: d, message: 'From ${data}/${rows}', card: 'of ${data}'}\n")
    work("run", "r.yaml", "--out", "out", "--push", "--set", f"data={work.cwd}/home/anna", "--set", "rows=rows.jsonl")
    with urllib.request.urlopen(urllib.request.Request(
            work.url + "/api/datasets/alice/d/commits/main", headers={"Authorization": f"Bearer {TOKEN}"})) as answer:
        assert json.loads(answer.read())[0]["title"] == "From anna/rows.jsonl"
    work("hub", "download", "d", "--local-dir", "copy")
    assert str(work.cwd) not in (work.cwd / "copy/README.md").read_text()


def test_a_cut_set_is_told_whenever_it_is_published(work):
    work("run", "recipe.yaml", "--out", "lim", "--limit", "9")
    for more in [["--dry-run"], []]:
        notes = work.facts("publish", "lim", "--repo", "d", *more)["notes"]
        assert len([note for note in notes if "is cut: limit=9; remedy: " in note]) == 1
    work("run", "recipe.yaml", "--out", "whole", "--limit", "900")
    assert "limit" not in json.loads((work.cwd / "whole/manifest.json").read_text())


def test_output_folders_that_were_touched(work):
    work("run", "recipe.yaml", "--out", "out")
    manifest = work.cwd / "out/manifest.json"
    good = manifest.read_text()
    for bad in [good[:200], "[]", "{}", good.replace('"size": ', '"size": "x", "s": ')]:
        manifest.write_text(bad)
        said = work("publish", "out", "--repo", "d", status=3)
        assert "the manifest is not as a run writes it: file=out/manifest.json why=" in said and "remedy: " in said
        assert "json.exception" not in said
    manifest.write_text(good)
    (work.cwd / "out/README.md").unlink()
    said = work("publish", "out", "--repo", "d", status=2)
    assert "not an output folder of hubmill: folder=out" in said and "README.md" in said and "remedy: " in said


@pytest.mark.parametrize("card, words", [
    ("configs:\n- config_name: a\n  default: true\n- config_name: b\n  default: true\n",
     "only one config of README.md may say `default: true`: config=a config=b; remedy: "),
    ("license: mit\npretty_name: x\nlicense: mit\n",
     "a key stands twice in the front matter of README.md: key=license line=4; remedy: ")])
def test_cards_that_readers_refuse(work, card, words):
    (work.cwd / "README.md").write_text(f"---\n{card}---\n")
    work("hub", "upload", "d", "README.md")
    work("run", "recipe.yaml", "--out", "out")
    assert words in work("publish", "out", "--repo", "d", status=3)
