"""What `hubmill hub` lists and says: every name that a person needs, before and after something changes."""
import json
import urllib.error

import pytest

from conftest import write_jsonl
from served_hub import cli, start  # noqa: F401, two fixtures

REPO = "/api/datasets/alice/d"


@pytest.fixture
def hub(start):
    return start("--no-fsync", "--account", "rob:hf_reader:read")


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "dir"
    (folder / "sub").mkdir(parents=True)
    for name in ["a.txt", "sub/b.txt"]:
        (folder / name).write_text(name)
    return folder


def facts(cli, hub, *arguments):
    return json.loads(cli(hub, *arguments, "--json"))


def test_a_remote_path_with_a_slash_is_a_folder(hub, cli, folder):
    cli(hub, "upload", "d", folder / "a.txt", "into/")
    cli(hub, "upload", "d", folder / "a.txt", "as/c.txt")
    cli(hub, "upload", "d", folder / "a.txt", ".")
    cli(hub, "upload", "d", folder, "whole/")
    there = set(facts(cli, hub, "ls", "d", "--recursive"))
    assert there == {".gitattributes", "into/a.txt", "as/c.txt", "a.txt", "whole/a.txt", "whole/sub/b.txt"}


def test_ls_of_folders_and_files(hub, cli, folder):
    cli(hub, "upload", "d", folder)
    listed = facts(cli, hub, "ls", "d")
    assert listed["sub/"] is None and listed["a.txt"] == 5 and set(listed) == {".gitattributes", "sub/", "a.txt"}
    assert facts(cli, hub, "ls", "d", "sub/b.txt") == facts(cli, hub, "ls", "d", "sub") == {"sub/b.txt": 9}
    assert facts(cli, hub, "ls", "d", "sub/") == {"sub/b.txt": 9}
    assert cli(hub, "ls", "d", "sub/b.txt").split() == ["9", "sub/b.txt"]
    for path in ["sbu", "a.txt/"]:
        assert "no such file or folder" in cli(hub, "ls", "d", path, status=4)


def test_a_dry_run_of_an_upload_into_nothing(hub, cli, folder):
    text = cli(hub, "upload", "d", folder, "--dry-run")
    assert "write   a.txt\nwrite   sub/b.txt\n" in text and "created=true\nvisibility=private\n" in text
    said = facts(cli, hub, "upload", "d", folder, "--dry-run", "--public")
    assert said["write"] == ["a.txt", "sub/b.txt"] and said["visibility"] == "public" and said["head"] == ""
    assert "may only read" in cli(hub, "upload", "rob/d", folder, "--dry-run", token="hf_reader", status=4)
    with pytest.raises(urllib.error.HTTPError):
        hub.ask("GET", REPO)
    assert facts(cli, hub, "upload", "d", folder)["created"] is True
    assert facts(cli, hub, "upload", "d", folder)["created"] is False


def test_a_dry_run_of_a_rollback_names_the_files(hub, cli, folder):
    cli(hub, "upload", "d", folder)
    cli(hub, "tag", "d", "v1")
    for name in ["a.txt", "new.txt"]:
        (folder / name).write_text("changed")
    cli(hub, "upload", "d", folder)
    assert "write   a.txt\ndelete  new.txt\n" in cli(hub, "rollback", "d", "v1", "--dry-run")
    said = facts(cli, hub, "rollback", "d", "v1", "--dry-run")
    assert (said["write"], said["delete"], said["files_restored"]) == (["a.txt"], ["new.txt"], 1)
    assert "delete  sub/b.txt\n" in cli(hub, "rm", "d", "sub/", "--dry-run")
    cli(hub, "rollback", "d", "v1")
    assert set(facts(cli, hub, "ls", "d", "--recursive")) == {".gitattributes", "a.txt", "sub/b.txt"}


def test_files_of_tokens_are_refused_by_the_library(hub, cli, tmp_path):
    (tmp_path / ".env").write_text("X=1\n")
    (tmp_path / "plain").write_text("X=1\n")
    for names in [[".env"], [".env", "plain"], ["plain", ".env"], ["plain", "sub/.env.local"]]:
        said = cli(hub, "upload", "d", *names, status=2)
        assert "may hold a token and is not uploaded: path=" in said and ".env" in said
    assert "no such repository" in cli(hub, "ls", "d", status=4)  # Nor was it made.


def test_verify_of_what_was_published(hub, cli, hubmill, tmp_path):
    write_jsonl(tmp_path / "in.jsonl", [{"a": i} for i in range(10)])
    hubmill("convert", "in.jsonl", "x.parquet")
    (tmp_path / "r.yaml").write_text("recipe: r\nsource: in.jsonl\n")
    hubmill("run", "r.yaml", "--out", "out")
    local = ["--hub", "local", "--hub-root", "root"]
    hubmill("publish", "out", "--repo", "d", *local)
    assert "identical=true" in hubmill("hub", "verify", "d", "out", *local).stdout.decode()
    (tmp_path / "out/more.txt").write_text("x")
    assert "more.txt=only_local" in hubmill("hub", "verify", "d", "out", *local, status=3).stdout.decode()


def test_messages_name_the_thing_and_the_remedy(hub, cli, folder):
    first = facts(cli, hub, "upload", "d", folder)["commit"]
    assert "path=none path=old/; remedy: see `hubmill hub ls alice/d`" in cli(hub, "rm", "d", "none", "old/", status=2)
    said = cli(hub, "upload", "d", folder, "--parent", "0" * 40, status=4)
    assert f"--parent is not the head of the branch" in said and f"head={first}; remedy: " in said
    assert "run this again" not in said
    hub.ask("POST", "/__stub/fault", {"match": "/tag/", "status": 503, "times": 20})
    assert cli(hub, "tag", "d", "v1", status=4).count("remedy: ") == 1
    cli(hub, "space", "create", "demo")
    for name in ["BAD NAME", "1ST", "", "A-B"]:
        said = cli(hub, "space", "variables", "add", "demo", "-e", f"{name}=1", status=2)
        assert f"not the name of an environment variable: name={name};" in said


def test_a_ref_that_would_hide_another_is_refused(hub, cli, folder):
    cli(hub, "upload", "d", folder)

    def make(kind, name):
        path = f"{REPO}/tag/main" if kind == "tag" else f"{REPO}/branch/{name.replace('/', '%2F')}"
        try:
            hub.ask("POST", path, {"tag": name} if kind == "tag" else {})
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())["error"]
        return 200, ""

    assert make("branch", "a")[0] == make("tag", "t/x")[0] == 200
    for kind, name, words in [("branch", "a/b", "refs/heads/a and refs/heads/a/b"), ("branch", "t/x", "refs/tags/t/x"),
                              ("tag", "a", "refs/heads/a"), ("tag", "main", "refs/heads/main"),
                              ("tag", "t", "refs/tags/t/x and refs/tags/t"), ("tag", "f" * 40, "reads as a commit")]:
        status, said = make(kind, name)
        assert status == 409 and words in said and "remedy: another name" in said
    assert make("tag", "a/b")[0] == 200  # Apart from the branch `a`, for git and by its URL.
    said = cli(hub, "tag", "d", "t", status=4)
    assert "refs/tags/t/x and refs/tags/t" in said and said.count("remedy: ") == 1


def test_addresses_that_name_nothing(hubmill, tmp_path):
    local = ["--hub", "local", "--hub-root", "root"]
    (tmp_path / "dir/data").mkdir(parents=True)
    write_jsonl(tmp_path / "dir/data/x.jsonl", [{"a": 1}])
    (tmp_path / "dir/README.md").write_text(
        "---\nconfigs:\n- config_name: default\n  data_files:\n  - path: data/x.jsonl\n---\n")
    hubmill("hub", "upload", "d", "dir", *local)
    for address, words in [("hub://local/d/dta/*.jsonl", "a glob's folder does not exist: path=hub://local/d/dta/*.jsonl; "
                            "remedy: did you mean data?"),
                           ("dri/*.jsonl", "path=dri/*.jsonl; remedy: did you mean dir?"),
                           ("hub://local/d?split=test", "names no split: path=data/x.jsonl; remedy: write `split: train`")]:
        assert words in hubmill("convert", address, "o.jsonl", *local, status=3 if "split" in address else 2).stderr.decode()
