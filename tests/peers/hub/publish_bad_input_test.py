"""What may go wrong while a set is published: success after retries, or a clear error and the right status; never a
half-published set, a lost object or a token in any output."""
import json
import os
import shutil
import subprocess

import pytest
from conftest import BINARY, rows_with_everything, tree_bytes, write_jsonl
from hub_bad_input_test import REPO, Proxy, files_of, head_of, small_disk, twice  # noqa: F401, a fixture
from served_hub import TOKENS, cli, start  # noqa: F401, two fixtures

RECIPE = """
recipe: bad-days
publish: {repo: alice/d}
source:
  jsonl: {path: in.jsonl}
stages:
  - split: {method: hash, by: id, ratios: {train: 0.8, test: 0.2}}
"""
# Of the second run only one split is new: card, manifest and lineage of what stays are read and joined.
ONE_SPLIT = """
recipe: bad-days
publish: {repo: alice/d}
source:
  jsonl: {path: {test: in.jsonl}}
"""


@pytest.fixture
def publish(tmp_path):
    write_jsonl(tmp_path / "in.jsonl", rows_with_everything(300))
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    (tmp_path / "one.yaml").write_text(ONE_SPLIT)

    def run(hub, recipe="recipe.yaml", status=0, url=None, token="hf_admin"):
        kept = {k: v for k, v in os.environ.items() if not k.startswith("HF_")}
        environment = {**kept, "HF_ENDPOINT": url or hub.url, "HF_TOKEN": token, "HOME": str(tmp_path)}
        done = subprocess.run([str(BINARY), "run", recipe, "--out", "out", "--push", "--json"], cwd=tmp_path,
                              env=environment, capture_output=True, text=True, timeout=180, check=False)
        for said in [done.stdout, done.stderr, *map(str, tree_bytes(tmp_path / "out").values())]:
            assert not any(secret in said for secret in TOKENS)
        assert done.returncode == status, done.stdout + done.stderr
        assert not status or "remedy: " in done.stderr, done.stderr
        return done.stderr if status else json.loads(done.stdout)["publish"]
    return run


def state_of(hub) -> dict:
    """Every file with its id, and how many commits there are."""
    tree = {entry["path"]: entry["oid"] for entry in hub.ask("GET", REPO + "/tree/main?recursive=true")}
    return {**tree, "commits": len(hub.ask("GET", REPO + "/commits/main"))}


def test_tokens_without_rights(start, publish):
    hub = start("--no-fsync", "--account", "rob:hf_reader:read")
    publish(hub)
    before = state_of(hub)
    for token, words in [("hf_reader", "may only read"), ("hf_expired", "unknown, expired or withdrawn"),
                         ("", "there is no Hub token"), ("hf_bob", "use a token with write access")]:
        assert words in publish(hub, "one.yaml", status=4, token=token)
    assert state_of(hub) == before


@pytest.mark.parametrize("spoil", [lambda data: data[:len(data) // 2], lambda data: data[:10], twice],
                         ids=["truncated", "cut", "duplicated"])
def test_each_third_answer_is_spoiled(start, publish, tmp_path, spoil):
    good, hub = start("--no-fsync", root=tmp_path / "good"), start("--no-fsync", root=tmp_path / "bad")
    proxy = Proxy(hub.port, spoil)
    for recipe in ["recipe.yaml", "one.yaml"]:
        publish(good, recipe)
        publish(hub, recipe, url=proxy.url)
        assert state_of(hub) == state_of(good)
    assert proxy.answers >= 30
    proxy.listener.close()


def test_the_repository_moves_on_between_read_and_commit(start, publish):
    """A 412 on the first commit: everything is read again and made on what is there by then."""
    hub = start("--no-fsync")
    publish(hub)
    hub.ask("POST", "/__stub/fault", {"match": "/commit/", "status": 412, "times": 1})
    publish(hub, "one.yaml")
    assert state_of(hub)["commits"] == 3


@pytest.mark.parametrize("fault", [{"status": 429, "headers": {"Retry-After": "1"}}, {"status": 500}, {"status": 503}])
def test_each_request_fails_once(start, publish, fault):
    hub = start("--no-fsync")
    publish(hub)
    for match in ["/whoami-v2", "/refs", "/tree/", "/resolve/", "/preupload/", "/commit/", "/info/lfs/"]:
        hub.ask("POST", "/__stub/fault", {"match": match, "times": 1, **fault})
    publish(hub, "one.yaml")
    assert state_of(hub)["commits"] == 3


def test_a_folder_wiped_under_the_server(start, publish):
    hub = start("--no-fsync")
    publish(hub)
    shutil.rmtree(hub.root)
    assert "the server again" in publish(hub, status=4)
    port = hub.port
    hub.stop()
    hub = start("--no-fsync", port=port)
    published = publish(hub)
    assert published["created"] and state_of(hub)["commits"] == 2


def test_a_full_disk_while_storing(start, publish, cli, tmp_path, small_disk):
    hub = start(root=small_disk / "hub")
    publish(hub)
    before, files = state_of(hub), files_of(hub)
    write_jsonl(tmp_path / "in.jsonl", [{"id": str(i), "text": os.urandom(3000).hex()} for i in range(6000)])
    (tmp_path / "more.yaml").write_text("recipe: more\npublish: {repo: alice/d}\ndatasets:\n  more:\n    source:\n"
                                        "      jsonl: {path: in.jsonl}\n")
    assert "make room" in publish(hub, "more.yaml", status=4)
    assert (state_of(hub), files_of(hub)) == (before, files)
    subprocess.run(["mount", "-o", "remount,size=120m", small_disk], check=True)
    head = head_of(hub)
    published = publish(hub, "more.yaml")
    assert published["commit"] != head and state_of(hub)["commits"] == before["commits"] + 1
    git = small_disk / "hub/repos/datasets/alice/d/git"
    subprocess.run(["git", "-C", str(git), "fsck", "--strict"], check=True, capture_output=True)
