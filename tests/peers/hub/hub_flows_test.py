"""The embedded Hub judged by others: the official clients' own flows, git, kill -9, and a bad day.

HUBMILL_HUB_PYTHONS may name more interpreters, separated by colons, whose `huggingface_hub` and
`datasets` are older; what those cannot do themselves is listed in CANNOT.
"""
import http.client
import io
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

import pyarrow
import pyarrow.parquet
import pytest

from conftest import ROOT
from served_hub import ADMIN, client_environment, start  # noqa: F401, `start` is a fixture

HERE = pathlib.Path(__file__).resolve().parent
DUCKDB = str(ROOT / ".ci/duckdb/bin/python")  # Of requirements-duckdb.txt.
PYTHONS = [sys.executable, *filter(None, os.environ.get("HUBMILL_HUB_PYTHONS", "").split(":"))]

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


def test_duckdb_reads_a_private_file_over_http(start):
    assert os.path.exists(DUCKDB), "remedy: scripts/setup.sh duckdb"
    script = """if True:
        import importlib.metadata, sys, duckdb
        files = importlib.metadata.files("duckdb-extension-httpfs")
        [extension] = [file.locate() for file in files if file.suffix == ".duckdb_extension"]
        connection = duckdb.connect()
        connection.load_extension(str(extension))
        connection.execute(f"CREATE SECRET (TYPE http, BEARER_TOKEN 'hf_admin', SCOPE '{sys.argv[1]}')")
        print(connection.execute(f"SELECT count(*), sum(x) FROM '{sys.argv[1]}'").fetchone())
        """
    data = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({"x": range(100_000)}), data)
    hub = start()
    hub.ask("POST", "/api/repos/create", {"name": "d", "type": "dataset", "private": True})
    hub.commit("alice/d", {"data/train.parquet": data.getvalue()})
    done = subprocess.run([DUCKDB, "-c", script, hub.url + "/datasets/alice/d/resolve/main/data/train.parquet"],
                          capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.strip() == "(100000, 4999950000)", done.stderr


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
