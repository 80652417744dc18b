"""Publishing by the real binary: what a person reads, and what the official `datasets` library loads."""
import json
import os
import subprocess
import sys

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
    assert "config=typed column=label published=class_label[3] new=class_label[4]" in refused
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


def test_wrong_usage_and_refusals(work):
    (work.cwd / "bare.yaml").write_text("recipe: bare\nsource: in.jsonl\n")
    assert "--repo" in work("run", "bare.yaml", "--push", status=2)
    assert "--push" in work("run", "bare.yaml", "--repo", "x", status=2)
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
    work.url = "http://127.0.0.1:9"
    assert "nobody listens" in work("publish", "out", "--repo", "alice/x", status=4)


def test_the_embedded_hub_for_one_command(work, tmp_path):
    local = ["--hub", "local", "--hub-root", "hub"]
    first = work.facts("run", "recipe.yaml", "--out", "out", "--push", "--repo", "d", *local)["publish"]
    assert first["repo"] == "local/d"
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
