"""The embedded Hub judged by others: the official clients' own flows, git, kill -9, and a bad day.

HUBMILL_HUB_PYTHONS may name more interpreters, separated by colons, whose `huggingface_hub` and
`datasets` are older; what those cannot do themselves is listed in CANNOT.
"""
import base64
import http.client
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import pytest

from conftest import BINARY

HERE = pathlib.Path(__file__).resolve().parent
# A program that has `serve` as its subcommand; `hubmill hub` unless another is named.
PROGRAM = os.environ.get("HUBMILL_HUB_PROGRAM", f"{BINARY} hub").split()
PYTHONS = [sys.executable, *filter(None, os.environ.get("HUBMILL_HUB_PYTHONS", "").split(":"))]
ADMIN = {"Authorization": "Bearer hf_admin"}

# What a generation of clients fails at by itself (spec hub.md, "Versions").
CANNOT = {
    "flows.py": {"1.": {"429 retry-after honoured"}, "0.": {"429 retry-after honoured"}},
    "dsflow.py": {"4.": {"IterableDataset.push_to_hub"}, "3.": {"IterableDataset.push_to_hub"}},
}
WAYS = {
    "xet": ([], {}),
    "plain": ([], {"HF_HUB_DISABLE_XET": "1"}),
    "parts": (["--multipart-bytes", "300000", "--page-entries", "3"], {"HF_HUB_DISABLE_XET": "1"}),
}


class Hub:
    """A running server on a folder of its own."""

    def __init__(self, root: pathlib.Path, *arguments: str, port: int = 0):
        self.process = subprocess.Popen(
            [*PROGRAM, "serve", "--root", str(root), "--port", str(port), "--user", "alice",
             "--token", "hf_admin", "--account", "bob:hf_bob", "--test-controls", *arguments],
            stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        assert self.url.startswith("http://127.0.0.1:"), "the server did not start"
        self.port = int(self.url.rsplit(":", 1)[1])

    def stop(self, how=signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(timeout=30)

    def ask(self, method: str, path: str, body=None, headers=ADMIN):
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method,
                                         headers=headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")

    def commit(self, repo: str, files: dict[str, bytes], parent: str | None = None) -> str:
        lines = [{"key": "header", "value": {"summary": "change", "parentCommit": parent}}]
        lines += [{"key": "file", "value": {"path": path, "encoding": "base64",
                                            "content": base64.b64encode(data).decode()}}
                  for path, data in files.items()]
        body = "".join(json.dumps(line) + "\n" for line in lines).encode()
        return self.ask("POST", f"/api/datasets/{repo}/commit/main", body)["commitOid"]


@pytest.fixture
def start(tmp_path):
    running = []

    def make(*arguments, root=None, port=0) -> Hub:
        running.append(Hub(root or tmp_path / "hub", *arguments, port=port))
        return running[-1]

    yield make
    for hub in running:
        if hub.process.poll() is None:
            hub.stop()


def client_environment(hub: Hub, home: pathlib.Path, **more) -> dict:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("HF_")}
    return {**kept, "HF_ENDPOINT": hub.url, "HF_HOME": str(home), "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_UPDATE_CHECK": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", **more}


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("script", ["flows.py", "dsflow.py"])
def test_official_clients(start, tmp_path, script, way, python):
    arguments, variables = WAYS[way]
    hub = start("--no-fsync", *arguments)
    result = tmp_path / "result.json"
    environment = client_environment(hub, tmp_path / "home", RESULT=str(result), SEED="7",
                                     **variables)
    done = subprocess.run([python, str(HERE / script)], cwd=tmp_path, env=environment,
                          capture_output=True, text=True, timeout=280, check=False)
    assert result.exists(), done.stdout + done.stderr
    version = done.stdout.split()[1]
    cannot = next((names for start_, names in CANNOT[script].items()
                   if version.startswith(start_)), set())
    failed = {name for name, became in json.loads(result.read_text()).items() if became != "ok"}
    assert failed <= cannot, done.stdout
    assert len(json.loads(result.read_text())) == (38 if script == "flows.py" else 16)


def test_git_clones_with_the_token_only(start, tmp_path):
    hub = start()
    hub.ask("POST", "/api/repos/create", {"name": "d", "type": "dataset", "private": True})
    hub.commit("alice/d", {f"data/{i}.txt": b"x" * i for i in range(30)})
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}
    bare = hub.url.removeprefix("http://")

    def clone(user: str, name: str, *options) -> int:
        return subprocess.run(["git", *options, "clone", "-q", f"http://{user}{bare}/datasets/alice/d",
                               str(tmp_path / name)], env=environment, check=False,
                              capture_output=True).returncode

    assert clone("x:hf_admin@", "two") == 0
    assert clone("x:hf_admin@", "zero", "-c", "protocol.version=0") == 0
    assert clone("", "anonymous") != 0
    assert clone("x:hf_bob@", "other") != 0
    assert (tmp_path / "two/data/29.txt").read_bytes() == b"x" * 29
    for i in range(40):  # So many that git compresses what it asks for.
        hub.commit("alice/d", {"data/0.txt": str(i).encode()})
    for name in ("two", "zero"):
        subprocess.run(["git", "-C", str(tmp_path / name), "pull", "-q"], check=True,
                       env=environment)
        assert (tmp_path / name / "data/0.txt").read_text() == "39"


def test_a_killed_server_keeps_what_it_answered(start, tmp_path):
    draw = random.Random(5)
    hub = start()
    hub.ask("POST", "/api/repos/create", {"name": "d", "type": "dataset"})
    answered, number = [], 0
    for _ in range(5):
        killer = threading.Timer(draw.uniform(0.02, 0.3), hub.process.kill)
        killer.start()
        while True:
            try:
                hub.commit("alice/d", {f"{number}.txt": str(number).encode() * 100})
                answered.append(number)
                number += 1
            except (OSError, http.client.HTTPException):
                number += 1
                break
        killer.join()
        hub.process.wait(timeout=30)
        hub = start()
        files = {item["path"] for item in hub.ask("GET", "/api/datasets/alice/d/tree/main")}
        assert {f"{i}.txt" for i in answered} <= files
    assert len(answered) > 0
    folder = tmp_path / "hub/repos/datasets/alice/d/git"
    subprocess.run(["git", "-C", str(folder), "fsck", "--strict"], check=True)


def test_a_wiped_folder_gets_every_chunk_again(start, tmp_path):
    pytest.importorskip("hf_xet")
    root = tmp_path / "hub"
    data = tmp_path / "big.bin"
    data.write_bytes(random.Random(1).randbytes(3_000_000))
    script = ("import sys; from huggingface_hub import HfApi; a = HfApi(token='hf_admin');"
              "a.create_repo('alice/d', repo_type='dataset');"
              "a.upload_file(path_or_fileobj=sys.argv[1], path_in_repo='big.bin',"
              " repo_id='alice/d', repo_type='dataset')")
    port = 0
    for _ in range(2):
        hub = start(root=root, port=port)
        port = hub.port
        environment = client_environment(hub, tmp_path / "home")
        subprocess.run([sys.executable, "-c", script, str(data)], env=environment, check=True,
                       timeout=120)
        request = urllib.request.Request(hub.url + "/datasets/alice/d/resolve/main/big.bin",
                                         headers=ADMIN)
        with urllib.request.urlopen(request) as answer:
            assert answer.read() == data.read_bytes()
        hub.stop()
        shutil.rmtree(root)


def test_on_a_bad_day_retries_lose_nothing(start):
    hub = start("--faults", "11", "--no-fsync")
    failures = (OSError, http.client.HTTPException, ValueError)  # ValueError: half an answer.

    def until_answered(act):
        for _ in range(100):
            try:
                return act()
            except urllib.error.HTTPError as error:
                if error.code not in (429, 500, 503):
                    return error.code
            except failures:
                pass
        raise AssertionError("no answer in 100 tries")

    until_answered(lambda: hub.ask("POST", "/api/repos/create", {"name": "d", "type": "dataset"}))
    commits = 0
    while commits < 500:
        head = until_answered(lambda: hub.ask("GET", "/api/datasets/alice/d"))["sha"]
        name = {f"part/{commits}.txt": str(commits).encode()}
        outcome = until_answered(lambda: hub.commit("alice/d", name, parent=head))
        # 412 after a cut answer: the commit was made although we were not told.
        assert outcome == 412 or len(outcome) == 40
        commits += 1
    history = until_answered(lambda: hub.ask("GET", "/api/datasets/alice/d/commits/main"))
    assert len(history) == 501
    files = until_answered(lambda: hub.ask("GET", "/api/datasets/alice/d/tree/main/part"))
    assert {item["path"] for item in files} == {f"part/{i}.txt" for i in range(500)}


def test_the_url_comes_when_the_server_answers_and_signals_end_it(start):
    hub = start()
    assert hub.ask("GET", "/api/whoami-v2")["name"] == "alice"
    begin = time.monotonic()
    assert hub.stop(signal.SIGINT) == 0
    assert time.monotonic() - begin < 10
