"""Runs that are followed: our calls to W&B beside its own SDK's, faults, `track sync`, webhooks."""
import http.server
import json
import os
import re
import subprocess
import sys
import threading
import time

import pytest

from wandb_stand_in import KEY, WandbStandIn

GOOD = """
recipe: counted
source: {rows: {rows: [{a: 1}, {a: 2}, {a: 3}]}}
track: {project: sets, job_type: prepare_dataset, tags: [dataset-prep, hf-space]}
"""
BAD = """
recipe: broken
params:
  address: {env: ADDRESS, secret: true}
  hook: {env: HOOK, secret: true, default: ""}
source: "${address}"
track: {project: sets}
on_failure: {webhook: "${hook}"}
"""
REPLAY = """
import json, sys, wandb
run = None
for event in map(json.loads, open(sys.argv[1])):
    if event["event"] == "start":
        run = wandb.init(project=event["project"], job_type=event["job_type"], tags=event["tags"],
                         config=event["config"])
    elif event["event"] == "log":
        run.log(event["values"])
    elif event["event"] == "alert":
        run.alert(title=event["title"], text=event["text"], level=event["level"])
    else:
        run.finish(exit_code=event["exit_code"])
"""


@pytest.fixture
def server():
    stand_in = WandbStandIn()
    yield stand_in
    stand_in.close()


@pytest.fixture
def work(hubmill, server, monkeypatch):
    for name, value in {"WANDB_API_KEY": KEY, "WANDB_BASE_URL": server.url,
                        "ADDRESS": "/nowhere/pa55w0rd/rows.jsonl"}.items():
        monkeypatch.setenv(name, value)
    (hubmill.cwd / "good.yaml").write_text(GOOD)
    (hubmill.cwd / "bad.yaml").write_text(BAD)
    return hubmill


def event_file(work):
    [file] = (work.cwd / "events").glob("*.jsonl")
    return file


def events(work):
    return [json.loads(line) for line in event_file(work).read_text().splitlines()]


def told(server):
    """What a run told, without what differs from run to run."""
    upsert = dict(server.named("UpsertBucket")[0])
    config = {key: item["value"] for key, item in json.loads(upsert.pop("config")).items() if key != "_wandb"}
    rows = [json.loads(line) for line in server.files["wandb-history.jsonl"]]
    summary = json.loads(server.files["wandb-summary.json"][-1])
    times = {"_timestamp", "_runtime"}
    assert all(isinstance(row[key], float) for row in rows for key in times)
    last = server.named("file_stream")[-1]
    return {"upsert": {key: upsert[key] for key in ("project", "entity", "jobType", "tags")}, "config": config,
            "history": [{key: row[key] for key in row.keys() - times} for row in rows],
            "summary": {key: summary[key] for key in summary.keys() - times - {"_wandb"}},
            "summary keys": sorted(summary), "summary's _wandb": sorted(summary["_wandb"]),
            "alerts": [{key: alert[key] for key in alert if key != "runName"}
                       for alert in server.named("NotifyScriptableRunAlert")],
            "end": (last["complete"], last["exitcode"])}


@pytest.mark.parametrize("recipe, status", [("good.yaml", 0), ("bad.yaml", 2)])
def test_the_sdk_says_the_same_with_the_same_fields(work, server, tmp_path, recipe, status):
    pytest.importorskip("wandb", reason="the W&B SDK is not installed")
    assert b"warning" not in work("run", recipe, "--tracker", "wandb", status=status).stderr
    sdk = WandbStandIn()
    environment = {**os.environ, "WANDB_BASE_URL": sdk.url, "WANDB_DIR": str(tmp_path), "WANDB_SILENT": "true",
                   "WANDB_DISABLE_GIT": "1", "WANDB_ERROR_REPORTING": "false"}
    done = subprocess.run([sys.executable, "-c", REPLAY, event_file(work)], env=environment, cwd=tmp_path,
                          capture_output=True, text=True, timeout=100, check=False)
    sdk.close()
    assert done.returncode == 0, done.stderr
    assert told(server) == told(sdk)
    assert {call[0] for call in server.calls} <= {call[0] for call in sdk.calls}
    for name in ("UpsertBucket", "NotifyScriptableRunAlert"):  # Each variable has the SDK's type and place.
        ours, theirs = ([call for call in one.calls if call[0] == name] for one in (server, sdk))
        for (_, query, variables), (_, their_query, _) in zip(ours, theirs):
            flat = [re.sub(r"\s", "", text) for text in (query, their_query)]
            for variable in variables:
                place = re.search(rf"(\w+:\${variable})\b", flat[0])[1]
                declared = re.search(rf"(\${variable}:[\[\]\w!]+)", flat[0])[1]
                assert place in flat[1] and declared in flat[1], variable


def test_without_a_key_events_wait_and_are_sent_once(work, server, monkeypatch):
    monkeypatch.delenv("WANDB_API_KEY")
    work("run", "good.yaml")
    assert [event["event"] for event in events(work)] == ["start", "log", "log", "log", "finish"]
    assert events(work)[2]["values"]["rows_written"] == 3
    assert not server.calls
    assert b"WANDB_API_KEY" in work("track", "sync", event_file(work), status=2).stderr
    assert b"WANDB_API_KEY" in work("run", "good.yaml", "--tracker", "wandb", status=2).stderr
    monkeypatch.setenv("WANDB_API_KEY", KEY)
    assert b": 5 events sent" in work("track", "sync", event_file(work)).stdout
    calls = len(server.calls)
    assert b": 0 events sent" in work("track", "sync", event_file(work)).stdout
    assert len(server.calls) == calls
    assert told(server)["end"] == (True, 0)


FAULTS = {
    "unreachable": lambda server: server.close(),
    "a refused key": lambda server: setattr(server, "key", "another"),
    "cut after the start": lambda server: server.fail.extend(["", *["cut"] * 9]),
    "errors": lambda server: server.fail.extend(["", "", *[503, 500, 502] * 3]),
    "a rate limit of minutes": lambda server: server.fail.append(429),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_server_that_fails_is_one_warning(work, server, fault):
    FAULTS[fault](server)
    begun = time.monotonic()
    said = work("run", "good.yaml").stderr.decode()
    assert time.monotonic() - begun < 8
    assert said.count("warning: ") == 1 and f"hubmill track sync events/{event_file(work).name}" in said
    assert KEY not in said
    assert len(events(work)) == 5
    if fault == "unreachable":
        return
    server.key, server.fail = KEY, []
    work("track", "sync", event_file(work))
    assert [row["_step"] for row in map(json.loads, server.files["wandb-history.jsonl"])] == [0, 1, 2]
    assert told(server)["end"] == (True, 0)


def test_a_fault_that_passes_costs_nothing(work, server):
    server.fail += [503, "", "cut"]
    assert b"warning" not in work("run", "good.yaml").stderr
    assert told(server)["end"] == (True, 0)


def test_trackers_of_choice(work, server):
    work("run", "good.yaml", "--tracker", "none")
    work("run", "good.yaml", "--out", "other", "--dry-run")
    assert not server.calls and not (work.cwd / "events").exists()
    (work.cwd / "plain.yaml").write_text("recipe: plain\nsource: {rows: {rows: [{a: 1}]}}\n")
    work("run", "plain.yaml")
    assert not (work.cwd / "events").exists()
    work("run", "plain.yaml", "--tracker", "jsonl")
    assert len(events(work)) == 5 and not server.calls


def test_no_secret_leaves(work, server):
    said = work("run", "bad.yaml", status=2)
    assert [event["level"] for event in events(work) if event["event"] == "alert"] == ["ERROR"]
    for text in (json.dumps(server.calls), event_file(work).read_text(), said.stderr.decode()):
        assert "pa55w0rd" not in text and KEY not in text


@pytest.fixture
def hook():
    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_POST(self):
            server.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(server.status)
            self.end_headers()

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.bodies, server.status = [], 200
    server.url = f"http://127.0.0.1:{server.server_port}/s3cr3t-path"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_failed_run_calls_the_webhook(work, hook, monkeypatch):
    monkeypatch.setenv("HOOK", hook.url)
    said = work("run", "bad.yaml", "--tracker", "none", status=2).stderr.decode()
    [body] = hook.bodies
    assert body["recipe"] == "broken" and body["data_sets"] == ["default"] and body["exit_status"] == 2
    assert body["text"] == "hubmill: broken failed: " + body["error"] and "***" in body["error"]
    assert "pa55w0rd" not in json.dumps(body) and "warning" not in said
    hook.status = 404
    said = work("run", "bad.yaml", "--tracker", "none", status=2).stderr.decode()
    assert "warning: the webhook of on_failure was not told: why=status 404" in said and "s3cr3t" not in said
    (work.cwd / "good.yaml").write_text(GOOD + f"on_failure: {{webhook: '{hook.url}'}}")
    work("run", "good.yaml", "--tracker", "none")
    assert len(hook.bodies) == 2


def test_a_webhook_is_a_url(work):
    (work.cwd / "x.yaml").write_text("recipe: x\nsource: {rows: {rows: [{a: 1}]}}\non_failure: {webhook: chat}\n")
    assert b"x.yaml:3:" in work("run", "x.yaml", status=2).stderr


def test_a_file_that_holds_no_events(work):
    (work.cwd / "x.jsonl").write_text('{"event": "start"}\n')
    said = work("track", "sync", "x.jsonl", status=3).stderr.decode()
    assert "file=x.jsonl row=1" in said and "remedy" in said
