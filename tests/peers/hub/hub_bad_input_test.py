"""What may go wrong between the Hub client and the embedded Hub: success after retries, or a clear error and the right
status; never a half-published set, a lost object or a token in any output."""
import base64
import hashlib
import json
import random
import shutil
import socket
import subprocess
import threading
import urllib.error
import urllib.request

import pytest

from served_hub import TOKENS, cli, start  # noqa: F401, two fixtures

REPO = "/api/datasets/alice/d"


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "data"
    (folder / "sub").mkdir(parents=True)
    (folder / "README.md").write_text("---\nlicense: mit\n---\n")
    (folder / "train.parquet").write_bytes(random.Random(3).randbytes(700_000))
    for i in range(20):
        (folder / f"sub/{i}.txt").write_text(f"text {i}\n")
    return folder


def head_of(hub):
    return hub.ask("GET", REPO)["sha"]


def files_of(hub):
    return {entry["path"] for entry in hub.ask("GET", REPO + "/tree/main?recursive=true") if entry["type"] == "file"}


def status_of(act, *arguments, **named) -> int:
    try:
        act(*arguments, **named)
    except urllib.error.HTTPError as error:
        body = error.read().decode()
        assert json.loads(body)["error"]
        assert not any(token in body for token in TOKENS)
        return error.code
    return 200


def commit_lines(hub, *lines):
    lines = [{"key": "header", "value": {"summary": "change"}}, *lines]
    return hub.ask("POST", REPO + "/commit/main", "".join(json.dumps(line) + "\n" for line in lines).encode())


def batch(hub, data: bytes):
    wanted = {"operation": "upload", "transfers": ["basic", "multipart"],
              "objects": [{"oid": hashlib.sha256(data).hexdigest(), "size": len(data)}]}
    return hub.ask("POST", "/datasets/alice/d.git/info/lfs/objects/batch", wanted)["objects"][0]


@pytest.fixture
def hub(start):
    hub = start("--no-fsync", "--account", "rob:hf_reader:read")
    hub.ask("POST", "/api/repos/create", {"name": "d", "type": "dataset"})
    return hub


def test_tokens_without_rights_are_told_so(hub, cli, folder):
    head = head_of(hub)
    assert "write access" in cli(hub, "upload", "alice/d", folder, token="hf_reader", status=4)
    assert "write access" in cli(hub, "upload", "alice/d", folder, token="hf_bob", status=4)
    assert "new token" in cli(hub, "upload", "alice/d", folder, token="hf_expired", status=4)
    assert "HF_TOKEN" in cli(hub, "upload", "alice/d", folder, token="", status=4)
    assert head_of(hub) == head
    anonymous = {"Content-Type": "application/json"}
    for headers, status in [(anonymous, 401), ({"Authorization": "Bearer hf_reader"}, 403),
                            ({"Authorization": "Bearer hf_expired"}, 401)]:
        for method, path in [("POST", "/preupload/main"), ("POST", "/tag/main"), ("POST", "/branch/x"),
                             ("PUT", "/settings"), ("GET", "/xet-write-token/main"), ("POST", "/super-squash/main")]:
            assert status_of(hub.ask, method, REPO + path, {"files": [], "tag": "v"}, headers) == status, path
        assert status_of(hub.ask, "DELETE", "/api/repos/delete", {"name": "d", "organization": "alice",
                                                                  "type": "dataset"}, headers) == status


@pytest.mark.parametrize("seed", [11, 29])
def test_a_server_that_fails_one_answer_in_eight(start, cli, folder, seed):
    """Answers 429, 500 and 503, cut before, within and after, and late ones, by a seed."""
    bad = start("--faults", seed, "--no-fsync")
    first = json.loads(cli(bad, "upload", "alice/d", folder, "--json"))
    assert first["files_written"] == 22
    (folder / "sub/0.txt").write_text("changed\n")
    cli(bad, "upload", "alice/d", folder)
    cli(bad, "verify", "alice/d", folder, "--json")
    cli(bad, "download", "alice/d", "--local-dir", "copy")
    assert (folder.parent / "copy/train.parquet").read_bytes() == (folder / "train.parquet").read_bytes()
    root = bad.root
    bad.stop()
    good = start(root=root)
    assert [commit["title"] for commit in good.ask("GET", REPO + "/commits/main")] == [
        "Upload data", "Upload data", "initial commit"]


class Proxy:
    """A TCP proxy to the Hub that spoils each third piece of an answer: cut after some bytes, or sent twice."""

    def __init__(self, port: int, spoil):
        self.port, self.spoil, self.answers = port, spoil, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with client, socket.create_connection(("127.0.0.1", self.port)) as server:
            threading.Thread(target=self.forward, args=(client, server), daemon=True).start()
            try:
                while data := server.recv(1 << 20):
                    self.answers += 1
                    spoiled = self.spoil(data) if self.answers % 3 == 0 else data
                    client.sendall(spoiled)
                    if len(spoiled) < len(data):
                        break
                client.shutdown(socket.SHUT_RDWR)  # Not close alone: the other thread waits on it.
            except OSError:
                pass

    @staticmethod
    def forward(client, server):
        try:
            while data := client.recv(1 << 20):
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def twice(data):
    return data + data if data.startswith(b"HTTP/") and len(data) < 4000 else data  # A whole answer.


@pytest.mark.parametrize("spoil", [lambda data: data[:len(data) // 2], lambda data: data[:10], twice],
                         ids=["truncated", "cut", "duplicated"])
def test_each_third_answer_is_spoiled(hub, cli, folder, spoil):
    proxy = Proxy(hub.port, spoil)
    first = json.loads(cli(hub, "upload", "alice/d", folder, "--json", url=proxy.url))
    assert head_of(hub) == first["commit"] and len(hub.ask("GET", REPO + "/commits/main")) == 2
    cli(hub, "download", "alice/d", "--local-dir", "copy", url=proxy.url)
    cli(hub, "verify", "alice/d", "copy")
    assert proxy.answers >= 3
    proxy.listener.close()


@pytest.mark.parametrize("card", ["---\na: [1\n---\n", "---\n\tx: 1\n---\n", "---\n- a list\n---\n",
                                  "---\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9) if i else 'x'}]\n"
                                                    for i in range(12)) + "---\n"],
                         ids=["open bracket", "tab", "list", "alias bomb"])
def test_a_card_with_broken_yaml(hub, cli, folder, card):
    head = head_of(hub)
    (folder / "README.md").write_text(card)
    assert "front matter" in cli(hub, "upload", "alice/d", folder, status=3)
    assert status_of(hub.commit, "alice/d", {"x.txt": b"x", "README.md": card.encode()}) == 400
    assert head_of(hub) == head


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/x", ".git/config", "sub/.git/hooks/x", ".GIT/x", "a\nb", "a\rb",
                                  "a\0b", "", "a//b", "./a", "x/", "a" * 4000, "a/" * 2000 + "x", "a\\b", "git~1/x"])
def test_file_names_that_no_repository_holds(hub, name):
    head = head_of(hub)
    content = base64.b64encode(b"x").decode()
    assert status_of(commit_lines, hub, {"key": "file", "value": {"path": "good.txt", "content": content, "encoding": "base64"}},
                     {"key": "file", "value": {"path": name, "content": content, "encoding": "base64"}}) == 400
    assert head_of(hub) == head


def test_the_client_refuses_such_names_before_it_sends_anything(hub, cli, folder):
    asked = [("../x",), (".git/x",), ("a" * 4000,), ("a\nb",)]
    for (remote,) in asked:
        cli(hub, "upload", "alice/d", folder / "sub/0.txt", remote, status=2)
    (folder / "a\nb").write_text("x")
    assert "control character" in cli(hub, "upload", "alice/d", folder, status=2)
    assert files_of(hub) == {".gitattributes"}


def test_a_commit_that_names_an_object_never_uploaded(hub):
    head = head_of(hub)
    line = {"path": "big.bin", "algo": "sha256", "oid": hashlib.sha256(b"never").hexdigest(), "size": 5}
    assert status_of(commit_lines, hub, {"key": "file", "value": {"path": "a.txt", "content": "", "encoding": "utf-8"}},
                     {"key": "lfsFile", "value": line}) == 400
    assert head_of(hub) == head and files_of(hub) == {".gitattributes"}


def test_wrong_checksums_store_nothing(hub):
    data, other = b"x" * 100_000, b"y" * 100_000
    oid = hashlib.sha256(data).hexdigest()
    href = batch(hub, data)["actions"]["upload"]["href"].removeprefix(hub.url)
    for wrong in (other, data[:-1], data + b"x", b""):
        assert status_of(hub.ask, "PUT", href, wrong, {}) in (400, 413)
    assert "actions" in batch(hub, data), "nothing was stored"
    assert status_of(commit_lines, hub, {"key": "lfsFile", "value": {"path": "b", "algo": "sha256", "oid": oid}}) == 400
    changed = href.replace(oid, hashlib.sha256(other).hexdigest())
    assert status_of(hub.ask, "PUT", changed, other, {}) == 403, "the address is signed"
    hub.ask("PUT", href, data, {})
    assert "actions" not in batch(hub, data)
    wrong_size = {"path": "b", "algo": "sha256", "oid": oid, "size": 7}
    assert status_of(commit_lines, hub, {"key": "lfsFile", "value": wrong_size}) == 400
    token = hub.ask("GET", REPO + "/xet-write-token/main")
    xorb = bytes([0, 3, 0, 0, 0, 3, 0, 0]) + b"abc"
    path = token["casUrl"].removeprefix(hub.url) + "/v1/xorbs/default/" + "0" * 64
    assert status_of(hub.ask, "POST", path, xorb, {"Authorization": "Bearer " + token["accessToken"]}) == 400


def test_two_writers_at_once_lose_nothing(hub, cli, tmp_path):
    writers = 4
    for writer in range(writers):
        (tmp_path / f"w{writer}").mkdir()
        for i in range(10):
            (tmp_path / f"w{writer}/{writer}-{i}.txt").write_text(f"{writer} {i}")
        (tmp_path / f"w{writer}/{writer}.bin").write_bytes(random.Random(writer).randbytes(100_000))
    failures = []

    def write(writer):
        try:
            cli(hub, "upload", "alice/d", tmp_path / f"w{writer}", f"w{writer}")
        except AssertionError as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert len(hub.ask("GET", REPO + "/commits/main")) == writers + 1
    for writer in range(writers):
        cli(hub, "verify", "alice/d", tmp_path / f"w{writer}", f"w{writer}")


def test_a_folder_wiped_under_a_running_server(start, cli, folder):
    hub = start("--no-fsync")
    cli(hub, "upload", "alice/d", folder)
    shutil.rmtree(hub.root)
    assert "the server again" in cli(hub, "upload", "alice/d", folder, "again", status=4)
    port = hub.port
    hub.stop()
    hub = start("--no-fsync", port=port)
    assert "no such repository" in cli(hub, "ls", "alice/d", status=4)
    cli(hub, "upload", "alice/d", folder)  # Creates it, and sends everything again.
    cli(hub, "verify", "alice/d", folder)


@pytest.fixture
def small_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(disk)], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("mounting a small tmpfs needs a right that is missing here")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_full_disk_while_storing(start, cli, folder, small_disk):
    hub = start(root=small_disk / "hub")
    cli(hub, "upload", "alice/d", folder)
    head, files = head_of(hub), files_of(hub)
    large = folder.parent / "large.bin"
    large.write_bytes(random.Random(4).randbytes(30_000_000))
    assert "make room" in cli(hub, "upload", "alice/d", large, "large.bin", status=4)
    text = random.Random(5).randbytes(15_000_000).hex().encode()
    assert status_of(hub.commit, "alice/d", {"small.txt": b"x", "large.txt": text}) == 507
    assert (head_of(hub), files_of(hub)) == (head, files)
    assert not list((small_disk / "hub/tmp").iterdir()), "what was half stored is removed"
    cli(hub, "verify", "alice/d", folder)
    (folder / "more.txt").write_text("there is room for this")
    cli(hub, "upload", "alice/d", folder)
    cli(hub, "verify", "alice/d", folder)
    git = small_disk / "hub/repos/datasets/alice/d/git"
    subprocess.run(["git", "-C", str(git), "fsck", "--strict"], check=True, capture_output=True)
    packs = sorted(file.name for file in (git / "objects/pack").iterdir())
    assert len(packs) == 2 * len({name.partition(".")[0] for name in packs}), "a pack and its index each"
