"""The pages in a real Chromium, driven by tests/web/*.mjs: each file of them is one test here.

HUBMILL_SHOTS=docs/pages makes the pictures of docs/pages.md anew (`make docs-pages`)."""
import gzip
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import BINARY, ROOT, write_jsonl
from served_jobs import Served, steady_recipe

pytestmark = pytest.mark.timeout(600)  # Half a minute each where the machine is idle.

CHROMIUM = os.environ.get("HUBMILL_CHROMIUM") or shutil.which("chromium")
NODE = shutil.which("node")
PLANTED = "<img src=x onerror=\"window.planted=1\"><script>window.planted=2</script>"
HARMONY = ("<|start|>user<|message|>Which plan has the most errors?<|end|><|start|>assistant<|channel|>analysis<|message|>I count them.<|end|>"
           "<|start|>assistant to=functions.count<|channel|>commentary <|constrain|>json<|message|>{\"by\": \"plan\"}<|call|>"
           "<|start|>assistant<|channel|>final<|message|>The plan \"team\": 12 of 40.<|return|>")
SLOW = """recipe: slow
description: Of a database that never answers, so that there is time to cancel it.
source: {postgres: {url: "postgresql://u@127.0.0.1:%d/d?connect_timeout=200", query: SELECT 1 AS a}}
sink: {jsonl: {}}
"""


def drive(script, **environment):
    """Runs one file of tests/web and shows what failed."""
    if CHROMIUM is None:
        pytest.skip("no Chromium; remedy: scripts/setup.sh browser")
    done = subprocess.run([NODE, "--test", "--test-reporter=tap", str(ROOT / "tests/web" / script)], capture_output=True, text=True, timeout=560, check=False,
                          env={**os.environ, "HUBMILL_CHROMIUM": CHROMIUM, **environment})
    assert done.returncode == 0 and re.search(r"^# pass [1-9]", done.stdout, re.M), done.stdout[-8000:] + done.stderr[-2000:]


def make_world(folder):
    """Data sets of files: alike rows with their clusters, planted HTML in every place, a broken file."""
    out = folder / "out"
    (out / "alike").mkdir(parents=True)
    texts = [f"The app {verb} when I open the second invoice of {month} in the billing section of the settings, on both of my phones."
             for verb in ("stops", "crashes") for month in ("June", "July")] + ["Thank you, it works again!"]
    write_jsonl(out / "alike/train.jsonl", [{"id": at, "text": text} for at, text in enumerate(texts)])
    subprocess.run([str(BINARY), "dedup", "out/alike/train.jsonl", "--method", "near", "--threshold", "0.5", "--verify", "--out", "kept.jsonl",
                    "--clusters", "out/alike/why.parquet", "--quiet"], cwd=folder, check=True)
    (out / "planted").mkdir()
    (out / "planted/README.md").write_text(f"# planted\n\n{PLANTED}\n\n[link](javascript:alert(1)) [{PLANTED}](https://example.com/)\n")
    rows = [{f"text {PLANTED}": f"{PLANTED} {number}", "talk": [{"role": "user", "content": PLANTED}, {"role": "assistant", "content": "Yes."}],
             "trace": HARMONY, "meta": {"where": PLANTED, "tags": ["a", "שלום"]}, "kind": PLANTED} for number in range(30)]
    pq.write_table(pa.Table.from_pylist(rows), out / "planted/train.parquet")
    (out / "broken").mkdir()
    whole = (out / "planted/train.parquet").read_bytes()
    (out / "broken/train.parquet").write_bytes(whole[:200] + b"\xff" * 40 + whole[240:-60] + b"\xee" * 52 + whole[-8:])
    shutil.copytree(ROOT / "samples", folder / "samples")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    make_world(folder)
    with socket.create_server(("127.0.0.1", 0)) as silent, serve(folder, silent.getsockname()[1]) as server:
        yield server


def serve(folder, port_of_silence):
    (folder / "own").mkdir()
    (folder / "own/slow.yaml").write_text(SLOW % port_of_silence)
    (folder / "own/steady.yaml").write_text(steady_recipe(folder))
    return Served(folder, "--input-root", "samples", "--recipes", "own", "--data", "out", "--hub", "local", "--allow-push")


def test_made_up_answers(world):
    job = world.submit(recipe="sample", limit=50)
    assert world.wait(job)["state"] == "completed"
    drive("made_up.test.mjs", HUBMILL_PAGES=world.url, HUBMILL_RUN=job, HUBMILL_SHOTS="")


def test_a_walk_through_a_real_server(world):
    for limit in (40, 60):
        end = world.wait(world.submit(recipe="sample", limit=limit, push=True))
        assert end["state"] == "completed", end
    drive("real.test.mjs", HUBMILL_PAGES=world.url)


def test_a_server_that_needs_a_token(tmp_path):
    shutil.copytree(ROOT / "samples", tmp_path / "samples")
    with Served(tmp_path, environment={"HUBMILL_TOKEN": "s3cret-of-pages"}) as server:
        job = server("POST", "/api/v1/jobs", {"recipe": "sample", "limit": 60}).json()["id"]
        while (state := server("GET", f"/api/v1/jobs/{job}").json()["state"]) in ("queued", "running"):
            time.sleep(0.1)
        assert state == "completed"
        drive("token.test.mjs", HUBMILL_PAGES=server.url, HUBMILL_SECRET=server.token)


def ask(server, path, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


def test_functions_that_need_no_browser():
    done = subprocess.run([NODE, "--test", "--test-reporter=tap", str(ROOT / "tests/web/pure.test.mjs")], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0 and re.search(r"^# pass [1-9]", done.stdout, re.M), done.stdout[-8000:] + done.stderr[-2000:]


def test_what_the_server_sends(world):
    response, page = ask(world, "/", **{"Accept-Encoding": "gzip"})
    assert response.headers["Content-Encoding"] == "gzip" and response.headers["X-Content-Type-Options"] == "nosniff"
    policies = response.headers.get_all("Content-Security-Policy")
    assert len(policies) == 1 and "script-src 'self'" in policies[0] and "unsafe" not in policies[0]
    sent = len(page)
    page = gzip.decompress(page).decode()
    assets = re.findall(r'"(/assets/[^"]+)"', page)
    assert len(assets) == 2 and "<style" not in page and "onload" not in page
    for path in assets:
        response, packed = ask(world, path, **{"Accept-Encoding": "gzip"})
        assert response.status == 200 and "immutable" in response.headers["Cache-Control"]
        sent += len(packed)
        _, plain = ask(world, path)
        assert gzip.decompress(packed) == plain
        assert ask(world, path, **{"If-None-Match": response.headers["ETag"]})[0].status == 304
    assert sent < 200_000
    assert ask(world, "/assets/../api.cc")[0].status == 404
    assert ask(world, "/api/v1/jobs")[0].headers["Content-Security-Policy"].startswith("default-src 'none'; frame-ancestors")


def test_the_types_hold():
    done = subprocess.run([NODE, "node_modules/typescript/bin/tsc", "--noEmit", "-p", "."], cwd=ROOT / "web", capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout


def test_the_lock_names_no_registry():
    lock = json.loads((ROOT / "web/package-lock.json").read_text())
    assert all("resolved" not in package for package in lock["packages"].values())
    versions = json.loads((ROOT / "web/package.json").read_text())
    assert all(re.fullmatch(r"[\d.]+", version) for kind in ("dependencies", "devDependencies") for version in versions[kind].values())


def test_data_is_never_taken_for_html():
    for file in (ROOT / "web/src").iterdir():
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", file.read_text()), file
