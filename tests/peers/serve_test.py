"""`hubmill serve` with real processes: the document's curl lines, recipes end to end, kills, limits and bad clients."""
import hashlib
import json
import os
import re
import resource
import select
import shutil
import signal
import socket
import subprocess
import uuid

import pytest

from conftest import BINARY, ROOT, SHARED
from served_jobs import STEADY_ROWS, Served, steady_recipe

pytestmark = pytest.mark.timeout(180)

JSON = "Content-Type: application/json\r\n"


@pytest.fixture
def served(tmp_path):
    with Served(tmp_path, stand_in=True) as server:
        yield server


@pytest.fixture
def recipes(tmp_path):
    shutil.copytree(ROOT / "samples", tmp_path / "samples")
    with Served(tmp_path, "--input-root", "samples") as server:
        yield server


def ended(pid: int) -> None:
    """Waits until the process is gone; a zombie of a dead parent counts as gone."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([descriptor], [], [], 60)[0], "the process lives on"
    finally:
        os.close(descriptor)


# The source document's lines.

CURL_EXPORT = """curl -X POST "http://localhost:3000/api/internal/hf/export?internal=1" \\
  -H "Content-Type: application/json" \\
  -d '{"source": "mock", "push": true}'"""
CURL_STATUS = 'curl "http://localhost:3000/api/internal/hf/status?internal=1&job_id=<uuid>"'


def curl(served, line):
    line = line.replace("localhost:3000", f"localhost:{served.port}")
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60, check=True)
    return json.loads(done.stdout)


def test_the_lines_stand_in_the_document():
    documents = list((SHARED / "documents").glob("002_*.txt"))
    if not documents:
        pytest.skip("the source documents are not here")
    text = documents[0].read_text()
    assert CURL_EXPORT in text and CURL_STATUS in text


def test_the_documents_curl_lines_work_as_written(served):
    started = curl(served, CURL_EXPORT)
    assert started == {"job_id": started["job_id"], "status": "started", "message": "HF export job started"}
    assert uuid.UUID(started["job_id"]).version == 4
    served.wait(started["job_id"])
    status = curl(served, CURL_STATUS.replace("<uuid>", started["job_id"]))
    assert list(status) == ["job_id", "status", "started_at", "completed_at", "output", "bundle_dir"]
    assert status["status"] == "completed"
    assert status["bundle_dir"] == f"runs/hf_export/{started['job_id']}"
    assert (served.cwd / status["bundle_dir"] / "dataset.jsonl").exists()
    assert status["output"] == ("arguments: signals export --source=mock --out-dir="
                                f"{served.cwd}/runs/hf_export/{started['job_id']} --push\n")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", status["completed_at"])


def test_port_3000_is_the_default(hubmill):
    assert b"(3000)" in hubmill("serve", "--help").stdout
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", 3000))
        except OSError:
            pytest.skip("another program has port 3000")
    with Served(hubmill.cwd, stand_in=True, port=3000) as served:
        assert curl(served, CURL_EXPORT)["status"] == "started"


# The original's answers (spec signals.md, section 8), and where ours are better.

@pytest.mark.parametrize("method,path,body,status,error", [
    ("POST", "/api/internal/hf/export", "{}", 404, "Not found"),
    ("GET", "/api/internal/hf/status?job_id=x", None, 404, "Not found"),
    ("GET", "/api/internal/hf/status?internal=1", None, 400, "job_id required"),
    ("GET", "/api/internal/hf/status?internal=1&job_id=c7f678b5-8bb8-446d-b074-f7996a3274aa", None, 404, "Job not found"),
    ("GET", "/api/internal/hf/status?internal=1&job_id=../../secret", None, 400, None),
    ("GET", "/api/internal/hf/status?internal=1&job_id=..%2F..%2Fsecret", None, 400, None),
    ("GET", "/api/internal/hf/status?internal=1&job_id=%00", None, 400, None),
    ("POST", "/api/internal/hf/export?internal=1", "null", 400, None),
    ("POST", "/api/internal/hf/export?internal=1", "{bad", 400, None),
    ("POST", "/api/internal/hf/export?internal=1", "", 400, None),
    ("POST", "/api/internal/hf/export?internal=1", '{"sorce": "mock"}', 400, None),
    ("POST", "/api/internal/hf/export?internal=1", '{"maxRows": "5"}', 400, None),
    ("POST", "/api/internal/hf/export?internal=1", '{"push": true, "push": false}', 400, None),
    ("GET", "/api/internal/hf/export?internal=1", None, 405, None),
])
def test_the_internal_statuses(served, method, path, body, status, error):
    (served.cwd / "secret.json").write_text('{"secret": 1}')
    answer = served(method, path, body)
    assert answer.status == status, answer.body
    assert list(answer.json()) == ["error"] and error in (None, answer.json()["error"])
    assert served("GET", "/api/v1/jobs").json()["jobs"] == [], "nothing was started"


def test_the_internal_token(tmp_path):
    settings = {"NODE_ENV": "production", "ALLOW_INTERNAL_TESTING": "true", "INTERNAL_TESTING_TOKEN": "t0ken"}
    with Served(tmp_path, stand_in=True, environment=settings) as served:
        assert served("POST", "/api/internal/hf/export?internal=1", {}).json() == {"error": "Unauthorized"}
        header = {"x-2ndmynd-internal": "t0ken"}
        assert served("POST", "/api/internal/hf/export", {}, header).status == 200


def test_a_failed_export_tells_what_it_said(served):
    job = served.export(source="fail", maxRows=5)
    served.wait(job)
    status = served("GET", f"/api/internal/hf/status?internal=1&job_id={job}").json()
    assert status["status"] == "failed" and "bundle_dir" not in status
    assert status["error"] == "HF Export aborted: no valid rows to export\n"


def write_examples(folder):
    """Three rows of mock data and two of real, with the features that the source document names."""
    features = {"total_revenue": 150000, "total_jobs": 50, "avg_job_value": 3000, "total_quoted_jobs": 80,
                "avg_days_to_invoice": 4, "avg_payment_lag_days": 12, "pct_jobs_paid_on_time": 0.9, "pct_quoted_won": 0.5}
    folder.mkdir(parents=True)
    with open(folder / "rows.jsonl", "w", encoding="utf-8") as file:
        for number, source in enumerate(["mock", "mock", "mock", "real", "real"]):
            keys = {"source": source, "industry_key": "hvac", "window_rule": "last_90_days"}
            file.write(json.dumps({"id": f"ex_{number:03}", "created_at": "2026-01-01T00:00:00.000Z", **keys,
                                   "feature_schema": "signals_v1", "features": {**keys, **features},
                                   "targets": {"boundary_class": "healthy", "pressure_keys": []}}) + "\n")


def test_the_real_export(tmp_path, program=BINARY):
    if subprocess.run([str(program), "signals", "export", "--help"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this hubmill has no `signals export`")
    write_examples(tmp_path / "data/learning/train")
    with Served(tmp_path, "--job-program", program) as served:
        job = served.export(source="mock", maxRows=2)
        assert served.wait(job)["state"] == "completed", served("GET", f"/api/v1/jobs/{job}/log").body
        bundle = served("GET", f"/api/internal/hf/status?internal=1&job_id={job}").json()["bundle_dir"]
        assert len((tmp_path / bundle / "dataset.jsonl").read_text().splitlines()) == 2
        names = {file["name"] for file in served("GET", f"/api/v1/jobs/{job}/artefacts").json()["artefacts"]}
        assert {"dataset.jsonl", "dataset_info.json", "splits/mock_hvac.jsonl"} <= names
        job = served.export(push=True)  # HF_EXPORT_ENABLED is not set.
        assert served.wait(job)["state"] == "failed"
        status = served("GET", f"/api/internal/hf/status?internal=1&job_id={job}").json()
        assert status["status"] == "failed" and "HF_EXPORT_ENABLED" in status["error"] + status.get("output", "")


# Recipes.

def test_a_recipe_from_submission_to_its_files(recipes):
    names = {recipe["name"] for recipe in recipes("GET", "/api/v1/recipes").json()["recipes"]}
    assert {"sample", "gsm8k"} <= names
    parameters = {p["name"]: p for p in recipes("GET", "/api/v1/recipes/sample").json()["parameters"]}
    assert parameters["level"]["default"] == "3" and parameters["data"]["use"] == "place"
    job = recipes.submit(recipe="sample", set={"level": "7", "data": "samples"}, limit=50)
    events = list(recipes.events(job))
    kinds = [kind for _, kind, _ in events]
    assert kinds[0] == "state" and kinds[-1] == "end" and {"progress", "log"} <= set(kinds)
    assert [number for number, _, _ in events] == list(range(1, len(events) + 1))
    end = events[-1][2]
    assert end["state"] == "completed" and end["progress"]["rows_read"] == 100
    manifest = json.loads(recipes("GET", f"/api/v1/jobs/{job}/artefacts/manifest.json").body)
    assert stage_counts(end["progress"]) == stage_counts(manifest), "the last progress is the final account"
    resumed = list(recipes.events(job, after=events[2][0]))
    assert resumed == events[3:], "Last-Event-ID goes on where it was"
    listed = recipes("GET", f"/api/v1/jobs/{job}/artefacts").json()["artefacts"]
    assert "manifest.json" in {artefact["name"] for artefact in listed}
    for artefact in listed:
        got = recipes("GET", artefact["url"])
        assert (got.status, len(got.body)) == (200, artefact["size"])
        assert hashlib.sha256(got.body).hexdigest() == artefact["sha256"]
    part = recipes("GET", listed[-1]["url"], headers={"Range": "bytes=2-5"})
    assert part.status == 206 and part.body == recipes("GET", listed[-1]["url"]).body[2:6]
    assert b"50 rows in" in recipes("GET", f"/api/v1/jobs/{job}/log?stream=stdout").body
    assert recipes("GET", f"/api/v1/jobs/{job}/log").body.startswith(b"done: 100 rows in")


def stage_counts(told):
    return [(dataset["name"], [(stage["name"], stage["rows_in"], stage["rows_out"], stage["dropped"]) for stage in dataset["stages"]])
            for dataset in told["datasets"]]


def test_stages_are_counted_while_a_run_goes_on(tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own/steady.yaml").write_text(steady_recipe(tmp_path))
    with Served(tmp_path, "--recipes", "own") as served:
        job = served.submit(recipe="steady")
        seen = [data["datasets"][0]["stages"] for _, kind, data in served.events(job) if kind == "progress" and "datasets" in data]
        names = ["source", "filter", "select", "shuffle"]
        assert all([stage["name"] for stage in stages] == names for stages in seen)
        rows_in = [stages[1]["rows_in"] for stages in seen]
        assert rows_in == sorted(rows_in) and len(set(rows_in)) > 1, rows_in
        assert any(0 < rows < STEADY_ROWS for rows in rows_in)
        for stages in seen:
            fourth = stages[1]["dropped"].get("fourth", 0)
            assert stages[1]["rows_in"] == stages[1]["rows_out"] + fourth and stages[0]["rows_out"] == stages[1]["rows_in"]
        assert seen[-1][1]["dropped"] == {"fourth": STEADY_ROWS // 4} and seen[-1][3]["rows_out"] == STEADY_ROWS * 3 // 4
        job = served.submit(recipe="steady")
        next(data for _, kind, data in served.events(job) if kind == "progress" and data["rows_read"])
        assert served("POST", f"/api/v1/jobs/{job}/cancel").status == 202
        end = served.wait(job)
        assert end["state"] == "cancelled" and 0 < end["progress"]["datasets"][0]["stages"][1]["rows_in"] < STEADY_ROWS


def test_the_same_bytes_as_the_command_line(recipes, hubmill):
    job = recipes.submit(recipe="sample")
    recipes.wait(job)
    hubmill("run", "sample", "--out", "direct")
    for artefact in recipes("GET", f"/api/v1/jobs/{job}/artefacts").json()["artefacts"]:
        assert recipes("GET", artefact["url"]).body == (hubmill.cwd / "direct" / artefact["name"]).read_bytes()


def test_a_recipe_that_fails(recipes):
    (recipes.cwd / "samples/feedback.csv").unlink()
    end = recipes.wait(recipes.submit(recipe="sample"))
    assert end["state"] == "failed" and end["exit_status"] in (1, 2) and "feedback.csv" in end["error"]
    assert recipes("GET", f"/api/v1/jobs/{end['id']}/artefacts").json() == {"artefacts": []}


@pytest.mark.parametrize("body,status", [
    ({"recipe": "sample", "set": {"data": "/etc"}}, 400), ({"recipe": "sample", "set": {"data": "samples/../.."}}, 400),
    ({"recipe": "sample", "set": {"data": "https://example.com/x"}}, 400), ({"recipe": "/etc/passwd"}, 404),
    ({"recipe": "sample", "set": {"seed": "seven"}}, 400), ({"recipe": "sample", "out": "/tmp/x"}, 400),
    ({"recipe": "sample", "limit": -1}, 400), ({"recipe": "sample", "push": True}, 403),
    ({"recipe": "feedback-urgency", "set": {"database": "postgresql://localhost/x"}}, 400)])
def test_what_a_client_may_not_ask(recipes, body, status):
    answer = recipes("POST", "/api/v1/jobs", body)
    assert answer.status == status and answer.json()["error"]


def test_an_operators_own_recipes(tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own/mine.yaml").write_text(
        "recipe: mine\nparams: {word: {default: w}}\nsource: {rows: {rows: [{a: '${word}'}]}}\nsink: {jsonl: {}}\n")
    with Served(tmp_path, "--recipes", "own") as served:
        job = served.submit(recipe="mine", set={"word": "$(id) ; 'x'"})
        assert served.wait(job)["state"] == "completed", served("GET", f"/api/v1/jobs/{job}/log").body
        listed = served("GET", f"/api/v1/jobs/{job}/artefacts").json()["artefacts"]
        rows = next(artefact for artefact in listed if artefact["name"].endswith(".jsonl"))
        assert json.loads(served("GET", rows["url"]).body) == {"a": "$(id) ; 'x'"}


# Cancels and kills.

def test_cancel(served):
    running, other, queued = (served.export(source="wait") for _ in range(3))
    pid = served.wait_for_pid(running)
    assert served("POST", f"/api/v1/jobs/{queued}/cancel").json()["state"] == "cancelled"
    assert served("POST", f"/api/v1/jobs/{running}/cancel").status == 202
    assert served.wait(running)["state"] == "cancelled"
    ended(pid)
    assert served("POST", f"/api/v1/jobs/{running}/cancel").status == 409
    assert served("GET", f"/api/internal/hf/status?internal=1&job_id={running}").json()["status"] == "failed"
    assert [job["id"] for job in served("GET", "/api/v1/jobs?state=cancelled").json()["jobs"]] == [queued, running]
    served("POST", f"/api/v1/jobs/{other}/cancel")
    served.wait(other)


def test_a_job_killed_from_outside_names_the_signal(served):
    job = served.export(source="wait")
    os.kill(served.wait_for_pid(job), signal.SIGKILL)
    end = served.wait(job)
    assert end["state"] == "failed" and end["exit_status"] is None and "signal 9 (SIGKILL)" in end["error"]


def test_every_job_of_a_killed_server_is_accounted_for(tmp_path):
    with Served(tmp_path, "--workers", "1", stand_in=True) as served:
        done = served.export()
        served.wait(done)
        running, queued = served.export(source="wait"), served.export()
        pid = served.wait_for_pid(running)
        served.kill()
        ended(pid)
    with Served(tmp_path, stand_in=True) as served:
        assert served.wait(queued)["state"] == "completed", "the queue runs on"
        states = {job["id"]: job["state"] for job in served("GET", "/api/v1/jobs").json()["jobs"]}
        assert states == {done: "completed", running: "interrupted", queued: "completed"}
        *_, (_, kind, data) = served.events(running)
        assert kind == "end" and "the server ended" in data["error"]
        assert served("GET", f"/api/internal/hf/status?internal=1&job_id={running}").json()["status"] == "failed"


def test_a_graceful_end(tmp_path):
    with Served(tmp_path, stand_in=True) as served:
        job = served.export(source="wait")
        pid = served.wait_for_pid(job)
        follower = served.events(job)
        next(follower)
        served.stop()
        ended(pid)
        ends = [data["state"] for _, kind, data in follower if kind == "end"]
        assert set(ends) <= {"interrupted"}, "followers are let go, to come again"
    with Served(tmp_path, stand_in=True) as served:
        assert served.wait(job)["state"] == "interrupted"


def test_two_servers_on_one_directory(served):
    second = subprocess.run([str(BINARY), "serve", "--data-dir", "served", "--port", "0"], cwd=served.cwd, text=True,
                            capture_output=True, timeout=60, check=False)
    assert second.returncode == 1 and "another server works on this data directory" in second.stderr
    assert served("GET", "/api/v1/health").status == 200


def test_the_data_directory_is_made_for_its_owner_alone(served):
    assert (served.cwd / "served").stat().st_mode & 0o777 == 0o700
    assert (served.cwd / "served/jobs.db").exists()


def test_what_cannot_begin_says_why(hubmill):
    hubmill.cwd.joinpath("file").write_text("x")
    said = hubmill("serve", "--data-dir", "file/data", "--port", "0", status=2).stderr
    assert b"cannot make the data directory" in said
    said = hubmill("serve", "--host", "0.0.0.0", "--port", "0", status=2).stderr
    assert b"remedy: set the variable HUBMILL_TOKEN" in said


# Limits and bad clients.

def test_a_token_guards_everything_but_health(tmp_path):
    with Served(tmp_path, "--host", "0.0.0.0", stand_in=True, environment={"HUBMILL_TOKEN": "s3cret"}) as served:
        assert served("GET", "/api/v1/jobs", headers={"Host": "jobs.example"}).status == 200
        for headers in ({"Authorization": ""}, {"Authorization": "Bearer s3cre"}, {"Authorization": "s3cret"}):
            assert served("GET", "/api/v1/jobs", headers=headers).status == 401
            assert served("POST", "/api/internal/hf/export?internal=1", {}, headers).status == 401
        assert served("GET", "/api/v1/health", headers={"Authorization": ""}).status == 200


def test_a_page_in_a_browser_starts_nothing(served):
    export = "/api/internal/hf/export?internal=1"
    assert served("POST", export, {}, {"Origin": "https://evil.example"}).status == 403
    assert served("POST", export, {}, {"Host": "evil.example"}).status == 403
    assert served("POST", export, "{}", {"Content-Type": "text/plain"}).status == 415
    answer = served("GET", "/api/v1/jobs")
    assert answer.json()["jobs"] == [] and "Access-Control-Allow-Origin" not in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff" and answer.headers["Content-Security-Policy"]


def test_a_full_queue(tmp_path):
    with Served(tmp_path, "--workers", "1", "--queue", "2", stand_in=True) as served:
        first = served.export(source="wait")
        served.wait_for_pid(first)
        jobs = [first, served.export(source="wait"), served.export(source="wait")]
        answer = served("POST", "/api/internal/hf/export?internal=1", {})
        assert answer.status == 429 and int(answer.headers["Retry-After"]) > 0
        for job in reversed(jobs):
            served("POST", f"/api/v1/jobs/{job}/cancel")
        served.wait(first)
        served.wait(served.export())


def test_bodies_too_large_and_heads_too_large(served):
    assert served("POST", "/api/v1/jobs", "x" * (65 << 10)).status == 413
    head = f"POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\n{JSON}"
    assert b" 413 " in served.raw(f"{head}Content-Length: 99999999999\r\n\r\n".encode())
    chunk = b"1000\r\n" + b"x" * 4096 + b"\r\n"
    assert b" 413 " in served.raw(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + chunk * 17)
    assert b" 431 " in served.raw(b"GET / HTTP/1.1\r\nX: " + b"y" * (70 << 10) + b"\r\n\r\n")
    assert b" 431 " in served.raw(b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 200 + b"\r\n")
    for data in (b"nonsense\r\n\r\n", b"GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
                 b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                 b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n"):
        assert b" 400 " in served.raw(data)


def test_slow_clients_are_let_go(tmp_path):
    with Served(tmp_path, "--request-s", "1", stand_in=True) as served:
        assert b" 408 " in served.raw(b"GET / HTTP/1.1\r\nHost: local")
        half = f"POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\n{JSON}Content-Length: 100\r\n\r\n{{"
        assert b" 408 " in served.raw(half.encode())
        assert served("GET", "/api/v1/jobs").json()["jobs"] == []


def test_a_client_that_leaves_half_way(served):
    with socket.create_connection(("127.0.0.1", served.port)) as connection:
        connection.sendall(f"POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\n{JSON}Content-Length: 100\r\n\r\n{{"
                           .encode())
    job = served.export(source="wait")
    served.wait_for_pid(job)
    with socket.create_connection(("127.0.0.1", served.port)) as follower:
        follower.sendall(f"GET /api/v1/jobs/{job}/events HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert follower.recv(10)
    served("POST", f"/api/v1/jobs/{job}/cancel")
    assert served.wait(job)["state"] == "cancelled"


def test_logs_are_bounded(served):
    job = served.export(source="flood")
    assert served.wait(job)["state"] == "completed"
    log = served("GET", f"/api/v1/jobs/{job}/log?stream=stdout").body
    assert len(log) < (8 << 20) + 100 and b"more bytes were not kept" in log
    assert len(served("GET", f"/api/internal/hf/status?internal=1&job_id={job}").json()["output"]) == 10000


@pytest.mark.parametrize("path", [
    "/api/v1/jobs/../../../etc/passwd", "/api/v1/jobs/..%2f..%2fjobs.db", "/api/v1/recipes/..%2f..%2fetc%2fpasswd",
    "/../../../../etc/passwd", "/api/v1/jobs/{job}/artefacts/../../../../../../etc/passwd",
    "/api/v1/jobs/{job}/artefacts/..%2f..%2f..%2fjobs.db", "/api/v1/jobs/{job}/artefacts/%2fetc%2fpasswd",
    "/api/v1/jobs/{job}/artefacts/", "/api/v1/jobs/{job}/artefacts/.", "/api/v1/jobs/{job}/artefacts/splits"])
def test_no_path_of_a_client_opens_a_file(served, path):
    job = served.export()
    served.wait(job)
    answer = served("GET", path.replace("{job}", job))
    assert answer.status == 404 and list(answer.json()) == ["error"]


def test_a_full_disk_is_an_answer(served):
    first = served.export()
    served.wait(first)
    limits = resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, (1, limits[1]))
    answer = served("POST", "/api/internal/hf/export?internal=1", {})
    assert answer.status == 507 and "disk" in answer.json()["error"]
    assert served("GET", f"/api/v1/jobs/{first}").status == 200
    resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, limits)
    served.wait(served.export())


# The OpenAPI document.

@pytest.mark.timeout(420)
def test_schemathesis_finds_nothing(tmp_path):
    with Served(tmp_path, "--workers", "2", "--queue", "100000", stand_in=True) as served:
        served.wait(served.export())
        done = subprocess.run(
            [str(ROOT / ".venv/bin/schemathesis"), "run", f"{served.url}/api/openapi.json", "--max-examples", "25",
             "--seed", "1", "--request-timeout", "60", "--generation-database", "none"],
            cwd=tmp_path, capture_output=True, text=True, timeout=400, check=False)
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
        assert served.process.poll() is None
