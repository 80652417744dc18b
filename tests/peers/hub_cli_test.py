"""hubmill hub against the stand-in: every subcommand, every refusal, and never a token in the output."""
import json
import os
import pathlib
import random
import subprocess
import sys
import urllib.request

import pytest

from conftest import BINARY

STAND_IN = pathlib.Path(__file__).parent / "hub" / "stand_in.py"
WRITER, READER = "hf_writer_0123456789", "hf_reader_0123456789"


class Hub:
    def __init__(self, url, cwd):
        self.url, self.cwd, self.token = url, cwd, WRITER

    def control(self, path, value=None):
        request = urllib.request.Request(self.url + path, json.dumps(value).encode(), method="POST")
        return json.loads(urllib.request.urlopen(request).read())

    def fault(self, match, action, **more):
        self.control("/_faults", [{"match": match, "action": action, **more}])

    def __call__(self, *arguments, status=0):
        kept = {k: v for k, v in os.environ.items() if not k.startswith("HF_")}
        environment = {**kept, "HF_ENDPOINT": self.url, "HOME": str(self.cwd), "NO_COLOR": "1"}
        if self.token:
            environment["HF_TOKEN"] = self.token
        done = subprocess.run([str(BINARY), "hub", *map(str, arguments)], cwd=self.cwd, env=environment,
                              capture_output=True, timeout=120, check=False)
        out, err = done.stdout.decode(), done.stderr.decode()
        for secret in (WRITER, READER, "hf_expired_0123456789", "s3cr3tsig"):
            assert secret not in out + err
        assert done.returncode == status, f"exit {done.returncode}, wanted {status}\n{out}\n{err}"
        if status:
            assert "remedy: " in err or status == 2, err
            return err
        return out

    def facts(self, *arguments):
        return json.loads(self(*arguments, "--json"))


@pytest.fixture(scope="module")
def server():
    with subprocess.Popen([sys.executable, str(STAND_IN)], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as process:
        yield process.stdout.readline().split()[1]
        process.stdin.close()


@pytest.fixture
def hub(server, tmp_path):
    hub = Hub(server, tmp_path)
    hub.control("/_reset", [])
    return hub


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "out"
    (folder / "data").mkdir(parents=True)
    (folder / "README.md").write_text("---\nlicense: mit\n---\n# hi\n")
    (folder / "data" / "train-00000-of-00001.parquet").write_bytes(random.Random(1).randbytes(400_000))
    (folder / "data" / "test.txt").write_text("text")
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("not for the Hub")
    return folder


def test_upload_download_verify(hub, folder, tmp_path):
    assert hub.facts("whoami")["user"] == "alice"
    first = hub.facts("upload", "d", folder)  # Created, private, owned by the token's user.
    assert first["repo"] == "alice/d" and first["files_written"] == 3
    assert hub.facts("visibility", "d")["visibility"] == "private"
    again = hub.facts("upload", "alice/d", folder)
    assert again["unchanged"] and again["commit"] == first["commit"] and again["bytes_uploaded"] == 0
    assert hub("verify", "d", folder) == "repo=alice/d\nidentical=true\n"
    hub("download", "d", "--local-dir", "copy")
    assert (tmp_path / "copy/data/train-00000-of-00001.parquet").read_bytes() == (
        folder / "data/train-00000-of-00001.parquet").read_bytes()
    hub("download", "d", "data/test.txt", "--local-dir", "one")
    assert [p.name for p in (tmp_path / "one").rglob("*") if p.is_file()] == ["test.txt"]
    (folder / "data/test.txt").write_text("changed")
    assert "data/test.txt" in hub("upload", "d", folder, "--dry-run")
    assert "differ" in hub("verify", "d", folder, status=3)


def test_files(hub, folder):
    hub("upload", "d", folder, "sub")
    assert hub.facts("ls", "d", "--recursive")["sub/README.md"] > 0
    assert "sub/\n" in hub("ls", "d")
    hub("tag", "d", "v1")
    hub("cp", "d", "sub/data/train-00000-of-00001.parquet", "x.parquet")
    hub("cp", "d", "sub/README.md", "README.md")
    hub("rm", "d", "sub/")
    diff = hub.facts("diff", "d", "v1")
    assert diff["x.parquet"] == "added" and diff["sub/README.md"] == "deleted"
    assert "nothing of that name" in hub("rm", "d", "sub/", status=2)
    assert "no such file to copy" in hub("cp", "d", "nope", "other", status=2)
    assert "TAG" in hub("tag", "d", "--delete", status=2)
    assert "refs/tags/v1=" in hub("tag", "d", "--list")
    assert "never moved" in hub("tag", "d", "v1", status=4)
    hub("tag", "d", "v1", "--delete")
    hub("upload", "d", folder / "README.md", "README.md", "--delete", "*.parquet", "--parent",
        hub.facts("upload", "d", folder / "README.md")["commit"])
    hub("upload", "d", folder, "new", "--delete", "*")
    assert "x.parquet" in hub("ls", "d")  # Outside the folder that was named.


def test_upload_names_what_it_cannot_take(hub, folder):
    os.mkfifo(folder / "pipe")
    (folder / "linked").symlink_to(folder / "data")
    assert hub.facts("upload", "d", folder)["files_skipped"] == 2
    (folder / "broken").symlink_to("nowhere")
    assert "a link leads nowhere: path=" in hub("upload", "d", folder, status=2)


def test_upload_leaves_out_files_of_tokens(hub, folder):
    for name in [".env", ".env.local", "data/.env", "data/x.env"]:
        (folder / name).write_text("HF_TOKEN=hf_somebody_0123456789")
    done = subprocess.run([str(BINARY), "hub", "upload", "d", str(folder), "--json"], timeout=120, cwd=hub.cwd,
                          env={"HF_ENDPOINT": hub.url, "HF_TOKEN": WRITER, "HOME": str(hub.cwd)},
                          capture_output=True, text=True, check=True)
    for name in [".env", ".env.local", "data/.env"]:
        assert f"note: left out, it may hold a token: path={name}\n" in done.stderr
    assert json.loads(done.stdout)["files_skipped"] == 3
    there = set(hub.facts("ls", "d", "--recursive"))
    assert "data/x.env" in there and not any(path.split("/")[-1].startswith(".env") for path in there)
    hub("verify", "d", folder)
    for name in [".env", ".env.local"]:
        said = hub("upload", "d", folder / name, "settings", status=2)
        assert "may hold a token" in said and name in said and "remedy: " in said
    assert set(hub.facts("ls", "d", "--recursive")) == there


@pytest.mark.parametrize("arguments, words", [
    (["bob:t1:raed"], "what follows the token is not `read`: account=bob; remedy: "),
    (["bob:t1:read:x"], "account=bob; remedy: "),
    (["bob:t1:"], "account=bob; remedy: "),
    (["bob:t1", "Bob:t2"], "two accounts have one name: account=Bob; remedy: "),
    (["alice:t1"], "two accounts have one name: account=alice; remedy: "),
    (["bob:t1", "eve:t1:read"], "two accounts have one token: account=bob and account=eve; remedy: "),
    (["bob:t0"], "two accounts have one token: account=alice and account=bob; remedy: ")])
def test_serve_refuses_accounts_that_are_unclear(tmp_path, arguments, words):
    accounts = [word for account in arguments for word in ["--account", account]]
    done = subprocess.run([str(BINARY), "hub", "serve", "--root", str(tmp_path / "root"), "--user", "alice",
                           "--token", "t0", *accounts], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 2 and words in done.stderr, done.stderr
    assert not done.stdout and not (tmp_path / "root").exists()


def test_commands_for_spaces_take_spaces_only(hub):
    for name in [["alice/d3", "--type", "dataset"], ["models/alice/d4"], ["s", "--sdk", "nonsense"]]:
        hub("space", "create", *name, status=2)
    text = hub("space", "create", "--help")
    assert "hub space create alice/demo" in text and "data set" not in text


def test_facts_keep_their_json_type(hub, tmp_path):
    local = ["--hub", "local", "--hub-root", tmp_path / "root"]
    hub("space", "create", "demo", *local)
    hub("space", "variables", "add", "demo", "-e", "A=007", "-e", "C=true", *local)
    assert hub.facts("space", "variables", "ls", "demo", *local) == {"A": "007", "C": "true"}
    os.environ["HUBMILL_TEST_SECRET"] = "s3cr3tsig"
    hub("space", "secrets", "add", "demo", "-s", "HUBMILL_TEST_SECRET", *local)
    (meta,) = (tmp_path / "root").rglob("meta.json")  # It holds the secret.
    assert "s3cr3tsig" in meta.read_text() and meta.stat().st_mode & 0o777 == 0o600


def test_repositories_and_spaces(hub):
    assert hub.facts("create", "d", "--private") == {
        "repo": "alice/d", "created": True, "visibility": "private", "url": hub.url + "/datasets/alice/d"}
    assert "exists already" in hub("create", "d", status=4)
    hub("create", "d", "--exist-ok")
    assert hub.facts("visibility", "d", "public")["visibility"] == "public"
    hub("create", "spaces/alice/s")
    assert hub.facts("pause", "s")["stage"] == "PAUSED"
    assert hub.facts("restart", "s")["stage"] == "BUILDING"


def test_refusals_say_what_to_do(hub, folder):
    hub("create", "alice/d")
    hub.token = READER
    assert "write access" in hub("upload", "alice/d", folder, status=4)
    hub.token = "hf_expired_0123456789"
    assert "new token" in hub("upload", "alice/d", folder, status=4)
    hub.token = ""
    assert "HF_TOKEN" in hub("upload", "alice/d", folder, status=4)
    assert "HF_TOKEN" in hub("ls", "alice/d", status=4)
    hub.token = "two words"
    assert "two words" not in hub("ls", "alice/d", status=2)
    hub.token = WRITER
    assert "no such revision" in hub("ls", "d", "--revision", "v9", status=4)
    assert "OWNER/NAME" in hub("ls", "a/b/c", status=2)
    assert ".." in hub("upload", "d", folder / "README.md", "../README.md", status=2)
    assert "no such file" in hub("upload", "d", folder / "none", status=2)
    assert "parent" in hub("upload", "d", folder, "--parent", "0" * 40, status=4)
    (folder / "bad\nname").write_text("x")
    assert "control character" in hub("upload", "d", folder, status=2)
    (folder / "bad\nname").unlink()
    (folder / "README.md").write_text("---\n\tx: 1\n---\n")
    assert "front matter" in hub("upload", "d", folder, status=3)
    assert "nobody listens" in hub("ls", "alice/d", "--hub", "http://127.0.0.1:9", status=4)


def test_bad_connections_lose_nothing(hub, folder):
    hub("create", "d")
    hub.fault(".*", "cut", every=3)
    first = hub.facts("upload", "d", folder)
    assert not first["unchanged"]
    hub("download", "d", "--local-dir", "copy")
    hub.control("/_faults", [])
    hub("verify", "d", "copy")
    (folder / "data/test.txt").write_text("again")
    hub.fault("POST /api/.*/commit/", "lose", times=1)  # Stored, but the answer is cut.
    second = hub.facts("upload", "d", folder)
    assert second["files_written"] == 1 and second["commit"] != first["commit"]
    hub.fault("GET .*/resolve/", "truncate", times=2)
    hub("download", "d", "--local-dir", "copy")
    assert (folder.parent / "copy/data/test.txt").read_text() == "again"
